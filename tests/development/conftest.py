"""Folders, servers and clones for the tests of what `make run` does."""

import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shop.development.commands import Commands
from shop.development.postgres import EmbeddedPostgres
from shop.development.settings import read_json
from shop.development.stack import Stack
from shop.simulator.credentials import Credentials

ROOT = Path(__file__).resolve().parents[2]
FOREVER = "import time; time.sleep(600)"
WEB = """
import http.server, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account may pass through, which pytest's own are not when root runs it."""
    folder = Path(tempfile.mkdtemp()).resolve()
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def postgres_in() -> Iterator[Callable[[Path], EmbeddedPostgres]]:
    """Supervisors of servers in folders, stopped at the end."""
    made: list[EmbeddedPostgres] = []

    def make(folder: Path) -> EmbeddedPostgres:
        made.append(EmbeddedPostgres(folder, durable=False))
        return made[-1]

    yield make
    for server in reversed(made):
        server.stop()


class Clone:
    """A clone of stand-ins: its programs only sleep, its web server is always ready."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.instance = root / "instance"
        self.environment = {"PATH": os.environ["PATH"], "DATABASE_URL": "postgresql://given/db"}
        self.preparations = {"migrations": self.python("print('migrated')")}
        self.worker = self.python(FOREVER)
        self.web_code = WEB

    def python(self, code: str, *arguments: str) -> list[str]:
        return [sys.executable, "-c", code, *arguments]

    def commands(self) -> Commands:
        """The stand-ins; the simulator is a web server too."""
        return Commands(
            preparations=self.preparations,
            wechat=lambda port: self.python(WEB, str(port)),
            worker=self.worker,
            web=lambda port: self.python(self.web_code, str(port)),
        )

    def run(self, port: int = 0) -> int:
        """Run until something ends it."""
        return Stack(self.root, port, self.environment, self.commands()).run()

    def run_while(self, act: Callable[[], object], port: int = 0) -> int:
        """Run; once all is up act from another thread, then end the run as Ctrl-C would."""
        stack = ObservedStack(self.root, port, self.environment, self.commands())
        thread = threading.Thread(target=_act_then_interrupt, args=(stack.up, act))
        thread.start()
        try:
            return stack.run()
        finally:
            stack.up.set()
            thread.join()

    def running(self) -> dict[str, int]:
        """The processes on record, by name."""
        return {name: entry["pid"] for name, entry in read_json(self.instance / "children.json").items()}

    def shop(self) -> str:
        """The shop's address, empty when it does not run."""
        return str(read_json(self.instance / "run.json").get("addresses", {}).get("shop", ""))

    def log(self, name: str) -> str:
        return (self.instance / "logs" / f"{name}.log").read_text()


class ObservedStack(Stack):
    """Tells when all is up."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.up = threading.Event()

    def _watch(self) -> None:
        self.up.set()
        super()._watch()


def _act_then_interrupt(up: threading.Event, act: Callable[[], object]) -> None:
    up.wait(30)
    try:
        act()
    finally:
        if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture(scope="session")
def merchant_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The simulator's folder, whose keys take long to make."""
    folder = tmp_path_factory.mktemp("merchant") / "wechat"
    Credentials.load_or_make(folder)
    return folder


@pytest.fixture
def clone(tmp_path: Path, merchant_keys: Path) -> Iterator[Clone]:
    """A clone in a folder with a space; the test's signal handlers come back afterwards."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    root = tmp_path / "a clone"
    shutil.copytree(merchant_keys, root / "instance" / "wechat")
    yield Clone(root)
    for number, handler in before.items():
        signal.signal(number, handler)

"""The whole of `make run`, with the shop itself: started, refused twice, killed piece by piece, stopped."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shop.development.processes import LINUX, ProcessMark, processes_within, wait_until
from tests.development.conftest import ROOT
from tests.factories.quiet import quiet_port

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(not (ROOT / "wsgi.py").exists(), reason="there is no shop to run yet"),
]


class Shop:
    """A copy of this clone, and the `make run` of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.port = quiet_port()
        self.supervisor: subprocess.Popen[str] | None = None

    def launch(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "shop.development.stack"],
            cwd=self.root,
            env={"PATH": os.environ["PATH"], "PORT": str(self.port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def start(self) -> None:
        """Run until /readyz answers."""
        self.supervisor = supervisor = self.launch()
        assert wait_until(lambda: supervisor.poll() is not None or self.is_ready(), 90, every=0.1)
        if supervisor.poll() is not None:
            pytest.fail(supervisor.communicate()[0])

    def end(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """Signal the supervisor; its exit status and words."""
        assert self.supervisor
        self.supervisor.send_signal(number)
        return self.ended()

    def ended(self) -> tuple[int, str]:
        """The exit status and words of a supervisor that ends."""
        assert self.supervisor
        said, _ = self.supervisor.communicate(timeout=60)
        return self.supervisor.returncode, said

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def record(self, name: str) -> Any:
        return json.loads((self.root / "instance" / name).read_text())

    def processes(self) -> dict[str, int]:
        """The numbers of the programs that run, PostgreSQL too."""
        found = {name: entry["pid"] for name, entry in self.record("children.json").items()}
        pid_file = self.root / "instance" / "postgres" / "data" / "postmaster.pid"
        return {**found, "postgres": int(pid_file.read_text().split()[0])}

    def left(self) -> list[ProcessMark]:
        """What still runs in the clone."""
        return processes_within(self.root) + processes_within(self.root / "instance" / "postgres" / "data")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A copy of the clone in a path with a space, with an instance of its own."""
    root = tmp_path_factory.mktemp("make run") / "a clone"
    ignored = shutil.ignore_patterns("instance", ".*", "__pycache__", "tests")
    shop = Shop(Path(shutil.copytree(ROOT, root, ignore=ignored)))
    yield shop
    if shop.supervisor and shop.supervisor.poll() is None:
        shop.end()


@pytest.fixture
def running(shop: Shop) -> Shop:
    """The shop, started unless it runs."""
    if not shop.supervisor or shop.supervisor.poll() is not None:
        shop.start()
    return shop


def test_ctrl_c_leaves_nothing(running: Shop) -> None:
    programs = running.processes()
    assert {"web", "worker", "wechat", "postgres"} <= set(programs)

    code, said = running.end()

    assert code == 0, said
    assert not any(ProcessMark.of(pid) for pid in programs.values())
    assert running.left() == []
    assert not (running.root / "instance" / "run.json").exists()


def test_a_second_run_answers_politely(running: Shop) -> None:
    second = running.launch()
    said, _ = second.communicate(timeout=30)

    assert second.returncode == 0
    assert len(said.splitlines()) <= 2
    assert f"http://127.0.0.1:{running.port}" in said
    assert running.is_ready()


def test_the_command_line_talks_to_the_running_shop(running: Shop) -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "catalogue", "export"],
        cwd=running.root,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )

    assert listed.returncode == 0, listed.stderr
    assert "tours:" in listed.stdout


@pytest.mark.parametrize("name", ["web", "worker", "wechat", "postgres"])
def test_a_killed_program_ends_the_run_and_the_next_one_works(running: Shop, name: str) -> None:
    os.kill(running.processes()[name], signal.SIGKILL)

    code, said = running.ended()

    assert code == 1
    assert name in said
    assert running.left() == []
    running.start()
    assert running.is_ready()


@pytest.mark.skipif(not LINUX, reason="only Linux ties a child to its parent")
def test_after_a_killed_supervisor_the_next_run_works(running: Shop) -> None:
    before = running.processes()
    running.end(signal.SIGKILL)

    running.start()  # the old web server may still answer while it ends

    assert wait_until(lambda: not any(ProcessMark.of(pid) for pid in before.values()), 60, every=0.1)
    assert wait_until(running.is_ready, 60, every=0.1)

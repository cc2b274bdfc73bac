"""The shop as it runs for real: gunicorn, the worker, PostgreSQL and WeChat, each a process of its own."""

import os
import random
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import requests
from flask_migrate import upgrade

from config.default import read
from shop.app import create_app
from shop.core.db import db
from shop.development.children import Child
from shop.development.postgres import EmbeddedPostgres
from shop.simulator.credentials import Credentials
from tests.factories.catalogue import Catalogue
from tests.factories.quiet import quiet_port
from tests.factories.waiting import wait_until

FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]


class Program:
    """A program that is started again and again; each time with a log of its own."""

    def __init__(self, name: str, command: Sequence[str], here: Path, logs: Path) -> None:
        self.name = name
        self._command = command
        self._here = here
        self._logs = logs
        self._lives: list[Child] = []
        self._environ: Mapping[str, str] = {}

    @property
    def now(self) -> Child:
        return self._lives[-1]

    @property
    def pid(self) -> int:
        assert self.now.pid
        return self.now.pid

    def start(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = environ or self._environ
        log = self._logs / f"{self.name}-{len(self._lives)}.log"
        self._lives.append(Child(self.name, self._command, log))
        self.now.start(self._here, {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **self._environ})

    def is_dead(self) -> bool:
        return self.now.exit_code() is not None

    def keep_alive(self) -> None:
        """What a supervisor does."""
        if self.is_dead():
            self.start()

    def kill(self) -> None:
        """End it at once with all that it started, as systemd does and a container."""
        os.killpg(self.pid, signal.SIGKILL)

    def stop(self) -> None:
        for life in self._lives:
            life.stop()

    def said(self) -> str:
        """All its logs."""
        return "".join(life.log.read_text(errors="replace") for life in self._lives)


class Site:
    """One shop with everything around it, on loopback.

    Args:
        settings: of the shop, beside the usual ones.
    """

    def __init__(self, folder: Path, here: Path, postgres: EmbeddedPostgres, **settings: str) -> None:
        self.folder, self.here, self.postgres = folder, here, postgres
        port = quiet_port()
        wechat_port = port + 1
        self.address = f"http://127.0.0.1:{port}"
        self.wechat = f"http://127.0.0.1:{wechat_port}"
        self.environ = {
            "SHOP_ENV": "testing",
            "SECRET_KEY": "made for this run of the tests only",
            "SHOP_PUBLIC_URL": self.address,
            "SHOP_RATE_LIMITS": "off",
            "DATABASE_URL": postgres.start(),
            **Credentials.load_or_make(folder / "wechat").settings("global", self.wechat),
            **settings,
        }
        simulator = [sys.executable, "-m", "shop.simulator", "--folder", str(folder / "wechat")]
        gunicorn = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py"]
        programs = {
            "wechat": [*simulator, "--port", str(wechat_port)],
            "web": [*gunicorn, "--bind", f"127.0.0.1:{port}", "wsgi:app"],
            "worker": [*FLASK, "worker"],
        }
        self.programs = {name: Program(name, command, here, folder) for name, command in programs.items()}
        self.app = create_app(read(self.environ))  # the test's own window on the same database
        with self.app.app_context():
            upgrade()
        self.catalogue = Catalogue(self.app)

    @property
    def web(self) -> Program:
        return self.programs["web"]

    @property
    def worker(self) -> Program:
        return self.programs["worker"]

    def start(self, *names: str) -> None:
        """Start programs, all unless named, and wait until the shop is ready."""
        for name in names or self.programs:
            self.programs[name].start(self.environ)
        wait_until(lambda: self.is_ready() or "web" not in (names or self.programs), seconds=60)

    def start_what_is_dead(self) -> None:
        """Everything runs again."""
        for program in self.programs.values():
            program.keep_alive()
        wait_until(lambda: self.web.keep_alive() or self.is_ready(), seconds=60)

    def stop(self) -> None:
        for program in reversed(self.programs.values()):
            program.stop()
        with self.app.app_context():
            db.engine.dispose()
        self.postgres.stop()

    def is_ready(self) -> bool:
        try:
            return requests.get(f"{self.address}/readyz", timeout=5).ok
        except requests.RequestException:
            return False

    def kill_a_web_process(self, chance: random.Random) -> bool:
        """End one of the processes that serve; False when there is none at this moment."""
        children = Path(f"/proc/{self.web.pid}/task/{self.web.pid}/children")
        serving = children.read_text().split() if children.exists() else []
        if serving:
            os.kill(int(chance.choice(serving)), signal.SIGKILL)
        return bool(serving)

    def control(self, path: str, body: Any = None) -> Any:
        """Move the simulated world."""
        answer = requests.post(f"{self.wechat}/control{path}", json=body or {}, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

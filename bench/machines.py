"""The shop on several machines, all of them this one: nginx, web nodes, workers, PgBouncer, one PostgreSQL, WeChat.

Each program is a process of its own on a port of the loopback address, set up as on a machine of its own; nginx and
PgBouncer are Debian's, with the configuration in config/.
"""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from flask import Flask
from flask_migrate import upgrade

from config.default import read
from shop.app import create_app
from shop.core.connections import SESSION
from shop.core.db import db
from shop.development import ports, processes
from shop.development.children import Child
from shop.development.postgres import EmbeddedPostgres
from shop.development.privileges import account_for
from shop.development.processes import tail, tied, wait_until
from shop.simulator.credentials import Credentials

ROOT = Path(__file__).resolve().parent.parent
FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")
PASSWORDS = "userlist.txt"
POOL = 20  # connections of PgBouncer to PostgreSQL
READY_SECONDS = 120.0


class CannotShow(Exception):
    """Something that is needed is missing or does not start; the message says what."""


class Cluster:
    """Web nodes and workers that share nothing but PostgreSQL; use it as a context, which leaves nothing running.

    Args:
        folder: for everything that is written; an empty one.
        processes_each: of gunicorn, in each web node.
        settings: of the shop, beside the usual ones.
    """

    def __init__(self, folder: Path, *, nodes: int, workers: int, processes_each: int = 1, **settings: str) -> None:
        for program in ("nginx", "pgbouncer"):
            if find(program) is None:
                raise CannotShow(f"{program} is missing: make debian-packages (as root)")
        self.folder = folder.resolve()
        self.postgres = EmbeddedPostgres(self.folder / "postgres")
        self.children: dict[str, Child] = {}
        self.ports: dict[str, int] = {
            name: ports.free_port()
            for name in ("nginx", "pgbouncer", "wechat", *(f"web-{n}" for n in range(1, nodes + 1)))
        }
        self.address = f"http://{ports.LOOPBACK}:{self.ports['nginx']}"
        self.wechat = f"http://{ports.LOOPBACK}:{self.ports['wechat']}"
        self.nodes = [name for name in self.ports if name.startswith("web-")]
        self.workers = [f"worker-{n}" for n in range(1, workers + 1)]
        self.app: Flask
        self.environ: dict[str, str] = {}
        self._settings = {"WEB_CONCURRENCY": str(processes_each), **settings}
        self._sessions: list[int] = []

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            starting.callback(self.stop)
            self._start()
            starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def kill(self, name: str) -> None:
        """End a machine as a power cut would: every process of it, at once."""
        pid = self.children[name].pid
        assert pid
        os.killpg(pid, signal.SIGKILL)

    def run(self, *command: str) -> tuple[int, str]:
        """Run one of the shop's commands to its end; its exit status and what it said."""
        child = Child("command", [*FLASK, *command], self.folder / "command.log")
        child.start(ROOT, self.environ)
        wait_until(lambda: child.exit_code() is not None, READY_SECONDS)
        code = child.exit_code()
        child.stop()
        return (1 if code is None else code), child.log.read_text(errors="replace").strip()

    def control(self, path: str, body: Mapping[str, Any]) -> Any:
        """Move the simulated world."""
        answer = requests.post(f"{self.wechat}/control{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def stop(self) -> None:
        """Stop everything, the front first."""
        order = ["nginx", *self.workers, *self.nodes, "wechat", "pgbouncer"]
        for name in sorted(self.children, key=order.index):
            self.children[name].stop()
        if hasattr(self, "app"):
            with self.app.app_context():
                db.engine.dispose()
        self.postgres.stop()

    def left_running(self) -> list[str]:
        """What still lives of all that was started here; also who listens on its ports."""
        marks = [mark for session in self._sessions for mark in processes.processes_of_session(session)]
        listening = [f"{name} on port {port}" for name, port in self.ports.items() if ports.answers(port)]
        return [mark.command for mark in marks] + listening + ["postgres"] * self.postgres.is_running()

    # Starting

    def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)  # the accounts of PostgreSQL, PgBouncer and nginx must get there
        direct = self.postgres.start()
        through = urlsplit(direct)._replace(netloc=urlsplit(direct).netloc.replace(*self._past_to_through(direct)))
        self.environ = {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "SHOP_ENV": "testing",
            "SECRET_KEY": "made for this run alone, on loopback",
            "SHOP_PUBLIC_URL": self.address,
            "SHOP_TRUSTED_PROXIES": "1",
            "SHOP_RATE_LIMITS": "off",  # all buyers have the one address of this machine
            "DATABASE_URL": through.geturl(),
            "DATABASE_DIRECT_URL": direct,
            **Credentials.load_or_make(self.folder / "wechat").settings("global", self.wechat),
            **self._settings,
        }
        self._start_pgbouncer(direct)
        self.app = create_app(read({**self.environ, "DATABASE_URL": direct, "DATABASE_DIRECT_URL": ""}))
        with self.app.app_context():
            upgrade()
        simulator = [sys.executable, "-m", "shop.simulator", "--folder", str(self.folder / "wechat")]
        self._launch("wechat", [*simulator, "--port", str(self.ports["wechat"])])
        for name in self.nodes:
            gunicorn = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py"]
            # Metrics in our own folder: a node that is killed cannot clear away one of its own.
            metrics = {"PROMETHEUS_MULTIPROC_DIR": str(self._folder(f"{name}-metrics"))}
            self._launch(name, [*gunicorn, "--bind", f"{ports.LOOPBACK}:{self.ports[name]}", "wsgi:app"], **metrics)
        for name in self.workers:
            self._launch(name, [*FLASK, "worker"])
        self._start_nginx()
        for name in ("wechat", "nginx"):
            self._wait(name, partial(ports.answers, self.ports[name]))
        for name in self.nodes:
            self._wait(name, partial(_is_ready, self.ports[name]))
        for name in self.workers:
            self._wait(name, partial(_says, self.children[name].log, "worker_started"))

    def _past_to_through(self, direct: str) -> tuple[str, str]:
        return f":{urlsplit(direct).port}", f":{self.ports['pgbouncer']}"

    def _start_pgbouncer(self, direct: str) -> None:
        server = urlsplit(direct)
        assert server.hostname
        folder = self._folder("pgbouncer")
        (folder / PASSWORDS).touch(mode=0o600)
        (folder / PASSWORDS).write_text(f'"{server.username}" "{server.password}"\n')
        words = {
            "DATABASE": server.path.lstrip("/"),
            "HOST": server.hostname,
            "PORT": str(server.port),
            "LISTEN": str(self.ports["pgbouncer"]),
            "LIMITS": SESSION.replace("'", "''"),
            "POOL": str(POOL),
        }
        self._configure(folder / "pgbouncer.ini", words)
        self._launch_unprivileged("pgbouncer", folder, str(folder / "pgbouncer.ini"))
        self._wait("pgbouncer", lambda: ports.answers(self.ports["pgbouncer"]))

    def _start_nginx(self) -> None:
        folder = self._folder("nginx")
        listed = (f"{ports.LOOPBACK}:{self.ports[name]} max_fails=2 fail_timeout=5s" for name in self.nodes)
        words = {
            "LISTEN": f"{ports.LOOPBACK}:{self.ports['nginx']}",
            "NODES": "\n".join(f"        server {one};" for one in listed),
            "PROCESSES": "1",
        }
        self._configure(folder / "nginx.conf", words)
        self._launch_unprivileged("nginx", folder, "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf"))

    def _folder(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(mode=0o755)
        return folder

    def _configure(self, path: Path, words: Mapping[str, str]) -> None:
        text = (ROOT / "config" / path.name).read_text(encoding="utf-8")
        for word, meaning in {"FOLDER": str(path.parent), **words}.items():
            text = text.replace(f"@{word}@", meaning)
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")

    def _launch_unprivileged(self, name: str, folder: Path, *arguments: str) -> None:
        """Start a program under an account that is nobody's: PgBouncer refuses root, and nginx does not need it."""
        program, asked = find(name), find("pgbouncer")  # nginx knows no --version, by which an account is tried
        assert program
        assert asked
        command = tied([str(program), *arguments], signal.SIGTERM)
        account = account_for(folder, asked)
        if account:
            account.take(folder)
            identity = ["setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups", "--"]
            command = account.command(command) if account.capability else [*identity, *command]
        self._launch(name, command)

    def _launch(self, name: str, command: Sequence[str], **settings: str) -> None:
        child = self.children[name] = Child(name, command, self.folder / f"{name}.log")
        child.start(ROOT, {**self.environ, **settings})
        assert child.pid
        self._sessions.append(child.pid)

    def _wait(self, name: str, ready: Callable[[], bool]) -> None:
        child = self.children[name]
        wait_until(lambda: child.exit_code() is not None or ready(), READY_SECONDS)
        if child.exit_code() is not None or not ready():
            raise CannotShow(f"{name} does not start:\n{tail(child.log)}")


def find(program: str) -> Path | None:
    """Where a program is; Debian keeps servers where an ordinary user does not look."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    return Path(found) if found else None


def _says(log: Path, what: str) -> bool:
    return what in tail(log)


def _is_ready(port: int) -> bool:
    with suppress(requests.RequestException):
        return requests.get(f"http://{ports.LOOPBACK}:{port}/readyz", timeout=5).ok
    return False

"""What `make run` does: ``python -m shop.development.stack``. Starts the whole shop, watches it, stops it."""

import argparse
import contextlib
import fcntl
import http.client
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO

from shop.development import greeting, ports, settings
from shop.development.children import Child, Roster
from shop.development.commands import Commands
from shop.development.postgres import EmbeddedPostgres, PostgresFailed
from shop.development.processes import tail
from shop.simulator.credentials import MODES, Credentials

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_PORT = 8000
READY_SECONDS = 90.0
SAME_STOP_SECONDS = 1.0  # make passes on a signal that the terminal has sent to all; that is one wish, not two


class CannotRun(Exception):
    """The shop cannot be started, or one of its programs ended; the message is for the terminal."""


class StopAsked(Exception):
    """Somebody pressed Ctrl-C or ended us while we were starting."""


class Stack:
    """The programs of one clone, from PostgreSQL up to the web server.

    Args:
        root: the clone; all that is written goes into its `instance` folder.
        environment: whose settings win over the demonstration's.
        commands: how each program is run.
    """

    def __init__(self, root: Path, port: int, environment: Mapping[str, str], commands: Commands) -> None:
        self._root = root
        self._port = port
        self._environment = environment
        self._commands = commands
        self._instance = root / "instance"
        self._logs = self._instance / "logs"
        self._run_file = self._instance / "run.json"
        self._roster = Roster(self._instance / "children.json")
        self._postgres: EmbeddedPostgres | None = None
        self._children: list[Child] = []
        self._stops: list[float] = []

    def run(self) -> int:
        """Start everything, watch it until asked to stop, stop it; the exit status.

        0 after Ctrl-C or SIGTERM, or when the shop of this clone already runs; 1 when something failed.
        """
        self._logs.mkdir(parents=True, exist_ok=True)
        with (self._instance / "run.lock").open("a+") as lock:
            if not _lock(lock):
                _say(self._already_running(lock))
                return 0
            self._listen_for_stops()
            return self._run_alone()

    def _run_alone(self) -> int:
        failure = ""
        try:
            self._start()
            self._watch()
        except StopAsked:
            _say(greeting.stopping())
        except (CannotRun, PostgresFailed) as reason:
            failure = str(reason)
            _say(failure)
        finally:
            self._stop()
        _say(greeting.stopped())
        return 1 if failure else 0

    # Starting

    def _start(self) -> None:
        self._roster.end_leftovers()
        self._run_file.unlink(missing_ok=True)
        self._port = self._choose_port()
        _say(greeting.preparing(self._shown(self._logs)))
        given = settings.given_settings(self._environment)
        wechat, wechat_port = self._wechat(given)
        effective = self._own_settings() | wechat | given
        effective |= {"DATABASE_URL": given.get("DATABASE_URL") or self._start_postgres(given)}
        addresses = {"shop": self._address(self._port)}
        if wechat_port:
            addresses["wechat"] = self._address(wechat_port)
        self._write_run_file(effective, addresses)
        self._start_programs({**self._environment, **effective, "PYTHONUNBUFFERED": "1"}, wechat_port)
        _say(greeting.ready(addresses, self._shown(self._logs)))

    def _choose_port(self) -> int:
        if self._port and not ports.is_free(self._port):
            raise CannotRun(greeting.port_taken(self._port))
        return self._port or ports.free_port()

    def _own_settings(self) -> dict[str, str]:
        return {
            "SHOP_ENV": "development",
            "SHOP_PUBLIC_URL": self._address(self._port),
            "SECRET_KEY": settings.secret_key(self._instance / "secret_key"),
        }

    def _wechat(self, given: Mapping[str, str]) -> tuple[dict[str, str], int | None]:
        """The simulated WeChat's settings, and its port if it is needed."""
        mode = given.get("WECHAT_PAY_MODE", "global")
        known = next((one for one in MODES if one == mode), None)
        if known is None:
            raise CannotRun(f"WECHAT_PAY_MODE={mode}: {' | '.join(MODES)}")
        port = ports.free_port(self._port + 1)
        credentials = Credentials.load_or_make(self._instance / "wechat")
        wechat = settings.demonstration_wechat(credentials.settings(known, self._address(port)), given)
        return wechat, port if settings.needs_simulator(wechat) else None

    def _start_postgres(self, given: Mapping[str, str]) -> str:
        if "DATABASE_DIRECT_URL" in given:
            raise CannotRun("DATABASE_DIRECT_URL : DATABASE_URL manque · 缺少 · is missing")
        self._postgres = EmbeddedPostgres(self._instance / "postgres")
        return self._postgres.start()

    def _write_run_file(self, effective: Mapping[str, str], addresses: Mapping[str, str]) -> None:
        content = {"pid": os.getpid(), "settings": effective, "addresses": addresses}
        settings.write_private(self._run_file, json.dumps(content, indent=2, ensure_ascii=False))

    def _start_programs(self, environment: Mapping[str, str], wechat_port: int | None) -> None:
        for name, command in self._commands.preparations.items():
            self._carry_out(name, command, environment)
        if wechat_port:
            self._launch("wechat", self._commands.wechat(wechat_port), environment, patience=5)
            self._wait_for("wechat", lambda: ports.answers(wechat_port))
        self._launch("worker", self._commands.worker, environment)
        self._launch("web", self._commands.web(self._port), environment)
        self._wait_for("web", lambda: _is_ready(self._port))

    def _carry_out(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run a program to its end."""
        child = self._launch(name, command, environment)
        while child.exit_code() is None:
            self._pause()
        self._children.remove(child)
        if child.exit_code() != 0:
            raise CannotRun(self._died(child))

    def _launch(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], *, patience: float = 10
    ) -> Child:
        self._pause(0)
        child = Child(name, command, self._logs / f"{name}.log", patience=patience)
        self._children.append(child)
        child.start(self._root, environment)
        self._roster.add(child)
        return child

    def _wait_for(self, name: str, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not holds():
            self._check()
            self._pause()
            if time.monotonic() > deadline:
                log = self._logs / f"{name}.log"
                raise CannotRun(greeting.died(name, None, self._shown(log), tail(log)))

    # Watching

    def _watch(self) -> None:
        while True:
            self._check()
            self._pause(0.2)

    def _check(self) -> None:
        """Raise CannotRun when one of the programs has ended."""
        if self._postgres and not self._postgres.is_running():
            log = self._postgres.log
            raise CannotRun(greeting.died("postgres", None, self._shown(log), tail(log)))
        for child in self._children:
            if child.exit_code() is not None:
                raise CannotRun(self._died(child))

    def _pause(self, seconds: float = 0.05) -> None:
        """Wait a little; raise StopAsked when somebody asked."""
        time.sleep(seconds)
        if self._stops:
            raise StopAsked

    def _died(self, child: Child) -> str:
        return greeting.died(child.name, child.exit_code(), self._shown(child.log), tail(child.log))

    # Stopping

    def _listen_for_stops(self) -> None:
        signal.signal(signal.SIGINT, self._ask_to_stop)
        signal.signal(signal.SIGTERM, self._ask_to_stop)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup: stay when the terminal goes
            signal.signal(signal.SIGHUP, self._ask_to_stop)

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stops.append(time.monotonic())

    def _is_hurried(self) -> bool:
        return bool(self._stops) and self._stops[-1] - self._stops[0] > SAME_STOP_SECONDS

    def _stop(self) -> None:
        """Stop what was started, the last first, PostgreSQL at the end."""
        for child in reversed(self._children):
            child.stop(self._is_hurried)
        self._children.clear()
        if self._postgres:
            self._postgres.stop()
        self._roster.close()
        self._run_file.unlink(missing_ok=True)

    # Words

    def _address(self, port: int) -> str:
        return f"http://{ports.LOOPBACK}:{port}"

    def _shown(self, path: Path) -> str:
        return str(path.relative_to(self._root))

    def _already_running(self, lock: IO[str]) -> str:
        lock.seek(0)
        where = settings.read_json(self._run_file).get("addresses", {}).get("shop", "")
        return greeting.already_running(where, lock.read().strip())


def main(given: Sequence[str] | None = None) -> int:
    """Run the shop of this clone until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m shop.development.stack", description=__doc__)
    parser.add_argument(
        "--port", type=_port, default=os.environ.get("PORT") or str(DEFAULT_PORT), help="of the shop; 0: any"
    )
    wanted = parser.parse_args(given)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    return Stack(ROOT, wanted.port, dict(os.environ), Commands.of_the_shop(sys.executable)).run()


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > ports.HIGHEST:
        raise argparse.ArgumentTypeError(f"PORT: 0 – {ports.HIGHEST}, not {text!r}")
    return int(text)


def _lock(file: IO[str]) -> bool:
    """Take the clone for ourselves and sign with our number; False when another process has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return True


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(ports.LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _say(text: str) -> None:
    """Tell the terminal, if there still is one."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())

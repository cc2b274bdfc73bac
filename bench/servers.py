"""The servers a benchmark needs, started on loopback and stopped again."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shop.development import ports

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Server:
    """A server that runs."""

    base: str
    process: subprocess.Popen[bytes]

    def children(self) -> list[int]:
        """Its workers."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in listed]

    def memory(self) -> float:
        """The proportional set size of its largest worker, in MiB."""
        return max(memory_of(pid) for pid in self.children())

    def cpu(self) -> float:
        """Seconds of CPU its workers have used."""
        return sum(_cpu(pid) for pid in self.children())


@contextmanager
def gunicorn(
    app: str, environment: Mapping[str, str], *, log: Path, ready: str, plain: bool = False
) -> Iterator[Server]:
    """Serve an app as production does; or as plainly as gunicorn serves with as many workers and threads."""
    port = ports.free_port()
    command = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", app]
    if plain:
        options = ["--no-control-socket", "-w", "2", "-k", "gthread", "--threads", "8", "-b", f"127.0.0.1:{port}"]
        command = [sys.executable, "-m", "gunicorn", *options, app]
    with running(command, {**environment, "PORT": str(port)}, log=log) as process:
        server = Server(f"http://127.0.0.1:{port}", process)
        wait_for(server.base + ready, process)
        _wait_for_all(server)
        yield server


@contextmanager
def running(command: list[str], environment: Mapping[str, str], *, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the block ends."""
    with log.open("ab") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environment}, stdout=file, stderr=file, start_new_session=True
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for_all(server: Server, seconds: float = 60) -> None:
    """Wait until each worker has loaded its app; the first that has answers for all."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not all(_listens(pid) for pid in server.children()):
        time.sleep(0.05)


def _listens(pid: int) -> bool:
    """Whether a process sleeps, waiting for connections, rather than loads."""
    before = _cpu(pid)
    time.sleep(0.2)
    return _cpu(pid) == before > 0


def wait_for(address: str, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    """Wait until an address answers 200.

    Raises:
        RuntimeError: it did not in time, or its process ended.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 -- loopback
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise RuntimeError(f"{address} does not answer")


def memory_of(pid: int) -> float:
    """The proportional set size of a process, in MiB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

"""Processes of this machine: told apart for certain, tied to their parent, ended politely."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

LINUX = sys.platform.startswith("linux")


@dataclass(frozen=True)
class ProcessMark:
    """A process that a later one cannot be taken for: its number, when it started and its command line.

    A number alone proves nothing, the system gives it again.
    """

    pid: int
    started: str
    command: str

    @classmethod
    def of(cls, pid: int) -> "ProcessMark | None":
        """The mark of a living process; None when there is none."""
        found = _read_proc(pid) if LINUX else _ask_ps(pid)
        return cls(pid, *found) if found else None

    def is_alive(self) -> bool:
        """Whether this very process still runs."""
        return ProcessMark.of(self.pid) == self


def tied(command: Sequence[str], ending: signal.Signals) -> list[str]:
    """The command, arranged to receive a signal when its parent dies, where the system can do that.

    `setpriv` rather than `preexec_fn`: forking Python code out of a process with threads is not safe.
    """
    setpriv = shutil.which("setpriv") if LINUX else None
    return [setpriv, "--pdeathsig", ending.name[3:], "--", *command] if setpriv else list(command)


def wait_until(holds: Callable[[], bool], seconds: float, *, every: float = 0.02) -> bool:
    """Whether the condition came to hold in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def end(gone: Callable[[], bool], send: Callable[[signal.Signals], None], steps: Sequence[tuple[str, float]]) -> bool:
    """Send each signal in turn and give it its seconds, until all is gone; whether it is.

    Args:
        steps: names of signals without SIG, each with the seconds it is given.
    """
    for name, seconds in steps:
        if gone():
            return True
        with contextlib.suppress(ProcessLookupError):
            send(signal.Signals[f"SIG{name}"])
        wait_until(gone, seconds)
    return gone()


def processes_within(folder: Path) -> list[ProcessMark]:
    """The processes whose working folder is this one; none where the system does not tell (macOS)."""
    wanted = os.path.realpath(folder)
    marks = (ProcessMark.of(pid) for pid in _all_pids() if _working_folder(pid) == wanted)
    return [mark for mark in marks if mark]


def processes_of_session(leader: int) -> list[ProcessMark]:
    """The processes of a session; none where the system does not tell (macOS)."""
    marks = (ProcessMark.of(pid) for pid in _all_pids() if _session(pid) == leader)
    return [mark for mark in marks if mark]


def end_process(mark: ProcessMark, steps: Sequence[tuple[str, float]]) -> None:
    """End this very process, with the steps of `end`."""
    end(lambda: not mark.is_alive(), lambda number: os.kill(mark.pid, number), steps)


def tail(path: Path, lines: int = 20) -> str:
    """The last lines of a log; empty when there is none."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - 16_384))
            text = log.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def _all_pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()] if LINUX else []


def _working_folder(pid: int) -> str | None:
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return None


def _session(pid: int) -> int | None:
    status = _status(pid)
    return int(status[3]) if status else None


def _status(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat that follow the program's name."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None


def _read_proc(pid: int) -> tuple[str, str] | None:
    status = _status(pid)
    if not status or status[0] in "ZX":
        return None
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0")
    except OSError:
        return None
    return status[19], command.replace(b"\0", b" ").decode(errors="replace")


def _ask_ps(pid: int) -> tuple[str, str] | None:
    asked = subprocess.run(
        ["ps", "-ww", "-o", "state=,lstart=,command=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    words = asked.stdout.split()
    if len(words) < 7 or words[0].startswith("Z"):
        return None
    return " ".join(words[1:6]), " ".join(words[6:])

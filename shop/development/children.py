"""The programs that `make run` starts: each in a session of its own, with its log; and those an earlier run left."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from shop.development import processes
from shop.development.processes import ProcessMark, tied, wait_until
from shop.development.settings import read_json, write_private

GRACE_SECONDS = 2.0
KILL_SECONDS = 5.0


class Child:
    """A program in a session of its own, so that a terminal's Ctrl-C reaches only its supervisor.

    Args:
        patience: seconds it is given to stop by itself.
    """

    def __init__(self, name: str, command: Sequence[str], log: Path, *, patience: float = 10.0) -> None:
        self.name = name
        self.command = list(command)
        self.log = log
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Run the program, its output going to the log, which starts anew."""
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                tied(self.command, signal.SIGTERM),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=dict(environment),
                start_new_session=True,
            )

    @property
    def pid(self) -> int | None:
        """Its process, once started; also the number of its session."""
        return self._process.pid if self._process else None

    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll() if self._process else None

    def stop(self, hurried: Callable[[], bool] = lambda: False) -> None:
        """Ask it to stop, wait, then leave nothing of its session; harmless when not started or already gone."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
            wait_until(lambda: process.poll() is not None or hurried(), self._patience)
        grace = 0.0 if hurried() else GRACE_SECONDS
        steps = [("TERM", grace), ("KILL", KILL_SECONDS)]
        processes.end(lambda: _is_gone(process), lambda number: os.killpg(process.pid, number), steps)


class Roster:
    """The children on record, so that a later run can end those that outlived their supervisor."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._children: dict[str, Child] = {}

    def add(self, child: Child) -> None:
        """Put a started child on record."""
        self._children[child.name] = child
        self._write()

    def close(self) -> None:
        """Forget them all: nothing runs any more."""
        self._children.clear()
        self._path.unlink(missing_ok=True)

    def end_leftovers(self) -> None:
        """End what an earlier run left, and only that: number, start and command line must all be as recorded."""
        left = [mark for entry in read_json(self._path).values() for mark in _left_of(entry)]
        for mark in left:
            processes.end_process(mark, [("TERM", KILL_SECONDS), ("KILL", KILL_SECONDS)])
        self.close()

    def _write(self) -> None:
        entries = {child.name: _entry(child.pid, child.command) for child in self._children.values() if child.pid}
        write_private(self._path, json.dumps(entries, indent=2))


def _entry(pid: int, command: Sequence[str]) -> dict[str, Any]:
    mark = ProcessMark.of(pid)
    # Without the program: systems show it under the name it gave itself, or under the link's target.
    return {"pid": pid, "started": mark.started if mark else "", "arguments": " ".join(command[1:])}


def _left_of(entry: Mapping[str, Any]) -> list[ProcessMark]:
    """The recorded process and the copies it made of itself, those still alive."""
    leader = ProcessMark.of(entry["pid"])
    found = [leader] if leader and leader.started == entry["started"] else []
    members = [mark for mark in processes.processes_of_session(entry["pid"]) if mark not in found]
    return [mark for mark in found + members if mark.command.endswith(entry["arguments"])]


def _is_gone(process: subprocess.Popen[bytes]) -> bool:
    """Whether the program ended and nobody of its group is left."""
    if process.poll() is None:
        return False
    try:
        os.killpg(process.pid, 0)
    except (ProcessLookupError, PermissionError):
        return True
    return processes.LINUX and not processes.processes_of_session(process.pid)  # only dead ones, not yet collected

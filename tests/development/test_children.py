"""Programs started and ended, and those of an earlier run told from strangers."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shop.development import processes
from shop.development.children import Child, Roster
from shop.development.processes import LINUX, ProcessMark, wait_until

FOREVER = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + FOREVER
FORKING = "import os; os.fork(); " + FOREVER


@pytest.fixture
def children(tmp_path: Path) -> Iterator["Children"]:
    """Starts programs and leaves none."""
    made = Children(tmp_path)
    yield made
    for child in made.all:
        child.stop(lambda: True)


class Children:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.all: list[Child] = []

    def start(self, code: str, *, patience: float = 5) -> Child:
        log = self.folder / f"{len(self.all)}.log"
        child = Child(f"child {len(self.all)}", [sys.executable, "-c", code], log, patience=patience)
        child.start(self.folder, {})
        self.all.append(child)
        assert wait_until(lambda: "up" in log.read_text(), 10)
        return child


def test_a_child_is_asked_to_stop_and_leaves_its_log(children: Children) -> None:
    child = children.start("import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); " + FOREVER)
    mark = ProcessMark.of(child.pid or 0)

    child.stop()
    child.stop()

    assert mark
    assert not mark.is_alive()
    assert child.log.read_text() == "up\n"
    assert child.pid is None
    assert child.exit_code() is None


def test_a_child_that_does_not_listen_is_killed(children: Children) -> None:
    child = children.start(STUBBORN, patience=0.1)
    mark = ProcessMark.of(child.pid or 0)

    child.stop(lambda: True)

    assert mark
    assert not mark.is_alive()


def test_what_a_killed_child_had_started_is_ended_too(children: Children) -> None:
    child = children.start(FORKING)
    pid = child.pid or 0
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: child.exit_code() == -signal.SIGKILL, 5)

    child.stop()

    assert not LINUX or processes.processes_of_session(pid) == []


def test_a_child_is_in_a_session_of_its_own(children: Children) -> None:
    child = children.start(FOREVER)

    assert os.getsid(child.pid or 0) == child.pid


def test_the_children_of_an_earlier_run_are_ended(children: Children, tmp_path: Path) -> None:
    child = children.start(FORKING)
    Roster(tmp_path / "children.json").add(child)

    Roster(tmp_path / "children.json").end_leftovers()

    assert wait_until(lambda: child.exit_code() is not None, 5)
    if LINUX:
        assert processes.processes_of_session(child.pid or 0) == []
    assert not (tmp_path / "children.json").exists()


@pytest.mark.parametrize("difference", [{"started": "1"}, {"arguments": "another"}, {"pid": 2**22 + 1}])
def test_a_process_that_differs_from_the_record_is_left_alone(
    children: Children, tmp_path: Path, difference: dict[str, object]
) -> None:
    child = children.start(FOREVER)
    path = tmp_path / "children.json"
    Roster(path).add(child)
    record = json.loads(path.read_text())
    arguments = "no such session" if "started" in difference else record[child.name]["arguments"]
    path.write_text(json.dumps({child.name: record[child.name] | {"arguments": arguments} | difference}))

    Roster(path).end_leftovers()

    assert child.exit_code() is None


def test_a_process_that_is_gone_has_no_mark() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()

    assert ProcessMark.of(gone.pid) is None


@pytest.mark.skipif(not Path("/bin/ps").exists(), reason="ps is not installed")
def test_without_proc_a_process_is_told_by_ps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "LINUX", False)
    mark = ProcessMark.of(os.getpid())

    assert mark
    assert mark.is_alive()
    assert "python" in mark.command
    assert ProcessMark.of(2**22 + 1) is None
    assert processes.processes_within(Path("/")) == processes.processes_of_session(1) == []
    assert processes.tied(["true"], signal.SIGTERM) == ["true"]


def test_a_log_that_is_absent_has_no_tail(tmp_path: Path) -> None:
    assert processes.tail(tmp_path / "absent") == ""

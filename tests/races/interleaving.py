"""Two pieces of work on real connections: one is stopped between two statements while the other runs.

Where the second one needs a lock that the first one holds, it waits; then the first one is let go. Trying every
place at which the first can be stopped, and both orders, tries every way in which the two can meet.
"""

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from flask import Flask

from shop.core.db import db
from tests.factories.crowd import waiting_for_a_lock
from tests.factories.waiting import wait_until

# Before these a transaction can be overtaken in a way that matters; between two plain reads it mostly is the same.
CRITICAL = re.compile(r"INSERT|UPDATE|DELETE|FOR |_lock|COMMIT|hold_seats", re.ASCII)


class Stop:
    """Stops one thread's work before its nth statement, until it is let go."""

    def __init__(self, at: int, *, everywhere: bool) -> None:
        self._left = at
        self._everywhere = everywhere
        self._thread: int | None = None
        self._reached, self._go = threading.Event(), threading.Event()
        self.statement = ""

    def watch(self, work: Callable[[], Any]) -> Callable[[], Any]:
        """The same work, done by the thread that will be stopped."""

        def watched() -> Any:
            self._thread = threading.get_ident()
            return work()

        return watched

    def pass_by(self, statement: str) -> None:
        """A statement is about to be made by this thread."""
        if threading.get_ident() != self._thread or not (self._everywhere or CRITICAL.search(statement)):
            return
        self._left -= 1
        if self._left == 0:
            self.statement = statement
            self._reached.set()
            assert self._go.wait(20)

    @property
    def is_reached(self) -> bool:
        """Whether the work stands still."""
        return self._reached.is_set()

    def release(self) -> None:
        """Let the work go on."""
        self._go.set()


@contextmanager
def on_every_statement(app: Flask, stop: Stop) -> Iterator[None]:
    """Lets the stop see what is about to be done in the database."""

    def statement(_connection: Any, _cursor: Any, text: str, *_: Any) -> None:
        stop.pass_by(text)

    def commit(_connection: Any) -> None:
        stop.pass_by("COMMIT")

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", statement)
    sa.event.listen(engine, "commit", commit)
    try:
        yield
    finally:
        sa.event.remove(engine, "before_cursor_execute", statement)
        sa.event.remove(engine, "commit", commit)


def meet(
    app: Flask, first: Callable[[], Any], second: Callable[[], Any], *, at: int, everywhere: bool = False
) -> tuple[Any, Any] | None:
    """Stop the first work before its nth statement, let the second run as far as it can, then let both end.

    Args:
        everywhere: count every statement, not only those that write or lock, and commits.

    Returns:
        What both gave; None if the first has no nth statement, and the second never began.
    """
    stop = Stop(at, everywhere=everywhere)
    with on_every_statement(app, stop), ThreadPoolExecutor(2) as threads:
        stopped = threads.submit(stop.watch(first))
        wait_until(lambda: stop.is_reached or stopped.done(), seconds=20)
        if not stop.is_reached:
            stopped.result()
            return None
        running = threads.submit(second)
        wait_until(lambda: running.done() or waiting_for_a_lock(app), seconds=20)
        stop.release()
        wait([stopped, running], timeout=30)
        return stopped.result(timeout=1), running.result(timeout=1)

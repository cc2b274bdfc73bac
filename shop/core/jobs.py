"""Background work: Procrastinate, in the same PostgreSQL as the facts."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask, current_app
from procrastinate import App, PsycopgConnector
from structlog.contextvars import bind_contextvars, clear_contextvars

from shop.core.connections import GONE
from shop.core.db import db

log = structlog.get_logger()
PATIENCE = 16  # seconds for a connection, before the queue is taken to be lost; the pool's fifth attempt comes after 15


@dataclass(frozen=True)
class Periodic:
    """Work that comes by itself.

    Args:
        cron: when; a sixth field counts seconds.
        work: called inside the app's context, without arguments; may be a coroutine function.
    """

    cron: str
    work: Callable[[], Any]

    @property
    def name(self) -> str:
        """What the job is called in the queue."""
        return self.work.__name__


def build(app: Flask, conninfo: str, periodic: Iterable[Periodic]) -> App:
    """The jobs of an app. A job that is still waiting is not put in the queue a second time."""
    jobs = App(
        connector=PsycopgConnector(
            conninfo=conninfo,
            timeout=PATIENCE,
            kwargs={"application_name": "insolite worker", "connect_timeout": 3, **GONE},
        )
    )
    for one in periodic:
        task = jobs.task(name=one.name, queueing_lock=one.name)(_inside(app, one))
        jobs.periodic(cron=one.cron)(task)
    return jobs


def _inside(app: Flask, one: Periodic) -> Callable[[int], Any]:
    if inspect.iscoroutinefunction(one.work):

        async def run_async(timestamp: int) -> None:
            with _context(app, one.name):
                await one.work()

        return run_async

    def run(timestamp: int) -> None:
        with _context(app, one.name):
            one.work()

    return run


@contextmanager
def _context(app: Flask, name: str) -> Iterator[None]:
    with app.app_context():
        clear_contextvars()
        bind_contextvars(job=name)
        try:
            yield
        finally:
            db.session.remove()


def jobs() -> App:
    """The jobs of the running shop."""
    found: App = current_app.extensions["jobs"]
    return found

"""Shops of other settings, and what they log and ask of the database."""

import io
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
import structlog
from flask import Flask

from config.default import Settings
from shop.app import create_app
from shop.core.db import db


@contextmanager
def another_shop(settings: Settings, **changes: Any) -> Iterator[Flask]:
    """A shop of other settings, beside the one every test has."""
    app = create_app(replace(settings, **changes))
    try:
        yield app
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@contextmanager
def nothing_there() -> Iterator[str]:
    """The address of a database that is away."""
    with socket.socket() as unused:  # bound and not listening: nobody else gets the port, every call is refused
        unused.bind(("127.0.0.1", 0))
        yield f"postgresql://nobody@127.0.0.1:{unused.getsockname()[1]}/nothing"


class Lines:
    """What was logged."""

    def __init__(self) -> None:
        self.buffer = io.StringIO()

    @property
    def text(self) -> str:
        return self.buffer.getvalue()

    def named(self, event: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.text.splitlines()]
        return [line for line in lines if line["event"] == event]


@contextmanager
def what_is_logged() -> Iterator[Lines]:
    """The log of what happens inside, instead of on standard error."""
    lines = Lines()
    before = structlog.get_config()
    structlog.configure(**before | {"logger_factory": structlog.PrintLoggerFactory(lines.buffer)})
    try:
        yield lines
    finally:
        structlog.configure(**before)


@contextmanager
def queries_of(app: Flask) -> Iterator[list[str]]:
    """The statements sent to the database inside."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)

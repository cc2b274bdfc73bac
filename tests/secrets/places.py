"""Everywhere a secret might end up, and the search for it."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import requests
import sqlalchemy as sa
import structlog
from flask import Flask
from requests.adapters import HTTPAdapter

from shop.core.db import db

COLUMNS = """
    SELECT table_name, column_name FROM information_schema.columns
    JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
"""


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """What is written to standard error, by libraries too, while somebody who looks for a fault has it all told."""
    written = io.StringIO()
    before, root = structlog.get_config(), logging.getLogger()
    level = root.level
    structlog.configure(
        **before
        | {
            "logger_factory": structlog.PrintLoggerFactory(written),
            "wrapper_class": structlog.make_filtering_bound_logger(logging.DEBUG),
        }
    )
    root.setLevel(logging.DEBUG)
    try:
        yield written
    finally:
        root.setLevel(level)
        structlog.configure(**before)


class Wire:
    """What goes to WeChat and comes back, seen from the shop."""

    def __init__(self) -> None:
        self.requests: list[requests.PreparedRequest] = []
        self.answers: list[bytes] = []

    def headers(self, name: str) -> list[str]:
        return [request.headers[name] for request in self.requests if name in request.headers]


@contextmanager
def tapped(app: Flask) -> Iterator[Wire]:
    """Listen at the connections of the shop's gateways."""
    wire = Wire()
    gateways = app.extensions["payment_gateways"].values()
    sessions = [app.extensions["mini_program"]._session, *(one._client._transport._session for one in gateways)]
    kept = [dict(session.adapters) for session in sessions]

    class Tap(HTTPAdapter):
        def __init__(self, real: HTTPAdapter) -> None:
            super().__init__()
            self.real = real

        def send(self, request, *args, **kwargs):
            wire.requests.append(request)
            answer = self.real.send(request, *args, **kwargs)
            wire.answers.append(answer.content)
            return answer

    for session in sessions:
        for scheme, adapter in list(session.adapters.items()):
            session.mount(scheme, Tap(adapter))
    try:
        yield wire
    finally:
        for session, adapters in zip(sessions, kept, strict=True):
            session.adapters.update(adapters)


def contents(app: Flask) -> dict[str, str]:
    """The whole database: every column of every table, as text."""
    with app.app_context(), db.engine.connect() as connection:
        columns = connection.execute(sa.text(COLUMNS)).all()
        read = "SELECT coalesce(string_agg(\"{1}\"::text, E'\\n'), '') FROM \"{0}\""
        return {
            f"{table}.{column}": connection.execute(sa.text(read.format(table, column))).scalar_one()
            for table, column in columns
        }


def where(secret: str, places: dict[str, str]) -> set[str]:
    """The places a secret stands in, also as JSON or a traceback would write it."""
    assert len(secret.encode()) >= 8, "too short to be looked for"
    spellings = {secret, secret.encode("unicode_escape").decode(), repr(secret)[1:-1]}
    return {place for place, text in places.items() if any(spelling in text for spelling in spellings)}

"""Plain statements, sent by psycopg itself past SQLAlchemy's execution, where that costs (docs/performance.md).

Its pool, its errors and its listeners stay.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import psycopg
import sqlalchemy as sa
from psycopg.pq import ExecStatus
from psycopg.rows import namedtuple_row
from psycopg.types.json import Json

from shop.core.connections import lose_those_before
from shop.core.db import db


def in_one_trip(statement: str, values: Mapping[str, Any]) -> Any:
    """The row of a statement that is a whole transaction of its own, None if it gives none: one round trip, and it is
    kept.

    Beside the session, on another connection: it neither sees nor ends what the session is doing.

    Args:
        statement: as psycopg reads it, with `%(names)s`.

    Raises:
        DBAPIError: as SQLAlchemy's.
    """
    engine = db.engine
    with _refused(engine, statement), _lent(engine) as connection:
        found = _send(connection, engine, statement, values)
    return found[0] if found else None


def in_this_transaction(statement: str, values: Mapping[str, Any], *, flush: bool = True) -> "Found":
    """The rows of a statement in the session's transaction, sent past the ORM. It changes nothing that was read.

    Args:
        statement: as psycopg reads it, with `%(names)s`.
        flush: False leaves what waits to be written by the ORM waiting.

    Raises:
        DBAPIError: as SQLAlchemy's.
    """
    if flush:
        db.session.flush()
    session = db.session.connection()
    connection = cast("psycopg.Connection[Any]", session.connection.driver_connection)
    with _refused(session.engine, statement):
        try:
            return _send(connection, session.engine, statement, values)
        except psycopg.Error as failure:
            if connection.closed:
                lose_those_before(session.engine, session.connection.info["since"])
                session.invalidate(failure)
            raise


class Found(list[Any]):
    """The rows of a statement, each with its columns by name."""

    def one(self) -> Any:
        """The only row.

        Raises:
            NoResultFound, MultipleResultsFound: there is not one.
        """
        if not self:
            raise sa.exc.NoResultFound
        return self.one_or_none()

    def one_or_none(self) -> Any:
        """The only row, or none.

        Raises:
            MultipleResultsFound: there are several.
        """
        if len(self) > 1:
            raise sa.exc.MultipleResultsFound
        return self[0] if self else None


def _send(connection: "psycopg.Connection[Any]", engine: sa.Engine, statement: str, values: Mapping[str, Any]) -> Found:
    """Send a statement by psycopg itself: cheaper (docs/performance.md), and whoever listens to the engine's statements
    hears of it all the same.
    """
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        for hear in engine.dispatch.before_cursor_execute:
            statement, values = hear(None, cursor, statement, values, None, False)
        cursor.execute(statement, values)
        for hear in engine.dispatch.after_cursor_execute:
            hear(None, cursor, statement, values, None, False)
        result = cursor.pgresult  # the cursor's own description would make an object of each column
        return Found(cursor.fetchall() if result is not None and result.status == ExecStatus.TUPLES_OK else ())


@contextmanager
def _refused(engine: sa.Engine, statement: str) -> Iterator[None]:
    """Have errors of the driver be SQLAlchemy's, as everywhere."""
    try:
        yield
    except psycopg.Error as failure:
        raise sa.exc.DBAPIError.instance(
            statement, None, failure, psycopg.Error, hide_parameters=True, dialect=engine.dialect
        ) from failure


@contextmanager
def _lent(engine: sa.Engine) -> Iterator["psycopg.Connection[Any]"]:
    """A connection of the pool that commits each statement by itself, until it is given back; a broken one never is."""
    lent = engine.raw_connection()
    connection = cast("psycopg.Connection[Any]", lent.driver_connection)
    try:
        connection.autocommit = True
        yield connection
    finally:
        try:
            connection.autocommit = False
        except psycopg.Error as failure:
            lose_those_before(engine, lent.info["since"])
            lent.invalidate(failure)
        else:
            lent.close()


def rows(found: Sequence[Mapping[str, Any]]) -> Json:
    """Rows of a table as one parameter, for `json_populate_recordset(NULL::table, ...)`: many rows and columns in one
    statement, whose cost hardly depends on how many.

    Args:
        found: by column; one that is left out is empty, whatever its default.
    """
    return Json(found, _dump)


def _dump(found: Any) -> str:
    return json.dumps(found, default=str)

"""The database: models' base, and the only place that commits."""

import json
import select
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.rows import namedtuple_row
from psycopg.types.json import Json
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, registry

from config.default import Settings

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every table. Times are aware, ids are UUIDs, texts in three languages are JSON."""

    registry = registry(
        metadata=sa.MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: sa.DateTime(timezone=True),
            UUID: sa.Uuid(),
            str: sa.Text(),
            dict[str, str]: JSONB(),
            dict[str, Any]: JSONB(),
            dict[str, int]: JSONB(),
            list[Any]: JSONB(),
            list[str]: ARRAY(sa.Text()),
        },
    )


db = SQLAlchemy(model_class=Base)
MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def build_migrations() -> Any:
    """What Flask-Migrate keeps of an app; Alembic comes with it."""
    from flask_migrate import Migrate

    aside = Flask("migrations")
    Migrate(aside, db, directory=str(MIGRATIONS))
    return aside.extensions["migrate"]


# What no statement may exceed; a client waiting longer is told to come back (problems.py). And UTC, because the
# server adds intervals to moments on the clocks of the session's time zone.
LIMITS = {
    "lock_timeout": "3s",
    "statement_timeout": "10s",
    "idle_in_transaction_session_timeout": "1min",
    "timezone": "UTC",
}
SESSION = "; ".join(f"SET {name} = '{limit}'" for name, limit in LIMITS.items())


# A server that vanished without a word is noticed within seconds (libpq's parameters).
GONE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000}


def engine_options(settings: Settings) -> dict[str, Any]:
    """How the shop connects: short waits, and no prepared statements behind a transaction pooler."""
    connect_args: dict[str, Any] = {"connect_timeout": 3, "application_name": "insolite", **GONE}
    if settings.database_direct_url:
        connect_args["prepare_threshold"] = None
    return {
        "pool_size": 10,
        "max_overflow": 10,
        "pool_timeout": 2,  # then the shop is busy: threads beyond ten each take two at most
        "hide_parameters": True,  # errors are logged, and parameters hold names, openids and codes
        "connect_args": connect_args,
    }


def driver_url(url: str) -> str:
    """A `postgresql://` address as SQLAlchemy wants it to use psycopg 3."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg{separator}{rest}" if scheme in {"postgresql", "postgres"} else url


class PoolerWithoutLimits(Exception):
    """The pooler gives out connections without the shop's limits; docs/operations.md says how it is set up."""


def set_up_each_connection(engine: sa.Engine, *, pooled: bool) -> None:
    """Give every new connection the shop's limits (not by `options=`, which PgBouncer refuses), and look at each that
    is taken from the pool: one that the server has closed has something to read, which costs no trip to find out.

    Args:
        pooled: a transaction pooler stands before the server. What a client sets there is lost with its transaction
            and found by another: the pooler sets the limits (`connect_query`), and here it is seen that it did.
    """

    @sa.event.listens_for(engine, "connect")
    def _set_up(connection: Any, record: Any) -> None:
        record.info["since"] = time.monotonic()
        connection.autocommit = True
        if pooled:
            _see_limits(connection)
        else:
            connection.execute(SESSION)
        connection.autocommit = False

    @sa.event.listens_for(engine, "checkout")
    def _look_at(connection: Any, record: Any, _proxy: Any) -> None:
        if record.info["since"] <= _lost.get(engine, 0.0):
            raise sa.exc.DisconnectionError
        if connection.closed or _has_news(connection.fileno()):
            _lose_those_before(engine, record.info["since"])
            raise sa.exc.DisconnectionError


# When each engine last lost a connection: those made before were lost as well, or will be, and are not used again.
_lost: WeakKeyDictionary[sa.Engine, float] = WeakKeyDictionary()
_losing = threading.Lock()


def _lose_those_before(engine: sa.Engine, since: float) -> None:
    """A connection was lost: so are all that are as old. News of one that was counted among them already is none, and
    those made meanwhile are kept.

    Args:
        since: when the lost one was made.
    """
    with _losing:
        if since > _lost.get(engine, 0.0):
            _lost[engine] = time.monotonic()


def _has_news(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


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
                _lose_those_before(session.engine, session.connection.info["since"])
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
            _lose_those_before(engine, lent.info["since"])
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


def _see_limits(connection: Any) -> None:
    asked = ", ".join(f"current_setting('{name}')" for name in LIMITS)
    found = dict(zip(LIMITS, connection.execute(f"SELECT {asked}").fetchone(), strict=True))
    if found != LIMITS:
        connection.close()
        raise PoolerWithoutLimits(f"found {found}; PgBouncer needs connect_query='{SESSION}'")


@contextmanager
def transaction() -> Iterator[None]:
    """One unit of work: everything inside is kept together, or none of it. Opened by edges, never nested.

    Refuses to commit when an SQL error inside was swallowed: PostgreSQL has then given up the transaction, and
    a commit would silently keep nothing.
    """
    session = db.session()
    if session.info.get("in_transaction"):
        raise RuntimeError("transactions do not nest: open one at the edge")
    session.info["in_transaction"] = True
    session.info["at_end"] = []
    try:
        yield
        session.flush()
        for work in session.info["at_end"]:
            work()
        session.flush()
        _refuse_to_commit_a_failed_transaction()
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["in_transaction"] = False


def at_end(work: Callable[[], object]) -> None:
    """Do something just before the transaction's end, after all else and in the order it was asked for.

    For what locks a row that everybody needs, such as the head of the journal: taken last, such a lock is held
    shortly, and nobody who holds it waits for another.

    Raises:
        RuntimeError: no transaction() is open.
    """
    session = db.session()
    if not session.info.get("in_transaction"):
        raise RuntimeError("there is no transaction at whose end this could be done")
    session.info["at_end"].append(work)


def _refuse_to_commit_a_failed_transaction() -> None:
    driver = db.session.connection().connection.driver_connection
    if driver is not None and driver.info.transaction_status == TransactionStatus.INERROR:
        raise RuntimeError("an SQL error was swallowed: this transaction is lost and must not be committed")


def end_reading() -> None:
    """Let go of the database before talking to somebody else's system.

    Raises:
        RuntimeError: a transaction() is open; nothing outside is called while one is.
    """
    session = db.session()
    if session.info.get("in_transaction"):
        raise RuntimeError("nothing outside may be called inside a transaction")
    session.rollback()


@contextmanager
def own_connection() -> Iterator[sa.Connection]:
    """A short transaction of its own, beside the session's, on another connection."""
    with db.engine.begin() as connection:
        yield connection


def let_go(_error: BaseException | None = None) -> None:
    """End a request's or a job's session, even if the database has died under it: nothing is lost by that."""
    if not db.session.registry.has():
        return
    session = db.session()
    try:
        session.close()
    except sa.exc.SQLAlchemyError:
        session.invalidate()
    db.session.remove()

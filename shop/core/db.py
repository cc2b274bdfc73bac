"""The database: models' base, and the only place that commits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from psycopg.pq import TransactionStatus
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, registry

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

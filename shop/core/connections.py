"""Connections to the database: their limits, and how lost ones are found out."""

import select
import threading
import time
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from config.default import Settings

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
            lose_those_before(engine, record.info["since"])
            raise sa.exc.DisconnectionError


# When each engine last lost a connection: those made before were lost as well, or will be, and are not used again.
_lost: WeakKeyDictionary[sa.Engine, float] = WeakKeyDictionary()
_losing = threading.Lock()


def lose_those_before(engine: sa.Engine, since: float) -> None:
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


def _see_limits(connection: Any) -> None:
    asked = ", ".join(f"current_setting('{name}')" for name in LIMITS)
    found = dict(zip(LIMITS, connection.execute(f"SELECT {asked}").fetchone(), strict=True))
    if found != LIMITS:
        connection.close()
        raise PoolerWithoutLimits(f"found {found}; PgBouncer needs connect_query='{SESSION}'")

"""Many people doing something at the same moment."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy.exc import DBAPIError

from shop.core import clock
from shop.core.db import db, transaction
from shop.core.errors import Refusal
from shop.core.invariants import check
from shop.customers.services import sign_in
from tests.factories.rows import value


def at_once(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start every piece of work at the same moment.

    Returns:
        What each gave, in their order.
    """
    starting = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        starting.wait(timeout=30)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def inside(app: Flask, work: Callable[[], Any]) -> Callable[[], str]:
    """A piece of work inside the shop, for a thread of its own.

    Returns:
        What gives "done", the code of the refusal, or the name of the database's error.
    """

    def run() -> str:
        with app.app_context():
            try:
                work()
            except Refusal as refusal:
                return refusal.code
            except DBAPIError as error:
                return type(error.orig).__name__
            finally:
                db.session.remove()
        return "done"

    return run


def within(app: Flask, work: Callable[[], Any]) -> Callable[[], str]:
    """The same, in a transaction of its own."""

    def kept() -> None:
        with transaction():
            work()

    return inside(app, kept)


def waiting_for_a_lock(app: Flask) -> int:
    """How many connections to the shop's database wait for a lock at this moment."""
    return value(
        app,
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    )


def people(app: Flask, count: int) -> list[tuple[UUID, str]]:
    """Customers who signed in, without WeChat.

    Returns:
        The id and the token of each.
    """
    secret_key = app.extensions["settings"].secret_key
    with app.app_context(), transaction():
        signed_in = [
            sign_in(app_id="crowd", openid=f"crowd-{n}", locale="fr", secret_key=secret_key, now=clock.now())
            for n in range(count)
        ]
        return [(one.customer.id, one.token) for one in signed_in]


def tokens(app: Flask, count: int) -> list[str]:
    """The tokens of that many customers."""
    return [token for _, token in people(app, count)]


def violations(app: Flask) -> list[str]:
    """What the audit says now."""
    with app.app_context():
        found = check(app.extensions["invariants"], now=clock.now())
    return [f"{invariant.name}: {row}" for invariant, row in found]

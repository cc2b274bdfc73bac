"""What an app asks of its database, and how the database goes about it."""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import Flask

from shop.core.db import db

# Tables that grow with every order; a page or a sweep that reads one of them from end to end slows down for ever.
GROWING = frozenset(
    {
        "bookings",
        "booking_lines",
        "consents",
        "customers",
        "customer_sessions",
        "departures",
        "documents",
        "gateway_events",
        "idempotency_keys",
        "journal_entries",
        "journal_lines",
        "order_events",
        "orders",
        "payments",
        "redemptions",
        "refunds",
        "staff_acts",
        "tickets",
    }
)
_LARGE = sa.text("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > 2000 AND relpages > 50")
_BY_INDEX = {"Index Scan", "Index Only Scan"}
_FOR_PLANS = re.compile(r"\s*(SELECT|WITH|UPDATE|DELETE|INSERT)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Sent:
    """A statement that was sent, with its parameters and how long it took (milliseconds)."""

    text: str
    parameters: Any
    took: float


@contextmanager
def sent_by(app: Flask) -> Iterator[list[Sent]]:
    """Everything that the app sends to its database meanwhile."""
    sent: list[Sent] = []
    with app.app_context():
        engine = db.engine

    began: dict[int, float] = {}

    def before(_connection: Any, cursor: Any, *_: Any) -> None:
        began[id(cursor)] = time.perf_counter()

    def after(_connection: Any, cursor: Any, text: str, parameters: Any, _context: Any, many: bool) -> None:
        took = 1000 * (time.perf_counter() - began.pop(id(cursor)))
        sent.append(Sent(text, parameters[0] if many and parameters else parameters, took))

    sa.event.listen(engine, "before_cursor_execute", before)
    sa.event.listen(engine, "after_cursor_execute", after)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", before)
        sa.event.remove(engine, "after_cursor_execute", after)


def scans(app: Flask, sent: Sequence[Sent], tables: frozenset[str] = GROWING) -> dict[str, set[str]]:
    """The statements whose plan reads one of the tables from end to end, with those tables; each statement once.

    An index that is read whole counts as well, unless the reading ends early. Of tables that are small as yet,
    nothing can be told.
    """
    found: dict[str, set[str]] = {}
    with app.app_context(), db.engine.connect() as connection:
        tables &= frozenset(connection.scalars(_LARGE).all())
        for text in {one.text: one for one in sent if _FOR_PLANS.match(one.text)}.values():
            plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {text.text}", text.parameters).scalar_one()
            read_whole = set(_read_whole(plan[0]["Plan"], limited=False)) & tables
            if read_whole:
                found[text.text] = read_whole
        connection.rollback()
    return found


def explained(app: Flask, sent: Sent) -> str:
    """How a statement was gone about, with times; it is done again for that, and taken back."""
    with app.app_context(), db.engine.connect() as connection:
        lines = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS) {sent.text}", sent.parameters).scalars().all()
        connection.rollback()
    return "\n".join(map(str, lines))


def _read_whole(node: dict[str, Any], *, limited: bool) -> Iterator[str]:
    kind, below = node["Node Type"], limited or node["Node Type"] == "Limit"
    whole_index = kind in _BY_INDEX and "Index Cond" not in node and not limited and not _partial(node)
    if kind == "Seq Scan" or whole_index:
        yield node["Relation Name"]
    if kind in {"Sort", "Aggregate", "Hash", "WindowAgg"}:
        below = False  # these read all that is under them
    for child in node.get("Plans", []):
        yield from _read_whole(child, limited=below)


def _partial(node: dict[str, Any]) -> bool:
    """Whether an index is of few rows only: those that wait for something."""
    return str(node["Index Name"]).endswith(("_held", "_pending", "_due", "_open", "_live", "_waiting", "_untold"))

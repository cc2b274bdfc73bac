"""Letting go of what is over, by the rules of `rules.py`: in small batches, each counted in the transaction that
deletes it, so that a worker that dies half-way neither repeats nor forgets anything.

The caller owns the transaction."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from shop.booking.models import Booking
from shop.books.models import Document
from shop.catalogue.models import Departure
from shop.core.db import db
from shop.core.idempotency import IdempotencyKey
from shop.core.settings import settings
from shop.customers import services as customers
from shop.customers.errors import StillNeeded
from shop.customers.models import Customer, CustomerSession
from shop.office.models import RetentionRun
from shop.office.rules import retention as rules
from shop.office.services import erasure
from shop.orders.models import Order
from shop.payments.models import GatewayEvent
from shop.staff.models import StaffSession
from shop.staff.services import acts

_ONE_BEGINS = 0x7265_7465_6E74_696F  # the advisory lock under which a night begins


def begin(*, now: datetime) -> UUID | None:
    """The night to be worked on: one that was left unfinished, or a new one if it is time; None if neither."""
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_ONE_BEGINS)))
    last = db.session.scalar(sa.select(RetentionRun).order_by(RetentionRun.started_at.desc()).limit(1))
    if last is not None and last.ended_at is None:
        last.kept = {}  # counted anew: they are still there
        return last.id
    if not rules.is_due(last.started_at if last else None, now=now.astimezone(ZoneInfo(settings().timezone))):
        return None
    run = RetentionRun(started_at=now, done={}, kept={}, unfinished=[])
    db.session.add(run)
    db.session.flush()
    return run.id


def finish(run_id: UUID, *, unfinished: Sequence[str], now: datetime) -> RetentionRun:
    """Write down that a night is over, and how many papers are past their time."""
    run = _lock(run_id)
    over = sa.select(sa.func.count()).select_from(Document)
    papers = rules.ACCOUNTING_PAPERS
    run.kept = run.kept | {papers.name: db.session.scalar(over.where(Document.issued_at < papers.limit(now))) or 0}
    run.unfinished = list(unfinished)
    run.ended_at = now
    db.session.flush()
    return run


def last_nights() -> Sequence[RetentionRun]:
    """The latest nights, the last first."""
    newest = sa.select(RetentionRun).order_by(RetentionRun.started_at.desc()).limit(rules.NIGHTS_SHOWN)
    return db.session.scalars(newest).all()


def _lock(run_id: UUID) -> RetentionRun:
    return db.session.get_one(RetentionRun, run_id, with_for_update=True, populate_existing=True)


def _count(run_id: UUID, rule: rules.Retention, count: int, *, kept: bool = False) -> int:
    """Add to the numbers of a night; what the rule's number is now."""
    run = _lock(run_id)
    counts = run.kept if kept else run.done
    total = counts.get(rule.name, 0) + count
    if kept:
        run.kept = counts | {rule.name: total}
    else:
        run.done = counts | {rule.name: total}
    db.session.flush()
    return total


# ---- Rows


def _sign_ins(limit: datetime) -> int:
    return _delete(CustomerSession, CustomerSession.expires_at < limit)


def _staff_sessions(limit: datetime) -> int:
    return _delete(StaffSession, StaffSession.expires_at < limit)


def _repeated_requests(limit: datetime) -> int:
    return _delete(IdempotencyKey, IdempotencyKey.created_at < limit)


def _gateway_messages(limit: datetime) -> int:
    """Those that are still to be acted upon are kept as they are."""
    over = (
        sa.select(GatewayEvent.id)
        .where(
            GatewayEvent.body != "",
            GatewayEvent.received_at < limit,
            GatewayEvent.next_look_at.is_(None),
            GatewayEvent.outcome != "waits-for-payment",
        )
        .limit(rules.BATCH)
        .with_for_update(skip_locked=True)
    )
    emptied = sa.update(GatewayEvent).where(GatewayEvent.id.in_(over)).values(body="", headers={})
    return db.session.connection().execute(emptied).rowcount


def _delete(table: type[Any], over: sa.ColumnElement[bool]) -> int:
    key = sa.tuple_(*table.__table__.primary_key)
    batch = sa.select(*table.__table__.primary_key).where(over).limit(rules.BATCH).with_for_update(skip_locked=True)
    return db.session.connection().execute(sa.delete(table).where(key.in_(batch))).rowcount


ROWS: dict[rules.Retention, Callable[[datetime], int]] = {
    rules.SIGN_INS: _sign_ins,
    rules.STAFF_SESSIONS: _staff_sessions,
    rules.GATEWAY_MESSAGES: _gateway_messages,
    rules.REPEATED_REQUESTS: _repeated_requests,
}


def let_go_of_rows(run_id: UUID, rule: rules.Retention, *, now: datetime) -> tuple[int, bool]:
    """One batch of what is over by a rule.

    Returns:
        How many rows, and whether there may be more than one night does.
    """
    count = ROWS[rule](rule.limit(now))
    total = _count(run_id, rule, count) if count else 0
    return count, total >= rules.MOST_ROWS


# ---- People


def people_over(*, after: UUID | None, now: datetime) -> Sequence[UUID]:
    """Some of the people with whom the last contact was too long ago, by id."""
    over = _over(rules.PEOPLE.limit(now))
    later = Customer.id > after if after else sa.true()
    return db.session.scalars(sa.select(Customer.id).where(over, later).order_by(Customer.id).limit(rules.BATCH)).all()


def let_go_of_person(run_id: UUID, customer_id: UUID, *, now: datetime) -> bool:
    """Forget one of them, unless they have come back meanwhile or something of theirs is still open.

    Returns:
        Whether they were forgotten.
    """
    if customers.lock_to_erase(customer_id) is None:
        return False
    limit = rules.PEOPLE.limit(now)
    if db.session.scalar(sa.select(Customer.id).where(Customer.id == customer_id, _over(limit))) is None:
        return False
    try:
        erased = erasure.erase(customer_id, now=now)
    except StillNeeded:
        _count(run_id, rules.PEOPLE, 1, kept=True)
        return False
    acts.record(
        "privacy.expired",
        str(customer_id),
        who=RETENTION,
        staff_id=None,
        address="",
        now=now,
        after={"orders": erased.orders, "papers_kept": erased.papers},
    )
    _count(run_id, rules.PEOPLE, 1)
    return True


def _over(limit: datetime) -> sa.ColumnElement[bool]:
    """The condition on a customer that the last contact was before a moment."""
    ordered = sa.exists().where(Order.customer_id == Customer.id, Order.created_at >= limit)
    visited = sa.exists().where(
        Booking.customer_id == Customer.id, Departure.id == Booking.departure_id, Departure.starts_at >= limit
    )
    return sa.and_(Customer.erased_at.is_(None), Customer.seen_at < limit, ~ordered, ~visited)


RETENTION = "retention"  # who did it, in the trail

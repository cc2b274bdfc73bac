"""Forgetting a person: they are gone, the accounts stay. The caller owns the transaction.

Locks: the customer's row first, which is taken before all others wherever it is taken at all; then their orders by id.
Every change of a payment, a refund, a dispute or an ordered booking has its order locked, so what was found open or
not open stays so until the end.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from shop.booking.models import Booking
from shop.books.models import Document
from shop.catalogue.models import Departure, Tour
from shop.core.db import Base, db
from shop.core.i18n import DEFAULT, match_language
from shop.core.idempotency import IdempotencyKey
from shop.core.settings import settings
from shop.customers import services as customers
from shop.customers.errors import PersonNotFound, StillNeeded
from shop.customers.models import Customer
from shop.customers.texts import NOBODY
from shop.office.rules import retention as rules
from shop.office.services.personal import messages_of, spoken
from shop.orders.models import Order, Ticket
from shop.payments.models import Dispute, GatewayEvent, Payment, Refund
from shop.staff.models import Attention


@dataclass(frozen=True)
class Erased:
    """What became of a person.

    Args:
        again: they were gone already, and nothing was done.
        papers: receipts and credit notes that are kept, because the law demands it.
    """

    again: bool
    orders: int
    papers: int


def erase(customer_id: UUID, *, now: datetime) -> Erased:
    """Forget a person. Again: nothing more.

    Raises:
        PersonNotFound: no customer has this id.
        StillNeeded: something of theirs is still open.
    """
    customer = customers.lock_to_erase(customer_id)
    if customer is None:
        raise PersonNotFound
    orders = _lock_orders(customer_id)
    papers = _papers(customer_id)
    if customer.erased_at is not None:
        return Erased(again=True, orders=len(orders), papers=papers)
    if found := still_open(customer_id, now=now):
        raise StillNeeded(open=found)
    for forget in FORGETTING:
        forget(customer, orders)
    customers.forget_person(customer, now=now)
    return Erased(again=False, orders=len(orders), papers=papers)


def _lock_orders(customer_id: UUID) -> Sequence[Order]:
    return db.session.scalars(
        sa.select(Order)
        .where(Order.customer_id == customer_id)
        .order_by(Order.id)
        .with_for_update(of=Order)
        .execution_options(populate_existing=True)
    ).all()


def _papers(customer_id: UUID) -> int:
    papers = sa.select(sa.func.count()).select_from(Document).join(Order, Order.id == Document.order_id)
    return db.session.scalar(papers.where(Order.customer_id == customer_id)) or 0


# ---- What is still open


def _still_to_end() -> sa.ColumnElement[bool]:
    """Whether the sweep will still give back a booking of a cancelled date: it does so while a ticket is valid."""
    admits = sa.exists().where(Ticket.booking_id == Booking.id, Ticket.status == "valid")
    return sa.and_(Departure.status == "cancelled", admits)


def still_open(customer_id: UUID, *, now: datetime) -> list[dict[str, Any]]:
    """What is open of a person's, so that they cannot be forgotten: kind, how many, orders' numbers, until when."""
    own = Order.customer_id == customer_id
    ends_at = Departure.starts_at + Tour.duration_minutes * sa.text("interval '1 minute'")
    held = sa.select(sa.null(), Booking.expires_at).where(
        Booking.customer_id == customer_id, Booking.status == "held", Booking.order_id.is_(None)
    )
    unpaid = sa.select(Order.number, Order.expires_at).where(own, Order.status == "pending")
    review = sa.select(Order.number, sa.null()).where(own, Order.status == "in_review")
    payments = sa.select(Order.number, Payment.expires_at).join(Payment, Payment.order_id == Order.id)
    refunds = sa.select(Order.number, sa.null()).join(Refund, Refund.order_id == Order.id)
    disputes = sa.select(Order.number, sa.null()).join(Dispute, Dispute.order_id == Order.id)
    visits = (
        sa.select(Order.number, ends_at)
        .join(Booking, Booking.order_id == Order.id)
        .join(Departure, Departure.id == Booking.departure_id)
        .join(Tour, Tour.id == Departure.tour_id)
        .where(own, Booking.status == "confirmed", sa.or_(ends_at > now, _still_to_end()))
    )
    decisions = sa.select(Order.number, sa.null()).join(Attention, Attention.subject == spoken(Order.number))
    every: dict[str, sa.Select[*tuple[Any, ...]] | sa.CompoundSelect[*tuple[Any, ...]]] = {
        "holds": held,
        "unpaid": unpaid,
        "review": review,
        "payments": payments.where(own, Payment.status == "pending"),
        "refunds": refunds.where(own, Refund.status.in_(("pending", "needs_attention"))),
        "disputes": disputes.where(own, Dispute.status == "open"),
        "visits": visits,
        "decisions": decisions.where(own, Attention.resolved_at.is_(None)),
    }
    if (requests := Base.metadata.tables.get("refund_requests")) is not None:
        waiting = sa.select(Order.number, sa.null()).join(requests, requests.c.order_id == Order.id)
        every["decisions"] = sa.union_all(every["decisions"], waiting.where(own, requests.c.status == "waiting"))
    zone = ZoneInfo(settings().timezone)
    found = []
    for kind, statement in every.items():
        rows = db.session.execute(statement).all()
        if rows:
            numbers = sorted({f"{row[0][:3]}-{row[0][3:6]}-{row[0][6:]}" for row in rows if row[0]})
            until = max((row[1] for row in rows if row[1]), default=None)
            found.append(
                {
                    "kind": kind,
                    "count": len(numbers) or len(rows),
                    "orders": numbers[: rules.SHOWN],
                    "until": until and until.astimezone(zone).isoformat(sep=" ", timespec="minutes")[:16],
                }
            )
    return found


# ---- What is forgotten


def _contacts(_customer: Customer, orders: Sequence[Order]) -> None:
    for order in orders:
        order.contact = {"name": NOBODY.to(match_language(order.locale) or DEFAULT)}
    db.session.flush()


def _notes_of_refunds(customer: Customer, _orders: Sequence[Order]) -> None:
    own = sa.select(Order.id).where(Order.customer_id == customer.id)
    db.session.execute(sa.update(Refund).where(Refund.order_id.in_(own), Refund.note.is_not(None)).values(note=None))


def _kept_answers(customer: Customer, _orders: Sequence[Order]) -> None:
    """The answers kept under idempotency keys hold the order as it was, contact and all."""
    db.session.execute(sa.delete(IdempotencyKey).where(IdempotencyKey.customer_id == customer.id))


def _messages(customer: Customer, _orders: Sequence[Order]) -> None:
    """The providers' notices are encrypted, but whoever has the key reads the payer's openid in them."""
    db.session.execute(
        sa.update(GatewayEvent)
        .where(GatewayEvent.body != "", GatewayEvent.next_look_at.is_(None), messages_of(customer.id))
        .values(body="", headers={})
    )


def _words_of_staff(customer: Customer, _orders: Sequence[Order]) -> None:
    """What the staff wrote about the orders, in tables that a part of the shop may bring along."""
    own = sa.select(Order.id).where(Order.customer_id == customer.id)
    tables = Base.metadata.tables
    if (notes := tables.get("order_notes")) is not None:
        db.session.execute(sa.delete(notes).where(notes.c.order_id.in_(own)))
    if (requests := tables.get("refund_requests")) is not None:
        values = {"note": "–", "answer": None}
        db.session.execute(sa.update(requests).where(requests.c.order_id.in_(own)).values(values))


# Each forgets what one part of the shop holds of a person; all are locked. Receipts, credit notes and the journal are
# not among them: the law keeps them, and a trigger refuses every change. Nor is the trail of acts, which names orders.
FORGETTING: tuple[Callable[[Customer, Sequence[Order]], None], ...] = (
    _contacts,
    _notes_of_refunds,
    _kept_answers,
    _messages,
    _words_of_staff,
)

"""Attempts to pay: written down before the gateway is told, and after. The caller owns the transaction."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from shop.core.db import db
from shop.core.ids import new_id
from shop.core.money import Money
from shop.core.plain import in_this_transaction
from shop.gateways.payment import PaymentGateway
from shop.orders.models import Order
from shop.orders.services import settle as orders
from shop.orders.services.paying import lock_to_pay
from shop.orders.services.story import tell, told
from shop.payments import rules
from shop.payments.errors import OrderNotPayable, PaymentInProgress
from shop.payments.methods import gateway_for
from shop.payments.models import Payment

LEASE = timedelta(seconds=45)  # how long one worker keeps a payment to itself

# PostgreSQL locks in the order of the list: the order's row before the payment's.
_LOCK = (
    sa.select(Payment)
    .join(Payment.order)
    .options(contains_eager(Payment.order))
    .with_for_update(of=[Order, Payment])
    .execution_options(populate_existing=True)
)
_LOCK_BY_ID = _LOCK.where(Payment.id == sa.bindparam("payment_id"))
_LOCK_BY_NUMBER = _LOCK.where(Payment.gateway == sa.bindparam("gateway"), Payment.number == sa.bindparam("number"))


# A payment, and its order's story of it.
_INTEND = """
    WITH intended AS (
        INSERT INTO payments (id, order_id, gateway, method, number, status, amount, currency, created_at, expires_at,
            checks, next_check_at)
        VALUES (%(id)s, %(order_id)s, %(gateway)s, %(method)s, %(number)s, %(status)s, %(amount)s, %(currency)s,
            %(created_at)s, %(expires_at)s, %(checks)s, %(next_check_at)s)
        RETURNING order_id
    )
    INSERT INTO order_events (order_id, at, event, facts)
    SELECT order_id, %(at)s, %(event)s, %(facts)s::jsonb FROM intended
"""

_SO_FAR = """
    SELECT coalesce(bool_or(status = 'pending'), false) AS is_live,
        coalesce(sum(received_amount - refunded) FILTER (WHERE disposition = 'review'), 0) AS in_review
    FROM payments WHERE order_id = %(order)s
"""

_OPENED = "UPDATE payments SET reference = %(reference)s WHERE id = %(payment)s RETURNING status"


@dataclass(frozen=True)
class Intent:
    """A payment that is written down, and what the gateway needs to know of it."""

    payment: Payment
    order: Order
    payer: str
    gateway: PaymentGateway


def intend(order_id: UUID, *, customer_id: UUID, method: str, hold: timedelta, now: datetime) -> Intent:
    """Write down that a customer's order is about to be paid; the gateway does not know yet.

    Its seats are kept at least as long as the gateway lets it be paid, up to twice a hold in all.

    Raises:
        OrderNotFound: they have none of this id.
        OrderNotPayable: the order is not pending, its time is over, or a departure of it was cancelled or has started.
        MethodNotOffered: the method is not set up, or does not take its currency.
        PaymentInProgress: it has a live attempt, which must be asked and closed first.
    """
    found = lock_to_pay(order_id, customer_id=customer_id)
    order = found.order
    check_payable(order, now)
    gateway = gateway_for(method, order.total)
    so_far = _so_far(order_id)
    if so_far.is_live:
        raise PaymentInProgress
    until = order.payable_until
    assert until is not None
    expires_at = max(until, now + gateway.shortest)
    if order.status == "pending" and expires_at > until:
        first_held_at = min(held.created_at for held in order.bookings)
        kept = orders.lock_order(order_id)
        orders.prolong(kept, until=min(expires_at, first_held_at + 2 * hold))
        until = kept.expires_at
    facts = {
        "id": new_id(),
        "order_id": order_id,
        "gateway": gateway.name,
        "method": method,
        "number": rules.attempt_number(order.number),
        "status": "pending",
        "amount": order.amount - int(so_far.in_review),
        "currency": order.currency,
        "created_at": now,
        "expires_at": expires_at,
        "checks": 0,
        "next_check_at": rules.next_check(now=now, checks=0, order_ends=until),
    }
    payment = Payment(**facts)
    story = told(order_id, "payment.opened", at=now, amount=payment.money, gateway=gateway.name)
    in_this_transaction(_INTEND, facts | {"at": now, "event": story.event, "facts": json.dumps(story.facts)})
    return Intent(payment, order, found.payer, gateway)


def check_payable(order: Order, now: datetime) -> None:
    """See that an order can be paid now.

    Raises:
        OrderNotPayable: it cannot.
    """
    until = order.payable_until
    if until is None or until <= now:
        raise OrderNotPayable(order_status="expired" if order.status == "pending" else order.status)
    if any(held.departure.status == "cancelled" or held.departure.starts_at <= now for held in order.bookings):
        raise OrderNotPayable(order_status=order.status)


def due_of(order: Order) -> Money:
    """What is to be paid of an order that can be paid: its price, in review less what has come already."""
    return order.money(order.amount - int(_so_far(order.id).in_review))


def _so_far(order_id: UUID) -> Any:
    """Whether an attempt of an order may still be paid, and what has come that is in review."""
    return in_this_transaction(_SO_FAR, {"order": order_id}).one()


def record_opened(payment: Payment, reference: str) -> Payment | None:
    """Write down the gateway's answer; None if the attempt was ended meanwhile and must not be paid any more.

    An attempt whose callback came before our own answer is left as the callback made it.

    Args:
        payment: as `intend` gave it.
    """
    row = in_this_transaction(_OPENED, {"payment": payment.id, "reference": reference}).one()
    payment.reference, payment.status = reference, row.status
    return None if payment.status == "closed" else payment


def close(payment_id: UUID, *, now: datetime) -> None:
    """Write down that an attempt can no longer be paid; one that succeeded stays so."""
    payment = lock_payment(payment_id)
    if payment.status == "pending":
        payment.status, payment.closed_at = "closed", now
        tell(payment.order_id, "payment.closed", at=now, gateway=payment.gateway)


def live_payments(order_id: UUID) -> Sequence[Payment]:
    """The attempts of an order that may still be paid."""
    return db.session.scalars(
        sa.select(Payment).where(Payment.order_id == order_id, Payment.status == "pending").order_by(Payment.id)
    ).all()


def has_live_payment() -> sa.ColumnElement[bool]:
    """The condition on an order that a payment of it may still succeed."""
    return sa.exists().where(Payment.order_id == Order.id, Payment.status == "pending")


def claim_due(*, now: datetime, limit: int = 20, silent: Sequence[str] = (), only: str | None = None) -> Sequence[UUID]:
    """Pending payments that should be asked about now, kept from other workers for a while.

    Args:
        silent: gateways to be left alone.
        only: the one gateway whose payments are wanted.
    """
    due = (
        sa.select(Payment.id)
        .where(Payment.status == "pending", Payment.next_check_at <= now, Payment.gateway.not_in(silent))
        .where(Payment.gateway == only if only else sa.true())
        .order_by(Payment.next_check_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Payment)
    )
    ids = db.session.scalars(due).all()
    db.session.execute(sa.update(Payment).where(Payment.id.in_(ids)).values(next_check_at=now + LEASE))
    return ids


def give_back(payment_ids: Sequence[UUID], *, now: datetime) -> None:
    """Let go of claimed payments that were not asked about: they come first at the next sweep."""
    pending = (Payment.id.in_(payment_ids), Payment.status == "pending")
    db.session.execute(sa.update(Payment).where(*pending).values(next_check_at=now))


def ask_now(order_id: UUID, *, now: datetime) -> None:
    """Let the next sweep ask about what is still open of an order, and close it: money has come, it needs no more."""
    open_still = (Payment.order_id == order_id, Payment.status == "pending")
    db.session.execute(sa.update(Payment).where(*open_still).values(next_check_at=now))


def ask_again(payment_id: UUID, *, now: datetime) -> None:
    """Plan the next question about a payment that is still pending: at growing intervals."""
    payment = lock_payment(payment_id)
    payment.checks += 1
    payment.next_check_at = rules.next_check(
        now=now, checks=payment.checks, order_ends=payment.order.payable_until or now
    )


def ask_again_soon(payment_id: UUID, *, now: datetime) -> None:
    """Plan the next question about a payment whose gateway did not answer, while seats wait for it.

    Later each time, so that a payment that can never be asked about does not keep step with the others; but not
    after the moment when its seats go back anyway.
    """
    payment = lock_payment(payment_id)
    payment.checks += 1
    due = now + rules.RETRY_SILENT * payment.checks
    last = payment.expires_at + rules.GRACE
    payment.next_check_at = min(due, last) if now < last else due


def lock_payment(payment_id: UUID) -> Payment:
    """A payment as it is now, its order's row locked before its own."""
    return db.session.scalars(_LOCK_BY_ID, {"payment_id": payment_id}).one()


def lock_numbered(gateway: str, number: str) -> Payment | None:
    """The same of the payment that has a number at a gateway; None if there is none."""
    return db.session.scalars(_LOCK_BY_NUMBER, {"gateway": gateway, "number": number}).one_or_none()

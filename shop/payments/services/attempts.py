"""Attempts to pay: written down before the gateway is told, and after. The caller owns the transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from shop.core.db import db
from shop.core.ids import new_id
from shop.core.money import Money
from shop.gateways.payment import PaymentGateway
from shop.orders.models import Order
from shop.orders.services import settle as orders
from shop.orders.services.story import tell
from shop.payments import rules
from shop.payments.errors import OrderNotPayable, PaymentInProgress
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


def intend(order_id: UUID, *, gateway: PaymentGateway, method: str, hold: timedelta, now: datetime) -> Payment:
    """Write down that an order is about to be paid; the gateway does not know yet.

    Its seats are kept at least as long as the gateway lets it be paid, up to twice a hold in all.

    Raises:
        OrderNotPayable: the order is not pending, its time is over, or a departure of it was cancelled or has started.
        PaymentInProgress: it has a live attempt, which must be asked and closed first.
    """
    order = orders.lock_order(order_id)
    check_payable(order, now)
    if live_payments(order_id):
        raise PaymentInProgress
    amount = due_of(order)
    until = order.payable_until
    assert until is not None
    expires_at = max(until, now + gateway.shortest)
    if order.status == "pending":
        first_held_at = min(held.created_at for held in order.bookings)
        orders.prolong(order, until=min(expires_at, first_held_at + 2 * hold))
    payment = Payment(
        id=new_id(),
        order_id=order.id,
        gateway=gateway.name,
        method=method,
        number=rules.attempt_number(order.number),
        status="pending",
        amount=amount.amount,
        currency=amount.currency,
        created_at=now,
        expires_at=expires_at,
        checks=0,
        next_check_at=rules.next_check(now=now, checks=0, order_ends=order.payable_until or until),
    )
    db.session.add(payment)
    tell(order.id, "payment.opened", at=now, amount=payment.money, gateway=gateway.name)
    db.session.flush()
    return payment


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
    came = sa.select(sa.func.coalesce(sa.func.sum(Payment.received_amount - Payment.refunded), 0)).where(
        Payment.order_id == order.id, Payment.disposition == "review"
    )
    return order.money(order.amount - int(db.session.scalar(came) or 0))


def record_opened(payment_id: UUID, reference: str) -> Payment | None:
    """Write down the gateway's answer; None if the attempt was ended meanwhile and must not be paid any more.

    An attempt whose callback came before our own answer is left as the callback made it.
    """
    payment = lock_payment(payment_id)
    payment.reference = reference
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

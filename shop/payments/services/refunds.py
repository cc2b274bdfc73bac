"""Refunds that are owed and on their way: written down before a gateway is asked, and after. The caller owns the
transaction, and has locked the order."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from shop.core.db import db
from shop.core.i18n import DEFAULT, match_language
from shop.core.money import Money
from shop.gateways.payment import Repayment
from shop.orders.models import Order
from shop.orders.services import settle as orders
from shop.orders.services.story import tell
from shop.orders.texts import REFUND_REASONS
from shop.payments import rules
from shop.payments.errors import RefundTooLarge, TooManyRefunds
from shop.payments.models import Payment, Refund
from shop.staff.services.attention import settle_attention, tell_staff

LEASE = timedelta(seconds=45)  # how long one worker keeps a refund to itself
BY_HAND = "cash"  # the gateway whose refunds somebody hands out
WITHOUT_MONEY = "free"  # the gateway where nothing was paid, and nothing goes back


def owe_refund(
    payment: Payment,
    amount: Money,
    *,
    reason: str,
    now: datetime,
    asked_by: str = "shop",
    note: str | None = None,
) -> Refund:
    """Write down that money goes back to the customer; the sweep asks the gateway for it.

    Args:
        payment: locked.
        reason: a key of the orders' texts.REFUND_REASONS.
        asked_by: `shop`, `customer`, or one of the staff.
        note: the staff's own words.

    Raises:
        RefundTooLarge: more than is left of the payment.
        TooManyRefunds: the payment was refunded in as many parts as a gateway allows.
    """
    received = payment.received
    if amount.currency != received.currency or amount.amount > received.amount - payment.refunded:
        raise RefundTooLarge(left=Money(received.amount - payment.refunded, received.currency).to("en"))
    nth = 1 + (db.session.scalar(sa.select(sa.func.count()).where(Refund.payment_id == payment.id)) or 0)
    if nth > rules.MOST_REFUNDS and amount.amount < received.amount - payment.refunded:
        raise TooManyRefunds(limit=rules.MOST_REFUNDS)
    payment.refunded += amount.amount
    refund = Refund(
        order_id=payment.order_id,
        payment_id=payment.id,
        gateway=payment.gateway,
        number=rules.refund_number(payment.number, nth),
        status="needs_attention" if payment.gateway == BY_HAND else "pending",
        failure="hand-out" if payment.gateway == BY_HAND else None,
        reason=reason,
        asked_by=asked_by,
        note=note,
        amount=amount.amount,
        currency=amount.currency,
        created_at=now,
        checks=0,
        next_check_at=now,
    )
    db.session.add(refund)
    db.session.flush()
    tell(payment.order_id, "refund.owed", at=now, amount=amount, by=asked_by)
    if payment.gateway == BY_HAND:
        tell_staff("refund-by-hand", refund.number, now=now, amount=amount.amount, currency=amount.currency)
    return refund


def give_back(
    order: Order, amount: int, *, reason: str, now: datetime, asked_by: str = "shop", note: str | None = None
) -> None:
    """Owe back some of what was applied to a locked order, from the latest of its payments on.

    Args:
        amount: minor units; 0 owes nothing.

    Raises:
        RefundTooLarge: more than is left.
        TooManyRefunds: by one of the payments.
    """
    payments = [payment for payment in applied_payments(order.id) if payment.gateway != WITHOUT_MONEY]
    left = sum(left_of(payment) for payment in payments)
    if amount > left:
        raise RefundTooLarge(left=order.money(left).to("en"))
    for payment in reversed(payments):
        part = min(amount, left_of(payment))
        if part:
            owe_refund(payment, order.money(part), reason=reason, now=now, asked_by=asked_by, note=note)
            amount -= part


def applied_payments(order_id: UUID) -> Sequence[Payment]:
    """What an order was paid with, oldest first, each locked after the order."""
    return db.session.scalars(
        sa.select(Payment)
        .where(Payment.order_id == order_id, Payment.disposition == "applied")
        .order_by(Payment.id)
        .with_for_update(of=Payment)
        .execution_options(populate_existing=True)
    ).all()


def left_of(payment: Payment) -> int:
    """Minor units of a payment that have not gone back, and are not on their way."""
    return (payment.received_amount or 0) - payment.refunded


def refundable(order_id: UUID) -> int:
    """Minor units of an order that could still go back; of what was given, nothing can."""
    left = sa.func.coalesce(sa.func.sum(Payment.received_amount - Payment.refunded), 0)
    applied = (Payment.order_id == order_id, Payment.disposition == "applied", Payment.gateway != WITHOUT_MONEY)
    return int(db.session.scalar(sa.select(left).where(*applied)) or 0)


def claim_due(*, now: datetime, silent: Sequence[str] = ()) -> UUID | None:
    """A refund that should be asked for, or about, now; kept from other workers for a while.

    Those of one payment are asked for one after the other, so long apart as gateways want.

    Args:
        silent: gateways to be left alone.
    """
    apart = sa.or_(Payment.refund_sent_at.is_(None), Payment.refund_sent_at <= now - rules.REFUNDS_APART)
    refund = db.session.scalar(
        sa.select(Refund)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.status == "pending", Refund.next_check_at <= now, Refund.gateway.not_in(silent))
        .where(sa.or_(Refund.accepted_at.is_not(None), apart))
        .order_by(Refund.next_check_at, Refund.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=[Refund, Payment])
        .execution_options(populate_existing=True)
    )
    if refund is None:
        return None
    refund.next_check_at = now + LEASE
    if refund.accepted_at is None:
        refund.sent_at = refund.payment.refund_sent_at = now
    return refund.id


def give_claim_back(refund_id: UUID, *, now: datetime) -> None:
    """Let go of a claimed refund that was not asked for: it comes first at the next sweep."""
    waiting = (Refund.id == refund_id, Refund.status == "pending")
    db.session.execute(sa.update(Refund).where(*waiting).values(next_check_at=now))


def repayment(refund: Refund, *, notify_url: str) -> Repayment:
    """What the gateway is asked for; the same each time."""
    payment = refund.payment
    language = match_language(payment.order.locale) or DEFAULT
    return Repayment(
        number=refund.number,
        payment_number=payment.number,
        transaction_id=payment.transaction_id or "",
        amount=refund.money,
        paid=payment.received,
        refund_id=refund.gateway_refund_id,
        reason=REFUND_REASONS[refund.reason].to(language),
        notify_url=notify_url,
    )


def ask_later(refund_id: UUID, *, reason: str, now: datetime) -> None:
    """A refund could not be made now, or nobody knows whether it was: the same is asked for again, later each time.

    Args:
        reason: `not-enough`, `no-answer`, or another word for the staff.
    """
    refund = lock_refund(refund_id)
    if refund.status != "pending":
        return
    if reason == "not-enough" and refund.failure != reason:
        tell(refund.order_id, "refund.waiting", at=now, amount=refund.money, gateway=refund.gateway)
    refund.failure = reason
    refund.next_check_at = rules.ask_refund_again(now=now, checks=refund.checks)
    refund.checks += 1
    _tell_if_stuck(refund, now)


def look_later(refund: Refund, *, now: datetime) -> None:
    """A locked refund is in the gateway's hands and not done."""
    refund.next_check_at = rules.look_at_refund_again(now=now, checks=refund.checks)
    refund.checks += 1
    _tell_if_stuck(refund, now)


def fail(refund: Refund, failure: str, *, now: datetime) -> None:
    """A locked refund will not be made by itself any more: the staff must decide."""
    refund.status, refund.failure = "needs_attention", failure
    tell(refund.order_id, "refund.failed", at=now, amount=refund.money, gateway=refund.gateway)
    facts = {"amount": refund.amount, "currency": refund.currency, "failure": failure}
    tell_staff("refund-failed", refund.number, now=now, order=refund.payment.order.spoken_number, **facts)
    settle_attention("refund-stuck", refund.number, now=now)


def try_again(refund: Refund, *, by: str, now: datetime) -> Refund:
    """Let a locked refund that failed be asked for again, at the wish of the staff.

    One that the gateway has closed needs a new number, and so a new row; any other keeps its own.
    """
    settle_attention("refund-failed", refund.number, now=now)
    if refund.failure != "closed":
        refund.status, refund.failure, refund.checks, refund.next_check_at = "pending", None, 0, now
        refund.asked_by = by
        return refund
    supersede(refund)
    return owe_refund(refund.payment, refund.money, reason=refund.reason, now=now, asked_by=by, note=refund.note)


def supersede(refund: Refund) -> None:
    """Another refund takes the place of this one, which was not made; refund and payment are locked."""
    refund.status = "superseded"
    refund.payment.refunded -= refund.amount
    db.session.flush()


def lock_refund(refund_id: UUID) -> Refund:
    """A refund as it is now; its order's row, then its payment's, locked before its own."""
    order_id, payment_id = db.session.execute(
        sa.select(Refund.order_id, Refund.payment_id).where(Refund.id == refund_id)
    ).one()
    orders.lock_order(order_id)
    fresh = {"populate_existing": True}
    db.session.scalars(
        sa.select(Payment).where(Payment.id == payment_id).with_for_update(of=Payment).execution_options(**fresh)
    ).one()
    return db.session.scalars(
        sa.select(Refund).where(Refund.id == refund_id).with_for_update(of=Refund).execution_options(**fresh)
    ).one()


def _tell_if_stuck(refund: Refund, now: datetime) -> None:
    if now - refund.created_at >= rules.STUCK_AFTER:
        facts = {"amount": refund.amount, "currency": refund.currency, "reason": refund.failure or "processing"}
        tell_staff("refund-stuck", refund.number, now=now, order=refund.payment.order.spoken_number, **facts)

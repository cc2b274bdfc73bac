"""What becomes of refunds. One function, whoever brings the news: a callback, the gateway's answer, its statement.

The caller owns the transaction. Facts come from a verified notice or a verified answer only.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from shop.books import rules as books
from shop.books.services import journal
from shop.core import metrics
from shop.core.db import db
from shop.core.money import Money
from shop.gateways.payment import GatewayRefund
from shop.orders.services import settle as orders
from shop.orders.services.story import tell
from shop.payments import rules
from shop.payments.models import GatewayEvent, Payment, Refund
from shop.payments.services import refunds
from shop.payments.services.attempts import lock_payment
from shop.payments.services.refunds import lock_refund
from shop.staff.services.attention import settle_attention, tell_staff


def settle_refund(gateway: str, facts: GatewayRefund, *, now: datetime) -> str:
    """Apply what a gateway says of one refund, at most once.

    Returns:
        What was done, for the record: `refunded`, `refund-under-way`, `refund-failed`, `duplicate`, `contradiction`,
        `refunded-elsewhere`, `waits-for-payment`, `unknown-refund` or `foreign-merchant`.
    """
    outcome = _settle(gateway, facts, now)
    metrics.REFUNDS.labels(outcome).inc()
    return outcome


def _settle(gateway: str, facts: GatewayRefund, now: datetime) -> str:
    subject = facts.number or facts.refund_id or "?"
    if not facts.merchant_is_ours:
        tell_staff("foreign-merchant", subject, now=now, **facts.facts)
        return "foreign-merchant"
    if facts.state == "unknown":
        return "unknown-refund"
    refund_id = _find(gateway, facts)
    if refund_id is not None:
        return _told(lock_refund(refund_id), facts, now)
    payment_id = _find_payment(gateway, facts)
    if payment_id is None:
        tell_staff("unmatched-refund", subject, now=now, **facts.facts)
        return "unknown-refund"
    payment = lock_payment(payment_id)
    refund_id = _find(gateway, facts)  # somebody else may have been told of it first
    if refund_id is not None:
        return _told(lock_refund(refund_id), facts, now)
    if payment.status != "succeeded":
        payment.next_check_at = now
        return "waits-for-payment"
    return _made_elsewhere(payment, facts, now)


def replay_refunds(payment: Payment, *, now: datetime) -> None:
    """Act upon notices of refunds that came before the news of the payment they belong to; the payment is locked."""
    waiting = sa.select(GatewayEvent).where(*_waiting(sa.literal(payment.gateway), sa.literal(payment.number)))
    for event in db.session.scalars(waiting.order_by(GatewayEvent.id)).all():
        db.session.flush()
        event.outcome = settle_refund(payment.gateway, remembered(event.facts["refund"]), now=now)


def waits_for(gateway: sa.SQLColumnExpression[str], number: sa.SQLColumnExpression[str]) -> sa.ColumnElement[bool]:
    """The condition that such a notice waits for the payment of a number."""
    return sa.exists().where(*_waiting(gateway, number))


def _waiting(
    gateway: sa.SQLColumnExpression[str], number: sa.SQLColumnExpression[str]
) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        GatewayEvent.gateway == gateway,
        sa.literal_column("gateway_events.outcome") == sa.literal_column("'waits-for-payment'"),  # as the index has it
        GatewayEvent.facts["refund"]["payment_number"].astext == number,
    )


def to_remember(facts: GatewayRefund) -> dict[str, Any]:
    """What a gateway said of a refund, as JSON, to be acted upon later."""
    amount = facts.amount
    return {
        "number": facts.number,
        "state": facts.state,
        "payment_number": facts.payment_number,
        "transaction_id": facts.transaction_id,
        "refund_id": facts.refund_id,
        "amount": [amount.amount, amount.currency] if amount else None,
        "succeeded_at": facts.succeeded_at.isoformat() if facts.succeeded_at else None,
    }


def remembered(kept: Mapping[str, Any]) -> GatewayRefund:
    """The opposite of `to_remember`."""
    amount, at = kept["amount"], kept["succeeded_at"]
    known = {name: kept[name] for name in ("number", "state", "payment_number", "transaction_id", "refund_id")}
    return GatewayRefund(
        **known,
        amount=Money(*amount) if amount else None,
        succeeded_at=datetime.fromisoformat(at) if at else None,
    )


def _find(gateway: str, facts: GatewayRefund) -> UUID | None:
    known = [Refund.number == facts.number] if facts.number else []
    if facts.refund_id:
        known.append(Refund.gateway_refund_id == facts.refund_id)
    if not known:
        return None
    return db.session.scalar(sa.select(Refund.id).where(Refund.gateway == gateway, sa.or_(*known)).limit(1))


def _find_payment(gateway: str, facts: GatewayRefund) -> UUID | None:
    known = [Payment.number == facts.payment_number] if facts.payment_number else []
    if facts.transaction_id:
        known.append(Payment.transaction_id == facts.transaction_id)
    if not known:
        return None
    return db.session.scalar(sa.select(Payment.id).where(Payment.gateway == gateway, sa.or_(*known)).limit(1))


def _told(refund: Refund, facts: GatewayRefund, now: datetime) -> str:
    state = rules.REFUND_TRANSITIONS.get((refund.status, facts.state))
    if state is None or (facts.amount is not None and facts.amount != refund.money):
        tell_staff("changed-refund", refund.number, now=now, **facts.facts)
        if refund.status == "pending":
            refunds.look_later(refund, now=now)
        return "contradiction"
    if facts.refund_id and refund.gateway_refund_id is None:
        refund.gateway_refund_id = facts.refund_id
    if refund.status == "pending" and refund.accepted_at is None and state != "needs_attention":
        _accepted(refund, now)
    if refund.status == state:
        if state != "pending":
            return "duplicate"
        refunds.look_later(refund, now=now)
        return "refund-under-way"
    if state == "needs_attention":
        if refund.status == "succeeded":
            _undo(refund, now)
        refunds.fail(refund, facts.state, now=now)
        db.session.flush()
        _tell_order(refund, now)
        return "refund-failed"
    succeed(refund, at=facts.succeeded_at or now, now=now)
    return "refunded"


def _accepted(refund: Refund, now: datetime) -> None:
    """Accepted is not done: from now on it is asked about, no longer asked for."""
    refund.accepted_at, refund.failure, refund.checks = now, None, 0
    tell(refund.order_id, "refund.accepted", at=now, amount=refund.money, gateway=refund.gateway)


def succeed(refund: Refund, *, at: datetime, now: datetime) -> None:
    """The money of a locked refund has gone back for good."""
    refund.status, refund.succeeded_at, refund.failure = "succeeded", at, None
    refund.accepted_at = refund.accepted_at or now
    order = refund.payment.order
    tell(order.id, "refund.succeeded", at=now, amount=refund.money, gateway=refund.gateway, by=refund.asked_by)
    if refund.payment.in_books:
        journal.money_went(order, gateway=refund.gateway, money=refund.money, number=refund.number, now=now)
    db.session.flush()
    _tell_order(refund, now)
    for kind in ("refund-stuck", "refund-failed", "refund-by-hand"):
        settle_attention(kind, refund.number, now=now)


def _undo(refund: Refund, now: datetime) -> None:
    """Money that had gone came back to the gateway: the customer is owed it again (Stripe, days later)."""
    refund.succeeded_at = None
    if refund.payment.in_books:
        order, gateway = refund.payment.order, refund.gateway
        journal.money_came(order, gateway=gateway, money=refund.money, number=refund.number, now=now)


def _tell_order(refund: Refund, now: datetime) -> None:
    """Let the order's status follow what has gone back of what it was paid with."""
    if refund.payment.disposition == "applied":
        order = refund.payment.order
        orders.record_money_back(order, kept=_kept(order.id), now=now)


def _kept(order_id: UUID) -> int:
    """Minor units of what was applied to an order that have not gone back for good."""
    applied = (Payment.order_id == order_id, Payment.disposition == "applied")
    received = db.session.scalar(sa.select(sa.func.coalesce(sa.func.sum(Payment.received_amount), 0)).where(*applied))
    gone = db.session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(Refund.amount), 0))
        .join(Payment, Payment.id == Refund.payment_id)
        .where(*applied, Refund.status == "succeeded")
    )
    return int(received or 0) - int(gone or 0)


def _made_elsewhere(payment: Payment, facts: GatewayRefund, now: datetime) -> str:
    """A refund the shop never asked for: made in the gateway's console, recorded here, left to the staff to judge.

    Refunds of ours that no longer fit beside it, and that the gateway has not accepted, give way to it.
    """
    subject = payment.order.spoken_number
    amount = facts.amount if facts.amount is not None and facts.amount.amount > 0 else None
    if facts.state == "closed" or amount is None or amount.currency != payment.received_currency:
        tell_staff("unmatched-refund", facts.number or facts.refund_id or "?", now=now, **facts.facts)
        return "unknown-refund"
    credited = _make_room(payment, amount, now)
    if amount.amount > refunds.left_of(payment):
        tell_staff("refund-beyond-payment", subject, now=now, **facts.facts)
        return "contradiction"
    refund = _record(payment, facts, amount, now)
    tell(payment.order_id, "refund.elsewhere", at=now, amount=refund.money, gateway=payment.gateway)
    tell_staff("refunded-elsewhere", subject, now=now, payment=payment.number, **facts.facts)
    if payment.disposition == "applied" and refund.amount > credited:
        journal.credited(
            payment.order,
            books.spread(payment.order, refund.amount - credited, journal.credited_gross(payment.order)),
            reason="elsewhere",
            now=now,
        )
    if facts.state == "succeeded":
        succeed(refund, at=facts.succeeded_at or now, now=now)
    elif facts.state == "abnormal":
        refunds.fail(refund, facts.state, now=now)
    return "refunded-elsewhere"


def _record(payment: Payment, facts: GatewayRefund, amount: Money, now: datetime) -> Refund:
    refund = Refund(
        order_id=payment.order_id,
        payment_id=payment.id,
        gateway=payment.gateway,
        number=facts.number or facts.refund_id or f"{payment.number}-elsewhere",
        gateway_refund_id=facts.refund_id,
        status="pending",
        origin="gateway",
        asked_by="gateway",
        reason="elsewhere",
        amount=amount.amount,
        currency=amount.currency,
        created_at=now,
        accepted_at=facts.succeeded_at or now,
        checks=0,
        next_check_at=now,
    )
    payment.refunded += amount.amount
    db.session.add(refund)
    db.session.flush()
    return refund


def _make_room(payment: Payment, amount: Money, now: datetime) -> int:
    """Let refunds of ours that were not made give way to one that was made there, as far as needed.

    Returns:
        Minor units that gave way, and had been credited when they were owed.
    """
    gone = 0
    for waiting in _not_made(payment.id, now):
        beyond = amount.amount - refunds.left_of(payment)
        if beyond <= 0:
            break
        refunds.supersede(waiting)
        tell(payment.order_id, "refund.replaced", at=now, amount=waiting.money, gateway=payment.gateway)
        for kind in ("refund-failed", "refund-stuck"):
            settle_attention(kind, waiting.number, now=now)
        gone += min(waiting.amount, beyond)
        if waiting.amount > beyond:
            rest = Money(waiting.amount - beyond, waiting.currency)
            refunds.owe_refund(payment, rest, reason=waiting.reason, now=now, asked_by=waiting.asked_by)
    return gone


def _not_made(payment_id: UUID, now: datetime) -> Sequence[Refund]:
    """Refunds the gateway has certainly not made: those that failed, then those never asked for, or answered that the
    balance lacks. One whose answer is still awaited may have been made."""
    answered = sa.and_(Refund.failure == "not-enough", Refund.sent_at <= now - refunds.LEASE)
    waiting = sa.and_(
        Refund.status == "pending", Refund.accepted_at.is_(None), sa.or_(Refund.sent_at.is_(None), answered)
    )
    failed = sa.and_(Refund.status == "needs_attention", Refund.origin == "shop")
    return db.session.scalars(
        sa.select(Refund)
        .where(Refund.payment_id == payment_id, sa.or_(failed, waiting))
        .order_by(Refund.status == "pending", Refund.id)
        .with_for_update(of=Refund)
    ).all()

"""Payments that a buyer's bank takes back. The caller owns the transaction; facts are the gateway's own answers."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import sqlalchemy as sa

from shop.books.services import journal
from shop.core.db import db
from shop.core.ids import new_id
from shop.gateways.payment import GatewayDispute
from shop.orders.services import tickets
from shop.orders.services.story import tell
from shop.payments.models import Dispute, Payment
from shop.payments.services.attempts import lock_payment
from shop.staff.services.attention import settle_attention, tell_staff


def settle_dispute(gateway: str, facts: GatewayDispute, *, now: datetime) -> str:
    """Record how a dispute stands. While it is open no ticket of its order admits anyone.

    Returns:
        What was done, for the record: `disputed`, `dispute-won`, `dispute-lost`, `duplicate` or `unknown-order`.
    """
    payment_id = _payment(gateway, facts.transaction_id)
    if payment_id is None:
        tell_staff("unmatched-dispute", facts.dispute_id, now=now, **facts.facts)
        return "unknown-order"
    payment = lock_payment(payment_id)
    dispute = db.session.scalar(
        sa.select(Dispute).where(Dispute.gateway == gateway, Dispute.dispute_id == facts.dispute_id)
    )
    if dispute is None:
        dispute = _open(payment, facts, now)
    elif dispute.status != "open":
        return _after_its_end(dispute, facts, now)
    elif facts.withheld and not dispute.withheld:
        dispute.withheld = True  # an inquiry has become a dispute
        _book(dispute, payment, "withheld", now)
    elif facts.state == "open":
        return "duplicate"
    return _close(dispute, payment, facts, now) if facts.state != "open" else "disputed"


def _payment(gateway: str, transaction_id: str) -> UUID | None:
    known = (Payment.gateway == gateway, Payment.transaction_id == transaction_id)
    return db.session.scalar(sa.select(Payment.id).where(*known))


def _open(payment: Payment, facts: GatewayDispute, now: datetime) -> Dispute:
    order = payment.order
    dispute = Dispute(
        id=new_id(),
        gateway=payment.gateway,
        dispute_id=facts.dispute_id,
        payment_id=payment.id,
        order_id=order.id,
        status="open",
        amount=facts.amount.amount,
        currency=facts.amount.currency,
        reason=facts.reason,
        withheld=facts.withheld,
        opened_at=now,
    )
    db.session.add(dispute)
    db.session.flush()
    blocked = tickets.block(order.id, now=now) if payment.disposition == "applied" else 0
    tell(order.id, "dispute.opened", at=now, amount=dispute.money, gateway=payment.gateway, tickets=blocked)
    tell_staff("dispute-opened", order.spoken_number, now=now, dispute=dispute.dispute_id, reason=dispute.reason)
    if dispute.withheld:
        _book(dispute, payment, "withheld", now)
    return dispute


def _close(dispute: Dispute, payment: Payment, facts: GatewayDispute, now: datetime) -> str:
    order = payment.order
    dispute.status, dispute.closed_at = facts.state, now
    db.session.flush()
    settle_attention("dispute-opened", order.spoken_number, now=now)
    if facts.state == "won":
        freed = 0 if _still_disputed(order.id) else tickets.unblock(order.id)
        tell(order.id, "dispute.won", at=now, amount=dispute.money, gateway=payment.gateway, tickets=freed)
        if dispute.withheld:
            _book(dispute, payment, "won", now)
        return "dispute-won"
    tell(order.id, "dispute.lost", at=now, amount=dispute.money, gateway=payment.gateway)
    tell_staff("dispute-lost", order.spoken_number, now=now, dispute=dispute.dispute_id, reason=dispute.reason)
    if dispute.withheld:
        _book(dispute, payment, "lost", now)
    return "dispute-lost"


def _after_its_end(dispute: Dispute, facts: GatewayDispute, now: datetime) -> str:
    """What is told of a dispute that is over: nothing new, or something that the staff must look at."""
    if facts.state == dispute.status:
        return "duplicate"
    tell_staff("changed-dispute", dispute.dispute_id, now=now, known=dispute.status, **facts.facts)
    return "contradiction"


def _still_disputed(order_id: UUID) -> bool:
    against = (Dispute.order_id == order_id, Dispute.status != "won")
    return db.session.scalar(sa.select(Dispute.id).where(*against).limit(1)) is not None


def _book(dispute: Dispute, payment: Payment, outcome: Literal["withheld", "won", "lost"], now: datetime) -> None:
    journal.disputed(
        payment.order,
        gateway=payment.gateway,
        money=dispute.money,
        number=dispute.dispute_id,
        outcome=outcome,
        now=now,
    )

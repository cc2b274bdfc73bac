"""Refunds that are owed. The caller owns the transaction, and has locked the payment."""

from datetime import datetime

from shop.core.db import db
from shop.core.money import Money
from shop.orders.services.story import tell
from shop.payments.models import Payment, Refund
from shop.staff.services import tell_staff


def owe_refund(payment: Payment, amount: Money, *, reason: str, now: datetime) -> Refund:
    """Write down that money goes back to the customer, and tell the staff.

    Args:
        reason: a key of the orders' texts.REFUND_REASONS.
    """
    refund = Refund(
        order_id=payment.order_id,
        payment_id=payment.id,
        status="pending",
        reason=reason,
        amount=amount.amount,
        currency=amount.currency,
        created_at=now,
    )
    db.session.add(refund)
    db.session.flush()
    tell(payment.order_id, "refund.owed", at=now, amount=amount)
    facts = {
        "amount": amount.amount,
        "currency": amount.currency,
        "reason": reason,
        "payment": payment.number,
    }
    tell_staff("refund-owed", payment.order.spoken_number, now=now, **facts)
    return refund

"""What becomes of money that came. One function, whoever brings the news: a callback, our own question, the sweep.

The caller owns the transaction. Facts come from a verified notice or a verified answer only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlalchemy.orm.attributes import set_committed_value

from shop.books.services import journal
from shop.core import metrics
from shop.core.db import db
from shop.core.money import Money
from shop.gateways.payment import GatewayPayment
from shop.orders.models import Order
from shop.orders.services import settle as orders
from shop.orders.services.story import tell
from shop.payments import rules
from shop.payments.models import Payment
from shop.payments.services.attempts import ask_now, has_live_payment, lock_numbered
from shop.payments.services.refunded import replay_refunds, waits_for
from shop.payments.services.refunds import give_back, left_of, owe_refund
from shop.staff.services.attention import is_told, settle_attention, tell_staff

AT_THE_COUNTER = {"cash": "payment.cash", "free": "payment.free"}  # how the story tells of it

# What is made of money by each decision, if the seats can be had; by any other it is `surplus`.
USUALLY = {"pay": "applied", "pay_late": "applied", "complete": "review", "review": "review"}

_OTHER = aliased(Payment)
_COUNTED_ELSEWHERE = sa.exists().where(
    _OTHER.gateway == Payment.gateway,
    _OTHER.transaction_id == sa.bindparam("transaction", type_=sa.Text()),
    _OTHER.id != Payment.id,
)
_ANOTHER_IS_OPEN = sa.exists().where(
    _OTHER.order_id == Payment.order_id,
    _OTHER.status == "pending",
    _OTHER.id != Payment.id,
)
_WRITE_DOWN = (
    sa.update(Payment)
    .where(Payment.id == sa.bindparam("payment_id"), ~_COUNTED_ELSEWHERE)
    .returning(
        _ANOTHER_IS_OPEN,
        is_told("gateway-silent", sa.bindparam("order_number", type_=sa.Text())),
        waits_for(Payment.gateway, Payment.number),
    )
)


@dataclass(frozen=True)
class Taken:
    """Money that is written down: what was decided of it, and what else is known; nearly always nothing.

    Args:
        another_is_open: the order has another attempt that may still be paid.
        was_silent: the staff were told that the gateway does not answer.
        refunds_wait: notices of its refunds came before the news of the payment.
    """

    received: Money
    decision: rules.Decision
    another_is_open: bool
    was_silent: bool
    refunds_wait: bool


def settle(gateway: str, facts: GatewayPayment, *, now: datetime) -> str:
    """Apply what a gateway says of one attempt, at most once.

    Returns:
        What was done, for the record: `applied`, `duplicate`, `review`, `refund-owed`, `unpaid`, `unknown-order`,
        `foreign-merchant` or `contradiction`.
    """
    outcome = _settle(gateway, facts, now)
    metrics.PAYMENTS.labels(outcome).inc()
    return outcome


def _settle(gateway: str, facts: GatewayPayment, now: datetime) -> str:
    if not facts.merchant_is_ours:
        tell_staff("foreign-merchant", facts.number, now=now, **facts.facts)
        return "foreign-merchant"
    if facts.state != "paid" or facts.amount is None:
        return "unpaid"
    payment = lock_numbered(gateway, facts.number)
    if payment is None:
        tell_staff("unmatched-payment", facts.number, now=now, **facts.facts)
        return "unknown-order"
    if payment.status == "succeeded":
        return _again(payment, facts, now)
    taken = _write_down(payment, facts.amount, facts.transaction_id, facts.paid_at or now)
    if taken is None:
        return _again(payment, facts, now)
    if facts.refund_asked:
        tell_staff("refunded-elsewhere", payment.order.spoken_number, now=now, **facts.facts)
    outcome = _apply(payment, taken, now=now)
    if taken.refunds_wait:
        replay_refunds(payment, now=now)
    return outcome


def _again(payment: Payment, facts: GatewayPayment, now: datetime) -> str:
    """The same news twice is no news; other news about the same attempt is for the staff."""
    known = (payment.transaction_id, payment.received_amount, payment.received_currency)
    assert facts.amount is not None
    if known == (facts.transaction_id, facts.amount.amount, facts.amount.currency):
        return "duplicate"
    tell_staff("changed-payment", payment.number, now=now, **facts.facts)
    return "contradiction"


def receive_money(
    payment: Payment,
    received: Money,
    *,
    transaction_id: str | None,
    at: datetime | None,
    now: datetime,
    by: str | None = None,
) -> str:
    """Money has come for a locked attempt that had none: apply it to the order, or say what becomes of it.

    Args:
        transaction_id: of no other attempt.
        at: when, by the gateway's own account.
        by: who of the staff took it.

    Returns:
        As `settle`.
    """
    taken = _write_down(payment, received, transaction_id, at or now)
    assert taken is not None
    return _apply(payment, taken, now=now, by=by)


def _write_down(payment: Payment, received: Money, transaction_id: str | None, at: datetime) -> Taken | None:
    """Decide what becomes of money, and write it down as it will be if the seats can be had: one statement.

    Returns:
        None if this very transaction was counted for another attempt; nothing was changed then.
    """
    decision = rules.decide(rules.Arrival(_found(payment.order, payment), payment.money, received))
    written = {
        "status": "succeeded",
        "succeeded_at": at,
        "transaction_id": transaction_id,
        "received_amount": received.amount,
        "received_currency": received.currency,
        "disposition": USUALLY.get(decision, "surplus"),
    }
    asked = {"payment_id": payment.id, "transaction": transaction_id, "order_number": payment.order.spoken_number}
    db.session.flush()
    found = db.session.connection().execute(_WRITE_DOWN, written | asked).one_or_none()
    if found is None:
        return None
    for name, value in written.items():
        set_committed_value(payment, name, value)
    return Taken(received, decision, *found)


def _apply(payment: Payment, taken: Taken, *, now: datetime, by: str | None = None) -> str:
    order, received, decision = payment.order, taken.received, taken.decision
    if taken.was_silent:
        settle_attention("gateway-silent", order.spoken_number, now=now)
    if taken.another_is_open:
        ask_now(order.id, now=now)
    journal.money_came(order, gateway=payment.gateway, money=received, number=payment.number, now=now)
    told = {"gateway": payment.gateway, "received": received} | ({"by": by} if by else {})
    came = AT_THE_COUNTER.get(payment.gateway, "payment.succeeded")
    if decision in {"pay", "pay_late"}:
        tell(order.id, came, at=now, **told)
        if orders.confirm(order, "order.paid" if decision == "pay" else "order.paid_late", now=now):
            journal.sold(order, now=now)
            return "applied"
        decision, payment.disposition = "late", "surplus"
    if decision == "complete":
        tell(order.id, came, at=now, **told)
        return "applied" if accept_review(order, now=now) else "review"
    if decision == "review":
        return _review(payment, order, received, now)
    tell(order.id, f"payment.{decision}", at=now, **told)
    owe_refund(payment, received, reason=decision, now=now)
    return "refund-owed"


def _found(order: Order, payment: Payment) -> str:
    """The order's state, as rules.DECISIONS knows it: what was opened while in review is there to pay the rest."""
    if order.status == "in_review" and order.review_since is not None and payment.created_at > order.review_since:
        return "complement"
    return order.status


def _review(payment: Payment, order: Order, received: Money, now: datetime) -> str:
    tell(order.id, "payment.succeeded", at=now, gateway=payment.gateway, received=received)
    orders.put_in_review(order, received=received, now=now)
    facts = {"asked": payment.amount, "asked_currency": payment.currency}
    facts |= {"received": received.amount, "received_currency": received.currency}
    tell_staff("amount-mismatch", order.spoken_number, now=now, **facts)
    return "review"


def reviews_to_give_up(*, now: datetime, limit: int = 200) -> Sequence[UUID]:
    """Orders in review that nobody decided upon for a day, the longest waiting first."""
    return db.session.scalars(
        sa.select(Order.id)
        .where(Order.status == "in_review", Order.review_since <= now - rules.REVIEW_TIME, ~has_live_payment())
        .order_by(Order.review_since)
        .limit(limit)
    ).all()


def accept_review(order: Order, *, by: str = "shop", now: datetime) -> bool:
    """Take what came for a locked order in review for its payment, and owe back what is too much.

    Args:
        by: who decided so.

    Returns:
        Whether it is paid now; if not, nothing was changed.
    """
    kept = _in_review(order.id)
    excess = sum(left_of(payment) for payment in kept) - order.amount
    if excess < 0 or any(payment.received.currency != order.currency for payment in kept):
        return False
    if not orders.accept(order, by=by, now=now):
        return False
    for payment in kept:
        payment.disposition = "applied"
    db.session.flush()
    journal.sold(order, now=now)
    give_back(order, excess, reason="excess", now=now)
    settle_attention("amount-mismatch", order.spoken_number, now=now)
    return True


def give_up_review(
    order: Order, event: str = "order.given_up", *, reason: str = "mismatched", asked_by: str = "shop", now: datetime
) -> bool:
    """Cancel a locked order in review, and owe back the money that did not match.

    Args:
        event, reason: why: keys of the orders' texts.STORY and texts.REFUND_REASONS.

    Returns:
        Whether it was in review.
    """
    if not orders.give_up(order, event, now=now):
        return False
    for payment in _in_review(order.id):
        payment.disposition = "surplus"
        left = Money(left_of(payment), payment.received.currency)  # some may have gone back in the gateway's console
        if left.amount:
            owe_refund(payment, left, reason=reason, asked_by=asked_by, now=now)
    settle_attention("amount-mismatch", order.spoken_number, now=now)
    return True


def _in_review(order_id: UUID) -> Sequence[Payment]:
    kept = sa.select(Payment).where(Payment.order_id == order_id, Payment.disposition == "review").order_by(Payment.id)
    return db.session.scalars(kept.with_for_update(of=Payment).execution_options(populate_existing=True)).all()

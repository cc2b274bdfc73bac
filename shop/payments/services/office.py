"""What the staff decide about an order's money. The caller owns the transaction, and has locked the order."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from shop.books import rules as books
from shop.books.services import journal
from shop.core.db import db
from shop.core.ids import new_id
from shop.core.money import Money
from shop.orders.models import Order
from shop.orders.rules import WITH_TICKETS
from shop.orders.services.cancel import in_full, valid_tickets, with_companions
from shop.orders.services.story import tell
from shop.payments import rules
from shop.payments.errors import NotPossibleNow, RefundTooLarge
from shop.payments.models import Payment, Refund
from shop.payments.services.attempts import due_of
from shop.payments.services.cancelling import carry_out
from shop.payments.services.refunded import succeed
from shop.payments.services.refunds import BY_HAND, give_back, refundable, try_again
from shop.payments.services.settle import accept_review, give_up_review, receive_money

COUNTER = {"cash", "free"}


def accept(order: Order, *, by: str, now: datetime) -> None:
    """Take what came for an order in review for its payment; what is too much goes back.

    Raises:
        NotPossibleNow: it is not in review, or what came is too little or of another currency.
    """
    if not accept_review(order, by=by, now=now):
        raise NotPossibleNow(order_status=order.status)


def refuse(order: Order, *, by: str, now: datetime) -> None:
    """Give back all that came for an order in review, and cancel it.

    Raises:
        NotPossibleNow: it is not in review.
    """
    if not give_up_review(order, "order.refused", asked_by=by, now=now):
        raise NotPossibleNow(order_status=order.status)


def ask_complement(order: Order, *, by: str, now: datetime) -> None:
    """Let the customer of an order in review pay what is missing, until its day of review is over.

    Raises:
        NotPossibleNow: it is not in review, or nothing is missing.
    """
    due = due_of(order) if order.status == "in_review" else None
    if due is None or due.amount <= 0 or order.review_since is None or _came_otherwise(order):
        raise NotPossibleNow(order_status=order.status)
    order.complement_until = order.review_since + rules.REVIEW_TIME
    tell(order.id, "order.complement", at=now, due=due, by=by)


def refund_by_goodwill(order: Order, amount: Money, *, by: str, note: str, now: datetime) -> None:
    """Give back a part of what was paid, for a reason of the Office's; the tickets stay as they are.

    Raises:
        RefundTooLarge: more than is left, or another currency.
        NotPossibleNow: the order was not paid.
        TooManyRefunds: by one of its payments.
    """
    if order.status not in WITH_TICKETS | {"cancelled"} or amount.amount <= 0:
        raise NotPossibleNow(order_status=order.status)
    if amount.currency != order.currency:
        raise RefundTooLarge(left=order.money(refundable(order.id)).to("en"))
    give_back(order, amount.amount, reason="goodwill", asked_by=by, note=note, now=now)
    lines = books.spread(order, amount.amount, journal.credited_gross(order))
    journal.credited(order, lines, reason="goodwill", now=now)


def cancel(order: Order, positions: Sequence[int] | None, *, by: str, note: str, now: datetime) -> None:
    """Cancel some tickets, or all, in the Office's name: their whole price goes back, also after the start.

    Args:
        positions: the tickets' places in the order, from 1 on; None for all that are valid.

    Raises:
        NotPossibleNow: none of them is valid.
    """
    valid = valid_tickets(order.id)
    gone = [ticket for ticket in valid if positions is None or ticket.position in positions]
    if not gone:
        raise NotPossibleNow(order_status=order.status)
    agreed = in_full(with_companions(valid, gone), most=refundable(order.id), now=now)
    carry_out(order, agreed, "office.cancelled", reason="office", asked_by=by, note=note, now=now)


def take_at_counter(order: Order, amount: Money, *, gateway: str, by: str, now: datetime) -> Payment:
    """Write down that an order was paid at the counter: `cash` that was received, or nothing (`free`), and by whom.

    Like any money it is applied to the order if it matches, or owed back.

    Raises:
        NotPossibleNow: nothing can be paid of it.
    """
    if order.status not in {"pending", "expired", "in_review"} or amount.amount <= 0 or gateway not in COUNTER:
        raise NotPossibleNow(order_status=order.status)
    due = due_of(order) if order.status != "expired" else order.total
    payment = Payment(
        id=new_id(),
        order_id=order.id,
        gateway=gateway,
        method=gateway,
        number=rules.attempt_number(order.number),
        status="pending",
        amount=due.amount,
        currency=due.currency,
        received_by=by,
        created_at=now,
        expires_at=now,
        checks=0,
        next_check_at=now,
        refunded=0,
    )
    db.session.add(payment)
    db.session.flush()
    receive_money(payment, amount, transaction_id=payment.number, at=now, now=now, by=by)
    return payment


def sell_at_counter(order: Order, *, gateway: str, by: str, now: datetime) -> None:
    """Take the price of an order at the counter, if it then has its seats.

    Raises:
        NotPossibleNow: nothing can be paid of it, or its seats are gone; the caller's transaction must be given up.
    """
    payment = take_at_counter(order, order.total, gateway=gateway, by=by, now=now)
    if payment.disposition != "applied":
        raise NotPossibleNow(order_status=order.status)


def hand_out(refund: Refund, *, by: str, now: datetime) -> None:
    """Write down that the money of a locked refund was given back by hand.

    Raises:
        NotPossibleNow: it is not one that somebody hands out, or was handed out already.
    """
    if refund.status != "needs_attention" or refund.gateway != BY_HAND:
        raise NotPossibleNow(order_status=refund.status)
    refund.asked_by = by
    succeed(refund, at=now, now=now)


def ask_again(refund: Refund, *, by: str, now: datetime) -> Refund:
    """Ask once more for a locked refund that failed.

    Raises:
        NotPossibleNow: it did not fail, or somebody hands it out.
    """
    if refund.status != "needs_attention" or refund.gateway == BY_HAND:
        raise NotPossibleNow(order_status=refund.status)
    return try_again(refund, by=by, now=now)


def state_of(order: Order) -> str:
    """How an order and its money stand, as a text that is another one when something has changed."""
    due = due_of(order).amount if order.status == "in_review" else 0
    valid = [ticket.position for ticket in valid_tickets(order.id)]
    return f"{order.status}.{refundable(order.id)}.{due}.{'-'.join(map(str, valid))}"


def get_refund_id(number: str) -> UUID | None:
    """The refund of a number."""
    return db.session.scalar(sa.select(Refund.id).where(Refund.number == number))


def _came_otherwise(order: Order) -> bool:
    """Whether some of the money in review is of another currency than the order."""
    other = (Payment.order_id == order.id, Payment.disposition == "review", Payment.received_currency != order.currency)
    return db.session.scalar(sa.select(Payment.id).where(*other).limit(1)) is not None

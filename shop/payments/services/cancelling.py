"""Cancelling paid orders: what is offered, and giving back what was accepted. The caller owns the transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from shop.books.rules import CreditLine
from shop.books.services import journal
from shop.core.i18n import LANGUAGES, pick
from shop.orders import rules
from shop.orders.errors import CancelledByOfficeOnly, NothingToCancel, QuoteChanged
from shop.orders.models import Order
from shop.orders.services.cancel import Offer, Share, blocked_tickets, cancel_tickets, make_offer, valid_tickets
from shop.payments.quotes import Quote
from shop.payments.services.refunds import give_back, refundable


def offer(order: Order, ticket_ids: Sequence[UUID] | None, *, now: datetime) -> Offer:
    """What cancelling gives back now; nothing was paid of an order that is pending.

    Raises:
        CancelledByOfficeOnly: it is in review.
        NothingToCancel, TooLateToCancel, TicketNotFound, TicketVoid, TicketRedeemed: by `make_offer`.
    """
    if order.status == "in_review":
        raise CancelledByOfficeOnly
    if order.status == "pending":
        return Offer((), 0, 0, order.expires_at)
    if order.status not in rules.WITH_TICKETS:
        raise NothingToCancel
    return make_offer(order, ticket_ids=ticket_ids, most=refundable(order.id), now=now)


def cancel(order: Order, accepted: Quote | None, *, now: datetime) -> None:
    """Cancel a locked order, or the tickets of an accepted offer. What is cancelled already stays as it is.

    Raises:
        QuoteChanged: the offer no longer stands.
        NothingToCancel: the tickets are blocked by a dispute.
        CancelledByOfficeOnly, TooLateToCancel, TicketNotFound, TicketVoid, TicketRedeemed: by `offer`.
    """
    if accepted is not None and not accepted.ticket_ids and order.status in rules.WITH_TICKETS:
        raise QuoteChanged  # it was offered before the order was paid
    if _is_cancelled(order, accepted):
        return
    if accepted is not None and accepted.order_id != order.id:
        raise QuoteChanged
    now_offered = offer(order, accepted.ticket_ids if accepted else None, now=now)
    if accepted is not None and (accepted.valid_until < now or accepted.refund != now_offered.refund):
        raise QuoteChanged
    event = "tickets.left" if now_offered.without_fee else "tickets.cancelled"
    reason = {"cancelled": "departure", "moved": "moved"}.get(now_offered.without_fee or "", "cancelled")
    carry_out(order, now_offered, event, reason=reason, asked_by="customer", now=now)


def carry_out(
    order: Order,
    agreed: Offer,
    event: str,
    *,
    reason: str,
    asked_by: str,
    now: datetime,
    note: str | None = None,
) -> None:
    """Void the tickets of an offer, give their seats back, owe the refund and write the credit note.

    Args:
        event: for the order's story; a free order's is told as any order's that costs nothing.
        reason: a key of the orders' texts.REFUND_REASONS.
    """
    for_nothing = order.amount == 0 and asked_by == "customer"
    cancel_tickets(order, agreed, "order.cancelled" if for_nothing else event, now=now)
    if agreed.refund:
        journal.credited(order, credit_lines(agreed), reason=reason, now=now)
        give_back(order, agreed.refund, reason=reason, asked_by=asked_by, note=note, now=now)


def credit_lines(agreed: Offer) -> list[CreditLine]:
    """What is credited for each ticket, never more in all than goes back."""
    lines, left = [], agreed.refund
    for share in agreed.shares:
        amount = min(share.refund, left)
        left -= amount
        if amount:
            lines.append(CreditLine(text=_text(share), quantity=1, amount=amount, vat=share.line.vat))
    return lines


def _text(share: Share) -> dict[str, str]:
    tour, unit = share.ticket.booking.departure.tour, share.ticket.unit
    return {language: f"{pick(tour.title, language)} – {pick(unit.label, language)}" for language in LANGUAGES}


def _is_cancelled(order: Order, accepted: Quote | None) -> bool:
    """Whether there is nothing more to do, because the same was asked before or the order has ended."""
    if order.status in {"cancelled", "expired"}:
        return True
    if order.status not in rules.WITH_TICKETS:
        return False
    if blocked_tickets(order.id):
        raise NothingToCancel
    left = {ticket.id for ticket in valid_tickets(order.id)}
    return not (left & set(accepted.ticket_ids) if accepted and accepted.order_id == order.id else left)

"""Cancelling what was paid: first an offer by the tour's terms, then the act. The caller owns the transaction."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from shop.booking import services as booking
from shop.booking.models import BookingLine
from shop.core.db import db
from shop.orders import rules
from shop.orders.errors import NothingToCancel, TicketNotFound, TicketRedeemed, TicketVoid, TooLateToCancel
from shop.orders.models import Order, Ticket
from shop.orders.services.choices import Leave, end_choices, leaves
from shop.orders.services.story import tell


@dataclass(frozen=True)
class Share:
    """A ticket that is cancelled, and what of its price goes back (minor units)."""

    ticket: Ticket
    line: BookingLine
    refund: int


@dataclass(frozen=True)
class Offer:
    """What cancelling some tickets gives back now, in minor units.

    Args:
        fee: what is kept of their price, as far as it was paid and has not gone back before.
        valid_until: until when the same is offered.
        without_fee: why all of it goes back whatever the terms say: its date was `cancelled`, or `moved`.
    """

    shares: tuple[Share, ...]
    refund: int
    fee: int
    valid_until: datetime
    without_fee: str | None = None


def make_offer(order: Order, *, ticket_ids: Sequence[UUID] | None, most: int, now: datetime) -> Offer:
    """What cancelling gives back by the terms that were accepted; all of it where the Office cancelled or moved the
    date.

    Args:
        ticket_ids: which tickets; None for all that are left. Those that could not be used without them, because
            they take no seat of their own, go with them.
        most: minor units that are left of what was paid.

    Raises:
        NothingToCancel: no valid ticket is left.
        TicketNotFound, TicketVoid, TicketRedeemed: one of them is not the order's, or cannot be cancelled.
        TooLateToCancel: the departure of one of them has started.
    """
    chosen = _choose(order, ticket_ids)
    free = leaves(order.id, now=now)
    if any(ticket.booking.departure.starts_at <= now for ticket in chosen if ticket.booking_id not in free):
        raise TooLateToCancel
    shares = tuple(_share(ticket, now, free) for ticket in chosen)
    refund = min(sum(share.refund for share in shares), most)
    price = sum(share.line.price for share in shares)
    ends = [_offer_ends(ticket, now, free) for ticket in chosen]
    kinds = {free[ticket.booking_id].kind if ticket.booking_id in free else None for ticket in chosen}
    without_fee = kinds.pop() if len(kinds) == 1 else None
    return Offer(shares, refund, min(price, most) - refund, min(ends), without_fee)


def in_full(tickets: Iterable[Ticket], *, most: int, now: datetime) -> Offer:
    """What goes back when it is the Office that cancels: the whole price of some tickets."""
    shares = tuple(Share(ticket, line, line.price) for ticket in tickets for line in [_line(ticket)])
    total = sum(share.refund for share in shares)
    return Offer(shares, min(total, most), 0, now)


def cancel_tickets(order: Order, offer: Offer, event: str, *, now: datetime) -> None:
    """Void the tickets of an offer at once and give their seats back; the order is locked.

    An order of which nothing is left and nothing goes back is cancelled itself.

    Args:
        event: for its story; told with the number of tickets, what goes back and what is kept.
    """
    gone = [share.ticket.id for share in offer.shares]
    voided = sa.update(Ticket).where(Ticket.id.in_(gone), Ticket.status == "valid").values(status="void")
    db.session.execute(voided)
    units = Counter((share.ticket.booking_id, share.ticket.unit_id) for share in offer.shares)
    booking.cancel_units(order.id, units, now=now)
    end_choices(order.id, now=now)
    facts = {"tickets": len(gone), "refund": order.money(offer.refund), "fee": order.money(offer.fee)}
    tell(order.id, event, at=now, **facts)
    if order.status == "paid" and not offer.refund and not _left(order):
        order.status, order.ended_at = rules.TRANSITIONS["paid", "cancel"], now


def valid_tickets(order_id: UUID, *, departure_id: UUID | None = None) -> Sequence[Ticket]:
    """The tickets of an order that still admit someone, in their order."""
    found = sa.select(Ticket).where(Ticket.order_id == order_id, Ticket.status == "valid").order_by(Ticket.position)
    tickets = db.session.scalars(found.execution_options(populate_existing=True)).all()
    return [ticket for ticket in tickets if departure_id in (None, ticket.booking.departure_id)]


def blocked_tickets(order_id: UUID) -> bool:
    """Whether tickets of an order are blocked by a dispute, which decides about their money."""
    blocked = (Ticket.order_id == order_id, Ticket.blocked_at.is_not(None))
    return db.session.scalar(sa.select(Ticket.id).where(*blocked).limit(1)) is not None


def _left(order: Order) -> bool:
    """Whether a ticket of the order still stands: valid, used, or only blocked."""
    stands = sa.or_(Ticket.status != "void", Ticket.blocked_at.is_not(None))
    return db.session.scalar(sa.select(Ticket.id).where(Ticket.order_id == order.id, stands).limit(1)) is not None


def _choose(order: Order, ticket_ids: Sequence[UUID] | None) -> Sequence[Ticket]:
    valid = valid_tickets(order.id)
    if ticket_ids is None:
        if not valid:
            raise NothingToCancel
        return valid
    by_id = {ticket.id: ticket for ticket in valid}
    for ticket_id in set(ticket_ids) - by_id.keys():
        _refuse(order, ticket_id)
    return with_companions(valid, [ticket for ticket in valid if ticket.id in set(ticket_ids)])


def _refuse(order: Order, ticket_id: UUID) -> None:
    ticket = db.session.get(Ticket, ticket_id)
    if ticket is None or ticket.order_id != order.id:
        raise TicketNotFound
    raise TicketRedeemed if ticket.status == "redeemed" else TicketVoid


def with_companions(valid: Sequence[Ticket], chosen: Sequence[Ticket]) -> Sequence[Ticket]:
    """Some of the valid tickets, with the infants of bookings from which everybody else is taken away."""
    left = [ticket for ticket in valid if ticket not in chosen]
    accompanied = {ticket.booking_id for ticket in left if ticket.unit.seats}
    alone = {ticket.booking_id for ticket in chosen} - accompanied
    return [ticket for ticket in valid if ticket in chosen or ticket.booking_id in alone]


def _offer_ends(ticket: Ticket, now: datetime, free: Mapping[UUID, Leave]) -> datetime:
    leave = free.get(ticket.booking_id)
    if leave is None:
        return rules.offer_ends(_terms(ticket), starts_at=ticket.booking.departure.starts_at, now=now)
    return min(now + rules.QUOTE_TIME, leave.until or now + rules.QUOTE_TIME)


def _share(ticket: Ticket, now: datetime, free: Mapping[UUID, Leave]) -> Share:
    line = _line(ticket)
    if ticket.booking_id in free:
        return Share(ticket, line, line.price)
    percent = rules.refund_percent(_terms(ticket), starts_at=ticket.booking.departure.starts_at, now=now)
    return Share(ticket, line, rules.share_back(line.price, percent))


def _line(ticket: Ticket) -> BookingLine:
    return next(line for line in ticket.booking.lines if line.unit_id == ticket.unit_id)


def _terms(ticket: Ticket) -> rules.Terms:
    return ticket.booking.cancellation or []

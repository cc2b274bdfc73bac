"""Letting somebody in: one guarded statement, so that two doors at once let one ticket in once."""

from datetime import datetime

import sqlalchemy as sa

from shop.booking.models import Booking
from shop.catalogue.models import Departure
from shop.core.db import db
from shop.core.errors import Refusal
from shop.core.i18n import pick
from shop.door import rules
from shop.door.errors import DateCancelled, TicketBlocked, TicketOfOtherDate, TicketUsed
from shop.door.services.find import last_act
from shop.orders.errors import TicketVoid
from shop.orders.models import Order, Ticket


def admit(ticket: Ticket, *, door: rules.Doorkeeper) -> bool:
    """Move a ticket from valid to redeemed at the door of its own departure; False if it cannot be.

    Its order is looked at under a lock that cancelling takes too: a ticket is not given back and let in at once.
    """
    db.session.execute(sa.select(Order.id).where(Order.id == ticket.order_id).with_for_update(read=True))
    stands = (
        sa.exists()
        .where(Booking.id == Ticket.booking_id, Booking.status == "confirmed")
        .where(Departure.id == Booking.departure_id, Departure.id == door.departure_id, Departure.status != "cancelled")
    )
    moved = (
        sa.update(Ticket)
        .where(Ticket.id == ticket.id, Ticket.status == "valid", stands)
        .values(status="redeemed")
        .returning(Ticket.id)
        .execution_options(synchronize_session=False)
    )
    won = db.session.scalar(moved) is not None
    db.session.refresh(ticket)
    return won


def why_not(ticket: Ticket, *, door: rules.Doorkeeper, now: datetime) -> Refusal:
    """Why a ticket does not let anybody in at this door, told so that whoever stands there can act upon it."""
    departure = ticket.booking.departure
    if departure.id != door.departure_id:
        tour = pick(departure.tour.title, door.language) or ""
        return TicketOfOtherDate(tour=tour, when=rules.when(departure.local_start, door.language))
    if ticket.status == "redeemed":
        return _used(ticket, now)
    if ticket.blocked_at is not None:
        return TicketBlocked()
    return DateCancelled() if departure.status == "cancelled" else TicketVoid()


def _used(ticket: Ticket, now: datetime) -> TicketUsed:
    last = last_act(ticket.id)
    if last is None or last.outcome != "admitted":
        return TicketUsed(at="?", by="?")
    zone = ticket.booking.departure.tour.zone
    return TicketUsed(at=rules.clock_time(last.at.astimezone(zone), now), by=last.member.name)

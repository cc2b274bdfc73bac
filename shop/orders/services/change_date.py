"""Another date for what was bought: chosen by the customer, or given by the staff. The caller owns the transaction,
and has locked the order."""

from datetime import datetime
from typing import Any
from uuid import UUID

from shop.booking import services as booking
from shop.booking.errors import BookingNotFound, BookingNotMovable, DepartureClosed
from shop.booking.models import Booking
from shop.catalogue.services.browse import get_departure
from shop.orders.errors import NoDateToChoose
from shop.orders.models import Order
from shop.orders.rules import WITH_TICKETS
from shop.orders.services import choices, tickets
from shop.orders.services.story import tell


def rebook(order: Order, booking_id: UUID, departure_id: UUID, *, now: datetime) -> None:
    """Let the customer of a cancelled date have another one of the same tour. The same again changes nothing.

    Raises:
        BookingNotFound: the order has no such booking.
        NoDateToChoose: nothing is offered, or no longer.
        DepartureNotFound, DepartureClosed, OtherTour, SoldOut: the date cannot be had.
        BookingNotMovable, TicketRedeemed: the booking is not one to be moved.
    """
    held = booking_of(order, booking_id)
    if held.departure_id == departure_id and held.status == "confirmed":
        if held.departure.status == "cancelled":
            raise DepartureClosed(departure_status="cancelled")
        return
    if not choices.may_choose(booking_id, now=now):
        raise NoDateToChoose
    wanted = get_departure(departure_id)
    _move(order, held, departure_id, "date.rebooked", earliest=now + wanted.tour.cutoff, now=now)


def change_date(order: Order, booking_id: UUID, departure_id: UUID, *, by: str, now: datetime) -> Booking:
    """Give a booking another date of its tour, in the Office's name; also shortly before its start.

    Raises:
        BookingNotFound: the order has no such booking.
        BookingNotMovable, TicketRedeemed: it is not one to be moved.
        DepartureNotFound, DepartureClosed, OtherTour, SoldOut: the date cannot be had.
    """
    held = booking_of(order, booking_id)
    return _move(order, held, departure_id, "date.changed", earliest=now, now=now, by=by)


def booking_of(order: Order, booking_id: UUID) -> Booking:
    """A booking of a locked order, as it is now.

    Raises:
        BookingNotFound: it has none of this id.
    """
    found = next((one for one in booking.lock_bookings(order.id) if one.id == booking_id), None)
    if found is None:
        raise BookingNotFound
    return found


def _move(
    order: Order, held: Booking, departure_id: UUID, event: str, *, earliest: datetime, now: datetime, **facts: Any
) -> Booking:
    if order.status not in WITH_TICKETS:
        raise BookingNotMovable
    was = held.departure.local_start
    moved = booking.move(order.id, held.id, departure_id, earliest=earliest, now=now)
    tickets.renew_codes(moved)
    choices.choose(moved.id, departure_id, now=now)
    tell(order.id, event, at=now, was=was, date=moved.departure.local_start, **facts)
    return moved

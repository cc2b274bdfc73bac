"""Moving a confirmed booking to another date of its tour. The caller owns the transaction."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from shop.booking.errors import BookingNotFound, BookingNotMovable, DepartureClosed, OtherTour, SoldOut
from shop.booking.models import Booking
from shop.booking.services.ordered import lock_bookings
from shop.catalogue.models import Departure
from shop.catalogue.services import browse, seats
from shop.core.db import db


def move(order_id: UUID, booking_id: UUID, departure_id: UUID, *, earliest: datetime, now: datetime) -> Booking:
    """Take seats at another departure for a booking of a locked order, and give the old ones back.

    Both counters move in the order of the departures' ids; the taking is the guarded statement.

    Args:
        earliest: the departure must start after that.

    Raises:
        BookingNotFound: the order has no such booking.
        BookingNotMovable: it is not confirmed, or there already.
        DepartureNotFound, DepartureClosed, OtherTour: the departure cannot be had.
        SoldOut: it has too few seats left.
    """
    booking = next((one for one in lock_bookings(order_id) if one.id == booking_id), None)
    if booking is None:
        raise BookingNotFound
    if booking.status != "confirmed":
        raise BookingNotMovable
    left, wanted = booking.departure, browse.get_departure(departure_id)
    if wanted.tour_id != left.tour_id:
        raise OtherTour
    if wanted.id == left.id:
        raise BookingNotMovable
    for one in sorted([left.id, wanted.id]):
        if one == left.id:
            seats.give_back({left.id: booking.seats})
        elif not seats.take_again(one, booking.seats, now=earliest):
            _refuse(one, booking.seats, earliest=earliest, now=now)
    db.session.execute(sa.update(Booking).where(Booking.id == booking.id).values(departure_id=wanted.id))
    db.session.expire(left)
    db.session.expire(wanted)
    db.session.refresh(booking)
    return booking


def _refuse(departure_id: UUID, count: int, *, earliest: datetime, now: datetime) -> None:
    """Say why the seats could not be had."""
    wanted: Departure = browse.get_departure(departure_id)
    if wanted.status != "open" or wanted.starts_at <= earliest:
        raise DepartureClosed(departure_status="closed" if wanted.status == "open" else wanted.status)
    others = browse.alternatives(wanted, seats=count, now=now)
    raise SoldOut(seats_left=wanted.seats_left, alternatives=[other.facts() for other in others])

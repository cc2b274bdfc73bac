"""Bookings that an order has taken over. Their time is the order's."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from shop.booking import rules
from shop.booking.errors import BookingExpired, BookingNotFound, BookingOrdered
from shop.booking.models import Booking
from shop.booking.services.ending import end
from shop.catalogue.services import seats
from shop.core.db import db


def put_in_order(
    booking_ids: Sequence[UUID], *, order_id: UUID, customer_id: UUID, hold: timedelta, now: datetime
) -> Sequence[Booking]:
    """Let an order take over some held bookings; from now on their time is the order's.

    They all get the latest of their ends, but none is held longer than twice a hold in all.

    Raises:
        BookingNotFound, BookingOrdered, BookingExpired: one of them cannot be ordered.
    """
    bookings = db.session.scalars(
        sa.select(Booking)
        .where(Booking.id.in_(booking_ids), Booking.customer_id == customer_id)
        .order_by(Booking.id)
        .with_for_update(of=Booking)
        .execution_options(populate_existing=True)
    ).all()
    if len(bookings) != len(set(booking_ids)):
        raise BookingNotFound
    for booking in bookings:
        if booking.order_id is not None:
            raise BookingOrdered
        if rules.public_status(booking, now) != "held":
            raise BookingExpired
        booking.order_id = order_id
        booking.cancellation = booking.departure.tour.cancellation
    latest = max(booking.expires_at for booking in bookings)
    end = min(latest, min(booking.created_at for booking in bookings) + 2 * hold)
    for booking in bookings:
        booking.expires_at = end
    db.session.flush()
    return bookings


def confirm(order_id: UUID, *, now: datetime) -> bool:
    """Make the bookings of an order certain: it was paid, or costs nothing.

    Bookings that had already given their seats back take them again, all or none.

    Returns:
        Whether every booking of the order is confirmed; if not, nothing was changed.
    """
    with db.session.begin_nested() as savepoint:
        bookings = lock_bookings(order_id)
        for booking in sorted(bookings, key=lambda booking: booking.departure_id):
            if (
                booking.departure.status == "cancelled"
                or booking.status not in rules.states_before("confirm")
                or (booking.status == "expired" and not seats.take_again(booking.departure_id, booking.seats, now=now))
            ):
                savepoint.rollback()
                return False
            booking.status, booking.ended_at = "confirmed", None
        db.session.flush()
    return True


def end_ordered(order_id: UUID, event: str, *, now: datetime) -> None:
    """Give back the seats of an order that expired or was cancelled.

    Args:
        event: `expire` or `cancel`.
    """
    ids = [booking.id for booking in lock_bookings(order_id)]
    end(ids, event, now=now)


def prolong_ordered(order_id: UUID, *, until: datetime) -> None:
    """Hold the bookings of an order at least until a moment, because it can be paid until then."""
    db.session.execute(
        sa.update(Booking)
        .where(Booking.order_id == order_id, Booking.status == "held", Booking.expires_at < until)
        .values(expires_at=until)
    )


def cancel_units(order_id: UUID, units: Mapping[tuple[UUID, UUID], int], *, now: datetime) -> None:
    """Cancel some of what the confirmed bookings of an order are made of, and give those seats back.

    A booking of which nothing is left is cancelled itself.

    Args:
        units: how many of each, by booking and unit; never more than are left.
    """
    returned: dict[UUID, int] = {}
    for booking in lock_bookings(order_id):
        lines = [(line, units.get((booking.id, line.unit_id), 0)) for line in booking.lines]
        if booking.status != "confirmed" or not any(count for _, count in lines):
            continue
        freed = sum(line.unit.seats * count for line, count in lines)
        for line, count in lines:
            line.cancelled += count
        if all(line.cancelled == line.quantity for line in booking.lines):
            freed, booking.status, booking.ended_at = booking.seats, "cancelled", now
        else:
            booking.seats -= freed
        returned[booking.departure_id] = returned.get(booking.departure_id, 0) + freed
    db.session.flush()
    seats.give_back(returned)


def lock_bookings(order_id: UUID) -> Sequence[Booking]:
    """The bookings of a locked order as they are now, locked in the order of their ids."""
    return db.session.scalars(
        sa.select(Booking)
        .where(Booking.order_id == order_id)
        .order_by(Booking.id)
        .with_for_update(of=Booking)
        .execution_options(populate_existing=True)
    ).all()

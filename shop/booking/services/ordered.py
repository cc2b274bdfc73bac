"""Bookings that an order has taken over. Their time is the order's."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from shop.booking import rules
from shop.booking.errors import BookingExpired, BookingNotFound, BookingOrdered
from shop.booking.models import Booking, BookingLine
from shop.booking.services.ending import end
from shop.catalogue.models import Departure, Tour, Unit
from shop.catalogue.services import seats
from shop.core.db import db, in_this_transaction

# The bookings of an order with what tickets and receipts say of them, and no more: a tour's texts are long.
_TO_CONFIRM = (
    sa.select(Booking)
    .where(Booking.order_id == sa.bindparam("order_id"))
    .order_by(Booking.id)
    .options(
        joinedload(Booking.departure, innerjoin=True)
        .load_only(Departure.tour_id, Departure.starts_at, Departure.status)
        .joinedload(Departure.tour, innerjoin=True)
        .load_only(Tour.title, Tour.timezone),
        joinedload(Booking.lines).joinedload(BookingLine.unit, innerjoin=True).load_only(Unit.label, Unit.seats),
    )
    .with_for_update(of=Booking)
    .execution_options(populate_existing=True, autoflush=False)
)
_CONFIRM = "UPDATE bookings SET status = 'confirmed', ended_at = NULL WHERE id = ANY(%(ids)s)"


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


def confirm(order_id: UUID, *, now: datetime) -> Sequence[Booking] | None:
    """Make the bookings of an order certain: it was paid, or costs nothing. What was done to them before is flushed.

    Bookings that had already given their seats back take them again, all or none.

    Returns:
        All bookings of the order, confirmed, in the order of their ids; None if nothing was changed.
    """
    bookings = db.session.scalars(_TO_CONFIRM, {"order_id": order_id}).unique().all()
    for booking in bookings:
        if booking.departure.status == "cancelled" or booking.status not in rules.states_before("confirm"):
            return None
    gone = [booking for booking in bookings if booking.status == "expired"]
    if gone and not _take_again(gone, now):
        return None
    in_this_transaction(_CONFIRM, {"ids": [booking.id for booking in bookings]})
    for booking in bookings:
        set_committed_value(booking, "status", "confirmed")
        set_committed_value(booking, "ended_at", None)
    return bookings


def _take_again(bookings: Sequence[Booking], now: datetime) -> bool:
    with db.session.begin_nested() as savepoint:
        for booking in sorted(bookings, key=lambda booking: booking.departure_id):
            if not seats.take_again(booking.departure_id, booking.seats, now=now):
                savepoint.rollback()
                return False
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

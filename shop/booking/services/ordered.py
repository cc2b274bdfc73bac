"""Bookings that an order has taken over. Their time is the order's."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
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
from shop.core.db import db
from shop.core.plain import in_this_transaction

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

# A customer is locked before their bookings, as by whoever erases them; an order names its customer anyway.
_HELD = """
    SELECT bookings.id, bookings.departure_id, bookings.order_id, bookings.status, bookings.seats, bookings.amount,
        bookings.currency, bookings.created_at, bookings.expires_at,
        departures.status AS departure_status, departures.starts_at, departures.language,
        tours.slug, tours.title, tours.timezone, tours.duration_minutes,
        (
            SELECT json_agg(
                json_build_array(units.code, units.label, quantity, cancelled, booking_lines.price, currency)
                ORDER BY booking_lines.position
            )
            FROM booking_lines JOIN units ON units.id = booking_lines.unit_id
            WHERE booking_lines.booking_id = bookings.id
        ) AS lines
    FROM bookings
    JOIN departures ON departures.id = bookings.departure_id
    JOIN tours ON tours.id = departures.tour_id
    WHERE bookings.id = ANY(%(ids)s)
        AND bookings.customer_id = (SELECT id FROM customers WHERE id = %(customer)s FOR KEY SHARE)
    ORDER BY bookings.id
    FOR UPDATE OF bookings
"""

_PUT_IN_ORDER = """
    UPDATE bookings SET order_id = %(order)s, expires_at = %(until)s, cancellation = tours.cancellation
    FROM departures JOIN tours ON tours.id = departures.tour_id
    WHERE bookings.id = ANY(%(ids)s) AND departures.id = bookings.departure_id
"""


def lock_held(booking_ids: Sequence[UUID], *, customer_id: UUID, hold: timedelta, now: datetime) -> Sequence[Booking]:
    """Lock some held bookings that an order is about to take over: from then on their time is the order's.

    They all get the latest of their ends, but none is held longer than twice a hold in all.

    Returns:
        The bookings by their ids, as they will be: with what their customer is shown of them, and in no session.

    Raises:
        BookingNotFound, BookingOrdered, BookingExpired: one of them cannot be ordered.
    """
    rows = in_this_transaction(_HELD, {"ids": list(booking_ids), "customer": customer_id})
    bookings = [_as_shown(row) for row in rows]
    if len(bookings) != len(set(booking_ids)):
        raise BookingNotFound
    for booking in bookings:
        if booking.order_id is not None:
            raise BookingOrdered
        if rules.public_status(booking, now) != "held":
            raise BookingExpired
    latest = max(booking.expires_at for booking in bookings)
    end = min(latest, min(booking.created_at for booking in bookings) + 2 * hold)
    for booking in bookings:
        booking.expires_at = end
    return bookings


def put_in_order(bookings: Sequence[Booking], *, order_id: UUID) -> None:
    """Let an order take over the bookings that were locked for it, with their tours' terms of cancellation."""
    ids = [booking.id for booking in bookings]
    in_this_transaction(_PUT_IN_ORDER, {"ids": ids, "order": order_id, "until": bookings[0].expires_at})
    for booking in bookings:
        booking.order_id = order_id


def _as_shown(row: sa.Row[Any]) -> Booking:
    tour = Tour(slug=row.slug, title=row.title, timezone=row.timezone, duration_minutes=row.duration_minutes)
    departure = Departure(
        id=row.departure_id, tour=tour, status=row.departure_status, starts_at=row.starts_at, language=row.language
    )
    lines = [
        BookingLine(
            unit=Unit(code=code, label=label), quantity=quantity, cancelled=cancelled, price=price, currency=currency
        )
        for code, label, quantity, cancelled, price, currency in row.lines
    ]
    return Booking(
        id=row.id,
        departure_id=row.departure_id,
        departure=departure,
        order_id=row.order_id,
        status=row.status,
        seats=row.seats,
        amount=row.amount,
        currency=row.currency,
        created_at=row.created_at,
        expires_at=row.expires_at,
        lines=lines,
    )


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
    in_this_transaction(_CONFIRM, {"ids": [booking.id for booking in bookings]}, flush=False)
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

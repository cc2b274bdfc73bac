"""A hold in its customer's hands: seen, extended, released; and ended when its time is over."""

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from shop.booking import rules
from shop.booking.errors import BookingExpired, BookingNotFound, BookingOrdered
from shop.booking.models import Booking
from shop.booking.services.ending import end
from shop.core.db import db


def get_booking(booking_id: UUID, *, customer_id: UUID) -> Booking:
    """A customer's booking.

    Raises:
        BookingNotFound: they have none of this id.
    """
    found = db.session.scalar(sa.select(Booking).where(Booking.id == booking_id, Booking.customer_id == customer_id))
    if found is None:
        raise BookingNotFound
    return found


def release(booking_id: UUID, *, customer_id: UUID, now: datetime) -> None:
    """Give a hold back before its time; the seats are on sale again at once. Again: nothing more.

    Raises:
        BookingNotFound: the customer has no such booking.
        BookingOrdered: it is in an order.
    """
    booking = get_booking(booking_id, customer_id=customer_id)
    if not end([booking.id], "release", now=now, unordered=True):
        db.session.refresh(booking)
        if booking.order_id is not None:
            raise BookingOrdered


def extend(booking_id: UUID, *, customer_id: UUID, hold: timedelta, now: datetime) -> Booking:
    """Hold seats longer: one hold from now, twice a hold in all at most.

    Raises:
        BookingNotFound: the customer has no such booking.
        BookingOrdered: it is in an order; its time is the order's.
        BookingExpired: it is no longer held.
    """
    booking = get_booking(booking_id, customer_id=customer_id)
    extended = db.session.connection().execute(
        sa.update(Booking)
        .where(
            Booking.id == booking.id,
            Booking.status == "held",
            Booking.order_id.is_(None),
            Booking.expires_at > now,
        )
        .values(expires_at=rules.extended(booking, now, hold))
    )
    db.session.refresh(booking)
    if extended.rowcount == 0:
        raise BookingOrdered if booking.order_id is not None else BookingExpired
    return booking


def expire_due(*, now: datetime, limit: int = 500) -> int:
    """Give back the seats of holds whose time is over and that no order has taken over.

    Several workers may do this at once: each takes other bookings.

    Returns:
        How many holds ended.
    """
    due = db.session.scalars(
        sa.select(Booking.id)
        .where(Booking.status == "held", Booking.order_id.is_(None), Booking.expires_at <= now)
        .order_by(Booking.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    return end(due, "expire", now=now, unordered=True)

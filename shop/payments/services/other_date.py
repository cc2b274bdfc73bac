"""Another date for a booking, given by the staff, and the difference in price. The caller owns the transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from shop.booking.errors import BookingNotFound
from shop.booking.models import Booking
from shop.catalogue.models import Departure
from shop.core.db import db
from shop.core.i18n import DEFAULT, match_language
from shop.core.money import Money
from shop.orders.errors import OrderNotFound
from shop.orders.models import Order
from shop.orders.services.change_date import change_date
from shop.orders.services.settle import lock_order
from shop.payments.errors import PriceHigher

MOST_DATES = 60


def find_booking(number: str, booking_id: UUID) -> tuple[Order, Booking]:
    """A booking of the order of a number, as it is written or spoken.

    Raises:
        OrderNotFound, BookingNotFound: there is none.
    """
    order = db.session.scalar(sa.select(Order).where(Order.number == number.replace("-", "")[:20]))
    if order is None:
        raise OrderNotFound
    booking = db.session.scalar(sa.select(Booking).where(Booking.order_id == order.id, Booking.id == booking_id))
    if booking is None:
        raise BookingNotFound
    return order, booking


def other_dates(booking: Booking, *, now: datetime) -> Sequence[Departure]:
    """The next open dates of the same tour with room for a booking."""
    return db.session.scalars(
        sa.select(Departure)
        .where(
            Departure.tour_id == booking.departure.tour_id,
            Departure.id != booking.departure_id,
            Departure.status == "open",
            Departure.starts_at > now,
            Departure.capacity - Departure.seats_taken - Departure.seats_blocked >= booking.seats,
        )
        .order_by(Departure.starts_at, Departure.id)
        .options(selectinload(Departure.prices))
        .limit(MOST_DATES)
    ).all()


def price_difference(booking: Booking, at: Departure | None = None) -> Money:
    """What the same tickets cost more today than was paid for them; less than nothing if they cost less.

    Args:
        at: the date they are for, which may have prices of its own; None: the tour's.
    """
    more = sum(
        ((at.price_of(line.unit) if at else line.unit.price) - line.price) * (line.quantity - line.cancelled)
        for line in booking.lines
    )
    return Money(more, booking.currency)


def give_other_date(
    order_id: UUID,
    booking_id: UUID,
    departure_id: UUID,
    *,
    waive: bool,
    by: str,
    now: datetime,
) -> Booking:
    """Give a booking another date. It keeps the price that was paid and no money moves: what the same costs more today
    is waived by the staff or stands in the way; what it costs less they refund by itself, if they wish so.

    Raises:
        PriceHigher: it costs more, which nobody has waived.
        BookingNotFound, BookingNotMovable, TicketRedeemed: it is not one to be moved.
        DepartureNotFound, DepartureClosed, OtherTour, SoldOut: the date cannot be had.
    """
    order = lock_order(order_id)
    booking = db.session.get(Booking, booking_id)
    if booking is None or booking.order_id != order_id:
        raise BookingNotFound
    difference = price_difference(booking, db.session.get(Departure, departure_id))
    if difference.amount > 0 and not waive:
        raise PriceHigher(difference=difference.to(match_language(order.locale) or DEFAULT))
    return change_date(order, booking_id, departure_id, by=by, now=now)

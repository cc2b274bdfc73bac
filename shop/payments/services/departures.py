"""What becomes of orders whose departure the Office has cancelled. The caller owns the transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from shop.booking.models import Booking
from shop.catalogue.models import Departure
from shop.core.db import db
from shop.orders.models import DateChange, DateChoice, Order, Ticket
from shop.orders.services import settle as orders
from shop.orders.services.cancel import in_full, valid_tickets
from shop.orders.services.choices import cancellation_of, offer_another_date, stands, tell_why
from shop.payments.services.cancelling import carry_out
from shop.payments.services.refunds import refundable
from shop.payments.services.settle import give_up_review


def orders_to_end(*, now: datetime, live: sa.ColumnElement[bool] | None = None, limit: int = 200) -> Sequence[UUID]:
    """Orders that hold seats, or valid tickets, at a cancelled departure, and are not being offered another date.

    Args:
        live: a condition on orders that somebody may be paying: these come last.
    """
    admits = sa.exists().where(Ticket.booking_id == Booking.id, Ticket.status == "valid")
    chosen = sa.exists().where(DateChoice.booking_id == Booking.id, stands(now), *_of_a_cancelled_date())
    return db.session.scalars(
        sa.select(Order.id)
        .join(Booking, Booking.order_id == Order.id)
        .join(Departure, Departure.id == Booking.departure_id)
        .where(
            Departure.status == "cancelled",
            sa.or_(Booking.status == "held", sa.and_(Booking.status == "confirmed", admits)),
            ~chosen,
        )
        .group_by(Order.id)
        .order_by(*([] if live is None else [live]), Order.id)
        .limit(limit)
    ).all()


def end(order: Order, *, now: datetime) -> None:
    """Offer the customer of a locked order, which nobody is paying, another date for what was cancelled, if the Office
    wants it so; or else cancel it: its price goes back in full.

    An order that is not paid ends as a whole.
    """
    if order.status in {"pending", "in_review"}:
        _tell_why(order, {one.departure_id for one in order.bookings if one.departure.status == "cancelled"}, now=now)
    if order.status == "pending":
        orders.cancel(order, "departure.cancelled_unpaid", now=now)
    elif order.status == "in_review":
        give_up_review(order, "departure.cancelled_unpaid", reason="departure", now=now)
    else:
        offer_another_date(order, now=now)
        waiting = _waiting(order.id, now=now)
        gone = [
            ticket
            for ticket in valid_tickets(order.id)
            if ticket.booking.departure.status == "cancelled" and ticket.booking_id not in waiting
        ]
        if gone:
            _tell_why(order, {ticket.booking.departure_id for ticket in gone}, now=now)
            agreed = in_full(gone, most=refundable(order.id), now=now)
            by = next((ticket.booking.departure.cancelled_by for ticket in gone), None) or "shop"
            carry_out(order, agreed, "departure.cancelled", reason="departure", asked_by=by, now=now)


def _of_a_cancelled_date() -> tuple[sa.ColumnElement[bool], ...]:
    return (DateChoice.change_id == DateChange.id, DateChange.kind == "cancelled")


def _waiting(order_id: UUID, *, now: datetime) -> set[UUID]:
    """The bookings of an order whose customer may still choose another date."""
    open_ones = (Booking.order_id == order_id, DateChoice.booking_id == Booking.id, stands(now))
    return set(db.session.scalars(sa.select(DateChoice.booking_id).where(*open_ones, *_of_a_cancelled_date())))


def _tell_why(order: Order, departure_ids: set[UUID], *, now: datetime) -> None:
    """Tell once of each cancelled date that ends for an order, unless it was told when another one was offered."""
    for departure_id in sorted(departure_ids):
        change = cancellation_of(departure_id)
        offered = change and db.session.scalar(
            sa.select(DateChoice.booking_id)
            .join(Booking, Booking.id == DateChoice.booking_id)
            .where(DateChoice.change_id == change.id, Booking.order_id == order.id)
            .limit(1)
        )
        if change and not offered:
            tell_why(order, change, now=now)

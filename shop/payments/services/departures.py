"""What becomes of orders whose departure the Office has cancelled. The caller owns the transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from shop.booking.models import Booking
from shop.catalogue.models import Departure
from shop.core.db import db
from shop.orders.models import Order, Ticket
from shop.orders.services import settle as orders
from shop.orders.services.cancel import in_full, valid_tickets
from shop.payments.services.cancelling import carry_out
from shop.payments.services.refunds import refundable
from shop.payments.services.settle import give_up_review


def orders_to_end(*, live: sa.ColumnElement[bool] | None = None, limit: int = 200) -> Sequence[UUID]:
    """Orders that hold seats, or valid tickets, at a cancelled departure.

    Args:
        live: a condition on orders that somebody may be paying: these come last.
    """
    admits = sa.exists().where(Ticket.booking_id == Booking.id, Ticket.status == "valid")
    return db.session.scalars(
        sa.select(Order.id)
        .join(Booking, Booking.order_id == Order.id)
        .join(Departure, Departure.id == Booking.departure_id)
        .where(
            Departure.status == "cancelled",
            sa.or_(Booking.status == "held", sa.and_(Booking.status == "confirmed", admits)),
        )
        .group_by(Order.id)
        .order_by(*([] if live is None else [live]), Order.id)
        .limit(limit)
    ).all()


def end(order: Order, *, now: datetime) -> None:
    """Cancel what a locked order, which nobody is paying, has at cancelled departures; its price goes back in full.

    An order that is not paid ends as a whole.
    """
    if order.status == "pending":
        orders.cancel(order, "departure.cancelled_unpaid", now=now)
    elif order.status == "in_review":
        give_up_review(order, "departure.cancelled_unpaid", reason="departure", now=now)
    else:
        gone = [ticket for ticket in valid_tickets(order.id) if ticket.booking.departure.status == "cancelled"]
        if gone:
            agreed = in_full(gone, most=refundable(order.id), now=now)
            by = next((ticket.booking.departure.cancelled_by for ticket in gone), None) or "shop"
            carry_out(order, agreed, "departure.cancelled", reason="departure", asked_by=by, now=now)

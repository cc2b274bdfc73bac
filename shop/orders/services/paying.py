"""An order as its customer is about to pay it. The caller owns the transaction."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from shop.booking.models import Booking
from shop.catalogue.models import Departure, Tour
from shop.core.plain import in_this_transaction
from shop.orders.errors import OrderNotFound
from shop.orders.models import Order

_LOCK = """
    SELECT orders.id, orders.number, orders.status, orders.amount, orders.currency, orders.locale, orders.expires_at,
        orders.complement_until, customers.openid
    FROM orders JOIN customers ON customers.id = orders.customer_id
    WHERE orders.id = %(order)s AND orders.customer_id = %(customer)s
    FOR UPDATE OF orders
"""

# A statement of its own: what the lock was waited for may have changed them.
_BOOKINGS = """
    SELECT bookings.id, bookings.created_at, departures.status, departures.starts_at, tours.title
    FROM bookings
    JOIN departures ON departures.id = bookings.departure_id
    JOIN tours ON tours.id = departures.tour_id
    WHERE bookings.order_id = %(order)s
    ORDER BY bookings.id
"""


@dataclass(frozen=True)
class ToPay:
    """An order, and the openid of who is about to pay it.

    Args:
        order: in no session, with what says whether and how it can be paid, its bookings' dates and titles among it.
    """

    order: Order
    payer: str


def lock_to_pay(order_id: UUID, *, customer_id: UUID) -> ToPay:
    """A customer's order as it is now, locked until the transaction ends.

    Raises:
        OrderNotFound: they have none of this id.
    """
    row = in_this_transaction(_LOCK, {"order": order_id, "customer": customer_id}).one_or_none()
    if row is None:
        raise OrderNotFound
    order = Order(
        id=row.id,
        number=row.number,
        customer_id=customer_id,
        status=row.status,
        amount=row.amount,
        currency=row.currency,
        locale=row.locale,
        expires_at=row.expires_at,
        complement_until=row.complement_until,
    )
    held = in_this_transaction(_BOOKINGS, {"order": order_id})
    set_committed_value(order, "bookings", [_booking(one) for one in held])
    return ToPay(order, row.openid)


def _booking(row: sa.Row[Any]) -> Booking:
    departure = Departure(status=row.status, starts_at=row.starts_at, tour=Tour(title=row.title))
    return Booking(id=row.id, created_at=row.created_at, departure=departure)

"""Placing an order. The caller owns the transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from shop.booking import services as booking
from shop.booking.errors import DepartureClosed
from shop.core.db import db
from shop.core.i18n import Language
from shop.core.ids import new_id
from shop.orders import rules
from shop.orders.errors import MixedCurrencies, TermsNotAccepted
from shop.orders.models import Order
from shop.orders.services import settle
from shop.orders.services.story import tell
from shop.orders.terms import VERSION


def place(
    *,
    booking_ids: Sequence[UUID],
    customer_id: UUID,
    contact: Mapping[str, str],
    accept_terms: bool,
    locale: Language,
    hold: timedelta,
    now: datetime,
) -> Order:
    """Order some held bookings. What costs nothing is paid at once.

    Args:
        contact: name, and email or phone if given.
        hold: how long seats are held, of which twice is the most.
        locale: in which the terms were shown; the documents will be in it.

    Raises:
        TermsNotAccepted: the conditions of sale were not accepted.
        BookingNotFound, BookingOrdered, BookingExpired: one of the bookings cannot be ordered.
        DepartureClosed: one of the departures was cancelled meanwhile, or has started.
        MixedCurrencies: the bookings are not priced in one currency.
    """
    if not accept_terms:
        raise TermsNotAccepted
    order = Order(
        id=new_id(),
        number=_free_number(),
        customer_id=customer_id,
        status="pending",
        amount=0,
        currency="EUR",
        contact=dict(contact),
        terms_version=VERSION,
        locale=locale,
        created_at=now,
        expires_at=now,
    )
    db.session.add(order)
    db.session.flush()
    bookings = booking.put_in_order(booking_ids, order_id=order.id, customer_id=customer_id, hold=hold, now=now)
    for departure in {held.departure for held in bookings}:
        if departure.status == "cancelled" or departure.starts_at <= now:
            raise DepartureClosed(departure_status="cancelled" if departure.status == "cancelled" else "closed")
    if len({held.currency for held in bookings}) > 1:
        raise MixedCurrencies
    order.amount = sum(held.amount for held in bookings)
    order.currency = bookings[0].currency
    order.expires_at = max(held.expires_at for held in bookings)
    tell(order.id, "order.placed", at=now, total=order.total, terms=VERSION)
    db.session.flush()
    if order.amount == 0:
        settle.confirm(order, "order.free", now=now)
    return order


def _free_number() -> str:
    while True:
        number = rules.new_number()
        if db.session.scalar(sa.select(Order.id).where(Order.number == number)) is None:
            return number

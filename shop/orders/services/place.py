"""Placing an order. The caller owns the transaction."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from shop.booking import services as booking
from shop.booking.errors import DepartureClosed
from shop.booking.models import Booking
from shop.core.db import db
from shop.core.i18n import Language
from shop.core.ids import new_id
from shop.core.money import Money
from shop.core.plain import in_this_transaction
from shop.orders import rules
from shop.orders.errors import MixedCurrencies, TermsNotAccepted
from shop.orders.models import Order, OrderEvent
from shop.orders.ports import order_money
from shop.orders.services import settle
from shop.orders.services.show import OrderFolder, open_folder
from shop.orders.services.story import told
from shop.orders.terms import VERSION

# An order with the beginning of its story. One whose number is taken is not placed; then nothing is.
_PLACE = """
    WITH placed AS (
        INSERT INTO orders (id, number, customer_id, status, amount, currency, contact, terms_version, locale,
            created_at, expires_at)
        VALUES (%(id)s, %(number)s, %(customer_id)s, %(status)s, %(amount)s, %(currency)s, %(contact)s::jsonb,
            %(terms_version)s, %(locale)s, %(created_at)s, %(expires_at)s)
        ON CONFLICT (number) DO NOTHING
        RETURNING id
    ), told AS (
        INSERT INTO order_events (order_id, at, event, facts)
        SELECT id, %(at)s, %(event)s, %(facts)s::jsonb FROM placed
    )
    SELECT EXISTS (SELECT FROM date_choices WHERE booking_id = ANY(%(bookings)s)) AS with_choices FROM placed
"""


@dataclass(frozen=True)
class Placed:
    """An order that was just placed.

    Args:
        bookings: as `lock_held` gives them.
        with_choices: whether one of them was offered another date while it was held.
    """

    order: Order
    bookings: Sequence[Booking]
    told: OrderEvent
    with_choices: bool


def place_order(
    *,
    booking_ids: Sequence[UUID],
    customer_id: UUID,
    contact: Mapping[str, str],
    accept_terms: bool,
    locale: Language,
    hold: timedelta,
    now: datetime,
) -> Placed:
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
    bookings = booking.lock_held(booking_ids, customer_id=customer_id, hold=hold, now=now)
    for departure in {held.departure for held in bookings}:
        if departure.status == "cancelled" or departure.starts_at <= now:
            raise DepartureClosed(departure_status="cancelled" if departure.status == "cancelled" else "closed")
    if len({held.currency for held in bookings}) > 1:
        raise MixedCurrencies
    facts = {
        "id": new_id(),
        "customer_id": customer_id,
        "status": "pending",
        "amount": sum(held.amount for held in bookings),
        "currency": bookings[0].currency,
        "contact": dict(contact),
        "terms_version": VERSION,
        "locale": locale,
        "created_at": now,
        "expires_at": bookings[0].expires_at,
    }
    placed = _write_down(facts, bookings)
    booking.put_in_order(bookings, order_id=placed.order.id)
    if placed.order.amount == 0:
        settle.confirm(placed.order, "order.free", now=now)
    return placed


def place(**wanted: Any) -> Order:
    """The same as `place_order`, for who needs only the order."""
    return place_order(**wanted).order


def show_placed(placed: Placed) -> OrderFolder:
    """An order that was just placed, as its customer sees it; made of what is known, if nothing else can be."""
    order = placed.order
    if order.status != "pending" or placed.with_choices:
        return open_folder(order.id, customer_id=order.customer_id)
    set_committed_value(order, "bookings", placed.bookings)
    set_committed_value(order, "events", [placed.told])
    return OrderFolder(order, methods=order_money().methods(order))


def _write_down(facts: Mapping[str, Any], bookings: Sequence[Booking]) -> Placed:
    total = Money(facts["amount"], facts["currency"])
    begun = told(facts["id"], "order.placed", at=facts["created_at"], total=total, terms=facts["terms_version"])
    values = {
        **facts,
        "contact": json.dumps(facts["contact"]),
        "at": begun.at,
        "event": begun.event,
        "facts": json.dumps(begun.facts),
        "bookings": [held.id for held in bookings],
    }
    while True:
        number = rules.new_number()
        row = in_this_transaction(_PLACE, values | {"number": number}).one_or_none()
        if row is not None:
            order = Order(**facts, number=number, paid_at=None, ended_at=None, review_since=None, complement_until=None)
            make_transient_to_detached(order)
            db.session.add(order)
            return Placed(order, bookings, begun, row.with_choices)

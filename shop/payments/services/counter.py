"""Selling at the counter. The caller owns the transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from shop.booking import rules as booking_rules
from shop.booking import services as booking
from shop.booking.rules import Party
from shop.catalogue.models import Departure, Tour
from shop.catalogue.services import browse
from shop.core.db import db
from shop.core.i18n import Language
from shop.customers.services import new_at_counter
from shop.orders.models import Order
from shop.orders.services import place
from shop.payments.services.office import take_at_counter

MOST = 60
DAYS = 7
Means = Literal["cash", "free"]


def on_sale(*, day: datetime, now: datetime) -> Sequence[Departure]:
    """What the counter can still sell: departures of a week that have not started, by start, at most sixty.

    Args:
        day: from when on.
    """
    since = max(day, now)
    return db.session.scalars(
        sa.select(Departure)
        .join(Departure.tour)
        .where(
            Departure.tour_id.in_(sa.select(Tour.id).where(Tour.status == "published")),
            Departure.status == "open",
            Departure.starts_at > since,
            Departure.starts_at < since + timedelta(days=DAYS),
        )
        .options(contains_eager(Departure.tour).selectinload(Tour.units))
        .order_by(Departure.starts_at, Departure.id)
        .limit(MOST)
    ).all()


def price(departure_id: UUID, wanted: Mapping[str, int], *, now: datetime) -> tuple[Departure, Party]:
    """What a party would pay at a departure now; nothing is kept for it.

    Raises:
        DepartureNotFound: there is none of this id.
        UnknownUnit, PartySize: the tour does not admit this party.
        DepartureClosed: it is closed or cancelled, or has started.
    """
    departure = browse.get_departure(departure_id)
    party = booking_rules.assemble_party(departure, wanted)
    booking_rules.check_bookable(departure, now, cutoff=timedelta())
    return departure, party


def sell(
    *,
    departure_id: UUID,
    wanted: Mapping[str, int],
    contact: Mapping[str, str],
    locale: Language,
    means: Means,
    by: str,
    hold: timedelta,
    now: datetime,
) -> Order:
    """Sell seats to somebody at the counter, who has paid in cash, or is given them.

    The seats are taken by the same statement as everybody's, until the start.

    Args:
        means: `free` gives what there is to pay.
        by: who sells.

    Raises:
        DepartureNotFound, UnknownUnit, PartySize, DepartureClosed, SoldOut: by `hold_seats`.
    """
    customer = new_at_counter(locale=locale, now=now)
    held = booking.hold_seats(
        departure_id=departure_id,
        customer_id=customer.id,
        wanted=wanted,
        hold=hold,
        max_holds=1,
        now=now,
        until_start=True,
    )
    order = place.place(
        booking_ids=[held.id],
        customer_id=customer.id,
        contact=contact,
        accept_terms=True,
        locale=locale,
        hold=hold,
        now=now,
    )
    if order.status == "pending":
        take_at_counter(order, order.total, gateway=means, by=by, now=now)
    return order


def with_units(departure_id: UUID) -> Departure:
    """A departure with its tour and units, to choose from.

    Raises:
        DepartureNotFound: there is none.
    """
    return browse.get_departure(departure_id)

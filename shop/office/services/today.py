"""The next departures with who comes, in a number of queries that does not grow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from shop.booking.models import Booking
from shop.catalogue.models import Departure
from shop.core.db import db
from shop.orders.models import Ticket

DAYS = 4  # today and the three after it
MOST = 100


@dataclass(frozen=True)
class Expected:
    """One departure, and how many people it waits for."""

    departure: Departure
    people: int  # valid and redeemed tickets
    arrived: int
    held: int  # seats that somebody is about to pay

    @property
    def is_under_minimum(self) -> bool:
        """Whether it will be cancelled by itself unless more people come."""
        departure = self.departure
        taken = departure.seats_taken + departure.seats_blocked
        return departure.status == "open" and departure.assured_at is None and taken < departure.least


def next_departures(day: datetime, *, guide_id: UUID | None = None) -> Sequence[Expected]:
    """The departures of a day and the three after it, by start.

    Args:
        day: midnight on the clocks of the Office.
        guide_id: only those of this guide, and those nobody guides yet.
    """
    wanted = sa.select(Departure).where(Departure.starts_at >= day, Departure.starts_at < day + timedelta(days=DAYS))
    if guide_id is not None:
        wanted = wanted.where(sa.or_(Departure.guide_id == guide_id, Departure.guide_id.is_(None)))
    departures = db.session.scalars(
        wanted.order_by(Departure.starts_at, Departure.id)
        .options(selectinload(Departure.tour), joinedload(Departure.guide))
        .limit(MOST)
    ).all()
    ids = [departure.id for departure in departures]
    counted = _people(ids)
    held = _held(ids)
    return [
        Expected(departure, *counted.get(departure.id, (0, 0)), held.get(departure.id, 0)) for departure in departures
    ]


def _people(ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    rows = db.session.execute(
        sa.select(Booking.departure_id, sa.func.count(), sa.func.count().filter(Ticket.status == "redeemed"))
        .join(Ticket, Ticket.booking_id == Booking.id)
        .where(Booking.departure_id.in_(ids), Ticket.status != "void")
        .group_by(Booking.departure_id)
    )
    return {departure_id: (people, arrived) for departure_id, people, arrived in rows}


def _held(ids: Sequence[UUID]) -> dict[UUID, int]:
    rows = db.session.execute(
        sa.select(Booking.departure_id, sa.func.sum(Booking.seats))
        .where(Booking.departure_id.in_(ids), Booking.status == "held")
        .group_by(Booking.departure_id)
    )
    return {row[0]: row[1] for row in rows}

"""A minimum of people with a deadline, which confirms or cancels a departure by itself. The caller owns the
transaction.

Seats kept aside for groups count; seats that somebody is about to pay do not, but are waited for.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import sqlalchemy as sa

from shop.catalogue.errors import MinimumIncomplete
from shop.catalogue.models import Departure, Tour
from shop.catalogue.ports import sales
from shop.catalogue.services.calendar import get_tour
from shop.core.db import db
from shop.staff.services.attention import settle_attention, tell_staff

WARNING = timedelta(hours=24)  # before the deadline
BY_ITSELF = "shop"  # who cancelled
REASON = "minimum"
Decision = Literal["assured", "cancelled", "told", "mended"]


def departures_to_look_at(*, now: datetime) -> Sequence[UUID]:
    """Departures whose deadline has come, or comes within the time of the warning, and that are not decided."""
    own = Departure.minimum_seats.is_not(None)
    least = sa.case((own, Departure.minimum_seats), else_=Tour.minimum_seats)
    hours = sa.case((own, Departure.minimum_hours), else_=Tour.minimum_hours)
    deadline = Departure.starts_at - sa.func.make_interval(0, 0, 0, 0, sa.func.coalesce(hours, 0))
    return db.session.scalars(
        sa.select(Departure.id)
        .join(Tour, Tour.id == Departure.tour_id)
        .where(
            Departure.status != "cancelled",
            Departure.assured_at.is_(None),
            Departure.starts_at > now,
            least > 0,
            deadline <= now + WARNING,
        )
        .order_by(Departure.starts_at, Departure.id)
    ).all()


def decide(departure_id: UUID, *, now: datetime) -> Decision | None:
    """Confirm or cancel a departure whose deadline has come; before, tell the staff if it is under its minimum.

    Its row is locked, so nobody takes a seat between the count and the decision: who waits for one finds it cancelled.
    """
    departure = db.session.scalar(
        sa.select(Departure)
        .where(Departure.id == departure_id)
        .with_for_update(of=Departure, key_share=True)
        .execution_options(populate_existing=True)
    )
    if departure is None or departure.status == "cancelled" or departure.assured_at or departure.starts_at <= now:
        return None
    deadline = departure.decided_at
    if deadline is None or not departure.decides_itself:
        return None
    reached = departure.seats_taken + departure.seats_blocked >= departure.least
    if now < deadline:
        return _warn(departure, reached=reached, now=now)
    if not reached:
        departure.status, departure.cancelled_by, departure.cancelled_reason = "cancelled", BY_ITSELF, REASON
    elif sales().seats_confirmed([departure.id]).get(departure.id, 0) + departure.seats_blocked < departure.least:
        return None  # somebody is about to pay: looked at again
    else:
        departure.assured_at = now
    settle_attention("under-minimum", departure.spoken_name, now=now)
    return "assured" if reached else "cancelled"


def warnings_over(*, now: datetime) -> Sequence[Departure]:
    """Locked departures that the staff were told of and that were cancelled, or have started, since."""
    return db.session.scalars(
        sa.select(Departure)
        .where(
            Departure.minimum_told_at.is_not(None),
            sa.or_(Departure.status == "cancelled", Departure.starts_at <= now),
        )
        .order_by(Departure.id)
        .limit(200)
        .with_for_update(of=Departure, key_share=True, skip_locked=True)
    ).all()


def take_warnings_back(departures: Sequence[Departure], *, now: datetime) -> None:
    """Take locked departures off the list of what needs a decision."""
    for departure in departures:
        if departure.minimum_told_at is not None:
            departure.minimum_told_at = None
            settle_attention("under-minimum", departure.spoken_name, now=now)


def set_minimum(
    slug: str, *, seats: int | None, hours: int | None, now: datetime
) -> tuple[Tour, tuple[int | None, ...]]:
    """Give a tour's departures a minimum, but for those with one of their own; the tour, and what was said before.

    Raises:
        TourNotFound: there is no such tour.
        MinimumIncomplete: seats without hours, or hours without seats.
    """
    if (seats is None) != (hours is None):
        raise MinimumIncomplete
    tour = get_tour(slug, lock=True)
    before = (tour.minimum_seats, tour.minimum_hours)
    if before != (seats, hours):
        tour.minimum_seats, tour.minimum_hours, tour.minimum_at = seats, hours, now
        db.session.flush()
    return tour, before


def _warn(departure: Departure, *, reached: bool, now: datetime) -> Decision | None:
    if reached and departure.minimum_told_at:
        departure.minimum_told_at = None
        settle_attention("under-minimum", departure.spoken_name, now=now)
        return "mended"
    if reached or departure.minimum_told_at:
        return None
    departure.minimum_told_at = now
    taken = departure.seats_taken + departure.seats_blocked
    tell_staff("under-minimum", departure.spoken_name, now=now, taken=taken, least=departure.least)
    return "told"

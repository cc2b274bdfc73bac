"""Making departures, one or a series, and changing them: one, this and the following, or all. The caller owns the
transaction.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from shop.catalogue import rules
from shop.catalogue.errors import (
    CapacityTaken,
    DatesNotPossible,
    DepartureBooked,
    DepartureChanged,
    DepartureExists,
    DepartureNotFound,
    DepartureOver,
    MinimumIncomplete,
    NoDates,
    NoSuchTime,
)
from shop.catalogue.models import Departure, DeparturePrice, Tour
from shop.catalogue.ports import sales
from shop.catalogue.services import minimum
from shop.catalogue.services.guides import get_guide
from shop.core.db import db
from shop.core.i18n import Text
from shop.core.ids import new_id

Scope = Literal["one", "following", "all"]
MOST_NAMED = 10  # bookings in the way, of one departure


@dataclass(frozen=True)
class Planned:
    """A date that a rule gives, and what keeps it from being made."""

    local: datetime
    moment: datetime | None  # None if the clocks skip it
    obstacle: Literal["past", "holiday", "day_off", "exists", "no_time"] | None
    holiday: Text | None = None


def starts(
    day: date,
    hour: time,
    *,
    days: Sequence[str] = (),
    every: int = 1,
    count: int | None = None,
    until: date | None = None,
) -> list[datetime]:
    """The local starts of one date, or of a weekly series that has an end.

    Args:
        days: of the week, MO, TU …; none: the one date only.
        every: how many weeks from one to the next.

    Raises:
        DatesNotPossible: there are none, or too many.
    """
    first = datetime.combine(day, hour)
    if not days:
        return [first]
    try:
        return rules.expand(rules.weekly(days, every=every, count=count, until=until), first)
    except rules.RuleMistaken:
        raise DatesNotPossible from None


def plan(
    tour: Tour,
    *,
    starts: Sequence[datetime],
    language: str,
    without_holidays: bool,
    days_off: Collection[date],
    now: datetime,
) -> list[Planned]:
    """What would be made of some local starts.

    Args:
        starts: naive, on the clocks of the tour's place.
    """
    closed = rules.public_holidays({start.year for start in starts}) if without_holidays else {}
    moments = {start: _moment(start, tour) for start in starts}
    known = set(
        db.session.scalars(
            sa.select(Departure.starts_at).where(
                Departure.tour_id == tour.id,
                Departure.language == language,
                Departure.starts_at.in_([moment for moment in moments.values() if moment]),
            )
        )
    )
    planned = []
    for start in starts:
        moment, holiday = moments[start], closed.get(start.date())
        obstacle: Any = None
        if moment is None:
            obstacle = "no_time"
        elif moment <= now:
            obstacle = "past"
        elif holiday is not None:
            obstacle = "holiday"
        elif start.date() in days_off:
            obstacle = "day_off"
        elif moment in known:
            obstacle = "exists"
        planned.append(Planned(start, moment, obstacle, holiday))
    return planned


def create(
    tour: Tour,
    planned: Sequence[Planned],
    *,
    language: str,
    capacity: int,
    guide_id: UUID | None,
    now: datetime,
) -> Sequence[Departure]:
    """Make the dates that nothing stands against; more than one are a series.

    Raises:
        NoDates: none is left, or somebody else has just made them.
        NotAGuide: the guide is none.
    """
    free = [one.moment for one in planned if one.obstacle is None]
    if guide_id is not None:
        get_guide(guide_id)
    facts = {
        "tour_id": tour.id,
        "language": language,
        "capacity": capacity,
        "guide_id": guide_id,
        "minimum_at": now,
        "series_id": new_id() if len(free) > 1 else None,
        "status": "open",
    }
    if not free:
        raise NoDates
    made = db.session.scalars(
        insert(Departure)
        .values([{"id": new_id(), "starts_at": moment, **facts} for moment in free])
        .on_conflict_do_nothing(index_elements=["tour_id", "starts_at", "language"])
        .returning(Departure.id)
    ).all()
    if not made:
        raise NoDates
    return db.session.scalars(sa.select(Departure).where(Departure.id.in_(made)).order_by(Departure.starts_at)).all()


def values_of(departure: Departure) -> dict[str, Any]:
    """What can be changed of a departure, as it stands."""
    own = departure.minimum_seats is not None
    return {
        "time": departure.local_start.time().replace(second=0, microsecond=0),  # as the form tells it
        "capacity": departure.capacity,
        "language": departure.language,
        "guide_id": departure.guide_id,
        "minimum": (departure.minimum_seats, departure.minimum_hours) if own else None,
        "prices": {own.unit_id: own.price for own in departure.prices},
    }


def stamp(departure: Departure) -> str:
    """What a page keeps of a departure, to notice that somebody else changed it since."""
    values = values_of(departure)
    values["prices"] = sorted(values["prices"].items())
    return hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Change:
    """What was done: of what, from what to what, at how many departures."""

    departure: Departure
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    count: int


def change(*, departure_id: UUID, scope: Scope, seen: str, wanted: Mapping[str, Any], now: datetime) -> Change:
    """Change a departure, and with it others of its series: what is given otherwise than it stands, and no more.

    Args:
        scope: this one, this and the following ones of its series, or all of the series that are still to come.
        seen: its stamp when the page was opened.
        wanted: all of values_of().

    Raises:
        DepartureNotFound: there is none of this id.
        DepartureOver: it is cancelled or has started.
        DepartureChanged: somebody else changed it since.
        CapacityTaken, DepartureBooked, DepartureExists, NoSuchTime, NotAGuide, MinimumIncomplete: as they say.
    """
    chosen = _lock(departure_id, scope, now)
    this = next((one for one in chosen if one.id == departure_id), None)
    if this is None:
        raise DepartureOver
    if stamp(this) != seen:
        raise DepartureChanged
    was = values_of(this)
    changed = {name: wanted[name] for name in was if wanted[name] != was[name]}
    _refuse_what_cannot_be(chosen, changed)
    if changed.keys() & {"time", "language", "minimum"}:
        minimum.take_warnings_back(chosen, now=now)  # told under another name, or of another number
    with db.session.begin_nested() as savepoint:
        for one in chosen:
            _apply(one, changed, now)
        try:
            db.session.flush()
        except IntegrityError:
            savepoint.rollback()
            raise DepartureExists from None
    return Change(this, {name: was[name] for name in changed}, changed, len(chosen))


def set_sales(ids: Collection[UUID], *, status: Literal["open", "closed"], now: datetime) -> Sequence[Departure]:
    """Open or close the sales of some departures; those that were otherwise before. What is over stays as it is."""
    found = db.session.scalars(
        sa.select(Departure)
        .where(
            Departure.id.in_(ids),
            Departure.status == ("closed" if status == "open" else "open"),
            Departure.starts_at > now,
        )
        .order_by(Departure.id)
        .with_for_update(of=Departure, key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    for departure in found:
        departure.status = status
    db.session.flush()
    return found


def _lock(departure_id: UUID, scope: Scope, now: datetime) -> Sequence[Departure]:
    place = db.session.execute(
        sa.select(Departure.series_id, Departure.starts_at).where(Departure.id == departure_id)
    ).one_or_none()
    if place is None:
        raise DepartureNotFound
    chosen = [Departure.id == departure_id]
    if scope != "one" and place.series_id is not None:
        chosen = [Departure.series_id == place.series_id]
        if scope == "following":
            chosen.append(Departure.starts_at >= place.starts_at)
    return db.session.scalars(
        sa.select(Departure)
        .where(*chosen, Departure.status != "cancelled", Departure.starts_at > now)
        .order_by(Departure.id)
        .with_for_update(of=Departure, key_share=True)
        .options(selectinload(Departure.prices))
        .execution_options(populate_existing=True)
    ).all()


def _refuse_what_cannot_be(chosen: Sequence[Departure], changed: Mapping[str, Any]) -> None:
    if "capacity" in changed:
        full = [one for one in chosen if changed["capacity"] < one.seats_taken + one.seats_blocked]
        if full:
            raise CapacityTaken(places=_in_the_way(full))
    if "time" in changed or "language" in changed:
        booked = [one for one in chosen if one.seats_taken]
        if booked:
            raise DepartureBooked(places=_in_the_way(booked))
    if changed.get("guide_id") is not None:
        get_guide(changed["guide_id"])
    if changed.get("minimum"):
        seats, hours = changed["minimum"]
        if (seats and hours is None) or seats > min(changed.get("capacity", one.capacity) for one in chosen):
            raise MinimumIncomplete


def _in_the_way(departures: Sequence[Departure]) -> str:
    """Which bookings: `2027-05-01 14:30: 3 + 2 (id, id …)`, seats taken and blocked."""
    told = []
    for one in sorted(departures, key=lambda one: one.starts_at)[:MOST_NAMED]:
        ids = sales().bookings_of_departure(one.id)
        named = ", ".join(ids[:MOST_NAMED]) + (" …" if len(ids) > MOST_NAMED else "")
        blocked = f" + {one.seats_blocked}" if one.seats_blocked else ""
        told.append(f"{one.local_start:%Y-%m-%d %H:%M}: {one.seats_taken}{blocked}" + (f" ({named})" if named else ""))
    return "; ".join(told) + (" …" if len(departures) > MOST_NAMED else "")


def _apply(one: Departure, changed: Mapping[str, Any], now: datetime) -> None:
    if "time" in changed:
        one.starts_at = _at(one, changed["time"], now)
    for name in ("capacity", "language", "guide_id"):
        if name in changed:
            setattr(one, name, changed[name])
    if "minimum" in changed:
        one.minimum_seats, one.minimum_hours = changed["minimum"] or (None, None)
    if "minimum" in changed or "time" in changed:
        one.minimum_at, one.assured_at = now, None
    if "prices" in changed:
        kept = {own.unit_id: own for own in one.prices}
        one.prices = [kept.get(unit_id) or DeparturePrice(unit_id=unit_id) for unit_id in changed["prices"]]
        for own in one.prices:
            own.price = changed["prices"][own.unit_id]
    if changed:
        one.offer += 1  # who is taking seats this moment looks again


def _at(one: Departure, hour: time, now: datetime) -> datetime:
    local = datetime.combine(one.local_start.date(), hour)
    moment = _moment(local, one.tour)
    if moment is None:
        raise NoSuchTime(when=f"{local:%Y-%m-%d %H:%M}")
    if moment <= now:
        raise DepartureOver
    return moment


def _moment(local: datetime, tour: Tour) -> datetime | None:
    try:
        return rules.to_instant(local, tour.zone)
    except rules.RuleMistaken:
        return None

"""A tour's entry, of a file or of a form: written onto the tour under its locks, and read from it."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from shop.catalogue import rules
from shop.catalogue.models import Departure, DeparturePrice, Tour, Unit
from shop.catalogue.ports import sales
from shop.core.db import db

Refuse = Callable[[int, list[str], Sequence[str]], None]  # position, fields that change, bookings

# Fields of an entry that are columns of the same name; where one is absent, the tour keeps what it has.
_TOUR_FIELDS = {
    "status",
    "title",
    "summary",
    "description",
    "accessibility",
    "themes",
    "guide_languages",
    "duration_minutes",
    "meeting_point",
    "cancellation",
}
_MEANING = ("kind", "seats", "min_age", "max_age")


def lock_tours(which: sa.ColumnElement[bool]) -> Sequence[Tour]:
    """Take what a change of some tours touches, in the order everybody takes it, so that nobody waits in a circle.

    A hold that read the offer before and waits for one of these departures finds a newer offer, and reads it again.
    The tours come last and keep new departures of theirs waiting; those that came just before are taken as well.

    Returns:
        The tours as they are now, with their units.
    """
    of_them = Departure.tour_id.in_(sa.select(Tour.id).where(which))
    locked = _renew_offers(of_them)
    tours = db.session.scalars(
        sa.select(Tour)
        .where(which)
        .order_by(Tour.id)
        .options(selectinload(Tour.units))
        .with_for_update(of=Tour)
        .execution_options(populate_existing=True)
    ).all()
    _renew_offers(of_them & Departure.id.not_in(locked))
    return tours


def _renew_offers(which: sa.ColumnElement[bool]) -> Sequence[UUID]:
    locked = db.session.scalars(
        sa.select(Departure.id).where(which).order_by(Departure.id).with_for_update(of=Departure, key_share=True)
    ).all()
    if locked:
        db.session.execute(
            sa.update(Departure)
            .where(Departure.id.in_(locked))
            .values(offer=Departure.offer + 1)
            .execution_options(synchronize_session=False)
        )
    return locked


def write_tour(tour: Tour, entry: dict[str, Any]) -> None:
    """Give a tour what its entry says of it; not its picture, units and departures."""
    for name in _TOUR_FIELDS & entry.keys():
        setattr(tour, name, entry[name])
    tour.title_words = rules.title_words(tour.title)
    for name, value in entry["booking"].items():
        setattr(tour, name, value)
    say_minimum(tour, entry)


def write_units(tour: Tour, entries: Sequence[dict[str, Any]], refuse: Refuse, *, gone: Sequence[str] = ()) -> None:
    """Give a tour the units of its entry, in their order; others it has stay behind them.

    Args:
        refuse: called for each unit that was sold with another meaning than its entry gives it; it stays as it is.
        gone: codes of units to take away.
    """
    known = {unit.code: unit for unit in tour.units}
    for position, entry in enumerate(entries):
        unit = known.get(entry["code"])
        meaning = {name: entry.get(name) for name in _MEANING}
        if unit is None:
            unit = Unit(code=entry["code"])
            tour.units.append(unit)
        else:
            changed = [name for name, value in meaning.items() if getattr(unit, name) != value]
            bookings = sales().bookings_of_unit(unit.id) if changed else []
            if bookings:
                refuse(position, changed, bookings)
                continue
        for name, value in meaning.items():
            setattr(unit, name, value)
        unit.label, unit.price, unit.vat, unit.position = (
            entry["label"],
            entry["price"],
            entry["vat"],
            position,
        )
    for position, code in enumerate(gone, len(entries)):
        if code in known:
            _take_away(known[code], refuse, position)
    db.session.flush()


def _take_away(unit: Unit, refuse: Refuse, position: int) -> None:
    if bookings := sales().bookings_of_unit(unit.id):
        refuse(position, ["code"], bookings)
        return
    db.session.execute(sa.delete(DeparturePrice).where(DeparturePrice.unit_id == unit.id))
    db.session.delete(unit)
    db.session.flush()
    db.session.expire(unit.tour, ["units"])


def tour_entry(tour: Tour) -> dict[str, Any]:
    """A tour as an entry of the catalogue file, without departures."""
    entry: dict[str, Any] = {
        "slug": tour.slug,
        "status": tour.status,
        "title": tour.title,
        "summary": tour.summary,
        "description": tour.description,
        "themes": list(tour.themes),
        "duration_minutes": tour.duration_minutes,
        "guide_languages": list(tour.guide_languages),
        "meeting_point": tour.meeting_point,
    }
    if tour.image_file:
        entry["image"] = {"file": tour.image_file, "alt": tour.image_alt}
    if tour.accessibility:
        entry["accessibility"] = tour.accessibility
    entry["booking"] = {name: getattr(tour, name) for name in ("min_party", "max_party", "cutoff_minutes")}
    entry["cancellation"] = tour.cancellation
    entry |= minimum_entry(tour)
    entry["units"] = [_unit_entry(unit) for unit in sorted(tour.units, key=lambda unit: unit.position)]
    return entry


def snapshot(tour: Tour) -> dict[str, Any]:
    """A tour as its versions keep it: its entry, and which picture it was."""
    entry = tour_entry(tour)
    if tour.image_digest:
        entry["image"] = {**entry.get("image", {}), "digest": tour.image_digest}
    return entry


def _unit_entry(unit: Unit) -> dict[str, Any]:
    names = ("code", "kind", "label", "price", "vat", "seats", "min_age", "max_age")
    return {name: getattr(unit, name) for name in names if getattr(unit, name) is not None}


def say_minimum(of: Tour | Departure, entry: dict[str, Any]) -> None:
    """What is said anew counts from now on: nothing is cancelled for a deadline that had passed before."""
    said = entry.get("minimum")
    if said and (of.minimum_seats, of.minimum_hours) != (said["seats"], said["hours"]):
        of.minimum_seats, of.minimum_hours = said["seats"], said["hours"]
        of.minimum_at = sa.func.now()


def minimum_entry(of: Tour | Departure) -> dict[str, Any]:
    """The minimum of a tour or a departure as the file says it; nothing if there is none."""
    if of.minimum_seats is None:
        return {}
    return {"minimum": {"seats": of.minimum_seats, "hours": of.minimum_hours or 0}}

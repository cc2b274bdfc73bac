"""The catalogue from and to a file. All or nothing; what is absent from a later import stays as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from shop.catalogue import file, rules
from shop.catalogue.errors import CatalogueMistaken
from shop.catalogue.file import CatalogueContent, Place
from shop.catalogue.models import Departure, DeparturePrice, Tour, Unit
from shop.catalogue.pictures import keep_picture
from shop.catalogue.ports import sales
from shop.core.db import db
from shop.core.i18n import Text

_TAKEN = Text(
    fr="{taken} places sont déjà prises ; réservations : {bookings}",
    zh="已有 {taken} 个座位被占用；预订：{bookings}",
    en="{taken} seats are taken already; bookings: {bookings}",
)
_BLOCKED = Text(
    fr="{taken} places sont déjà prises et {blocked} bloquées ; réservations : {bookings}",
    zh="已有 {taken} 个座位被占用、{blocked} 个被保留；预订：{bookings}",
    en="{taken} seats are taken already and {blocked} blocked; bookings: {bookings}",
)
_NO_UNIT = Text(fr="La visite n’a pas ce tarif.", zh="该游览没有此票种。", en="The tour has no such unit.")
_SOLD_UNIT = Text(
    fr="Ce tarif a déjà été vendu avec un autre sens ({fields}) ; réservations : {bookings}",
    zh="该票种已按其他含义售出（{fields}）；预订：{bookings}",
    en="This unit was already sold with another meaning ({fields}); bookings: {bookings}",
)
_SOLD_TOUR = Text(
    fr="La monnaie ou le fuseau horaire d’une visite déjà publiée ne change pas.",
    zh="已发布游览项目的币种或时区不能更改。",
    en="The currency or time zone of a tour that exists does not change.",
)
_SAME_START = Text(
    fr="Ce départ est déjà donné plus haut, autrement.",
    zh="该场次已在前面以不同内容给出。",
    en="This departure is already given above, differently.",
)

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


@dataclass
class ImportReport:
    """What an import did."""

    tours: int = 0
    departures: int = 0


def import_catalogue(content: CatalogueContent) -> ImportReport:
    """Bring the catalogue to what a file says.

    Raises:
        CatalogueMistaken: something in it contradicts what was sold; the caller's transaction must be given up.
    """
    _lock_departures([entry["slug"] for entry in content.tours])
    report = ImportReport()
    for index, entry in enumerate(content.tours):
        place: Place = ("tours", index)
        tour = _import_tour(content, entry, place)
        _import_units(content, tour, entry["units"], place)
        report.tours += 1
        report.departures += _import_departures(content, tour, entry["departures"], place)
    if content.mistakes.found:
        raise CatalogueMistaken(mistakes=[str(mistake) for mistake in content.mistakes.found])
    return report


def export_catalogue(timezone: str, currency: str) -> list[dict[str, Any]]:
    """The tours of one time zone and currency with every departure, as entries of a catalogue file."""
    told = (Tour.timezone == timezone, Tour.currency == currency)
    tours = db.session.scalars(sa.select(Tour).where(*told).order_by(Tour.id).options(selectinload(Tour.units))).all()
    departures: dict[UUID, list[Departure]] = {tour.id: [] for tour in tours}
    ordered = sa.select(Departure).join(Departure.tour).where(*told).order_by(Departure.starts_at, Departure.id)
    ordered = ordered.options(selectinload(Departure.prices))
    for departure in db.session.scalars(ordered):
        departures[departure.tour_id].append(departure)
    return [_tour_entry(tour, departures[tour.id]) for tour in tours]


def catalogue_is_empty() -> bool:
    """Whether the shop has no tour at all."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Tour)) == 0


def catalogue_terms() -> Sequence[tuple[str, str]]:
    """The time zones and currencies of the catalogue, those of most tours first; one file tells tours of one pair."""
    rows = db.session.execute(
        sa.select(Tour.timezone, Tour.currency)
        .group_by(Tour.timezone, Tour.currency)
        .order_by(sa.func.count().desc(), Tour.currency, Tour.timezone)
    )
    return [(timezone, currency) for timezone, currency in rows] or [("Europe/Paris", "EUR")]


def _lock_departures(slugs: Sequence[str]) -> None:
    """Take the rows this import may touch in the order everybody takes them, so that nobody waits in a circle.

    A hold that read the offer before and waits for one of these rows finds a newer offer, and reads it again.
    """
    locked = db.session.scalars(
        sa.select(Departure.id)
        .join(Tour, Tour.id == Departure.tour_id)
        .where(Tour.slug.in_(slugs))
        .order_by(Departure.id)
        .with_for_update(of=Departure, key_share=True)
    ).all()
    db.session.execute(
        sa.update(Departure)
        .where(Departure.id.in_(locked))
        .values(offer=Departure.offer + 1)
        .execution_options(synchronize_session=False)
    )


def _import_tour(content: CatalogueContent, entry: dict[str, Any], place: Place) -> Tour:
    tour = db.session.scalar(sa.select(Tour).where(Tour.slug == entry["slug"]))
    if tour is None:
        tour = Tour(slug=entry["slug"], status=entry.get("status", "published"), units=[], cancellation=[])
        tour.timezone, tour.currency = content.timezone, content.currency
        db.session.add(tour)
    elif (tour.timezone, tour.currency) != (content.timezone, content.currency):
        content.mistakes.add((*place, "slug"), _SOLD_TOUR)
    for name in _TOUR_FIELDS & entry.keys():
        setattr(tour, name, entry[name])
    tour.title_words = rules.title_words(tour.title)
    for name, value in entry["booking"].items():
        setattr(tour, name, value)
    _set_minimum(tour, entry)
    if "image" in entry:
        keep_picture(content, tour, entry["image"], (*place, "image", "file"))
    db.session.flush()
    return tour


def _import_units(content: CatalogueContent, tour: Tour, entries: list[dict[str, Any]], place: Place) -> None:
    known = {unit.code: unit for unit in tour.units}
    for position, entry in enumerate(entries):
        unit = known.get(entry["code"])
        meaning = {name: entry.get(name) for name in ("kind", "seats", "min_age", "max_age")}
        if unit is None:
            unit = Unit(code=entry["code"])
            tour.units.append(unit)
        else:
            changed = [name for name, value in meaning.items() if getattr(unit, name) != value]
            bookings = sales().bookings_of_unit(unit.id) if changed else []
            if bookings:
                facts = {"fields": ", ".join(changed), "bookings": ", ".join(bookings)}
                content.mistakes.add((*place, "units", position, changed[0]), _SOLD_UNIT, **facts)
                continue
        for name, value in meaning.items():
            setattr(unit, name, value)
        unit.label, unit.price, unit.vat, unit.position = (
            entry["label"],
            entry["price"],
            entry["vat"],
            position,
        )
    db.session.flush()


def _import_departures(content: CatalogueContent, tour: Tour, entries: list[dict[str, Any]], place: Place) -> int:
    zone = ZoneInfo(content.timezone)
    known = {
        (departure.starts_at, departure.language): departure
        for departure in db.session.scalars(
            sa.select(Departure).where(Departure.tour_id == tour.id).options(selectinload(Departure.prices))
        )
    }
    units = {unit.code: unit.id for unit in tour.units}
    given: dict[tuple[datetime, str], dict[str, Any]] = {}
    for index, entry in enumerate(entries):
        here = (*place, "departures", index)
        try:
            moments = [rules.to_instant(start, zone) for start in file.starts(entry)]
        except rules.RuleMistaken as error:
            content.mistakes.add((*here, "rrule" if "rrule" in entry else "starts_at"), error.text)
            continue
        for moment in moments:
            key = (moment, entry["language"])
            said = {name: entry.get(name) for name in ("capacity", "status", "prices", "minimum")}
            if given.setdefault(key, said) != said:
                content.mistakes.add((*here, "starts_at"), _SAME_START)
            elif key not in known:
                known[key] = _new_departure(tour, moment, entry)
            elif not _change_departure(known[key], entry):
                _tell_who_stands_in_the_way(content, known[key], (*here, "capacity"))
            if "prices" in entry:
                _set_prices(content, known[key], entry["prices"], units, (*here, "prices"))
    db.session.flush()
    return len(given)


def _new_departure(tour: Tour, moment: datetime, entry: dict[str, Any]) -> Departure:
    departure = Departure(
        tour_id=tour.id,
        starts_at=moment,
        language=entry["language"],
        capacity=entry["capacity"],
        seats_taken=0,
        status=entry.get("status", "open"),
        minimum_at=sa.func.now(),
    )
    _set_minimum(departure, entry)
    db.session.add(departure)
    return departure


def _change_departure(departure: Departure, entry: dict[str, Any]) -> bool:
    """Change what the entry says and no more; its rows are locked, so the counter read is the counter."""
    if entry["capacity"] < departure.seats_taken + departure.seats_blocked:
        return False
    departure.capacity = entry["capacity"]
    departure.status = entry.get("status", departure.status)
    _set_minimum(departure, entry)
    return True


def _set_minimum(of: Tour | Departure, entry: dict[str, Any]) -> None:
    """What is said anew counts from now on: nothing is cancelled for a deadline that had passed before."""
    said = entry.get("minimum")
    if said and (of.minimum_seats, of.minimum_hours) != (said["seats"], said["hours"]):
        of.minimum_seats, of.minimum_hours = said["seats"], said["hours"]
        of.minimum_at = sa.func.now()


def _set_prices(
    content: CatalogueContent, departure: Departure, said: dict[str, int], units: dict[str, UUID], place: Place
) -> None:
    """Prices of one departure are given as a whole."""
    for code in said.keys() - units.keys():
        content.mistakes.add((*place, code), _NO_UNIT)
    wanted = {units[code]: price for code, price in said.items() if code in units}
    if wanted != {own.unit_id: own.price for own in departure.prices}:
        kept = {own.unit_id: own for own in departure.prices}
        departure.prices = [kept.get(unit_id) or DeparturePrice(unit_id=unit_id) for unit_id in wanted]
        for own in departure.prices:
            own.price = wanted[own.unit_id]


def _tell_who_stands_in_the_way(content: CatalogueContent, departure: Departure, place: Place) -> None:
    bookings = ", ".join(sales().bookings_of_departure(departure.id))
    facts = {"taken": departure.seats_taken, "bookings": bookings}
    if departure.seats_blocked:
        content.mistakes.add(place, _BLOCKED, blocked=departure.seats_blocked, **facts)
    else:
        content.mistakes.add(place, _TAKEN, **facts)


def _tour_entry(tour: Tour, departures: Sequence[Departure]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "slug": tour.slug,
        "status": tour.status,
        "title": tour.title,
        "summary": tour.summary,
        "description": tour.description,
        "themes": tour.themes,
        "duration_minutes": tour.duration_minutes,
        "guide_languages": tour.guide_languages,
        "meeting_point": tour.meeting_point,
    }
    if tour.image_file:
        entry["image"] = {"file": tour.image_file, "alt": tour.image_alt}
    if tour.accessibility:
        entry["accessibility"] = tour.accessibility
    entry["booking"] = {name: getattr(tour, name) for name in ("min_party", "max_party", "cutoff_minutes")}
    entry["cancellation"] = tour.cancellation
    entry |= _minimum_entry(tour)
    entry["units"] = [_unit_entry(unit) for unit in tour.units]
    entry["departures"] = [_departure_entry(departure) for departure in departures]
    return entry


def _unit_entry(unit: Unit) -> dict[str, Any]:
    names = ("code", "kind", "label", "price", "vat", "seats", "min_age", "max_age")
    return {name: getattr(unit, name) for name in names if getattr(unit, name) is not None}


def _departure_entry(departure: Departure) -> dict[str, Any]:
    entry = {
        "starts_at": departure.local_start.strftime("%Y-%m-%dT%H:%M"),
        "capacity": departure.capacity,
        "language": departure.language,
        "status": departure.status,
    }
    if departure.prices:
        entry["prices"] = {own.code: own.price for own in sorted(departure.prices, key=lambda own: own.code)}
    return entry | _minimum_entry(departure)


def _minimum_entry(of: Tour | Departure) -> dict[str, Any]:
    if of.minimum_seats is None:
        return {}
    return {"minimum": {"seats": of.minimum_seats, "hours": of.minimum_hours or 0}}

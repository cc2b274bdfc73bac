"""The catalogue from and to a file. All or nothing; what is absent from a later import stays as it is."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import lazyload, selectinload

from shop.catalogue import file, rules
from shop.catalogue.errors import CatalogueMistaken
from shop.catalogue.file import CatalogueContent, Place
from shop.catalogue.models import Departure, DeparturePrice, Tour
from shop.catalogue.pictures import keep_picture
from shop.catalogue.ports import sales
from shop.catalogue.rules import Difference
from shop.catalogue.services import versions
from shop.catalogue.services.entries import (
    lock_tours,
    minimum_entry,
    say_minimum,
    snapshot,
    tour_entry,
    write_tour,
    write_units,
)
from shop.core.db import db
from shop.core.i18n import Text

_TAKEN = Text(
    fr="{taken} places sont déjà prises ; réservations : {bookings}",
    zh="已有 {taken} 个座位被占用；预订：{bookings}",
    en="{taken} seats are taken already; bookings: {bookings}",
)
_CANCELLED_ELSEWHERE = Text(
    fr="Des places sont prises : annulez cette date depuis sa page, où l’on voit qui est concerné et combien repart.",
    zh="已有座位被占用：请在该场次页面取消，以便查看涉及的人员和退款金额。",
    en="Seats are taken: cancel this date on its page, which shows who is concerned and how much goes back.",
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


@dataclass
class ImportReport:
    """What an import did."""

    tours: int = 0
    departures: int = 0
    new_departures: int = 0
    changed_departures: int = 0
    new: list[str] = field(default_factory=list)  # slugs
    changes: dict[str, list[Difference]] = field(default_factory=dict)  # by slug


class _OnlyRehearsed(Exception):
    """Undoes a rehearsal."""


def import_catalogue(
    content: CatalogueContent, *, now: datetime, who: str | None = None, may_cancel: bool = True
) -> ImportReport:
    """Bring the catalogue to what a file says.

    Args:
        who: of the staff; None from the command line.
        may_cancel: whether dates that somebody has booked may be cancelled by it: their money goes back.

    Raises:
        CatalogueMistaken: something in it contradicts what was sold; the caller's transaction must be given up.
    """
    known = lock_tours(Tour.slug.in_([entry["slug"] for entry in content.tours]))
    before = {tour.slug: snapshot(tour) for tour in known}
    report = ImportReport()
    for index, entry in enumerate(content.tours):
        place: Place = ("tours", index)
        tour = _import_tour(content, entry, place)
        _import_units(content, tour, entry["units"], place)
        report.tours += 1
        _import_departures(content, tour, entry["departures"], place, report, may_cancel=may_cancel)
        if not content.mistakes.found:
            changed = versions.keep(tour, before.get(tour.slug), "imported", who=who, now=now)
            report.changes[tour.slug] = changed
            report.new += [tour.slug] * (tour.slug not in before)
    if content.mistakes.found:
        raise CatalogueMistaken(mistakes=[str(mistake) for mistake in content.mistakes.found])
    return report


def export_catalogue(timezone: str, currency: str) -> list[dict[str, Any]]:
    """The tours of one time zone and currency with every departure, as entries of a catalogue file."""
    told = (Tour.timezone == timezone, Tour.currency == currency)
    tours = db.session.scalars(sa.select(Tour).where(*told).order_by(Tour.id).options(selectinload(Tour.units))).all()
    departures: dict[UUID, list[Departure]] = {tour.id: [] for tour in tours}
    ordered = sa.select(Departure).join(Departure.tour).where(*told).order_by(Departure.starts_at, Departure.id)
    # Their tours are at hand, and few have prices of their own.
    for departure in db.session.scalars(ordered.options(lazyload(Departure.tour))):
        departures[departure.tour_id].append(departure)
    own: dict[UUID, list[DeparturePrice]] = defaultdict(list)
    prices = sa.select(DeparturePrice).join(DeparturePrice.departure).join(Departure.tour).where(*told)
    for price in db.session.scalars(prices):
        own[price.departure_id].append(price)
    return [
        tour_entry(tour) | {"departures": [_departure_entry(one, own.get(one.id, ())) for one in departures[tour.id]]}
        for tour in tours
        if not rules.missing(tour_entry(tour))
    ]


def left_out(timezone: str, currency: str) -> Sequence[str]:
    """The tours of one time zone and currency that lack what a file must have, by slug."""
    told = (Tour.timezone == timezone, Tour.currency == currency)
    tours = db.session.scalars(sa.select(Tour).where(*told).order_by(Tour.slug).options(selectinload(Tour.units)))
    return [tour.slug for tour in tours if rules.missing(tour_entry(tour))]


def rehearse_import(content: CatalogueContent, *, now: datetime, may_cancel: bool = True) -> ImportReport:
    """What an import would do: it is done, and undone. Nothing is kept.

    Raises:
        CatalogueMistaken: as the import.
    """
    try:
        with db.session.begin_nested():
            report = import_catalogue(content, now=now, may_cancel=may_cancel)
            raise _OnlyRehearsed
    except _OnlyRehearsed:
        db.session.expire_all()
    return report


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


def _import_tour(content: CatalogueContent, entry: dict[str, Any], place: Place) -> Tour:
    tour = db.session.scalar(sa.select(Tour).where(Tour.slug == entry["slug"]))
    if tour is None:
        tour = Tour(slug=entry["slug"], status=entry.get("status", "published"), units=[], cancellation=[])
        tour.timezone, tour.currency = content.timezone, content.currency
        db.session.add(tour)
    elif (tour.timezone, tour.currency) != (content.timezone, content.currency):
        content.mistakes.add((*place, "slug"), _SOLD_TOUR)
    write_tour(tour, entry)
    if "image" in entry:
        keep_picture(content, tour, entry["image"], (*place, "image", "file"))
    db.session.flush()
    return tour


def _import_units(content: CatalogueContent, tour: Tour, entries: list[dict[str, Any]], place: Place) -> None:
    def refuse(position: int, changed: list[str], bookings: Sequence[str]) -> None:
        facts = {"fields": ", ".join(changed), "bookings": ", ".join(bookings)}
        content.mistakes.add((*place, "units", position, changed[0]), _SOLD_UNIT, **facts)

    write_units(tour, entries, refuse)


def _import_departures(
    content: CatalogueContent,
    tour: Tour,
    entries: list[dict[str, Any]],
    place: Place,
    report: ImportReport,
    *,
    may_cancel: bool,
) -> None:
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
                report.new_departures += 1
            elif not may_cancel and _would_cancel(known[key], entry):
                content.mistakes.add((*here, "status"), _CANCELLED_ELSEWHERE)
            elif not _change_departure(known[key], entry):
                _tell_who_stands_in_the_way(content, known[key], (*here, "capacity"))
            if "prices" in entry:
                _set_prices(content, known[key], entry["prices"], units, (*here, "prices"))
    report.changed_departures += sum(
        isinstance(row, Departure) and db.session.is_modified(row) for row in db.session.dirty
    )
    db.session.flush()
    report.departures += len(given)


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
    say_minimum(departure, entry)
    db.session.add(departure)
    return departure


def _change_departure(departure: Departure, entry: dict[str, Any]) -> bool:
    """Change what the entry says and no more; its rows are locked, so the counter read is the counter."""
    if entry["capacity"] < departure.seats_taken + departure.seats_blocked:
        return False
    departure.capacity = entry["capacity"]
    if departure.cancelled_by is None:  # what the staff or its minimum cancelled was told to people: it stays so
        departure.status = entry.get("status", departure.status)
    say_minimum(departure, entry)
    return True


def _would_cancel(departure: Departure, entry: dict[str, Any]) -> bool:
    return entry.get("status") == "cancelled" != departure.status and departure.seats_taken > 0


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


def _departure_entry(departure: Departure, prices: Collection[DeparturePrice]) -> dict[str, Any]:
    entry = {
        "starts_at": departure.local_start.strftime("%Y-%m-%dT%H:%M"),
        "capacity": departure.capacity,
        "language": departure.language,
        "status": departure.status,
    }
    if prices:
        entry["prices"] = {own.code: own.price for own in sorted(prices, key=lambda own: own.code)}
    return entry | minimum_entry(departure)

"""Changing tours by hand, one at a time. The caller owns the transaction."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from shop.catalogue import rules
from shop.catalogue.errors import PictureMissing, SlugTaken, TourChanged, TourIncomplete, TourNotFound, UnitSold
from shop.catalogue.models import Departure, Tour
from shop.catalogue.pictures import give_picture
from shop.catalogue.ports import sales
from shop.catalogue.rules import Difference
from shop.catalogue.services import versions
from shop.catalogue.services.entries import lock_tours, snapshot, write_tour, write_units
from shop.core.db import db
from shop.core.pages import page

PAGE = 50


@dataclass
class Edit:
    """A change under way, and what it came to."""

    tour: Tour
    changes: list[Difference] = field(default_factory=list)


def list_tours(*, status: str | None, cursor: str | None) -> dict[str, Any]:
    """Tours of every status in the order of the catalogue, with their units, a page at a time."""
    statement = sa.select(Tour).options(selectinload(Tour.units))
    if status:
        statement = statement.where(Tour.status == status)
    return page(statement, key=[Tour.id], cursor=cursor, size=PAGE)


def get_tour(tour_id: UUID) -> Tour:
    """A tour of any status, with its units.

    Raises:
        TourNotFound: there is none.
    """
    found = db.session.scalar(sa.select(Tour).where(Tour.id == tour_id).options(selectinload(Tour.units)))
    if found is None:
        raise TourNotFound
    return found


def next_starts(tour: Tour, *, now: datetime) -> Sequence[Departure]:
    """Its next five departures that were not cancelled."""
    return db.session.scalars(
        sa.select(Departure)
        .where(Departure.tour_id == tour.id, Departure.starts_at > now, Departure.status != "cancelled")
        .order_by(Departure.starts_at, Departure.id)
        .limit(5)
    ).all()


def sold_units(tour: Tour) -> frozenset[str]:
    """The codes of its units that somebody ever held."""
    return frozenset(unit.code for unit in tour.units if sales().bookings_of_unit(unit.id))


def create_tour(*, slug: str, title: dict[str, str], timezone: str, currency: str, who: str, now: datetime) -> Tour:
    """A draft that has its name and nothing else.

    Raises:
        SlugTaken: another tour has that name in addresses.
    """
    tour = Tour(
        slug=slug,
        status="draft",
        timezone=timezone,
        currency=currency,
        title=title,
        title_words=rules.title_words(title),
        summary={},
        description={},
        themes=[],
        guide_languages=[],
        duration_minutes=90,
        meeting_point={"name": {}, "address": ""},
        min_party=1,
        max_party=8,
        cutoff_minutes=120,
        cancellation=[],
        units=[],
    )
    try:
        with db.session.begin_nested():
            db.session.add(tour)
    except IntegrityError:
        raise SlugTaken from None
    versions.keep(tour, None, "created", who=who, now=now)
    return tour


def edit_tour(
    tour_id: UUID, entry: dict[str, Any], *, gone: Sequence[str] = (), expected: int, who: str, now: datetime
) -> Edit:
    """Give a tour what the form says: texts, rules, terms and units; its status and picture stay.

    Args:
        gone: codes of units to take away.
        expected: the version the form was filled in on.

    Raises:
        TourNotFound: there is none.
        TourChanged: it is at another version by now.
        UnitSold: a unit would change its meaning, or go, after it was sold.
        TourIncomplete: it would lack what it needs.
    """
    with _editing(tour_id, "edited", expected=expected, who=who, now=now) as edit:
        write_tour(edit.tour, entry)
        write_units(edit.tour, entry["units"], _refuse(entry["units"], gone), gone=gone)
    return edit


def set_status(tour_id: UUID, status: str, *, who: str, now: datetime) -> Edit:
    """Make a tour a draft, published, or archived.

    Raises:
        TourNotFound: there is none.
        TourIncomplete: it cannot be published as it is.
    """
    with _editing(tour_id, "status", expected=None, who=who, now=now) as edit:
        edit.tour.status = status
    return edit


def set_picture(
    tour_id: UUID, picture: bytes | None, alt: dict[str, str], *, expected: int, who: str, now: datetime
) -> Edit:
    """Give a tour another picture, or the one it has other words.

    Raises:
        TourNotFound, TourChanged, TourIncomplete: as by `edit_tour`.
        PictureUnfit: it is none, or too large.
        PictureMissing: none was sent, and it has none.
    """
    with _editing(tour_id, "picture", expected=expected, who=who, now=now) as edit:
        if picture:
            give_picture(edit.tour, picture)
        elif edit.tour.image_digest is None:
            raise PictureMissing
        edit.tour.image_alt = alt
    return edit


def remove_picture(tour_id: UUID, *, who: str, now: datetime) -> Edit:
    """Show a tour without a picture.

    Raises:
        TourNotFound: there is none.
    """
    with _editing(tour_id, "picture", expected=None, who=who, now=now) as edit:
        edit.tour.image_digest = edit.tour.image_file = edit.tour.image_alt = None
    return edit


def restore(tour_id: UUID, number: int, *, who: str, now: datetime) -> Edit:
    """Bring a tour back to an older version: texts, rules, picture, and units nobody has bought.

    Units that were sold, units of later versions, and the status stay as they are.

    Raises:
        TourNotFound, VersionNotFound: there is none.
        TourIncomplete: it lacked what the tour needs now.
    """
    with _editing(tour_id, "restored", expected=None, who=who, now=now) as edit:
        tour = edit.tour
        entry = versions.get_version(tour, number).content
        write_tour(tour, {"accessibility": None, **entry, "status": tour.status})
        _restore_units(tour, entry["units"])
        image = entry.get("image", {})
        tour.image_digest, tour.image_file, tour.image_alt = (image.get(name) for name in ("digest", "file", "alt"))
    return edit


def _restore_units(tour: Tour, entries: Sequence[dict[str, Any]]) -> None:
    sold = sold_units(tour)
    wanted = [entry for entry in entries if entry["code"] not in sold]
    kept = [unit for unit in tour.units if unit.code not in {entry["code"] for entry in wanted}]
    write_units(tour, wanted, _refuse(wanted))
    for position, unit in enumerate(kept, len(wanted)):
        unit.position = position
    order = [entry["code"] for entry in entries]
    for position, unit in enumerate(
        sorted(tour.units, key=lambda one: (order.index(one.code) if one.code in order else len(order), one.position))
    ):
        unit.position = position


@contextmanager
def _editing(tour_id: UUID, act: str, *, expected: int | None, who: str, now: datetime) -> Iterator[Edit]:
    """Change a tour under its locks; holds that read what it was find a newer offer, and its history a new version."""
    found = lock_tours(Tour.id == tour_id)
    if not found:
        raise TourNotFound
    tour = found[0]
    if expected is not None and tour.version != expected:
        last = versions.last_change(tour)
        raise TourChanged(who=(last.who if last else None) or "–", version=tour.version)
    before = snapshot(tour)
    edit = Edit(tour)
    yield edit
    db.session.flush()
    _refuse_incomplete(tour, before)
    edit.changes = versions.keep(tour, before, act, who=who, now=now)


def _refuse_incomplete(tour: Tour, before: dict[str, Any]) -> None:
    """What is on sale has what it must; what has dates, and may have been sold, loses nothing of it."""
    lacking = rules.missing(snapshot(tour))
    if tour.status != "published":
        known = rules.missing(before)
        lost = [path for path in lacking if path not in known]
        lacking = lost if lost and _has_dates(tour) else []
    if lacking:
        raise TourIncomplete(missing=lacking)


def _has_dates(tour: Tour) -> bool:
    return db.session.scalar(sa.select(Departure.id).where(Departure.tour_id == tour.id).limit(1)) is not None


def _refuse(entries: Sequence[dict[str, Any]], gone: Sequence[str] = ()) -> Any:
    codes = [*(entry["code"] for entry in entries), *gone]

    def refuse(position: int, changed: list[str], bookings: Sequence[str]) -> None:
        raise UnitSold(unit=codes[position], fields=", ".join(changed), bookings=", ".join(bookings))

    return refuse

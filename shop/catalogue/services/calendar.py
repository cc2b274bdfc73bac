"""Departures as the staff see them: all of them, whatever the tour's state, with their guides and what clashes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, aliased, contains_eager, joinedload, selectinload

from shop.catalogue.errors import DepartureNotFound, TourNotFound
from shop.catalogue.models import Departure, GuideLanguage, Tour
from shop.core.db import db

MOST = 600  # departures on one page


@dataclass(frozen=True)
class Shown:
    """A departure in the calendar, of how many on its day."""

    departure: Departure
    of_day: int
    overlaps: bool  # its guide is elsewhere at that time
    unspoken: bool  # its guide does not guide in its language


def departures_between(
    since: datetime,
    until: datetime,
    *,
    tour: str | None = None,
    guide_id: UUID | None = None,
    unguided: bool = False,
    language: str | None = None,
    zone: ZoneInfo,
    most_a_day: int = MOST + 1,
) -> Sequence[Shown]:
    """The departures that start in a time, by start: one more than MOST at most.

    Args:
        tour: a slug.
        unguided: only those without a guide.
        zone: whose days count.
        most_a_day: only the first so many of each day.
    """
    conditions = [Departure.starts_at >= since, Departure.starts_at < until]
    if tour:
        conditions.append(Tour.slug == tour)
    if guide_id is not None:
        conditions.append(Departure.guide_id == guide_id)
    if unguided:
        conditions.append(Departure.guide_id.is_(None))
    if language:
        conditions.append(Departure.language == language)
    day = sa.cast(sa.func.timezone(zone.key, Departure.starts_at), sa.Date)
    in_order = sa.func.row_number().over(partition_by=day, order_by=(Departure.starts_at, Departure.id))
    of_day = sa.func.count().over(partition_by=day)
    ranked = sa.select(Departure.id, in_order.label("place"), of_day.label("of_day")).join(Departure.tour)
    ranks = ranked.where(*conditions).subquery()
    rows = db.session.execute(
        sa.select(Departure, ranks.c.of_day, _overlaps(), _unspoken())
        .join(ranks, ranks.c.id == Departure.id)
        .join(Departure.tour)
        # The times once more: by them alone an index finds the departures.
        .where(ranks.c.place <= most_a_day, Departure.starts_at >= since, Departure.starts_at < until)
        # Each tour once: beside every departure, its texts in three languages were most of what was read.
        .options(selectinload(Departure.tour), joinedload(Departure.guide))
        .order_by(Departure.starts_at, Departure.id)
        .limit(MOST + 1)
    )
    return [Shown(*row) for row in rows]


def get_departure(departure_id: UUID) -> Departure:
    """A departure of any tour, as it is now, with units, prices and guide.

    Raises:
        DepartureNotFound: there is none.
    """
    found = db.session.scalar(
        sa.select(Departure)
        .join(Departure.tour)
        .where(Departure.id == departure_id)
        .options(
            contains_eager(Departure.tour).selectinload(Tour.units),
            selectinload(Departure.prices),
            joinedload(Departure.guide),
        )
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise DepartureNotFound
    return found


def clashes(departure: Departure) -> tuple[Sequence[Departure], bool]:
    """The other departures its guide has at that time, and whether the guide does not guide in its language."""
    if departure.guide_id is None or departure.status == "cancelled":
        return [], False
    other_tour = aliased(Tour)
    others = db.session.scalars(
        sa.select(Departure)
        .join(other_tour, other_tour.id == Departure.tour_id)
        .where(
            Departure.guide_id == departure.guide_id,
            Departure.id != departure.id,
            Departure.status != "cancelled",
            Departure.starts_at < departure.ends_at,
            Departure.starts_at + _minutes(other_tour.duration_minutes) > departure.starts_at,
            Departure.starts_at > departure.starts_at - _longest(),
        )
        .order_by(Departure.starts_at)
        .limit(10)
    ).all()
    unspoken = db.session.scalar(sa.select(_unspoken()).where(Departure.id == departure.id))
    return others, bool(unspoken)


def series_of(departure: Departure, *, now: datetime) -> Sequence[Departure]:
    """The coming departures of the same series, itself among them."""
    if departure.series_id is None:
        return []
    return db.session.scalars(
        sa.select(Departure)
        .where(Departure.series_id == departure.series_id, Departure.starts_at > now)
        .order_by(Departure.starts_at)
        .limit(MOST)
    ).all()


def tours_to_choose() -> Sequence[Tour]:
    """The tours that are not archived, by name."""
    return db.session.scalars(sa.select(Tour).where(Tour.status != "archived").order_by(Tour.slug).limit(500)).all()


def get_tour(slug: str, *, lock: bool = False) -> Tour:
    """A tour, published or not.

    Raises:
        TourNotFound: there is none of that name.
    """
    statement = sa.select(Tour).where(Tour.slug == slug).options(selectinload(Tour.units))
    found = db.session.scalar(statement.with_for_update(key_share=True) if lock else statement)
    if found is None:
        raise TourNotFound
    return found


def _minutes(column: sa.ColumnElement[int] | InstrumentedAttribute[int]) -> sa.ColumnElement[Any]:
    return sa.func.make_interval(0, 0, 0, 0, 0, column)


def _longest() -> sa.ColumnElement[Any]:
    """How long the longest tour takes: what starts earlier than that before something is over by then.

    It follows from the rest, but only so can an index leave out all that was years ago.
    """
    tours = aliased(Tour)
    return sa.select(_minutes(sa.func.max(tours.duration_minutes))).scalar_subquery()


def _overlaps() -> sa.ColumnElement[bool]:
    other, other_tour = aliased(Departure), aliased(Tour)
    return sa.and_(
        Departure.status != "cancelled",
        sa.exists(
            sa.select(other.id)
            .join(other_tour, other_tour.id == other.tour_id)
            .where(
                other.guide_id == Departure.guide_id,
                other.id != Departure.id,
                other.status != "cancelled",
                other.starts_at < Departure.starts_at + _minutes(Tour.duration_minutes),
                other.starts_at + _minutes(other_tour.duration_minutes) > Departure.starts_at,
                other.starts_at > Departure.starts_at - _longest(),
            )
            .correlate(Departure, Tour)
        ),
    )


def _unspoken() -> sa.ColumnElement[bool]:
    speaks = sa.exists().where(
        GuideLanguage.staff_id == Departure.guide_id, GuideLanguage.language == Departure.language
    )
    return sa.and_(Departure.guide_id.is_not(None), Departure.status != "cancelled", ~speaks)

"""Finding tours and departures, as visitors see them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from shop.catalogue import rules
from shop.catalogue.errors import DepartureNotFound, ImageNotFound, TourNotFound
from shop.catalogue.models import Departure, DeparturePrice, Image, Tour
from shop.core.db import db
from shop.core.pages import page

PAGE = 50
When = date | datetime  # a local day, or a moment


@dataclass(frozen=True)
class OfferedDeparture:
    """A departure and what a visitor is told of it at a moment."""

    departure: Departure
    status: str

    @property
    def seats_left(self) -> int:
        """Seats that can be had; none at a cancelled departure."""
        return 0 if self.status == "cancelled" else self.departure.seats_left

    @property
    def prices(self) -> Sequence[DeparturePrice]:
        """Prices that are others here than the tour's."""
        return self.departure.prices

    def facts(self) -> dict[str, Any]:
        """The departure as a fact of a refusal, in the shape the API shows departures."""
        own = [{"code": own.code, "price": asdict(own.money)} for own in self.prices]
        return {
            "id": str(self.departure.id),
            "starts_at": self.departure.local_start.isoformat(),
            "ends_at": self.departure.local_end.isoformat(),
            "language": self.departure.language,
            "capacity": self.departure.capacity,
            "seats_left": self.seats_left,
            "status": self.status,
        } | ({"prices": own} if own else {})


@dataclass(frozen=True)
class OfferedTour:
    """A tour and the next departure that can be booked."""

    tour: Tour
    next_departure: OfferedDeparture | None


def offer(departure: Departure, now: datetime) -> OfferedDeparture:
    """A departure as a visitor is told of it now."""
    return OfferedDeparture(departure, rules.public_status(departure, now))


def list_tours(
    *,
    q: str | None,
    theme: str | None,
    language: str | None,
    since: When | None,
    until: When | None,
    cursor: str | None,
    size: int | None,
    now: datetime,
) -> dict[str, Any]:
    """Published tours in the order of the catalogue.

    Args:
        q: words that a title must hold, in any language, whatever their case and accents.
        language: of the guide.
        since, until: only tours with an open departure in that time; days are local and whole.

    Returns:
        A page of OfferedTour.
    """
    statement = sa.select(Tour).where(Tour.status == "published").options(selectinload(Tour.units))
    for word in rules.fold(q or "").split():
        statement = statement.where(Tour.title_words.contains(word, autoescape=True))
    if theme:
        statement = statement.where(Tour.themes.contains([theme]))
    if language:
        statement = statement.where(Tour.guide_languages.contains([language]))
    if since is not None or until is not None:
        dated = [Departure.tour_id == Tour.id, Departure.status == "open", Departure.starts_at > now]
        if language:
            dated.append(Departure.language == language)
        dated += _within(since, until)
        statement = statement.where(sa.exists().where(*dated))
    found = page(statement, key=[Tour.id], cursor=cursor, size=size or PAGE)
    nexts = _next_departures([tour.id for tour in found["items"]], now)
    found["items"] = [OfferedTour(tour, nexts.get(tour.id)) for tour in found["items"]]
    return found


def get_tour(slug: str, *, now: datetime) -> OfferedTour:
    """A published tour.

    Raises:
        TourNotFound: there is none of that name.
    """
    tour = _published(slug)
    return OfferedTour(tour, _next_departures([tour.id], now).get(tour.id))


def list_departures(
    slug: str,
    *,
    since: When | None,
    until: When | None,
    seats: int | None,
    cursor: str | None,
    size: int | None,
    now: datetime,
) -> dict[str, Any]:
    """Departures of a published tour from now on, by start.

    Args:
        seats: only those that can be booked for a party of that many seats.

    Returns:
        A page of OfferedDeparture.

    Raises:
        TourNotFound: there is no such tour.
    """
    tour = _published(slug)
    statement = sa.select(Departure).where(Departure.tour_id == tour.id, Departure.starts_at > now)
    statement = statement.options(selectinload(Departure.prices))
    if since is not None:
        statement = statement.where(Departure.starts_at >= _moment(since, tour.zone))
    if until is not None:
        statement = statement.where(Departure.starts_at <= _moment(until, tour.zone, last=True))
    if seats is not None:
        statement = statement.where(*_bookable(seats, now + tour.cutoff))
    found = page(statement, key=[Departure.starts_at, Departure.id], cursor=cursor, size=size or PAGE)
    found["items"] = [offer(departure, now) for departure in found["items"]]
    return found


def alternatives(departure: Departure, *, seats: int, now: datetime) -> Sequence[OfferedDeparture]:
    """Up to three other departures of the same tour with room for the party: the nearest in time."""
    away = sa.func.abs(sa.func.extract("epoch", Departure.starts_at - departure.starts_at))
    found = db.session.scalars(
        sa.select(Departure)
        .where(
            Departure.tour_id == departure.tour_id,
            Departure.id != departure.id,
            *_bookable(seats, now + departure.tour.cutoff),
        )
        .order_by(away, Departure.id)
        .options(selectinload(Departure.prices))
        .limit(3)
    )
    return [offer(other, now) for other in found]


def get_departure(departure_id: UUID) -> Departure:
    """A departure of a published tour, with its tour, units and prices, all as they are now.

    Raises:
        DepartureNotFound: there is none.
    """
    found = db.session.scalars(departure_statement(departure_id)).unique().one_or_none()
    if found is None:
        raise DepartureNotFound
    return found


def departure_statement(departure_id: UUID) -> sa.Select[Departure]:
    """How a departure of a published tour is read, with all that a hold needs to know of it."""
    return (
        sa.select(Departure)
        .join(Departure.tour)
        .where(Departure.id == departure_id, Tour.status == "published")
        .options(contains_eager(Departure.tour).selectinload(Tour.units), joinedload(Departure.prices))
        .execution_options(populate_existing=True)
    )


def get_image(digest: str) -> Image:
    """A picture of the catalogue.

    Raises:
        ImageNotFound: there is none of that name.
    """
    found = db.session.get(Image, digest)
    if found is None:
        raise ImageNotFound
    return found


def _published(slug: str) -> Tour:
    tour = db.session.scalar(sa.select(Tour).where(Tour.slug == slug, Tour.status == "published"))
    if tour is None:
        raise TourNotFound
    return tour


def _bookable(seats: int, earliest: datetime) -> list[sa.ColumnElement[bool]]:
    return [
        Departure.status == "open",
        Departure.starts_at >= earliest,
        Departure.capacity - Departure.seats_taken - Departure.seats_blocked >= max(seats, 1),
    ]


def _next_departures(tour_ids: Sequence[UUID], now: datetime) -> dict[UUID, OfferedDeparture]:
    cutoff = sa.func.make_interval(0, 0, 0, 0, 0, Tour.cutoff_minutes)
    found = db.session.scalars(
        sa.select(Departure)
        .join(Departure.tour)
        .where(
            Departure.tour_id.in_(tour_ids),
            Departure.status == "open",
            Departure.starts_at >= now + cutoff,
            Departure.seats_taken + Departure.seats_blocked < Departure.capacity,
        )
        .ext(distinct_on(Departure.tour_id))
        .order_by(Departure.tour_id, Departure.starts_at, Departure.id)
        .options(selectinload(Departure.prices))
    )
    return {departure.tour_id: offer(departure, now) for departure in found}


def _within(since: When | None, until: When | None) -> list[sa.ColumnElement[bool]]:
    """Conditions on a departure, days being those of its tour's own place."""
    local = sa.func.timezone(Tour.timezone, Departure.starts_at, type_=sa.DateTime())
    conditions: list[sa.ColumnElement[bool]] = []
    for when, last in ((since, False), (until, True)):
        if isinstance(when, datetime):
            conditions.append(Departure.starts_at <= when if last else Departure.starts_at >= when)
        elif when is not None and last:
            conditions.append(local < datetime.combine(when + timedelta(days=1), time()))
        elif when is not None:
            conditions.append(local >= datetime.combine(when, time()))
    return conditions


def _moment(when: When, zone: ZoneInfo, *, last: bool = False) -> datetime:
    if isinstance(when, datetime):
        return when
    return datetime.combine(when, time.max if last else time.min, tzinfo=zone)

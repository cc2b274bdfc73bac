"""What is sold in a history: the tours of the catalogue, or some of its own, and their departures over the years."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg.types.json import Jsonb

from bench.history.forms import DAY, HOUR, Identifiers, iso, of, quoted
from shop.catalogue.rules import title_words
from shop.core.i18n import LANGUAGES, pick

PAST_DAYS = 1_060  # nearly three years: nobody is to be forgotten yet
COMING_DAYS = 365
PAST_SHARE = 0.92
COMING_DEMAND = 0.4  # of a date that is still to come, less is sold
CALLED_OFF = 0.02
_STARTS = ((10, 0), (14, 30), (11, 30), (16, 0), (9, 0), (17, 30), (13, 0), (19, 0))
_SUBJECTS = (
    ("Le Bouddha de Leshan", "乐山大佛", "The Leshan Buddha"),
    ("Le fort d’Issy", "伊西要塞", "The fort of Issy"),
    ("Les carrières de craie", "白垩采石场", "The chalk quarries"),
    ("L’atelier de Matisse", "马蒂斯画室", "The studio of Matisse"),
    ("La tour aux Figures", "杜布菲人像塔", "The Tower of Figures"),
    ("Le musée de la Carte à jouer", "扑克牌博物馆", "The museum of playing cards"),
    ("L’île Saint-Germain", "圣日耳曼岛", "The island of Saint-Germain"),
    ("Les pionniers de l’aviation", "航空先驱", "The pioneers of flight"),
    ("La manufacture des Tabacs", "烟草厂旧址", "The tobacco works"),
    ("Le nymphée", "水仙洞", "The nymphaeum"),
)
_WAYS = (("à pied", "步行", "on foot"), ("aux lanternes", "夜游", "by lantern light"))


@dataclass(slots=True)
class SoldUnit:
    """A price category; `text` is what a receipt says of it, as JSON."""

    id: str
    price: int
    vat: str
    seats: int
    text: str


@dataclass(slots=True)
class SoldTour:
    """A tour, as far as selling it goes; `terms` of cancelling, also as JSON."""

    id: str
    zone: ZoneInfo
    currency: str
    languages: list[str]
    min_party: int
    max_party: int
    cutoff: int
    terms: list[dict[str, int]]
    terms_json: str
    grown: SoldUnit
    young: SoldUnit | None
    infant: SoldUnit | None


@dataclass(slots=True)
class Date:
    """One departure, and what its counter comes to."""

    id: str
    tour: SoldTour
    starts: int
    local: str  # its start as receipts tell it
    language: str
    guide: int
    demand: float
    called_off: int | None  # when
    taken: int = 0
    blocked: int = 0
    change: str = ""  # the id of its cancellation
    orders: int = field(default=0)


def tours(connection: psycopg.Connection, chance: Random) -> list[SoldTour]:
    """The published tours; twenty new ones if there are none."""
    found = _read(connection)
    if not found:
        _make(connection, Identifiers(chance), at=0)
        found = _read(connection)
    return found


def dates(some: Sequence[SoldTour], count: int, *, now: int, chance: Random, guides: int) -> list[Date]:
    """So many departures, most of them past, in the order of their starts."""
    ids = Identifiers(chance)
    past = max(1, round(count * PAST_SHARE))
    taken: set[tuple[str, int, str]] = set()
    found = []
    for number in range(count):
        tour = some[number % len(some)]
        if number < past:
            day = now - DAY - round((number + chance.random()) / past * PAST_DAYS * DAY)
        else:
            day = now + DAY + round((number - past + chance.random() ** 2) / max(1, count - past) * COMING_DAYS * DAY)
        starts, language = _free(tour, day, taken, chance)
        off = starts - chance.randrange(24, 96) * HOUR
        found.append(
            Date(
                id=ids.of(min(now, starts) - 90 * DAY),
                tour=tour,
                starts=starts,
                local=datetime.fromtimestamp(starts // 1_000_000, tour.zone).isoformat(),
                language=language,
                guide=chance.randrange(guides),
                demand=(0.5 + chance.random()) * (1 if starts < now else COMING_DEMAND),
                called_off=off if chance.random() < CALLED_OFF and off < now - 6 * HOUR else None,
            )
        )
    return sorted(found, key=lambda date: (date.starts, date.id))


def write_dates(lines: dict[str, list[str]], some: Sequence[Date], *, now: int, chance: Random, who: str) -> None:
    """The departures with their counters, some seats kept aside, and why some were called off."""
    ids = Identifiers(chance)
    series = {(date.tour.id, iso(date.starts)[:4]): ids.by_chance() for date in some}
    for date in some:
        if date.starts > now and date.called_off is None and chance.random() < 0.1:
            date.blocked = chance.randrange(2, 7)
            lines["seat_blocks"].append(
                f"{ids.of(now - DAY)}\t{date.id}\t{date.blocked}\tLycée de Leshan\t{iso(date.starts - DAY)}"
                f"\t{iso(now - DAY)}\t{who}\t\\N"
            )
        capacity = max(12, date.taken + date.blocked + chance.choice((0, 0, 1, 2, 4, 7)))
        status, by, why = ("open", r"\N", r"\N") if date.called_off is None else ("cancelled", who, "weather")
        lines["departures"].append(
            f"{date.id}\t{date.tour.id}\t{iso(date.starts)}\t{date.language}\t{capacity}\t{date.taken}\t{date.blocked}"
            f"\t{status}\t{by}\t{why}\t{series[date.tour.id, iso(date.starts)[:4]]}\t{guide_id(date.guide)}"
        )
        if date.called_off is not None:
            lines["date_changes"].append(
                f"{date.change}\t{date.id}\tcancelled\tweather\t\\N\t\\N\t{who}\t{iso(date.called_off)}"
                f"\t{iso(date.starts)}"
            )


def guide_id(number: int) -> str:
    """The account of a guide of a history."""
    return f"00000000-0000-7000-8000-0000000001{number:02x}"


def _free(tour: SoldTour, day: int, taken: set[tuple[str, int, str]], chance: Random) -> tuple[int, str]:
    local = datetime.fromtimestamp(day // 1_000_000, tour.zone)
    while True:
        for hour, minute in chance.sample(_STARTS, len(_STARTS)):
            start = local.replace(hour=hour, minute=minute, second=0, microsecond=0, fold=0)
            language = chance.choice(tour.languages)
            place = (tour.id, of(start.astimezone(UTC)), language)
            if place not in taken:
                taken.add(place)
                return place[1], language
        local += timedelta(days=1)


def _read(connection: psycopg.Connection) -> list[SoldTour]:
    rows = connection.execute(
        """
        SELECT id::text, timezone, currency, guide_languages, min_party, max_party, cutoff_minutes, cancellation, title,
               (SELECT json_agg(json_build_object('id', id, 'price', price, 'vat', vat, 'seats', seats, 'label', label)
                                ORDER BY position) FROM units WHERE tour_id = tours.id)
        FROM tours WHERE status = 'published' ORDER BY slug
        """
    )
    return [_tour(*row) for row in rows]


def _tour(
    tour_id: str,
    zone: str,
    currency: str,
    languages: list[str],
    least: int,
    most: int,
    cutoff: int,
    terms: list[dict[str, int]],
    title: dict[str, str],
    units: list[dict[str, Any]],
) -> SoldTour:
    sold = [
        SoldUnit(unit["id"], unit["price"], unit["vat"], unit["seats"], _text(title, unit["label"])) for unit in units
    ]
    seated = [unit for unit in sold if unit.seats]
    return SoldTour(
        id=tour_id,
        zone=ZoneInfo(zone),
        currency=currency,
        languages=languages,
        min_party=least,
        max_party=most,
        cutoff=cutoff,
        terms=terms,
        terms_json=json.dumps(terms),
        grown=seated[0],
        young=seated[1] if len(seated) > 1 else None,
        infant=next((unit for unit in sold if not unit.seats), None),
    )


def _text(title: dict[str, str], label: dict[str, str]) -> str:
    return quoted({language: f"{pick(title, language)} – {pick(label, language)}" for language in LANGUAGES})


def _make(connection: psycopg.Connection, ids: Identifiers, *, at: int) -> None:
    """Twenty tours, of which one costs nothing."""
    for number in range(20):
        told = zip(LANGUAGES, _SUBJECTS[number % 10], _WAYS[number // 10], strict=True)
        title: dict[str, str] = {language: f"{subject} {way}" for language, subject, way in told}
        price = 0 if number == 19 else 1200 + 100 * (number % 9)
        tour = {
            "id": ids.by_chance(),
            "slug": f"history-{number + 1:02}",
            "status": "published",
            "currency": "EUR",
            "timezone": "Europe/Paris",
            "title": Jsonb(title),
            "title_words": title_words(title),
            "summary": Jsonb(title),
            "description": Jsonb(title),
            "themes": ["history"],
            "guide_languages": ["fr", "zh", "en"],
            "duration_minutes": 90,
            "meeting_point": Jsonb({"name": {"fr": "Parc Rodin", "zh-CN": "罗丹公园"}, "address": "Issy"}),
            "min_party": 1,
            "max_party": 8,
            "cutoff_minutes": 120,
            "cancellation": Jsonb([{"until_hours": 48, "refund_percent": 100}]),
        }
        _insert(connection, "tours", tour)
        vat = ("FR_RED_10", "FR_STD_20", "EXEMPT")[number % 3]
        units = (
            ("adult", "ADULT", ("Plein tarif", "成人", "Adult"), price, 1, None, None),
            ("child", "CHILD", ("Enfant", "儿童", "Child"), price // 2, 1, 4, 11),
            ("infant", "INFANT", ("Bébé", "婴儿", "Infant"), 0, 0, None, 3),
        )
        for position, (code, kind, label, unit_price, seats, youngest, oldest) in enumerate(units):
            unit = {
                "id": ids.by_chance(),
                "tour_id": tour["id"],
                "position": position,
                "code": code,
                "kind": kind,
                "label": Jsonb(dict(zip(LANGUAGES, label, strict=True))),
                "price": unit_price,
                "vat": vat,
                "seats": seats,
                "min_age": youngest,
                "max_age": oldest,
            }
            _insert(connection, "units", unit)


def _insert(connection: psycopg.Connection, table: str, row: dict[str, Any]) -> None:
    names, places = ", ".join(row), ", ".join(f"%({name})s" for name in row)
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", row)

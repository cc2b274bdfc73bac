"""What can be decided of the catalogue without a database or a clock."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from shop.catalogue.models import Departure
from shop.core import late
from shop.core.i18n import Text

MAX_DATES = 500
LAST_DAY = "22001231"  # no start is later, as in the file
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_ONE_WAY = str.maketrans({"œ": "oe", "æ": "ae", "’": "'", "‘": "'"})

_RRULE_PARTS = {
    "FREQ": re.compile(r"DAILY|WEEKLY|MONTHLY|YEARLY"),
    "COUNT": re.compile(r"[1-9]\d{0,2}"),
    "UNTIL": re.compile(r"\d{8}(T\d{6})?"),
    "INTERVAL": re.compile(r"[1-9]\d{0,2}"),
    "BYDAY": re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)(,([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU))*"),
    "BYMONTH": re.compile(r"(1[0-2]|[1-9])(,(1[0-2]|[1-9]))*"),
    "BYMONTHDAY": re.compile(r"-?([12]\d|3[01]|[1-9])(,-?([12]\d|3[01]|[1-9]))*"),
    "BYSETPOS": re.compile(r"-?[1-5](,-?[1-5])*"),
    "WKST": re.compile(r"MO|TU|WE|TH|FR|SA|SU"),
}


class RuleMistaken(ValueError):
    """A recurrence rule or a local time that means no date; `text` says why."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def public_status(departure: Departure, now: datetime) -> str:
    """What a visitor is told: `open`, `sold_out`, `closed` (also past the cutoff) or `cancelled`."""
    if departure.status != "open":
        return departure.status
    if now > departure.starts_at - departure.tour.cutoff:
        return "closed"
    return "open" if departure.seats_left > 0 else "sold_out"


def fold(text: str) -> str:
    """A text as it is searched: without case, accents or differences of width."""
    decomposed = unicodedata.normalize("NFKD", text.casefold()).translate(_ONE_WAY)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def title_words(titles: Mapping[str, str]) -> str:
    """All titles of a tour, folded, one a line."""
    return "\n".join(fold(title) for title in titles.values())


def to_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment when clocks in a zone show a local time; the first of two where they show it twice.

    Raises:
        RuleMistaken: the clocks skip that time.
    """
    moment = local.replace(tzinfo=zone)
    if moment.astimezone(ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None) != local:
        raise RuleMistaken(
            Text(
                fr=f"Cette heure n’existe pas : les horloges passent à l’heure d’été ({local:%Y-%m-%d %H:%M}).",
                zh=f"该时间不存在：当时切换到夏令时（{local:%Y-%m-%d %H:%M}）。",
                en=f"There is no such time: the clocks change to summer time ({local:%Y-%m-%d %H:%M}).",
            )
        )
    return moment.astimezone(UTC)


def expand(rule: str, start: datetime) -> list[datetime]:
    """The local starts that a recurrence rule gives, from `start` on (naive, local).

    Source: RFC 5545 §3.3.10, of which the shop reads FREQ, COUNT, UNTIL (local), INTERVAL, BYDAY, BYMONTH,
    BYMONTHDAY, BYSETPOS and WKST.

    Raises:
        RuleMistaken: the rule has no end, too many dates, none, or cannot be read.
    """
    parts = _parts(rule)
    if ("COUNT" in parts) == ("UNTIL" in parts):
        raise RuleMistaken(
            Text(
                fr="La règle doit finir par COUNT ou par UNTIL (heure locale), l’un des deux.",
                zh="规则必须以 COUNT 或 UNTIL（当地时间）之一结束。",
                en="The rule must end by COUNT or by UNTIL (local), one of the two.",
            )
        )
    if parts["FREQ"] in {"DAILY", "WEEKLY"} and "BYMONTHDAY" in parts:
        raise _unreadable("BYMONTHDAY")
    _refuse_what_never_comes(parts, start)
    if parts["FREQ"] in {"DAILY", "WEEKLY"} and re.search(r"\d", parts.get("BYDAY", "")):
        raise _unreadable("BYDAY=" + parts["BYDAY"])
    try:
        most = min(int(parts.get("COUNT", MAX_DATES + 1)), MAX_DATES + 1)
        dates = list(islice(rrulestr(_bounded(parts), dtstart=start), most))
    except (ValueError, IndexError, TypeError, OverflowError):
        raise _unreadable(rule) from None
    if not max(1, int(parts.get("COUNT", 1))) <= len(dates) <= MAX_DATES:
        raise RuleMistaken(
            Text(
                fr=f"La règle doit donner de 1 à {MAX_DATES} dates.",
                zh=f"规则应产生 1 至 {MAX_DATES} 个日期。",
                en=f"The rule must give from 1 to {MAX_DATES} dates.",
            )
        )
    return dates


def _refuse_what_never_comes(parts: Mapping[str, str], start: datetime) -> None:
    """The fifth day of a set of two, a Friday every seventh Monday: years would be walked through for them."""
    days = parts.get("BYDAY", "").split(",")
    in_a_set = {"DAILY": 1, "WEEKLY": len(days)}.get(parts["FREQ"], 366)
    if any(abs(int(place)) > in_a_set for place in parts.get("BYSETPOS", "1").split(",")):
        raise _unreadable("BYSETPOS=" + parts["BYSETPOS"])
    always_that_day = parts["FREQ"] == "DAILY" and int(parts.get("INTERVAL", "1")) % 7 == 0
    if always_that_day and "BYDAY" in parts and _DAYS[start.weekday()] not in days:
        raise _unreadable("BYDAY=" + parts["BYDAY"])


def _bounded(parts: Mapping[str, str]) -> str:
    """A rule that ends: UNTIL a day means the whole of it, and a rule that matches nothing is not followed for ever."""
    bounded = {"UNTIL": LAST_DAY, **parts}
    bounded.pop("COUNT", None)  # counted by who asks: with an UNTIL, a count that is never reached ends as well
    if "T" not in bounded["UNTIL"]:
        bounded["UNTIL"] += "T235959"
    if bounded["UNTIL"][:8] > LAST_DAY:
        raise ValueError(bounded["UNTIL"])
    return ";".join(f"{name}={value}" for name, value in bounded.items())


def _parts(rule: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in rule.split(";"):
        name, _, value = part.partition("=")
        if name in parts or name not in _RRULE_PARTS or not _RRULE_PARTS[name].fullmatch(value):
            raise _unreadable(part)
        parts[name] = value
    if "FREQ" not in parts:
        raise _unreadable("FREQ")
    return parts


def _unreadable(part: str) -> RuleMistaken:
    return RuleMistaken(
        Text(
            fr=f"Cette partie de la règle n’est pas comprise : {part[:60]}",
            zh=f"无法理解规则的这一部分：{part[:60]}",
            en=f"This part of the rule is not understood: {part[:60]}",
        )
    )


# What a tour must have to be sold, by its place in the entry; a unit must take a seat.
REQUIRED = (
    "title.fr",
    "summary.fr",
    "description.fr",
    "meeting_point.name.fr",
    "meeting_point.address",
    "guide_languages",
)


def missing(entry: Mapping[str, Any]) -> list[str]:
    """What a tour lacks to be published, by its place in the entry."""
    lacking = [path for path in REQUIRED if not _at(entry, path)]
    units = entry.get("units", [])
    if not any(unit["seats"] for unit in units):
        lacking.append("units")
    lacking += [f"units.{unit['code']}.label.fr" for unit in units if not unit["label"].get("fr")]
    if "image" in entry and not _at(entry, "image.alt.fr"):
        lacking.append("image.alt.fr")
    return lacking


def untranslated(entry: Mapping[str, Any], language: str) -> list[str]:
    """The texts of a tour that are not in a language, by their place in the entry without the language."""
    texts = {path: _at(entry, path) or {} for path in ("title", "summary", "description", "meeting_point.name")}
    if entry.get("accessibility"):
        texts["accessibility"] = entry["accessibility"]
    if "image" in entry:
        texts["image.alt"] = entry["image"].get("alt") or {}
    texts |= {f"units.{unit['code']}.label": unit["label"] for unit in entry.get("units", [])}
    return [path for path, text in texts.items() if not text.get(language)]


@dataclass(frozen=True)
class Difference:
    """One field that is not what it was; None where it was not there."""

    path: str
    before: str | None
    after: str | None


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """What is not the same in two entries, field by field, in their order."""
    was, now = flatten(before), flatten(after)
    paths = dict.fromkeys([*now, *was])
    return [Difference(path, was.get(path), now.get(path)) for path in paths if was.get(path) != now.get(path)]


def flatten(entry: Mapping[str, Any], above: str = "") -> dict[str, str]:
    """An entry as one text for each field, by its place: `units.adult.price`, `title.zh-CN`."""
    flat: dict[str, str] = {}
    for name, value in entry.items():
        path = f"{above}.{name}" if above else str(name)
        if name == "units" and isinstance(value, list):
            flat |= flatten({unit["code"]: unit | {"position": at} for at, unit in enumerate(value, 1)}, path)
        elif name == "cancellation" and isinstance(value, list):
            steps = (f"{step['until_hours']} h: {step['refund_percent']} %" for step in value)
            flat[path] = ", ".join(steps)
        elif isinstance(value, dict):
            flat |= flatten(value, path)
        elif name == "price":
            flat[path] = str(Decimal(value).scaleb(-2))  # the file's currencies have two decimals
        elif name == "digest":
            flat[path] = str(value)[:12]
        elif value is not None:
            flat[path] = ", ".join(value) if isinstance(value, list) else str(value)
    return flat


def _at(entry: Mapping[str, Any], path: str) -> Any:
    value: Any = entry
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def weekly(days: Sequence[str], *, every: int, count: int | None, until: date | None) -> str:
    """The recurrence rule of some days of every so many weeks, with its end.

    Args:
        days: as RFC 5545 has them: MO, TU …
        count: how many dates; else `until` is the last day.
    """
    end = f"COUNT={count}" if until is None else f"UNTIL={until:%Y%m%d}"
    return f"FREQ=WEEKLY;INTERVAL={every};BYDAY={','.join(day for day in _DAYS if day in days)};{end}"


def weekday(day: date) -> str:
    """A day of the week as RFC 5545 has it."""
    return _DAYS[day.weekday()]


holidays = late.module("holidays")


def public_holidays(years: Collection[int]) -> dict[date, Text]:
    """The public holidays of France (code du travail, L3133-1) in some years, with their names."""
    found = holidays.country_holidays("FR", years=years, language="fr")
    return {day: _HOLIDAYS.get(name, Text(fr=name, zh=name, en=name)) for day, name in found.items()}


_HOLIDAYS = {
    "Jour de l'an": Text(fr="jour de l’an", zh="元旦", en="New Year’s Day"),
    "Lundi de Pâques": Text(fr="lundi de Pâques", zh="复活节星期一", en="Easter Monday"),
    "Fête du Travail": Text(fr="fête du Travail", zh="劳动节", en="Labour Day"),
    "Ascension": Text(fr="Ascension", zh="耶稣升天节", en="Ascension Day"),
    "Fête de la Victoire": Text(fr="8 mai", zh="二战胜利日", en="Victory Day"),
    "Lundi de Pentecôte": Text(fr="lundi de Pentecôte", zh="圣灵降临节星期一", en="Whit Monday"),
    "Fête nationale": Text(fr="fête nationale", zh="国庆日", en="National Day"),
    "Assomption": Text(fr="Assomption", zh="圣母升天节", en="Assumption Day"),
    "Toussaint": Text(fr="Toussaint", zh="诸圣节", en="All Saints’ Day"),
    "Armistice": Text(fr="11 novembre", zh="一战停战日", en="Armistice Day"),
    "Noël": Text(fr="Noël", zh="圣诞节", en="Christmas Day"),
}

"""The first page of the back office."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_timedelta
from flask import Response, current_app, request, url_for

from shop.core import clock
from shop.core.i18n import pick
from shop.core.locales import LOCALES
from shop.core.settings import settings
from shop.office.services.today import Expected, next_departures
from shop.office.staff_texts.today import TODAY
from shop.staff.audience import current_staff, for_staff, staff_language
from shop.staff.models import Attention
from shop.staff.pages import MenuEntry, StaffPages, links_for, may_open, page
from shop.staff.rules import EVERYBODY
from shop.staff.services.attention import open_attention
from shop.staff.texts import ATTENTION

blp = StaffPages("office", "shop.office", menu=(MenuEntry("office.today", TODAY["today"], 10, "sun"),))

MOST_DECISIONS = 40  # on the page, unless all are asked for


@blp.get("/staff/")
@for_staff(*EVERYBODY)
def today() -> Response:
    """Today's and the next days' departures, and what needs a decision."""
    me, zone = current_staff(), ZoneInfo(settings().timezone)
    midnight = datetime.combine(clock.now().astimezone(zone), datetime.min.time()).replace(tzinfo=zone)
    mine = _decisions()
    shown = len(mine) if request.args.get("decisions") == "all" else MOST_DECISIONS
    expected = next_departures(midnight, guide_id=me.id if me.role == "guide" else None)
    return page(
        "office/today.html",
        TODAY,
        days=_by_day(midnight, expected),
        decisions=[_decision(*one) for one in mine[:shown]],
        more_decisions=len(mine[shown:]),
        pick=lambda texts: pick(texts, staff_language()),
        may_open=may_open,
        acts=lambda one: links_for("departure", most=1, departure_id=one.id),
    )


def _by_day(midnight: datetime, expected: Sequence[Expected]) -> list[dict[str, Any]]:
    """The days with their departures; today is there even if it has none."""
    days: dict[date, list[Expected]] = {midnight.date(): []}
    for one in expected:
        days.setdefault(one.departure.local_start.date(), []).append(one)
    names = {midnight.date(): TODAY["today"], midnight.date() + timedelta(days=1): TODAY["tomorrow"]}
    language = staff_language()
    return [
        {
            "name": names[day].to(language) if day in names else None,
            "date": format_date(day, "full", locale=LOCALES[language]),
            "expected": found,
        }
        for day, found in sorted(days.items())
    ]


def _decisions() -> Sequence[tuple[Attention, Any]]:
    """What needs a decision of whoever reads, what has waited longest first, each with where it is decided."""
    place = current_app.extensions["decision_links"]
    found = ((entry, place(entry.kind, entry.subject)) for entry in open_attention())
    return [(entry, where) for entry, where in found if may_open(where.endpoint)]


def _decision(entry: Attention, place: Any) -> dict[str, Any]:
    """What needs a decision, as a sentence, with where it is decided."""
    language = staff_language()
    text = ATTENTION.get(entry.kind)  # one told by an older shop may have no words any more
    return {
        "words": text.to(language, subject=entry.subject) if text else f"{entry.kind} {entry.subject}",
        "age": format_timedelta(clock.now() - entry.first_at, locale=LOCALES[language]),
        "times": entry.times,
        "url": url_for(place.endpoint, **place.values),
        "act": place.words.to(language),
    }

"""The first page of the back office."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_timedelta
from flask import Response, current_app, url_for

from shop.core import clock
from shop.core.i18n import Language, pick
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

LOCALES: dict[Language, str] = {"fr": "fr_FR", "zh-CN": "zh_Hans_CN", "en": "en_GB"}


@blp.get("/staff/")
@for_staff(*EVERYBODY)
def today() -> Response:
    """Today's and the next days' departures, and what needs a decision."""
    me, zone = current_staff(), ZoneInfo(settings().timezone)
    midnight = datetime.combine(clock.now().astimezone(zone), datetime.min.time()).replace(tzinfo=zone)
    expected = next_departures(midnight, guide_id=me.id if me.role == "guide" else None)
    return page(
        "office/today.html",
        TODAY,
        days=_by_day(midnight, expected),
        decisions=[shown for entry in open_attention() if (shown := _decision(entry))],
        pick=lambda texts: pick(texts, staff_language()),
        may_open=may_open,
        acts=lambda one: links_for("departure", departure_id=one.id)[:1],
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


def _decision(entry: Attention) -> dict[str, Any] | None:
    """What needs a decision, as a sentence, with where it is decided; None if whoever reads may not decide it."""
    place = current_app.extensions["decision_links"](entry.kind, entry.subject)
    if not may_open(place.endpoint):
        return None
    language = staff_language()
    text = ATTENTION.get(entry.kind)  # one told by an older shop may have no words any more
    return {
        "words": text.to(language, subject=entry.subject) if text else f"{entry.kind} {entry.subject}",
        "age": format_timedelta(clock.now() - entry.first_at, locale=LOCALES[language]),
        "times": entry.times,
        "url": url_for(place.endpoint, **place.values),
        "act": place.words.to(language),
    }

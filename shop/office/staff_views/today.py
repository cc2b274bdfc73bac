"""The first page of the back office."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_timedelta
from flask import Response

from shop.core import clock
from shop.core.i18n import pick
from shop.core.settings import settings
from shop.office.services.today import next_departures
from shop.office.staff_texts.today import TODAY
from shop.staff.audience import for_staff, staff_language
from shop.staff.models import Attention
from shop.staff.pages import MenuEntry, StaffPages, page
from shop.staff.rules import EVERYBODY
from shop.staff.services.attention import open_attention
from shop.staff.texts import ATTENTION

blp = StaffPages("office", "shop.office", menu=(MenuEntry("office.today", TODAY["today"], 10, "sun"),))


@blp.get("/staff/")
@for_staff(*EVERYBODY)
def today() -> Response:
    """Today's and the next days' departures, and what needs a decision."""
    now = clock.now()
    midnight = datetime.combine(now.astimezone(ZoneInfo(settings().timezone)), datetime.min.time())
    language = staff_language()
    return page(
        "office/today.html",
        TODAY,
        expected=next_departures(midnight.replace(tzinfo=ZoneInfo(settings().timezone))),
        decisions=open_attention(),
        say=lambda entry: say(entry),
        age=lambda entry: format_timedelta(now - entry.first_at, locale=language.replace("-", "_")),
        pick=lambda texts: pick(texts, language),
    )


def say(entry: Attention) -> str:
    """What needs a decision, as a sentence; one told by an older shop may have no words any more."""
    text = ATTENTION.get(entry.kind)
    return text.to(staff_language(), subject=entry.subject) if text else f"{entry.kind} {entry.subject}"

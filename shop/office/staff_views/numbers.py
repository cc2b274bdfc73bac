"""What was sold, how full the tours were, what money came: as pictures, tables and files."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, current_app, request
from werkzeug.exceptions import NotFound

from shop.books import sheets
from shop.books.rules import Period, read_period
from shop.core import clock
from shop.core.db import transaction
from shop.core.errors import Invalid
from shop.core.settings import settings
from shop.office import tables
from shop.office.rules import numbers as rules
from shop.office.services import kept_numbers
from shop.office.services.numbers import Numbers, count
from shop.office.staff_texts.numbers import NUMBERS
from shop.office.tables import Tables
from shop.staff.audience import current_staff, for_staff, record, staff_language
from shop.staff.pages import MenuEntry, StaffPages, page
from shop.staff.rules import MOVING_MONEY

KINDS = {"csv": "text/csv; charset=utf-8", "xlsx": sheets.XLSX}
BESIDE = (
    ("books_desk.closings", "books", "journal-bookmark"),
    ("reconciliation.month", "reconciliation", "check2-all"),
)

blp = StaffPages(
    "numbers",
    __name__,
    menu=(MenuEntry("numbers.show", NUMBERS["numbers"], 65, "bar-chart"),),
    static_folder="static",
    static_url_path="/staff/static/numbers",
)


@blp.get("/staff/numbers")
@for_staff("manager", "stock", "cashier")
def show() -> Response:
    """The numbers of a period beside those of the period before."""
    first, last = request.args.get("from", ""), request.args.get("to", "")
    language, role = staff_language(), current_staff().role
    facts: dict[str, Any] = {
        "links": [link for link in BESIDE if role in getattr(current_app.view_functions[link[0]], "roles", ())],
        "first": first,
        "last": last,
    }
    try:
        period = _period()
    except Invalid as refusal:
        return page("office/numbers_page.html", NUMBERS, status=422, refused=refusal.explain(language), **facts)
    shown = _tables(period)
    before = rules.compared_with(period)
    days = (
        ("first", period.first),
        ("last", period.last),
        ("first_before", before.first),
        ("last_before", before.last),
    )
    facts |= {"first": period.first.isoformat(), "last": period.last.isoformat()}
    return page(
        "office/numbers_page.html",
        NUMBERS,
        refused=None,
        period_told=shown.say("period", zone=settings().timezone, **{name: shown.show(day) for name, day in days}),
        figures=shown.figures(),
        tables=list(shown.all()),
        counted=_told_when(shown),
        display=shown.show,
        asked={"from": facts["first"], "to": facts["last"]},
        **facts,
    )


@blp.get("/staff/numbers/<name>.<kind>")
@for_staff("manager", "stock", "cashier")
def download(name: str, kind: str) -> Response:
    """One table of the same numbers as a file."""
    period = _period()
    table = next((one for one in _tables(period).all() if one.name == name), None)
    if table is None or kind not in KINDS:
        raise NotFound
    with transaction():
        record("numbers.exported", name, after={"from": str(period.first), "to": str(period.last), "kind": kind})
    header, rows = tables.sheet(table, staff_language())
    content = sheets.to_csv(header, rows) if kind == "csv" else sheets.to_xlsx(table.name, header, rows)
    return sheets.attachment(content, f"insolite-{name}-{period.first}-{period.last}.{kind}", KINDS[kind])


def _period() -> Period:
    """The period that was asked for; the usual one if none was."""
    first, last = request.args.get("from", ""), request.args.get("to", "")
    if not first.strip() and not last.strip():
        return rules.usual_period(clock.now().astimezone(ZoneInfo(settings().timezone)).date())
    return read_period(first, last, most=rules.MOST_DAYS)


def _tables(period: Period) -> Tables:
    now, before = _numbers(period), _numbers(rules.compared_with(period))
    return Tables(now, before, staff_language(), with_money=current_staff().role in MOVING_MONEY)


def _numbers(period: Period) -> Numbers:
    """The numbers of a period: as they are; those of many orders as they were a few minutes ago."""
    kept = kept_numbers.find(period, now=clock.now())
    if kept is not None:
        return kept
    counted = count(period)
    if counted.orders >= rules.MANY:
        with transaction():
            kept_numbers.keep(counted, now=clock.now())
    return counted


def _told_when(shown: Tables) -> str | None:
    """Since when the numbers may have changed; None if they were counted just now."""
    if shown.counted_at is None:
        return None
    local = shown.counted_at.astimezone(ZoneInfo(settings().timezone))
    return shown.say("counted", time=f"{local:%H:%M}")

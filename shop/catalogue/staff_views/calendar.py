"""The calendar of departures; making them; their guides and minimums."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import Response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from shop.catalogue.errors import NothingChosen
from shop.catalogue.models import Tour
from shop.catalogue.services import calendar as reading
from shop.catalogue.services import guides, minimum, schedule
from shop.catalogue.services.calendar import MOST, Shown
from shop.catalogue.staff_schemas.departures import (
    DAYS,
    VIEWS,
    CalendarQuery,
    GuideForm,
    MinimumForm,
    NewDeparturesForm,
    SalesForm,
)
from shop.catalogue.staff_texts.departures import CALENDAR, DEPARTURE, GUIDES, MINIMUMS, NEW
from shop.core import clock
from shop.core.i18n import pick
from shop.core.locales import LOCALES, language_name
from shop.core.schemas import opaque
from shop.core.settings import settings
from shop.staff.audience import back_to, current_staff, for_staff, record, staff_language
from shop.staff.forms import Form
from shop.staff.pages import MenuEntry, StaffPages, changes_nothing, page, told
from shop.staff.rules import EVERYBODY

IN_A_MONTHS_DAY = 6  # departures shown; the day's own page has all

blp = StaffPages(
    "calendar",
    "shop.catalogue",
    menu=(MenuEntry("calendar.show", CALENDAR["calendar"], 20, "calendar3"),),
    static_folder="static",
    static_url_path="/staff/static/calendar",
)


@dataclass(frozen=True)
class Day:
    """One day of the calendar."""

    day: date
    departures: Sequence[Shown]
    inside: bool  # of the month that is shown

    @property
    def others(self) -> int:
        """How many more it has."""
        return self.departures[0].of_day - len(self.departures) if self.departures else 0


@blp.get("/staff/calendar")
@for_staff(*EVERYBODY)
def show() -> Response:
    """The departures of a month, a week or a day; a guide's own."""
    zone = ZoneInfo(settings().timezone)
    today = clock.now().astimezone(zone).date()
    asked = CalendarQuery.read(request.args)
    view, on = asked["view"], asked["on"] or today
    first, days = _span(view, on)
    me = current_staff()
    mine = me.role == "guide"
    found = reading.departures_between(
        _midnight(first, zone),
        _midnight(first + timedelta(days=days), zone),
        tour=asked["tour"],
        language=asked["language"],
        guide_id=me.id if mine else opaque(asked["guide"]) if asked["guide"] not in {None, "none"} else None,
        unguided=not mine and asked["guide"] == "none",
        zone=zone,
        most_a_day=IN_A_MONTHS_DAY if view == "month" else MOST + 1,
    )
    by_day: dict[date, list[Shown]] = {}
    for one in found[:MOST]:
        by_day.setdefault(one.departure.starts_at.astimezone(zone).date(), []).append(one)
    every_day = (first + timedelta(days=n) for n in range(days))
    kept = {name: asked[name] for name in ("tour", "guide", "language") if asked[name]}
    return page(
        "catalogue/calendar.html",
        CALENDAR,
        **_formats(),
        view=view,
        views=VIEWS,
        on=on,
        today=today,
        title=_title(view, on, first),
        days=[Day(day, by_day.get(day, ()), view != "month" or day.month == on.month) for day in every_day],
        too_many=len(found) > MOST,
        anything=bool(found),
        asked=asked,
        kept=kept,
        earlier=_step(view, on, -1),
        later=_step(view, on, 1),
        tours=reading.tours_to_choose(),
        all_guides=() if mine else guides.list_guides(),
        all_languages=guides.languages_of_tours(),
        mine=mine,
        may_change=me.role in {"manager", "stock"},
        here=request.full_path.rstrip("?"),
        now=clock.now(),
    )


@blp.post("/staff/calendar/sales")
@for_staff("manager", "stock")
def sales() -> BaseResponse:
    """Close or open the sales of one or several departures."""
    form = Form(SalesForm)
    changed: list[str] = []
    if form.sent and form.read() is None:
        raise NothingChosen

    def carry_out(ids: list[Any], to: Any, back: str) -> None:
        found = schedule.set_sales(ids, status=to, now=clock.now())
        changed.extend(one.spoken_name for one in sorted(found, key=lambda one: one.starts_at))
        named = ", ".join(changed[:3]) + (" …" if len(changed) > 3 else "")
        record("departure.sales", named or "-", after={"status": to, "departures": changed})

    if not form.done(carry_out):
        raise NothingChosen
    to = back_to(str(form.values.get("back", "")), url_for("calendar.show"))
    return told(CALENDAR["sales_done"], to, count=len(changed))


@blp.route("/staff/calendar/new", methods=["GET", "POST"])
@for_staff("manager", "stock")
def new() -> Response | BaseResponse:
    """Make one departure, or a series."""
    asked = CalendarQuery.read(request.args)
    soon = (clock.now() + timedelta(days=7)).astimezone(ZoneInfo(settings().timezone)).date()
    form = Form(
        NewDeparturesForm,
        tour=asked["tour"],
        day=asked["on"] or soon,
        capacity=20,
        every=1,
        without_holidays=True,
        days=[],
    )
    if form.sent:  # a box that is not ticked is not sent
        form.values["without_holidays"] = "without_holidays" in request.form
    made: list[Any] = []

    def carry_out(**given: Any) -> None:
        tour = reading.get_tour(given["tour"])
        facts = {"language": given["language"], "capacity": given["capacity"], "guide_id": given["guide"]}
        made.extend(schedule.create(tour, _plan(tour, given), now=clock.now(), **facts))
        starts = [f"{one.local_start:%Y-%m-%d %H:%M}" for one in made]
        record("departure.created", f"{tour.slug} {starts[0]}", after={**_plain(facts), "starts": starts})

    if form.done(carry_out):
        first = made[0]
        to = url_for("departures.show", departure_id=first.id)
        if len(made) > 1:
            to = url_for("calendar.show", on=first.local_start.date(), tour=first.tour.slug)
        return told(NEW["created"], to, count=len(made))
    return form.page(
        "catalogue/calendar_new.html",
        CALENDAR | NEW,
        **_formats(),
        tours=reading.tours_to_choose(),
        all_guides=guides.list_guides(),
        all_languages=guides.languages_of_tours(),
        all_days=DAYS,
    )


@blp.post("/staff/calendar/preview")
@for_staff("manager", "stock")
@changes_nothing
def preview() -> Response:
    """The dates that a form would make, as part of a page."""
    form = Form(NewDeparturesForm)
    planned: list[schedule.Planned] = []
    form.done(lambda **given: planned.extend(_plan(reading.get_tour(given["tour"]), given)), own_transactions=True)
    response = page("catalogue/calendar_preview.html", CALENDAR | NEW, **_formats(), form=form, planned=planned)
    return response


@blp.get("/staff/calendar/guides", endpoint="guides")
@for_staff("manager", "stock")
def show_guides() -> Response:
    """Who guides, and in which languages."""
    return page(
        "catalogue/calendar_guides.html",
        CALENDAR | GUIDES,
        **_formats(),
        all_guides=guides.list_guides(),
        all_languages=_speakable(),
    )


@blp.post("/staff/calendar/guides/<staff_id>")
@for_staff("manager", "stock")
def guide_languages(staff_id: str) -> Response | BaseResponse:
    """Say in which languages somebody guides."""
    form = Form(GuideForm)
    names: list[str] = []

    def carry_out(languages: list[str]) -> None:
        guide, before = guides.set_languages(opaque(staff_id), languages)
        names.append(guide.name)
        record("guide.languages", guide.email, before={"languages": before}, after={"languages": sorted(languages)})

    if form.done(carry_out):
        return told(GUIDES["languages_done"], url_for("calendar.guides"), name=names[0])
    return form.page(
        "catalogue/calendar_guides.html",
        CALENDAR | GUIDES,
        **_formats(),
        all_guides=guides.list_guides(),
        all_languages=_speakable(),
    )


@blp.get("/staff/calendar/minimums", endpoint="minimums")
@for_staff("manager", "stock")
def show_minimums() -> Response:
    """The minimum of people that each tour's departures have."""
    tours = reading.tours_to_choose()
    return page("catalogue/calendar_minimums.html", CALENDAR | DEPARTURE | MINIMUMS, **_formats(), tours=tours)


@blp.route("/staff/calendar/minimums/<slug>", methods=["GET", "POST"], endpoint="minimum")
@for_staff("manager", "stock", fresh=True)
def change_minimum(slug: str) -> Response | BaseResponse:
    """Change the minimum of a tour's departures."""
    tour = reading.get_tour(slug if slug.isprintable() else "")
    form = Form(MinimumForm, minimum_seats=tour.minimum_seats, minimum_hours=tour.minimum_hours)

    def carry_out(minimum_seats: int | None, minimum_hours: int | None) -> None:
        _, before = minimum.set_minimum(slug, seats=minimum_seats, hours=minimum_hours, now=clock.now())
        after = {"seats": minimum_seats, "hours": minimum_hours}
        record("tour.minimum", slug, before={"seats": before[0], "hours": before[1]}, after=after)

    if form.done(carry_out):
        return told(MINIMUMS["minimum_done"], url_for("calendar.minimums"))
    return form.page("catalogue/calendar_minimum.html", CALENDAR | DEPARTURE | MINIMUMS, **_formats(), tour=tour)


def _formats() -> dict[str, Any]:
    """How templates say days, languages and names."""
    language = staff_language()
    locale = LOCALES[language]
    return {
        "pick": lambda texts: pick(texts, language),
        "say_day": lambda day, form="full": format_date(day, form, locale=locale),
        "say_language": lambda code: language_name(code, language),
    }


def _speakable() -> list[str]:
    """Languages that can be ticked: those of the tours, and of the shop."""
    return sorted({*guides.languages_of_tours(), "fr", "zh", "en"})


def _plan(tour: Tour, given: dict[str, Any]) -> list[schedule.Planned]:
    series = {name: given[name] for name in ("days", "every", "count", "until")} if given["repeat"] else {}
    return schedule.plan(
        tour,
        starts=schedule.starts(given["day"], given["time"], **series),
        language=given["language"],
        without_holidays=given["without_holidays"],
        days_off=set(given["days_off"]),
        now=clock.now(),
    )


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, int | None) else str(value) for name, value in facts.items()}


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=zone)


def _span(view: str, on: date) -> tuple[date, int]:
    """The first day that is shown, and how many are: whole weeks, but for one day."""
    if view == "day":
        return on, 1
    if view == "week":
        return on - timedelta(days=on.weekday()), 7
    first = on.replace(day=1)
    last = on.replace(day=monthrange(on.year, on.month)[1])
    start = first - timedelta(days=first.weekday())
    return start, (last - start).days // 7 * 7 + 7


def _step(view: str, on: date, by: int) -> date:
    if view == "month":
        middle = on.replace(day=15) + timedelta(days=30 * by)
        return middle.replace(day=1)
    return on + timedelta(days=by * (7 if view == "week" else 1))


def _title(view: str, on: date, first: date) -> str:
    language = staff_language()
    locale = LOCALES[language]
    if view == "month":
        return format_date(on, "yyyy年M月" if language == "zh-CN" else "MMMM yyyy", locale=locale)
    if view == "day":
        return format_date(on, "full", locale=locale)
    last = format_date(first + timedelta(days=6), "long", locale=locale)
    return f"{format_date(first, 'd MMM', locale=locale)} – {last}"

"""One departure: seen, changed, seats of it kept aside."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_datetime
from flask import Response, url_for
from werkzeug.wrappers import Response as BaseResponse

from shop.catalogue import rules
from shop.catalogue.errors import DepartureNotFound
from shop.catalogue.models import Departure, Tour
from shop.catalogue.services import blocks, guides, schedule
from shop.catalogue.services import calendar as reading
from shop.catalogue.staff_schemas.departures import BlockForm, with_prices
from shop.catalogue.staff_texts.departures import CALENDAR, DEPARTURE, NEW
from shop.core import clock
from shop.core.i18n import pick
from shop.core.input import InvalidInput
from shop.core.locales import LOCALES, language_name
from shop.core.money import Money
from shop.core.schemas import opaque
from shop.staff.audience import current_staff, for_staff, record, staff_language
from shop.staff.forms import Form, Nothing
from shop.staff.pages import StaffPages, told
from shop.staff.rules import EVERYBODY

blp = StaffPages("departures", "shop.catalogue")


@blp.get("/staff/departures/<departure_id>")
@for_staff(*EVERYBODY)
def show(departure_id: str) -> Response:
    """One departure with its seats, guide, minimum and prices; a guide's own only."""
    return _page(_find(departure_id), Form(BlockForm))


@blp.route("/staff/departures/<departure_id>/edit", methods=["GET", "POST"])
@for_staff("manager", "stock")
def edit(departure_id: str) -> Response | BaseResponse:
    """Change a departure, with the following of its series, or all."""
    departure = _find(departure_id)
    units = departure.tour.units
    own = {price.unit_id: price.price for price in departure.prices}
    form = Form(
        with_prices(unit.code for unit in units),
        time=f"{departure.local_start:%H:%M}",
        capacity=departure.capacity,
        language=departure.language,
        guide=departure.guide_id or "",
        minimum_seats=departure.minimum_seats,
        minimum_hours=departure.minimum_hours,
        scope="one",
        seen=schedule.stamp(departure),
        **{f"price-{unit.code}": _written(own.get(unit.id)) for unit in units},
    )
    done: list[schedule.Change] = []

    def carry_out(scope: schedule.Scope, seen: str, **given: Any) -> None:
        given["guide_id"] = given.pop("guide")
        least, hours = given.pop("minimum_seats"), given.pop("minimum_hours")
        given["minimum"] = None if least is None else (least, hours if least else 0)
        prices = {unit.id: given.pop(f"price-{unit.code}") for unit in units}
        given["prices"] = {unit_id: price for unit_id, price in prices.items() if price is not None}
        change = schedule.change(departure_id=departure.id, scope=scope, seen=seen, wanted=given, now=clock.now())
        done.append(change)
        before, after = (_plain(values) for values in (change.before, change.after))
        record(
            "departure.changed",
            change.departure.spoken_name,
            before=before,
            after={**after, "departures": change.count, "scope": scope},
        )

    if form.done(carry_out):
        return told(DEPARTURE["changed"], url_for("departures.show", departure_id=departure_id), count=done[0].count)
    return form.page(
        "catalogue/departure_edit.html",
        CALENDAR | NEW | DEPARTURE,
        **_formats(departure.tour),
        departure=departure,
        all_guides=guides.list_guides(),
        all_languages=sorted({*departure.tour.guide_languages, departure.language}),
        series=reading.series_of(departure, now=clock.now()),
    )


@blp.post("/staff/departures/<departure_id>/blocks")
@for_staff("manager", "stock")
def block(departure_id: str) -> Response | BaseResponse:
    """Keep seats aside for a group or a partner."""
    departure = _find(departure_id)
    form = Form(BlockForm)

    def carry_out(seats: int, holder: str, until: datetime | None) -> None:
        by = current_staff().email
        moment = _released_at(departure, until)
        blocks.block_seats(departure_id=departure.id, seats=seats, holder=holder, until=moment, by=by, now=clock.now())
        after = {"seats": seats, "holder": holder, "until": moment.isoformat() if moment else None}
        record("departure.blocked", departure.spoken_name, after=after)

    if form.done(carry_out):
        return told(DEPARTURE["blocked_done"], url_for("departures.show", departure_id=departure_id))
    return _page(_find(departure_id), form)


@blp.post("/staff/departures/<departure_id>/blocks/<block_id>/release")
@for_staff("manager", "stock")
def release(departure_id: str, block_id: str) -> Response | BaseResponse:
    """Put blocked seats back on sale."""
    form = Form(Nothing)

    def carry_out() -> None:
        departure = _find(departure_id)
        ended = blocks.release_block(opaque(block_id), departure_id=departure.id, now=clock.now())
        record("departure.unblocked", departure.spoken_name, before={"seats": ended.seats, "holder": ended.holder})

    if form.done(carry_out):
        return told(DEPARTURE["released_done"], url_for("departures.show", departure_id=departure_id))
    return _page(_find(departure_id), form)


def _page(departure: Departure, form: Form) -> Response:
    now = clock.now()
    others, unspoken = reading.clashes(departure)
    return form.page(
        "catalogue/departure.html",
        CALENDAR | NEW | DEPARTURE,
        **_formats(departure.tour),
        departure=departure,
        state=departure.status if departure.status != "open" or departure.seats_left else "sold_out",
        on_sale=rules.public_status(departure, now) == "open",
        over=departure.status == "cancelled" or departure.starts_at <= now,
        blocks=blocks.open_blocks(departure.id),
        series=reading.series_of(departure, now=now),
        others=others,
        unspoken=unspoken,
        may_change=current_staff().role in {"manager", "stock"},
    )


def _find(departure_id: str) -> Departure:
    """A departure that whoever asks may see."""
    found = reading.get_departure(opaque(departure_id))
    me = current_staff()
    if me.role == "guide" and found.guide_id != me.id:
        raise DepartureNotFound
    return found


def _released_at(departure: Departure, until: datetime | None) -> datetime | None:
    if until is None:
        return None
    moment = until.replace(tzinfo=departure.tour.zone)
    if not clock.now() < moment <= departure.starts_at:
        raise InvalidInput(errors={"until": [DEPARTURE["until_wrong"].to(staff_language())]})
    return moment


def _formats(tour: Tour) -> dict[str, Any]:
    language = staff_language()
    return {
        "pick": lambda texts: pick(texts, language),
        "say_language": lambda code: language_name(code, language),
        "say_moment": lambda at: format_datetime(at.astimezone(tour.zone), _MOMENT[language], locale=LOCALES[language]),
        "say_money": lambda amount: Money(amount, tour.currency).to(language),
    }


def _written(price: int | None) -> str | None:
    return None if price is None else f"{Decimal(price).scaleb(-2)}"


def _plain(values: Any) -> dict[str, Any]:
    """Values as JSON."""
    plain: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            plain[name] = {str(key): price for key, price in value.items()}
        elif isinstance(value, tuple):
            plain[name] = list(value)
        else:
            plain[name] = value if isinstance(value, int | None) else str(value)
    return plain


_MOMENT = {"fr": "EEEE d MMMM y 'à' HH:mm", "zh-CN": "y年M月d日 EEEE HH:mm", "en": "EEEE d MMMM y, HH:mm"}

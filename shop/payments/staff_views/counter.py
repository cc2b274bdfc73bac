"""Pages of the counter: a departure, a party, the money, the tickets."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from shop.catalogue.models import Departure
from shop.core import clock
from shop.core.db import db
from shop.core.input import InvalidInput, translate
from shop.core.money import Money
from shop.core.schemas import opaque
from shop.core.settings import settings
from shop.orders.errors import OrderNotFound
from shop.orders.models import Order
from shop.payments.services import counter, once
from shop.payments.services.folder import write_note
from shop.payments.staff_schemas.orders import MOST_OF_A_UNIT, DayForm, PartyForm, SaleForm
from shop.payments.staff_texts.counter import COUNTER, PRICE_CHANGED, REASON_NEEDED
from shop.payments.staff_texts.orders import ORDERS
from shop.payments.staff_views.orders import change_of, tools
from shop.staff.audience import current_staff, for_staff, record, staff_language
from shop.staff.errors import NotYourRole
from shop.staff.forms import Form
from shop.staff.pages import MenuEntry, StaffPages, changes_nothing, page, told

blp = StaffPages(
    "counter_desk", "shop.payments", menu=(MenuEntry("counter_desk.departures", COUNTER["counter"], 42, "shop"),)
)


@blp.get("/staff/counter")
@for_staff("manager", "cashier")
def departures() -> Response:
    """What can be sold at the counter."""
    zone, now = ZoneInfo(settings().timezone), clock.now()
    asked = {"on": request.args.get("on", "")}
    day = None if DayForm().validate(asked) else DayForm().load(asked)["on"]
    day = day or now.astimezone(zone).date()
    found = counter.on_sale(day=datetime.combine(day, time(), zone), now=now)
    return page("orders/counter.html", COUNTER, departures=found, on=day.isoformat(), **tools(zone))


@blp.get("/staff/counter/<departure_id>")
@for_staff("manager", "cashier", fresh=True)
def party(departure_id: str) -> Response:
    """Who comes to a departure."""
    return _choose(departure_id, Form(PartyForm, locale=staff_language()))


def _choose(departure_id: str, form: Form) -> Response:
    departure = counter.with_units(opaque(departure_id))
    return form.page("orders/sale.html", COUNTER, departure=departure, **tools(departure.tour.zone))


def _wanted(departure: Departure) -> dict[str, int]:
    """How many of each unit were typed.

    Raises:
        InvalidInput: something else than a small number.
    """
    typed = {unit.code: request.form.get(f"unit-{unit.code}", "").strip() or "0" for unit in departure.tour.units}
    mistakes = {
        f"unit-{code}": translate(["Not a valid integer."], staff_language())
        for code, text in typed.items()
        if not (text.isascii() and text.isdigit() and len(text) < 4 and int(text) <= MOST_OF_A_UNIT)
    }
    if mistakes:
        raise InvalidInput(errors=mistakes)
    return {code: int(text) for code, text in typed.items()}


@blp.post("/staff/counter/<departure_id>/total")
@for_staff("manager", "cashier", fresh=True)
@changes_nothing
def total(departure_id: str) -> Response:
    """What a party has to pay; nothing is kept for it yet."""
    form = Form(PartyForm)
    found: dict[str, Any] = {}

    def work_out(**given: Any) -> None:
        departure = counter.with_units(opaque(departure_id))
        _, found["party"] = counter.price(departure.id, _wanted(departure), now=clock.now())

    if not form.done(work_out, own_transactions=True):
        return _choose(departure_id, form)
    return _ask_money(departure_id, form, found["party"].amount)


def _ask_money(departure_id: str, form: Form, amount: int) -> Response:
    departure = counter.with_units(opaque(departure_id))
    return form.page(
        "orders/sale_sure.html",
        COUNTER,
        departure=departure,
        total=Money(amount, departure.tour.currency),
        typed={name: value for name, value in request.form.items() if name.startswith("unit-")},
        may_give=current_staff().role == "manager",
        **tools(departure.tour.zone),
    )


@blp.post("/staff/counter/<departure_id>")
@for_staff("manager", "cashier", fresh=True)
def sell(departure_id: str) -> Response | BaseResponse:
    """Sell seats to somebody at the counter; their tickets are issued at once."""
    form = Form(SaleForm)
    outcome: dict[str, Any] = {}

    def carry_out(form_id: UUID, total: int, means: Any, received: str, note: str, locale: Any, **contact: str) -> None:
        if not once.first_time(form_id, now=clock.now()):
            outcome["number"] = _number(once.order_made_by(form_id))
            record("order.form-again", outcome["number"])
            return
        departure = counter.with_units(opaque(departure_id))
        order = counter.sell(
            departure_id=departure.id,
            wanted=_wanted(departure),
            contact=contact,
            locale=locale,
            means=means,
            by=current_staff().email,
            hold=timedelta(minutes=settings().hold_minutes),
            now=clock.now(),
        )
        outcome["number"] = order.number
        outcome["change"] = _settle(order, total, means, received, note)
        once.remember_order(form_id, order.id)

    if not form.done(carry_out):
        if form.errors.keys() & {"received", "note", "means"} or (form.refusal and not form.errors):
            shown = request.form.get("total", "")
            return _ask_money(departure_id, form, int(shown) if shown.isascii() and shown.isdigit() else 0)
        return _choose(departure_id, form)
    to = url_for("orders_desk.tickets", number=outcome["number"])
    if "change" not in outcome:
        return told(ORDERS["already_done"], to)
    if outcome["change"] is None:
        return told(COUNTER["sold_free"], to)
    return told(COUNTER["sold"], to, change=outcome["change"].to(staff_language()))


def _settle(order: Order, total: int, means: str, received: str, note: str) -> Money | None:
    """See that what was sold is what was shown and paid; the change, or None of what was given."""
    language = staff_language()
    if order.amount != total:
        raise InvalidInput(errors={"means": [PRICE_CHANGED.to(language, amount=order.total.to(language))]})
    facts = {"amount": order.amount, "currency": order.currency}
    member = current_staff()
    if means == "free" or not order.amount:
        if order.amount and member.role != "manager":
            raise NotYourRole
        if order.amount and not note:
            raise InvalidInput(errors={"note": [REASON_NEEDED.to(language)]})
        if note:
            write_note(order, note, staff_id=member.id, who=member.email, now=clock.now())
        record("order.given", order.spoken_number, after=facts)
        return None
    change = change_of(received, order.total)
    record("order.cash-taken", order.spoken_number, after=facts)
    return order.money(change)


def _number(order_id: UUID | None) -> str:
    """The number of what a form sold.

    Raises:
        OrderNotFound: it sold nothing; the id is another form's.
    """
    order = db.session.get(Order, order_id) if order_id else None
    if order is None:
        raise OrderNotFound
    return order.number

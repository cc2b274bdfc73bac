"""Pages about orders: searching, reading the whole of one, and the acts on it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_timedelta
from flask import Response, current_app, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from shop.core import clock
from shop.core.i18n import DEFAULT, Language, Text, match_language, pick
from shop.core.input import InvalidInput, refuse_hostile_text
from shop.core.locales import LOCALES
from shop.core.money import Money
from shop.core.schemas import opaque
from shop.core.settings import settings
from shop.orders.documents import texts as printed
from shop.orders.documents.qr import ticket_qr
from shop.orders.models import Order
from shop.orders.rules import WITH_TICKETS
from shop.orders.schemas import ORDER_STATES
from shop.orders.services.story import sentence
from shop.orders.services.tickets import document_url
from shop.orders.texts import GATEWAYS, REFUND_REASONS
from shop.payments import rules
from shop.payments.errors import NotEnoughCash, OrderChanged, RefundRequestNotFound
from shop.payments.flows import end_attempts_and_lock
from shop.payments.services import approvals, office, once
from shop.payments.services.attempts import due_of
from shop.payments.services.decisions import decision
from shop.payments.services.folder import Folder, open_folder, write_note
from shop.payments.services.search import find_order, kinds_of, search_orders
from shop.payments.staff_schemas.orders import Act as ActForm
from shop.payments.staff_schemas.orders import (
    ApprovalAct,
    CashAct,
    DeclineForm,
    NoteForm,
    RefundAct,
    RefundForm,
    SearchForm,
)
from shop.payments.staff_texts.orders import AMOUNT, NO_TICKETS, ORDERS, UNCLEAR
from shop.staff.audience import current_staff, for_staff, record, record_reading, staff_language
from shop.staff.errors import NotYourRole
from shop.staff.forms import Form
from shop.staff.models import Attention
from shop.staff.pages import MenuEntry, StaffPages, Words, changes_nothing, page, told
from shop.staff.texts import ATTENTION

_STYLES = {
    "success": "paid valid succeeded approved won confirmed",
    "warning": "pending waiting held",
    "danger": "in_review blocked needs_attention open",
    "info": "partially_refunded redeemed",
    "secondary": "refunded expired cancelled void closed superseded declined lost released",
}
STYLES = {state: style for style, states in _STYLES.items() for state in states.split()}
PRINTED = {
    "reference": printed.REFERENCE,
    "holder": printed.HOLDER,
    "unit": printed.UNIT,
    "meeting_point": printed.MEETING_POINT,
    "show_the_code": printed.SHOW_THE_CODE,
}

blp = StaffPages(
    "orders_desk", "shop.payments", menu=(MenuEntry("orders_desk.orders", ORDERS["orders"], 40, "receipt"),)
)


@dataclass(frozen=True)
class Action:
    """What can be done with an order from its page: shown if the order and the role of who looks allow it."""

    endpoint: str
    words: Text
    possible: Callable[[Folder], bool]
    style: str = "outline-primary"


def _can_refund(folder: Folder) -> bool:
    return bool(folder.left) or any(ticket.status == "valid" for ticket in folder.tickets)


ACTIONS: list[Action] = [
    Action("orders_desk.review", ORDERS["review"], lambda folder: folder.order.status == "in_review", "danger"),
    Action("orders_desk.cash", ORDERS["take_cash"], lambda folder: folder.order.status == "pending", "primary"),
    Action(
        "orders_desk.tickets",
        ORDERS["show_tickets"],
        lambda folder: any(ticket.status == "valid" for ticket in folder.tickets),
    ),
    Action(
        "orders_desk.refund",
        ORDERS["refund"],
        lambda folder: folder.order.status in WITH_TICKETS | {"cancelled"} and _can_refund(folder),
    ),
]


# ---- What the templates call


def moment(when: datetime, zone: ZoneInfo, *, form: str = "medium") -> str:
    """A moment on the clocks of a place, as people write it."""
    return format_datetime(when.astimezone(zone), form, locale=LOCALES[staff_language()])


def age(since: datetime) -> str:
    """How long ago something was."""
    return format_timedelta(clock.now() - since, locale=LOCALES[staff_language()])


def say(entry: Attention) -> str:
    """What needs a decision, as a sentence."""
    text = ATTENTION.get(entry.kind)
    return text.to(staff_language(), subject=entry.subject) if text else f"{entry.kind} {entry.subject}"


def lead(entry: Attention) -> dict[str, str]:
    """Where something is decided, and the words of it."""
    found = decision(entry.kind, entry.subject)
    return {"url": url_for(found.endpoint, **cast(Any, found.values)), "words": found.words.to(staff_language())}


def tools(zone: ZoneInfo | None = None) -> dict[str, Any]:
    """What every template here may call."""
    language, place = staff_language(), zone or ZoneInfo(settings().timezone)
    return {
        "when": lambda at: moment(at, place),
        "day": lambda at: moment(at, place, form="EEE d MMM y HH:mm" if language != "zh-CN" else "y年M月d日 EEE HH:mm"),
        "age": age,
        "say": say,
        "lead": lead,
        "styles": STYLES,
        "pick": lambda texts: pick(texts, language),
        "amount_of": lambda money: money.to(language),
        "gateway_name": lambda name: GATEWAYS[name].to(language) if name in GATEWAYS else name,
        "reason_of": lambda key: REFUND_REASONS[key].to(language) if key in REFUND_REASONS else key,
        "who_asked": who_asked,
        "form_id": lambda: str(uuid4()),
    }


def who_asked(name: str) -> str:
    """Who wanted a refund: one of us by address, else by what they are."""
    key = f"by_{name}"
    return ORDERS[key].to(staff_language()) if key in ORDERS else name


def sees_people() -> bool:
    """Whether who asks may see names and addresses."""
    return current_staff().role in {"manager", "cashier"}


def me() -> approvals.Colleague:
    """Who asks, as services know them."""
    member = current_staff()
    return approvals.Colleague(member.id, member.email)


def act_once(order_id: UUID, form_id: UUID, seen: str | None, work: Callable[[Order], object]) -> bool:
    """Do something with a locked order that nobody can be paying for, as it was seen; once, however often it is sent.

    Returns:
        Whether it was done now, and not before.

    Raises:
        OrderChanged: the order is no longer as it was seen.
        PaymentInProgress, PaymentProviderDown: a payment of it is open, and cannot be ended.
    """
    with end_attempts_and_lock(order_id) as order:
        if not once.first_time(form_id, now=clock.now()):
            record("order.form-again", order.spoken_number)
            return False
        if seen is not None and office.state_of(order) != seen:
            raise OrderChanged
        work(order)
    return True


# ---- Finding and reading


@blp.get("/staff/orders")
@for_staff("manager", "cashier", "stock")
def orders() -> Response:
    """Find orders."""
    refuse_hostile_text(request.args.to_dict(flat=False))
    asked = {name: value for name, value in request.args.items() if value.strip()}
    schema = SearchForm()
    mistakes = schema.validate(asked)
    wanted = schema.load({name: value for name, value in asked.items() if name not in mistakes})
    zone = ZoneInfo(settings().timezone)
    people = sees_people()
    found = search_orders(zone=zone, people=people, **wanted)
    if people:
        record_reading("orders.searched", ", ".join(kinds_of(wanted["q"])) or "*")
    return page(
        "orders/list.html",
        ORDERS,
        status=422 if mistakes else 200,
        found=found["items"],
        next=found["next"],
        asked={name: asked.get(name, "") for name in schema.load_fields},
        mistakes=mistakes,
        states=ORDER_STATES,
        people=people,
        **tools(zone),
    )


@blp.get("/staff/orders/<number>")
@for_staff("manager", "cashier", "stock")
def order(number: str) -> Response:
    """Everything about one order."""
    return _show(number)


def _show(number: str, form: Form | None = None) -> Response:
    folder = open_folder(number)
    people = sees_people()
    if people:
        record_reading("order.read", folder.order.spoken_number)
    facts = {
        "folder": folder,
        "order": folder.order,
        "people": people,
        "story": _story(folder, people),
        "actions": _actions(folder),
        **tools(folder.order.zone),
    }
    return (form or Form(NoteForm)).page("orders/order.html", ORDERS, **facts)


def _story(folder: Folder, people: bool) -> list[dict[str, Any]]:
    language = staff_language()
    told_of = [
        {"at": event.at, "text": sentence(event, language), "who": event.facts.get("by"), "note": False}
        for event in folder.events
    ]
    notes = [{"at": note.at, "text": note.text, "who": note.who, "note": True} for note in folder.notes if people]
    return sorted([*told_of, *notes], key=lambda one: one["at"])


def _actions(folder: Folder) -> list[dict[str, str]]:
    role, views = current_staff().role, current_app.view_functions
    return [
        {
            "url": url_for(action.endpoint, number=folder.order.number),
            "words": action.words.to(staff_language()),
            "style": action.style,
        }
        for action in ACTIONS
        if role in getattr(views[action.endpoint], "roles", ()) and action.possible(folder)
    ]


@blp.post("/staff/orders/<number>/notes")
@for_staff("manager", "cashier")
def note(number: str) -> Response | BaseResponse:
    """Write a note on an order, for the staff alone."""
    found = find_order(number)
    form, done = Form(NoteForm), []

    def keep(form_id: UUID, text: str) -> None:
        if not once.first_time(form_id, now=clock.now()):
            record("order.form-again", found.spoken_number)
            return
        member = current_staff()
        write_note(found, text, staff_id=member.id, who=member.email, now=clock.now())
        record("order.noted", found.spoken_number)
        done.append(True)

    if form.done(keep):
        words = ORDERS["note_kept"] if done else ORDERS["already_done"]
        return told(words, url_for("orders_desk.order", number=number))
    return _show(number, form)


# ---- Giving money back


@blp.get("/staff/orders/<number>/refund")
@for_staff("manager", "cashier", fresh=True)
def refund(number: str) -> Response:
    """Choose what of an order goes back."""
    return _choose_refund(number, Form(RefundForm))


def _choose_refund(number: str, form: Form) -> Response:
    folder = open_folder(number)
    record_reading("order.read", folder.order.spoken_number)
    return form.page(
        "orders/refund.html",
        ORDERS,
        folder=folder,
        order=folder.order,
        chosen=request.form.getlist("positions"),
        **tools(folder.order.zone),
    )


def _plan(order: Order, given: dict[str, Any]) -> approvals.Plan:
    positions: list[int] | None = given["positions"]
    amount = None
    if positions and given["scope"] != "tickets":
        raise InvalidInput(errors={"scope": [UNCLEAR.to(staff_language())]})
    if given["scope"] == "amount":
        positions, amount = None, rules.minor_units(given["amount"], order.currency)
        if amount is None:
            raise InvalidInput(errors={"amount": [AMOUNT.to(staff_language(), currency=order.currency)]})
    elif given["scope"] == "whole":
        positions = []
    elif not positions:
        raise InvalidInput(errors={"positions": [NO_TICKETS.to(staff_language())]})
    limit = settings().four_eyes_limit
    return approvals.plan(order, positions=positions, amount=amount, limit=limit, now=clock.now())


@blp.post("/staff/orders/<number>/refund/rehearsal")
@for_staff("manager", "cashier", fresh=True)
@changes_nothing
def rehearse_refund(number: str) -> Response:
    """Show what a refund would do."""
    found, form, planned = find_order(number), Form(RefundForm), []

    def rehearse(**given: Any) -> None:
        planned.append((_plan(found, given), given))

    if not form.done(rehearse, own_transactions=True):
        return _choose_refund(number, form)
    plan, given = planned[0]
    return page(
        "orders/refund_sure.html",
        ORDERS,
        order=found,
        plan=plan,
        given=given,
        seen=office.state_of(found),
        limit=Money(settings().four_eyes_limit, found.currency),
        lately=Money(plan.lately, found.currency),
        **tools(found.zone),
    )


@blp.post("/staff/orders/<number>/refund")
@for_staff("manager", "cashier", fresh=True)
def make_refund(number: str) -> Response | BaseResponse:
    """Give money back; above the limit, ask for the agreement of another manager."""
    order_id = find_order(number).id
    form, outcome = Form(RefundAct), {}

    def carry_out(form_id: UUID, seen: str, **given: Any) -> None:
        def work(order: Order) -> None:
            plan = _plan(order, given)
            asked = approvals.refund_or_ask(order, plan, by=me(), note=given["note"], now=clock.now())
            outcome["asked"] = asked is not None
            after = {"amount": plan.amount.amount, "currency": plan.amount.currency, "tickets": plan.positions}
            record("order.refund-requested" if asked else "order.refunded", order.spoken_number, after=after)

        outcome["now"] = act_once(order_id, form_id, seen, work)

    if not form.done(carry_out, own_transactions=True):
        return _choose_refund(number, form)
    words = "already_done" if not outcome["now"] else "refund_asked" if outcome["asked"] else "refund_made"
    return told(ORDERS[words], url_for("orders_desk.order", number=number))


@blp.get("/staff/orders/<number>/requests/<request_id>")
@for_staff("manager", "cashier", fresh=True)
def request_page(number: str, request_id: str) -> Response:
    """A refund that waits for a second person."""
    return _show_request(number, request_id, Form(DeclineForm))


def _show_request(number: str, request_id: str, form: Form) -> Response:
    folder = open_folder(number)
    record_reading("order.read", folder.order.spoken_number)
    wanted = next((one for one in folder.requests if one.id == opaque(request_id)), None)
    if wanted is None:
        raise RefundRequestNotFound
    mine = wanted.asked_by_id == current_staff().id
    is_open = wanted.status == "waiting" and wanted.expires_at > clock.now()
    return form.page(
        "orders/request.html",
        ORDERS,
        order=folder.order,
        wanted=wanted,
        is_open=is_open,
        mine=mine,
        may_approve=is_open and not mine and current_staff().role == "manager",
        may_decline=is_open and (mine or current_staff().role == "manager"),
        seen=office.state_of(folder.order),
        **tools(folder.order.zone),
    )


@blp.post("/staff/orders/<number>/requests/<request_id>/approve")
@for_staff("manager", fresh=True)
def approve(number: str, request_id: str) -> Response | BaseResponse:
    """Agree to a refund that a colleague asked for."""
    order_id = find_order(number).id
    form, outcome = Form(ApprovalAct), {}

    def carry_out(form_id: UUID, seen: str) -> None:
        def work(order: Order) -> None:
            limit = settings().four_eyes_limit
            done = approvals.approve(order, opaque(request_id), by=me(), limit=limit, now=clock.now())
            after = {"amount": done.amount, "currency": done.currency, "asked_by": done.asked_by}
            record("order.refund-approved", order.spoken_number, after=after)

        outcome["now"] = act_once(order_id, form_id, seen, work)

    if not form.done(carry_out, own_transactions=True):
        return _show_request(number, request_id, form)
    words = ORDERS["approved_now"] if outcome["now"] else ORDERS["already_done"]
    return told(words, url_for("orders_desk.order", number=number))


@blp.post("/staff/orders/<number>/requests/<request_id>/decline")
@for_staff("manager", "cashier", fresh=True)
def decline(number: str, request_id: str) -> Response | BaseResponse:
    """Decline a refund that a colleague asked for, or take one's own back."""
    order_id = find_order(number).id
    form, outcome = Form(DeclineForm), {}

    def carry_out(form_id: UUID, answer: str) -> None:
        def work(order: Order) -> None:
            done = approvals.decline(order, opaque(request_id), by=me(), answer=answer, now=clock.now())
            if current_staff().role != "manager" and done.asked_by_id != current_staff().id:
                raise NotYourRole
            record("order.refund-declined", order.spoken_number, after={"amount": done.amount})

        outcome["now"] = act_once(order_id, form_id, None, work)

    if not form.done(carry_out, own_transactions=True):
        return _show_request(number, request_id, form)
    words = ORDERS["declined_now"] if outcome["now"] else ORDERS["already_done"]
    return told(words, url_for("orders_desk.order", number=number))


# ---- Orders in review


@blp.get("/staff/orders/<number>/review")
@for_staff("manager", "cashier", fresh=True)
def review(number: str) -> Response:
    """What can be decided of an order whose money does not match, and what each would do."""
    return _show_review(number, Form(ActForm))


def _show_review(number: str, form: Form) -> Response:
    folder = open_folder(number)
    record_reading("order.read", folder.order.spoken_number)
    order = folder.order
    came = [payment for payment in folder.payments if payment.disposition == "review"]
    due = due_of(order) if order.status == "in_review" else order.money(0)
    foreign = any(payment.received_currency != order.currency for payment in came)
    return form.page(
        "orders/review.html",
        ORDERS,
        order=order,
        came=came,
        due=due,
        excess=order.money(-due.amount),
        can_accept=order.status == "in_review" and not foreign and due.amount <= 0,
        can_ask=order.status == "in_review" and not foreign and due.amount > 0,
        until=order.review_since + rules.REVIEW_TIME if order.review_since else None,
        seen=office.state_of(order),
        **tools(order.zone),
    )


def _decide(number: str, act: str, work: Callable[..., None]) -> Response | BaseResponse:
    order_id = find_order(number).id
    form, outcome = Form(ActForm), {}

    def carry_out(form_id: UUID, seen: str) -> None:
        def once_more(order: Order) -> None:
            before = order.status
            work(order, by=current_staff().email, now=clock.now())
            record(act, order.spoken_number, before={"status": before}, after={"status": order.status})

        outcome["now"] = act_once(order_id, form_id, seen, once_more)

    if not form.done(carry_out, own_transactions=True):
        return _show_review(number, form)
    words = ORDERS["decided"] if outcome["now"] else ORDERS["already_done"]
    return told(words, url_for("orders_desk.order", number=number))


@blp.post("/staff/orders/<number>/accept")
@for_staff("manager", "cashier", fresh=True)
def accept(number: str) -> Response | BaseResponse:
    """Take what came for an order in review for its payment."""
    return _decide(number, "order.accepted", office.accept)


@blp.post("/staff/orders/<number>/refuse")
@for_staff("manager", "cashier", fresh=True)
def refuse(number: str) -> Response | BaseResponse:
    """Give back what came for an order in review, and cancel it."""
    return _decide(number, "order.refused", office.refuse)


@blp.post("/staff/orders/<number>/complement")
@for_staff("manager", "cashier", fresh=True)
def complement(number: str) -> Response | BaseResponse:
    """Let the customer of an order in review pay what is missing."""
    return _decide(number, "order.complement", office.ask_complement)


# ---- Cash for an order, and its tickets


@blp.route("/staff/orders/<number>/cash", methods=["GET", "POST"])
@for_staff("manager", "cashier", fresh=True)
def cash(number: str) -> Response | BaseResponse:
    """Take cash for an order that waits to be paid."""
    order_id = find_order(number).id
    form = Form(CashAct)
    outcome: dict[str, Any] = {}

    def take(form_id: UUID, seen: str, received: str) -> None:
        def work(order: Order) -> None:
            outcome["change"] = order.money(change_of(received, order.total))
            by = current_staff().email
            office.sell_at_counter(order, gateway="cash", by=by, now=clock.now())
            record("order.cash-taken", order.spoken_number, after={"amount": order.amount, "currency": order.currency})

        outcome["now"] = act_once(order_id, form_id, seen, work)

    if form.done(take, own_transactions=True):
        to = url_for("orders_desk.order", number=number)
        if not outcome["now"]:
            return told(ORDERS["already_done"], to)
        return told(ORDERS["cash_taken"], to, change=outcome["change"].to(staff_language()))
    found = find_order(number)
    return form.page("orders/cash.html", ORDERS, order=found, seen=office.state_of(found), **tools(found.zone))


def change_of(received: str, due: Money) -> int:
    """What is given back of cash, in minor units.

    Raises:
        InvalidInput: it is no amount.
        NotEnoughCash: it is less than what is due.
    """
    amount = rules.minor_units(received, due.currency)
    if amount is None:
        raise InvalidInput(errors={"received": [AMOUNT.to(staff_language(), currency=due.currency)]})
    if amount < due.amount:
        raise NotEnoughCash(due=due.to(staff_language()))
    return amount - due.amount


@blp.get("/staff/orders/<number>/tickets")
@for_staff("manager", "cashier")
def tickets(number: str) -> Response:
    """The tickets of an order, to print or to be scanned, in the language of its customer."""
    folder = open_folder(number)
    record_reading("order.tickets-shown", folder.order.spoken_number)
    theirs: Language = match_language(folder.order.locale) or DEFAULT
    valid = [ticket for ticket in folder.tickets if ticket.status == "valid"]
    return page(
        "orders/tickets.html",
        ORDERS,
        order=folder.order,
        tickets=valid,
        theirs=theirs,
        their=Words(theirs, PRINTED),
        their_pick=lambda texts: pick(texts, theirs),
        their_day=lambda at: format_datetime(
            at, "EEEE d MMMM y HH:mm" if theirs != "zh-CN" else "y年M月d日EEEE HH:mm", locale=LOCALES[theirs]
        ),
        qr=lambda ticket: Markup(ticket_qr(ticket.code).decode()),  # noqa: S704 -- drawn by us
        link=document_url,
        **tools(folder.order.zone),
    )

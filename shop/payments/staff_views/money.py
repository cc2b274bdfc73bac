"""Pages about money: what waits for somebody, one refund, and what only somebody outside can settle."""

from collections.abc import Callable
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from shop.core import clock
from shop.core.input import refuse_hostile_text
from shop.core.settings import settings
from shop.payments.errors import NothingToDecide
from shop.payments.models import Refund
from shop.payments.services import office, once, refunds
from shop.payments.services.decisions import PLACES
from shop.payments.services.folder import (
    find_entry,
    find_refund,
    in_review,
    open_disputes,
    open_entries,
    open_refunds,
    waiting_requests,
)
from shop.payments.staff_schemas.orders import RefundOneAct, SeenForm
from shop.payments.staff_texts.money import MONEY
from shop.payments.staff_texts.orders import ORDERS
from shop.payments.staff_views.orders import tools
from shop.staff.audience import current_staff, for_staff, record, record_reading
from shop.staff.forms import Form
from shop.staff.pages import MenuEntry, StaffPages, page, told
from shop.staff.services.attention import settle_attention

SHOWN = 25  # of each kind
WORDS = ORDERS | MONEY
UNMATCHED = ("unmatched-payment", "unmatched-refund", "unmatched-dispute")
SEEN_TO = tuple(kind for kind, (place, _) in PLACES.items() if place == "seen" and kind not in UNMATCHED)
# These go from the list by themselves once they are decided; nobody takes them off it.
SETTLED_BY_ACTS = {"amount-mismatch", "refund-failed", "refund-stuck", "refund-by-hand", "refund-to-approve"}

blp = StaffPages(
    "payments_desk", "shop.payments", menu=(MenuEntry("payments_desk.money", MONEY["money"], 50, "cash-coin"),)
)


@blp.get("/staff/money")
@for_staff("manager", "cashier")
def money() -> Response:
    """Money that waits for somebody."""
    record_reading("money.read", "*")
    return page(
        "orders/money.html",
        WORDS,
        requests=waiting_requests(now=clock.now(), limit=SHOWN),
        failing=open_refunds("needs_attention", cursor=None, size=SHOWN)["items"],
        under_way=open_refunds("pending", cursor=None, size=SHOWN)["items"],
        reviews=in_review(limit=SHOWN),
        unmatched=open_entries(UNMATCHED, limit=SHOWN),
        other=open_entries(SEEN_TO, limit=SHOWN),
        disputes=open_disputes(limit=SHOWN),
        **tools(),
    )


@blp.get("/staff/refunds/<number>")
@for_staff("manager", "cashier")
def refund(number: str) -> Response:
    """One refund, and what can be done about it."""
    return _show(number, Form(RefundOneAct))


def _show(number: str, form: Form) -> Response:
    found = find_refund(number)
    order = found.payment.order
    record_reading("order.read", order.spoken_number)
    return form.page(
        "orders/refund_one.html",
        WORDS,
        refund=found,
        order=order,
        by_hand=found.gateway == refunds.BY_HAND,
        **tools(ZoneInfo(settings().timezone)),
    )


def _act(number: str, act: str, work: Callable[..., object], done: str) -> Response | BaseResponse:
    refund_id = find_refund(number).id
    form, outcome = Form(RefundOneAct), []

    def carry_out(form_id: UUID) -> None:
        locked: Refund = refunds.lock_refund(refund_id)
        if not once.first_time(form_id, now=clock.now()):
            record("order.form-again", number)
            return
        before = locked.status
        work(locked, by=current_staff().email, now=clock.now())
        record(act, number, before={"status": before}, after={"amount": locked.amount, "currency": locked.currency})
        outcome.append(True)

    if not form.done(carry_out):
        return _show(number, form)
    words = MONEY[done] if outcome else ORDERS["already_done"]
    return told(words, url_for("payments_desk.refund", number=number))


@blp.post("/staff/refunds/<number>/retry")
@for_staff("manager", "cashier", fresh=True)
def retry(number: str) -> Response | BaseResponse:
    """Ask again for a refund that failed."""
    return _act(number, "refund.retried", office.ask_again, "retried")


@blp.post("/staff/refunds/<number>/handed-out")
@for_staff("manager", "cashier", fresh=True)
def hand_out(number: str) -> Response | BaseResponse:
    """Write down that a refund was handed out in cash."""
    return _act(number, "refund.handed-out", office.hand_out, "handed_out")


@blp.route("/staff/attention", methods=["GET", "POST"])
@for_staff("manager", "cashier")
def staff_attention() -> Response | BaseResponse:
    """Something that only somebody outside can settle: once it is, it is taken off the list."""
    refuse_hostile_text(request.values.to_dict())
    form, outcome = Form(SeenForm), []

    def take_off(kind: str, subject: str, note: str) -> None:
        entry = find_entry(kind, subject)
        if kind in SETTLED_BY_ACTS or entry is None:
            raise NothingToDecide
        settle_attention(kind, subject, now=clock.now())
        entry.facts = {**entry.facts, "note": note}  # not in the trail, which nobody could take it out of again
        record("attention.done", subject, after={"kind": kind})
        outcome.append(entry)

    if form.done(take_off):
        return told(MONEY["marked_done"], url_for("office.today"))
    entry = find_entry(request.values.get("kind", ""), request.values.get("subject", ""))
    if entry is None:
        raise NothingToDecide
    return form.page("orders/attention.html", WORDS, entry=entry, by_acts=entry.kind in SETTLED_BY_ACTS, **tools())

"""The customer's phone: a page on which a person pays, or cancels, what the shop has ordered."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from shop.simulator.cashier import NotPayable
from shop.simulator.credentials import MERCHANT_NAME
from shop.simulator.orders import Order
from shop.simulator.phone_texts import FRENCH, LANGUAGES, Texts, amount, texts_in
from shop.simulator.simulation import current

blueprint = Blueprint("phone", __name__)
STYLE = Path(__file__).parent / "templates" / "phone.css"
SHOWN_SHEETS = 10
SEARCHED_ORDERS = 100


@dataclass(frozen=True)
class Sheet:
    """One payment as the page shows it."""

    prepay_id: str
    description: str
    amount: str
    out_trade_no: str
    customer: str


@blueprint.get("/phone")
def waiting_payments() -> str:
    """The newest orders that can be paid."""
    texts = _texts()
    return _page(texts, "list", sheets=_payable(texts)[:SHOWN_SHEETS])


@blueprint.get("/phone/<prepay_id>")
def payment(prepay_id: str) -> tuple[str, int]:
    """One payment: its sheet, or what became of it."""
    texts = _texts()
    found = current().orders.find_by_prepay(prepay_id)
    sheets = [] if found is None else [_sheet(found[0], prepay_id, texts)]
    state = _state(prepay_id)
    if state == "payable" and "cancelled" in request.args:
        state = "cancelled"
    return _page(texts, state, sheets=sheets), 404 if state == "unknown" else 200


@blueprint.post("/phone/<prepay_id>")
def decide(prepay_id: str) -> AnyResponse:
    """Pay or cancel, then show what came of it."""
    cancelled = None
    if request.form.get("outcome") == "pay":
        with contextlib.suppress(NotPayable):  # the page we go to says why
            current().cashier.pay(current().cashier.sheet(prepay_id))
    else:
        cancelled = "1"
    language = request.args.get("lang")
    return redirect(url_for("phone.payment", prepay_id=prepay_id, lang=language, cancelled=cancelled), 303)


@blueprint.get("/phone.css")
def style() -> Response:
    """How the phone looks."""
    return Response(STYLE.read_bytes(), content_type="text/css; charset=utf-8")


def _page(texts: Texts, state: str, *, sheets: list[Sheet]) -> str:
    return render_template(
        "phone.html",
        texts=texts,
        languages=LANGUAGES,
        state=state,
        sheets=sheets,
        merchant=MERCHANT_NAME,
        lang=request.args.get("lang"),
    )


def _payable(texts: Texts) -> list[Sheet]:
    sheets = []
    for order in current().orders.newest(SEARCHED_ORDERS):
        prepay_id = current().orders.prepay_ids(order)[0]
        if _state(prepay_id) == "payable":
            sheets.append(_sheet(order, prepay_id, texts))
    return sheets


def _state(prepay_id: str) -> str:
    try:
        current().cashier.sheet(prepay_id)
    except NotPayable as refused:
        return refused.code
    return "payable"


def _sheet(order: Order, prepay_id: str, texts: Texts) -> Sheet:
    return Sheet(
        prepay_id=prepay_id,
        description=order.asked["description"],
        amount=amount(order.total, order.currency, texts.language),
        out_trade_no=order.out_trade_no,
        customer=current().visitors.name_of(order.openid),
    )


def _texts() -> Texts:
    asked = texts_in(request.args.get("lang"))
    if asked is not None:
        return asked
    accepted = (texts_in(language) for language in request.accept_languages.values())
    return next((texts for texts in accepted if texts is not None), FRENCH)

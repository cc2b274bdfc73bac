"""Moving the simulated world: customers, payments, faults, keys and time. Not part of WeChat."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, request
from werkzeug.exceptions import Conflict, NotFound

from shop.simulator import control_shapes as shapes
from shop.simulator.cashier import NotPayable
from shop.simulator.credentials import MODES
from shop.simulator.faults import Fault
from shop.simulator.notices import Notice
from shop.simulator.orders import Order
from shop.simulator.shapes import Fields, read_object
from shop.simulator.simulation import current
from shop.simulator.transactions import moment

blueprint = Blueprint("control", __name__, url_prefix="/control")
LISTED_ORDERS = 200


def asked_for(shape: Fields) -> dict[str, Any]:
    """The request's body, which may be left out where nothing in it is required."""
    return read_object(request.get_data() or b"{}", shape)


@blueprint.get("/health")
def health() -> dict[str, Any]:
    """That the simulator is alive, and what is still under way."""
    simulation = current()
    return {
        "status": "ok",
        "notices_waiting": len(simulation.notices.waiting()),
        "notices_paused": simulation.courier.is_paused,
    }


@blueprint.post("/codes")
def make_code() -> dict[str, str]:
    """What wx.login gives this person."""
    wanted = asked_for(shapes.CODES)
    simulation = current()
    code, openid = simulation.visitors.new_code(simulation.credentials.app_id, wanted["user"])
    return {"code": code, "openid": openid}


@blueprint.post("/request-payment")
def request_payment() -> dict[str, str]:
    """What wx.requestPayment reports on this person's phone."""
    wanted = asked_for(shapes.REQUEST_PAYMENT)
    return {"errMsg": current().cashier.request_payment(wanted["user"], wanted["client"], wanted["outcome"])}


@blueprint.get("/orders")
def list_orders() -> dict[str, Any]:
    """The latest orders, newest first."""
    return {"orders": [_order(order) for order in current().orders.newest(LISTED_ORDERS)]}


@blueprint.get("/orders/<out_trade_no>")
def show_order(out_trade_no: str) -> dict[str, Any]:
    """One order and the notices about it."""
    order = get_order(out_trade_no, request.args.get("mode"))
    return _order(order) | {
        "asked": order.asked,
        "prepay_ids": current().orders.prepay_ids(order),
        "notices": [told(one) for one in current().notices.about(order.mode, order.out_trade_no)],
    }


@blueprint.post("/orders/<out_trade_no>/pay")
def pay_order(out_trade_no: str) -> dict[str, Any]:
    """Pay an order without a phone, with another amount or without a notice if so asked."""
    wanted = asked_for(shapes.PAY)
    order = get_order(out_trade_no, wanted.pop("mode", None))
    try:
        return _order(current().cashier.pay(order, **wanted))
    except NotPayable as refused:
        raise Conflict(refused.reason) from refused


@blueprint.post("/faults")
def add_fault() -> tuple[dict[str, Any], int]:
    """Misbehave for the next calls of a path."""
    wanted = asked_for(shapes.FAULT)
    fault = Fault(
        path_prefix=wanted["path_prefix"],
        method=wanted.get("method"),
        kind=wanted["kind"],
        times=wanted.get("times", 1),
        delay_seconds=wanted.get("delay_seconds", 0),
    )
    current().faults.add(fault)
    return asdict(fault), 201


@blueprint.get("/faults")
def list_faults() -> dict[str, Any]:
    """The faults still to strike."""
    return {"faults": [asdict(fault) for fault in current().faults.left()]}


@blueprint.delete("/faults")
def clear_faults() -> tuple[str, int]:
    """Behave again."""
    current().faults.clear()
    return "", 204


@blueprint.post("/keys/rotate")
def rotate_keys() -> dict[str, Any]:
    """Sign with a new platform certificate from now on, in both modes or in one."""
    wanted = asked_for(shapes.ROTATE)
    modes = [wanted["mode"]] if "mode" in wanted else MODES
    return {"serials": {mode: current().credentials.accounts[mode].platform.rotate().serial for mode in modes}}


@blueprint.post("/keys/switch")
def switch_keys() -> dict[str, Any]:
    """Sign this share of notices with the public key, the others with the certificate."""
    wanted = asked_for(shapes.SWITCH)
    for mode in [wanted["mode"]] if "mode" in wanted else MODES:
        current().credentials.accounts[mode].platform.switch(wanted["share"])
    return {"share": wanted["share"]}


@blueprint.post("/clock")
def set_clock() -> dict[str, Any]:
    """Let WeChat's clock be so many seconds ahead of the machine's; negative for behind."""
    current().clock.skew_seconds = asked_for(shapes.CLOCK)["skew_seconds"]
    return {"skew_seconds": current().clock.skew_seconds, "now": moment(current().clock.now())}


@blueprint.post("/behave")
def behave() -> tuple[str, int]:
    """End every misbehaviour asked for, of whatever kind."""
    current().behave()
    return "", 204


@blueprint.post("/notices/pause")
def pause_notices() -> dict[str, bool]:
    """Let queued notices wait."""
    current().courier.pause()
    return {"paused": True}


@blueprint.post("/notices/resume")
def resume_notices() -> dict[str, bool]:
    """Let queued notices go."""
    current().courier.resume()
    return {"paused": False}


def get_order(out_trade_no: str, mode: str | None) -> Order:
    """The newest order of this number, or 404."""
    order = current().orders.find_by_number(out_trade_no, mode)
    if order is None:
        raise NotFound(f"no order is numbered {out_trade_no}")
    return order


def _order(order: Order) -> dict[str, Any]:
    return {
        "mode": order.mode,
        "merchant": order.merchant,
        "out_trade_no": order.out_trade_no,
        "state": order.state,
        "description": order.asked["description"],
        "total": order.total,
        "currency": order.currency,
        "user": current().visitors.name_of(order.openid),
        "notify_url": order.asked["notify_url"],
        "made_at": moment(order.made_at),
        "pay_until": moment(order.pay_until),
        "transaction_id": order.transaction_id if order.is_paid else None,
        "paid_at": None if order.paid_at is None else moment(order.paid_at),
    }


def told(notice: Notice) -> dict[str, Any]:
    """How a notice stands."""
    return {
        "out_trade_no": notice.out_trade_no,
        "event_id": notice.event_id,
        "event_type": notice.event_type,
        "state": notice.state,
        "attempts": notice.attempts,
        "last_answer": notice.last_answer,
    }

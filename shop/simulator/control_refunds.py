"""What becomes of refunds, and refunds made in the merchant's console. Not part of WeChat."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, request
from werkzeug.exceptions import BadRequest, Conflict, NotFound

from shop.simulator import control_shapes as shapes
from shop.simulator.control_views import asked_for, get_order
from shop.simulator.refund_desk import AlreadyEnded, RefundHandling
from shop.simulator.refunds import Refund
from shop.simulator.simulation import current
from shop.simulator.transactions import moment

blueprint = Blueprint("control_refunds", __name__, url_prefix="/control")


@blueprint.get("/refunds")
def list_refunds() -> dict[str, Any]:
    """The refunds of an order, oldest first."""
    if "out_trade_no" not in request.args:
        raise BadRequest("name the out_trade_no of an order")
    order = get_order(request.args["out_trade_no"], request.args.get("mode"))
    return {"refunds": [_told(refund) for refund in current().refunds.of_order(order)]}


@blueprint.get("/refunds/handling")
def show_handling() -> dict[str, Any]:
    """What becomes of refunds."""
    return asdict(current().refunds.handling)


@blueprint.post("/refunds/handling")
def handle_refunds() -> dict[str, Any]:
    """Let this become of refunds from now on; what is not asked for is as it should be."""
    current().refunds.handling = RefundHandling(**asked_for(shapes.REFUND_HANDLING))
    return show_handling()


@blueprint.delete("/refunds/handling")
def handle_refunds_well() -> tuple[str, int]:
    """Let refunds succeed at once."""
    current().refunds.handling = RefundHandling()
    return "", 204


@blueprint.get("/refunds/<out_refund_no>")
def show_refund(out_refund_no: str) -> dict[str, Any]:
    """One refund."""
    refund = current().refunds.find(out_refund_no, request.args.get("mode"))
    if refund is None:
        raise NotFound(f"no refund is numbered {out_refund_no}")
    return _told(refund) | {"asked": refund.asked}


@blueprint.post("/refunds/<out_refund_no>/settle")
def settle_refund(out_refund_no: str) -> dict[str, Any]:
    """End a refund on hold, or an abnormal one."""
    wanted = asked_for(shapes.SETTLE)
    try:
        return _told(current().refunds.settle(out_refund_no, **wanted))
    except KeyError:
        raise NotFound(f"no refund is numbered {out_refund_no}") from None
    except AlreadyEnded:
        raise Conflict("the refund has ended") from None


@blueprint.post("/orders/<out_trade_no>/refund")
def refund_order(out_trade_no: str) -> dict[str, Any]:
    """Refund an order as somebody in the merchant's console does."""
    wanted = asked_for(shapes.CONSOLE_REFUND)
    order = get_order(out_trade_no, wanted.pop("mode", None))
    return _told(current().refunds.from_console(order, **wanted))


def _told(refund: Refund) -> dict[str, Any]:
    return {
        "mode": refund.mode,
        "out_refund_no": refund.out_refund_no,
        "refund_id": refund.refund_id,
        "out_trade_no": refund.out_trade_no,
        "amount": refund.amount,
        "currency": refund.currency,
        "state": refund.state,
        "notify_url": refund.notify_url,
        "made_at": moment(refund.made_at),
        "ended_at": None if refund.ended_at is None else moment(refund.ended_at),
    }

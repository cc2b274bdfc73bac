"""Differences planted in the statements of past days. Not part of WeChat."""

from datetime import date
from typing import Any

from flask import Blueprint

from shop.simulator import control_shapes as shapes
from shop.simulator.control_views import asked_for, get_order
from shop.simulator.credentials import Mode
from shop.simulator.planted import Difference
from shop.simulator.refusals import bad_field
from shop.simulator.simulation import current

blueprint = Blueprint("control_statements", __name__, url_prefix="/control")


@blueprint.post("/statements/plant")
def plant_differences() -> dict[str, Any]:
    """Let the statement of a day tell these differences, in place of those planted before."""
    wanted = asked_for(shapes.PLANT)
    try:
        day = date.fromisoformat(wanted["date"])
    except ValueError:
        raise bad_field("/body/date", "日期不存在", wanted["date"]) from None
    mode = wanted["mode"]
    differences = [_difference(mode, day, one) for one in wanted["differences"]]
    current().statements.plant(mode, day, differences)
    return {"differences": [_told(one) for one in differences]}


@blueprint.delete("/statements/plant")
def uproot_differences() -> tuple[str, int]:
    """Tell of every day what was."""
    current().statements.uproot()
    return "", 204


def _difference(mode: Mode, day: date, wanted: dict[str, Any]) -> Difference:
    facts = dict(wanted)
    kind = facts.pop("kind")
    order = get_order(facts["number"], mode) if kind == "unknown-refund" else None
    return current().statements.difference(kind, mode, day, order=order, **facts)


def _told(difference: Difference) -> dict[str, Any]:
    """With the numbers of what was made up."""
    told: dict[str, Any] = {"kind": difference.kind}
    if difference.number:
        told["number"] = difference.number
    if difference.invented is not None:
        told["number"] = difference.invented.number
    if difference.amount:
        told["amount"] = difference.amount
    return told

"""Notices as asked for: crafted ones sent at once, and how the queued ones of real payments are carried."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from flask import Blueprint

from shop.simulator import control_shapes as shapes
from shop.simulator import courier, notices
from shop.simulator.control_views import asked_for, told
from shop.simulator.courier import Reception
from shop.simulator.credentials import Account
from shop.simulator.handling import Handling
from shop.simulator.notice_subjects import subject_of
from shop.simulator.signing import notice_headers
from shop.simulator.simulation import current

blueprint = Blueprint("control_notices", __name__, url_prefix="/control")


@blueprint.post("/notices")
def send_notices() -> dict[str, Any]:
    """Send the same crafted notice so many times, without retries, and tell what the merchant answered."""
    wanted = asked_for(shapes.NOTICES)
    told_as, topic, account, notify_url = subject_of(wanted)
    now = current().clock.now()
    plaintext = notices.merged(told_as, wanted.get("overrides", {}))
    body = notices.encode(notices.envelope(plaintext, account, wanted.get("envelope"), now=now, topic=topic))
    notify_url = wanted.get("notify_url", notify_url)

    def send(_: int) -> Reception:
        return courier.post(notify_url, body, _headers(account, body, wanted, now))

    times = wanted.get("times", 1)
    if wanted.get("concurrent", False):
        with ThreadPoolExecutor(max_workers=times) as threads:
            receptions = list(threads.map(send, range(times)))
    else:
        receptions = [send(turn) for turn in range(times)]
    return {"answers": [{"status": one.status, "body": one.body} for one in receptions]}


@blueprint.get("/notices/handling")
def show_handling() -> dict[str, Any]:
    """How queued notices are carried."""
    handling, drop = current().courier.handling
    return asdict(handling) | {"drop": drop}


@blueprint.post("/notices/handling")
def handle_notices() -> dict[str, Any]:
    """Carry queued notices so from now on; what is not asked for is as it should be."""
    wanted = asked_for(shapes.HANDLING)
    drop = wanted.pop("drop", 0)
    current().courier.handle(Handling(**wanted), drop=drop)
    return show_handling()


@blueprint.delete("/notices/handling")
def handle_notices_well() -> tuple[str, int]:
    """Carry queued notices as they should be."""
    current().courier.handle(Handling())
    return "", 204


@blueprint.post("/notices/deliver")
def deliver_notices() -> dict[str, Any]:
    """Make one delivery of what waits, one notice after the other, even while paused; tells how each one stands."""
    delivered = current().courier.deliver(asked_for(shapes.DELIVER).get("most"))
    return {"notices": [told(current().notices.get(event_id)) for event_id in delivered]}


@blueprint.delete("/notices")
def forget_notices() -> tuple[str, int]:
    """Give up every notice that waits; none is under way any more once this is answered."""
    current().courier.forget()
    return "", 204


def _headers(account: Account, body: bytes, wanted: dict[str, Any], now: float) -> dict[str, str]:
    headers = notice_headers(
        account.platform, body, now=now, signing=wanted.get("signing"), age_seconds=wanted.get("age_seconds", 0)
    )
    return notices.merged(headers, wanted.get("headers", {}))

"""Sending crafted notices at once: duplicates, forgeries, other amounts, other merchants."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from flask import Blueprint
from werkzeug.exceptions import BadRequest

from shop.simulator import control_shapes as shapes
from shop.simulator import courier, notices, transactions
from shop.simulator.control_views import asked_for
from shop.simulator.courier import Reception
from shop.simulator.credentials import Account
from shop.simulator.orders import Order, Payer, new_order
from shop.simulator.signing import signed_headers
from shop.simulator.simulation import current

blueprint = Blueprint("control_notices", __name__, url_prefix="/control")
STRANGER = "a customer nobody knows"


@blueprint.post("/notices")
def send_notices() -> dict[str, Any]:
    """Send the same crafted notice so many times, without retries, and tell what the merchant answered."""
    wanted = asked_for(shapes.NOTICES)
    order, account = _subject(wanted)
    if not order.is_paid:
        order = replace(order, state="SUCCESS", paid_at=time.time())
    plaintext = notices.merged(transactions.notice(order, account), wanted.get("overrides", {}))
    body = notices.encode(notices.envelope(plaintext, account, wanted.get("envelope")))
    notify_url = wanted.get("notify_url", order.asked["notify_url"])

    def send(_: int) -> Reception:
        return courier.post(notify_url, body, _headers(account, body, wanted))

    times = wanted.get("times", 1)
    if wanted.get("concurrent", False):
        with ThreadPoolExecutor(max_workers=times) as threads:
            receptions = list(threads.map(send, range(times)))
    else:
        receptions = [send(turn) for turn in range(times)]
    return {"answers": [{"status": one.status, "body": one.body} for one in receptions]}


def _subject(wanted: dict[str, Any]) -> tuple[Order, Account]:
    """The order a notice is about; one nobody placed is made up, and not kept."""
    simulation = current()
    known = simulation.orders.find_by_number(wanted["out_trade_no"], wanted.get("mode"))
    if known is not None:
        return known, simulation.credentials.accounts[known.mode]
    if "notify_url" not in wanted or "mode" not in wanted:
        raise BadRequest("an order nobody placed needs notify_url and mode")
    account = simulation.credentials.accounts[wanted["mode"]]
    openid = simulation.visitors.openid(account.app_id, STRANGER)
    asked: dict[str, Any] = {
        "out_trade_no": wanted["out_trade_no"],
        "notify_url": wanted["notify_url"],
        "amount": {"total": 1, "currency": "EUR" if account.mode == "global" else "CNY"},
        "payer": {"sub_openid": openid} if account.mode == "global" else {"openid": openid},
    }
    if account.mode == "global":
        asked["sub_appid"] = account.app_id
    return new_order(account, asked, Payer(account.app_id, openid), time.time()), account


def _headers(account: Account, body: bytes, wanted: dict[str, Any]) -> dict[str, str]:
    signing = wanted.get("signing", "certificate")
    signer = account.platform.public_key if signing == "public-key" else account.platform.current
    flaw = None if signing in ("certificate", "public-key") else signing
    headers = signed_headers(signer, body, age_seconds=wanted.get("age_seconds", 0), flaw=flaw)
    return notices.merged(headers, wanted.get("headers", {}))

"""WeChat Pay over HTTP: statements, domestic and global.

Domestic: https://pay.weixin.qq.com/doc/v3/merchant/4012791882
Global: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_1_6.shtml
"""

import gzip
import hashlib
from datetime import date
from typing import Any

from flask import Blueprint, Response, g, request

from shop.simulator import refusals
from shop.simulator.credentials import Account, Mode
from shop.simulator.faults import Fault
from shop.simulator.notices import encode
from shop.simulator.order_shapes import MERCHANT_NUMBER
from shop.simulator.shapes import Choice, Fields, Text
from shop.simulator.signed_views import add_routes, caller, check_numbers, check_query, signed
from shop.simulator.simulation import current
from shop.simulator.statement_files import DOMESTIC_COLUMNS, domestic_text, global_text

blueprint = Blueprint("statement", __name__)

TRADE_BILL = "/v3/bill/tradebill"
DOWNLOAD = "/v3/billdownload/file"
GLOBAL = "/v3/global/statements"
KINDS = {"SUCCESS": "payment", "REFUND": "refund"}
_TRADE_BILL = Fields(
    required={"bill_date": Text(10, pattern=r"20\d\d-\d\d-\d\d")},
    optional={"bill_type": Choice(tuple(DOMESTIC_COLUMNS)), "tar_type": Choice(("GZIP",))},
)
_STATEMENT = Fields(
    required={"date": Text(8, pattern=r"20\d{6}"), "sp_mchid": MERCHANT_NUMBER},
    optional={"sub_mchid": MERCHANT_NUMBER},
)
_DOWNLOAD = Fields({"token": Text(512)})


@signed
def ask_trade_bill(account: Account) -> dict[str, Any]:
    """Where the trade bill of a day is fetched, and its digest, which is of the unpacked file."""
    asked = check_query(_TRADE_BILL)
    day = _day(asked["bill_date"], "/query/bill_date")
    bill_type = asked.get("bill_type", "ALL")
    kinds = (KINDS[bill_type],) if bill_type in KINDS else tuple(KINDS.values())
    movements = [one for one in current().statements.movements(account, day) if one.kind in kinds]
    if not movements:
        raise refusals.statement_empty()
    text = domestic_text(movements, account, bill_type)
    token = current().statements.offer(account, text, is_packed="tar_type" in asked)
    return {
        "hash_type": "SHA1",
        "hash_value": _digest(text),
        "download_url": f"{request.host_url.rstrip('/')}{DOWNLOAD}?token={token}",
    }


def download(mode: Mode) -> Response:
    """The file itself; this answer is not signed."""
    account = caller(mode)
    offer = current().statements.find_offer(account, check_query(_DOWNLOAD)["token"])
    if offer is None:
        raise refusals.download_unknown()
    content = _sent(offer.text)
    if offer.is_packed:
        return Response(gzip.compress(content, mtime=0), content_type="application/x-gzip")
    return Response(content, content_type="text/plain; charset=utf-8")


def stream_statement(mode: Mode) -> Response:
    """The statement of a day; what is signed is the JSON text of its digest, not the file."""
    account = caller(mode)
    asked = check_query(_STATEMENT)
    check_numbers(account, asked, "/query")
    day = _day(asked["date"], "/query/date")
    text = global_text(current().statements.movements(account, day), account)
    response = Response(_sent(text), content_type="text/plain; charset=utf-8")
    response.headers["Wechatpay-Statement-Sha1"] = _digest(text)
    if request.accept_encodings.find("gzip") >= 0:
        response.set_data(gzip.compress(response.get_data(), mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    g.account = account
    g.signed_body = encode({"sha1": _digest(text)})
    return response


add_routes(
    blueprint,
    "domestic",
    ("GET", TRADE_BILL, ask_trade_bill),
    ("GET", DOWNLOAD, download),
)
add_routes(blueprint, "global", ("GET", GLOBAL, stream_statement))


def _day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise refusals.bad_field(where, "日期不存在", text) from None


def _digest(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _sent(text: str) -> bytes:
    """The file as it is sent: with a fault that says so, its first movement is gone."""
    fault: Fault | None = g.get("fault")
    if fault is None or fault.kind != "other-file":
        return text.encode()
    lines = text.splitlines(keepends=True)
    return "".join(lines[:1] + lines[2:] if len(lines) > 1 else [*lines, "\n"]).encode()

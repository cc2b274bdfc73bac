"""WeChat Pay over HTTP: refunds, domestic and global.

Domestic: https://pay.weixin.qq.com/wiki/doc/apiv3/apis/chapter3_1_9.shtml
Global: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter3_4_3.shtml
"""

from typing import Any

from flask import Blueprint, request

from shop.simulator import refund_notices, refusals
from shop.simulator.credentials import Account
from shop.simulator.refund_shapes import OUT_REFUND_NO, REFUND, REFUND_ID
from shop.simulator.shapes import Fields, read_object
from shop.simulator.signed_views import add_routes, check_numbers, check_own_query, check_query, signed
from shop.simulator.simulation import current

blueprint = Blueprint("refund", __name__)

DOMESTIC = "/v3/refund/domestic/refunds"
GLOBAL = "/v3/global/refunds"


@signed
def ask_refund(account: Account) -> dict[str, Any]:
    """Accept a refund; that it was accepted does not tell that it will succeed."""
    asked = read_object(request.get_data(), REFUND[account.mode])
    if account.mode == "global":
        check_numbers(account, asked, "/body")
    if ("transaction_id" in asked) == ("out_trade_no" in asked):
        raise refusals.bad_field("/body/transaction_id", "transaction_id 与 out_trade_no 应填其一")
    return refund_notices.acceptance(*current().refunds.ask(account, asked))


@signed
def query_refund(account: Account, out_refund_no: str) -> dict[str, Any]:
    """The refund of the merchant's number."""
    _check_query(account)
    OUT_REFUND_NO.check(out_refund_no, "/uri_template/out_refund_no")
    return _told(account, "out_refund_no", out_refund_no)


@signed
def query_refund_by_id(account: Account, refund_id: str) -> dict[str, Any]:
    """The refund of WeChat Pay's own number."""
    _check_query(account)
    REFUND_ID.check(refund_id, "/uri_template/refund_id")
    return _told(account, "refund_id", refund_id)


add_routes(
    blueprint,
    "domestic",
    ("POST", DOMESTIC, ask_refund),
    ("GET", f"{DOMESTIC}/<out_refund_no>", query_refund),
)
add_routes(
    blueprint,
    "global",
    ("POST", GLOBAL, ask_refund),
    ("GET", f"{GLOBAL}/out-refund-no/<out_refund_no>", query_refund),
    ("GET", f"{GLOBAL}/id/<refund_id>", query_refund_by_id),
)


def _check_query(account: Account) -> None:
    if account.mode == "global":
        check_own_query(account)
    else:
        check_query(Fields({}))


def _told(account: Account, field: str, number: str) -> dict[str, Any]:
    found = current().refunds.find_of(account, field, number)
    if found is None:
        raise refusals.refund_unknown()
    return refund_notices.answer(*found)

"""WeChat Pay over HTTP: orders and certificates, domestic and global.

Domestic: https://pay.weixin.qq.com/doc/v3/merchant/4012791897 (order), 4012556398 (close)
Global: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_26.shtml (order)
Certificates: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_3_8.shtml
"""

from typing import Any

from flask import Blueprint, request

from shop.simulator import keys, refusals, transactions
from shop.simulator.credentials import MODES, Account, Mode
from shop.simulator.order_shapes import MERCHANT_ONLY, OUT_TRADE_NO, PREPAY, TRANSACTION_ID
from shop.simulator.orders import Order, Payer
from shop.simulator.refusals import Refusal
from shop.simulator.sealing import seal
from shop.simulator.shapes import Fields, read_object
from shop.simulator.signed_views import add_routes, check_numbers, check_own_query, signed
from shop.simulator.simulation import current

blueprint = Blueprint("pay", __name__)

TRANSACTIONS: dict[Mode, str] = {"domestic": "/v3/pay/transactions", "global": "/v3/global/transactions"}
CERTIFICATES: dict[Mode, str] = {"domestic": "/v3/certificates", "global": "/v3/global/certificates"}


@signed
def place_order(account: Account) -> dict[str, Any]:
    """Take an order to be paid in a mini-program."""
    asked = read_object(request.get_data(), PREPAY[account.mode])
    check_numbers(account, asked, "/body")
    payer = _payer(account, asked)
    return {"prepay_id": current().orders.place(account, asked, payer)}


@signed
def query_by_number(account: Account, out_trade_no: str) -> dict[str, Any]:
    """The order of this number."""
    check_own_query(account)
    OUT_TRADE_NO[account.mode].check(out_trade_no, "/uri_template/out_trade_no")
    return _told(account, current().orders.find(account, out_trade_no))


@signed
def query_by_transaction(account: Account, transaction_id: str) -> dict[str, Any]:
    """The paid order of this transaction."""
    check_own_query(account)
    TRANSACTION_ID.check(transaction_id, "/uri_template/transaction_id")
    return _told(account, current().orders.find_by_transaction(account, transaction_id))


@signed
def close_order(account: Account, out_trade_no: str) -> None:
    """Close an order; answers alike for a number nobody ordered."""
    asked = read_object(request.get_data(), MERCHANT_ONLY[account.mode])
    check_numbers(account, asked, "/body")
    OUT_TRADE_NO[account.mode].check(out_trade_no, "/uri_template/out_trade_no")
    current().orders.close(account, out_trade_no)


@signed
def download_certificates(account: Account) -> dict[str, Any]:
    """The platform certificates, each encrypted with the APIv3 key."""
    Fields({}).check(request.args.to_dict(), "/query")
    return {
        "data": [
            {
                "serial_no": one.serial,
                "effective_time": transactions.moment(one.certificate.not_valid_before_utc.timestamp()),
                "expire_time": transactions.moment(one.certificate.not_valid_after_utc.timestamp()),
                "encrypt_certificate": seal(
                    account.numbers.api_v3_key, keys.certificate_pem(one.certificate), "certificate"
                ),
            }
            for one in account.platform.certificates
        ]
    }


for mode in MODES:
    start = TRANSACTIONS[mode]
    add_routes(
        blueprint,
        mode,
        ("POST", f"{start}/jsapi", place_order),
        ("GET", f"{start}/out-trade-no/<out_trade_no>", query_by_number),
        ("POST", f"{start}/out-trade-no/<out_trade_no>/close", close_order),
        ("GET", f"{start}/id/<transaction_id>", query_by_transaction),
        ("GET", CERTIFICATES[mode], download_certificates),
    )


def _payer(account: Account, asked: dict[str, Any]) -> Payer:
    """Who may pay; the openid must have been issued for the appid it is sent with."""
    given: dict[str, str] = asked["payer"]
    if len(given) != 1:
        raise refusals.bad_field("/body/payer", "sub_openid 与 sp_openid 应填其一")
    field, openid = next(iter(given.items()))
    if field == "sub_openid" and "sub_appid" not in asked:
        raise refusals.bad_field("/body/sub_appid", "传sub_openid时，sub_appid必填")
    app_id = account.numbers.service_app_id if field == "sp_openid" else account.app_id
    issued_for = current().visitors.app_of(openid)
    if issued_for is None:
        raise refusals.bad_field(f"/body/payer/{field}", "无效的openid", openid)
    if issued_for != app_id:
        raise Refusal(400, "INVALID_REQUEST", "appid和openid不匹配")
    return Payer(app_id, openid)


def _told(account: Account, order: Order | None) -> dict[str, Any]:
    if order is None:
        raise refusals.order_unknown(account.mode)
    return transactions.answer(order, account)

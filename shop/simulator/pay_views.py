"""WeChat Pay over HTTP: orders and certificates, domestic and global.

Domestic: https://pay.weixin.qq.com/doc/v3/merchant/4012791897 (order), 4012556398 (close)
Global: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_26.shtml (order)
Certificates: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_3_8.shtml
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, Response, g, request

from shop.simulator import keys, refusals, transactions
from shop.simulator.authorization import authenticate
from shop.simulator.credentials import MODES, Account, Mode
from shop.simulator.notices import encode
from shop.simulator.order_shapes import MERCHANT_ONLY, OUT_TRADE_NO, PREPAY
from shop.simulator.orders import Order, Payer
from shop.simulator.platform_keys import PUBLIC_KEY_PREFIX
from shop.simulator.refusals import Refusal
from shop.simulator.sealing import seal
from shop.simulator.shapes import Fields, Text, read_object
from shop.simulator.simulation import current

blueprint = Blueprint("pay", __name__)

TRANSACTIONS: dict[Mode, str] = {"domestic": "/v3/pay/transactions", "global": "/v3/global/transactions"}
CERTIFICATES: dict[Mode, str] = {"domestic": "/v3/certificates", "global": "/v3/global/certificates"}
TRANSACTION_ID = Text(32, pattern="[0-9A-Za-z]+")

View = Callable[..., dict[str, Any] | None]


def signed(view: View) -> Callable[..., Response]:
    """Let a view answer requests of the mode's own merchant only, duly signed and complete."""

    @wraps(view)
    def answer(mode: Mode, **found: str) -> Response:
        account = authenticate(request, current().credentials, current().clock.now())
        _check_headers(account)
        if account.mode != mode:
            raise refusals.wrong_prefix(account.mode)
        told = view(account, **found)
        g.account = account
        if told is None:
            return Response(b"", 204)
        return Response(encode(told), 200, content_type="application/json; charset=utf-8")

    return answer


@signed
def place_order(account: Account) -> dict[str, Any]:
    """Take an order to be paid in a mini-program."""
    asked = read_object(request.get_data(), PREPAY[account.mode])
    _check_numbers(account, asked, "/body")
    payer = _payer(account, asked)
    return {"prepay_id": current().orders.place(account, asked, payer)}


@signed
def query_by_number(account: Account, out_trade_no: str) -> dict[str, Any]:
    """The order of this number."""
    _check_query(account)
    OUT_TRADE_NO[account.mode].check(out_trade_no, "/uri_template/out_trade_no")
    return _told(account, current().orders.find(account, out_trade_no))


@signed
def query_by_transaction(account: Account, transaction_id: str) -> dict[str, Any]:
    """The paid order of this transaction."""
    _check_query(account)
    TRANSACTION_ID.check(transaction_id, "/uri_template/transaction_id")
    return _told(account, current().orders.find_by_transaction(account, transaction_id))


@signed
def close_order(account: Account, out_trade_no: str) -> None:
    """Close an order; answers alike for a number nobody ordered."""
    asked = read_object(request.get_data(), MERCHANT_ONLY[account.mode])
    _check_numbers(account, asked, "/body")
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


def _add_routes() -> None:
    for mode in MODES:
        start = TRANSACTIONS[mode]
        routes: list[tuple[str, str, Callable[..., Response]]] = [
            ("POST", f"{start}/jsapi", place_order),
            ("GET", f"{start}/out-trade-no/<out_trade_no>", query_by_number),
            ("POST", f"{start}/out-trade-no/<out_trade_no>/close", close_order),
            ("GET", f"{start}/id/<transaction_id>", query_by_transaction),
            ("GET", CERTIFICATES[mode], download_certificates),
        ]
        for method, path, view in routes:
            name = f"{mode}_{view.__name__}"
            blueprint.add_url_rule(path, name, view, methods=[method], defaults={"mode": mode})


_add_routes()


def _check_headers(account: Account) -> None:
    kinds = [kind.partition(";")[0].strip() for kind in request.headers.get("Accept", "").split(",")]
    if "application/json" not in kinds:
        raise Refusal(
            400,
            "PARAM_ERROR",
            "Http头Accept必须为application/json",
            detail={"location": "header", "field": "Accept"},
        )
    if not request.headers.get("User-Agent", "").strip():
        raise Refusal(400, "PARAM_ERROR", "Http头缺少User-Agent", detail={"location": "header", "field": "User-Agent"})
    if request.method == "POST" and request.mimetype != "application/json":
        detail = {"location": "header", "field": "Content-Type"}
        raise Refusal(400, "PARAM_ERROR", "Http头Content-Type必须为application/json", detail=detail)
    serial = request.headers.get("Wechatpay-Serial")
    if serial is not None and not account.platform.knows(serial):
        kind = "公钥ID" if serial.startswith(PUBLIC_KEY_PREFIX) else "证书序列号"
        detail = {"location": "header", "field": "Wechatpay-Serial"}
        raise Refusal(400, "PARAM_ERROR", f"Http头Wechatpay-Serial中的{kind}有误", detail=detail)


def _check_query(account: Account) -> None:
    given = request.args.to_dict(flat=False)
    if any(len(values) > 1 for values in given.values()):
        raise Refusal(400, "PARAM_ERROR", "查询参数重复", detail={"location": "query"})
    asked = request.args.to_dict()
    MERCHANT_ONLY[account.mode].check(asked, "/query")
    _check_numbers(account, asked, "/query")


def _check_numbers(account: Account, asked: dict[str, Any], where: str) -> None:
    """The numbers of the merchant and its apps must be those the account was opened with."""
    merchant = "mchid" if account.mode == "domestic" else "sp_mchid"
    if asked[merchant] != account.numbers.merchant_id:
        raise refusals.bad_field(f"{where}/{merchant}", "商户号与Http头Authorization中的商户号不一致", asked[merchant])
    if asked.get("sub_mchid", account.numbers.sub_merchant_id) != account.numbers.sub_merchant_id:
        raise Refusal(403, "NO_AUTH", "特约商户未授权服务商，请核实sub_mchid")
    allowed = {
        "appid": account.app_id,
        "sub_appid": account.app_id,
        "sp_appid": account.numbers.service_app_id,
    }
    for name, app_id in allowed.items():
        if asked.get(name, app_id) != app_id:
            raise Refusal(400, "APPID_MCHID_NOT_MATCH", f"{name}与商户号不匹配，请核实")


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

"""Answering a merchant over HTTP: who asks, with what headers and numbers, and the signed answer."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, Response, g, request

from shop.simulator import refusals
from shop.simulator.authorization import authenticate
from shop.simulator.credentials import Account, Mode
from shop.simulator.notices import encode
from shop.simulator.order_shapes import MERCHANT_ONLY
from shop.simulator.platform_keys import PUBLIC_KEY_PREFIX
from shop.simulator.refusals import Refusal
from shop.simulator.shapes import Fields
from shop.simulator.simulation import current

View = Callable[..., dict[str, Any] | None]
Route = tuple[str, str, Callable[..., Response]]


def signed(view: View) -> Callable[..., Response]:
    """Let a view answer requests of the mode's own merchant only, duly signed and complete."""

    @wraps(view)
    def answer(mode: Mode, **found: str) -> Response:
        account = caller(mode)
        _check_accepts_json()
        told = view(account, **found)
        g.account = account
        if told is None:
            return Response(b"", 204)
        return Response(encode(told), 200, content_type="application/json; charset=utf-8")

    return answer


def add_routes(blueprint: Blueprint, mode: Mode, *routes: Route) -> None:
    """Serve these views (method, path, view) to merchants of one mode."""
    for method, path, view in routes:
        name = f"{mode}_{view.__name__}"
        blueprint.add_url_rule(path, name, view, methods=[method], defaults={"mode": mode})


def caller(mode: Mode) -> Account:
    """The account whose merchant asks.

    Raises:
        Refusal: the request is not signed by it, lacks a header, or is not for accounts of its mode.
    """
    account = authenticate(request, current().credentials, current().clock.now())
    _check_headers(account)
    if account.mode != mode:
        raise refusals.wrong_prefix(account.mode)
    return account


def check_query(shape: Fields) -> dict[str, Any]:
    """The query string's parameters, each given once, in this shape and no other."""
    given = request.args.to_dict(flat=False)
    if any(len(values) > 1 for values in given.values()):
        raise Refusal(400, "PARAM_ERROR", "查询参数重复", detail={"location": "query"})
    asked: dict[str, Any] = request.args.to_dict()
    shape.check(asked, "/query")
    return asked


def check_own_query(account: Account) -> None:
    """The query string must tell the merchant's numbers, and nothing else."""
    check_numbers(account, check_query(MERCHANT_ONLY[account.mode]), "/query")


def check_numbers(account: Account, asked: dict[str, Any], where: str) -> None:
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


def _check_accepts_json() -> None:
    kinds = [kind.partition(";")[0].strip() for kind in request.headers.get("Accept", "").split(",")]
    if "application/json" not in kinds:
        detail = {"location": "header", "field": "Accept"}
        raise Refusal(400, "PARAM_ERROR", "Http头Accept必须为application/json", detail=detail)


def _check_headers(account: Account) -> None:
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

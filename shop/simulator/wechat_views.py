"""The mini-program's own server interfaces: signing in and access tokens.

https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_code2session.html
"""

import base64
import json
import secrets
import uuid
from typing import Any

from flask import Blueprint, Response, request

from shop.simulator.simulation import current

blueprint = Blueprint("wechat", __name__)

ERRORS = {
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40013: "invalid appid",
    40029: "invalid code",
    40125: "invalid appsecret",
    40163: "code been used",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
    43002: "require POST method",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower retry next minute",
    47001: "data format error",
}


@blueprint.get("/sns/jscode2session")
def code_to_session() -> Response:
    """Who a login code stands for; the code is used up. Told as text/plain, as WeChat does."""
    given = request.args
    error = _check_app(given.get("appid"), given.get("secret"))
    if error == 0 and given.get("grant_type") != "authorization_code":
        error = 40002
    if error == 0 and not given.get("js_code"):
        error = 41008
    openid = ""
    if error == 0:
        simulation = current()
        openid, error = simulation.visitors.use_code(simulation.credentials.app_id, given["js_code"])
    if error:
        return _error(error)
    session_key = base64.b64encode(secrets.token_bytes(16)).decode()
    return Response(json.dumps({"session_key": session_key, "openid": openid}), content_type="text/plain")


@blueprint.route("/cgi-bin/stable_token", methods=["GET", "POST"])
def stable_token() -> Response:
    """An access token that stays the same until it is about to end, or a new one by force."""
    if request.method == "GET":
        return _error(43002)
    try:
        given = json.loads(request.get_data())
    except (ValueError, RecursionError):
        return _error(47001)
    if not isinstance(given, dict) or not isinstance(given.get("force_refresh", False), bool):
        return _error(47001)
    if given.get("grant_type") != "client_credential":
        return _error(40002)
    if error := _check_app(given.get("appid"), given.get("secret")):
        return _error(error)
    token, seconds, error = current().tokens.stable(forced=given.get("force_refresh", False))
    return _error(error) if error else _answer({"access_token": token, "expires_in": seconds})


def _check_app(app_id: Any, secret: Any) -> int:
    credentials = current().credentials
    if not app_id:
        return 41002
    if app_id != credentials.app_id:
        return 40013
    if not secret:
        return 41004
    return 0 if secret == credentials.app_secret else 40125


def _error(number: int) -> Response:
    return _answer({"errcode": number, "errmsg": f"{ERRORS[number]}, rid: {uuid.uuid4()}"})


def _answer(told: dict[str, Any]) -> Response:
    return Response(json.dumps(told), content_type="application/json; encoding=utf-8")

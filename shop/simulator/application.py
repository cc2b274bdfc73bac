"""The web application: all routes, and what every answer goes through on its way out."""

import contextlib
import secrets
import socket
from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from shop.simulator import (
    control_notices,
    control_refunds,
    control_statements,
    control_views,
    pay_views,
    phone_views,
    refund_views,
    statement_views,
    wechat_views,
)
from shop.simulator.faults import DRIP_SECONDS, SILENCE_SECONDS, Fault
from shop.simulator.notices import encode
from shop.simulator.platform_keys import SigningKey
from shop.simulator.refusals import Refusal
from shop.simulator.signing import FLAWS, signed_headers
from shop.simulator.simulation import EXTENSION, Simulation, current

BLUEPRINTS = (
    wechat_views,
    pay_views,
    refund_views,
    statement_views,
    control_views,
    control_notices,
    control_refunds,
    control_statements,
    phone_views,
)
PLATFORM_PATHS = ("/v3/", "/sns/", "/cgi-bin/")
LARGEST_BODY = 64 * 1024


def make_app(simulation: Simulation) -> Flask:
    """The application that serves this simulation."""
    app = Flask("shop.simulator")
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False
    app.extensions[EXTENSION] = simulation
    for views in BLUEPRINTS:
        app.register_blueprint(views.blueprint)
    app.before_request(misbehave_before)
    app.after_request(finish)
    app.register_error_handler(Refusal, refuse)
    app.register_error_handler(HTTPException, refuse_in_json)
    return app


def json_response(told: dict[str, Any], status: int = 200) -> Response:
    """An answer in JSON as WeChat Pay writes it."""
    return Response(encode(told), status, content_type="application/json; charset=utf-8")


def refuse(refusal: Refusal) -> Response:
    """WeChat Pay's error body."""
    g.error_number = refusal.number
    return json_response(refusal.body, refusal.status)


def refuse_in_json(error: HTTPException) -> Response:
    """Errors of the web server itself, in the same form."""
    status = error.code or 500
    codes = {404: "RESOURCE_NOT_EXISTS", 405: "METHOD_NOT_ALLOWED"}
    code = codes.get(status, "SYSTEM_ERROR" if status >= 500 else "PARAM_ERROR")
    return json_response({"code": code, "message": error.description or error.name}, status)


def misbehave_before() -> Response | None:
    """Faults that strike before any work is done."""
    if not request.path.startswith(PLATFORM_PATHS):
        return None
    fault = current().faults.strike(request.method, request.path)
    if fault is None:
        return None
    g.fault = fault
    request.get_data(cache=True)
    if fault.kind == "429":
        return json_response({"code": "FREQUENCY_LIMITED", "message": "频率超限，请降低请求频率"}, 429)
    if fault.kind in ("500-before", "close-connection"):
        return _system_error()
    return None


def finish(response: Response) -> Response:
    """Faults that strike once the work is done, then the signature and the Request-ID."""
    fault: Fault | None = g.get("fault")
    if fault is not None:
        response = _misbehave_after(fault, response)
    account = g.get("account")
    if account is not None and 200 <= response.status_code < 300:
        signer: SigningKey = account.platform.signer_for(request.headers.get("Wechatpay-Serial", ""))
        flaw = FLAWS.get(fault.kind) if fault else None
        body = g.get("signed_body", response.get_data())
        response.headers.update(signed_headers(signer, body, now=current().clock.now(), flaw=flaw))
    number = g.get("error_number", 0)
    response.headers["Request-ID"] = f"08{secrets.token_hex(16).upper()}-{number}"
    if fault is not None and fault.kind == "slow":
        _drip(response, fault.delay_seconds or DRIP_SECONDS)
    return response


def _misbehave_after(fault: Fault, response: Response) -> Response:
    delay = fault.delay_seconds
    if fault.kind == "timeout-after":
        delay = delay or SILENCE_SECONDS
    if delay and fault.kind != "slow":
        current().stopping.wait(delay)
    if fault.kind in ("timeout-after", "close-connection"):
        _hang_up()
    if fault.kind == "500-after":
        return _system_error()
    if fault.kind == "not-json":
        page = "<html><body><h1>502 Bad Gateway</h1></body></html>"
        return Response(page, 200, content_type="text/html; charset=utf-8")
    return response


def _drip(response: Response, pause_seconds: float) -> None:
    """Let the body come byte by byte; nobody who waits only for the next one ever loses patience."""
    body, stopping = response.get_data(), current().stopping

    def drops() -> Iterator[bytes]:
        for position in range(len(body)):
            stopping.wait(pause_seconds)
            yield body[position : position + 1]

    response.response = drops()
    response.content_length = len(body)


def _system_error() -> Response:
    return json_response({"code": "SYSTEM_ERROR", "message": "系统异常，请稍后重试"}, 500)


def _hang_up() -> None:
    connection: socket.socket = request.environ["werkzeug.socket"]
    with contextlib.suppress(OSError):  # the caller may have been faster
        connection.shutdown(socket.SHUT_RDWR)

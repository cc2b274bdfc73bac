"""Callbacks of payment gateways. Only a verified, fresh and matching notice changes anything."""

from http import HTTPStatus

import structlog
from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from shop.core import clock, metrics
from shop.core.caller import from_gateway
from shop.core.db import end_reading, transaction
from shop.core.limits import unlimited
from shop.core.logs import told
from shop.gateways.errors import NoticeRefused, NoticeUnreadable
from shop.payments.methods import gateway_named
from shop.payments.services import inbox
from shop.staff.services.attention import tell_staff

log = structlog.get_logger()
blp = Blueprint("callbacks", __name__, url_prefix="/callbacks")
WECHAT_PAY, STRIPE = "wechat_pay", "stripe"
GATEWAYS = {"/callbacks/wechat-pay": WECHAT_PAY, "/callbacks/stripe": STRIPE}

LONGEST_EVENT = 256 * 1024  # bytes; an event of Stripe holds the whole of what it is about

# What proves a notice and may be kept; nothing else of the request is.
KEPT_HEADERS = (
    "Wechatpay-Timestamp",
    "Wechatpay-Nonce",
    "Wechatpay-Signature",
    "Wechatpay-Signature-Type",
    "Wechatpay-Serial",
    "Request-ID",
    "Stripe-Signature",
)


@blp.post("/wechat-pay")
@from_gateway
@unlimited
def wechat_pay() -> Response:
    """Receive a notice of WeChat Pay."""
    return _receive(WECHAT_PAY)


@blp.post("/stripe")
@from_gateway
@unlimited
def stripe() -> Response:
    """Receive an event of Stripe; Stripe itself is asked before anything is done."""
    request.max_content_length = LONGEST_EVENT
    return _receive(STRIPE)


def _receive(name: str) -> Response:
    gateway = gateway_named(name)
    if gateway is None:
        return _fail(HTTPStatus.NOT_FOUND, "not-set-up")
    body = request.get_data(cache=True)
    now = clock.now()
    notice = gateway.read_notice(dict(request.headers), body, now)
    end_reading()
    headers = {kept: request.headers[kept] for kept in KEPT_HEADERS if kept in request.headers}
    with transaction():
        outcome = inbox.receive(name, notice, headers=headers, body=body, now=now)
    metrics.CALLBACKS.labels(name, outcome).inc()
    log.info("callback", gateway=name, event_id=notice.event_id, outcome=outcome)
    return _answer(HTTPStatus.OK, "SUCCESS", "成功")


@blp.errorhandler(NoticeRefused)
def refused(refusal: NoticeRefused) -> Response:
    """Not verified, not fresh or not well formed: counted, nothing written."""
    malformed = refusal.fault in {"malformed", "missing-header"}
    return _fail(HTTPStatus.BAD_REQUEST if malformed else HTTPStatus.UNAUTHORIZED, refusal.fault)


@blp.errorhandler(NoticeUnreadable)
def unreadable(_failure: NoticeUnreadable) -> Response:
    """Genuine, but our key does not open it: the gateway will send it again, the staff must mend the key."""
    end_reading()
    with transaction():
        tell_staff("undecryptable-notice", GATEWAYS[request.path], now=clock.now())
    return _fail(HTTPStatus.INTERNAL_SERVER_ERROR, "undecryptable")


@blp.errorhandler(SQLAlchemyError)
def database_failed(error: SQLAlchemyError) -> Response:
    """Not stored, so not acknowledged: the gateway will send it again."""
    log.error("callback_not_stored", exception=told(error))
    return _fail(HTTPStatus.INTERNAL_SERVER_ERROR, "not-stored")


@blp.errorhandler(HTTPException)
def refused_by_http(error: HTTPException) -> Response:
    """Too long, or cut off."""
    return _fail(HTTPStatus(error.code or 400), "malformed")


def _fail(status: HTTPStatus, verdict: str) -> Response:
    name = GATEWAYS.get(request.path, "?")
    metrics.CALLBACKS.labels(name, verdict).inc()
    log.warning("callback_refused", gateway=name, verdict=verdict)
    return _answer(status, "FAIL", verdict)


def _answer(status: HTTPStatus, code: str, message: str) -> Response:
    body = current_app.json.dumps({"code": code, "message": message})
    return Response(body, status=status, mimetype="application/json")

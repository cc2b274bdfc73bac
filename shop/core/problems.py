"""The one place that turns refusals and failures into answers: problem+json, RFC 9457."""

import random
from http import HTTPStatus
from typing import Any

import psycopg
import structlog
from flask import Flask, Response, current_app, request
from gunicorn.http.errors import ParseException
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import BadRequest, HTTPException

from shop.core.errors import Conflict, Forbidden, Invalid, NotFound, Refusal, TooMany, Unauthenticated, Unavailable
from shop.core.i18n import Text
from shop.core.input import MalformedJson
from shop.core.language import request_language
from shop.core.logs import told

log = structlog.get_logger()

STATUS: dict[type[Refusal], HTTPStatus] = {
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

# The HTTP layer's own refusals: unknown address, method, size, speed.
_HTTP: dict[int, tuple[str, Text]] = {
    400: ("bad-request", Text(fr="Requête mal formée.", zh="请求格式错误。", en="Malformed request.")),
    404: (
        "not-found",
        Text(fr="Cette adresse n’existe pas.", zh="该地址不存在。", en="There is nothing here."),
    ),
    405: (
        "method-not-allowed",
        Text(fr="Méthode non admise ici.", zh="此处不支持该方法。", en="This method is not allowed here."),
    ),
    413: (
        "body-too-large",
        Text(fr="Le corps est trop long.", zh="请求正文过大。", en="The body is too large."),
    ),
    429: (
        "too-many-requests",
        Text(
            fr="Trop de demandes ; patientez un instant.",
            zh="请求过于频繁，请稍候。",
            en="Too many requests; please wait a moment.",
        ),
    ),
}
_TITLE = Text(fr="Requête refusée", zh="请求被拒绝", en="Request refused")
_FAILED_TITLE = Text(fr="Erreur interne", zh="内部错误", en="Internal error")
_FAILED = Text(
    fr="Une erreur est survenue de notre côté ; elle a été enregistrée.",
    zh="我们这边出现错误，已被记录。",
    en="Something went wrong on our side; it has been recorded.",
)


class ShopBusy(Unavailable):
    """The database does not answer, or not in time; nothing was changed."""

    code = "shop-busy"
    retry_after = 2
    detail = Text(
        fr="La boutique est très sollicitée. Rien n’a été modifié ; réessayez dans un instant.",
        zh="当前访问量较大，未作任何更改，请稍后重试。",
        en="The shop is very busy. Nothing was changed; please try again in a moment.",
    )


def status_of(refusal: type[Refusal]) -> HTTPStatus:
    """The HTTP status a refusal is answered with."""
    if issubclass(refusal, MalformedJson):
        return HTTPStatus.BAD_REQUEST
    return next(status for kind, status in STATUS.items() if issubclass(refusal, kind))


def register(app: Flask) -> None:
    """Answer every refusal and failure of the app as problem+json."""
    app.register_error_handler(Refusal, refused)
    app.register_error_handler(HTTPException, refused_by_http)
    app.register_error_handler(DBAPIError, database_failed)
    app.register_error_handler(PoolTimeout, lambda _error: refused(ShopBusy()))
    app.register_error_handler(SQLAlchemyError, failed)
    app.register_error_handler(ParseException, lambda _error: refused_by_http(BadRequest()))  # chunks that are none
    app.register_error_handler(Exception, failed)


def refused(refusal: Refusal) -> Response:
    """The answer to a refusal."""
    language = request_language()
    response = problem(
        status_of(type(refusal)),
        refusal.code,
        title=refusal.title.to(language),
        detail=refusal.explain(language),
        facts=refusal.facts,
    )
    if isinstance(refusal, TooMany):
        response.headers["Retry-After"] = str(refusal.retry_after)
    if isinstance(refusal, Unavailable):
        response.headers["Retry-After"] = in_a_moment(refusal.retry_after)
    if isinstance(refusal, Unauthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def in_a_moment(seconds: int) -> str:
    """A time to wait of that many seconds up to twice as many, by lot: who was sent away together comes back apart."""
    return str(random.randint(seconds, 2 * seconds))  # noqa: S311 -- nothing secret


def refused_by_http(error: HTTPException) -> Response:
    """The answer to what Flask and Werkzeug refuse before a view is reached."""
    if error.response is not None and error.code is None:
        return error.response  # type: ignore[return-value]
    status = HTTPStatus(error.code or 500)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return failed(error)
    code, text = http_text(status)
    language = request_language()
    response = problem(status, code, title=_TITLE.to(language), detail=text.to(language), facts={})
    for name, value in error.get_headers():
        if name in {"Allow", "Location", "Retry-After"}:
            response.headers[name] = value
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        response.headers.setdefault("Retry-After", "60")
    return response


def http_text(status: HTTPStatus) -> tuple[str, Text]:
    """The code and the words of what Flask and Werkzeug refuse."""
    return _HTTP.get(status, (status.phrase.lower().replace(" ", "-"), _HTTP[400][1]))


def database_failed(error: DBAPIError) -> Response:
    """A database that is away, locked or slow is worth another try; anything else is our mistake."""
    passing = (
        psycopg.OperationalError,  # away; also statement, lock and deadlock refusals
        psycopg.errors.ReadOnlySqlTransaction,
        psycopg.errors.SerializationFailure,
    )
    if isinstance(error.orig, passing):
        log.warning("database_unavailable", error=type(error.orig).__name__)
        return refused(ShopBusy())
    return failed(error)


def failed(error: Exception) -> Response:
    """The answer to our own mistakes: nothing of the inside shows, the request id finds it in the log."""
    log.error("request_failed", route=str(request.url_rule), exception=told(error))
    if current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal-error",
        title=_FAILED_TITLE.to(request_language()),
        detail=_FAILED.to(request_language()),
        facts={},
    )


def problem(status: HTTPStatus, code: str, *, title: str, detail: str, facts: dict[str, Any]) -> Response:
    """One problem+json answer."""
    body = {"type": f"urn:insolite:problem:{code}", "title": title, "status": status.value, "detail": detail}
    text = current_app.json.dumps({**facts, **body, "code": code})
    response = Response(text, status=status, content_type="application/problem+json")
    response.headers["Cache-Control"] = "no-store"
    return response

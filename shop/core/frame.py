"""What surrounds every request: its id, one log line, metrics, language, security headers, limits."""

import re
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from structlog.contextvars import bind_contextvars, clear_contextvars
from werkzeug.exceptions import NotFound
from werkzeug.middleware.proxy_fix import ProxyFix

from config.default import Settings
from shop.core import metrics
from shop.core.language import say_language

log = structlog.get_logger()
View = TypeVar("View", bound=Callable[..., Any])

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
MAX_BODY = 64 * 1024  # bytes; the longest honest body is a few hundred
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def _whoever_calls() -> str:
    """A customer where one is signed in, else an address: a crowd behind one address is many customers."""
    return str(g.get("caller_id") or get_remote_address())


# Per minute. The default is counted before a route knows its customer, so it is per address and generous: a
# whole tour group may stand behind one carrier's address. Routes add tighter ones per customer.
limiter = Limiter(key_func=get_remote_address, default_limits=["3000/minute"], headers_enabled=False)


def per_customer(limit: str) -> Callable[[View], View]:
    """A ceiling on a view for each signed-in customer; below the mark that signs them in."""
    return cast("Callable[[View], View]", limiter.limit(limit, key_func=_whoever_calls, override_defaults=False))


def install(app: Flask, settings: Settings) -> None:
    """Put the frame around an app."""
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        RATELIMIT_ENABLED=settings.rate_limits,
        RATELIMIT_STORAGE_URI=settings.redis_url or "memory://",
        RATELIMIT_SWALLOW_ERRORS=True,
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=bool(settings.redis_url),
    )
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.before_request(_begin)
    limiter.init_app(app)
    app.after_request(say_language)
    app.after_request(_secure(settings))
    app.after_request(_tell)


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
    g.began = time.perf_counter()
    clear_contextvars()
    bind_contextvars(request_id=g.request_id)
    if "\x00" in request.path:
        raise NotFound


def _secure(settings: Settings) -> Any:
    def secure(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if settings.public_url.startswith("https://"):
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if "Authorization" in request.headers:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return secure


def _tell(response: Response) -> Response:
    """The route's pattern, never the path: a path may hold a ticket's code."""
    route = request.url_rule.rule if request.url_rule else "unknown"
    seconds = time.perf_counter() - g.get("began", time.perf_counter())
    method = request.method if request.method in _METHODS else "other"  # a label must not be made up by callers
    metrics.REQUESTS.labels(route, method, str(response.status_code)).inc()
    metrics.DURATION.labels(route).observe(seconds)
    response.headers["X-Request-ID"] = g.get("request_id", "")
    log.info(
        "request",
        method=request.method,
        route=route,
        status=response.status_code,
        milliseconds=round(seconds * 1000, 1),
        customer=str(g.caller_id) if g.get("caller_id") else None,
    )
    return response

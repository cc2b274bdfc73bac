"""What surrounds every request: its id, one log line, metrics, language, security headers, limits."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Flask, Request, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from prometheus_client import Counter, Histogram
from structlog.contextvars import bind_contextvars, clear_contextvars
from werkzeug.exceptions import NotFound
from werkzeug.middleware.proxy_fix import ProxyFix

from config.default import Settings
from shop.core import limits, logs, metrics
from shop.core.caching import Ready
from shop.core.express import Express
from shop.core.language import language_headers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
MAX_BODY = 64 * 1024  # bytes; the longest honest body is a few hundred
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

# What every answer carries that does not say otherwise itself.
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
ONLY_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}


def install(app: Flask, settings: Settings) -> None:
    """Put the frame around an app."""
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY)
    limits.install(app, settings)
    app.extensions["express"] = express = Express()
    app.wsgi_app = Frame(app.wsgi_app, settings, express, app.extensions["limits"])  # type: ignore[method-assign]
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.before_request(_refuse_hostile_path)
    app.session_interface = SessionsOfPages()


class Frame:
    """The frame itself, around the whole of Flask, where plain tuples will do for headers."""

    def __init__(self, app: WSGIApplication, settings: Settings, express: Express, counts: limits.Limits) -> None:
        self._app, self._express, self._limits = app, express, counts
        self._headers = [*(HEADERS | (ONLY_HTTPS if settings.public_url.startswith("https://") else {})).items()]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Give a request its id, and its answer what belongs to every answer."""
        began = time.perf_counter()
        given = environ.get("HTTP_X_REQUEST_ID")
        request_id = given if given and _REQUEST_ID.fullmatch(given) else os.urandom(16).hex()
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        quick = self._quick(environ)

        def start(status: str, headers: list[tuple[str, str]], *failure: Any) -> Any:
            known = dict(headers)
            said = language_headers(known)
            headers.extend(header for header in self._headers if header[0] not in known)
            if "HTTP_AUTHORIZATION" in environ and "Cache-Control" not in known:
                headers.append(("Cache-Control", "no-store"))
            headers.append(("X-Request-ID", request_id))
            facts = _asked_now() if quick is None else {"route": quick[1], "customer": None}
            _tell(environ, request_id, status[:3], time.perf_counter() - began, **facts)
            return start_response(status, [*headers, *said], *failure)

        return self._app(environ, start) if quick is None else quick[0](environ, start)

    def _quick(self, environ: WSGIEnvironment) -> tuple[Ready, str] | None:
        """The answer that needs no Flask, and its route; who asks too often is left to be told so."""
        found = self._express.find(environ)
        if found is not None:
            try:
                self._limits.count(limits.BY_ADDRESS, "call", environ.get("REMOTE_ADDR") or "nowhere")
            except limits.TooManyRequests:
                return None
        return found


class SessionsOfPages(SecureCookieSessionInterface):
    """Sessions in cookies for the back office, the only part that has any; others are not asked for theirs."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of a page of the staff; none elsewhere, where nobody may write into one."""
        return super().open_session(app, request) if request.path.startswith("/staff") else None


def _refuse_hostile_path() -> None:
    if "\x00" in request.path:
        raise NotFound


def _asked_now() -> dict[str, Any]:
    """The route of the request that Flask is at, and who is signed in."""
    return {"route": request.url_rule.rule if request.url_rule else "unknown", "customer": g.get("caller_id")}


def _tell(
    environ: WSGIEnvironment, request_id: str, status: str, seconds: float, *, route: str, customer: UUID | None
) -> None:
    """Count and log. The route's pattern, never the path: a path may hold a ticket's code."""
    method = environ["REQUEST_METHOD"]
    if method not in _METHODS:
        method = "other"  # a label must not be made up by callers
    counter, durations = _counters(route, method, status)
    counter.inc()
    durations.observe(seconds)
    logs.answered(
        method=method,
        route=route,
        status=status,
        milliseconds=round(seconds * 1000, 1),
        customer=customer,
        request_id=request_id,
    )


@cache
def _counters(route: str, method: str, status: str) -> tuple[Counter, Histogram]:
    """What counts such requests; finding it by its labels costs more than counting."""
    return metrics.REQUESTS.labels(route, method, status), metrics.DURATION.labels(route)

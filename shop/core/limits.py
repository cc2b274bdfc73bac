"""How often a caller may call: counted by customer where one is signed in, else by address.

A crowd behind one carrier's address is many customers: signed in, each has a count of their own. The counting is
that of the library `limits`, called directly, without Flask-Limiter's hooks around each request (decision 16).
Without Redis each process counts alone; when Redis fails, so does each.
"""

import time
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar, cast

import structlog
from flask import Flask, current_app, g, request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from config.default import Settings
from shop.core import clock
from shop.core.errors import TooMany
from shop.core.i18n import Text

log = structlog.get_logger()
View = TypeVar("View", bound=Callable[..., Any])

BY_ADDRESS = parse("6000/minute")  # a tour group, or a small crowd, that has not signed in
BY_CALLER = parse("600/minute")
BY_CROWD = parse("60000/minute")  # all who have signed in behind one address; half of what a small machine answers
REDIS_REST = 5.0  # seconds it is left alone after it has failed


class TooManyRequests(TooMany):
    """A caller called more often than they may."""

    code = "too-many-requests"
    retry_after = 60
    detail = Text(
        fr="Trop de demandes ; patientez un instant.",
        zh="请求过于频繁，请稍候。",
        en="Too many requests; please wait a moment.",
    )


class Limits:
    """The counts of one app."""

    def __init__(self, settings: Settings) -> None:
        self.enabled = settings.rate_limits
        self._here = FixedWindowRateLimiter(MemoryStorage())
        self._shared = _shared(settings.redis_url) if settings.redis_url else None
        self._shared_again_at = 0.0

    def count(self, limit: RateLimitItem, what: str, who: str) -> None:
        """Count a call.

        Raises:
            TooManyRequests: it is one too many.
        """
        wait = self._hit(limit, what, who) if self.enabled else None
        if wait is not None:
            refusal = TooManyRequests()
            refusal.retry_after = min(max(int(wait) + 1, 1), limit.get_expiry())
            raise refusal

    def _hit(self, limit: RateLimitItem, what: str, who: str) -> float | None:
        """Count, with the others' counts if they can be had: the seconds to wait if it is one too many."""
        if self._shared and time.monotonic() >= self._shared_again_at:
            try:
                return _wait(self._shared, limit, what, who)
            except Exception as failure:  # noqa: BLE001 -- whatever Redis does, requests go on
                self._shared_again_at = time.monotonic() + REDIS_REST
                log.warning("limits_not_shared", error=type(failure).__name__)
        return _wait(self._here, limit, what, who)


def _wait(counts: FixedWindowRateLimiter, limit: RateLimitItem, what: str, who: str) -> float | None:
    if counts.hit(limit, what, who):
        return None
    return counts.get_window_stats(limit, what, who).reset_time - clock.now().timestamp()


def _shared(address: str) -> FixedWindowRateLimiter:
    """Counts in Redis; one that does not answer is not waited for."""
    return FixedWindowRateLimiter(storage_from_string(address, socket_timeout=0.2, socket_connect_timeout=0.2))


def install(app: Flask, settings: Settings) -> None:
    """Count every call of an app that is not `unlimited`."""
    app.extensions["limits"] = Limits(settings)
    app.before_request(_count_call)


def unlimited(view: View) -> View:
    """Let a view be called as often as anybody likes; outermost but for the route and the audience."""
    cast(Any, view).is_unlimited = True
    return view


def per_caller(limit: str) -> Callable[[View], View]:
    """A ceiling on a view of its own for each sign-in, or each address where nobody is signed in.

    Args:
        limit: such as `60/minute`.
    """
    return _ceiling(limit, lambda: _who()[1], ())


def per_address(limit: str, *, methods: Sequence[str] = ()) -> Callable[[View], View]:
    """A ceiling on a view of its own for each address, whoever asks from there: where guessing must be slow.

    Args:
        limit: such as `60/minute`.
        methods: count only these; empty for all.
    """
    return _ceiling(limit, _address, methods)


def _ceiling(limit: str, who: Callable[[], str], methods: Sequence[str]) -> Callable[[View], View]:
    item = parse(limit)

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if not methods or request.method in methods:
                _limits().count(item, str(request.endpoint), who())
            return view(*args, **kwargs)

        return cast(View, wrapper)

    return decorate


def _count_call() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if not getattr(view, "is_unlimited", False):
        limit, who = _who()
        _limits().count(limit, "call", who)
        if limit is BY_CALLER:
            _limits().count(BY_CROWD, "crowd", _address())


def _who() -> tuple[RateLimitItem, str]:
    """Who is counted: whoever holds a token of ours, else an address."""
    if g.get("caller_id"):
        return BY_CALLER, str(g.caller_id)
    if "Authorization" in request.headers:
        found = current_app.extensions["token_holder"]()
        if found is not None:
            return BY_CALLER, str(found)
    return BY_ADDRESS, _address()


def _address() -> str:
    return request.remote_addr or "nowhere"


def _limits() -> Limits:
    return cast(Limits, current_app.extensions["limits"])

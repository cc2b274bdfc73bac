"""The mark of views that are for signed-in customers."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import g, request
from sqlalchemy.exc import SQLAlchemyError

from shop.core import clock
from shop.core.caller import SignInRequired, audience
from shop.core.settings import settings
from shop.customers import services

View = TypeVar("View", bound=Callable[..., Any])


def customer_only(view: View) -> View:
    """Let a view be called by signed-in customers only; `caller_id()` then names them."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        found = services.find_session(_bearer_token(), secret_key=settings().secret_key, now=clock.now())
        if found is None:
            raise SignInRequired
        g.session_id, g.caller_id, g.caller_locale = found
        return view(*args, **kwargs)

    documented = cast(Any, wrapper)
    known = getattr(view, "_apidoc", {})
    by_hand = {**known.get("manual_doc", {}), "security": [{"customer": []}]}
    documented._apidoc = {**known, "manual_doc": by_hand}
    return cast(View, audience("customer")(documented))


def caller_language() -> str | None:
    """The language of whoever sent a token, for views that are for everybody; a bad token is nobody's."""
    try:
        found = services.find_session(_bearer_token(), secret_key=settings().secret_key, now=clock.now())
    except (SignInRequired, SQLAlchemyError):
        return None
    return found[2] if found else None


def _bearer_token() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise SignInRequired
    return token.strip()

"""The mark of views that are for signed-in customers."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from uuid import UUID

from flask import g, request
from sqlalchemy.exc import SQLAlchemyError

from shop.core import clock
from shop.core.caller import SignInRequired, audience
from shop.core.errors import Invalid
from shop.core.settings import settings
from shop.customers import rules, services

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

    return _documented(view, wrapper)


def with_token(view: View) -> View:
    """Let a view be called with a token of ours only; `g.session_id` then names the sign-in. Whether that still stands
    the view finds out itself, in the trip to the database that it makes anyway.
    """

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        g.session_id = token_holder()
        if g.session_id is None:
            raise SignInRequired
        try:
            return view(*args, **kwargs)
        except Invalid:  # before that trip: who is no longer signed in is told nothing else
            if services.find_session(_bearer_token(), secret_key=settings().secret_key, now=clock.now()) is None:
                raise SignInRequired from None
            raise

    return _documented(view, wrapper)


def _documented(view: View, wrapper: Callable[..., Any]) -> View:
    documented = cast(Any, wrapper)
    known = getattr(view, "_apidoc", {})
    by_hand = {**known.get("manual_doc", {}), "security": [{"customer": []}]}
    documented._apidoc = {**known, "manual_doc": by_hand}
    return cast(View, audience("customer")(documented))


def token_holder() -> UUID | None:
    """The sign-in whose token came, whether it still stands or not; None for no token, or one that is not ours."""
    try:
        return rules.read_token(_bearer_token(), settings().secret_key)
    except SignInRequired:
        return None


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

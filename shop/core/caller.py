"""Who is calling. Every route declares its audience with one of these marks; a convention test sees to it."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar, cast
from uuid import UUID

from flask import g

from shop.core.errors import Unauthenticated
from shop.core.i18n import Text

Audience = Literal["public", "customer", "staff", "gateway", "operator"]
View = TypeVar("View", bound=Callable[..., Any])


class SignInRequired(Unauthenticated):
    """No token, or one that is forged, expired or revoked."""

    code = "sign-in-required"
    detail = Text(fr="Connectez-vous pour continuer.", zh="请先登录。", en="Please sign in to continue.")


def audience(who: Audience) -> Callable[[View], View]:
    """Declare who a view is for; guarding it is the business of who declares more than `public`."""

    def declare(view: View) -> View:
        cast(Any, view).audience = who
        return view

    return declare


public = audience("public")
from_gateway = audience("gateway")
for_operator = audience("operator")


def caller_id() -> UUID:
    """The signed-in customer.

    Raises:
        SignInRequired: nobody is.
    """
    found: UUID | None = g.get("caller_id")
    if found is None:
        raise SignInRequired
    return found

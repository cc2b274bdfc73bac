"""Customers over HTTP: signing in, out, and their profile."""

from typing import Any

from flask import current_app, g

from shop.core import clock
from shop.core.api import PREFIX, READING_A_BODY, SIGNED_IN, Blueprint
from shop.core.caller import caller_id, public
from shop.core.db import end_reading, transaction
from shop.core.frame import limiter
from shop.core.language import request_language
from shop.core.settings import settings
from shop.customers import services
from shop.customers.audience import customer_only
from shop.customers.schemas import ProfileRequest, ProfileView, SignInRequest, SignInView
from shop.gateways.errors import WeChatCodeRefused, WeChatUnavailable
from shop.gateways.mini_program import MiniProgram

blp = Blueprint("customers", __name__, url_prefix=PREFIX, description="Signing in, and one's own profile.")


@blp.post("/auth/wechat")
@public
@limiter.limit("600/minute")
@blp.arguments(SignInRequest)
@blp.response(200, SignInView)
@blp.refuses(*READING_A_BODY, WeChatCodeRefused, WeChatUnavailable)
def sign_in(wanted: dict[str, Any]) -> services.SignIn:
    """Sign in with the code that wx.login gives."""
    mini_program: MiniProgram = current_app.extensions["mini_program"]
    end_reading()
    identity = mini_program.sign_in(wanted["code"])
    with transaction():
        return services.sign_in(
            app_id=settings().wechat_app_id,
            openid=identity.openid,
            locale=request_language(),
            secret_key=settings().secret_key,
            now=clock.now(),
        )


@blp.post("/auth/logout")
@customer_only
@blp.response(204)
@blp.refuses(*SIGNED_IN)
def sign_out() -> None:
    """Sign out: the token is dead."""
    with transaction():
        services.sign_out(g.session_id)


@blp.get("/me")
@customer_only
@blp.response(200, ProfileView)
@blp.refuses(*SIGNED_IN)
def profile() -> Any:
    """Show the signed-in customer."""
    return services.get_customer(caller_id())


@blp.patch("/me")
@customer_only
@blp.arguments(ProfileRequest)
@blp.response(200, ProfileView)
@blp.refuses(*SIGNED_IN, *READING_A_BODY)
def change_profile(wanted: dict[str, Any]) -> Any:
    """Choose the language to be answered in."""
    with transaction():
        return services.choose_language(customer_id=caller_id(), **wanted)

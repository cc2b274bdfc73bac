"""Customers over HTTP: signing in, out, and their profile."""

from typing import Any

from flask import Response, current_app, g, send_file

from shop.core import clock
from shop.core.api import PREFIX, READING_A_BODY, SIGNED_IN, Blueprint
from shop.core.caller import caller_id, public
from shop.core.db import end_reading, transaction
from shop.core.language import request_language
from shop.core.limits import per_address, per_caller
from shop.core.settings import settings
from shop.customers import services
from shop.customers.audience import customer_only
from shop.customers.errors import StillNeeded
from shop.customers.ports import personal_data
from shop.customers.schemas import (
    ConsentList,
    ConsentsRequest,
    ExportView,
    ProfileRequest,
    ProfileView,
    SignInRequest,
    SignInView,
)
from shop.gateways.errors import WeChatCodeRefused, WeChatUnavailable
from shop.gateways.mini_program import MiniProgram

blp = Blueprint("customers", __name__, url_prefix=PREFIX, description="Signing in, one's own profile and data.")


@blp.post("/auth/wechat")
@public
@per_address("600/minute")
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


@blp.get("/me/export")
@customer_only
@per_caller("20/hour")
@blp.response(200, ExportView)
@blp.refuses(*SIGNED_IN)
def export() -> Response:
    """Everything held about the signed-in customer."""
    held = personal_data().export(caller_id(), language=request_language(), now=clock.now())
    response = send_file(held, mimetype="application/json", as_attachment=True, download_name="insolite.json")
    response.call_on_close(held.close)
    response.headers["Cache-Control"] = "no-store"
    return response


@blp.delete("/me")
@customer_only
@per_caller("20/hour")
@blp.response(204)
@blp.refuses(*SIGNED_IN, StillNeeded)
def erase() -> None:
    """Erase the signed-in customer: the person is gone, the accounts stay, and the token is dead.

    Receipts and credit notes are kept for ten years, as the law demands. Refused while something is still open: held
    seats, payments, refunds on their way, tours to come.
    """
    with transaction():
        personal_data().erase(caller_id(), now=clock.now())


@blp.get("/me/consents")
@customer_only
@blp.response(200, ConsentList)
@blp.refuses(*SIGNED_IN)
def consents() -> Any:
    """What the customer has agreed to, and the texts in force."""
    return {"items": services.consents_of(caller_id())}


@blp.put("/me/consents")
@customer_only
@blp.arguments(ConsentsRequest)
@blp.response(200, ConsentList)
@blp.refuses(*SIGNED_IN, *READING_A_BODY)
def say_consents(wanted: dict[str, Any]) -> Any:
    """Agree to a purpose, or no longer."""
    said = {one["purpose"]: (one["given"], one["version"]) for one in wanted["items"]}
    with transaction():
        services.say_consents(said, customer_id=caller_id(), locale=request_language(), now=clock.now())
        return {"items": services.consents_of(caller_id())}

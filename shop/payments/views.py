"""Paying and cancelling over HTTP, for customers."""

from typing import Any

from flask import Response

from shop.core.api import IDEMPOTENT, PREFIX, READING_A_BODY, SIGNED_IN, Blueprint
from shop.core.caller import caller_id
from shop.core.db import transaction
from shop.core.frame import per_customer
from shop.core.idempotency import answer_and_keep, first_answer, key_held
from shop.core.schemas import opaque
from shop.customers.audience import customer_only
from shop.customers.services import get_customer
from shop.gateways.errors import PaymentProviderDown
from shop.orders.errors import CancelledByOfficeOnly, OrderNotFound, TooLateToCancel
from shop.orders.schemas import OrderView
from shop.orders.services import show
from shop.payments import flows
from shop.payments.errors import MethodNotOffered, OrderNotPayable, PaymentInProgress
from shop.payments.schemas import CancellationRequest, PaymentRequest, PaymentView

blp = Blueprint("payments", __name__, url_prefix=PREFIX, description="Paying, and cancelling.")


@blp.post("/orders/<order_id>/payments")
@customer_only
@per_customer("30/minute")
@blp.arguments(PaymentRequest)
@blp.response(201, PaymentView)
@blp.refuses(
    *SIGNED_IN,
    *READING_A_BODY,
    *IDEMPOTENT,
    OrderNotFound,
    OrderNotPayable,
    MethodNotOffered,
    PaymentInProgress,
    PaymentProviderDown,
)
def open_payment(wanted: dict[str, Any], order_id: str) -> Response:
    """Pay an order; an earlier attempt is asked about and closed first."""
    with key_held():
        known = first_answer()
        if known:
            return known
        payment = flows.open_payment(
            opaque(order_id),
            customer_id=caller_id(),
            method=wanted["method"],
            payer=get_customer(caller_id()).openid,
        )
        with transaction():
            return answer_and_keep(PaymentView, payment)


@blp.post("/orders/<order_id>/cancel")
@customer_only
@per_customer("30/minute")
@blp.arguments(CancellationRequest, required=False)
@blp.response(200, OrderView)
@blp.refuses(
    *SIGNED_IN,
    *READING_A_BODY,
    OrderNotFound,
    CancelledByOfficeOnly,
    TooLateToCancel,
    PaymentInProgress,
    PaymentProviderDown,
)
def cancel_order(_wanted: dict[str, Any], order_id: str) -> show.OrderFolder:
    """Cancel an order that was not paid, or that cost nothing."""
    flows.cancel_order(opaque(order_id), customer_id=caller_id())
    return show.open_folder(opaque(order_id), customer_id=caller_id())

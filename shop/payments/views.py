"""Paying and cancelling over HTTP, for customers."""

from typing import Any

from flask import Response

from shop.core import clock
from shop.core.api import IDEMPOTENT, PREFIX, READING_A_BODY, SIGNED_IN, Blueprint
from shop.core.caller import caller_id
from shop.core.db import transaction
from shop.core.idempotency import answer_and_keep, key_held
from shop.core.input import InvalidInput
from shop.core.limits import per_caller
from shop.core.schemas import opaque
from shop.customers.audience import customer_only
from shop.gateways.errors import PaymentProviderDown
from shop.orders.errors import (
    CancelledByOfficeOnly,
    NothingToCancel,
    OrderNotFound,
    QuoteChanged,
    TicketNotFound,
    TicketRedeemed,
    TicketVoid,
    TooLateToCancel,
)
from shop.orders.schemas import OrderView
from shop.orders.services import show
from shop.payments import flows
from shop.payments.errors import MethodNotOffered, OrderNotPayable, PaymentInProgress
from shop.payments.schemas import (
    CancellationFilter,
    CancellationRequest,
    CancellationView,
    PaymentRequest,
    PaymentView,
    cancellation_of,
)
from shop.payments.services import cancelling

blp = Blueprint("payments", __name__, url_prefix=PREFIX, description="Paying, and cancelling.")


@blp.post("/orders/<order_id>/payments")
@customer_only
@per_caller("30/minute")
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
    with key_held() as known:
        if known:
            return known.response()
        payment = flows.open_payment(opaque(order_id), customer_id=caller_id(), method=wanted["method"])
        with transaction():
            return answer_and_keep(PaymentView, payment)


@blp.get("/orders/<order_id>/cancellation")
@customer_only
@blp.arguments(CancellationFilter, location="query")
@blp.response(200, CancellationView)
@blp.refuses(
    *SIGNED_IN,
    InvalidInput,
    OrderNotFound,
    CancelledByOfficeOnly,
    NothingToCancel,
    TooLateToCancel,
    TicketNotFound,
    TicketVoid,
    TicketRedeemed,
)
def show_cancellation(wanted: dict[str, Any], order_id: str) -> dict[str, Any]:
    """Show what cancelling an order, or some of its tickets, gives back now by the terms of its tours."""
    order = show.get_order(opaque(order_id), customer_id=caller_id())
    offered = cancelling.offer(order, wanted["tickets"], now=clock.now())
    return cancellation_of(order, offered)


@blp.post("/orders/<order_id>/cancel")
@customer_only
@per_caller("30/minute")
@blp.arguments(CancellationRequest, required=False)
@blp.response(200, OrderView)
@blp.refuses(
    *SIGNED_IN,
    *READING_A_BODY,
    OrderNotFound,
    CancelledByOfficeOnly,
    TooLateToCancel,
    QuoteChanged,
    NothingToCancel,
    TicketNotFound,
    TicketVoid,
    TicketRedeemed,
    PaymentInProgress,
    PaymentProviderDown,
)
def cancel_order(wanted: dict[str, Any], order_id: str) -> show.OrderFolder:
    """Cancel an order, or the tickets of an offer; what the terms say, or the offer said, is refunded."""
    flows.cancel_order(opaque(order_id), customer_id=caller_id(), quote=wanted.get("quote"))
    return show.open_folder(opaque(order_id), customer_id=caller_id())

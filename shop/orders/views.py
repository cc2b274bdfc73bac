"""Orders and tickets over HTTP, for customers. Paying and cancelling stand in payments: they ask the gateway."""

from datetime import timedelta
from typing import Any

from flask import Response

from shop.booking.errors import (
    BookingExpired,
    BookingNotFound,
    BookingNotMovable,
    BookingOrdered,
    DepartureClosed,
    OtherTour,
    SoldOut,
)
from shop.catalogue.errors import DepartureNotFound
from shop.core import clock, late
from shop.core.api import IDEMPOTENT, PREFIX, READING_A_BODY, SIGNED_IN, Blueprint
from shop.core.caller import caller_id, public
from shop.core.db import transaction
from shop.core.idempotency import answer_once
from shop.core.input import InvalidInput
from shop.core.language import request_language
from shop.core.limits import per_caller
from shop.core.schemas import opaque
from shop.core.settings import settings
from shop.customers.audience import customer_only
from shop.orders.documents.qr import ticket_qr
from shop.orders.errors import (
    MixedCurrencies,
    NoDateToChoose,
    OrderNotFound,
    TermsNotAccepted,
    TicketNotFound,
    TicketRedeemed,
    TicketVoid,
)
from shop.orders.schemas import OrderFilter, OrderList, OrderRequest, OrderView, RebookRequest, TermsText, TicketList
from shop.orders.services import change_date, place, settle, show, tickets
from shop.orders.terms import terms_in

ticket_ics = late.function("shop.orders.documents.ics:ticket_ics")
ticket_pdf = late.function("shop.orders.documents.pdf:ticket_pdf")
blp = Blueprint("orders", __name__, url_prefix=PREFIX, description="What was bought.")
documents = Blueprint("tickets", __name__, description="Tickets, for whoever knows their code.")


@blp.get("/terms")
@public
@blp.response(200, TermsText)
@blp.refuses()
def show_terms() -> dict[str, str]:
    """Show the conditions of sale that an order accepts."""
    return terms_in(request_language())


@blp.post("/orders")
@customer_only
@per_caller("30/minute")
@blp.arguments(OrderRequest)
@blp.response(201, OrderView)
@blp.refuses(
    *SIGNED_IN,
    *READING_A_BODY,
    *IDEMPOTENT,
    TermsNotAccepted,
    BookingNotFound,
    BookingExpired,
    BookingOrdered,
    DepartureClosed,
    MixedCurrencies,
)
def place_order(wanted: dict[str, Any]) -> Response:
    """Order held bookings, with an obligation to pay."""

    def work() -> show.OrderFolder:
        placed = place.place_order(
            customer_id=caller_id(),
            locale=request_language(),
            hold=timedelta(minutes=settings().hold_minutes),
            now=clock.now(),
            **wanted,
        )
        return place.show_placed(placed)

    with transaction(), answer_once(OrderView) as answer:
        return answer(work)


@blp.get("/orders")
@customer_only
@blp.arguments(OrderFilter, location="query")
@blp.response(200, OrderList)
@blp.refuses(*SIGNED_IN, InvalidInput)
def list_orders(wanted: dict[str, Any]) -> Any:
    """List one's own orders, newest first."""
    return show.list_folders(customer_id=caller_id(), **wanted)


@blp.get("/orders/<order_id>")
@customer_only
@blp.response(200, OrderView)
@blp.refuses(*SIGNED_IN, OrderNotFound)
def show_order(order_id: str) -> show.OrderFolder:
    """Show one of one's own orders."""
    return show.open_folder(opaque(order_id), customer_id=caller_id())


@blp.post("/orders/<order_id>/rebook")
@customer_only
@per_caller("30/minute")
@blp.arguments(RebookRequest)
@blp.response(200, OrderView)
@blp.refuses(
    *SIGNED_IN,
    *READING_A_BODY,
    OrderNotFound,
    BookingNotFound,
    NoDateToChoose,
    DepartureNotFound,
    DepartureClosed,
    OtherTour,
    SoldOut,
    BookingNotMovable,
    TicketRedeemed,
)
def rebook(wanted: dict[str, Any], order_id: str) -> show.OrderFolder:
    """Take another date of the same tour for a booking whose date the Office cancelled; once is as good as twice."""
    with transaction():
        order = show.get_order(opaque(order_id), customer_id=caller_id())
        change_date.rebook(settle.lock_order(order.id), now=clock.now(), **wanted)
    return show.open_folder(opaque(order_id), customer_id=caller_id())


@blp.get("/orders/<order_id>/tickets")
@customer_only
@blp.response(200, TicketList)
@blp.refuses(*SIGNED_IN, OrderNotFound)
def list_tickets(order_id: str) -> Any:
    """List the tickets of an order; none before it is paid."""
    order = show.get_order(opaque(order_id), customer_id=caller_id())
    return {"items": tickets.tickets_of(order), "next": None}


@documents.get("/tickets/<code>.svg")
@public
@per_caller("120/minute")
@documents.response(200, content_type="image/svg+xml")
@documents.refuses(TicketNotFound, TicketVoid)
def show_qr(code: str) -> Response:
    """Show a ticket's QR code."""
    return _document(ticket_qr(tickets.facts_of(code).code), "image/svg+xml")


@documents.get("/tickets/<code>.pdf")
@public
@per_caller("60/minute")
@documents.response(200, content_type="application/pdf")
@documents.refuses(TicketNotFound, TicketVoid)
def show_pdf(code: str) -> Response:
    """Show a ticket as a page to print, in the language of its order."""
    facts = tickets.facts_of(code)
    return _document(ticket_pdf(facts), "application/pdf", f"{facts.reference.replace('/', '-')}.pdf")


@documents.get("/tickets/<code>.ics")
@public
@per_caller("60/minute")
@documents.response(200, content_type="text/calendar")
@documents.refuses(TicketNotFound, TicketVoid)
def show_ics(code: str) -> Response:
    """Show a ticket as an entry for a calendar."""
    facts = tickets.facts_of(code)
    return _document(ticket_ics(facts), "text/calendar", f"{facts.reference.replace('/', '-')}.ics")


def _document(content: bytes, media_type: str, file_name: str | None = None) -> Response:
    response = Response(content, mimetype=media_type)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    if file_name:
        response.headers["Content-Disposition"] = f'inline; filename="{file_name}"'
    return response

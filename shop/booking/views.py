"""Booking over HTTP, for customers."""

from datetime import timedelta
from typing import Any

from flask import Response, g

from shop.booking import services
from shop.booking.errors import (
    BookingExpired,
    BookingNotFound,
    BookingOrdered,
    DepartureClosed,
    PartySize,
    SoldOut,
    TooManyHolds,
    UnknownUnit,
)
from shop.booking.models import Booking
from shop.booking.schemas import BookingRequest, BookingView
from shop.catalogue.errors import DepartureNotFound
from shop.core import clock
from shop.core.api import IDEMPOTENT, PREFIX, READING_A_BODY, SIGNED_IN, Blueprint
from shop.core.caller import caller_id
from shop.core.db import transaction
from shop.core.idempotency import KeptAnswer, json_response, request_key, written
from shop.core.language import request_language
from shop.core.limits import per_caller
from shop.core.schemas import opaque
from shop.core.settings import settings
from shop.customers.audience import customer_only, with_token

blp = Blueprint("bookings", __name__, url_prefix=PREFIX, description="Seats held for someone.")


@blp.post("/bookings")
@with_token
@per_caller("60/minute")
@blp.arguments(BookingRequest)
@blp.response(201, BookingView)
@blp.refuses(
    *SIGNED_IN,
    *READING_A_BODY,
    *IDEMPOTENT,
    SoldOut,
    DepartureClosed,
    DepartureNotFound,
    PartySize,
    UnknownUnit,
    TooManyHolds,
)
def create_booking(wanted: dict[str, Any]) -> Response:
    """Hold seats at a departure."""
    now = clock.now()
    outcome = services.hold_once(
        services.Wish(hold=_hold(), max_holds=settings().max_holds, now=now, **wanted),
        session_id=g.session_id,
        key=request_key(now),
        language=request_language(),
        write=lambda booking: written(BookingView, booking),
    )
    g.caller_id = outcome.customer_id
    return outcome.response() if isinstance(outcome, KeptAnswer) else json_response(outcome.answer, 201)


@blp.get("/bookings/<booking_id>")
@customer_only
@blp.response(200, BookingView)
@blp.refuses(*SIGNED_IN, BookingNotFound)
def show_booking(booking_id: str) -> Booking:
    """Show one of one's own bookings."""
    return services.get_booking(opaque(booking_id), customer_id=caller_id())


@blp.delete("/bookings/<booking_id>")
@customer_only
@blp.response(204)
@blp.refuses(*SIGNED_IN, BookingNotFound, BookingOrdered)
def release_booking(booking_id: str) -> None:
    """Give held seats back."""
    with transaction():
        services.release(opaque(booking_id), customer_id=caller_id(), now=clock.now())


@blp.post("/bookings/<booking_id>/extend")
@customer_only
@blp.response(200, BookingView)
@blp.refuses(*SIGNED_IN, BookingNotFound, BookingOrdered, BookingExpired)
def extend_booking(booking_id: str) -> Booking:
    """Hold seats longer, up to twice the ordinary time in all."""
    with transaction():
        return services.extend(opaque(booking_id), customer_id=caller_id(), hold=_hold(), now=clock.now())


def _hold() -> timedelta:
    return timedelta(minutes=settings().hold_minutes)

"""Tickets: issuing, finding, and what their documents say. The caller owns the transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from shop.booking.models import Booking
from shop.core.db import db
from shop.core.i18n import Language, match_language, pick
from shop.core.settings import settings
from shop.orders.documents.facts import TicketFacts
from shop.orders.errors import TicketNotFound, TicketRedeemed, TicketVoid
from shop.orders.models import Order, Ticket
from shop.orders.ticket_codes import make_code, signing_key


def make(order: Order, *, now: datetime) -> Sequence[Mapping[str, Any]]:
    """One ticket for each unit bought, infants too, as rows that are still to be written."""
    key = signing_key(settings().secret_key)
    issued: list[dict[str, Any]] = []
    for booking in order.bookings:
        for unit_id in [line.unit_id for line in booking.lines for _ in range(line.quantity)]:
            ticket_id = uuid4()  # chance alone: the order in which tickets were sold is nobody's business
            issued.append(
                {
                    "id": ticket_id,
                    "order_id": order.id,
                    "booking_id": booking.id,
                    "unit_id": unit_id,
                    "position": len(issued) + 1,
                    "code": make_code(ticket_id, booking.departure_id, key),
                    "status": "valid",
                    "issued_at": now,
                }
            )
    return issued


def block(order_id: UUID, *, now: datetime) -> int:
    """Let no ticket of an order admit anyone while its payment is disputed; how many were valid.

    Those that were used are marked as well: one whose admission is taken back is not valid again.
    """
    good = (Ticket.order_id == order_id, Ticket.status.in_(["valid", "redeemed"]))
    status = sa.case((Ticket.status == "valid", "void"), else_=Ticket.status)
    blocked = sa.update(Ticket).where(*good).values(status=status, blocked_at=now).returning(Ticket.status)
    return db.session.scalars(blocked.execution_options(synchronize_session=False)).all().count("void")


def unblock(order_id: UUID) -> int:
    """Let the tickets admit again that only a dispute kept from it; how many."""
    blocked = (Ticket.order_id == order_id, Ticket.blocked_at.is_not(None))
    status = sa.case((Ticket.status == "void", "valid"), else_=Ticket.status)
    freed = sa.update(Ticket).where(*blocked).values(status=status, blocked_at=None).returning(Ticket.status)
    return db.session.scalars(freed.execution_options(synchronize_session=False)).all().count("valid")


def renew_codes(booking: Booking) -> None:
    """Give the tickets of a booking that was moved codes that name its new date; the old ones are void.

    Raises:
        TicketRedeemed: one of them was used.
    """
    key = signing_key(settings().secret_key)
    for ticket in db.session.scalars(
        sa.select(Ticket).where(Ticket.booking_id == booking.id).execution_options(populate_existing=True)
    ):
        if ticket.status == "redeemed":
            raise TicketRedeemed
        ticket.code = make_code(ticket.id, booking.departure_id, key)


def tickets_of(order: Order) -> Sequence[Ticket]:
    """The tickets of an order, in the order they were issued."""
    return db.session.scalars(sa.select(Ticket).where(Ticket.order_id == order.id).order_by(Ticket.position)).all()


def facts_of(code: str) -> TicketFacts:
    """What the documents of a ticket say. Whoever knows the code holds the ticket.

    Raises:
        TicketNotFound: no ticket has this code.
        TicketVoid: it was cancelled, or its date was.
    """
    ticket = db.session.scalar(sa.select(Ticket).where(Ticket.code == code).options(joinedload(Ticket.order)))
    if ticket is None:
        raise TicketNotFound
    if ticket.standing == "void":
        raise TicketVoid
    language: Language = match_language(ticket.order.locale) or "fr"
    departure, tour = ticket.booking.departure, ticket.booking.departure.tour
    line = next(line for line in ticket.booking.lines if line.unit_id == ticket.unit_id)
    point = tour.meeting_point
    return TicketFacts(
        language=language,
        code=ticket.code,
        reference=ticket.reference,
        order_number=ticket.order.spoken_number,
        holder=ticket.order.contact["name"],
        tour=pick(tour.title, language) or "",
        unit=pick(ticket.unit.label, language) or "",
        price=line.money,
        starts_at=departure.local_start,
        ends_at=departure.local_end,
        guide_language=departure.language,
        meeting_point=pick(point["name"], language) or "",
        address=point.get("address", ""),
        latitude=point.get("latitude"),
        longitude=point.get("longitude"),
        accessibility=pick(tour.accessibility, language),
        uid=f"{departure.id}@insolite",
        page_url=document_url(ticket, "pdf"),
    )


def document_url(ticket: Ticket, kind: str) -> str:
    """Where a ticket's `svg`, `pdf` or `ics` is; the address is as secret as the code in it."""
    return f"{settings().public_url}/tickets/{ticket.code}.{kind}"

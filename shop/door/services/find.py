"""Departures to check in at, and the ticket that somebody holds out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from shop.booking.models import Booking
from shop.catalogue.errors import DepartureNotFound
from shop.catalogue.models import Departure
from shop.core.db import db
from shop.core.settings import settings
from shop.door import rules
from shop.door.models import Redemption
from shop.orders.models import Order, Ticket
from shop.orders.ticket_codes import read_code, signing_key

MOST = 200


@dataclass(frozen=True)
class Member:
    """Who of the staff asks."""

    id: UUID
    role: str


@dataclass(frozen=True)
class Expected:
    """A departure, how many people have a ticket for it, and how many of them are here."""

    departure: Departure
    people: int
    here: int


def departures_for(member: Member, day: date) -> Sequence[Expected]:
    """The departures of a day, the one before and the one after, at which somebody may check in, by start."""
    midnight = datetime.combine(day, datetime.min.time(), ZoneInfo(settings().timezone))
    departures = db.session.scalars(
        sa.select(Departure)
        .where(
            Departure.starts_at >= midnight - timedelta(days=1),
            Departure.starts_at < midnight + timedelta(days=2),
            _open_to(member),
        )
        .order_by(Departure.starts_at, Departure.id)
        .limit(MOST)
    ).all()
    counted = _count([departure.id for departure in departures])
    return [Expected(departure, *counted.get(departure.id, (0, 0))) for departure in departures]


def get_departure(departure_id: UUID, member: Member) -> Departure:
    """A departure at which somebody may check in.

    Raises:
        DepartureNotFound: there is none of this id, or it is not theirs.
    """
    found = db.session.scalar(sa.select(Departure).where(Departure.id == departure_id, _open_to(member)))
    if found is None:
        raise DepartureNotFound
    return found


def _open_to(member: Member) -> sa.ColumnElement[bool]:
    """At which departures somebody may check in: a guide at their own, and at those nobody guides yet."""
    if member.role != "guide":
        return sa.true()
    return sa.or_(Departure.guide_id == member.id, Departure.guide_id.is_(None))


def _count(ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    rows = db.session.execute(
        sa.select(Booking.departure_id, sa.func.count(), sa.func.count().filter(Ticket.status == "redeemed"))
        .join(Ticket, Ticket.booking_id == Booking.id)
        .where(Booking.departure_id.in_(ids), Ticket.status != "void")
        .group_by(Booking.departure_id)
    )
    return {departure_id: (people, here) for departure_id, people, here in rows}


def public_key() -> Ed25519PublicKey:
    """What a door needs to know a code of ours from another; nothing can be signed with it."""
    return signing_key(settings().secret_key).public_key()


def find_ticket(act: rules.Act) -> Ticket | None:
    """The ticket an act is about, as it stands in the database now; None if it is none of ours."""
    statement = sa.select(Ticket).execution_options(populate_existing=True)
    if act.ticket_id is not None:
        return db.session.scalar(statement.where(Ticket.id == act.ticket_id))
    entry = rules.read_entry(act.entry or "")
    if isinstance(entry, rules.Reference):
        return db.session.scalar(
            statement.join(Order, Order.id == Ticket.order_id).where(
                Order.number == entry.number, Ticket.position == entry.position
            )
        )
    code = read_code(entry, public_key()) if entry else None
    return db.session.scalar(statement.where(Ticket.id == code.ticket_id)) if code else None


def is_renewed(act: rules.Act, ticket: Ticket) -> bool:
    """Whether an act shows a code of ours that the ticket no longer has, because it got another date."""
    entry = rules.read_entry(act.entry or "") if act.ticket_id is None else None
    return isinstance(entry, str) and entry != ticket.code


def last_act(ticket_id: UUID) -> Redemption | None:
    """The admission or undo of a ticket that counts: the latest."""
    return db.session.scalar(
        sa.select(Redemption)
        .where(Redemption.ticket_id == ticket_id, Redemption.outcome.in_(["admitted", "undone"]))
        .order_by(Redemption.id.desc())
        .limit(1)
    )

"""Who is expected at a departure and who is here, in a number of queries that does not grow."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from shop.booking.models import Booking
from shop.catalogue.models import Departure, Unit
from shop.core.db import db
from shop.core.i18n import Language, pick
from shop.door import rules
from shop.door.models import Redemption
from shop.door.services.find import Member
from shop.orders.models import Order, Ticket
from shop.staff.models import StaffMember


@dataclass(frozen=True)
class Guest:
    """One ticket of a party.

    Args:
        status: `valid`, `redeemed`, `blocked` or `void`.
        digest: SHA-256 of its code, hex, by which a device without Ed25519 knows it.
        at, by: the hour at which, and the colleague by whom, they were let in.
        undoable: whether whoever asks may still undo that.
    """

    id: UUID
    reference: str
    unit: str
    status: str
    digest: str
    at: str | None
    by: str | None
    undoable: bool


@dataclass(frozen=True)
class Party:
    """Who comes together: the tickets of one booking."""

    booking_id: UUID
    name: str
    phone: str
    number: str
    locale: str
    guests: list[Guest] = field(default_factory=list)

    @property
    def expected(self) -> list[Guest]:
        """Those whose ticket was not cancelled."""
        return [guest for guest in self.guests if guest.status != "void"]

    @property
    def waiting(self) -> list[Guest]:
        """Those who can still be let in."""
        return [guest for guest in self.guests if guest.status == "valid"]

    @property
    def here(self) -> int:
        """How many are here."""
        return sum(guest.status == "redeemed" for guest in self.guests)

    @property
    def units(self) -> str:
        """What they bought, `2 × Plein tarif, 1 × Enfant`."""
        counted = Counter(guest.unit for guest in self.expected)
        return ", ".join(f"{count} × {unit}" for unit, count in counted.items())


@dataclass(frozen=True)
class Manifest:
    """Everybody expected at a departure, by name."""

    parties: Sequence[Party]

    @property
    def people(self) -> int:
        """How many are expected."""
        return sum(len(party.expected) for party in self.parties)

    @property
    def here(self) -> int:
        """How many are here."""
        return sum(party.here for party in self.parties)


def read_manifest(departure: Departure, *, language: Language, member: Member, now: datetime) -> Manifest:
    """Who is expected at a departure and who is here.

    Args:
        member: who asks, so that the admissions they may undo are told.
    """
    rows = db.session.execute(
        sa.select(
            Ticket.id,
            Ticket.status,
            Ticket.blocked_at,
            Ticket.code,
            Ticket.position,
            Ticket.booking_id,
            Unit.label,
            Order.number,
            Order.contact,
            Order.locale,
        )
        .join(Booking, Booking.id == Ticket.booking_id)
        .join(Order, Order.id == Ticket.order_id)
        .join(Unit, Unit.id == Ticket.unit_id)
        .where(Booking.departure_id == departure.id)
        .order_by(sa.func.lower(Order.contact["name"].astext), Ticket.booking_id, Ticket.position)
    ).all()
    admitted = _admitted(departure.id)
    parties: dict[UUID, Party] = {}
    for row in rows:
        contact = row.contact
        spoken = f"{row.number[:3]}-{row.number[3:6]}-{row.number[6:]}"
        party = parties.setdefault(
            row.booking_id,
            Party(row.booking_id, contact.get("name", ""), contact.get("phone") or "", spoken, row.locale),
        )
        seen = _seen(admitted.get(row.id), row.status, departure, member, now)
        party.guests.append(
            Guest(
                id=row.id,
                reference=f"{spoken}/{row.position}",
                unit=pick(row.label, language) or "",
                status="blocked" if row.status == "void" and row.blocked_at else row.status,
                digest=sha256(row.code.encode()).hexdigest(),
                at=seen[0],
                by=seen[1],
                undoable=seen[2],
            )
        )
    return Manifest([party for party in parties.values() if party.guests])


def states(departure: Departure, *, member: Member, now: datetime) -> dict[str, list[str | bool | None]]:
    """How each ticket of a departure stands: status, when and by whom it was let in, whether that can be undone."""
    rows = db.session.execute(
        sa.select(Ticket.id, Ticket.status, Ticket.blocked_at)
        .join(Booking, Booking.id == Ticket.booking_id)
        .where(Booking.departure_id == departure.id)
    ).all()
    admitted = _admitted(departure.id)
    return {
        str(ticket_id): [
            "blocked" if status == "void" and blocked_at else status,
            *_seen(admitted.get(ticket_id), status, departure, member, now),
        ]
        for ticket_id, status, blocked_at in rows
    }


Admission = tuple[datetime, str, UUID]


def _seen(
    admission: Admission | None, status: str, departure: Departure, member: Member, now: datetime
) -> tuple[str | None, str | None, bool]:
    """The hour of an admission, by whom, and whether somebody may still undo it."""
    if admission is None or status != "redeemed":
        return None, None, False
    at, by, staff_id = admission
    theirs = rules.may_undo(admitted_by=staff_id, staff_id=member.id, role=member.role)
    return (
        rules.clock_time(at.astimezone(departure.tour.zone), now),
        by,
        theirs and rules.in_time_to_undo(at, now),
    )


def _admitted(departure_id: UUID) -> dict[UUID, Admission]:
    """The admission that counts of each ticket of a departure: when, and by whom."""
    latest = (
        sa.select(Redemption.ticket_id, Redemption.at, Redemption.staff_id, StaffMember.name)
        .join(StaffMember, StaffMember.id == Redemption.staff_id)
        .join(Ticket, Ticket.id == Redemption.ticket_id)
        .join(Booking, Booking.id == Ticket.booking_id)
        .where(Booking.departure_id == departure_id, Redemption.outcome == "admitted")
        .ext(distinct_on(Redemption.ticket_id))
        .order_by(Redemption.ticket_id, Redemption.id.desc())
    )
    return {row.ticket_id: (row.at, row.name, row.staff_id) for row in db.session.execute(latest)}

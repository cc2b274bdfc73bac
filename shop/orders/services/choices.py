"""What those are offered whose date the Office cancelled or moved. The caller owns the transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from shop.booking.models import Booking
from shop.catalogue.models import Departure, Tour
from shop.catalogue.services.browse import OfferedDeparture, offer
from shop.core.db import db
from shop.orders.models import DateChange, DateChoice, Order, OrderEvent, Ticket
from shop.orders.services.story import tell

MOST_ALTERNATIVES = 3


@dataclass(frozen=True)
class Choice:
    """What a customer may choose now, as the API shows it."""

    kind: str
    booking_id: UUID
    until: datetime
    reason: str
    note: str | None
    alternatives: Sequence[OfferedDeparture] = ()


@dataclass(frozen=True)
class Leave:
    """That a booking may be cancelled without a fee, until when, and why."""

    kind: str
    until: datetime | None


def stands(now: datetime) -> sa.ColumnElement[bool]:
    """The condition on a choice that it can still be made."""
    return sa.and_(DateChoice.state == "open", DateChoice.until > now)


def cancellation_of(departure_id: UUID) -> DateChange | None:
    """The act by which the staff cancelled a date; None if an import or a command did."""
    return db.session.scalar(
        sa.select(DateChange)
        .where(DateChange.departure_id == departure_id, DateChange.kind == "cancelled")
        .order_by(DateChange.done_at.desc())
        .limit(1)
    )


def leaves(order_id: UUID, *, now: datetime) -> Mapping[UUID, Leave]:
    """The bookings of an order that may be cancelled for the whole of their price: their date was cancelled, or moved
    a short while ago."""
    found: dict[UUID, Leave] = {}
    moved = sa.select(DateChoice).join(Booking).where(Booking.order_id == order_id, stands(now))
    for choice in db.session.scalars(moved.order_by(DateChoice.until)):
        found[choice.booking_id] = Leave(choice.change.kind, choice.until)
    cancelled = (
        sa.select(Booking.id)
        .join(Departure, Departure.id == Booking.departure_id)
        .where(Booking.order_id == order_id, Departure.status == "cancelled")
    )
    for booking_id in db.session.scalars(cancelled):
        if found.get(booking_id, Leave("moved", None)).kind != "cancelled":
            found[booking_id] = Leave("cancelled", None)
    return found


def offer_another_date(order: Order, *, now: datetime) -> bool:
    """Tell the customer of a locked, paid order that a date of theirs was cancelled, and let them choose, once.

    Returns:
        Whether something was offered now.
    """
    offered = None
    for booking in order.bookings:
        if booking.status != "confirmed" or booking.departure.status != "cancelled":
            continue
        change = cancellation_of(booking.departure_id)
        if change is None or change.choose_until is None or change.choose_until <= now:
            continue
        if db.session.get(DateChoice, (change.id, booking.id)) or not _has_valid_tickets(booking.id):
            continue
        db.session.add(DateChoice(change_id=change.id, booking_id=booking.id, until=change.choose_until, told_at=now))
        if change != offered:
            tell_why(order, change, now=now)
            tell(order.id, "departure.offered", at=now, until=change.choose_until.astimezone(order.zone))
        offered = change
    db.session.flush()
    return offered is not None


def tell_why(order: Order, change: DateChange, *, now: datetime) -> None:
    """Add to an order's story, once, that and why a date was cancelled."""
    told = sa.select(OrderEvent.id).where(
        OrderEvent.order_id == order.id,
        OrderEvent.event == "departure.called_off",
        OrderEvent.facts["change"].astext == str(change.id),
    )
    db.session.flush()
    if db.session.scalar(told.limit(1)) is not None:
        return
    facts = {"date": change.was_at.astimezone(order.zone), "reason": change.reason, "note": _note(change)}
    tell(order.id, "departure.called_off", at=now, by=change.done_by, change=str(change.id), **facts)


def offer_to_leave(change: DateChange, *, until: datetime) -> None:
    """Let everybody who has seats at a date that was moved leave without a fee; the sweep tells them one by one."""
    here = (Booking.departure_id == change.departure_id, Booking.status.in_(["held", "confirmed"]))
    concerned = sa.select(sa.literal(change.id, sa.Uuid()), Booking.id, sa.literal(until), sa.literal("open"))
    columns = ["change_id", "booking_id", "until", "state"]
    db.session.execute(sa.insert(DateChoice).from_select(columns, concerned.where(*here)))


def end_leave_by(departure_id: UUID, starts_at: datetime) -> None:
    """Let no time to leave a date free of charge, given when it was moved before, last beyond its new start."""
    moved = sa.select(DateChange.id).where(DateChange.departure_id == departure_id, DateChange.kind == "moved")
    longer = (DateChoice.change_id.in_(moved), DateChoice.state == "open", DateChoice.until > starts_at)
    db.session.execute(
        sa.update(DateChoice).where(*longer).values(until=starts_at).execution_options(synchronize_session=False)
    )


def orders_to_tell(*, limit: int = 200) -> Sequence[UUID]:
    """Orders that have not been told yet of a date that was moved."""
    return db.session.scalars(
        sa.select(Order.id)
        .join(Booking, Booking.order_id == Order.id)
        .join(DateChoice, DateChoice.booking_id == Booking.id)
        .where(_untold())
        .group_by(Order.id)
        .order_by(Order.id)
        .limit(limit)
    ).all()


def tell_of_move(order: Order, *, now: datetime) -> int:
    """Tell a locked order of the dates that were moved under it, each once; how many there were."""
    untold = sa.select(DateChoice).join(Booking).where(_untold(), Booking.order_id == order.id)
    told: set[UUID] = set()
    for choice in db.session.scalars(untold.order_by(DateChoice.change_id).with_for_update(of=DateChoice)):
        choice.told_at = now
        if choice.change_id not in told:
            departure = db.session.get_one(Departure, choice.change.departure_id)
            told.add(choice.change_id)
            tell(
                order.id,
                "departure.moved",
                at=now,
                was=choice.change.was_at.astimezone(order.zone),
                date=departure.local_start,
                reason=choice.change.reason,
                note=_note(choice.change),
                until=choice.until.astimezone(order.zone),
                by=choice.change.done_by,
                change=str(choice.change_id),
            )
    return len(told)


def _untold() -> sa.ColumnElement[bool]:
    return sa.and_(DateChoice.told_at.is_(None), DateChoice.state == "open", Booking.status.in_(["held", "confirmed"]))


def end_choices(order_id: UUID, *, now: datetime) -> None:
    """Nothing is left to be chosen for the bookings of a locked order that were cancelled."""
    over = sa.select(Booking.id).where(Booking.order_id == order_id, Booking.status == "cancelled")
    db.session.execute(
        sa.update(DateChoice)
        .where(DateChoice.booking_id.in_(over), DateChoice.state == "open")
        .values(state="ended", ended_at=now)
        .execution_options(synchronize_session=False)
    )


def choose(booking_id: UUID, departure_id: UUID, *, now: datetime) -> None:
    """A booking has another date now: whatever it was offered is settled by that."""
    db.session.execute(
        sa.update(DateChoice)
        .where(DateChoice.booking_id == booking_id, DateChoice.state == "open")
        .values(state="rebooked", ended_at=now, moved_to=departure_id)
        .execution_options(synchronize_session=False)
    )


def may_choose(booking_id: UUID, *, now: datetime) -> bool:
    """Whether a booking may be moved to another date by its customer."""
    open_ones = (DateChoice.booking_id == booking_id, stands(now), DateChange.kind == "cancelled")
    found = sa.select(DateChoice.booking_id).join(DateChange, DateChange.id == DateChoice.change_id).where(*open_ones)
    return db.session.scalar(found.limit(1)) is not None


def current_choices(order_ids: Sequence[UUID], *, now: datetime) -> Mapping[UUID, Choice]:
    """What can be chosen now, by order: the first to end, if there are several."""
    rows = db.session.execute(
        sa.select(DateChoice, Booking.order_id)
        .join(Booking, Booking.id == DateChoice.booking_id)
        .where(Booking.order_id.in_(order_ids), stands(now), Booking.status.in_(["held", "confirmed"]))
        .order_by(DateChoice.until.desc(), DateChoice.booking_id.desc())
    ).all()
    first: dict[UUID, DateChoice] = {order_id: choice for choice, order_id in rows if order_id is not None}
    others = _alternatives([one.booking_id for one in first.values() if one.change.kind == "cancelled"], now=now)
    return {
        order_id: Choice(
            kind=one.change.kind,
            booking_id=one.booking_id,
            until=one.until,
            reason=one.change.reason,
            note=one.change.note,
            alternatives=others.get(one.booking_id, []),
        )
        for order_id, one in first.items()
    }


def _alternatives(booking_ids: Sequence[UUID], *, now: datetime) -> Mapping[UUID, list[OfferedDeparture]]:
    """Up to three open dates of the same tour with room, for each of some bookings; the nearest first."""
    if not booking_ids:
        return {}
    was = sa.orm.aliased(Departure, name="was")
    away = sa.func.abs(sa.func.extract("epoch", Departure.starts_at - was.starts_at))
    cutoff = sa.func.make_interval(0, 0, 0, 0, 0, Tour.cutoff_minutes)
    near = (
        sa.select(Departure.id, away.label("away"))
        .join(Tour, Tour.id == Departure.tour_id)
        .where(
            Departure.tour_id == was.tour_id,
            Departure.status == "open",
            Departure.starts_at > now + cutoff,
            Departure.capacity - Departure.seats_taken - Departure.seats_blocked >= Booking.seats,
        )
        .order_by(away, Departure.id)
        .limit(MOST_ALTERNATIVES)
        .correlate(Booking, was)
        .lateral("near")
    )
    pairs = db.session.execute(
        sa.select(Booking.id, near.c.id)
        .join(was, was.id == Booking.departure_id)
        .join(near, sa.true())
        .where(Booking.id.in_(booking_ids))
        .order_by(near.c.away, near.c.id)
    ).all()
    known = db.session.scalars(
        sa.select(Departure).where(Departure.id.in_({departure_id for _, departure_id in pairs}))
    )
    by_id = {departure.id: offer(departure, now) for departure in known}
    found: dict[UUID, list[OfferedDeparture]] = {}
    for booking_id, departure_id in pairs:
        found.setdefault(booking_id, []).append(by_id[departure_id])
    return found


def _has_valid_tickets(booking_id: UUID) -> bool:
    valid = (Ticket.booking_id == booking_id, Ticket.status == "valid")
    return db.session.scalar(sa.select(Ticket.id).where(*valid).limit(1)) is not None


def _note(change: DateChange) -> str:
    return f" – {change.note}" if change.note else ""

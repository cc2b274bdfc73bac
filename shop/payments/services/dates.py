"""What the staff do with dates: cancel one, after a rehearsal; move one; see how far it has come. The caller owns the
transaction."""

import hmac
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased, lazyload

from shop.booking.models import Booking, BookingLine
from shop.catalogue.errors import DepartureNotFound, DepartureOver
from shop.catalogue.models import Departure
from shop.catalogue.services import minimum
from shop.core.db import db
from shop.core.money import Money
from shop.orders.models import DateChange, DateChoice, Order, Ticket
from shop.orders.services.choices import cancellation_of, end_leave_by, offer_to_leave
from shop.payments.errors import DateCancelled, DateTaken, FiguresChanged, NothingMoved, NotToCome
from shop.payments.models import Payment, Refund
from shop.payments.quotes import figures_mark
from shop.payments.services.refunds import WITHOUT_MONEY

MOST_SHOWN = 300  # people on one page
Sums = tuple[tuple[str, str, int], ...]  # gateway, currency, minor units


@dataclass(frozen=True)
class Concerned:
    """One order that has seats at a date, and how its buyer can be reached."""

    number: str
    status: str
    name: str
    phone: str | None
    email: str | None
    locale: str
    people: int


@dataclass(frozen=True)
class Figures:
    """What cancelling a date means: as many bookings, people and seats, and what goes back.

    Args:
        refunds: what was paid and goes back, by gateway.
        pending: what somebody may be paying at this moment; it goes back if it comes.
        holds: seats that are held and not ordered; they end by themselves.
    """

    bookings: int
    people: int
    seats: int
    holds: int
    refunds: Sums
    pending: Sums

    @property
    def total(self) -> int:
        """Minor units that go back."""
        return sum(amount for _, _, amount in self.refunds)

    @property
    def money(self) -> Sequence[Money]:
        """What goes back, by currency."""
        return _by_currency(self.refunds)

    def mark(self, departure_id: UUID, secret_key: str) -> str:
        """What a form holds of these figures."""
        return figures_mark(
            departure_id, [self.bookings, self.people, self.seats, self.refunds, self.pending], secret_key
        )


@dataclass(frozen=True)
class Rehearsal:
    """What would happen, and to whom.

    Args:
        people: the first of them by name.
    """

    figures: Figures
    people: Sequence[Concerned]

    @property
    def by_phone(self) -> int:
        return sum(one.phone is not None for one in self.people)

    @property
    def by_email(self) -> int:
        return sum(one.email is not None for one in self.people)

    @property
    def in_wechat_only(self) -> Sequence[Concerned]:
        """Who left neither phone nor e-mail: they read of it in their order only."""
        return [one for one in self.people if not one.phone and not one.email]


@dataclass(frozen=True)
class Step:
    """How far one order of a cancelled date has come.

    Args:
        state: `waiting`, `asked` (for another date), `under_way`, `done` or `failed`.
        outcome: `rebooked`, `refunded` or `ended`, of one that is done.
        failure: why its refund waits or failed.
    """

    number: str
    state: str
    outcome: str | None = None
    failure: str | None = None
    amount: Money | None = None
    moved_to: datetime | None = None


@dataclass(frozen=True)
class Progress:
    """How far a cancelled date has come."""

    change: DateChange | None
    counts: Mapping[str, int]
    steps: Sequence[Step]

    @property
    def is_over(self) -> bool:
        """Whether nothing changes any more by itself within moments."""
        return not self.counts.get("waiting") and not self.counts.get("under_way")


STATES = ("failed", "waiting", "under_way", "asked", "done")  # what needs somebody first


def get_date(departure_id: UUID) -> Departure:
    """A departure, of whatever tour.

    Raises:
        DepartureNotFound: there is none.
    """
    found = db.session.scalar(
        sa.select(Departure).where(Departure.id == departure_id).execution_options(populate_existing=True)
    )
    if found is None:
        raise DepartureNotFound
    return found


def rehearse(departure: Departure) -> Rehearsal:
    """What cancelling a date would mean now; a number of queries that does not depend on how many have booked."""
    seated = sa.select(Booking.order_id, sa.func.count().label("bookings"), sa.func.sum(Booking.seats).label("seats"))
    seated = seated.where(*_here(departure.id), Booking.order_id.is_not(None)).group_by(Booking.order_id)
    per_order = seated.subquery()
    heads = (
        sa.select(Booking.order_id, sa.func.sum(BookingLine.quantity - BookingLine.cancelled).label("people"))
        .join(BookingLine, BookingLine.booking_id == Booking.id)
        .where(*_here(departure.id))
        .group_by(Booking.order_id)
        .subquery()
    )
    rows = db.session.execute(
        sa.select(Order, per_order.c.bookings, per_order.c.seats, heads.c.people)
        .join(per_order, per_order.c.order_id == Order.id)
        .join(heads, heads.c.order_id == Order.id)
        .order_by(Order.contact["name"].astext, Order.number)
    ).all()
    holds = sa.select(sa.func.coalesce(sa.func.sum(Booking.seats), 0)).where(
        *_here(departure.id), Booking.order_id.is_(None)
    )
    refunds, pending = _money(departure.id, [order for order, _, _, _ in rows])
    figures = Figures(
        bookings=sum(count for _, count, _, _ in rows),
        people=sum(people for _, _, _, people in rows),
        seats=sum(seats for _, _, seats, _ in rows),
        holds=int(db.session.scalar(holds) or 0),
        refunds=refunds,
        pending=pending,
    )
    return Rehearsal(figures, [_concerned(order, people) for order, _, _, people in rows])


def cancel_date(
    departure_id: UUID,
    *,
    agreed: str,
    secret_key: str,
    reason: str,
    note: str | None,
    offer: timedelta | None,
    by: str,
    now: datetime,
) -> tuple[DateChange, Figures]:
    """Cancel a date: from this moment nobody can book, pay for or enter it. Its orders are ended by the sweep, each in
    a transaction of its own, whoever dies in between.

    Args:
        agreed: the mark of the figures that were shown.
        offer: how long buyers may choose another date before their money goes back; None gives it back at once.

    Raises:
        DepartureNotFound: there is none.
        DateCancelled: somebody else was quicker.
        FiguresChanged: other people, or other money, than was shown.
    """
    cancelled = sa.update(Departure).where(Departure.id == departure_id, Departure.status != "cancelled")
    said = {"status": "cancelled", "cancelled_by": by, "cancelled_reason": note}
    won = db.session.scalar(cancelled.values(said).returning(Departure.id))
    departure = get_date(departure_id)
    if won is None:
        raise DateCancelled
    minimum.take_warnings_back([departure], now=now)
    figures = rehearse(departure).figures
    if not hmac.compare_digest(figures.mark(departure_id, secret_key).encode(), agreed.encode()):
        raise FiguresChanged
    change = DateChange(
        departure_id=departure_id,
        kind="cancelled",
        reason=reason,
        note=note,
        choose_until=now + offer if offer else None,
        done_by=by,
        done_at=now,
        was_at=departure.starts_at,
    )
    db.session.add(change)
    db.session.flush()
    return change, figures


def move_date(
    departure_id: UUID,
    *,
    starts_at: datetime,
    language: str,
    reason: str,
    note: str | None,
    free_for: timedelta,
    by: str,
    now: datetime,
) -> DateChange:
    """Give a date another start, or another language; whoever has booked may leave without a fee for a while, at
    latest until the new start, and is told by the sweep.

    Raises:
        DepartureNotFound: there is none.
        DateCancelled: it was cancelled.
        DepartureOver: it has started.
        NotToCome, NothingMoved, DateTaken: the new start is over, the same, or another departure's.
    """
    booked = sa.select(Booking.id).where(*_here(departure_id)).order_by(Booking.id)
    db.session.execute(booked.with_for_update(read=True, key_share=True))  # before their departure, as everybody does
    departure = db.session.get(Departure, departure_id, with_for_update={"of": Departure}, populate_existing=True)
    if departure is None:
        raise DepartureNotFound
    if departure.status == "cancelled":
        raise DateCancelled
    if departure.starts_at <= now:
        raise DepartureOver
    if starts_at <= now:
        raise NotToCome
    if (departure.starts_at, departure.language) == (starts_at, language):
        raise NothingMoved
    until = min(now + free_for, starts_at)
    change = DateChange(
        departure_id=departure_id,
        kind="moved",
        reason=reason,
        note=note,
        choose_until=until,
        done_by=by,
        done_at=now,
        was_at=departure.starts_at,
    )
    minimum.take_warnings_back([departure], now=now)  # it is called by its hour
    departure.starts_at, departure.language = starts_at, language
    departure.minimum_at, departure.assured_at = now, None  # its deadline is another one: judged anew, and not at once
    departure.offer += 1  # a hold on its way looks again
    try:
        with db.session.begin_nested():
            db.session.flush()
    except sa.exc.IntegrityError as error:
        raise DateTaken from error
    db.session.add(change)
    db.session.flush()
    end_leave_by(departure.id, starts_at)
    offer_to_leave(change, until=until)
    return change


def progress(departure: Departure) -> Progress:
    """How far a cancelled date has come, order by order; those that need somebody first."""
    change = cancellation_of(departure.id)
    since = change.done_at if change else datetime.min.replace(tzinfo=departure.starts_at.tzinfo)
    mine = sa.and_(DateChoice.booking_id == Booking.id, DateChoice.change_id == (change.id if change else UUID(int=0)))
    one = aliased(Booking)
    at_its_end = sa.or_(one.status.in_(["held", "confirmed"]), one.ended_at >= since)
    there = sa.select(one.id).where(one.departure_id == departure.id, at_its_end)
    chosen = sa.select(DateChoice.booking_id).where(DateChoice.change_id == (change.id if change else UUID(int=0)))
    rows = db.session.execute(
        sa.select(Booking, DateChoice, Order.number, Order.id)
        .join(Order, Order.id == Booking.order_id)
        .outerjoin(DateChoice, mine)
        .where(Booking.id.in_(sa.union(there, chosen)))
        .options(lazyload(DateChoice.change))  # its inner join would drop those without a choice
        .order_by(Order.number, Booking.id)
    ).all()
    refunds: dict[UUID, list[Refund]] = {}
    for refund in db.session.scalars(
        sa.select(Refund).where(
            Refund.order_id.in_({order_id for *_, order_id in rows}),
            Refund.reason == "departure",
            Refund.status != "superseded",
            Refund.created_at >= since,
        )
    ):
        refunds.setdefault(refund.order_id, []).append(refund)
    steps = [_step(booking, choice, number, refunds.get(order_id, [])) for booking, choice, number, order_id in rows]
    steps.sort(key=lambda step: STATES.index(step.state))
    return Progress(change, Counter(step.state for step in steps), steps)


def _step(booking: Booking, choice: DateChoice | None, number: str, refunds: Sequence[Refund]) -> Step:
    spoken = f"{number[:3]}-{number[3:6]}-{number[6:]}"
    if choice is not None and choice.state == "rebooked":
        return Step(spoken, "done", "rebooked", moved_to=booking.departure.local_start)
    if booking.status in {"held", "confirmed"}:
        return Step(spoken, "asked" if choice is not None and choice.state == "open" else "waiting")
    amount = Money(sum(one.amount for one in refunds), refunds[0].currency) if refunds else None
    failed = next((one for one in refunds if one.status == "needs_attention"), None)
    if failed is not None:
        return Step(spoken, "failed", failure=failed.failure, amount=amount)
    under_way = next((one for one in refunds if one.status == "pending"), None)
    if under_way is not None:
        return Step(spoken, "under_way", failure=under_way.failure, amount=amount)
    return Step(spoken, "done", "refunded" if refunds else "ended", amount=amount)


def _here(departure_id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return (Booking.departure_id == departure_id, Booking.status.in_(["held", "confirmed"]))


def _concerned(order: Order, people: int) -> Concerned:
    contact = order.contact
    return Concerned(
        number=order.number,
        status=order.status,
        name=contact.get("name", ""),
        phone=contact.get("phone"),
        email=contact.get("email"),
        locale=order.locale,
        people=people,
    )


def _money(departure_id: UUID, orders: Sequence[Order]) -> tuple[Sums, Sums]:
    """What would go back for a date, and what somebody may be paying now; by gateway."""
    paid_for = (
        sa.select(Ticket.order_id, sa.func.sum(BookingLine.price))
        .join(Booking, Booking.id == Ticket.booking_id)
        .join(BookingLine, sa.and_(BookingLine.booking_id == Booking.id, BookingLine.unit_id == Ticket.unit_id))
        .where(Booking.departure_id == departure_id, Ticket.status == "valid")
        .group_by(Ticket.order_id)
    )
    prices = {order_id: int(price) for order_id, price in db.session.execute(paid_for)}
    by_status = {order.id: order.status for order in orders}
    refunds: Counter[tuple[str, str]] = Counter()
    pending: Counter[tuple[str, str]] = Counter()
    payments = sa.select(Payment).where(Payment.order_id.in_(by_status)).order_by(Payment.id.desc())
    for payment in db.session.scalars(payments):
        if payment.status == "pending":
            pending[payment.gateway, payment.currency] += payment.amount
        left = (payment.received_amount or 0) - payment.refunded
        if payment.gateway == WITHOUT_MONEY or not left:
            continue
        key = (payment.gateway, payment.received.currency)
        if payment.disposition == "review":
            refunds[key] += left
        elif payment.disposition == "applied":
            part = min(prices.get(payment.order_id, 0), left)
            prices[payment.order_id] = prices.get(payment.order_id, 0) - part
            refunds[key] += part
    return _sums(refunds), _sums(pending)


def _sums(counted: Mapping[tuple[str, str], int]) -> Sums:
    return tuple((gateway, currency, amount) for (gateway, currency), amount in sorted(counted.items()) if amount)


def _by_currency(sums: Sums) -> list[Money]:
    found: Counter[str] = Counter()
    for _, currency, amount in sums:
        found[currency] += amount
    return [Money(amount, currency) for currency, amount in sorted(found.items())]

"""What can be done with seats. The caller owns the transaction.

Seats are one counter in one row, moved by one guarded statement with a CHECK constraint behind it. They are
given back only by whoever wins a booking's change of state.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from shop.booking import rules
from shop.booking.errors import BookingExpired, BookingNotFound, BookingOrdered, SoldOut, TooManyHolds
from shop.booking.models import Booking, BookingLine
from shop.booking.rules import Party
from shop.catalogue.models import Departure
from shop.catalogue.services import browse, seats
from shop.core import metrics
from shop.core.db import db
from shop.core.ids import new_id
from shop.customers.models import Customer

_TAKE_SEATS = sa.text(
    """
    WITH seat AS (
        UPDATE departures SET seats_taken = seats_taken + :seats
        WHERE id = :departure_id AND status = 'open' AND starts_at >= :earliest
          AND seats_taken + :seats <= capacity
        RETURNING id
    ), booking AS (
        INSERT INTO bookings
            (id, customer_id, departure_id, status, seats, amount, currency, created_at, expires_at)
        SELECT :id, :customer_id, seat.id, 'held', :seats, :amount, :currency, :now, :expires_at FROM seat
        RETURNING id
    )
    INSERT INTO booking_lines (booking_id, position, unit_id, quantity, price, vat, currency)
    SELECT booking.id, line.position, line.unit_id, line.quantity, line.price, line.vat, :currency
    FROM booking, unnest(
        CAST(:units AS uuid[]), CAST(:quantities AS integer[]), CAST(:prices AS integer[]), CAST(:vats AS text[])
    ) WITH ORDINALITY AS line (unit_id, quantity, price, vat, position)
    """
).bindparams(
    sa.bindparam("id", type_=sa.Uuid()),
    sa.bindparam("departure_id", type_=sa.Uuid()),
    sa.bindparam("customer_id", type_=sa.Uuid()),
)


def hold_seats(
    *,
    departure_id: UUID,
    customer_id: UUID,
    wanted: Mapping[str, int],
    hold: timedelta,
    max_holds: int,
    now: datetime,
) -> Booking:
    """Keep seats at a departure for a customer until the hold runs out.

    Args:
        wanted: how many of each unit, by code; infants may take no seat.
        hold: how long.
        max_holds: unpaid bookings one customer may have at once.

    Raises:
        DepartureNotFound: no published departure has this id.
        UnknownUnit, PartySize: the tour does not admit this party.
        DepartureClosed: it is closed or cancelled, or its cutoff has passed.
        TooManyHolds: the customer holds as many unpaid bookings as they may.
        SoldOut: fewer seats are left than the party needs.
    """
    departure = browse.get_departure(departure_id)
    party = rules.assemble_party(departure.tour, wanted)
    rules.check_bookable(departure, now)
    _check_ceiling(customer_id, max_holds)
    booking_id = _take_seats(departure, party, customer_id, hold, now)
    if booking_id is None:
        _refuse(departure, party, now)
    metrics.HOLDS.labels("held").inc()
    return db.session.get_one(Booking, booking_id)


def get_booking(booking_id: UUID, *, customer_id: UUID) -> Booking:
    """A customer's booking.

    Raises:
        BookingNotFound: they have none of this id.
    """
    found = db.session.scalar(sa.select(Booking).where(Booking.id == booking_id, Booking.customer_id == customer_id))
    if found is None:
        raise BookingNotFound
    return found


def release(booking_id: UUID, *, customer_id: UUID, now: datetime) -> None:
    """Give a hold back before its time; the seats are on sale again at once. Again: nothing more.

    Raises:
        BookingNotFound: the customer has no such booking.
        BookingOrdered: it is in an order.
    """
    booking = get_booking(booking_id, customer_id=customer_id)
    won = _end([booking.id], "release", now=now, unordered=True)
    if not won:
        db.session.refresh(booking)
        if booking.order_id is not None:
            raise BookingOrdered
    _give_back(won)


def extend(booking_id: UUID, *, customer_id: UUID, hold: timedelta, now: datetime) -> Booking:
    """Hold seats longer: one hold from now, twice a hold in all at most.

    Raises:
        BookingNotFound: the customer has no such booking.
        BookingOrdered: it is in an order; its time is the order's.
        BookingExpired: it is no longer held.
    """
    booking = get_booking(booking_id, customer_id=customer_id)
    extended = db.session.connection().execute(
        sa.update(Booking)
        .where(Booking.id == booking.id, *_held_and_free(now))
        .values(expires_at=rules.extended(booking, now, hold))
    )
    db.session.refresh(booking)
    if extended.rowcount == 0:
        raise BookingOrdered if booking.order_id is not None else BookingExpired
    return booking


def put_in_order(booking_ids: Sequence[UUID], *, order_id: UUID, customer_id: UUID, now: datetime) -> Sequence[Booking]:
    """Let an order take over some held bookings; from now on their time is the order's.

    Raises:
        BookingNotFound, BookingOrdered, BookingExpired: one of them cannot be ordered.
    """
    bookings = db.session.scalars(
        sa.select(Booking)
        .where(Booking.id.in_(booking_ids), Booking.customer_id == customer_id)
        .order_by(Booking.id)
        .with_for_update(of=Booking)
        .execution_options(populate_existing=True)
    ).all()
    if len(bookings) != len(set(booking_ids)):
        raise BookingNotFound
    for booking in bookings:
        if booking.order_id is not None:
            raise BookingOrdered
        if rules.public_status(booking, now) != "held":
            raise BookingExpired
        booking.order_id = order_id
    latest = max(booking.expires_at for booking in bookings)
    for booking in bookings:
        booking.expires_at = latest
    db.session.flush()
    return bookings


def confirm(order_id: UUID, *, now: datetime) -> bool:
    """Make the bookings of an order certain: it was paid, or costs nothing.

    Bookings that had already given their seats back take them again, all or none.

    Returns:
        Whether every booking of the order is confirmed; if not, nothing was changed.
    """
    with db.session.begin_nested() as savepoint:
        bookings = _lock(order_id)
        for booking in sorted(bookings, key=lambda booking: booking.departure_id):
            if booking.status not in rules.states_before("confirm") or (
                booking.status == "expired" and not seats.take_again(booking.departure_id, booking.seats, now=now)
            ):
                savepoint.rollback()
                return False
            booking.status, booking.ended_at = "confirmed", None
        db.session.flush()
    return True


def end_ordered(order_id: UUID, event: str, *, now: datetime) -> None:
    """Give back the seats of an order that expired or was cancelled.

    Args:
        event: `expire` or `cancel`.
    """
    ids = [booking.id for booking in _lock(order_id)]
    _give_back(_end(ids, event, now=now))


def prolong_ordered(order_id: UUID, *, until: datetime) -> None:
    """Hold the bookings of an order at least until a moment, because it can be paid until then."""
    db.session.execute(
        sa.update(Booking)
        .where(Booking.order_id == order_id, Booking.status == "held", Booking.expires_at < until)
        .values(expires_at=until)
    )


def expire_due(*, now: datetime, limit: int = 500) -> int:
    """Give back the seats of holds whose time is over and that no order has taken over.

    Several workers may do this at once: each takes other bookings.

    Returns:
        How many holds ended.
    """
    due = db.session.scalars(
        sa.select(Booking.id)
        .where(Booking.status == "held", Booking.order_id.is_(None), Booking.expires_at <= now)
        .order_by(Booking.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    ended = _end(due, "expire", now=now, unordered=True)
    _give_back(ended)
    return len(ended)


def _check_ceiling(customer_id: UUID, max_holds: int) -> None:
    """One customer's holds are counted one after the other, so that asking twice at once does not pass."""
    db.session.execute(sa.select(Customer.id).where(Customer.id == customer_id).with_for_update(key_share=True))
    held = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(Booking)
        .where(Booking.customer_id == customer_id, Booking.status == "held")
    )
    if (held or 0) >= max_holds:
        metrics.HOLDS.labels("too_many").inc()
        raise TooManyHolds(limit=max_holds)


def _take_seats(departure: Departure, party: Party, customer_id: UUID, hold: timedelta, now: datetime) -> UUID | None:
    """Take the seats and write the booking in one statement; None if they cannot be had."""
    booking_id = new_id()
    taken = db.session.connection().execute(
        _TAKE_SEATS,
        {
            "id": booking_id,
            "departure_id": departure.id,
            "customer_id": customer_id,
            "seats": party.seats,
            "amount": party.amount,
            "currency": departure.tour.currency,
            "earliest": now + departure.tour.cutoff,
            "now": now,
            "expires_at": now + hold,
            "units": [str(unit.id) for unit, _ in party.lines],
            "quantities": [quantity for _, quantity in party.lines],
            "prices": [unit.price for unit, _ in party.lines],
            "vats": [unit.vat for unit, _ in party.lines],
        },
    )
    return booking_id if taken.rowcount else None


def _refuse(departure: Departure, party: Party, now: datetime) -> None:
    """Say why the seats could not be had, from what stands in the row now."""
    departure = browse.get_departure(departure.id)
    rules.check_bookable(departure, now)
    metrics.HOLDS.labels("sold_out").inc()
    others = browse.alternatives(departure, seats=party.seats, now=now)
    raise SoldOut(seats_left=departure.seats_left, alternatives=[other.facts() for other in others])


def _held_and_free(now: datetime) -> list[sa.ColumnElement[bool]]:
    return [Booking.status == "held", Booking.order_id.is_(None), Booking.expires_at > now]


def _lock(order_id: UUID) -> Sequence[Booking]:
    return db.session.scalars(
        sa.select(Booking)
        .where(Booking.order_id == order_id)
        .order_by(Booking.id)
        .with_for_update(of=Booking)
        .execution_options(populate_existing=True)
    ).all()


def _end(ids: Sequence[UUID], event: str, *, now: datetime, unordered: bool = False) -> Sequence[sa.Row[UUID, int]]:
    """Win the change of state of some bookings; whoever wins gives the seats back, nobody else."""
    conditions = [Booking.id.in_(ids), Booking.status.in_(rules.states_before(event))]
    if unordered:
        conditions.append(Booking.order_id.is_(None))
    return db.session.execute(
        sa.update(Booking)
        .where(*conditions)
        .values(status=rules.TRANSITIONS["held", event], ended_at=now)
        .returning(Booking.departure_id, Booking.seats)
    ).all()


def _give_back(ended: Sequence[sa.Row[UUID, int]]) -> None:
    returned: dict[UUID, int] = {}
    for departure_id, count in ended:
        returned[departure_id] = returned.get(departure_id, 0) + count
    seats.give_back(returned)


class SoldByBookings:
    """What the catalogue asks of bookings (its port `Sales`)."""

    def bookings_of_departure(self, departure_id: UUID) -> Sequence[str]:
        """The ids of the bookings that keep seats at a departure."""
        keeping = (Booking.departure_id == departure_id, Booking.status.in_(["held", "confirmed"]))
        return [str(found) for found in db.session.scalars(sa.select(Booking.id).where(*keeping).order_by(Booking.id))]

    def bookings_of_unit(self, unit_id: UUID) -> Sequence[str]:
        """The ids of some bookings, at most ten, that ever held this unit."""
        lines = sa.select(BookingLine.booking_id).where(BookingLine.unit_id == unit_id).distinct().limit(10)
        return [str(found) for found in db.session.scalars(lines)]

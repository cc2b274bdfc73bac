"""Taking seats: one guarded statement, with a CHECK constraint behind it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from shop.booking import rules
from shop.booking.errors import SoldOut, TooManyHolds
from shop.booking.models import Booking
from shop.booking.rules import Party
from shop.catalogue.models import Departure
from shop.catalogue.services import browse
from shop.core import metrics
from shop.core.caller import SignInRequired
from shop.core.db import db
from shop.core.ids import new_id
from shop.customers.models import Customer

_TAKE_SEATS = sa.text(
    """
    WITH seat AS (
        UPDATE departures SET seats_taken = seats_taken + :seats
        WHERE id = :departure_id AND offer = :offer AND status = 'open' AND starts_at >= :earliest
          AND seats_taken + seats_blocked + :seats <= capacity
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
    until_start: bool = False,
) -> Booking:
    """Keep seats at a departure for a customer until the hold runs out.

    Args:
        wanted: how many of each unit, by code; infants may take no seat.
        hold: how long.
        max_holds: unpaid bookings one customer may have at once.
        until_start: as the counter sells, also past the cutoff.

    Raises:
        DepartureNotFound: no published departure has this id.
        UnknownUnit, PartySize: the tour does not admit this party.
        DepartureClosed: it is closed or cancelled, or its cutoff has passed.
        SignInRequired: the customer was erased at this very moment.
        TooManyHolds: the customer holds as many unpaid bookings as they may.
        SoldOut: fewer seats are left than the party needs.
    """
    departure = browse.get_departure(departure_id)
    party = rules.assemble_party(departure, wanted)
    cutoff = timedelta() if until_start else departure.tour.cutoff
    rules.check_bookable(departure, now, cutoff=cutoff)
    _check_ceiling(customer_id, max_holds, now)
    while (booking_id := _take_seats(departure, party, customer_id, hold, now, cutoff)) is None:
        departure = browse.get_departure(departure_id)
        party = rules.assemble_party(departure, wanted)
        cutoff = timedelta() if until_start else departure.tour.cutoff
        _refuse_unless_free(departure, party, now, cutoff)
    metrics.HOLDS.labels("held").inc()
    return db.session.get_one(Booking, booking_id)


def _check_ceiling(customer_id: UUID, max_holds: int, now: datetime) -> None:
    """One customer's holds are counted one after the other, so that asking twice at once does not pass."""
    here = sa.select(Customer.id).where(Customer.id == customer_id, Customer.erased_at.is_(None))
    if db.session.scalar(here.with_for_update(key_share=True)) is None:
        raise SignInRequired
    held = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(Booking)
        .where(
            Booking.customer_id == customer_id,
            Booking.status == "held",
            sa.or_(Booking.order_id.is_not(None), Booking.expires_at > now),
        )
    )
    if (held or 0) >= max_holds:
        metrics.HOLDS.labels("too_many").inc()
        raise TooManyHolds(limit=max_holds)


def _take_seats(
    departure: Departure, party: Party, customer_id: UUID, hold: timedelta, now: datetime, cutoff: timedelta
) -> UUID | None:
    """Take the seats and write the booking in one statement; None if they cannot be had."""
    booking_id = new_id()
    taken = db.session.connection().execute(
        _TAKE_SEATS,
        {
            "id": booking_id,
            "departure_id": departure.id,
            "offer": departure.offer,
            "customer_id": customer_id,
            "seats": party.seats,
            "amount": party.amount,
            "currency": departure.tour.currency,
            "earliest": now + cutoff,
            "now": now,
            "expires_at": now + hold,
            "units": [str(unit.id) for unit, _ in party.lines],
            "quantities": [quantity for _, quantity in party.lines],
            "prices": [party.price_of(unit) for unit, _ in party.lines],
            "vats": [unit.vat for unit, _ in party.lines],
        },
    )
    return booking_id if taken.rowcount else None


def _refuse_unless_free(departure: Departure, party: Party, now: datetime, cutoff: timedelta) -> None:
    """Say why the seats could not be had, from what stands in the row now; seats may have come back meanwhile."""
    rules.check_bookable(departure, now, cutoff=cutoff)
    if departure.seats_left >= party.seats:
        return
    metrics.HOLDS.labels("sold_out").inc()
    others = browse.alternatives(departure, seats=party.seats, now=now)
    raise SoldOut(seats_left=departure.seats_left, alternatives=[other.facts() for other in others])

"""The shop with its guard taken out: seats are read, then written. For showing that the races can be lost."""

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from shop.app import create_app
from shop.booking.models import Booking, BookingLine
from shop.booking.rules import Party
from shop.booking.services import hold as holding
from shop.catalogue.models import Departure
from shop.core.db import db
from shop.core.ids import new_id


def read_then_write(
    departure: Departure, party: Party, customer_id: UUID, hold: timedelta, now: datetime, _cutoff: timedelta
) -> UUID | None:
    """Take the seats if they seemed to be free a moment ago."""
    seen = db.session.execute(
        sa.select(Departure.capacity, Departure.seats_taken).where(Departure.id == departure.id)
    ).one()
    if seen.seats_taken + party.seats > seen.capacity:
        return None
    booking = Booking(
        id=new_id(),
        customer_id=customer_id,
        departure_id=departure.id,
        status="held",
        seats=party.seats,
        amount=party.amount,
        currency=departure.tour.currency,
        created_at=now,
        expires_at=now + hold,
    )
    booking.lines = [
        BookingLine(
            position=position, unit_id=unit.id, quantity=quantity, price=unit.price, vat=unit.vat, currency="EUR"
        )
        for position, (unit, quantity) in enumerate(party.lines, 1)
    ]
    db.session.add(booking)
    db.session.flush()
    db.session.execute(
        sa.update(Departure)
        .where(Departure.id == departure.id)
        .values(seats_taken=Departure.seats_taken + party.seats)
        .execution_options(synchronize_session=False)
    )
    return booking.id


holding._take_seats = read_then_write
app = create_app()

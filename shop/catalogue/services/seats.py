"""The counter of a departure's seats: giving back. Taking stands with the booking it makes, in one statement."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from shop.catalogue.models import Departure
from shop.core.db import db


def give_back(seats: Mapping[UUID, int]) -> None:
    """Put seats back on sale at some departures.

    Only as a consequence of having won a booking's change of state, in the same transaction. Always in the order
    of the departures' ids, so that two orders over the same departures cannot wait for each other.
    """
    for departure_id in sorted(seats):
        db.session.execute(
            sa.update(Departure)
            .where(Departure.id == departure_id)
            .values(seats_taken=Departure.seats_taken - seats[departure_id])
            .execution_options(synchronize_session=False)
        )


def take_again(departure_id: UUID, seats: int, *, now: datetime) -> bool:
    """Take seats for a booking that had given them back, if the departure is still on sale and has them.

    Returns:
        Whether they could be had.
    """
    taken = db.session.connection().execute(
        sa.update(Departure)
        .where(
            Departure.id == departure_id,
            Departure.status == "open",
            Departure.starts_at > now,
            Departure.seats_taken + Departure.seats_blocked + seats <= Departure.capacity,
        )
        .values(seats_taken=Departure.seats_taken + seats)
    )
    return taken.rowcount == 1

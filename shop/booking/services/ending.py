"""Giving seats back: only by whoever wins a booking's change of state, in the same transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from shop.booking import rules
from shop.booking.models import Booking
from shop.catalogue.services import seats
from shop.core.db import db


def end(ids: Sequence[UUID], event: str, *, now: datetime, unordered: bool = False) -> int:
    """Win the change of state of some bookings, and give their seats back; who comes second changes nothing.

    Args:
        event: `release`, `expire` or `cancel`.
        unordered: only those that no order has taken over.

    Returns:
        How many bookings ended.
    """
    conditions = [Booking.id.in_(ids), Booking.status.in_(rules.states_before(event))]
    if unordered:
        conditions.append(Booking.order_id.is_(None))
    ended = db.session.execute(
        sa.update(Booking)
        .where(*conditions)
        .values(status=rules.TRANSITIONS["held", event], ended_at=now)
        .returning(Booking.departure_id, Booking.seats)
    ).all()
    _give_back(ended)
    return len(ended)


def _give_back(ended: Sequence[sa.Row[UUID, int]]) -> None:
    returned: dict[UUID, int] = {}
    for departure_id, count in ended:
        returned[departure_id] = returned.get(departure_id, 0) + count
    seats.give_back(returned)

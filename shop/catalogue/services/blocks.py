"""Seats kept aside for groups and partners. The caller owns the transaction.

Blocked seats are no seats taken: they have a counter of their own, moved by guarded statements beside the other.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from shop.catalogue.errors import BlockNotFound, DepartureOver, NoRoomToBlock
from shop.catalogue.models import Departure, SeatBlock
from shop.catalogue.services.calendar import get_departure
from shop.core.db import db


def block_seats(
    *, departure_id: UUID, seats: int, holder: str, until: datetime | None, by: str, now: datetime
) -> SeatBlock:
    """Keep seats aside.

    Args:
        holder: the group or partner.
        until: when they are released by themselves, if nobody does before.
        by: who of the staff.

    Raises:
        DepartureNotFound: there is none of this id.
        DepartureOver: it is cancelled or has started.
        NoRoomToBlock: fewer seats are left.
    """
    kept = db.session.connection().execute(
        sa.update(Departure)
        .where(
            Departure.id == departure_id,
            Departure.status != "cancelled",
            Departure.starts_at > now,
            Departure.seats_taken + Departure.seats_blocked + seats <= Departure.capacity,
        )
        .values(seats_blocked=Departure.seats_blocked + seats)
    )
    if kept.rowcount == 0:
        departure = get_departure(departure_id)
        if departure.status == "cancelled" or departure.starts_at <= now:
            raise DepartureOver
        raise NoRoomToBlock(seats_left=departure.seats_left)
    block = SeatBlock(departure_id=departure_id, seats=seats, holder=holder, until=until, created_at=now, created_by=by)
    db.session.add(block)
    db.session.flush()
    return block


def release_block(block_id: UUID, *, departure_id: UUID, now: datetime) -> SeatBlock:
    """Put blocked seats of a departure back on sale.

    Raises:
        BlockNotFound: they are not blocked, or no longer.
    """
    mine = (SeatBlock.id == block_id, SeatBlock.departure_id == departure_id)
    found = db.session.scalar(sa.select(SeatBlock).where(*mine, SeatBlock.ended_at.is_(None)).with_for_update())
    if found is None:
        raise BlockNotFound
    found.ended_at = now
    db.session.flush()
    _give_back({departure_id: found.seats})
    return found


def release_due(*, now: datetime, limit: int = 200) -> int:
    """Put seats back on sale whose time of being kept aside is over; how many blocks ended.

    Several workers may do this at once: each takes other blocks.
    """
    due = db.session.scalars(
        sa.select(SeatBlock)
        .where(SeatBlock.ended_at.is_(None), SeatBlock.until <= now)
        .order_by(SeatBlock.until)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    returned: dict[UUID, int] = {}
    for block in due:
        block.ended_at = now
        returned[block.departure_id] = returned.get(block.departure_id, 0) + block.seats
    db.session.flush()
    _give_back(returned)
    return len(due)


def open_blocks(departure_id: UUID) -> Sequence[SeatBlock]:
    """What is kept aside at a departure."""
    open_ones = (SeatBlock.departure_id == departure_id, SeatBlock.ended_at.is_(None))
    return db.session.scalars(sa.select(SeatBlock).where(*open_ones).order_by(SeatBlock.created_at)).all()


def _give_back(seats: dict[UUID, int]) -> None:
    for departure_id in sorted(seats):
        db.session.execute(
            sa.update(Departure)
            .where(Departure.id == departure_id)
            .values(seats_blocked=Departure.seats_blocked - seats[departure_id])
            .execution_options(synchronize_session=False)
        )

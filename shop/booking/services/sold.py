"""What the catalogue asks of bookings."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa

from shop.booking.models import Booking, BookingLine
from shop.core.db import db


class SoldByBookings:
    """What the catalogue asks of bookings (its port `Sales`)."""

    def bookings_of_departure(self, departure_id: UUID) -> Sequence[str]:
        """The ids of the bookings that keep seats at a departure."""
        keeping = (Booking.departure_id == departure_id, Booking.status.in_(["held", "confirmed"]))
        return [str(found) for found in db.session.scalars(sa.select(Booking.id).where(*keeping).order_by(Booking.id))]

    def seats_confirmed(self, departure_ids: Sequence[UUID]) -> Mapping[UUID, int]:
        """The seats of confirmed bookings at some departures; the other seats taken may still come back."""
        rows = db.session.execute(
            sa.select(Booking.departure_id, sa.func.sum(Booking.seats))
            .where(Booking.departure_id.in_(departure_ids), Booking.status == "confirmed")
            .group_by(Booking.departure_id)
        )
        return {row[0]: row[1] for row in rows}

    def bookings_of_unit(self, unit_id: UUID) -> Sequence[str]:
        """The ids of some bookings, at most ten, that ever held this unit."""
        lines = sa.select(BookingLine.booking_id).where(BookingLine.unit_id == unit_id).distinct().limit(10)
        return [str(found) for found in db.session.scalars(lines)]

"""What the nights' housekeeping left in the way of numbers."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.booking.models import Booking
from shop.core.db import Base
from shop.core.ids import new_id

# All that somebody ever booked: what is told to who asks for everything held about them.
sa.Index("ix_bookings_customer_id", Booking.customer_id)


class KeptNumbers(Base):
    """The numbers of a period with many orders, as they were counted; kept for minutes, because counting takes long."""

    __tablename__ = "kept_numbers"

    first_on: Mapped[date] = mapped_column(primary_key=True)
    last_on: Mapped[date] = mapped_column(primary_key=True)
    counted_at: Mapped[datetime]
    content: Mapped[dict[str, Any]]


class RetentionRun(Base):
    """One night's deleting of what is no longer needed. Its numbers are written with each batch it deletes."""

    __tablename__ = "retention_runs"
    __table_args__ = (sa.Index("ix_retention_runs_started_at", "started_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    done: Mapped[dict[str, int]] = mapped_column(default=dict, server_default="{}")  # by rule: rows, or people
    kept: Mapped[dict[str, int]] = mapped_column(default=dict, server_default="{}")  # by rule: over, but still needed
    unfinished: Mapped[list[str]] = mapped_column(
        default=list, server_default="{}"
    )  # rules with more to do than one night does

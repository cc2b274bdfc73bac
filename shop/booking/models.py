"""Bookings and what they are made of."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.catalogue.models import Departure, Unit
from shop.core.db import Base
from shop.core.ids import new_id
from shop.core.money import Money


class Booking(Base):
    """Seats at one departure, held until a moment, then confirmed or given back.

    Its lines are what it costs, as it was when the seats were taken. Its seats are those still taken: once some of
    its tickets are cancelled, fewer than were bought.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        sa.CheckConstraint("status IN ('held', 'confirmed', 'released', 'expired', 'cancelled')", name="status"),
        sa.CheckConstraint("seats > 0", name="seats"),
        sa.CheckConstraint("status <> 'confirmed' OR order_id IS NOT NULL", name="confirmed_is_ordered"),
        sa.Index("ix_bookings_held", "expires_at", postgresql_where=sa.text("status = 'held' AND order_id IS NULL")),
        sa.Index("ix_bookings_customer_held", "customer_id", postgresql_where=sa.text("status = 'held'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("customers.id"))
    departure_id: Mapped[UUID] = mapped_column(sa.ForeignKey("departures.id"), index=True)
    order_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    status: Mapped[str]
    seats: Mapped[int]
    amount: Mapped[int] = mapped_column(sa.BigInteger)  # minor units
    currency: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # released, expired or cancelled
    cancellation: Mapped[list[Any] | None]  # the tour's terms when it was ordered: [{until_hours, refund_percent}]

    departure: Mapped[Departure] = relationship(lazy="joined", innerjoin=True)
    lines: Mapped[list["BookingLine"]] = relationship(order_by="BookingLine.position", lazy="selectin")

    @property
    def total(self) -> Money:
        """What it costs, taxes included."""
        return Money(self.amount, self.currency)

    @property
    def local_expiry(self) -> datetime:
        """When the hold runs out, on the clocks of the place."""
        return self.expires_at.astimezone(self.departure.tour.zone)


class BookingLine(Base):
    """So many of one unit, at the price and VAT of the moment they were held."""

    __tablename__ = "booking_lines"
    __table_args__ = (
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.CheckConstraint("0 <= cancelled AND cancelled <= quantity", name="cancelled"),
    )

    booking_id: Mapped[UUID] = mapped_column(sa.ForeignKey("bookings.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    unit_id: Mapped[UUID] = mapped_column(sa.ForeignKey("units.id"), index=True)
    quantity: Mapped[int]
    price: Mapped[int]  # minor units, each
    currency: Mapped[str]
    vat: Mapped[str]
    cancelled: Mapped[int] = mapped_column(default=0, server_default="0")  # of the quantity, one ticket after the other

    unit: Mapped[Unit] = relationship(lazy="joined", innerjoin=True)

    @property
    def money(self) -> Money:
        """The price of one."""
        return Money(self.price, self.currency)

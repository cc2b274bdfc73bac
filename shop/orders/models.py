"""Orders, their story, tickets."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.booking.models import Booking
from shop.catalogue.models import Unit
from shop.core.db import Base
from shop.core.ids import new_id
from shop.core.money import Money


class Order(Base):
    """Bookings bought together, by one customer, in one currency."""

    __tablename__ = "orders"
    __table_args__ = (
        sa.CheckConstraint(
            "status IN ('pending', 'in_review', 'paid', 'partially_refunded', 'refunded', 'expired', 'cancelled')",
            name="status",
        ),
        sa.CheckConstraint("amount >= 0", name="amount"),
        sa.Index("ix_orders_customer_id_id", "customer_id", "id"),
        sa.Index("ix_orders_pending", "expires_at", postgresql_where=sa.text("status = 'pending'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(unique=True)  # ten digits, the last a check digit
    customer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("customers.id"))
    status: Mapped[str] = mapped_column(default="pending")
    amount: Mapped[int] = mapped_column(sa.BigInteger)  # minor units
    currency: Mapped[str]
    contact: Mapped[dict[str, str]]  # name, email, phone
    terms_version: Mapped[str]
    locale: Mapped[str]  # in which the terms were accepted and the documents are written
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    paid_at: Mapped[datetime | None] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    review_since: Mapped[datetime | None]
    complement_until: Mapped[datetime | None]  # in review, until when the rest of its price may be paid

    bookings: Mapped[list[Booking]] = relationship(
        order_by=Booking.id,
        viewonly=True,
        primaryjoin="Order.id == foreign(Booking.order_id)",
    )
    events: Mapped[list["OrderEvent"]] = relationship(order_by="OrderEvent.id", lazy="raise", viewonly=True)
    tickets: Mapped[list["Ticket"]] = relationship(order_by="Ticket.position", lazy="raise", viewonly=True)

    @property
    def total(self) -> Money:
        """What it costs, taxes included."""
        return Money(self.amount, self.currency)

    def money(self, amount: int) -> Money:
        """So many minor units of its currency."""
        return Money(amount, self.currency)

    @property
    def payable_until(self) -> datetime | None:
        """Until when it can be paid; None if it cannot."""
        return {"pending": self.expires_at, "in_review": self.complement_until}.get(self.status)

    @property
    def spoken_number(self) -> str:
        """Its number as it is printed and read out: `482-193-0574`."""
        return f"{self.number[:3]}-{self.number[3:6]}-{self.number[6:]}"

    @property
    def terms(self) -> dict[str, str]:
        """What its customer accepted."""
        return {"version": self.terms_version, "locale": self.locale}

    @property
    def zone(self) -> ZoneInfo:
        """Where its hours are told: where its first tour is."""
        return self.bookings[0].departure.tour.zone


class OrderEvent(Base):
    """One thing that happened to an order, told as a sentence by texts.py. Never changed, never deleted."""

    __tablename__ = "order_events"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)  # in the order of telling
    order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    at: Mapped[datetime]
    event: Mapped[str]
    facts: Mapped[dict[str, Any]]


class Ticket(Base):
    """One admission. Its code is signed, so that the door can check it without the network."""

    __tablename__ = "tickets"
    __table_args__ = (
        sa.CheckConstraint("status IN ('valid', 'redeemed', 'void')", name="status"),
        sa.UniqueConstraint("order_id", "position"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("orders.id"))
    booking_id: Mapped[UUID] = mapped_column(sa.ForeignKey("bookings.id"), index=True)
    unit_id: Mapped[UUID] = mapped_column(sa.ForeignKey("units.id"))
    position: Mapped[int]
    code: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(default="valid")
    issued_at: Mapped[datetime]
    blocked_at: Mapped[datetime | None]  # void because its payment is disputed; valid again if the dispute is won

    order: Mapped[Order] = relationship(lazy="joined", innerjoin=True)
    booking: Mapped[Booking] = relationship(lazy="joined", innerjoin=True)
    unit: Mapped[Unit] = relationship(lazy="joined", innerjoin=True)

    @property
    def reference(self) -> str:
        """What people read out when a code cannot be scanned: the order's number and the ticket's place in it."""
        return f"{self.order.spoken_number}/{self.position}"

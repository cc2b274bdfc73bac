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
        sa.Index("ix_orders_status_id", "status", "id"),
        sa.Index("ix_orders_created_at", "created_at"),
        # How the staff search: words of a name, an e-mail from its beginning, a telephone number from its end.
        sa.Index(
            "ix_orders_name_words",
            sa.text("to_tsvector('simple'::regconfig, folded(contact ->> 'name'))"),
            postgresql_using="gin",
        ),
        sa.Index("ix_orders_email", sa.text("lower((contact ->> 'email') COLLATE \"C\")")),
        sa.Index(
            "ix_orders_phone_from_its_end",
            sa.text("reverse(regexp_replace((contact ->> 'phone') COLLATE \"C\", '[^0-9]', '', 'g'))"),
        ),
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


class OrderNote(Base):
    """What one of the staff wrote down about an order, for the staff alone."""

    __tablename__ = "order_notes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    staff_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff.id"))
    who: Mapped[str]
    at: Mapped[datetime]
    text: Mapped[str]


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
    def standing(self) -> str:
        """Its status as it counts at the door: a ticket of a cancelled date admits nobody, before its money is back."""
        return "void" if self.status == "valid" and self.booking.departure.status == "cancelled" else self.status

    @property
    def reference(self) -> str:
        """What people read out when a code cannot be scanned: the order's number and the ticket's place in it."""
        return f"{self.order.spoken_number}/{self.position}"


class DateChange(Base):
    """What the Office did to a date: cancelled it, or moved it to another start."""

    __tablename__ = "date_changes"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('cancelled', 'moved')", name="kind"),
        sa.CheckConstraint("reason IN ('weather', 'guide', 'too_few', 'other')", name="reason"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    departure_id: Mapped[UUID] = mapped_column(sa.ForeignKey("departures.id"), index=True)
    kind: Mapped[str]
    reason: Mapped[str]  # a key of texts.DATE_REASONS
    note: Mapped[str | None]  # the Office's own words, told to the buyers as they are
    choose_until: Mapped[datetime | None]  # cancelled: None gives the money back at once
    done_by: Mapped[str]
    done_at: Mapped[datetime]
    was_at: Mapped[datetime]  # when the tour was to start


class DateChoice(Base):
    """What a booking was offered when its date was cancelled or moved.

    A cancelled date: another one, or the money, which goes back by itself when the time is over. A moved date: to
    leave without a fee. `open` past its time stands for nothing more.
    """

    __tablename__ = "date_choices"
    __table_args__ = (
        sa.CheckConstraint("state IN ('open', 'rebooked', 'ended')", name="state"),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
        sa.Index(
            "ix_date_choices_untold", "booking_id", postgresql_where=sa.text("told_at IS NULL AND state = 'open'")
        ),
    )

    change_id: Mapped[UUID] = mapped_column(sa.ForeignKey("date_changes.id"), primary_key=True)
    booking_id: Mapped[UUID] = mapped_column(sa.ForeignKey("bookings.id"), primary_key=True, index=True)
    until: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="open")
    told_at: Mapped[datetime | None]  # when the order's story told of it
    ended_at: Mapped[datetime | None]
    moved_to: Mapped[UUID | None] = mapped_column(sa.ForeignKey("departures.id"))

    change: Mapped[DateChange] = relationship(lazy="joined", innerjoin=True)

"""Attempts to pay, gateways' messages, refunds."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.core.db import Base
from shop.core.ids import new_id
from shop.core.money import Money
from shop.orders.models import Order


class Payment(Base):
    """One attempt to pay an order at a gateway; written before the gateway is told.

    `disposition` says what was done with money that came: `applied` to the order, `surplus` and owed back, or in
    `review`.
    """

    __tablename__ = "payments"
    __table_args__ = (
        sa.CheckConstraint("status IN ('pending', 'succeeded', 'closed')", name="status"),
        sa.CheckConstraint("disposition IN ('applied', 'surplus', 'review')", name="disposition"),
        sa.CheckConstraint("(status = 'succeeded') = (disposition IS NOT NULL)", name="disposed"),
        sa.UniqueConstraint("gateway", "number"),
        sa.UniqueConstraint("gateway", "transaction_id"),
        sa.Index("uq_payments_live", "order_id", unique=True, postgresql_where=sa.text("status = 'pending'")),
        sa.Index("ix_payments_due", "next_check_at", postgresql_where=sa.text("status = 'pending'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    gateway: Mapped[str]
    method: Mapped[str]
    number: Mapped[str]  # ours, at the gateway
    status: Mapped[str] = mapped_column(default="pending")
    disposition: Mapped[str | None]
    amount: Mapped[int] = mapped_column(sa.BigInteger)  # asked for, minor units
    currency: Mapped[str]
    reference: Mapped[str | None]  # the gateway's, from which the buyer's parameters are made
    transaction_id: Mapped[str | None]
    received_amount: Mapped[int | None] = mapped_column(sa.BigInteger)
    received_currency: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]  # the last moment it may be paid
    succeeded_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    checks: Mapped[int] = mapped_column(default=0)
    next_check_at: Mapped[datetime]

    order: Mapped[Order] = relationship()

    @property
    def money(self) -> Money:
        """What was asked for."""
        return Money(self.amount, self.currency)

    @property
    def received(self) -> Money:
        """What came; only of a payment that succeeded."""
        assert self.received_amount is not None
        assert self.received_currency is not None
        return Money(self.received_amount, self.received_currency)


class GatewayEvent(Base):
    """The inbox: every verified message of a gateway, once, as it came; and what was made of it."""

    __tablename__ = "gateway_events"
    __table_args__ = (sa.UniqueConstraint("gateway", "event_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    gateway: Mapped[str]
    event_id: Mapped[str]
    event_type: Mapped[str]
    received_at: Mapped[datetime]
    headers: Mapped[dict[str, str]]
    body: Mapped[str]  # still encrypted
    facts: Mapped[dict[str, Any]]  # what may be shown to staff
    outcome: Mapped[str]


class Refund(Base):
    """Money owed to a customer, from the moment it is owed."""

    __tablename__ = "refunds"
    __table_args__ = (
        sa.CheckConstraint("status IN ('pending', 'succeeded', 'needs_attention')", name="status"),
        sa.CheckConstraint("amount > 0", name="amount"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    payment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("payments.id"), index=True)
    status: Mapped[str] = mapped_column(default="pending")
    reason: Mapped[str]
    amount: Mapped[int] = mapped_column(sa.BigInteger)  # minor units
    currency: Mapped[str]
    created_at: Mapped[datetime]

    @property
    def money(self) -> Money:
        """What goes back."""
        return Money(self.amount, self.currency)

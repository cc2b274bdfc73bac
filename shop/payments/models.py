"""Attempts to pay, gateways' messages, refunds, disputes, and what gateways' statements said."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.core.db import Base
from shop.core.ids import new_id
from shop.core.money import Money
from shop.orders.models import Order

# Our number of the payment a gateway's message is about, as SQL.
PAYMENT_NAMED = (
    "coalesce(facts ->> 'out_trade_no', facts ->> 'payment_number', (facts -> 'refund') ->> 'payment_number')"
)


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
        sa.CheckConstraint("0 <= refunded AND refunded <= coalesce(received_amount, 0)", name="refunded"),
        sa.UniqueConstraint("gateway", "number"),
        sa.UniqueConstraint("gateway", "transaction_id"),
        sa.Index("uq_payments_live", "order_id", unique=True, postgresql_where=sa.text("status = 'pending'")),
        sa.Index("ix_payments_number", "number"),
        sa.Index("ix_payments_transaction_id", "transaction_id"),
        sa.Index(
            "ix_payments_gateway_succeeded_at",
            "gateway",
            "succeeded_at",
            postgresql_where=sa.text("succeeded_at IS NOT NULL"),
        ),
        sa.Index("ix_payments_statement_day", "statement_day", postgresql_where=sa.text("statement_day IS NOT NULL")),
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
    refunded: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")  # gone back or on its way
    refund_sent_at: Mapped[datetime | None]  # when a refund of it was last asked for
    received_by: Mapped[str | None]  # who took it at the counter
    statement_day: Mapped[date | None]  # of the gateway's statement that lists it
    in_books: Mapped[bool] = mapped_column(default=True, server_default="true")  # not what came before there were books

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
    """The inbox: every verified message of a gateway, once, as it came; and what was made of it.

    One that is only a reason to ask the gateway waits for that until `next_look_at` is empty.
    """

    __tablename__ = "gateway_events"
    __table_args__ = (
        sa.UniqueConstraint("gateway", "event_id"),
        # About which payment: by our number of it, or by the gateway's.
        sa.Index("ix_gateway_events_payment", sa.text(PAYMENT_NAMED)),
        sa.Index("ix_gateway_events_transaction", sa.text("(facts ->> 'transaction_id')")),
        sa.Index("ix_gateway_events_due", "next_look_at", postgresql_where=sa.text("next_look_at IS NOT NULL")),
        sa.Index("ix_gateway_events_waiting", "gateway", postgresql_where=sa.text("outcome = 'waits-for-payment'")),
        sa.Index("ix_gateway_events_whole", "received_at", postgresql_where=sa.text("body <> ''")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    gateway: Mapped[str]
    event_id: Mapped[str]
    event_type: Mapped[str]
    received_at: Mapped[datetime]
    headers: Mapped[dict[str, str]]
    body: Mapped[str]  # still encrypted; of what came in clear, its digest; empty once it is no longer needed
    facts: Mapped[dict[str, Any]]  # what may be shown to staff
    outcome: Mapped[str]
    next_look_at: Mapped[datetime | None]


class Refund(Base):
    """Money that goes back to a customer, from the moment it is owed.

    It is `pending` until the gateway says it has gone; then `succeeded`, or `needs_attention` of the staff.
    `superseded` are those in whose place another one was made; they no longer count.
    """

    __tablename__ = "refunds"
    __table_args__ = (
        sa.CheckConstraint("status IN ('pending', 'succeeded', 'needs_attention', 'superseded')", name="status"),
        sa.CheckConstraint("origin IN ('shop', 'gateway')", name="origin"),
        sa.CheckConstraint("amount > 0", name="amount"),
        sa.UniqueConstraint("gateway", "number"),
        sa.UniqueConstraint("gateway", "gateway_refund_id", name="uq_refunds_gateway_refund_id"),
        sa.Index("ix_refunds_number", "number"),
        sa.Index("ix_refunds_gateway_refund_id", "gateway_refund_id"),
        sa.Index("ix_refunds_accepted_at", "accepted_at"),
        sa.Index("ix_refunds_statement_day", "statement_day"),
        sa.Index("ix_refunds_open", "id", postgresql_where=sa.text("status IN ('pending', 'needs_attention')")),
        sa.Index("ix_refunds_due", "next_check_at", postgresql_where=sa.text("status = 'pending'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    payment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("payments.id"), index=True)
    gateway: Mapped[str]
    number: Mapped[str]  # ours, at the gateway; its own for a refund made in its console
    status: Mapped[str] = mapped_column(default="pending")
    origin: Mapped[str] = mapped_column(default="shop", server_default="shop")
    asked_by: Mapped[str] = mapped_column(default="shop", server_default="shop")  # shop, customer, or one of the staff
    reason: Mapped[str]  # a key of the orders' texts.REFUND_REASONS
    note: Mapped[str | None]  # the staff's own words
    amount: Mapped[int] = mapped_column(sa.BigInteger)  # minor units
    currency: Mapped[str]
    gateway_refund_id: Mapped[str | None]
    failure: Mapped[str | None]  # why it waits, or why it needs attention
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]  # last asked for
    accepted_at: Mapped[datetime | None]  # the gateway has taken it in hand
    succeeded_at: Mapped[datetime | None]
    checks: Mapped[int] = mapped_column(default=0, server_default="0")
    next_check_at: Mapped[datetime]
    statement_day: Mapped[date | None]

    payment: Mapped[Payment] = relationship()

    @property
    def money(self) -> Money:
        """What goes back."""
        return Money(self.amount, self.currency)


class Dispute(Base):
    """A payment that the buyer's bank takes back, or wants to."""

    __tablename__ = "disputes"
    __table_args__ = (
        sa.CheckConstraint("status IN ('open', 'won', 'lost')", name="status"),
        sa.UniqueConstraint("gateway", "dispute_id"),
        sa.Index("ix_disputes_open", "id", postgresql_where=sa.text("status = 'open'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    gateway: Mapped[str]
    dispute_id: Mapped[str]
    payment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("payments.id"))
    order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    status: Mapped[str]
    amount: Mapped[int] = mapped_column(sa.BigInteger)  # minor units
    currency: Mapped[str]
    reason: Mapped[str]  # the gateway's word
    withheld: Mapped[bool]  # an inquiry withholds nothing yet
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    @property
    def money(self) -> Money:
        """What is disputed."""
        return Money(self.amount, self.currency)


class Reconciliation(Base):
    """How one day of the shop's books compares with the gateway's own."""

    __tablename__ = "reconciliations"
    __table_args__ = (sa.CheckConstraint("status IN ('waiting', 'clean', 'differences')", name="status"),)

    gateway: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)  # on the gateway's clocks
    status: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    first_due_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime | None]
    compared_at: Mapped[datetime | None]
    digest: Mapped[str | None]  # of the statement that was compared
    fees: Mapped[dict[str, int]] = mapped_column(default=dict, server_default="{}")  # booked, by currency
    differences: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")


class RefundRequest(Base):
    """Money that one of the staff wants to give back, and of which a second person decides.

    `positions` are the tickets that would be cancelled; of a request without any, the tickets stay as they are.
    """

    __tablename__ = "refund_requests"
    __table_args__ = (
        sa.CheckConstraint("status IN ('waiting', 'approved', 'declined', 'expired')", name="status"),
        sa.CheckConstraint("amount > 0", name="amount"),
        sa.CheckConstraint("(status IN ('approved', 'declined')) = (decided_by_id IS NOT NULL)", name="decided"),
        sa.CheckConstraint("status <> 'approved' OR decided_by_id <> asked_by_id", name="four_eyes"),
        sa.Index("uq_refund_requests_waiting", "order_id", unique=True, postgresql_where=sa.text("status = 'waiting'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    status: Mapped[str] = mapped_column(default="waiting")
    positions: Mapped[list[Any] | None]  # of the tickets, from 1 on
    amount: Mapped[int] = mapped_column(sa.BigInteger)  # minor units
    currency: Mapped[str]
    note: Mapped[str]  # why
    asked_by_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff.id"))
    asked_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("staff.id"))
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    answer: Mapped[str | None]  # why it was declined

    order: Mapped[Order] = relationship()

    @property
    def money(self) -> Money:
        """What would go back."""
        return Money(self.amount, self.currency)


class SentForm(Base):
    """A form of the staff that was carried out: sent again, it is not carried out again."""

    __tablename__ = "sent_forms"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    order_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("orders.id"))  # made by it

"""Customers, their sign-ins, and what they agreed to."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.core.db import Base
from shop.core.ids import new_id


class Customer(Base):
    """A person of a mini-program. The openid is what WeChat Pay charges; it leaves the server only in what the person
    themselves gets to read of everything held about them.

    Never deleted, because the accounts name it: of a person who is gone, the row holds nothing that tells who it was.
    """

    __tablename__ = "customers"
    __table_args__ = (
        sa.UniqueConstraint("app_id", "openid"),
        sa.Index("ix_customers_seen_at", "seen_at", postgresql_where=sa.text("erased_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    app_id: Mapped[str]
    openid: Mapped[str]
    locale: Mapped[str]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]  # from then on nobody can sign in, book or order as this customer


class CustomerSession(Base):
    """One sign-in; deleting it revokes its token."""

    __tablename__ = "customer_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("customers.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)

    customer: Mapped[Customer] = relationship(lazy="raise")


class Consent(Base):
    """Something a customer agreed to, or no longer does. A trigger refuses every change: the last row counts."""

    __tablename__ = "consents"
    __table_args__ = (
        sa.CheckConstraint("purpose IN ('reminders', 'news', 'partners', 'abroad')", name="purpose"),
        sa.CheckConstraint("origin IN ('customer', 'office', 'erasure')", name="origin"),
        sa.Index("ix_consents_customer_id_id", "customer_id", "id"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("customers.id"))
    purpose: Mapped[str]
    given: Mapped[bool]  # False: withdrawn
    version: Mapped[str]  # of the text that was read
    locale: Mapped[str]  # in which it was read
    at: Mapped[datetime]
    origin: Mapped[str]  # who said so

"""Customers and their sign-ins."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.core.db import Base
from shop.core.ids import new_id


class Customer(Base):
    """A person of a mini-program. The openid is what WeChat Pay charges; it never leaves the server."""

    __tablename__ = "customers"
    __table_args__ = (sa.UniqueConstraint("app_id", "openid"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    app_id: Mapped[str]
    openid: Mapped[str]
    locale: Mapped[str]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class CustomerSession(Base):
    """One sign-in; deleting it revokes its token."""

    __tablename__ = "customer_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("customers.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)

    customer: Mapped[Customer] = relationship(lazy="raise")

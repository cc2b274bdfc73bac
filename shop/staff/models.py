"""Things that need a decision of the staff; their accounts, sign-ins, and what they did."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.core.db import Base
from shop.core.ids import new_id


class Attention(Base):
    """One thing the staff must know of and decide upon; the same thing told again is counted, not repeated."""

    __tablename__ = "attention"
    __table_args__ = (
        sa.Index(
            "uq_attention_open",
            "kind",
            "subject",
            unique=True,
            postgresql_where=sa.text("resolved_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    subject: Mapped[str]
    facts: Mapped[dict[str, Any]]
    times: Mapped[int] = mapped_column(default=1)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]


class StaffMember(Base):
    """Somebody who runs the shop. Never deleted: the trail of acts names them."""

    __tablename__ = "staff"
    __table_args__ = (sa.CheckConstraint("role IN ('manager', 'stock', 'cashier', 'guide')", name="role"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(unique=True)  # lower case
    name: Mapped[str]
    role: Mapped[str]
    locale: Mapped[str]
    password_hash: Mapped[str | None]  # argon2id; None until the first one-time link is used
    totp_secret: Mapped[str | None]  # encrypted; None until a second factor was set up
    totp_step: Mapped[int | None] = mapped_column(sa.BigInteger)  # of the last code used: none is good twice
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    @property
    def has_second_factor(self) -> bool:
        """Whether a code is asked for beside the password."""
        return self.totp_secret is not None


class StaffLink(Base):
    """A one-time link to choose a password: an invitation, or a way back in."""

    __tablename__ = "staff_links"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff.id"), index=True)
    token_digest: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]  # used, or replaced by a newer one

    member: Mapped[StaffMember] = relationship(lazy="joined", innerjoin=True)


class StaffSession(Base):
    """One sign-in of one browser."""

    __tablename__ = "staff_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff.id"), index=True)
    token_digest: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    confirmed_at: Mapped[datetime]  # when the password was last given
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    address: Mapped[str]
    agent: Mapped[str]  # what the browser calls itself

    member: Mapped[StaffMember] = relationship(lazy="joined", innerjoin=True)


class SignInAttempt(Base):
    """A password being tried: written before it is looked at, deleted if it was right."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (sa.Index("ix_sign_in_attempts_account_at", "account", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    account: Mapped[str]  # digest of what was typed as the e-mail address
    source: Mapped[str]  # a known browser of that account, else an address
    at: Mapped[datetime]


class StaffAct(Base):
    """What one of the staff did, or read of a person. A trigger refuses every change."""

    __tablename__ = "staff_acts"
    __table_args__ = (sa.Index("ix_staff_acts_subject", "subject"),)

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    at: Mapped[datetime]
    staff_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("staff.id"), index=True)  # None: the command line
    who: Mapped[str]
    address: Mapped[str]
    act: Mapped[str]  # a key of the texts of acts
    subject: Mapped[str]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]

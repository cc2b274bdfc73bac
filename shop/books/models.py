"""The journal, its documents and its closings. What stands in them is never changed and never deleted: a trigger
refuses it (migration 0005). Corrections are further entries."""

import json
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.core.db import Base
from shop.core.ids import new_id
from shop.core.money import Money


class JournalHead(Base):
    """The end of the journal: the one row that is changed, and that everybody locks who adds to the books.

    It would also tell if the last entries were cut off, which a chain alone does not.
    """

    __tablename__ = "journal_head"
    __table_args__ = (sa.CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    number: Mapped[int] = mapped_column(sa.BigInteger)  # of the last entry
    hash: Mapped[str]  # of the last entry
    at: Mapped[datetime]  # nothing is entered before this moment any more


class Document(Base):
    """A receipt or a credit note, as it was issued."""

    __tablename__ = "documents"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('receipt', 'credit_note')", name="kind"),
        sa.CheckConstraint("(kind = 'credit_note') = (corrects_id IS NOT NULL)", name="corrects"),
        sa.UniqueConstraint("kind", "year", "serial"),
        sa.Index("ix_documents_kind_issued_at_id", "kind", "issued_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    number: Mapped[str] = mapped_column(unique=True)  # `R2026-000001`, `A2026-000001`
    year: Mapped[int]
    serial: Mapped[int]  # without gaps within its kind and year
    order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    corrects_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("documents.id"))
    issued_at: Mapped[datetime]
    locale: Mapped[str]
    code: Mapped[str] = mapped_column(unique=True)  # whoever knows it may read the document
    amount: Mapped[int] = mapped_column(sa.BigInteger)  # minor units, taxes included
    currency: Mapped[str]
    content: Mapped[str]  # all it says, as canonical JSON: its digest stands in the journal

    @property
    def total(self) -> Money:
        """Its amount, taxes included."""
        return Money(self.amount, self.currency)

    @property
    def said(self) -> dict[str, Any]:
        """All it says."""
        found: dict[str, Any] = json.loads(self.content)
        return found


class JournalEntry(Base):
    """One movement, chained to the one before: `hash` is the SHA-256 of `previous_hash` and `body`."""

    __tablename__ = "journal_entries"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('sale', 'credit', 'payment', 'refund', 'fee', 'dispute')", name="kind"),
        sa.Index("ix_journal_entries_at", "at"),
    )

    number: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)  # without gaps, from 1
    at: Mapped[datetime]  # never before that of the entry before
    kind: Mapped[str]
    order_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    document_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("documents.id"), unique=True)
    body: Mapped[str]  # the whole entry, lines too, as canonical JSON
    previous_hash: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)

    @property
    def told(self) -> dict[str, Any]:
        """The whole entry."""
        found: dict[str, Any] = json.loads(self.body)
        return found


class JournalLine(Base):
    """One line of an entry, for sums; the same stands in the entry's body."""

    __tablename__ = "journal_lines"
    __table_args__ = (
        sa.CheckConstraint("debit >= 0 AND credit >= 0 AND (debit = 0) <> (credit = 0)", name="side"),
        sa.Index("ix_journal_lines_no_euros", "entry", postgresql_where=sa.text("currency <> 'EUR'")),
    )

    entry: Mapped[int] = mapped_column(sa.ForeignKey("journal_entries.number"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account: Mapped[str]
    debit: Mapped[int] = mapped_column(sa.BigInteger)  # minor units
    credit: Mapped[int] = mapped_column(sa.BigInteger)  # minor units
    currency: Mapped[str]
    vat: Mapped[str | None]


class Closing(Base):
    """A day, month or year that is over, in one currency, with its sums; chained as entries are."""

    __tablename__ = "closings"
    __table_args__ = (
        sa.CheckConstraint("period IN ('day', 'month', 'year')", name="period"),
        sa.UniqueConstraint("period", "starts_on", "currency"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # without gaps, from 1
    period: Mapped[str]
    starts_on: Mapped[date]
    currency: Mapped[str]
    first_entry: Mapped[int] = mapped_column(sa.ForeignKey("journal_entries.number"))
    last_entry: Mapped[int] = mapped_column(sa.ForeignKey("journal_entries.number"))
    totals: Mapped[dict[str, Any]]  # of the period
    perpetual: Mapped[dict[str, Any]]  # since the first entry
    closed_at: Mapped[datetime]
    body: Mapped[str]  # the whole closing, as canonical JSON
    previous_hash: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)

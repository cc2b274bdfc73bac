"""The books: journal, documents, closings. A trigger refuses every change to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

moment = sa.DateTime(timezone=True)
UNCHANGEABLE = ("documents", "journal_entries", "journal_lines", "closings")


def upgrade() -> None:
    op.create_table(
        "journal_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_journal_head_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_head")),
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("corrects_id", sa.Uuid()),
        sa.Column("issued_at", moment, nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('receipt', 'credit_note')", name=op.f("ck_documents_kind")),
        sa.CheckConstraint("(kind = 'credit_note') = (corrects_id IS NOT NULL)", name=op.f("ck_documents_corrects")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_documents_order_id")),
        sa.ForeignKeyConstraint(["corrects_id"], ["documents.id"], name=op.f("fk_documents_corrects_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("number", name=op.f("uq_documents_number")),
        sa.UniqueConstraint("code", name=op.f("uq_documents_code")),
        sa.UniqueConstraint("kind", "year", "serial", name=op.f("uq_documents_kind_year_serial")),
    )
    op.create_index(op.f("ix_documents_order_id"), "documents", ["order_id"])
    op.create_table(
        "journal_entries",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid()),
        sa.Column("document_id", sa.Uuid()),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('sale', 'credit', 'payment', 'refund', 'fee', 'dispute')", name=op.f("ck_journal_entries_kind")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_journal_entries_order_id")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_journal_entries_document_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_journal_entries")),
        sa.UniqueConstraint("document_id", name=op.f("uq_journal_entries_document_id")),
        sa.UniqueConstraint("hash", name=op.f("uq_journal_entries_hash")),
    )
    op.create_index("ix_journal_entries_at", "journal_entries", ["at"])
    op.create_index(op.f("ix_journal_entries_order_id"), "journal_entries", ["order_id"])
    op.create_table(
        "journal_lines",
        sa.Column("entry", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("debit", sa.BigInteger(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("vat", sa.Text()),
        sa.CheckConstraint(
            "debit >= 0 AND credit >= 0 AND (debit = 0) <> (credit = 0)", name=op.f("ck_journal_lines_side")
        ),
        sa.ForeignKeyConstraint(["entry"], ["journal_entries.number"], name=op.f("fk_journal_lines_entry")),
        sa.PrimaryKeyConstraint("entry", "position", name=op.f("pk_journal_lines")),
    )
    op.create_table(
        "closings",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("first_entry", sa.BigInteger(), nullable=False),
        sa.Column("last_entry", sa.BigInteger(), nullable=False),
        sa.Column("totals", postgresql.JSONB(), nullable=False),
        sa.Column("perpetual", postgresql.JSONB(), nullable=False),
        sa.Column("closed_at", moment, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.CheckConstraint("period IN ('day', 'month', 'year')", name=op.f("ck_closings_period")),
        sa.ForeignKeyConstraint(["first_entry"], ["journal_entries.number"], name=op.f("fk_closings_first_entry")),
        sa.ForeignKeyConstraint(["last_entry"], ["journal_entries.number"], name=op.f("fk_closings_last_entry")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_closings")),
        sa.UniqueConstraint("period", "starts_on", "currency", name=op.f("uq_closings_period_starts_on_currency")),
        sa.UniqueConstraint("hash", name=op.f("uq_closings_hash")),
    )
    _refuse_changes()


def _refuse_changes() -> None:
    op.execute(
        """
        CREATE FUNCTION refuse_change_of_the_books() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the books are only added to: % of % refused', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    for table in UNCHANGEABLE:
        op.execute(
            f"CREATE TRIGGER {table}_are_only_added_to BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change_of_the_books()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_are_never_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_the_books()"
        )


def downgrade() -> None:
    """Drops the books: what they held is then only in the backups."""
    for table in ("closings", "journal_lines", "journal_entries", "documents", "journal_head"):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change_of_the_books()")

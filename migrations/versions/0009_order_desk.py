"""Orders at the desk of the staff: searched by people and by numbers, noted upon, refunds seen by a second person."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION folded(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
            SELECT translate(lower(translate(name, 'ÀÂÄÁÃÅÇÈÉÊËÌÍÎÏÑÒÓÔÖÕÙÚÛÜÝ', 'AAAAAACEEEEIIIINOOOOOUUUUY')),
                             'àâäáãåçèéêëìíîïñòóôöõùúûüýÿ-’''', 'aaaaaaceeeeiiiinooooouuuuyy   ')
        $$
        """
    )
    op.create_index(
        "ix_orders_name_words",
        "orders",
        [sa.text("to_tsvector('simple'::regconfig, folded(contact ->> 'name'))")],
        postgresql_using="gin",
    )
    op.create_index("ix_orders_email", "orders", [sa.text("lower((contact ->> 'email') COLLATE \"C\")")])
    op.create_index(
        "ix_orders_phone_from_its_end",
        "orders",
        [sa.text("reverse(regexp_replace((contact ->> 'phone') COLLATE \"C\", '[^0-9]', '', 'g'))")],
    )
    op.create_index("ix_orders_status_id", "orders", ["status", "id"])
    op.create_index("ix_orders_created_at", "orders", ["created_at"])
    op.create_index("ix_payments_number", "payments", ["number"])
    op.create_index("ix_payments_transaction_id", "payments", ["transaction_id"])
    op.create_index("ix_refunds_number", "refunds", ["number"])
    op.create_index("ix_refunds_gateway_refund_id", "refunds", ["gateway_refund_id"])
    op.create_index(
        "ix_refunds_open", "refunds", ["id"], postgresql_where=sa.text("status IN ('pending', 'needs_attention')")
    )
    op.create_index("ix_disputes_open", "disputes", ["id"], postgresql_where=sa.text("status = 'open'"))
    op.create_table(
        "order_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_notes_order_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_order_notes_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_notes")),
    )
    op.create_index(op.f("ix_order_notes_order_id"), "order_notes", ["order_id"])
    op.create_table(
        "refund_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("positions", postgresql.JSONB()),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("decided_by_id", sa.Uuid()),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", moment),
        sa.Column("answer", sa.Text()),
        sa.CheckConstraint(
            "status IN ('waiting', 'approved', 'declined', 'expired')", name=op.f("ck_refund_requests_status")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_requests_amount")),
        sa.CheckConstraint(
            "(status IN ('approved', 'declined')) = (decided_by_id IS NOT NULL)",
            name=op.f("ck_refund_requests_decided"),
        ),
        sa.CheckConstraint(
            "status <> 'approved' OR decided_by_id <> asked_by_id", name=op.f("ck_refund_requests_four_eyes")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_refund_requests_order_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["staff.id"], name=op.f("fk_refund_requests_asked_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["staff.id"], name=op.f("fk_refund_requests_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_requests")),
    )
    op.create_index(op.f("ix_refund_requests_order_id"), "refund_requests", ["order_id"])
    op.create_index(
        "uq_refund_requests_waiting",
        "refund_requests",
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_table(
        "sent_forms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("order_id", sa.Uuid()),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_sent_forms_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_forms")),
    )
    op.create_index(op.f("ix_sent_forms_at"), "sent_forms", ["at"])


def downgrade() -> None:
    """Drops the notes and the requests: what they held is then only in the backups."""
    for table in ("sent_forms", "refund_requests", "order_notes"):
        op.drop_table(table)
    op.drop_index("ix_disputes_open", "disputes")
    for name in ("open", "gateway_refund_id", "number"):
        op.drop_index(f"ix_refunds_{name}", "refunds")
    for name in ("transaction_id", "number"):
        op.drop_index(f"ix_payments_{name}", "payments")
    for name in ("created_at", "status_id", "phone_from_its_end", "email", "name_words"):
        op.drop_index(f"ix_orders_{name}", "orders")
    op.execute("DROP FUNCTION folded(text)")

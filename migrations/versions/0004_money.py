"""Money that goes back: refunds from the wish to the end, cancelled tickets, disputes, the gateways' statements."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("bookings", sa.Column("cancellation", postgresql.JSONB()))
    op.execute(
        "UPDATE bookings SET cancellation = tours.cancellation FROM departures JOIN tours ON tours.id = tour_id"
        " WHERE departures.id = departure_id AND order_id IS NOT NULL"
    )
    op.add_column("booking_lines", sa.Column("cancelled", sa.Integer(), server_default="0", nullable=False))
    op.create_check_constraint("cancelled", "booking_lines", "0 <= cancelled AND cancelled <= quantity")
    op.add_column("tickets", sa.Column("blocked_at", moment))
    op.add_column("orders", sa.Column("complement_until", moment))

    op.add_column("payments", sa.Column("refunded", sa.BigInteger(), server_default="0", nullable=False))
    op.execute(
        "UPDATE payments SET refunded = owed.amount"
        " FROM (SELECT payment_id, sum(amount) AS amount FROM refunds GROUP BY 1) AS owed"
        " WHERE payment_id = payments.id"
    )
    op.create_check_constraint("refunded", "payments", "0 <= refunded AND refunded <= coalesce(received_amount, 0)")
    op.add_column("payments", sa.Column("refund_sent_at", moment))
    op.add_column("payments", sa.Column("received_by", sa.Text()))
    op.add_column("payments", sa.Column("statement_day", sa.Date()))
    op.add_column("payments", sa.Column("in_books", sa.Boolean(), server_default="false", nullable=False))
    op.alter_column("payments", "in_books", server_default="true")  # what came before there were books is not in them
    op.add_column("departures", sa.Column("cancelled_by", sa.Text()))
    op.execute("UPDATE attention SET resolved_at = now() WHERE kind = 'refund-owed' AND resolved_at IS NULL")

    op.add_column("gateway_events", sa.Column("next_look_at", moment))
    op.create_index(
        "ix_gateway_events_due",
        "gateway_events",
        ["next_look_at"],
        postgresql_where=sa.text("next_look_at IS NOT NULL"),
    )
    op.create_index(
        "ix_gateway_events_waiting",
        "gateway_events",
        ["gateway"],
        postgresql_where=sa.text("outcome = 'waits-for-payment'"),
    )

    _upgrade_refunds()

    op.create_table(
        "disputes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("dispute_id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("opened_at", moment, nullable=False),
        sa.Column("closed_at", moment),
        sa.CheckConstraint("status IN ('open', 'won', 'lost')", name=op.f("ck_disputes_status")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_disputes_payment_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_disputes_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
        sa.UniqueConstraint("gateway", "dispute_id", name=op.f("uq_disputes_gateway_dispute_id")),
    )
    op.create_index(op.f("ix_disputes_order_id"), "disputes", ["order_id"])
    op.create_table(
        "reconciliations",
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("first_due_at", moment, nullable=False),
        sa.Column("next_attempt_at", moment),
        sa.Column("compared_at", moment),
        sa.Column("digest", sa.Text()),
        sa.Column("fees", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("differences", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.CheckConstraint("status IN ('waiting', 'clean', 'differences')", name=op.f("ck_reconciliations_status")),
        sa.PrimaryKeyConstraint("gateway", "day", name=op.f("pk_reconciliations")),
    )


def _upgrade_refunds() -> None:
    """Refunds already owed get a number of their own, and are sent by the next sweep."""
    for column in (
        sa.Column("gateway", sa.Text()),
        sa.Column("number", sa.Text()),
        sa.Column("origin", sa.Text(), server_default="shop", nullable=False),
        sa.Column("asked_by", sa.Text(), server_default="shop", nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("gateway_refund_id", sa.Text()),
        sa.Column("failure", sa.Text()),
        sa.Column("sent_at", moment),
        sa.Column("accepted_at", moment),
        sa.Column("succeeded_at", moment),
        sa.Column("checks", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_check_at", moment),
        sa.Column("statement_day", sa.Date()),
    ):
        op.add_column("refunds", column)
    op.execute(
        "UPDATE refunds SET gateway = payments.gateway, next_check_at = refunds.created_at,"
        " number = payments.number || '-r' || nth FROM payments,"
        " (SELECT id AS refund, row_number() OVER (PARTITION BY payment_id ORDER BY id) AS nth FROM refunds) AS counted"
        " WHERE payments.id = payment_id AND refund = refunds.id"
    )
    for column in ("gateway", "number", "next_check_at"):
        op.alter_column("refunds", column, nullable=False)
    op.drop_constraint(op.f("ck_refunds_status"), "refunds")
    op.create_check_constraint(
        "status", "refunds", "status IN ('pending', 'succeeded', 'needs_attention', 'superseded')"
    )
    op.create_check_constraint("origin", "refunds", "origin IN ('shop', 'gateway')")
    op.create_unique_constraint(op.f("uq_refunds_gateway_number"), "refunds", ["gateway", "number"])
    op.create_unique_constraint(op.f("uq_refunds_gateway_refund_id"), "refunds", ["gateway", "gateway_refund_id"])
    op.create_index("ix_refunds_due", "refunds", ["next_check_at"], postgresql_where=sa.text("status = 'pending'"))


def downgrade() -> None:
    op.drop_table("reconciliations")
    op.drop_table("disputes")
    op.drop_index("ix_refunds_due", "refunds")
    op.drop_constraint(op.f("uq_refunds_gateway_refund_id"), "refunds")
    op.drop_constraint(op.f("uq_refunds_gateway_number"), "refunds")
    op.drop_constraint(op.f("ck_refunds_origin"), "refunds")
    op.drop_constraint(op.f("ck_refunds_status"), "refunds")
    op.execute("DELETE FROM refunds WHERE status = 'superseded'")
    op.create_check_constraint("status", "refunds", "status IN ('pending', 'succeeded', 'needs_attention')")
    for column in (
        *("gateway", "number", "origin", "asked_by", "note", "gateway_refund_id", "failure"),
        *("sent_at", "accepted_at", "succeeded_at", "checks", "next_check_at", "statement_day"),
    ):
        op.drop_column("refunds", column)
    op.drop_column("departures", "cancelled_by")
    op.drop_index("ix_gateway_events_waiting", "gateway_events")
    op.drop_index("ix_gateway_events_due", "gateway_events")
    op.drop_column("gateway_events", "next_look_at")
    op.drop_constraint(op.f("ck_payments_refunded"), "payments")
    for column in ("refunded", "refund_sent_at", "received_by", "statement_day", "in_books"):
        op.drop_column("payments", column)
    op.drop_column("orders", "complement_until")
    op.drop_column("tickets", "blocked_at")
    op.drop_constraint(op.f("ck_booking_lines_cancelled"), "booking_lines")
    op.drop_column("booking_lines", "cancelled")
    op.drop_column("bookings", "cancellation")

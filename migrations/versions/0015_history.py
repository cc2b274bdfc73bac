"""Find what pages and sweeps look for without reading years of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

PAYMENT_NAMED = (
    "coalesce(facts ->> 'out_trade_no', facts ->> 'payment_number', (facts -> 'refund') ->> 'payment_number')"
)


def upgrade() -> None:
    op.create_table(
        "kept_numbers",
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("first_on", "last_on", name="pk_kept_numbers"),
    )
    op.create_index("ix_documents_kind_issued_at_id", "documents", ["kind", "issued_at", "id"])
    no_euros = text("currency <> 'EUR'")
    op.create_index("ix_journal_lines_no_euros", "journal_lines", ["entry"], postgresql_where=no_euros)
    op.create_index("ix_departures_guide_id_starts_at", "departures", ["guide_id", "starts_at"])
    op.drop_index("ix_departures_guide_id", "departures")
    op.create_index("ix_bookings_customer_id", "bookings", ["customer_id"])
    came = text("succeeded_at IS NOT NULL")
    op.create_index("ix_payments_gateway_succeeded_at", "payments", ["gateway", "succeeded_at"], postgresql_where=came)
    listed = text("statement_day IS NOT NULL")
    op.create_index("ix_payments_statement_day", "payments", ["statement_day"], postgresql_where=listed)
    op.create_index("ix_refunds_accepted_at", "refunds", ["accepted_at"])
    op.create_index("ix_refunds_statement_day", "refunds", ["statement_day"])
    op.create_index("ix_gateway_events_payment", "gateway_events", [text(PAYMENT_NAMED)])
    op.create_index("ix_gateway_events_transaction", "gateway_events", [text("(facts ->> 'transaction_id')")])


def downgrade() -> None:
    op.drop_table("kept_numbers")
    op.drop_index("ix_gateway_events_transaction", "gateway_events")
    op.drop_index("ix_gateway_events_payment", "gateway_events")
    op.drop_index("ix_refunds_statement_day", "refunds")
    op.drop_index("ix_refunds_accepted_at", "refunds")
    op.drop_index("ix_payments_statement_day", "payments")
    op.drop_index("ix_payments_gateway_succeeded_at", "payments")
    op.drop_index("ix_bookings_customer_id", "bookings")
    op.create_index("ix_departures_guide_id", "departures", ["guide_id"])
    op.drop_index("ix_departures_guide_id_starts_at", "departures")
    op.drop_index("ix_journal_lines_no_euros", "journal_lines")
    op.drop_index("ix_documents_kind_issued_at_id", "documents")

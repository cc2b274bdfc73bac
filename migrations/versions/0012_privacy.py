"""Privacy: consents that are only added to, customers who are gone, and what each night's housekeeping did."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("customers", sa.Column("erased_at", moment))
    op.create_index(
        "ix_customers_seen_at", "customers", ["seen_at"], postgresql_where=sa.text("erased_at IS NULL")
    )
    op.create_index(
        "ix_gateway_events_whole", "gateway_events", ["received_at"], postgresql_where=sa.text("body <> ''")
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('reminders', 'news', 'partners', 'abroad')", name=op.f("ck_consents_purpose")
        ),
        sa.CheckConstraint("origin IN ('customer', 'office', 'erasure')", name=op.f("ck_consents_origin")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_consents_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_customer_id_id", "consents", ["customer_id", "id"])
    op.create_table(
        "retention_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("ended_at", moment),
        sa.Column("done", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("kept", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("unfinished", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_runs")),
    )
    op.create_index("ix_retention_runs_started_at", "retention_runs", ["started_at"])
    op.execute(
        """
        CREATE FUNCTION refuse_change_of_consents() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'consents are only added to: % of % refused', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER consents_are_only_added_to BEFORE UPDATE OR DELETE ON consents"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change_of_consents()"
    )
    op.execute(
        "CREATE TRIGGER consents_are_never_emptied BEFORE TRUNCATE ON consents"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_consents()"
    )


def downgrade() -> None:
    """Drops the consents and the numbers of the nights. Who is gone stays so."""
    op.drop_table("retention_runs")
    op.drop_table("consents")
    op.execute("DROP FUNCTION refuse_change_of_consents()")
    op.drop_index("ix_gateway_events_whole", "gateway_events")
    op.drop_index("ix_customers_seen_at", "customers")
    op.drop_column("customers", "erased_at")

"""What happened at the door: admissions and undos, a list that is only added to."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "redemptions",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("act_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("departure_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("offline", sa.Boolean(), nullable=False),
        sa.Column("device_at", moment),
        sa.Column("at", moment, nullable=False),
        sa.CheckConstraint("act IN ('admit', 'undo')", name=op.f("ck_redemptions_act")),
        sa.CheckConstraint(
            "outcome IN ('admitted', 'double', 'unwarranted', 'undone', 'withdrawn', 'refused')",
            name=op.f("ck_redemptions_outcome"),
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_redemptions_ticket_id")),
        sa.ForeignKeyConstraint(["departure_id"], ["departures.id"], name=op.f("fk_redemptions_departure_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_redemptions_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemptions")),
        sa.UniqueConstraint("act_id", "offline", name=op.f("uq_redemptions_act_id_offline")),
    )
    for column in ("ticket_id", "departure_id", "staff_id"):
        op.create_index(op.f(f"ix_redemptions_{column}"), "redemptions", [column])
    op.execute(
        """
        CREATE FUNCTION refuse_change_of_redemptions() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'redemptions are only added to: % of % refused', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER redemptions_are_only_added_to BEFORE UPDATE OR DELETE ON redemptions"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change_of_redemptions()"
    )
    op.execute(
        "CREATE TRIGGER redemptions_are_never_emptied BEFORE TRUNCATE ON redemptions"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_redemptions()"
    )


def downgrade() -> None:
    """Drops who was let in when and by whom: what it held is then only in the backups."""
    op.drop_table("redemptions")
    op.execute("DROP FUNCTION refuse_change_of_redemptions()")

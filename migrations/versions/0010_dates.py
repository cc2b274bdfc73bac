"""What the Office did to dates, and what those concerned were offered."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "date_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("departure_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("choose_until", moment),
        sa.Column("done_by", sa.Text(), nullable=False),
        sa.Column("done_at", moment, nullable=False),
        sa.Column("was_at", moment, nullable=False),
        sa.CheckConstraint("kind IN ('cancelled', 'moved')", name=op.f("ck_date_changes_kind")),
        sa.CheckConstraint("reason IN ('weather', 'guide', 'too_few', 'other')", name=op.f("ck_date_changes_reason")),
        sa.ForeignKeyConstraint(["departure_id"], ["departures.id"], name=op.f("fk_date_changes_departure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_date_changes")),
    )
    op.create_index(op.f("ix_date_changes_departure_id"), "date_changes", ["departure_id"])
    op.create_table(
        "date_choices",
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("until", moment, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("told_at", moment),
        sa.Column("ended_at", moment),
        sa.Column("moved_to", sa.Uuid()),
        sa.CheckConstraint("state IN ('open', 'rebooked', 'ended')", name=op.f("ck_date_choices_state")),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name=op.f("ck_date_choices_ended")),
        sa.ForeignKeyConstraint(["change_id"], ["date_changes.id"], name=op.f("fk_date_choices_change_id")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_date_choices_booking_id")),
        sa.ForeignKeyConstraint(["moved_to"], ["departures.id"], name=op.f("fk_date_choices_moved_to")),
        sa.PrimaryKeyConstraint("change_id", "booking_id", name=op.f("pk_date_choices")),
    )
    op.create_index(op.f("ix_date_choices_booking_id"), "date_choices", ["booking_id"])
    op.create_index(
        op.f("ix_date_choices_untold"),
        "date_choices",
        ["booking_id"],
        postgresql_where=sa.text("told_at IS NULL AND state = 'open'"),
    )


def downgrade() -> None:
    """Drops what was offered: those who have not chosen are then refunded by the next sweep."""
    op.drop_table("date_choices")
    op.drop_table("date_changes")

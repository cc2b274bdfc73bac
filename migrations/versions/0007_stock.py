"""The stock as the staff run it: series, guides, seats kept aside, own prices, minimum of people."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    for table in ("tours", "departures"):
        op.add_column(table, sa.Column("minimum_seats", sa.Integer()))
        op.add_column(table, sa.Column("minimum_hours", sa.Integer()))
        op.add_column(table, sa.Column("minimum_at", moment))
        op.create_check_constraint(op.f(f"ck_{table}_minimum"), table, "minimum_seats >= 0 AND minimum_hours >= 0")
    op.add_column("departures", sa.Column("minimum_told_at", moment))
    op.add_column("departures", sa.Column("assured_at", moment))
    op.add_column("departures", sa.Column("cancelled_reason", sa.Text()))
    op.add_column("departures", sa.Column("series_id", sa.Uuid()))
    op.add_column("departures", sa.Column("guide_id", sa.Uuid()))
    op.add_column("departures", sa.Column("seats_blocked", sa.Integer(), server_default="0", nullable=False))
    op.create_foreign_key(op.f("fk_departures_guide_id"), "departures", "staff", ["guide_id"], ["id"])
    op.create_index(op.f("ix_departures_series_id"), "departures", ["series_id"])
    op.create_index(op.f("ix_departures_guide_id"), "departures", ["guide_id"])
    op.create_index("ix_departures_starts_at", "departures", ["starts_at"])
    op.drop_constraint(op.f("ck_departures_seats"), "departures", type_="check")
    op.create_check_constraint(
        op.f("ck_departures_seats"),
        "departures",
        "0 <= seats_taken AND 0 <= seats_blocked AND seats_taken + seats_blocked <= capacity",
    )
    op.create_table(
        "departure_prices",
        sa.Column("departure_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.CheckConstraint("price >= 0", name=op.f("ck_departure_prices_price")),
        sa.ForeignKeyConstraint(["departure_id"], ["departures.id"], name=op.f("fk_departure_prices_departure_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_departure_prices_unit_id")),
        sa.PrimaryKeyConstraint("departure_id", "unit_id", name=op.f("pk_departure_prices")),
    )
    op.create_table(
        "seat_blocks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("departure_id", sa.Uuid(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", moment),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("ended_at", moment),
        sa.CheckConstraint("seats > 0", name=op.f("ck_seat_blocks_seats")),
        sa.ForeignKeyConstraint(["departure_id"], ["departures.id"], name=op.f("fk_seat_blocks_departure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_blocks")),
    )
    op.create_index(op.f("ix_seat_blocks_departure_id"), "seat_blocks", ["departure_id"])
    op.create_index("ix_seat_blocks_until", "seat_blocks", ["until"], postgresql_where=sa.text("ended_at IS NULL"))
    op.create_table(
        "guide_languages",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_guide_languages_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", "language", name=op.f("pk_guide_languages")),
    )


def downgrade() -> None:
    """Drops what is kept aside, own prices, guides and minimums: their seats are on sale again."""
    for table in ("guide_languages", "seat_blocks", "departure_prices"):
        op.drop_table(table)
    op.drop_constraint(op.f("ck_departures_seats"), "departures", type_="check")
    op.create_check_constraint(
        op.f("ck_departures_seats"), "departures", "0 <= seats_taken AND seats_taken <= capacity"
    )
    op.drop_index("ix_departures_starts_at", "departures")
    for name in ("seats_blocked", "guide_id", "series_id", "cancelled_reason", "assured_at", "minimum_told_at"):
        op.drop_column("departures", name)
    for table in ("departures", "tours"):
        for name in ("minimum_at", "minimum_hours", "minimum_seats"):
            op.drop_column(table, name)

"""Versions of tours, and catalogue files between rehearsal and import."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("tours", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.create_table(
        "tour_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tour_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("who", sa.Text()),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "act IN ('before', 'created', 'edited', 'status', 'picture', 'restored', 'imported')",
            name=op.f("ck_tour_versions_act"),
        ),
        sa.ForeignKeyConstraint(["tour_id"], ["tours.id"], name=op.f("fk_tour_versions_tour_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tour_versions")),
        sa.UniqueConstraint("tour_id", "number", name=op.f("uq_tour_versions_tour_id_number")),
    )
    op.create_table(
        "catalogue_uploads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_catalogue_uploads_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_uploads")),
    )
    op.create_index("ix_catalogue_uploads_staff_id", "catalogue_uploads", ["staff_id"])


def downgrade() -> None:
    op.drop_table("catalogue_uploads")
    op.drop_table("tour_versions")
    op.drop_column("tours", "version")

"""The offer of a departure is counted, so that a hold cannot be taken of one that has just changed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("departures", sa.Column("offer", sa.Integer(), server_default="1", nullable=False))


def downgrade() -> None:
    op.drop_column("departures", "offer")

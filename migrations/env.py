"""Migrations, run by `flask db …` on the database the shop is set up with."""

from typing import Any

import sqlalchemy as sa
from alembic import context
from flask import current_app

from shop.core.connections import driver_url
from shop.core.db import db

# Straight to the server, without the short timeouts of requests: a migration takes the time it takes.
engine = sa.create_engine(driver_url(current_app.extensions["settings"].jobs_database_url), poolclass=sa.pool.NullPool)


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """The job queue's tables are its library's business."""
    return not (kind == "table" and name is not None and name.startswith("procrastinate_"))


with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        include_name=include_name,
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()

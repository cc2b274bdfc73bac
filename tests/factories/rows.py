"""Rows as they stand in the database, read and changed behind the shop's back."""

from typing import Any

import sqlalchemy as sa
from flask import Flask

from shop.core.db import db


def rows(app: Flask, statement: str, **parameters: Any) -> list[dict[str, Any]]:
    """What a query finds."""
    with app.app_context(), db.engine.connect() as connection:
        return [dict(row) for row in connection.execute(sa.text(statement), parameters).mappings()]


def value(app: Flask, statement: str, **parameters: Any) -> Any:
    """The one value a query finds."""
    with app.app_context(), db.engine.connect() as connection:
        return connection.execute(sa.text(statement), parameters).scalar_one()


def change(app: Flask, statement: str, **parameters: Any) -> int:
    """Change rows without asking the shop.

    Returns:
        How many.
    """
    with app.app_context(), db.engine.begin() as connection:
        return connection.execute(sa.text(statement), parameters).rowcount

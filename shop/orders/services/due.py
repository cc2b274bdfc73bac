"""Orders that are due by time. The caller owns the transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from shop.core.db import db
from shop.orders.models import Order


def due_orders(*, kept: sa.ColumnElement[bool], now: datetime, limit: int = 200) -> Sequence[UUID]:
    """Pending orders whose time is over, the longest waiting first.

    They are ended one by one, each in a transaction of its own: ending two in one would lock departures out of the
    order of their ids.

    Args:
        kept: a condition on orders that must not end yet, because a payment of theirs may still succeed.
    """
    return db.session.scalars(
        sa.select(Order.id)
        .where(Order.status == "pending", Order.expires_at <= now, ~kept)
        .order_by(Order.expires_at)
        .limit(limit)
    ).all()

"""Orders that are due by time. The caller owns the transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from shop.core.db import db
from shop.orders.models import Order


def due_orders(*, kept: sa.ColumnElement[bool], now: datetime, limit: int = 50) -> Sequence[UUID]:
    """Pending orders whose time is over; locked, so that several workers take different ones.

    Args:
        kept: a condition on orders that must not end yet, because a payment of theirs may still succeed.
    """
    return db.session.scalars(
        sa.select(Order.id)
        .where(Order.status == "pending", Order.expires_at <= now, ~kept)
        .order_by(Order.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Order)
    ).all()

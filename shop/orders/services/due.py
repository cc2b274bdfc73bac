"""Orders that are due by time. The caller owns the transaction."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from shop.core.db import db
from shop.orders.models import Order


def find_due_order(*, kept: sa.ColumnElement[bool], now: datetime) -> UUID | None:
    """A pending order whose time is over, locked, so that several workers take different ones.

    One at a time, because ending two in one transaction would lock departures out of the order of their ids.

    Args:
        kept: a condition on orders that must not end yet, because a payment of theirs may still succeed.
    """
    return db.session.scalar(
        sa.select(Order.id)
        .where(Order.status == "pending", Order.expires_at <= now, ~kept)
        .order_by(Order.expires_at)
        .limit(1)
        .with_for_update(skip_locked=True, of=Order)
    )

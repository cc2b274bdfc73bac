"""How an order ends: paid, in review, expired, cancelled. The caller owns the transaction.

Each function locks the order's row first, then its bookings, then their departures by id: the one order in
which everything that ends an order takes its locks.
"""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from shop.booking import services as booking
from shop.core.db import db
from shop.core.money import Money
from shop.core.plain import in_this_transaction, rows
from shop.orders import rules
from shop.orders.errors import CancelledByOfficeOnly, OrderNotFound
from shop.orders.models import Order
from shop.orders.services import tickets
from shop.orders.services.choices import end_choices
from shop.orders.services.story import tell, waiting_to_be_told

_CONFIRM = """
    WITH issued AS (INSERT INTO tickets SELECT * FROM json_populate_recordset(NULL::tickets, %(tickets)s)),
    told AS (
        INSERT INTO order_events (order_id, at, event, facts)
        SELECT order_id, at, event, facts FROM json_populate_recordset(NULL::order_events, %(events)s)
    )
    UPDATE orders SET status = %(status)s, paid_at = %(paid_at)s, ended_at = %(ended_at)s,
        complement_until = %(complement_until)s WHERE id = %(order)s
"""


def lock_order(order_id: UUID) -> Order:
    """The order as it is now, locked until the transaction ends.

    Raises:
        OrderNotFound: there is none of this id.
    """
    order = db.session.scalar(
        sa.select(Order).where(Order.id == order_id).with_for_update(of=Order).execution_options(populate_existing=True)
    )
    if order is None:
        raise OrderNotFound
    return order


def confirm(order: Order, event: str, *, now: datetime) -> bool:
    """Make a locked order paid and issue its tickets, if its seats are kept or can be had again.

    Args:
        event: `order.paid`, `order.free` or `order.paid_late`, for its story.

    Returns:
        Whether it is paid now; if not, nothing was changed.
    """
    state = rules.after(order.status, "pay")
    return state is not None and _confirm(order, state, event, now=now)


def _confirm(order: Order, state: str, event: str, *, now: datetime, **facts: str) -> bool:
    confirmed = booking.confirm(order.id, now=now)
    if confirmed is None:
        return False
    set_committed_value(order, "bookings", confirmed)
    issued = tickets.make(order, now=now)
    tell(order.id, event, at=now, tickets=len(issued), **facts)
    changed = {"status": state, "paid_at": now, "ended_at": None, "complement_until": None}
    added = {"tickets": rows(issued), "events": rows(waiting_to_be_told())}
    in_this_transaction(_CONFIRM, {"order": order.id} | changed | added, flush=False)
    for name, value in changed.items():
        set_committed_value(order, name, value)
    return True


def put_in_review(order: Order, *, received: Money, now: datetime) -> bool:
    """Set a locked order aside for the staff: money came that does not match. Its seats are kept.

    Returns:
        Whether it was pending, and now is in review.
    """
    state = rules.after(order.status, "review")
    if state is None:
        return False
    order.status, order.review_since = state, now
    tell(order.id, "order.in_review", at=now, received=received, total=order.total)
    return True


def expire(order: Order, *, now: datetime) -> bool:
    """End a locked order that was not paid in time, and give its seats back.

    Returns:
        Whether it was pending, and now is expired.
    """
    return _end(order, "expire", "order.expired", now=now)


def cancel(order: Order, event: str = "order.cancelled", *, now: datetime) -> None:
    """Cancel a locked order for which no money has come. Again: nothing more.

    Args:
        event: for its story, which says at whose wish.

    Raises:
        CancelledByOfficeOnly: it is in review.
    """
    if order.status == "in_review":
        raise CancelledByOfficeOnly
    if order.status == "pending":
        _end(order, "cancel", event, now=now)


def give_up(order: Order, event: str = "order.given_up", *, now: datetime) -> bool:
    """Cancel a locked order whose money did not match: nobody decided upon it, or the staff refused it.

    Returns:
        Whether it was in review, and now is cancelled.
    """
    return _end(order, "give_up", event, now=now)


def accept(order: Order, *, by: str, now: datetime) -> bool:
    """Make a locked order in review paid: what came is enough after all.

    Args:
        by: who decided so.

    Returns:
        Whether it is paid now; if not, nothing was changed.
    """
    if order.status != "in_review":
        return False
    return _confirm(order, rules.TRANSITIONS["in_review", "accept"], "order.accepted", now=now, by=by)


def record_money_back(order: Order, *, kept: int, now: datetime) -> None:
    """Let a locked order's status say how much of its money went back.

    Args:
        kept: minor units of what was applied to it that have not gone back for good.
    """
    event = "refund_none" if kept >= order.amount else "refund_part" if kept else "refund_all"
    state = rules.after(order.status, event)
    if state is not None and order.amount:
        order.status = state
        order.ended_at = {"paid": None, "refunded": now}.get(state, order.ended_at)


def prolong(order: Order, *, until: datetime) -> None:
    """Keep a locked order payable, and its seats held, at least until a moment."""
    if order.expires_at < until:
        order.expires_at = until
        booking.prolong_ordered(order.id, until=until)


def _end(order: Order, event: str, told: str, *, now: datetime) -> bool:
    state = rules.after(order.status, event)
    if state is None:
        return False
    order.status, order.ended_at = state, now
    booking.end_ordered(order.id, "expire" if event == "expire" else "cancel", now=now)
    end_choices(order.id, now=now)
    tell(order.id, told, at=now)
    return True

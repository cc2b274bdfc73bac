"""Orders as their customers see them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from shop.core import clock
from shop.core.db import db
from shop.core.pages import page
from shop.orders.errors import OrderNotFound
from shop.orders.models import Order
from shop.orders.ports import MoneyOfOrder, order_money
from shop.orders.services.choices import Choice, current_choices

PAGE = 20
_WHOLE = (selectinload(Order.bookings), selectinload(Order.events))


@dataclass(frozen=True)
class OrderFolder:
    """An order with everything that belongs to it."""

    order: Order
    money: MoneyOfOrder = field(default_factory=MoneyOfOrder)
    methods: Sequence[str] = ()
    choice: Choice | None = None


def get_order(order_id: UUID, *, customer_id: UUID) -> Order:
    """A customer's order.

    Raises:
        OrderNotFound: they have none of this id.
    """
    order = db.session.scalar(
        sa.select(Order)
        .where(Order.id == order_id, Order.customer_id == customer_id)
        .options(*_WHOLE)
        .execution_options(populate_existing=True)
    )
    if order is None:
        raise OrderNotFound
    return order


def open_folder(order_id: UUID, *, customer_id: UUID) -> OrderFolder:
    """A customer's order with its payments, refunds and story.

    Raises:
        OrderNotFound: they have none of this id.
    """
    return _folders([get_order(order_id, customer_id=customer_id)])[0]


def list_folders(*, customer_id: UUID, cursor: str | None, size: int | None) -> dict[str, Any]:
    """A customer's orders, newest first, as a page of OrderFolder."""
    statement = sa.select(Order).where(Order.customer_id == customer_id).options(*_WHOLE)
    found = page(statement, key=[sa.desc(Order.id)], cursor=cursor, size=size or PAGE)
    found["items"] = _folders(found["items"])
    return found


def _folders(orders: Sequence[Order]) -> list[OrderFolder]:
    ids = [order.id for order in orders]
    money, choices = order_money().of_orders(ids), current_choices(ids, now=clock.now())
    return [
        OrderFolder(order, money.get(order.id, MoneyOfOrder()), order_money().methods(order), choices.get(order.id))
        for order in orders
    ]

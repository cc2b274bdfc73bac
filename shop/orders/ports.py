"""What orders ask of the domain above them, payments; `app.py` plugs the answers in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from flask import current_app

from shop.core.money import Money
from shop.orders.models import Order


@dataclass(frozen=True)
class PaymentLine:
    """One attempt to pay an order: what was asked for, and what came."""

    id: UUID
    method: str
    status: str
    amount: Money
    created_at: datetime
    received: Money | None = None


@dataclass(frozen=True)
class RefundLine:
    """Money that goes back, or has gone back.

    Args:
        expected_by: when it has arrived as a rule; None once it has gone, or if nobody can tell.
    """

    id: UUID
    amount: Money
    status: str
    reason: str
    created_at: datetime
    succeeded_at: datetime | None = None
    expected_by: datetime | None = None


@dataclass(frozen=True)
class MoneyOfOrder:
    """Everything that happened to the money of one order."""

    payments: Sequence[PaymentLine] = ()
    refunds: Sequence[RefundLine] = ()


class OrderMoney(Protocol):
    """The money of orders."""

    def of_orders(self, order_ids: Sequence[UUID]) -> Mapping[UUID, MoneyOfOrder]:
        """Payments and refunds, by order; an order without any may be absent."""
        ...

    def methods(self, order: Order) -> Sequence[str]:
        """The ways this order can be paid."""
        ...


def order_money() -> OrderMoney:
    """The money of orders, as the running shop knows it."""
    found: OrderMoney = current_app.extensions["order_money"]
    return found

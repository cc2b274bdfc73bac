"""Reading the money of orders (the orders' port `OrderMoney`)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import lazyload

from shop.core import clock
from shop.core.db import db
from shop.orders.models import Order
from shop.orders.ports import MoneyOfOrder, PaymentLine, RefundLine
from shop.payments import rules
from shop.payments.methods import methods_for
from shop.payments.models import Payment, Refund


class Ledger:
    """The money of orders, from the payments' tables."""

    def of_orders(self, order_ids: Sequence[UUID]) -> Mapping[UUID, MoneyOfOrder]:
        """Payments and refunds, by order."""
        payments: dict[UUID, list[PaymentLine]] = {order_id: [] for order_id in order_ids}
        refunds: dict[UUID, list[RefundLine]] = {order_id: [] for order_id in order_ids}
        for payment in _of(Payment, order_ids):
            received = payment.received if payment.status == "succeeded" else None
            line = PaymentLine(payment.id, payment.method, payment.status, payment.money, payment.created_at, received)
            payments[payment.order_id].append(line)
        now = clock.now()
        for refund in _of(Refund, order_ids):
            if refund.status != "superseded":
                refunds[refund.order_id].append(_line(refund, now))
        return {order_id: MoneyOfOrder(payments[order_id], refunds[order_id]) for order_id in order_ids}

    def methods(self, order: Order) -> Sequence[str]:
        """The ways an order can be paid: those set up that take its currency; none for a free one."""
        return methods_for(order.total)


def _line(refund: Refund, now: datetime) -> RefundLine:
    expected = None
    if refund.status == "pending":
        expected = rules.refund_expected(
            created_at=refund.created_at, accepted_at=refund.accepted_at, failure=refund.failure, now=now
        )
    line = RefundLine(refund.id, refund.money, refund.status, refund.reason, refund.created_at)
    return replace(line, succeeded_at=refund.succeeded_at, expected_by=expected)


Row = TypeVar("Row", Payment, Refund)


def _of(table: type[Row], order_ids: Sequence[UUID]) -> Sequence[Row]:
    return db.session.scalars(
        sa.select(table).where(table.order_id.in_(order_ids)).order_by(table.id).options(lazyload("*"))
    ).all()

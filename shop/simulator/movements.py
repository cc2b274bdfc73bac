"""What moved on a merchant's account on one day: what its statements are made of."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from shop.simulator.credentials import Account
from shop.simulator.orders import Order, find_order, paid_between
from shop.simulator.refunds import Refund, made_between
from shop.simulator.store import Store
from shop.simulator.transactions import BEIJING

FEE_RATE = Decimal("0.006")
BY_KEY = "WHERE mode=? AND merchant=? AND out_trade_no=?"


@dataclass(frozen=True)
class Movement:
    """A payment that came, or a refund that was accepted, on the day of a statement.

    Args:
        at: when, in Unix seconds.
        amount: never negative, in the minor unit.
        out_refund_no, refund_id, status: of a refund; empty for a payment.
    """

    kind: Literal["payment", "refund"]
    at: float
    out_trade_no: str
    transaction_id: str
    openid: str
    description: str
    attach: str
    currency: str
    amount: int
    out_refund_no: str = ""
    refund_id: str = ""
    status: str = ""

    @property
    def number(self) -> str:
        """The merchant's number of what moved."""
        return self.out_refund_no if self.kind == "refund" else self.out_trade_no

    @property
    def fee(self) -> int:
        """What WeChat Pay keeps of a payment; what it gives back with a refund, unless that was closed, is negative."""
        fee = int((self.amount * FEE_RATE).quantize(Decimal(1), ROUND_HALF_UP))
        if self.kind == "payment":
            return fee
        return 0 if self.status == "CLOSED" else -fee


def day_of(at: float) -> date:
    """The day a moment belongs to, by the clocks of Beijing."""
    return datetime.fromtimestamp(at, BEIJING).date()


def begin_of(day: date) -> float:
    """When a day begins in Beijing, in Unix seconds."""
    return datetime.combine(day, time(), BEIJING).timestamp()


def movements_of(store: Store, account: Account, day: date) -> list[Movement]:
    """All that moved on the account on a day, in order of time."""
    begin, end = begin_of(day), begin_of(day + timedelta(days=1))
    with store.transaction() as db:
        told = [payment_of(order) for order in paid_between(db, account, begin, end)]
        for refund in made_between(db, account, begin, end):
            order = find_order(db, BY_KEY, (refund.mode, refund.merchant, refund.out_trade_no), end)
            assert order is not None
            told.append(refund_of(refund, order))
    return sorted(told, key=lambda movement: movement.at)


def payment_of(order: Order) -> Movement:
    """A paid order, as it moved."""
    return Movement(
        kind="payment",
        at=order.paid_at or order.made_at,
        out_trade_no=order.out_trade_no,
        transaction_id=order.transaction_id,
        openid=order.openid,
        description=order.asked["description"],
        attach=order.asked.get("attach", ""),
        currency=order.currency,
        amount=order.total,
    )


def refund_of(refund: Refund, order: Order) -> Movement:
    """A refund of an order, as it moved."""
    return Movement(
        kind="refund",
        at=refund.made_at,
        out_trade_no=order.out_trade_no,
        transaction_id=order.transaction_id,
        openid=order.openid,
        description=order.asked["description"],
        attach=order.asked.get("attach", ""),
        currency=refund.currency,
        amount=refund.amount,
        out_refund_no=refund.out_refund_no,
        refund_id=refund.refund_id,
        status=refund.state,
    )

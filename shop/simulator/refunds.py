"""Refunds as WeChat Pay keeps them, and what makes it turn one down.

Domestic: https://pay.weixin.qq.com/wiki/doc/apiv3/apis/chapter3_1_9.shtml
Global: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter3_4_3.shtml
"""

import json
import secrets
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from shop.simulator import refusals
from shop.simulator.credentials import Account, Mode
from shop.simulator.orders import Order

Outcome = Literal["succeed", "hold", "abnormal", "close"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
STATES: dict[Outcome, str] = {"succeed": "SUCCESS", "hold": "PROCESSING", "abnormal": "ABNORMAL", "close": "CLOSED"}

REFUNDS_PER_ORDER = 50
SECONDS_APART = 60
REFUNDABLE_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True)
class Refund:
    """One refund of one paid order. Amounts in the minor unit; times in Unix seconds.

    Args:
        asked: the merchant's request; empty for one made in the merchant's console.
        state: PROCESSING, SUCCESS, ABNORMAL or CLOSED; overseas answers spell the last REFUNDCLOSE.
    """

    mode: Mode
    merchant: str
    out_refund_no: str
    out_trade_no: str
    asked: dict[str, Any]
    refund_id: str
    amount: int
    currency: str
    notify_url: str
    made_at: float
    state: str
    ended_at: float | None

    @property
    def key(self) -> tuple[str, str, str]:
        """What no other refund shares."""
        return self.mode, self.merchant, self.out_refund_no

    @property
    def may_end(self) -> bool:
        """Whether something can still become of it: an abnormal one waits for the merchant."""
        return self.state in ("PROCESSING", "ABNORMAL")


def new_refund(order: Order, out_refund_no: str, amount: int, asked: dict[str, Any], now: float) -> Refund:
    """A refund as it is when it is accepted."""
    return Refund(
        mode=order.mode,
        merchant=order.merchant,
        out_refund_no=out_refund_no,
        out_trade_no=order.out_trade_no,
        asked=asked,
        refund_id=new_refund_id(now),
        amount=amount,
        currency=order.currency,
        notify_url=asked.get("notify_url", order.asked["notify_url"]),
        made_at=now,
        state="PROCESSING",
        ended_at=None,
    )


def new_refund_id(now: float) -> str:
    """A number as WeChat Pay gives to refunds."""
    day = time.strftime("%Y%m%d", time.gmtime(now))
    return f"50300{secrets.randbelow(10**5):05d}{day}{secrets.randbelow(10**10):010d}"


def check_refundable(order: Order, earlier: Sequence[Refund], amount: int, now: float) -> None:
    """Turn down a refund that this order, with its earlier refunds, does not allow.

    Raises:
        Refusal: too late, too many, or more than is left.
    """
    if now > (order.paid_at or order.made_at) + REFUNDABLE_SECONDS:
        raise refusals.refund_not_allowed("订单支付时间超过一年，不能退款")
    if len(earlier) >= REFUNDS_PER_ORDER:
        raise refusals.refund_not_allowed("订单部分退款次数超过50次")
    if amount + sum(one.amount for one in earlier if one.state != "CLOSED") > order.total:
        raise refusals.refund_not_allowed("累计退款金额大于支付金额")


def check_amount(order: Order, told: dict[str, Any]) -> None:
    """Turn down a request that names another amount or currency than was paid.

    Raises:
        Refusal: 400 INVALID_REQUEST.
    """
    if (told["total"], told["currency"]) != (order.total, order.currency):
        raise refusals.refund_not_allowed("订单金额或币种与原支付订单不一致，请核实后再试")


def check_pace(earlier: Sequence[Refund], now: float) -> None:
    """Turn down a refund asked for less than a minute after another one of the same order.

    Raises:
        Refusal: 429 FREQUENCY_LIMITED.
    """
    if any(now < one.made_at + SECONDS_APART for one in earlier):
        raise refusals.refunded_too_often()


def find_refund(db: sqlite3.Connection, key: tuple[str, str, str]) -> Refund | None:
    """The refund of this key, within a transaction."""
    row = db.execute("SELECT * FROM refunds WHERE mode=? AND merchant=? AND out_refund_no=?", key).fetchone()
    return None if row is None else read(row)


def refunds_of(db: sqlite3.Connection, order: Order) -> list[Refund]:
    """Every refund of an order, oldest first, within a transaction."""
    query = "SELECT * FROM refunds WHERE mode=? AND merchant=? AND out_trade_no=? ORDER BY made_at, rowid"
    return [read(row) for row in db.execute(query, order.key)]


def made_between(db: sqlite3.Connection, account: Account, begin: float, end: float) -> list[Refund]:
    """The account's refunds accepted from one moment until just before another, within a transaction."""
    query = "SELECT * FROM refunds WHERE mode=? AND merchant=? AND made_at>=? AND made_at<? ORDER BY made_at, rowid"
    return [read(row) for row in db.execute(query, (account.mode, account.merchant, begin, end))]


def insert(db: sqlite3.Connection, refund: Refund) -> None:
    """Write down a refund just accepted."""
    values = {**vars(refund), "asked": json.dumps(refund.asked)}
    names = ", ".join(values)
    db.execute(f"INSERT INTO refunds ({names}) VALUES ({', '.join('?' * len(values))})", tuple(values.values()))


def record(db: sqlite3.Connection, refund: Refund) -> None:
    """Write down what became of a refund."""
    db.execute(
        "UPDATE refunds SET state=?, ended_at=? WHERE mode=? AND merchant=? AND out_refund_no=?",
        (refund.state, refund.ended_at, *refund.key),
    )


def read(row: sqlite3.Row) -> Refund:
    """A row of the table as a refund."""
    values = dict(row)
    values["asked"] = json.loads(values["asked"])
    return Refund(**values)

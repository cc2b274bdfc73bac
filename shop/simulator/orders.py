"""Orders as WeChat Pay keeps them: placed, paid, closed, found again."""

import json
import secrets
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shop.simulator import refusals
from shop.simulator.credentials import Account, Mode
from shop.simulator.store import Store

ORDER_LIFE_SECONDS = 7 * 24 * 3600
PREPAY_LIFE_SECONDS = 2 * 3600
SHORTEST_PAY_SECONDS = 60
PAID_STATES = ("SUCCESS", "REFUND")


@dataclass(frozen=True)
class Order:
    """One order number of one merchant. Amounts in the minor unit; times in Unix seconds."""

    mode: Mode
    merchant: str
    out_trade_no: str
    asked: dict[str, Any]
    app_id: str
    openid: str
    total: int
    currency: str
    made_at: float
    pay_until: float
    state: str
    transaction_id: str
    paid_at: float | None

    @property
    def key(self) -> tuple[str, str, str]:
        """What no other order shares."""
        return self.mode, self.merchant, self.out_trade_no

    @property
    def is_paid(self) -> bool:
        """Whether the money came; a refund asked for later changes nothing about that."""
        return self.state in PAID_STATES


@dataclass(frozen=True)
class Payer:
    """Who may pay: an openid and the appid it belongs to."""

    app_id: str
    openid: str


class OrderBook:
    """All orders of all merchants."""

    def __init__(self, store: Store, now: Callable[[], float] = time.time) -> None:
        self._store = store
        self._now = now

    def place(self, account: Account, asked: dict[str, Any], payer: Payer) -> str:
        """Take an order and give a fresh prepay_id; the same order again gives another.

        Raises:
            Refusal: the number was closed, paid, or ordered with other parameters.
        """
        now = self._now()
        key = account.mode, account.merchant, asked["out_trade_no"]
        with self._store.transaction() as db:
            order = find_order(db, "WHERE mode=? AND merchant=? AND out_trade_no=?", key, now)
            if order is None:
                if db.execute(
                    "SELECT 1 FROM closed_numbers WHERE mode=? AND merchant=? AND out_trade_no=?", key
                ).fetchone():
                    raise refusals.other_parameters()
                _insert(db, new_order(account, asked, payer, now))
            elif order.is_paid:
                raise refusals.number_used(account.mode)
            elif order.state == "CLOSED":
                raise refusals.order_closed()
            elif order.asked != asked:
                raise refusals.other_parameters()
            prepay_id = f"wx{time.strftime('%d%H%M%S', time.gmtime(now))}{secrets.token_hex(13)}"
            db.execute("INSERT INTO prepays VALUES (?,?,?,?,?)", (prepay_id, *key, now))
        return prepay_id

    def close(self, account: Account, out_trade_no: str) -> None:
        """Close an order. A number never ordered is used up by it; closing twice changes nothing.

        Raises:
            Refusal: the order is paid.
        """
        key = account.mode, account.merchant, out_trade_no
        with self._store.transaction() as db:
            order = find_order(db, "WHERE mode=? AND merchant=? AND out_trade_no=?", key, self._now())
            if order is None:
                db.execute("INSERT OR IGNORE INTO closed_numbers VALUES (?,?,?)", key)
            elif order.is_paid:
                raise refusals.order_paid(account.mode)
            else:
                db.execute("UPDATE orders SET state='CLOSED' WHERE mode=? AND merchant=? AND out_trade_no=?", key)

    def find(self, account: Account, out_trade_no: str) -> Order | None:
        """The merchant's order of this number."""
        return self._one("WHERE mode=? AND merchant=? AND out_trade_no=?", account.mode, account.merchant, out_trade_no)

    def find_by_transaction(self, account: Account, transaction_id: str) -> Order | None:
        """The merchant's paid order of this transaction; unpaid orders have none yet."""
        order = self._one(
            "WHERE mode=? AND merchant=? AND transaction_id=?", account.mode, account.merchant, transaction_id
        )
        return order if order is not None and order.is_paid else None

    def find_by_prepay(self, prepay_id: str) -> tuple[Order, float] | None:
        """The order a prepay_id stands for, and when the prepay_id was given."""
        rows = self._store.rows("SELECT * FROM prepays WHERE prepay_id=?", prepay_id)
        if not rows:
            return None
        key = rows[0]["mode"], rows[0]["merchant"], rows[0]["out_trade_no"]
        order = self._one("WHERE mode=? AND merchant=? AND out_trade_no=?", *key)
        return (order, rows[0]["made_at"]) if order is not None else None

    def find_by_number(self, out_trade_no: str, mode: str | None = None) -> Order | None:
        """The newest order of this number, of any merchant or of one mode."""
        if mode is None:
            return self._one("WHERE out_trade_no=? ORDER BY made_at DESC", out_trade_no)
        return self._one("WHERE out_trade_no=? AND mode=? ORDER BY made_at DESC", out_trade_no, mode)

    def newest(self, limit: int) -> list[Order]:
        """The latest orders, newest first."""
        query = "SELECT * FROM orders ORDER BY made_at DESC, rowid DESC LIMIT ?"
        return [_read(row, self._now()) for row in self._store.rows(query, limit)]

    def prepay_ids(self, order: Order) -> list[str]:
        """Every prepay_id given for the order, newest first."""
        query = "SELECT prepay_id FROM prepays WHERE mode=? AND merchant=? AND out_trade_no=? ORDER BY rowid DESC"
        return [row["prepay_id"] for row in self._store.rows(query, *order.key)]

    def _one(self, condition: str, *values: Any) -> Order | None:
        rows = self._store.rows(f"SELECT * FROM orders {condition} LIMIT 1", *values)
        return _read(rows[0], self._now()) if rows else None


def paid_between(db: sqlite3.Connection, account: Account, begin: float, end: float) -> list[Order]:
    """The account's orders paid from one moment until just before another, within a transaction."""
    query = "SELECT * FROM orders WHERE mode=? AND merchant=? AND paid_at>=? AND paid_at<? ORDER BY paid_at, rowid"
    return [_read(row, end) for row in db.execute(query, (account.mode, account.merchant, begin, end))]


def mark_paid(db: sqlite3.Connection, order: Order, *, from_states: tuple[str, ...]) -> bool:
    """Record the payment of an order as given; False if it is in none of these states any more."""
    done = db.execute(
        "UPDATE orders SET state='SUCCESS', paid_at=?, total=?, currency=?"
        f" WHERE mode=? AND merchant=? AND out_trade_no=? AND state IN ({', '.join('?' * len(from_states))})",
        (order.paid_at, order.total, order.currency, *order.key, *from_states),
    )
    return done.rowcount == 1


def mark_refunded(db: sqlite3.Connection, order: Order) -> None:
    """Record that a refund of a paid order was accepted, whatever becomes of it."""
    db.execute("UPDATE orders SET state='REFUND' WHERE mode=? AND merchant=? AND out_trade_no=?", order.key)


def new_order(account: Account, asked: dict[str, Any], payer: Payer, now: float) -> Order:
    """An order as it is on the day it is placed."""
    return Order(
        mode=account.mode,
        merchant=account.merchant,
        out_trade_no=asked["out_trade_no"],
        asked=asked,
        app_id=payer.app_id,
        openid=payer.openid,
        total=asked["amount"]["total"],
        currency=asked["amount"].get("currency", "CNY"),
        made_at=now,
        pay_until=_pay_until(asked.get("time_expire"), now),
        state="NOTPAY",
        transaction_id=_new_transaction_id(now),
        paid_at=None,
    )


def _new_transaction_id(now: float) -> str:
    day = time.strftime("%Y%m%d", time.gmtime(now))
    return f"42000{secrets.randbelow(10**5):05d}{day}{secrets.randbelow(10**10):010d}"


def _pay_until(time_expire: str | None, now: float) -> float:
    """The last moment to pay; one asked for too early is silently moved."""
    last = now + ORDER_LIFE_SECONDS
    if time_expire is None:
        return last
    try:
        asked = datetime.fromisoformat(time_expire).timestamp()
    except ValueError:
        raise refusals.bad_field("/body/time_expire", "时间格式不正确", time_expire) from None
    return min(last, max(asked, now + SHORTEST_PAY_SECONDS))


def find_order(db: sqlite3.Connection, condition: str, values: tuple[Any, ...], now: float) -> Order | None:
    """The order a condition finds, within a transaction."""
    row = db.execute(f"SELECT * FROM orders {condition}", values).fetchone()
    return None if row is None else _read(row, now)


def _insert(db: sqlite3.Connection, order: Order) -> None:
    values = {**vars(order), "asked": json.dumps(order.asked)}
    names = ", ".join(values)
    db.execute(f"INSERT INTO orders ({names}) VALUES ({', '.join('?' * len(values))})", tuple(values.values()))


def _read(row: sqlite3.Row, now: float) -> Order:
    values = dict(row)
    values["asked"] = json.loads(values["asked"])
    order = Order(**values)
    if order.state == "NOTPAY" and now >= order.made_at + ORDER_LIFE_SECONDS:
        return replace(order, state="CLOSED")
    return order

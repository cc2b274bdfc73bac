"""Notices: how they are sealed, what those of payments say, and the ones not yet acknowledged.

Domestic: https://pay.weixin.qq.com/doc/v3/merchant/4012791861
Global: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_2_11.shtml
"""

import json
import sqlite3
import time
import uuid
from dataclasses import dataclass
from typing import Any

from shop.simulator import transactions
from shop.simulator.credentials import Account, Mode
from shop.simulator.orders import Order
from shop.simulator.sealing import seal
from shop.simulator.store import Store


@dataclass(frozen=True)
class Notice:
    """A notice to be delivered: the same bytes each time, under a fresh signature each time."""

    event_id: str
    mode: Mode
    out_trade_no: str
    notify_url: str
    body: bytes
    attempts: int
    state: str
    last_answer: str

    @property
    def event_type(self) -> str:
        """What it is about."""
        return str(json.loads(self.body)["event_type"])


@dataclass(frozen=True)
class Topic:
    """What an envelope says of its content."""

    event_type: str
    original_type: str
    summary: str


PAYMENT = Topic("TRANSACTION.SUCCESS", "transaction", "支付成功")


class Notices:
    """Every notice, waiting, delivered or given up."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, event_id: str) -> Notice:
        """The notice of this id."""
        return _read(self._store.rows("SELECT * FROM notices WHERE event_id=?", event_id)[0])

    def about(self, mode: Mode, out_trade_no: str) -> list[Notice]:
        """All notices about an order, oldest first."""
        query = "SELECT * FROM notices WHERE mode=? AND out_trade_no=? ORDER BY made_at, rowid"
        return [_read(row) for row in self._store.rows(query, mode, out_trade_no)]

    def waiting(self) -> list[str]:
        """The ids of all that have not been acknowledged, oldest first."""
        return [
            row["event_id"]
            for row in self._store.rows("SELECT event_id FROM notices WHERE state='waiting' ORDER BY rowid")
        ]

    def record(self, event_id: str, *, attempts: int, state: str, last_answer: str) -> bool:
        """Note how a delivery went; False if the notice was given up meanwhile."""
        with self._store.transaction() as db:
            noted = db.execute(
                "UPDATE notices SET attempts=?, state=?, last_answer=? WHERE event_id=? AND state='waiting'",
                (attempts, state, last_answer, event_id),
            )
            return noted.rowcount == 1

    def give_up(self) -> None:
        """Give up every notice not yet acknowledged."""
        with self._store.transaction() as db:
            db.execute("UPDATE notices SET state='given-up' WHERE state='waiting'")


def queue(db: sqlite3.Connection, order: Order, account: Account, now: float) -> str:
    """Write down, in the payment's own transaction, that the merchant is to be told; gives the event id."""
    sealed = envelope(transactions.notice(order, account), account, now=now)
    return keep(db, order, sealed, notify_url=order.asked["notify_url"], now=now)


def keep(db: sqlite3.Connection, order: Order, sealed: dict[str, Any], *, notify_url: str, now: float) -> str:
    """Write down a sealed notice about an order, in the transaction of what it tells; gives the event id."""
    db.execute(
        "INSERT INTO notices VALUES (?,?,?,?,?,?,0,'waiting','')",
        (sealed["id"], order.mode, order.out_trade_no, notify_url, encode(sealed), now),
    )
    return str(sealed["id"])


def envelope(
    plaintext: dict[str, Any],
    account: Account,
    overrides: dict[str, Any] | None = None,
    *,
    now: float | None = None,
    topic: Topic = PAYMENT,
) -> dict[str, Any]:
    """A notice ready to be signed.

    Args:
        topic: what kind of thing it tells.
        now: when it is written, in Unix seconds; None for the machine's time.
        overrides: merged over the envelope; an associated_data given here is also sealed with.
    """
    wanted = overrides or {}
    resource = wanted.get("resource")
    associated_data = topic.original_type
    if isinstance(resource, dict):
        associated_data = resource.get("associated_data", associated_data)
    sealed: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "create_time": transactions.moment(time.time() if now is None else now),
        "resource_type": "encrypt-resource",
        "event_type": topic.event_type,
        "summary": topic.summary,
        "resource": {
            "original_type": topic.original_type,
            **seal(account.numbers.api_v3_key, encode(plaintext), associated_data or ""),
        },
    }
    return merged(sealed, wanted)


def merged(told: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    """The dictionary under its overrides, those inside merged too; a null takes the field away."""
    result = dict(told)
    for name, value in overrides.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict) and isinstance(result.get(name), dict):
            result[name] = merged(result[name], value)
        else:
            result[name] = value
    return result


def encode(told: dict[str, Any]) -> bytes:
    """JSON as WeChat Pay sends it: compact, in UTF-8."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _read(row: sqlite3.Row) -> Notice:
    values = {name: row[name] for name in row.keys() if name != "made_at"}  # noqa: SIM118
    return Notice(**values)

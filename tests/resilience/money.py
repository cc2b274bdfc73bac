"""The money WeChat Pay took, compared with what the shop made of it."""

from collections.abc import Collection, Sequence
from pathlib import Path

from flask import Flask

from shop.simulator.orders import Order, OrderBook
from shop.simulator.store import Store
from tests.factories.rows import rows

EVERYTHING = 1_000_000


def paid_at_wechat(folder: Path) -> Sequence[Order]:
    """The payments that the simulator in this folder says succeeded."""
    store = Store(folder / "simulator.sqlite3")
    try:
        return [order for order in OrderBook(store).newest(EVERYTHING) if order.is_paid]
    finally:
        store.close()


def unaccounted(app: Flask, folder: Path, *, besides: Collection[str] = ()) -> list[str]:
    """Every difference between the two: money nobody can explain, or that only the shop believes in.

    Args:
        besides: numbers at WeChat Pay that are another shop's.
    """
    known = {row["number"]: row for row in rows(app, PAYMENTS)}
    listed = {row["subject"] for row in rows(app, "SELECT subject FROM attention WHERE resolved_at IS NULL")}
    paid = {order.out_trade_no: order for order in paid_at_wechat(folder)}
    found = [
        f"{number}: {order.total} came, and the shop has {known.get(number)}"
        for number, order in paid.items()
        if number not in {*listed, *besides} and not _is_explained(known.get(number), order, listed)
    ]
    believed = {number for number, row in known.items() if row["status"] == "succeeded"}
    return found + [f"{number}: the shop counts money that never came" for number in believed - paid.keys()]


def _is_explained(row: dict[str, object] | None, order: Order, listed: set[str]) -> bool:
    if row is None or (row["received_amount"], row["transaction_id"]) != (order.total, order.transaction_id):
        return False
    applied = row["disposition"] == "applied" and row["order_status"] == "paid"
    owed_back = row["disposition"] == "surplus" and row["owed"] == order.total
    return applied or owed_back or (row["disposition"] == "review" and row["spoken"] in listed)


PAYMENTS = """
    SELECT payments.number, payments.status, disposition, received_amount, transaction_id,
           orders.status AS order_status,
           concat_ws('-', substr(orders.number, 1, 3), substr(orders.number, 4, 3), substr(orders.number, 7)) AS spoken,
           (SELECT coalesce(sum(amount), 0) FROM refunds WHERE payment_id = payments.id) AS owed
    FROM payments JOIN orders ON orders.id = payments.order_id
"""

"""The one SQLite file in which the simulator remembers, so that a kill and a restart lose nothing."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    app_id TEXT, name TEXT, openid TEXT UNIQUE, PRIMARY KEY (app_id, name));
CREATE TABLE IF NOT EXISTS codes (
    code TEXT PRIMARY KEY, app_id TEXT, openid TEXT, made_at REAL, used_at REAL);
CREATE TABLE IF NOT EXISTS tokens (token TEXT PRIMARY KEY, made_at REAL, ends_at REAL, forced INTEGER);
CREATE TABLE IF NOT EXISTS orders (
    mode TEXT, merchant TEXT, out_trade_no TEXT, asked TEXT, app_id TEXT, openid TEXT,
    total INTEGER, currency TEXT, made_at REAL, pay_until REAL,
    state TEXT, transaction_id TEXT UNIQUE, paid_at REAL,
    PRIMARY KEY (mode, merchant, out_trade_no));
CREATE INDEX IF NOT EXISTS orders_by_age ON orders (made_at);
CREATE TABLE IF NOT EXISTS closed_numbers (mode TEXT, merchant TEXT, out_trade_no TEXT,
    PRIMARY KEY (mode, merchant, out_trade_no));
CREATE TABLE IF NOT EXISTS prepays (
    prepay_id TEXT PRIMARY KEY, mode TEXT, merchant TEXT, out_trade_no TEXT, made_at REAL);
CREATE INDEX IF NOT EXISTS prepays_by_order ON prepays (mode, merchant, out_trade_no);
CREATE TABLE IF NOT EXISTS refunds (
    mode TEXT, merchant TEXT, out_refund_no TEXT, out_trade_no TEXT, asked TEXT, refund_id TEXT UNIQUE,
    amount INTEGER, currency TEXT, notify_url TEXT, made_at REAL, state TEXT, ended_at REAL,
    PRIMARY KEY (mode, merchant, out_refund_no));
CREATE INDEX IF NOT EXISTS refunds_by_order ON refunds (mode, merchant, out_trade_no);
CREATE INDEX IF NOT EXISTS refunds_by_age ON refunds (made_at);
CREATE TABLE IF NOT EXISTS notices (
    event_id TEXT PRIMARY KEY, mode TEXT, out_trade_no TEXT, notify_url TEXT, body BLOB, made_at REAL,
    attempts INTEGER, state TEXT, last_answer TEXT);
CREATE INDEX IF NOT EXISTS notices_by_order ON notices (mode, out_trade_no);
"""


class Store:
    """One connection shared by every thread, one transaction at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of what happens inside is kept, or none of it."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """The rows a query finds."""
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

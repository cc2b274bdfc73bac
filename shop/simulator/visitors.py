"""The people who use the mini-program: their openids and the codes that sign them in."""

import secrets
import sqlite3
import time
from collections.abc import Callable

from shop.simulator.store import Store

CODE_LIFE_SECONDS = 300


class Visitors:
    """Everyone WeChat knows, by name; an openid is stable for each appid."""

    def __init__(self, store: Store, now: Callable[[], float] = time.time) -> None:
        self._store = store
        self._now = now

    def openid(self, app_id: str, name: str) -> str:
        """The openid of this person in this app."""
        with self._store.transaction() as db:
            return _openid(db, app_id, name)

    def new_code(self, app_id: str, name: str) -> tuple[str, str]:
        """What wx.login gives this person, good for one use within five minutes, and the openid behind it."""
        code = f"0{secrets.token_hex(15)}W"
        with self._store.transaction() as db:
            openid = _openid(db, app_id, name)
            db.execute("INSERT INTO codes VALUES (?,?,?,?,NULL)", (code, app_id, openid, self._now()))
        return code, openid

    def use_code(self, app_id: str, code: str) -> tuple[str, int]:
        """The openid behind a code and 0, or nothing and WeChat's error number; the code is used up."""
        now = self._now()
        with self._store.transaction() as db:
            row = db.execute("SELECT * FROM codes WHERE code=? AND app_id=?", (code, app_id)).fetchone()
            if row is None:
                return "", 40029
            if row["used_at"] is not None:
                return "", 40163
            if now - row["made_at"] > CODE_LIFE_SECONDS:
                return "", 40029
            db.execute("UPDATE codes SET used_at=? WHERE code=?", (now, code))
            return row["openid"], 0

    def app_of(self, openid: str) -> str | None:
        """The appid this openid was issued for."""
        rows = self._store.rows("SELECT app_id FROM users WHERE openid=?", openid)
        return rows[0]["app_id"] if rows else None

    def name_of(self, openid: str) -> str:
        """Whose openid this is; empty for nobody's."""
        rows = self._store.rows("SELECT name FROM users WHERE openid=?", openid)
        return rows[0]["name"] if rows else ""


def _openid(db: sqlite3.Connection, app_id: str, name: str) -> str:
    row = db.execute("SELECT openid FROM users WHERE app_id=? AND name=?", (app_id, name)).fetchone()
    if row is not None:
        return str(row["openid"])
    openid = f"o{secrets.token_urlsafe(21)[:27]}"
    db.execute("INSERT INTO users VALUES (?,?,?)", (app_id, name, openid))
    return openid

"""Access tokens of the mini-program, as the stable interface gives them.

https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken.html
"""

import secrets
import time
from collections.abc import Callable

from shop.simulator.store import Store

TOKEN_LIFE_SECONDS = 7200
RENEWAL_SECONDS = 300
FORCED_PER_DAY = 20
FORCED_APART_SECONDS = 30


class Tokens:
    """The tokens given so far."""

    def __init__(self, store: Store, now: Callable[[], float] = time.time) -> None:
        self._store = store
        self._now = now

    def stable(self, *, forced: bool) -> tuple[str, int, int]:
        """A token, the seconds it lives, and 0; or WeChat's error number in the third place.

        Normal calls repeat the same token until its last five minutes; a forced one ends the others at once.
        """
        now = self._now()
        with self._store.transaction() as db:
            if forced:
                query = "SELECT made_at FROM tokens WHERE forced AND made_at>? ORDER BY made_at DESC"
                earlier = [row["made_at"] for row in db.execute(query, (now - 86400,))]
                if earlier and now - earlier[0] < FORCED_APART_SECONDS:
                    return "", 0, 45011
                if len(earlier) >= FORCED_PER_DAY:
                    return "", 0, 45009
                db.execute("UPDATE tokens SET ends_at=? WHERE ends_at>?", (now, now))
            else:
                row = db.execute(
                    "SELECT * FROM tokens WHERE ends_at>? ORDER BY ends_at DESC", (now + RENEWAL_SECONDS,)
                ).fetchone()
                if row is not None:
                    return row["token"], int(row["ends_at"] - now), 0
            token = f"90_{secrets.token_urlsafe(96)}"
            db.execute("INSERT INTO tokens VALUES (?,?,?,?)", (token, now, now + TOKEN_LIFE_SECONDS, int(forced)))
        return token, TOKEN_LIFE_SECONDS, 0

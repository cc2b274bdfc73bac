"""The same request, sent twice, is done once: `Idempotency-Key` inside the transaction.

An advisory lock on the key lasts as long as the transaction that does the work, so a process that dies leaves
its key free by itself. The answer is kept in the same commit as the work.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import marshmallow as ma
import sqlalchemy as sa
from flask import Response, current_app, request
from sqlalchemy.orm import Mapped, mapped_column

from shop.core import clock
from shop.core.caller import caller_id
from shop.core.db import Base, db, own_connection
from shop.core.errors import Conflict, Invalid
from shop.core.i18n import Text
from shop.core.input import InvalidInput
from shop.core.language import request_language
from shop.core.plain import in_this_transaction

LIFE = timedelta(hours=24)
_KEY = Text(
    fr="De 1 à 255 caractères ASCII visibles.",
    zh="应为 1 至 255 个可见 ASCII 字符。",
    en="From 1 to 255 visible ASCII characters.",
)


class IdempotencyKey(Base):
    """The first success under a key, kept for a day."""

    __tablename__ = "idempotency_keys"

    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    status: Mapped[int]
    body: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(index=True)


class IdempotencyKeyReused(Invalid):
    """The key was used before with another body."""

    code = "idempotency-key-reused"
    detail = Text(
        fr="Cette clé d’idempotence a déjà servi pour une autre demande.",
        zh="该幂等键已用于另一个请求。",
        en="This idempotency key was already used for another request.",
    )


class IdempotencyKeyInUse(Conflict):
    """The first request under this key is still being worked on."""

    code = "idempotency-key-in-use"
    detail = Text(
        fr="La première demande portant cette clé est encore en cours.",
        zh="使用该幂等键的首个请求仍在处理中。",
        en="The first request with this key is still being worked on.",
    )


# What locks a key, and finds what was answered under it (migrations).
_KEY_LOCK = "SELECT * FROM key_lock(%(lock)s, %(customer)s, %(route)s, %(key)s, %(keys_since)s)"

# The connection that holds a key does nothing while a gateway is talked to; the server must not take that for a lost
# client.
_KEY_LOCK_OVER_A_CALL = """
    SELECT set_config('idle_in_transaction_session_timeout', '5min', true), key_lock.*
    FROM key_lock(%(lock)s, %(customer)s, %(route)s, %(key)s, %(keys_since)s)
"""

_KEEP = """
    INSERT INTO idempotency_keys (customer_id, route, key, fingerprint, status, body, created_at)
    VALUES (%(customer)s, %(route)s, %(key)s, %(fingerprint)s, %(status)s, %(body)s, %(now)s)
    ON CONFLICT (customer_id, route, key) DO UPDATE SET fingerprint = excluded.fingerprint,
        status = excluded.status, body = excluded.body, created_at = excluded.created_at
"""

Answer = Callable[[Callable[[], Any]], Response]


@dataclass(frozen=True)
class Key:
    """The key of a request, for who looks it up in the trip they make anyway; all None without a key.

    Args:
        since: when what was kept under it is too old to count.
    """

    route: str | None
    key: str | None
    fingerprint: str | None
    since: datetime | None

    @classmethod
    def none(cls) -> "Key":
        """No key."""
        return cls(None, None, None, None)

    def facts(self) -> dict[str, Any]:
        """Itself, by the names of the statements that take it."""
        return {
            "route": self.route,
            "key": self.key,
            "fingerprint": self.fingerprint,
            "keys_since": self.since,
        }


@dataclass(frozen=True)
class KeptAnswer:
    """What was answered before under a key, and to whom."""

    body: str
    status: int
    customer_id: UUID

    def response(self) -> Response:
        """The same answer again, marked as such."""
        response = json_response(self.body, self.status)
        response.headers["Idempotent-Replayed"] = "true"
        return response


def request_key(now: datetime) -> Key:
    """The key of this request.

    Raises:
        InvalidInput: it is none.
    """
    key = _key()
    return Key(_route(), key, _fingerprint(), now - LIFE) if key else Key.none()


@contextmanager
def answer_once(schema: type[ma.Schema], status: int = 201) -> Iterator[Answer]:
    """Do the work of a view once per key; inside `transaction()`.

    Yields:
        A function that takes the work and gives the response: the work's result through the schema, or the
        first success again, marked `Idempotent-Replayed: true`.

    Raises:
        IdempotencyKeyReused, IdempotencyKeyInUse, InvalidInput: by the key.
    """
    key = request_key(clock.now())
    known = _take(key, db.session.connection(), _KEY_LOCK)

    def answer(work: Callable[[], Any]) -> Response:
        return known.response() if known else _answer_and_keep(written(schema, work()), status, key)

    yield answer


@contextmanager
def key_held() -> Iterator[KeptAnswer | None]:
    """Hold a key while a view works in several transactions, because it talks to a gateway in between.

    The lock lives on a connection of its own that does nothing else, so that it too ends with its process.

    Yields:
        The success already given under the key, if any.

    Raises:
        IdempotencyKeyReused, IdempotencyKeyInUse, InvalidInput: by the key.
    """
    key = request_key(clock.now())
    if key.key is None:
        yield None
        return
    with own_connection() as connection:
        yield _take(key, connection, _KEY_LOCK_OVER_A_CALL)


def _take(key: Key, connection: sa.Connection, statement: str) -> KeptAnswer | None:
    """Lock a key until the connection's transaction ends, and find the success already given under it, if any.

    Raises:
        IdempotencyKeyInUse: another request holds it.
        IdempotencyKeyReused: that success was given to another body.
    """
    if key.key is None:
        return None
    facts = key.facts() | {"lock": _lock_number(key.key), "customer": caller_id()}
    row = connection.exec_driver_sql(statement, facts).one()
    if not row.locked:
        raise IdempotencyKeyInUse
    if row.kept_body is None:
        return None
    if row.kept_fingerprint != key.fingerprint:
        raise IdempotencyKeyReused
    return KeptAnswer(row.kept_body, row.kept_status, caller_id())


def answer_and_keep(schema: type[ma.Schema], result: Any, status: int = 201) -> Response:
    """The response to a result, remembered under the request's key; the last step of a `key_held` view."""
    return _answer_and_keep(written(schema, result), status, request_key(clock.now()))


def _answer_and_keep(body: str, status: int, key: Key) -> Response:
    """The response that a body is, remembered under a key if there is one; kept or lost with the transaction."""
    if key.key is not None:
        kept = {"customer": caller_id(), "status": status, "body": body, "now": clock.now()}
        in_this_transaction(_KEEP, key.facts() | kept)
    return json_response(body, status)


def forget_old_keys(*, now: datetime) -> int:
    """Delete keys older than a day.

    Returns:
        How many were deleted.
    """
    old = sa.delete(IdempotencyKey).where(IdempotencyKey.created_at < now - LIFE)
    return db.session.connection().execute(old).rowcount


def _key() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (0 < len(key) <= 255 and key.isascii() and key.isprintable()):
        raise InvalidInput(errors={"Idempotency-Key": [_KEY.to(request_language())]})
    return key


def _route() -> str:
    return str(request.endpoint)


def _lock_number(key: str) -> int:
    """A 64-bit number for PostgreSQL's advisory locks."""
    name = f"{caller_id()} {_route()} {key}"
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def _fingerprint() -> str:
    """The same for the same request, however its JSON is spaced and ordered."""
    body = json.dumps(request.get_json(force=True, silent=True), sort_keys=True)
    return hashlib.sha256(f"{request.path}\n{body}".encode()).hexdigest()


def written(schema: type[ma.Schema], result: Any) -> str:
    """A result as JSON, through a schema."""
    return current_app.json.dumps(_ready(schema).dump(result))


@cache
def _ready(schema: type[ma.Schema]) -> ma.Schema:
    return schema()  # making one copies all its fields


def json_response(body: str, status: int) -> Response:
    """An answer that is JSON already."""
    return Response(body, status=status, mimetype="application/json")

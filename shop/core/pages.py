"""Lists by keyset: each page starts behind the last row of the one before, whatever was added meanwhile."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import request

from shop.core.db import db
from shop.core.i18n import Text
from shop.core.input import InvalidInput
from shop.core.language import request_language
from shop.core.settings import settings

_NOT_OURS = Text(fr="Ce curseur n’est pas de nous.", zh="游标无效。", en="This cursor is not one of ours.")


def page(statement: sa.Select[Any], *, key: Sequence[Any], cursor: str | None, size: int) -> dict[str, Any]:
    """One page of a list.

    Args:
        statement: what is listed, without order or limit.
        key: columns that order the list and never tie together; each may be wrapped in `sa.desc`, all or none.
        cursor: from the `next` of the page before.

    Returns:
        `items`, and `next`, the absolute address of the next page or None.

    Raises:
        InvalidInput: the cursor is not one of ours.
    """
    descending = isinstance(key[0], sa.UnaryExpression)
    columns = [column.element if descending else column for column in key]
    if cursor is not None:
        here, there = sa.tuple_(*columns), sa.tuple_(*_values(cursor, columns))
        statement = statement.where(here < there if descending else here > there)
    statement = statement.order_by(*key).limit(size + 1)
    rows = list(db.session.execute(statement.add_columns(*columns)).unique())
    items = [row[0] for row in rows[:size]]
    return {"items": items, "next": _address(rows[size - 1][1:]) if len(rows) > size else None}


def _values(cursor: str, columns: Sequence[Any]) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"=="))
        if not isinstance(values, list) or len(values) != len(columns):
            raise ValueError(cursor)
        return [_typed(value, column) for value, column in zip(values, columns, strict=True)]
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise InvalidInput(errors={"cursor": [_NOT_OURS.to(request_language())]}) from None


def _typed(value: Any, column: Any) -> Any:
    python_type = column.type.python_type
    if not isinstance(value, str):
        raise TypeError(value)
    read = getattr(python_type, "fromisoformat", python_type)
    found = read(value)
    if isinstance(found, int) and not -_most(column.type) <= found <= _most(column.type):
        raise ValueError(value)
    if "\x00" in value:
        raise ValueError(value)
    return sa.literal(found, column.type)


def _most(kind: sa.types.TypeEngine[Any]) -> int:
    """The largest number that a column of a kind can be compared with."""
    return 2**63 - 1 if isinstance(kind, sa.BigInteger) else 2**31 - 1


def _address(values: Sequence[Any]) -> str:
    texts = [value.isoformat() if hasattr(value, "isoformat") else str(value) for value in values]
    cursor = base64.urlsafe_b64encode(json.dumps(texts).encode()).decode().rstrip("=")
    arguments = {**request.args.to_dict(flat=True), "cursor": cursor}
    return f"{settings().public_url}{request.path}?{urlencode(arguments)}"

"""Reading JSON that somebody else wrote: what is not of the expected type is refused, never stumbled over."""

import json
from collections.abc import Mapping
from typing import Any

Fields = Mapping[str, Any]


class Malformed(Exception):
    """The JSON, or one of its fields, is missing or not of the documented type."""


def parse_object(body: bytes | str) -> Fields:
    """The JSON object in a body.

    Raises:
        Malformed: there is none.
    """
    try:
        found = json.loads(body if isinstance(body, str) else body.decode("utf-8"))
    except (ValueError, RecursionError):  # not UTF-8 is a ValueError too
        raise Malformed("not JSON") from None
    if not isinstance(found, dict):
        raise Malformed("not an object")
    return found


def find_text(fields: Fields, *names: str) -> str | None:
    """The first non-empty text among the fields; None if they are absent, null or empty.

    Raises:
        Malformed: one of them is something else, or holds characters no identifier or date has.
    """
    for name in names:
        value = fields.get(name)
        if value is None or value == "":
            continue
        if not isinstance(value, str) or not value.isprintable():
            raise Malformed(name)
        return value
    return None


def get_text(fields: Fields, *names: str) -> str:
    """The first non-empty text among the fields.

    Raises:
        Malformed: there is none.
    """
    value = find_text(fields, *names)
    if value is None:
        raise Malformed(names[0])
    return value


def find_integer(fields: Fields, name: str) -> int | None:
    """A whole number that is not negative; None if absent or null.

    Raises:
        Malformed: it is something else.
    """
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Malformed(name)
    return value


def find_object(fields: Fields, name: str) -> Fields:
    """An object in the object; empty if absent or null.

    Raises:
        Malformed: it is something else.
    """
    value = fields.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed(name)
    return value

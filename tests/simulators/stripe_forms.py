"""How Stripe is written to and answers: nested forms, error bodies, expanded objects, pages.

https://docs.stripe.com/api/errors, https://docs.stripe.com/api/expanding_objects, https://docs.stripe.com/api/pagination
"""

import copy
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

_PART = re.compile(r"\[([^\]]*)\]")
MOST_ON_A_PAGE = 100


class Problem(Exception):
    """An error as Stripe answers it.

    Args:
        kept: whether the idempotency key keeps it, because the call had begun to be worked on.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        kind: str = "invalid_request_error",
        kept: bool = False,
    ) -> None:
        super().__init__(message)
        error = {"type": kind, "message": message, "code": code, "param": param}
        self.status, self.kept = status, kept
        self.body = {"error": {name: value for name, value in error.items() if value is not None}}


def decode(written: str) -> dict[str, Any]:
    """`a[b][0]=c` as `{"a": {"b": ["c"]}}`."""
    read: dict[str, Any] = {}
    for name, value in parse_qsl(written, keep_blank_values=True, strict_parsing=bool(written)):
        first, _, _ = name.partition("[")
        path = [first, *_PART.findall(name)]
        inner = read
        for part in path[:-1]:
            inner = inner.setdefault(part, {})
        inner[path[-1] or str(len(inner))] = value
    return _with_lists(read)


def _with_lists(read: Any) -> Any:
    if not isinstance(read, dict):
        return read
    if read and all(name.isdigit() for name in read):
        return [_with_lists(value) for value in read.values()]
    return {name: _with_lists(value) for name, value in read.items()}


def whole(fields: Mapping[str, Any], name: str) -> int:
    """A whole number among the parameters."""
    value = fields.get(name)
    if value is None:
        raise Problem(400, f"Missing required param: {name}.", code="parameter_missing", param=name)
    if not re.fullmatch(r"-?[0-9]{1,15}", str(value)):
        raise Problem(400, f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
    return int(value)


def check_known(fields: Mapping[str, Any], known: frozenset[str]) -> None:
    """Stripe refuses parameters it does not know."""
    for name in fields:
        if name not in known:
            raise Problem(400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def expanded(found: Mapping[str, Any], paths: Any, objects: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of an object in which ids along the paths are replaced by what they name."""
    answer = copy.deepcopy(dict(found))
    for path in paths or ():
        _expand(answer, path.split("."), objects)
    return answer


def _expand(inside: Any, path: list[str], objects: Mapping[str, Any]) -> None:
    if isinstance(inside, list):
        for one in inside:
            _expand(one, path, objects)
        return
    name, rest = path[0], path[1:]
    if name not in inside:
        raise Problem(400, f"This property cannot be expanded ({name}).", param="expand")
    if isinstance(inside[name], str) and inside[name] in objects:
        inside[name] = copy.deepcopy(objects[inside[name]])
    if rest and inside[name] is not None:
        _expand(inside[name], rest, objects)


def page(found: list[dict[str, Any]], fields: Mapping[str, Any], url: str) -> dict[str, Any]:
    """A part of a list, as `limit` and `starting_after` say."""
    limit = whole({"limit": fields.get("limit", 10)}, "limit")
    if not 1 <= limit <= MOST_ON_A_PAGE:
        raise Problem(400, "Invalid limit", param="limit")
    if after := fields.get("starting_after"):
        places = [place for place, one in enumerate(found) if one["id"] == after]
        if not places:
            raise Problem(404, f"No such object: '{after}'", code="resource_missing", param="starting_after")
        found = found[places[0] + 1 :]
    return {"object": "list", "data": found[:limit], "has_more": len(found) > limit, "url": url}

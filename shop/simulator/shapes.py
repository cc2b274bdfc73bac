"""What a JSON value must look like: no unknown field, no null, no wrong type or length.

WeChat Pay counts the length of texts in bytes of UTF-8.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from shop.simulator.refusals import Refusal, bad_field, extra_field


class Shape(Protocol):
    """Something a value can be checked against."""

    def check(self, value: object, where: str) -> None:
        """Refuse the value at this place unless it fits."""


@dataclass(frozen=True)
class Text:
    """A string of so many bytes, matching a pattern as a whole."""

    most: int
    least: int = 1
    pattern: str = "(?s).*"

    def check(self, value: object, where: str) -> None:
        """Refuse anything but a fitting string."""
        if not isinstance(value, str):
            raise bad_field(where, "类型不正确，应为字符串", value)
        try:
            length = len(value.encode())
        except UnicodeEncodeError:
            raise bad_field(where, "字符串规则校验失败，含有非法字符") from None
        if length < self.least:
            raise bad_field(where, f"字符串规则校验失败，字节数 {length}，小于最小值 {self.least}", value)
        if length > self.most:
            raise bad_field(where, f"字符串规则校验失败，字节数 {length}，大于最大值 {self.most}", value)
        if "\0" in value or not re.fullmatch(self.pattern, value):
            raise bad_field(where, "字符串规则校验失败，格式不正确", value)


@dataclass(frozen=True)
class Whole:
    """An integer, never a float, a string or a boolean."""

    least: int = 1
    most: int = 9_999_999_999

    def check(self, value: object, where: str) -> None:
        """Refuse anything but an integer within bounds."""
        if not isinstance(value, int) or isinstance(value, bool):
            raise bad_field(where, "类型不正确，应为整数", value if isinstance(value, str | float) else None)
        if not self.least <= value <= self.most:
            raise bad_field(where, f"数值规则校验失败，应在 {self.least} 与 {self.most} 之间")


@dataclass(frozen=True)
class Flag:
    """true or false."""

    def check(self, value: object, where: str) -> None:
        """Refuse anything but a boolean."""
        if not isinstance(value, bool):
            raise bad_field(where, "类型不正确，应为布尔值")


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def check(self, value: object, where: str) -> None:
        """Refuse any other word."""
        if not isinstance(value, str) or value not in self.words:
            raise bad_field(where, f"枚举值校验失败，应为 {'、'.join(self.words)}", value)


@dataclass(frozen=True)
class Many:
    """A list of one kind of thing, not empty."""

    item: Shape

    def check(self, value: object, where: str) -> None:
        """Refuse anything but a list whose items all fit."""
        if not isinstance(value, list) or not value:
            raise bad_field(where, "类型不正确，应为非空数组")
        for position, one in enumerate(value):
            self.item.check(one, f"{where}/{position}")


@dataclass(frozen=True)
class Fields:
    """An object with these fields and no other."""

    required: Mapping[str, Shape]
    optional: Mapping[str, Shape] = field(default_factory=dict)

    def check(self, value: object, where: str) -> None:
        """Refuse unknown, null, missing or unfitting fields."""
        if not isinstance(value, dict):
            raise bad_field(where, "类型不正确，应为对象")
        shapes = {**self.required, **self.optional}
        for name, given in value.items():
            if name not in shapes:
                raise extra_field(f"{where}/{name}")
            if given is None:
                raise bad_field(f"{where}/{name}", "值不能为 null")
            shapes[name].check(given, f"{where}/{name}")
        for name in self.required:
            if name not in value:
                raise bad_field(f"{where}/{name}", "缺少必填参数")


def read_object(raw: bytes, shape: Fields) -> dict[str, Any]:
    """The object a request's body holds.

    Raises:
        Refusal: it is not JSON in UTF-8, names a field twice, or does not fit the shape.
    """
    try:
        value = json.loads(raw.decode(), object_pairs_hook=_without_repetition, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refusal(400, "PARAM_ERROR", "请求体不是合法的JSON格式", detail={"location": "body"}) from None
    shape.check(value, "/body")
    known: dict[str, Any] = value
    return known


def _without_repetition(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("a field is named twice")
    return names


def _no_constant(word: str) -> object:
    raise ValueError(f"{word} is not JSON")

"""How values are written for COPY: moments, identifiers, JSON. Moments are microseconds since 1970, UTC."""

import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NULL = r"\N"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def at(moment: int) -> datetime:
    """A moment, aware, in UTC."""
    return _EPOCH + timedelta(microseconds=moment)


def of(moment: datetime) -> int:
    """The opposite of `at`."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


@lru_cache(maxsize=1 << 12)  # one moment stands in many rows
def iso(moment: int) -> str:
    """A moment as PostgreSQL and the journal read it."""
    return (_EPOCH + timedelta(microseconds=moment)).isoformat()


def or_null(moment: int | None) -> str:
    """A moment that may be missing."""
    return NULL if moment is None else iso(moment)


def quoted(value: Any) -> str:
    """JSON without needless spaces, its keys in order: what the shop calls canonical."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def escaped(text: str) -> str:
    """A text as COPY reads it."""
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if "\n" in text or "\t" in text or "\r" in text:
        text = text.replace("\n", r"\n").replace("\t", r"\t").replace("\r", r"\r")
    return text


class Identifiers:
    """UUIDs like the shop's, version 7, as of any moment; and others of chance alone."""

    def __init__(self, chance: Random) -> None:
        self._bits = chance.getrandbits

    def of(self, moment: int) -> str:
        """One that was made at a moment."""
        milliseconds, rest = divmod(moment, 1000)
        text = f"{milliseconds << 80 | 7 << 76 | rest << 64 | 2 << 62 | self._bits(62):032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def by_chance(self) -> str:
        """One of version 4."""
        bits = self._bits(122)
        text = f"{(bits >> 74) << 80 | 4 << 76 | ((bits >> 62) & 0xFFF) << 64 | 2 << 62 | bits & (1 << 62) - 1:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

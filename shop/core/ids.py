"""Identifiers that sort by the time they were made."""

import os
import threading
import time
from uuid import UUID


class _Generator:
    """UUIDs of version 7 (RFC 9562 §5.7, monotonic by §6.2 method 1): milliseconds, a counter, then chance.

    Rows made one after the other lie one after the other in an index, and a list by id is a list by age.
    PostgreSQL 18 and Python 3.14 have the like; the shop runs on older ones too.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._milliseconds = 0
        self._counter = 0

    def __call__(self) -> UUID:
        with self._lock:
            milliseconds = time.time_ns() // 1_000_000
            if milliseconds > self._milliseconds:
                self._milliseconds, self._counter = milliseconds, os.urandom(1)[0]
            elif self._counter == 0xFFF:
                self._milliseconds, self._counter = self._milliseconds + 1, 0
            else:
                self._counter += 1
            return self._build(self._milliseconds, self._counter)

    @staticmethod
    def _build(milliseconds: int, counter: int) -> UUID:
        chance = int.from_bytes(os.urandom(8), "big") >> 2
        return UUID(int=(milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | chance)


new_id = _Generator()

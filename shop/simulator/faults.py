"""Misbehaviour on request: errors, silence and bad signatures, for so many calls of so many paths."""

import threading
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal[
    "500-before",
    "500-after",
    "timeout-after",
    "close-connection",
    "429",
    "unsigned",
    "signtest",
    "wrong-key",
    "stale",
    "not-json",
    "slow",
    "other-file",
]
KINDS: tuple[str, ...] = get_args(Kind)
SILENCE_SECONDS = 30.0
DRIP_SECONDS = 0.5


@dataclass
class Fault:
    """One kind of misbehaviour, until it has happened so many times.

    Args:
        delay_seconds: before the answer; of a slow one, before each byte of its body.
    """

    path_prefix: str
    method: str | None
    kind: Kind
    times: int
    delay_seconds: float

    def concerns(self, method: str, path: str) -> bool:
        """Whether a call of this path is to go wrong."""
        return self.times > 0 and path.startswith(self.path_prefix) and self.method in (None, method)


class Faults:
    """The misbehaviour asked for; not kept over a restart."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Misbehave in this way too, after the ways asked for earlier."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Behave again."""
        with self._lock:
            self._faults.clear()

    def left(self) -> list[Fault]:
        """What is still to go wrong."""
        with self._lock:
            return [fault for fault in self._faults if fault.times > 0]

    def strike(self, method: str, path: str) -> Fault | None:
        """The fault that hits this call, counted down."""
        with self._lock:
            for fault in self._faults:
                if fault.concerns(method, path):
                    fault.times -= 1
                    return fault
        return None

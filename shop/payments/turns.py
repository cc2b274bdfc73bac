"""Turns in background work: one thing that fails, or one gateway that is silent, keeps no other waiting."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from shop.core.db import db

log = structlog.get_logger()

MOST_FAILURES = 2  # in one round, before a gateway is left alone
BUDGET = 20.0  # seconds of one round; a slow gateway must not keep the worker from everything else


class Round:
    """One run over what is due: so long at most, and without the gateways that have failed too often."""

    def __init__(self) -> None:
        self._until = time.monotonic() + BUDGET
        self.failures = Counter[str]()

    @property
    def has_time(self) -> bool:
        """Whether there is time for one thing more."""
        return time.monotonic() < self._until

    @property
    def silent(self) -> list[str]:
        """The gateways that are left alone until the next round."""
        return [name for name, count in self.failures.items() if count >= MOST_FAILURES]


@dataclass
class Turn:
    """How one thing went.

    Args:
        failure: the name of what went wrong by a mistake of ours.
    """

    failure: str | None = None


@contextmanager
def turn(action: str, **subject: str) -> Iterator[Turn]:
    """The edge of background work: a mistake of ours in one thing is logged, and the next one has its turn.

    What was left unfinished comes again by itself: it is still due, or its lease runs out.

    Args:
        subject: what it was about, for the log.
    """
    went = Turn()
    try:
        yield went
    except Exception as failure:  # noqa: BLE001 -- the outermost edge: nobody above could do more than log
        went.failure = type(failure).__name__
        log.error("sweep_failed", action=action, error=went.failure, **subject)
        db.session.rollback()

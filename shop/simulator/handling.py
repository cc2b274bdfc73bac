"""How queued notices are carried: once and in order unless asked otherwise."""

from dataclasses import dataclass
from typing import Literal, get_args

Turn = Literal["first-first", "last-first", "shuffled"]
TURNS: tuple[str, ...] = get_args(Turn)


@dataclass(frozen=True)
class Handling:
    """What happens to every notice from now on.

    Args:
        copies: how often each delivery is made; acknowledged if one copy is.
        at_once: whether all letters of a delivery leave at the same moment.
        delay_seconds: between the payment and the first delivery, by the machine's own clock.
        turn: which of several notices due goes first; other than first-first, one notice at a time.
        beside: a letter of each of these signatures goes with every delivery, before the genuine one.
        signing: how the delivery itself is signed; None as WeChat Pay signs at the time.
    """

    copies: int = 1
    at_once: bool = False
    delay_seconds: float = 0
    turn: Turn = "first-first"
    beside: tuple[str, ...] = ()
    signing: str | None = None

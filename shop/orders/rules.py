"""What can be decided of an order without a database or a clock."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

# (state, event) -> state. Everything that is not here is refused.
TRANSITIONS: dict[tuple[str, str], str] = {
    ("pending", "pay"): "paid",
    ("pending", "review"): "in_review",
    ("pending", "expire"): "expired",
    ("pending", "cancel"): "cancelled",
    ("expired", "pay"): "paid",  # the payment came late and the seats could be had again
    ("in_review", "give_up"): "cancelled",  # nobody decided for a day
    ("in_review", "accept"): "paid",  # the staff took what came for enough, or the rest was paid
    ("paid", "cancel"): "cancelled",  # it cost nothing, or nothing is given back
    ("paid", "refund_part"): "partially_refunded",
    ("paid", "refund_all"): "refunded",
    ("partially_refunded", "refund_part"): "partially_refunded",
    ("partially_refunded", "refund_all"): "refunded",
    ("partially_refunded", "refund_none"): "paid",  # a refund that had been made came back
    ("refunded", "refund_none"): "paid",
    ("refunded", "refund_part"): "partially_refunded",
    ("cancelled", "refund_part"): "partially_refunded",  # by the staff's goodwill
    ("cancelled", "refund_all"): "refunded",
}
WITH_TICKETS = frozenset({"paid", "partially_refunded", "refunded"})  # tickets of these may still be valid

QUOTE_TIME = timedelta(minutes=10)  # how long an offer of cancellation stands at most

Terms = Sequence[Mapping[str, int]]  # [{until_hours, refund_percent}]


def after(state: str, event: str) -> str | None:
    """The state an event leads to; None if it is not possible in this state."""
    return TRANSITIONS.get((state, event))


def refund_percent(terms: Terms, *, starts_at: datetime, now: datetime) -> int:
    """How much of its price a ticket cancelled now gives back."""
    left = starts_at - now
    return max((one["refund_percent"] for one in terms if left >= timedelta(hours=one["until_hours"])), default=0)


def share_back(price: int, percent: int) -> int:
    """A part of a price in minor units, rounded up: half a cent is the customer's."""
    return -(-price * percent // 100)


def offer_ends(terms: Terms, *, starts_at: datetime, now: datetime) -> datetime:
    """Until when what is offered now stands: ten minutes, but not past the next step of the terms."""
    steps = [starts_at - timedelta(hours=one["until_hours"]) for one in terms]
    return min([now + QUOTE_TIME, starts_at, *(step for step in steps if step > now)])


def new_number() -> str:
    """Ten random digits of which the last is a check digit (Luhn, ISO/IEC 7812-1 annex B).

    Digits only: they are read out the same way in every language. Random: a number tells nobody how many
    orders there are.
    """
    digits = str(secrets.randbelow(900_000_000) + 100_000_000)
    return digits + _check_digit(digits)


def is_number(text: str) -> bool:
    """Whether ten digits are a number of ours, with none misheard."""
    return len(text) == 10 and text.isascii() and text.isdigit() and _check_digit(text[:9]) == text[9]


def _check_digit(digits: str) -> str:
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 - index % 2)
        total += value - 9 if value > 9 else value
    return str(-total % 10)

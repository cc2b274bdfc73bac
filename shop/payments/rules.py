"""What can be decided of a payment without a database, a gateway or a clock."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shop.core.money import Money

# How long after its opening, then after each look, a pending payment is asked about.
INTERVALS = (30, 30, 60, 120, 300, 600, 1800, 3600)  # seconds; the last one repeats
SHORTEST_TO_PAY = timedelta(minutes=1)  # WeChat Pay silently makes anything shorter this long
GRACE = timedelta(minutes=2)  # after the last moment to pay, for a gateway that cannot be asked
RETRY_SILENT = timedelta(seconds=15)
REVIEW_TIME = timedelta(days=1)

_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"

Decision = Literal["pay", "pay_late", "double", "late", "review", "mismatched"]


@dataclass(frozen=True)
class Arrival:
    """Money that came for an attempt, and the order as it was found."""

    order_status: str
    asked: Money
    received: Money


# (order's status, whether the amount matches) -> what to do. The shop never keeps money it cannot explain.
DECISIONS: dict[tuple[str, bool], Decision] = {
    ("pending", True): "pay",
    ("pending", False): "review",
    ("expired", True): "pay_late",
    ("expired", False): "mismatched",
    ("in_review", True): "double",
    ("in_review", False): "mismatched",
    ("paid", True): "double",
    ("paid", False): "mismatched",
    ("partially_refunded", True): "double",
    ("partially_refunded", False): "mismatched",
    ("refunded", True): "late",
    ("refunded", False): "mismatched",
    ("cancelled", True): "late",
    ("cancelled", False): "mismatched",
}


def decide(arrival: Arrival) -> Decision:
    """What becomes of money that came: rows 7, 10, 11 and 18–21 of the state table."""
    return DECISIONS[arrival.order_status, arrival.received == arrival.asked]


def attempt_number(order_number: str) -> str:
    """A number for an attempt, unique at the gateway for ever: the order's, and chance.

    6 to 32 digits, letters, `_`, `-`, `|`, `*` are allowed (WeChat Pay, place order, `out_trade_no`).
    """
    return f"{order_number}-{''.join(secrets.choice(_LETTERS) for _ in range(10))}"


def next_check(*, now: datetime, checks: int, order_ends: datetime) -> datetime:
    """When to ask about a pending payment again; never later than the moment its order ends."""
    due = now + timedelta(seconds=INTERVALS[min(checks, len(INTERVALS) - 1)])
    return min(due, order_ends) if now < order_ends else due


def may_still_be_paid(*, now: datetime, payment_expires: datetime) -> bool:
    """Whether a payment at a gateway that does not answer must be feared to succeed."""
    return now < payment_expires + GRACE

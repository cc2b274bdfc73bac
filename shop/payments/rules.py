"""What can be decided of a payment without a database, a gateway or a clock."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from babel.numbers import get_currency_precision

from shop.core.money import Money

# How long after its opening, then after each look, a pending payment is asked about.
INTERVALS = (30, 30, 60, 120, 300, 600, 1800, 3600)  # seconds; the last one repeats
GRACE = timedelta(minutes=2)  # after the last moment to pay, for a gateway that cannot be asked
RETRY_SILENT = timedelta(seconds=15)
REVIEW_TIME = timedelta(days=1)

REQUEST_TIME = timedelta(days=7)  # in which a second person decides about a refund
FOUR_EYES_OVER = timedelta(days=1)  # what was given back of an order in that time counts together

_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"

Decision = Literal["pay", "pay_late", "complete", "double", "late", "review", "mismatched"]

# How long after a refund could not be asked for, or not be made, it is asked for again; then after each look at one
# that the gateway has in hand. Seconds; the last one repeats.
ASK_REFUND_AGAIN = (60, 300, 900, 3600, 7200, 14400, 21600, 43200)
LOOK_AT_REFUND = (30, 60, 300, 900, 3600, 21600)
REFUNDS_APART = timedelta(seconds=65)  # of one payment; WeChat Pay wants a minute
MOST_REFUNDS = 50  # of one payment (WeChat Pay)
USUAL_REFUND_TIME = timedelta(days=3)  # to a bank card; to a wallet it is minutes
WHEN_BALANCE_LACKS = timedelta(days=2)  # until enough has come in again, as institutions tell
STUCK_AFTER = timedelta(days=1)  # a refund still under way is then for the staff to know of

# (status, what the gateway says) -> status. What is not here changes nothing; what contradicts is told to the staff.
REFUND_TRANSITIONS: dict[tuple[str, str], str] = {
    ("pending", "processing"): "pending",
    ("pending", "succeeded"): "succeeded",
    ("pending", "abnormal"): "needs_attention",
    ("pending", "closed"): "needs_attention",
    ("needs_attention", "processing"): "needs_attention",  # the staff are at it in the gateway's console
    ("needs_attention", "abnormal"): "needs_attention",
    ("needs_attention", "closed"): "needs_attention",
    ("needs_attention", "succeeded"): "succeeded",
    ("succeeded", "processing"): "succeeded",  # told late
    ("succeeded", "succeeded"): "succeeded",
    ("succeeded", "closed"): "needs_attention",  # Stripe: it came back, days later
}


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
    ("complement", True): "complete",  # in review, and asked to pay the rest
    ("complement", False): "mismatched",
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
    """What becomes of money that came."""
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


def refund_number(payment_number: str, nth: int) -> str:
    """A number for a refund, unique at the gateway for ever: its payment's, and which of its refunds it is."""
    return f"{payment_number}-r{nth}"


def ask_refund_again(*, now: datetime, checks: int) -> datetime:
    """When to ask once more for a refund that could not be made, or whose answer was lost."""
    return now + timedelta(seconds=ASK_REFUND_AGAIN[min(checks, len(ASK_REFUND_AGAIN) - 1)])


def look_at_refund_again(*, now: datetime, checks: int) -> datetime:
    """When to look again at a refund the gateway has in hand."""
    return now + timedelta(seconds=LOOK_AT_REFUND[min(checks, len(LOOK_AT_REFUND) - 1)])


def refund_expected(
    *, created_at: datetime, accepted_at: datetime | None, failure: str | None, now: datetime
) -> datetime:
    """By when a refund under way has arrived as a rule; what waits for the merchant's balance takes longer."""
    lacking = accepted_at is None and failure == "not-enough"
    usual = (accepted_at or created_at) + USUAL_REFUND_TIME + (WHEN_BALANCE_LACKS if lacking else timedelta())
    return usual if usual > now else now + USUAL_REFUND_TIME


def minor_units(text: str, currency: str) -> int | None:
    """An amount as people write it, `38`, `9.50` or `9,50`; None if it is none above nothing and below ten million."""
    digits = get_currency_precision(currency)
    written = re.fullmatch(rf"([0-9]{{1,7}})(?:[.,]([0-9]{{1,{max(digits, 1)}}}))?", text.strip(), re.ASCII)
    if written is None:
        return None
    return int(written[1] + (written[2] or "").ljust(digits, "0")) or None

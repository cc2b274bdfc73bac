"""Where each thing that needs a decision is decided, so that the first page can lead there. No database."""

import re
from dataclasses import dataclass, field

from shop.core.i18n import Text
from shop.payments.texts import DECISIONS


@dataclass(frozen=True)
class Decision:
    """The page on which something is decided, and the words of the act.

    Args:
        endpoint, values: as `url_for` takes them.
    """

    endpoint: str
    words: Text
    values: dict[str, str] = field(default_factory=dict)


# kind -> (what is opened, words). `review`, `order`: the subject is an order's number; `paid`: a payment's, which
# begins with its order's; `refund`: a refund's; `statement`: a gateway and a
# day; `calendar`: a departure; `seen`: only somebody outside can do something about it.
PLACES: dict[str, tuple[str, str]] = {
    "amount-mismatch": ("review", "decide"),
    "unmatched-payment": ("seen", "see_to"),
    "foreign-merchant": ("seen", "see_to"),
    "changed-payment": ("paid", "look"),
    "undecryptable-notice": ("seen", "see_to"),
    "unexpected-notice": ("seen", "see_to"),
    "refund-failed": ("refund", "retry"),
    "refund-stuck": ("refund", "look"),
    "refund-by-hand": ("refund", "hand_out"),
    "changed-refund": ("refund", "look"),
    "refund-beyond-payment": ("order", "look"),
    "unmatched-refund": ("seen", "see_to"),
    "unmatched-dispute": ("seen", "see_to"),
    "changed-dispute": ("seen", "see_to"),
    "dispute-opened": ("order", "look"),
    "dispute-lost": ("order", "decide"),
    "reconciliation-difference": ("statement", "look"),
    "statement-missing": ("seen", "see_to"),
    "refunded-elsewhere": ("order", "decide"),
    "gateway-silent": ("order", "look"),
    "refund-to-approve": ("order", "decide"),
    "under-minimum": ("calendar", "look"),
    "double-admission": ("seen", "see_to"),
    "unwarranted-admission": ("seen", "see_to"),
}


DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def decision(kind: str, subject: str) -> Decision:
    """Where something that needs a decision is decided. What is of an unknown kind can be marked as seen to."""
    place, words = PLACES.get(kind, ("seen", "see_to"))
    if place == "refund":
        return Decision("payments_desk.refund", DECISIONS[words], {"number": subject})
    day = DAY.search(subject)
    if place == "calendar" and day:
        return Decision("calendar.show", DECISIONS[words], {"view": "week", "on": day[0]})
    if place == "statement" and day:
        return Decision("reconciliation.day", DECISIONS[words], {"name": subject.split(" ")[0], "on": day[0]})
    number = subject.replace("-", "")[:10] if place == "paid" else subject.replace("-", "")
    if place in {"order", "paid", "review"} and len(number) == 10 and number.isascii() and number.isdigit():
        endpoint = "orders_desk.review" if place == "review" else "orders_desk.order"
        return Decision(endpoint, DECISIONS[words], {"number": number})
    return Decision("payments_desk.staff_attention", DECISIONS[words], {"kind": kind, "subject": subject})

"""What can be decided of an order without a database or a clock."""

import secrets

# (state, event) -> state. Everything that is not here is refused.
TRANSITIONS: dict[tuple[str, str], str] = {
    ("pending", "pay"): "paid",
    ("pending", "review"): "in_review",
    ("pending", "expire"): "expired",
    ("pending", "cancel"): "cancelled",
    ("expired", "pay"): "paid",  # the payment came late and the seats could be had again
    ("in_review", "give_up"): "cancelled",  # nobody decided for a day
    ("paid", "cancel"): "cancelled",  # it cost nothing
}


def after(state: str, event: str) -> str | None:
    """The state an event leads to; None if it is not possible in this state."""
    return TRANSITIONS.get((state, event))


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

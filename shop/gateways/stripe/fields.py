"""What Stripe's objects have in common: ids that may stand for the whole, moments, amounts, our own numbers."""

from datetime import UTC, datetime

from shop.core.money import Money
from shop.gateways.fields import Fields, Malformed, find_object, find_text, get_text

LARGEST_AMOUNT = 99_999_999  # minor units: https://docs.stripe.com/currencies#maximum-amounts


def find_id(fields: Fields, name: str) -> str | None:
    """The id of an object that is named by it, or is there as a whole; None if absent.

    Raises:
        Malformed: it is something else.
    """
    value = fields.get(name)
    return get_text(value, "id") if isinstance(value, dict) else find_text(fields, name)


def find_number(fields: Fields, name: str = "number") -> str | None:
    """Our own number, which we wrote into the object's metadata; None if somebody else made it.

    Raises:
        Malformed: the metadata is something else.
    """
    return find_text(find_object(fields, "metadata"), name)


def get_amount(fields: Fields, name: str) -> Money:
    """An amount in the currency of its object.

    Raises:
        Malformed: there is none, or none that Stripe moves.
    """
    amount = get_signed(fields, name)
    if not 1 <= amount <= LARGEST_AMOUNT:
        raise Malformed(name)
    return Money(amount, get_text(fields, "currency").upper())


def get_signed(fields: Fields, name: str) -> int:
    """A whole number of either sign.

    Raises:
        Malformed: there is none.
    """
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed(name)
    return value


def get_flag(fields: Fields, name: str) -> bool:
    """True or False.

    Raises:
        Malformed: it is neither.
    """
    value = fields.get(name)
    if not isinstance(value, bool):
        raise Malformed(name)
    return value


def find_moment(fields: Fields, name: str = "created") -> datetime | None:
    """When, in UTC; None where it is not told in a way that can be read, which is no reason to doubt money."""
    try:
        return datetime.fromtimestamp(get_signed(fields, name), UTC)
    except (Malformed, ValueError, OverflowError, OSError):
        return None


def choose(fields: Fields, *names: str) -> dict[str, str | int | bool]:
    """Those of the named fields that are there and plain; nothing that is not named is ever kept."""
    return {name: fields[name] for name in names if isinstance(fields.get(name), str | int)}

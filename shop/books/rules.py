"""VAT, and what the books are made of: lines that balance, texts, amounts. No database, no clock."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from types import MappingProxyType
from typing import Any

from shop.booking.models import Booking, BookingLine
from shop.books.errors import PeriodBackwards, PeriodOutOfReach, PeriodTooLong, PeriodUnreadable
from shop.books.texts import GOODWILL
from shop.core.i18n import LANGUAGES, pick
from shop.orders.models import Order

# Percent, by the codes of the catalogue file. The last two bear no VAT, each for its own reason.
RATES: dict[str, int] = {"FR_STD_20": 20, "FR_RED_10": 10, "EXEMPT": 0, "OUT_OF_SCOPE": 0}

FIRST_YEAR, LAST_YEAR = 2000, 2100  # of what anybody can ask to see

NOTHING_BEFORE = "0" * 64  # what the first link of a chain is chained to
_NOTHING: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class CreditLine:
    """Something sold that is taken back, or a part of its price.

    Args:
        text: by language: fr, zh-CN, en.
        amount: of the whole line, minor units, taxes included.
        vat: the code under which it was sold.
    """

    text: Mapping[str, str]
    quantity: int
    amount: int
    vat: str


@dataclass(frozen=True)
class Line:
    """One line of an entry; either debit or credit is above 0.

    Args:
        account: a key of accounts.PLAN.
        debit, credit: minor units.
    """

    account: str
    debit: int
    credit: int
    currency: str
    vat: str | None = None


@dataclass(frozen=True)
class Taxed:
    """An amount under one VAT code, minor units: taxes included, without, and the taxes."""

    vat: str
    gross: int
    tax: int

    @property
    def net(self) -> int:
        """Without taxes."""
        return self.gross - self.tax


@dataclass(frozen=True)
class Period:
    """Days one after the other, both ends included, on the clocks of the Office."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    def moments(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """Its first moment, and the first after it."""
        return (
            datetime.combine(self.first, time(), zone),
            datetime.combine(self.last + timedelta(days=1), time(), zone),
        )

    @property
    def before(self) -> "Period":
        """The same number of days just before it."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))


def read_day(text: str) -> date:
    """A day as it is written in addresses and forms.

    Raises:
        PeriodUnreadable: it is no day.
        PeriodOutOfReach: of a year that nobody can mean.
    """
    written = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text.strip(), re.ASCII)
    if written is None:
        raise PeriodUnreadable
    try:
        day = date(*map(int, written.groups()))
    except ValueError:
        raise PeriodUnreadable from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise PeriodOutOfReach(first=FIRST_YEAR, last=LAST_YEAR)
    return day


def read_period(first: str, last: str, *, most: int) -> Period:
    """A period as it is written in addresses and forms.

    Args:
        most: days.

    Raises:
        PeriodUnreadable: one of its ends is no day.
        PeriodOutOfReach: of a year that nobody can mean.
        PeriodBackwards: it ends before it begins.
        PeriodTooLong: it has more days than that.
    """
    period = Period(read_day(first), read_day(last))
    if period.days < 1:
        raise PeriodBackwards
    if period.days > most:
        raise PeriodTooLong(days=period.days, most=most)
    return period


def tax_in(gross: int, vat: str) -> int:
    """The VAT that an amount contains, halves rounded up."""
    rate = RATES[vat]
    return (2 * gross * rate + 100 + rate) // (2 * (100 + rate))


def gross_by_vat(lines: Iterable[tuple[str, int]]) -> dict[str, int]:
    """The sums of (VAT code, amount), those of 0 left out, in the order of RATES."""
    sums = dict.fromkeys(RATES, 0)
    for vat, amount in lines:
        sums[vat] += amount
    return {vat: amount for vat, amount in sums.items() if amount}


def taxed(gross: Mapping[str, int]) -> list[Taxed]:
    """Amounts by VAT code, with the VAT in them."""
    return [Taxed(vat, amount, tax_in(amount, vat)) for vat, amount in gross.items()]


def taxed_back(gross: Mapping[str, int], before: Mapping[str, Taxed]) -> list[Taxed]:
    """The same of amounts that go back, so that credits in parts bring back the very VAT of the whole.

    Args:
        before: what was credited already of the same sale, by VAT code.
    """
    found = []
    for vat, amount in gross.items():
        earlier = before.get(vat, Taxed(vat, 0, 0))
        found.append(Taxed(vat, amount, tax_in(earlier.gross + amount, vat) - earlier.tax))
    return found


def two_sided(debit: str, credit: str, amount: int, currency: str) -> list[Line]:
    """An amount that goes from one account to another; a negative one goes the other way."""
    if amount < 0:
        debit, credit, amount = credit, debit, -amount
    return [Line(debit, amount, 0, currency), Line(credit, 0, amount, currency)]


def sale_lines(groups: Sequence[Taxed], currency: str) -> list[Line]:
    """The customer owes; revenue and VAT are earned."""
    lines = [Line("customer", sum(group.gross for group in groups), 0, currency)]
    for group in groups:
        if group.net:
            lines.append(Line(f"revenue:{group.vat}", 0, group.net, currency, group.vat))
        if group.tax:
            lines.append(Line(f"vat:{group.vat}", 0, group.tax, currency, group.vat))
    return lines


def credit_lines(groups: Sequence[Taxed], currency: str) -> list[Line]:
    """A sale, or a part of it, the other way round."""
    return [
        Line(line.account, line.credit, line.debit, line.currency, line.vat) for line in sale_lines(groups, currency)
    ]


def line_text(booking: Booking, line: BookingLine) -> dict[str, str]:
    """What was sold, by language: the tour's title and the unit's label."""
    tour, unit = booking.departure.tour, line.unit
    return {language: f"{pick(tour.title, language)} – {pick(unit.label, language)}" for language in LANGUAGES}


def spread(order: Order, amount: int, credited: Mapping[str, int] = _NOTHING) -> list[CreditLine]:
    """A goodwill amount as credit lines, spread over an order's VAT codes by their share; the sum is exact.

    Args:
        amount: minor units, taxes included.
        credited: by VAT code what was credited already; what is left of each is its share, as far as there is enough.
    """
    sold = gross_by_vat((line.vat, line.price * line.quantity) for held in order.bookings for line in held.lines)
    left = gross_by_vat((vat, max(0, gross - credited.get(vat, 0))) for vat, gross in sold.items())
    weights = left if sum(left.values()) >= amount else sold
    if amount < 0 or (amount and not weights):
        raise ValueError(f"{amount} cannot be spread over {dict(weights)}")
    whole = sum(weights.values())
    shares = {vat: amount * weight // whole for vat, weight in weights.items()}
    if shares:
        shares[max(weights, key=lambda vat: weights[vat])] += amount - sum(shares.values())
    text: dict[str, str] = {language: GOODWILL.to(language) for language in LANGUAGES}
    return [CreditLine(text, 1, share, vat) for vat, share in shares.items() if share]


def canonical(facts: Mapping[str, Any]) -> str:
    """Facts as the one JSON text they have, so that the same facts have the same digest."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(text: str) -> str:
    """SHA-256 of a text, hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def link(previous: str, body: str) -> str:
    """The hash of a link in a chain: of the one before it and its own body."""
    return digest(previous + body)

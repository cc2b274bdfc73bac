"""What parties take and cost at a departure, and what is answered when their seats are held.

Worked out once for as long as the offer stands, for a crowd asks for the same.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from shop.booking import rules
from shop.booking.models import Booking, BookingLine
from shop.catalogue.models import Departure
from shop.catalogue.services.offers import Offer
from shop.core.i18n import Language

MOST = 12  # parties remembered of a departure
_SOME_MOMENT = datetime(9000, 1, 1, tzinfo=UTC)  # that no answer holds otherwise


@dataclass(frozen=True)
class Answer:
    """An answer around what is each booking's own."""

    parts: tuple[str, str, str]
    zone: ZoneInfo

    def of(self, booking_id: UUID, expires_at: datetime) -> str:
        """The answer for one booking."""
        before, between, after = self.parts
        return f"{before}{booking_id}{between}{expires_at.astimezone(self.zone).isoformat()}{after}"


@dataclass(frozen=True)
class Quote:
    """A party at a departure.

    Args:
        facts: what a booking of it is made of, by the names of `hold_seats` (migrations).
    """

    FACTS: ClassVar = (
        "offer", "departure", "seats", "amount", "currency", "units", "quantities", "prices", "vats",
    )  # fmt: skip

    party: rules.Party
    facts: dict[str, Any]
    _answers: dict[Language, Answer] = field(default_factory=dict)

    @property
    def seats(self) -> int:
        """How many they take."""
        return int(self.facts["seats"])

    def answer(self, language: Language, write: Callable[[Booking], str]) -> Answer:
        """What is answered in a language.

        Args:
            write: makes the answer of a booking, in that language.

        Raises:
            ValueError: the answer does not hold the booking's id, then its expiry, once each.
        """
        known = self._answers.get(language)
        if known is None:
            known = self._answers[language] = _around(self._sample(), write)
        return known

    def _sample(self) -> Booking:
        """A booking of it as it would be, which belongs to no session."""
        departure, facts = self.party.departure, self.facts
        lines = [
            BookingLine(
                unit_id=unit.id,
                quantity=quantity,
                cancelled=0,
                price=self.party.price_of(unit),
                vat=unit.vat,
                currency=facts["currency"],
                unit=unit,
            )
            for unit, quantity in self.party.lines
        ]
        return Booking(
            id=uuid4(),
            departure_id=departure.id,
            departure=departure,
            status="held",
            seats=facts["seats"],
            amount=facts["amount"],
            currency=facts["currency"],
            expires_at=_SOME_MOMENT,
            lines=lines,
        )


def quoted(offer: Offer, wanted: Mapping[str, int]) -> Quote:
    """What a party takes and costs.

    Args:
        wanted: how many of each unit, by code.

    Raises:
        UnknownUnit, PartySize: the tour does not admit this party.
    """
    asked = tuple((code, quantity) for code, quantity in wanted.items() if quantity)
    known: Quote | None = offer.aside.get(asked)
    if known is None:
        if len(offer.aside) >= MOST:
            offer.aside.pop(next(iter(offer.aside), None), None)
        known = offer.aside[asked] = _worked_out(offer.departure, wanted)
    return known


def _worked_out(departure: Departure, wanted: Mapping[str, int]) -> Quote:
    party = rules.assemble_party(departure, wanted)
    facts = {
        "offer": departure.offer,
        "departure": departure.id,
        "seats": party.seats,
        "amount": party.amount,
        "currency": departure.tour.currency,
        "units": _array(unit.id for unit, _ in party.lines),
        "quantities": _array(quantity for _, quantity in party.lines),
        "prices": _array(party.price_of(unit) for unit, _ in party.lines),
        "vats": _array(unit.vat for unit, _ in party.lines),
    }
    return Quote(party, facts)


def _array(found: Iterable[Any]) -> str:
    """An array as PostgreSQL writes one; the driver would write it anew for each booking."""
    quoted = (str(one).replace("\\", r"\\").replace('"', r"\"") for one in found)
    return "{" + ",".join(f'"{one}"' for one in quoted) + "}"


def _around(sample: Booking, write: Callable[[Booking], str]) -> Answer:
    before, rest = write(sample).split(str(sample.id))
    between, after = rest.split(sample.local_expiry.isoformat())
    return Answer((before, between, after), sample.departure.tour.zone)

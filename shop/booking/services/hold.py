"""Taking seats: one call of the database's `hold_seats` (migrations), in which one guarded statement takes them, with a
CHECK constraint behind it. What is on sale is remembered by each process; the call compares whether it still is so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shop.booking import rules
from shop.booking.errors import SoldOut, TooManyHolds
from shop.booking.models import Booking
from shop.booking.services.quotes import Quote, quoted
from shop.catalogue.models import Departure
from shop.catalogue.services import browse, offers
from shop.catalogue.services.offers import Offer
from shop.core import metrics
from shop.core.caching import Looked
from shop.core.caller import SignInRequired
from shop.core.db import db
from shop.core.errors import Refusal
from shop.core.i18n import Language
from shop.core.idempotency import IdempotencyKeyInUse, IdempotencyKeyReused, KeptAnswer, Key
from shop.core.ids import new_id
from shop.core.plain import in_one_trip, in_this_transaction

Call = Callable[[str, Mapping[str, Any]], Any]  # gives the row
NO_KEY = Key.none()

_HOLD_SEATS = """
    SELECT * FROM hold_seats(
        %(session)s::uuid, %(customer)s::uuid, %(route)s, %(key)s, %(fingerprint)s, %(answer)s, %(keys_since)s,
        %(catalogue)s, %(offer)s::integer, %(max_holds)s::integer, %(earliest)s, %(now)s, %(until)s,
        %(booking)s::uuid, %(departure)s::uuid, %(seats)s::integer, %(amount)s::bigint, %(currency)s,
        %(units)s::uuid[], %(quantities)s::integer[], %(prices)s::integer[], %(vats)s::text[]
    )
"""


@dataclass(frozen=True)
class Wish:
    """Seats wanted.

    Args:
        wanted: how many of each unit, by code; infants may take no seat.
        hold: how long they are kept.
        max_holds: unpaid bookings one customer may have at once.
        until_start: as the counter sells, also past the cutoff.
    """

    departure_id: UUID
    wanted: Mapping[str, int]
    hold: timedelta
    max_holds: int
    now: datetime
    until_start: bool = False

    def at(self, offer: Offer) -> Quote:
        """What it takes and costs.

        Raises:
            UnknownUnit, PartySize: the tour does not admit this party.
            DepartureClosed: it is closed or cancelled, or its cutoff has passed.
        """
        quote = quoted(offer, self.wanted)
        rules.check_bookable(offer.departure, self.now, cutoff=self.cutoff(offer.departure))
        return quote

    def cutoff(self, departure: Departure) -> timedelta:
        """How long before its start a departure can no longer be booked."""
        return timedelta() if self.until_start else departure.tour.cutoff


@dataclass(frozen=True)
class Held:
    """Seats were taken: for whom, and what is answered."""

    customer_id: UUID
    answer: str


def hold_once(
    wish: Wish, *, session_id: UUID, key: Key, language: Language, write: Callable[[Booking], str]
) -> Held | KeptAnswer:
    """Keep seats for whoever is signed in, once under a key; all of it in one round trip that is kept by itself.

    Args:
        write: makes the answer, which is kept under the key; of a booking and the language alone.

    Raises:
        SignInRequired: the sign-in is over, or its customer was erased.
        IdempotencyKeyInUse, IdempotencyKeyReused: by the key.
        DepartureNotFound: no published departure has this id.
        UnknownUnit, PartySize: the tour does not admit this party.
        DepartureClosed: it is closed or cancelled, or its cutoff has passed.
        TooManyHolds: the customer holds as many unpaid bookings as they may.
        SoldOut: fewer seats are left than the party needs.
    """

    def answer(quote: Quote, booking_id: UUID) -> str:
        return quote.answer(language, write).of(booking_id, wish.now + wish.hold)

    facts = {"session": session_id, "customer": None, **key.facts()}
    row = _hold(wish, facts, in_one_trip, answer)
    if row.outcome == "replayed":
        return KeptAnswer(row.kept_body, row.kept_status, row.customer)
    return Held(row.customer, facts["answer"])


def hold_seats(*, customer_id: UUID, **wish: Any) -> Booking:
    """Keep seats for a customer, in the caller's transaction, until the hold runs out.

    Args:
        wish: of what, and for how long: the fields of `Wish`.

    Raises:
        DepartureNotFound, UnknownUnit, PartySize, DepartureClosed, TooManyHolds, SoldOut: as `hold_once`.
        SignInRequired: the customer was erased at this very moment.
    """

    def call(statement: str, values: Mapping[str, Any]) -> Any:
        return in_this_transaction(statement, values).one()

    facts = {"session": None, "customer": customer_id, **NO_KEY.facts()}
    _hold(Wish(**wish), facts, call, lambda _quote, _booking_id: "")
    return db.session.get_one(Booking, facts["booking"])


def _hold(wish: Wish, facts: dict[str, Any], call: Call, answer: Callable[[Quote, UUID], str]) -> Any:
    """Call until seats are taken or refused. Who asks, and what was answered before, come before any refusal."""
    look = offers.get_offer
    while True:
        offer = quote = refusal = None
        try:
            offer = look(wish.departure_id)
            quote = wish.at(offer)
        except Refusal as refused:
            refusal = refused
        facts |= _asked(wish, offer, quote)
        facts["answer"] = answer(quote, facts["booking"]) if quote else ""
        row = call(_HOLD_SEATS, facts)
        look = offers.look_again
        if row.outcome in _REFUSED:
            raise _REFUSED[row.outcome]()
        if row.outcome == "too-many-holds":
            metrics.HOLDS.labels("too_many").inc()
            raise TooManyHolds(limit=wish.max_holds)
        if row.outcome == "refused" and refusal:
            raise refusal
        if row.outcome in {"held", "replayed"}:
            if row.outcome == "held":
                metrics.HOLDS.labels("held").inc()
            return row
        if offer and quote and row.seats_left is not None:
            look = offers.get_offer  # nothing has changed but seats, and those may have come back meanwhile
            if row.seats_left < quote.seats:
                _refuse(offer.departure, quote.seats, row.seats_left, wish.now)


_REFUSED = {
    "signed-out": SignInRequired,
    "key-in-use": IdempotencyKeyInUse,
    "key-reused": IdempotencyKeyReused,
}


def _asked(wish: Wish, offer: Offer | None, quote: Quote | None) -> dict[str, Any]:
    """The facts of a booking for the call; of one that is refused, only what it was judged by."""
    asked = {
        "catalogue": offer.catalogue if offer else offers.ANY,
        "now": wish.now,
        "until": wish.now + wish.hold,
        "max_holds": wish.max_holds,
    }
    if offer is None or quote is None:
        return asked | NOTHING
    return asked | quote.facts | {"booking": new_id(), "earliest": wish.now + wish.cutoff(offer.departure)}


NOTHING: dict[str, Any] = dict.fromkeys((*Quote.FACTS, "booking", "earliest"))


# Dear to look for, and asked for by all who come too late: twenty times a second was a twelfth of a rush.
_alternatives: Looked[list[dict[str, Any]]] = Looked(many=4)


def _refuse(departure: Departure, seats: int, seats_left: int, now: datetime) -> None:
    """Say that too few seats are left, and where there are others."""
    metrics.HOLDS.labels("sold_out").inc()

    def alternatives() -> list[dict[str, Any]]:
        return [other.facts() for other in browse.alternatives(departure, seats=seats, now=now)]

    raise SoldOut(seats_left=seats_left, alternatives=_alternatives.get((departure.id, seats), alternatives))

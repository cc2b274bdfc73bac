"""What can be decided of a booking without a database or a clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shop.booking.errors import DepartureClosed, PartySize, UnknownUnit
from shop.booking.models import Booking
from shop.catalogue.models import Departure, Unit

# (state, event) -> state. Everything that is not here is refused.
TRANSITIONS: dict[tuple[str, str], str] = {
    ("held", "release"): "released",
    ("held", "expire"): "expired",
    ("held", "confirm"): "confirmed",
    ("held", "cancel"): "cancelled",
    ("expired", "confirm"): "confirmed",  # the payment came late and the seats could be had again
    ("confirmed", "cancel"): "cancelled",
}


def states_before(event: str) -> list[str]:
    """The states in which an event is possible."""
    return [state for state, happening in TRANSITIONS if happening == event]


@dataclass(frozen=True)
class Party:
    """Who comes: so many of each unit, the seats they take and what they pay (minor units)."""

    departure: Departure
    lines: tuple[tuple[Unit, int], ...]

    @property
    def seats(self) -> int:
        """Seats taken; an infant may take none."""
        return sum(unit.seats * quantity for unit, quantity in self.lines)

    @property
    def amount(self) -> int:
        """What they pay together, in minor units."""
        return sum(self.price_of(unit) * quantity for unit, quantity in self.lines)

    def price_of(self, unit: Unit) -> int:
        """What one of a unit costs at this departure, in minor units."""
        return self.departure.price_of(unit)


def assemble_party(departure: Departure, wanted: Mapping[str, int]) -> Party:
    """The party a customer asks for.

    Args:
        wanted: quantity by code of unit; none of a unit is like not asking for it.

    Raises:
        UnknownUnit: the tour has no such unit.
        PartySize: it takes too few or too many seats.
    """
    tour = departure.tour
    units = {unit.code: unit for unit in tour.units}
    for code in wanted:
        if code not in units:
            raise UnknownUnit(unit=code[:40])
    party = Party(departure, tuple((units[code], quantity) for code, quantity in wanted.items() if quantity))
    if not tour.min_party <= party.seats <= tour.max_party:
        raise PartySize(seats=party.seats, min_party=tour.min_party, max_party=tour.max_party)
    return party


def check_bookable(departure: Departure, now: datetime, *, cutoff: timedelta | None = None) -> None:
    """See that a departure is on sale.

    Args:
        cutoff: how long before the start sales end; None for the tour's own.

    Raises:
        DepartureClosed: it is closed or cancelled, or its cutoff has passed.
    """
    if departure.status != "open" or now > departure.starts_at - (departure.tour.cutoff if cutoff is None else cutoff):
        raise DepartureClosed(departure_status="closed" if departure.status == "open" else departure.status)


def public_status(booking: Booking, now: datetime) -> str:
    """What the customer is told: a hold whose time is over is `expired` before the sweep has come by."""
    if booking.status == "held" and booking.order_id is None and booking.expires_at <= now:
        return "expired"
    return booking.status


def extended(booking: Booking, now: datetime, hold: timedelta) -> datetime:
    """The end of a hold that is extended now: one hold from now, twice a hold in all at most, never earlier."""
    return max(booking.expires_at, min(now + hold, booking.created_at + 2 * hold))

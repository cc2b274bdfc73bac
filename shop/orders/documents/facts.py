"""What every document of a ticket says."""

from dataclasses import dataclass
from datetime import datetime

from shop.core.i18n import Language
from shop.core.money import Money


@dataclass(frozen=True)
class TicketFacts:
    """A ticket in one language.

    Args:
        code: what the QR code holds, about 160 capital letters and digits.
        reference: what people read out, `482-193-0574/2`.
        starts_at, ends_at: aware, in the zone of the place.
        guide_language: a language code, `zh`.
    """

    language: Language
    code: str
    reference: str
    order_number: str
    holder: str
    tour: str
    unit: str
    price: Money
    starts_at: datetime
    ends_at: datetime
    guide_language: str
    meeting_point: str
    address: str
    latitude: float | None
    longitude: float | None
    accessibility: str | None
    uid: str  # of the departure in calendars, stable
    page_url: str  # where the ticket is shown

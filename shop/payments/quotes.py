"""Offers of cancellation, signed so that nothing need be kept until they are accepted. No database, no clock."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer


@dataclass(frozen=True)
class Quote:
    """What a customer was offered for cancelling some tickets of an order.

    Args:
        ticket_ids: empty for an order that is not paid.
        refund: minor units.
    """

    order_id: UUID
    ticket_ids: tuple[UUID, ...]
    refund: int
    valid_until: datetime


NOT_OURS = Quote(UUID(int=0), (), 0, datetime.min.replace(tzinfo=UTC))  # an offer that stands for nothing


def write_quote(quote: Quote, secret_key: str) -> str:
    """An offer as text that only this shop can have written."""
    tickets = [ticket_id.hex for ticket_id in quote.ticket_ids]
    parts = [quote.order_id.hex, tickets, quote.refund, quote.valid_until.timestamp()]
    return str(_serializer(secret_key).dumps(parts))


def read_quote(text: str, secret_key: str) -> Quote | None:
    """The offer a text stands for; None if it is none of this shop's."""
    try:
        order_id, tickets, refund, valid_until = _serializer(secret_key).loads(text)
        ticket_ids = tuple(UUID(hex=one) for one in tickets)
        return Quote(UUID(hex=order_id), ticket_ids, int(refund), datetime.fromtimestamp(valid_until, UTC))
    except (BadData, ValueError, TypeError, AttributeError, OverflowError, OSError):
        return None


def _serializer(secret_key: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key, salt="cancellation")


def figures_mark(departure_id: UUID, figures: object, secret_key: str) -> str:
    """What the staff were shown before they cancel a date, signed: the same for the same figures."""
    return str(URLSafeSerializer(secret_key, salt="cancelled date").dumps([departure_id.hex, figures]))

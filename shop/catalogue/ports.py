"""What the catalogue asks of the domains above it; `app.py` plugs the answers in."""

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from flask import current_app


class Sales(Protocol):
    """What was sold of the catalogue."""

    def bookings_of_departure(self, departure_id: UUID) -> Sequence[str]:
        """The ids of the bookings that keep seats at a departure."""
        ...

    def seats_confirmed(self, departure_ids: Sequence[UUID]) -> Mapping[UUID, int]:
        """The seats of confirmed bookings at some departures; the other seats taken may still come back."""
        ...

    def bookings_of_unit(self, unit_id: UUID) -> Sequence[str]:
        """The ids of some bookings, at most ten, that ever held this unit."""
        ...


def sales() -> Sales:
    """What was sold, as the running shop knows it."""
    found: Sales = current_app.extensions["sales"]
    return found

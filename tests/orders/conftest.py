"""What costs nothing, what costs dollars, and a morning on which nothing moves unless the test moves it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import time_machine

from tests.factories.catalogue import ADULT, INFANT, Catalogue

PARIS = ZoneInfo("Europe/Paris")
MORNING = datetime(2027, 4, 30, 10, 0, tzinfo=PARIS)


@pytest.fixture
def morning() -> Iterator[time_machine.Traveller]:
    """It is ten o'clock in Paris, on the last day of April 2027."""
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def gift(catalogue: Catalogue) -> Callable[..., UUID]:
    """Makes departures that cost nothing."""
    return lambda **facts: catalogue.departure(units=[{**ADULT, "price": 0}, INFANT], **facts)

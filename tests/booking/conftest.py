"""A morning on which nothing moves unless the test moves it."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

PARIS = ZoneInfo("Europe/Paris")
MORNING = datetime(2027, 4, 30, 10, 0, tzinfo=PARIS)


@pytest.fixture
def morning() -> Iterator[time_machine.Traveller]:
    """It is ten o'clock in Paris, on the last day of April 2027."""
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller

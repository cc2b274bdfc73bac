"""Orders of several units under several VAT codes, and somebody who keeps the books."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask

from shop.simulator import SimulatedWeChat
from tests.books.clerk import Clerk
from tests.factories.catalogue import ADULT, CHILD, INFANT, Catalogue
from tests.factories.people import Tourist, created

PARIS = ZoneInfo("Europe/Paris")
MORNING = datetime(2027, 4, 30, 10, 0, tzinfo=PARIS)
UNITS = (
    ADULT,
    {**CHILD, "vat": "FR_RED_10", "label": {"fr": "Enfant", "zh-CN": "儿童", "en": "Child"}},
    {**INFANT, "vat": "OUT_OF_SCOPE"},
)


@pytest.fixture
def morning() -> Iterator[time_machine.Traveller]:
    """It is ten o'clock in Paris, on the last day of April 2027, and nothing moves unless the test moves it."""
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def clerk(app: Flask) -> Iterator[Clerk]:
    """Somebody who keeps the books; they are in order afterwards."""
    keeper = Clerk(app)
    yield keeper
    assert keeper.violations() == []


@pytest.fixture
def departure(catalogue: Catalogue) -> UUID:
    """A departure at which adults, children and infants pay differently, and differently taxed."""
    return catalogue.departure(units=UNITS, capacity=1000, max_party=20, starts_in=timedelta(days=400))


@pytest.fixture
def new_order(app: Flask, wechat: SimulatedWeChat, departure: UUID) -> Callable[..., dict[str, Any]]:
    """Places orders that nobody has paid yet, each of another customer; `tourist` in it is them."""
    names = count(1)

    def place(adults: int = 2, children: int = 0, infants: int = 0, *, language: str = "en") -> dict[str, Any]:
        tourist = Tourist(app, wechat, f"buyer-{next(names)}").sign_in()
        tourist.headers["Accept-Language"] = language
        wanted = (("adult", adults), ("child", children), ("infant", infants))
        units = [{"code": code, "quantity": quantity} for code, quantity in wanted if quantity]
        held = created(tourist.post("/bookings", {"departure_id": str(departure), "units": units}))
        return created(tourist.place(held["id"])) | {"tourist": tourist}

    return place


@pytest.fixture
def order(new_order: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """Two adults, a child, an infant: 47.00 €."""
    return new_order(adults=2, children=1, infants=1)

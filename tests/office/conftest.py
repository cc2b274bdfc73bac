"""A shop in which things were sold, given back and called off, and somebody who keeps its books."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask

from shop.books.services import journal
from shop.core import clock
from shop.core.money import Money
from shop.orders.models import Order
from shop.orders.services.settle import confirm
from shop.simulator import SimulatedWeChat
from tests.books.clerk import Clerk
from tests.factories.catalogue import Catalogue
from tests.factories.people import Tourist, created
from tests.factories.rows import change

PARIS = ZoneInfo("Europe/Paris")
WEDNESDAY = datetime(2027, 6, 16, 12, 0, tzinfo=PARIS)
LONG = "Les catacombes oubliées, les carrières de craie et le fort d’Issy : trois kilomètres sous la ville en famille"


class Till:
    """Sells, takes money and gives it back, each at its moment, without a gateway."""

    def __init__(self, app: Flask, wechat: SimulatedWeChat, catalogue: Catalogue) -> None:
        self.app, self.wechat, self.catalogue = app, wechat, catalogue
        self.clerk = Clerk(app)
        self._names = count(1)

    def sell(self, *departures: UUID, at: datetime, adults: int = 2, gateway: str = "wechat_pay") -> str:
        """An order of some departures, paid at a moment.

        Returns:
            Its id.
        """
        with time_machine.travel(at, tick=False):
            buyer = Tourist(self.app, self.wechat, f"buyer-{next(self._names)}").sign_in()
            held = [buyer.held(departure, adults=adults)["id"] for departure in departures]
            order_id = str(created(buyer.place(*held))["id"])
            self.clerk.act(order_id, lambda order: self._paid(order, gateway))
        return order_id

    def _paid(self, order: Order, gateway: str) -> None:
        now = clock.now()
        assert order.amount == 0 or confirm(order, "order.paid", now=now)
        journal.sold(order, now=now)
        if order.amount:
            journal.money_came(order, gateway=gateway, money=order.total, number=f"P{order.number}", now=now)

    def give_back(self, order_id: str, amount: int, *, at: datetime, gateway: str = "wechat_pay") -> None:
        """A part of an order's price is credited and goes back."""
        with time_machine.travel(at, tick=False):
            self.clerk.credit(order_id, amount, gateway=gateway)

    def cancel(self, order_id: str, departure: UUID) -> None:
        """Mark the bookings of an order at a departure as cancelled, as cancelling does."""
        which = {"order": UUID(order_id), "departure": departure}
        change(
            self.app,
            "UPDATE booking_lines SET cancelled = quantity WHERE booking_id IN"
            " (SELECT id FROM bookings WHERE order_id = :order AND departure_id = :departure)",
            **which,
        )
        change(
            self.app,
            "UPDATE bookings SET status = 'cancelled' WHERE order_id = :order AND departure_id = :departure",
            **which,
        )
        change(self.app, "UPDATE departures SET seats_taken = 0 WHERE id = :departure", departure=departure)


@pytest.fixture
def till(app: Flask, wechat: SimulatedWeChat, catalogue: Catalogue) -> Till:
    return Till(app, wechat, catalogue)


@pytest.fixture
def noon() -> Any:
    """It is noon in Paris, on a Wednesday of June 2027."""
    with time_machine.travel(WEDNESDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def season(noon: Any, till: Till, catalogue: Catalogue) -> dict[str, Any]:
    """Three tours in two languages and two currencies, sold over some weeks, one of the orders partly given back."""
    with time_machine.travel(datetime(2027, 3, 1, 9, tzinfo=PARIS), tick=False):
        walk = catalogue.tour(
            title={"fr": LONG, "zh-CN": "被遗忘的地下墓穴与白垩采石场", "en": "The forgotten quarries"}
        )
        fort = catalogue.tour(title={"fr": "Le fort d’Issy"})
        yuan = catalogue.tour(title={"fr": "L’atelier", "zh-CN": "工作室"}, currency="CNY")
        at = [datetime(2027, 6, day, 10, tzinfo=PARIS) for day in (5, 12, 14)]
        found = {
            "saturday": catalogue.departure(walk, starts_at=at[0], capacity=10, language="fr"),
            "next_saturday": catalogue.departure(walk, starts_at=at[1], capacity=10, language="zh"),
            "monday": catalogue.departure(fort, starts_at=at[2], capacity=4, language="zh"),
            "called_off": catalogue.departure(fort, starts_at=at[0], capacity=50, language="fr", status="cancelled"),
            "studio": catalogue.departure(yuan, starts_at=at[1], capacity=8, language="zh"),
            "later": catalogue.departure(walk, starts_at=at[2] + timedelta(days=40), capacity=10, language="fr"),
        }
    found["early"] = till.sell(found["later"], at=datetime(2027, 3, 10, 9, tzinfo=PARIS))
    found["yuan"] = till.sell(found["studio"], at=datetime(2027, 5, 3, 9, tzinfo=PARIS))
    found["first"] = till.sell(found["saturday"], at=datetime(2027, 6, 5, 7, tzinfo=PARIS))
    both = (found["next_saturday"], found["monday"])
    found["both"] = till.sell(*both, at=datetime(2027, 6, 10, 9, tzinfo=PARIS), adults=3)
    found["cash"] = till.sell(found["monday"], at=datetime(2027, 6, 13, 9, tzinfo=PARIS), adults=1, gateway="cash")
    till.cancel(found["both"], found["monday"])
    till.give_back(found["both"], 5700, at=datetime(2027, 6, 15, 9, tzinfo=PARIS))
    return found


@pytest.fixture
def sales_of(app: Flask) -> Callable[..., Any]:
    """Reads the numbers of some days."""
    from shop.books.rules import read_period
    from shop.office.services.numbers import count as count_period

    def read(first: str, last: str) -> Any:
        with app.app_context():
            return count_period(read_period(first, last, most=1000))

    return read


def money(amount: int, currency: str = "EUR") -> str:
    return Money(amount, currency).to("en")

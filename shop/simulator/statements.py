"""Statements of past days: when they are there, what they tell, and the addresses they are fetched from."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from shop.simulator import refusals
from shop.simulator.credentials import Account, Credentials, Mode
from shop.simulator.movements import Movement, day_of, movements_of
from shop.simulator.orders import Order
from shop.simulator.planted import Difference, Kind, altered, stray_payment, stray_refund
from shop.simulator.store import Store
from shop.simulator.transactions import BEIJING

READY_AT = time(10)
KEPT_DAYS: dict[Mode, int] = {"domestic": 92, "global": 180}
ADDRESS_LIFE_SECONDS = 300


@dataclass(frozen=True)
class Offer:
    """A file ready to be fetched by one merchant."""

    mode: Mode
    text: str
    is_packed: bool
    until: float


class Statements:
    """The statements of all merchants, with the differences planted in them."""

    def __init__(self, store: Store, credentials: Credentials, *, now: Callable[[], float]) -> None:
        self._store = store
        self._credentials = credentials
        self._now = now
        self._planted: dict[tuple[Mode, date], tuple[Difference, ...]] = {}
        self._offers: dict[str, Offer] = {}

    def movements(self, account: Account, day: date) -> list[Movement]:
        """What the statement of a day tells.

        Raises:
            Refusal: it is not made yet, or not given any more.
        """
        now = self._now()
        if now < datetime.combine(day + timedelta(days=1), READY_AT, BEIJING).timestamp():
            raise refusals.statement_early(account.mode)
        if day_of(now) - day > timedelta(days=KEPT_DAYS[account.mode]):
            raise refusals.statement_too_old()
        return altered(movements_of(self._store, account, day), self.planted(account.mode, day))

    def planted(self, mode: Mode, day: date) -> tuple[Difference, ...]:
        """What the statement of a day tells otherwise than it was."""
        return self._planted.get((mode, day), ())

    def plant(self, mode: Mode, day: date, differences: Sequence[Difference]) -> None:
        """Let the statement of a day tell these differences, in place of those planted before."""
        self._planted[mode, day] = tuple(differences)

    def difference(
        self, kind: Kind, mode: Mode, day: date, *, number: str = "", amount: int = 0, order: Order | None = None
    ) -> Difference:
        """A difference to be planted; one that is unknown is made up here, alike in every copy of the statement.

        Args:
            order: whose refund is told, if that is what is unknown.
        """
        invented = None
        if kind == "unknown-order":
            invented = stray_payment(self._credentials.accounts[mode], amount, day)
        elif kind == "unknown-refund" and order is not None:
            invented = stray_refund(order, amount, day)
        return Difference(kind, number if invented is None else "", amount, invented)

    def uproot(self) -> None:
        """Tell of every day what was."""
        self._planted.clear()

    def offer(self, account: Account, text: str, *, is_packed: bool) -> str:
        """Keep a file to be fetched within minutes; gives the token of its address."""
        now = self._now()
        token = secrets.token_urlsafe(48)
        fresh = {known: offer for known, offer in self._offers.items() if now <= offer.until}
        self._offers = fresh | {token: Offer(account.mode, text, is_packed, now + ADDRESS_LIFE_SECONDS)}
        return token

    def find_offer(self, account: Account, token: str) -> Offer | None:
        """The file behind a token, if it is this merchant's and still to be had."""
        offer = self._offers.get(token)
        if offer is None or offer.mode != account.mode or self._now() > offer.until:
            return None
        return offer

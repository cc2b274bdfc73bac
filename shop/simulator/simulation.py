"""Everything one simulated WeChat is made of."""

import threading
from pathlib import Path

from flask import current_app

from shop.simulator.cashier import Cashier
from shop.simulator.clock import Clock
from shop.simulator.courier import Courier
from shop.simulator.credentials import Credentials
from shop.simulator.faults import Faults
from shop.simulator.handling import Handling
from shop.simulator.notices import Notices
from shop.simulator.orders import OrderBook
from shop.simulator.refund_desk import RefundDesk, RefundHandling
from shop.simulator.statements import Statements
from shop.simulator.store import Store
from shop.simulator.tokens import Tokens
from shop.simulator.visitors import Visitors

EXTENSION = "simulated-wechat"


class Simulation:
    """The parts, made from a folder and put together."""

    def __init__(self, folder: Path, *, time_scale: float) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.credentials = Credentials.load_or_make(folder)
        self.store = Store(folder / "simulator.sqlite3")
        self.clock = Clock()
        now = self.clock.now
        self.visitors = Visitors(self.store, now)
        self.tokens = Tokens(self.store, now)
        self.orders = OrderBook(self.store, now)
        self.notices = Notices(self.store)
        self.courier = Courier(self.notices, self.credentials, now=now, time_scale=time_scale)
        self.cashier = Cashier(self.store, self.orders, self.visitors, self.courier, self.credentials, now=now)
        self.refunds = RefundDesk(self.store, self.courier, self.credentials, now=now)
        self.statements = Statements(self.store, self.credentials, now=now)
        self.faults = Faults()
        self.stopping = threading.Event()

    def start(self) -> None:
        """Begin delivering notices."""
        self.courier.start()

    def stop(self) -> None:
        """End what runs in the background."""
        self.stopping.set()
        self.refunds.stop()
        self.courier.stop()

    def behave(self) -> None:
        """End every misbehaviour asked for; notices that wait are let go."""
        self.faults.clear()
        self.clock.skew_seconds = 0
        for account in self.credentials.accounts.values():
            account.platform.switch(0)
        self.refunds.handling = RefundHandling()
        self.statements.uproot()
        self.courier.handle(Handling())
        self.courier.resume()

    def close(self) -> None:
        """Let go of the files, once nobody asks any more."""
        self.store.close()


def current() -> Simulation:
    """The simulation that answers this request."""
    simulation: Simulation = current_app.extensions[EXTENSION]
    return simulation

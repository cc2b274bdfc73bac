"""A shop, its customers and the WeChat around it, as the tests of payments move them."""

import copy
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import requests
import sqlalchemy as sa
from flask import Flask
from prometheus_client import REGISTRY

from shop.core import clock
from shop.core.db import db, transaction
from shop.core.invariants import check
from shop.gateways.payment import (
    Charge,
    GatewayPayment,
    GatewayRefund,
    Notice,
    PaymentGateway,
    Repayment,
    Statement,
)
from shop.orders.models import Order
from shop.payments.models import Payment, Refund
from shop.payments.sweep import sweep
from shop.simulator import SimulatedWeChat, notices, transactions
from shop.simulator.orders import Order as OrderAtWeChat
from shop.simulator.refund_desk import RefundHandling
from shop.simulator.signing import Flaw, signed_headers
from shop.simulator.simulation import Simulation
from shop.staff.services.attention import open_attention
from tests.factories.catalogue import Catalogue
from tests.factories.people import Tourist

METHOD = "wechat_mini_program"
TRANSACTIONS = {"domestic": "/v3/pay/transactions", "global": "/v3/global/transactions"}
CURRENCY = {"domestic": "CNY", "global": "EUR"}
OTHER_CURRENCY = {"domestic": "EUR", "global": "CNY"}
SUCCESS = {"status": 200, "body": '{"code": "SUCCESS", "message": "成功"}'}

FORGET = """
    SET LOCAL session_replication_role = replica; -- what may only be added to is emptied too
    DELETE FROM journal_lines; DELETE FROM journal_entries; DELETE FROM documents; DELETE FROM closings;
    DELETE FROM journal_head; DELETE FROM reconciliations; DELETE FROM disputes;
    DELETE FROM idempotency_keys; DELETE FROM attention; DELETE FROM refunds; DELETE FROM gateway_events;
    DELETE FROM payments; DELETE FROM tickets; DELETE FROM order_events; DELETE FROM booking_lines;
    DELETE FROM bookings; DELETE FROM orders; UPDATE departures SET seats_taken = 0;
    SET LOCAL session_replication_role = origin
"""


class Killed(BaseException):
    """The process ends here."""


class WatchedGateway:
    """The real gateway, with every call noted, and something that happens just before or just after it."""

    def __init__(self, real: PaymentGateway) -> None:
        self.real = real
        self.name, self.currencies, self.callback = real.name, real.currencies, real.callback
        self.zone, self.shortest = real.zone, real.shortest
        self.calls: list[tuple[str, str]] = []
        self.before: Callable[[str, str], None] = lambda call, number: None
        self.after: Callable[[str, str], None] = lambda call, number: None

    def open(self, charge: Charge) -> str:
        return self._pass_on("open", charge.number, lambda: self.real.open(charge))

    def client(self, reference: str) -> dict[str, str]:
        return self.real.client(reference)

    def find(self, number: str, reference: str | None = None) -> GatewayPayment:
        return self._pass_on("find", number, lambda: self.real.find(number, reference))

    def close(self, number: str, reference: str | None = None) -> None:
        return self._pass_on("close", number, lambda: self.real.close(number, reference))

    def refund(self, repayment: Repayment) -> GatewayRefund:
        return self._pass_on("refund", repayment.number, lambda: self.real.refund(repayment))

    def find_refund(self, repayment: Repayment) -> GatewayRefund:
        return self._pass_on("find_refund", repayment.number, lambda: self.real.find_refund(repayment))

    def statement_due(self, day: date) -> datetime:
        return self.real.statement_due(day)

    def statement(self, day: date) -> Statement:
        return self._pass_on("statement", str(day), lambda: self.real.statement(day))

    def read_notice(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice:
        return self.real.read_notice(headers, body, now)

    def asked(self, number: str) -> int:
        """How often it was asked about an attempt."""
        return self.calls.count(("find", number))

    def _pass_on(self, call: str, number: str, work: Callable[[], Any]) -> Any:
        self.calls.append((call, number))
        self.before(call, number)
        answer = work()
        self.after(call, number)
        return answer


class World:
    """One shop in one mode of WeChat Pay."""

    def __init__(self, app: Flask, wechat: SimulatedWeChat, mode: str, time_machine: Any) -> None:
        self.app = app
        self.wechat = wechat
        self.mode = mode
        self.currency = CURRENCY[mode]
        self.paths = TRANSACTIONS[mode]
        self.catalogue = Catalogue(app)
        self.falsified = False  # by the test itself: the books need not be in order
        self.settings = app.extensions["settings"]
        self._time_machine = time_machine
        self._mei: Tourist | None = None
        # Refunds are done as soon as they are accepted, and nobody tells of it unless a test lets them.
        self.simulation.refunds.handling = RefundHandling(notify=False)

    # Customers

    @property
    def mei(self) -> Tourist:
        """A signed-in customer."""
        if self._mei is None:
            self._mei = self.tourist("mei")
        return self._mei

    def tourist(self, name: str) -> Tourist:
        return Tourist(self.app, self.wechat, name).sign_in()

    def departure(self, **facts: Any) -> UUID:
        return self.catalogue.departure(**{"currency": self.currency, **facts})

    def order(self, tourist: Tourist | None = None, *, adults: int = 2, **departure: Any) -> dict[str, Any]:
        """An order, not paid."""
        return (tourist or self.mei).ordered(self.departure(**departure), adults=adults)

    def opened(self, **departure: Any) -> tuple[dict[str, Any], dict[str, Any], str]:
        """An order with a payment open: both, and the payment's number at the gateway."""
        order = self.order(**departure)
        payment = self.mei.payment(order["id"])
        return order, payment, self.number(order)

    def paid(self, **departure: Any) -> dict[str, Any]:
        """An order that was paid."""
        order, _, number = self.opened(**departure)
        self.pay(number)
        assert self.notify(number) == SUCCESS
        return order

    def status(self, order: Mapping[str, Any]) -> str:
        return self.mei.order(order["id"])["status"]

    def story(self, order: Mapping[str, Any]) -> list[str]:
        return [event["event"] for event in self.mei.order(order["id"])["timeline"]]

    def refunds(self, order: Mapping[str, Any]) -> list[tuple[int, str, str]]:
        """What is owed back, as the customer sees it, and why, as the shop remembers it."""
        shown = [
            (one["amount"]["amount"], one["amount"]["currency"], one["status"])
            for one in self.mei.order(order["id"])["refunds"]
        ]
        with self.app.app_context():
            kept = db.session.scalars(sa.select(Refund).where(Refund.order_id == UUID(order["id"])).order_by(Refund.id))
            reasons = [(one.amount, one.currency, one.status, one.reason) for one in kept]
        assert shown == [one[:3] for one in reasons]
        return [(amount, currency, reason) for amount, currency, _, reason in reasons]

    def refund_rows(self, order: Mapping[str, Any]) -> list[Refund]:
        """The refunds of an order as they are kept, oldest first."""
        with self.app.app_context():
            kept = sa.select(Refund).where(Refund.order_id == UUID(order["id"])).order_by(Refund.id)
            return list(db.session.scalars(kept))

    def refund_row(self, order: Mapping[str, Any]) -> Refund:
        """The one refund of an order."""
        (found,) = self.refund_rows(order)
        return found

    def gone(self, order: Mapping[str, Any]) -> int:
        """What WeChat Pay has given back of an order, or is giving."""
        known = [self.known(payment.number) for payment in self.payments(order)]
        refunds = [one for found in known if found for one in self.simulation.refunds.of_order(found)]
        return sum(one.amount for one in refunds if one.state in {"SUCCESS", "PROCESSING"})

    def quote(self, order: Mapping[str, Any], tickets: Sequence[str] = ()) -> Any:
        """What cancelling would give back."""
        query = f"?tickets={','.join(tickets)}" if tickets else ""
        return self.mei.get(f"/orders/{order['id']}/cancellation{query}")

    def cancel(self, order: Mapping[str, Any], quote: str | None = None) -> Any:
        return self.mei.post(f"/orders/{order['id']}/cancel", {"quote": quote} if quote else None)

    def late(self) -> dict[str, Any]:
        """An order whose payment came when its seats were sold already: all of it is owed back."""
        order, _, number = self.opened(capacity=2)
        self.go_to(order["expires_at"], seconds=1)
        self.sweep()
        self.sql("UPDATE departures SET capacity = 1 WHERE seats_taken = 0")
        self.arrive(number)
        return order

    # What stands in the database

    def payments(self, order: Mapping[str, Any]) -> list[Payment]:
        """The attempts of an order, oldest first."""
        with self.app.app_context():
            return list(
                db.session.scalars(
                    sa.select(Payment).where(Payment.order_id == UUID(order["id"])).order_by(Payment.created_at)
                )
            )

    def payment(self, number: str) -> Payment:
        with self.app.app_context():
            return db.session.scalars(sa.select(Payment).where(Payment.number == number)).one()

    def number(self, order: Mapping[str, Any]) -> str:
        """The number of the newest attempt."""
        return self.payments(order)[-1].number

    def stored(self, order: Mapping[str, Any]) -> Order:
        with self.app.app_context():
            return db.session.get_one(Order, UUID(order["id"]))

    def seats_taken(self, order: Mapping[str, Any]) -> int:
        return self.catalogue.seats_taken(UUID(order["bookings"][0]["departure"]["id"]))

    def events(self) -> list[tuple[str, str]]:
        """What is in the inbox: types and outcomes."""
        return [tuple(row) for row in self.sql("SELECT event_type, outcome FROM gateway_events ORDER BY id")]

    def attention(self) -> list[tuple[str, str]]:
        """What the staff have to decide, seen in the table and on the command line."""
        with self.app.app_context():
            told = [(entry.kind, entry.subject) for entry in open_attention()]
        shown = self.app.test_cli_runner().invoke(args=["attention", "--lang", "en"]).output
        assert all(f"{kind}  {subject}" in shown for kind, subject in told)
        return told

    def kinds(self) -> list[str]:
        return sorted(kind for kind, _ in self.attention())

    def sql(self, statement: str, **values: Any) -> Sequence[Any]:
        with self.app.app_context(), transaction():
            result = db.session.execute(sa.text(statement), values)
            return result.all() if result.returns_rows else []

    def clear(self) -> None:
        """Forget everything that was sold; customers and catalogue stay."""
        self.sql(FORGET)

    def contents(self) -> dict[str, tuple[int, str | None]]:
        """Every table: how many rows, and a digest of them."""
        digest = "SELECT '{0}', count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {0} AS t"
        every = " UNION ALL ".join(digest.format(table.name) for table in db.metadata.sorted_tables)
        return {name: (count, rows) for name, count, rows in self.sql(every)}

    def violations(self) -> list[str]:
        """The rules of the shop that are broken now."""
        with self.app.app_context():
            found = check(self.app.extensions["invariants"], now=clock.now())
        return [f"{invariant.name}: {row}" for invariant, row in found]

    # Time and background work

    def sweep(self) -> None:
        with self.app.app_context():
            sweep()

    def later(self, **delta: float) -> None:
        """Let time pass."""
        self._time_machine.move_to(clock.now() + timedelta(**delta))

    def go_to(self, moment: datetime | str, **delta: float) -> None:
        """Let time pass until a moment, or so much after it."""
        if isinstance(moment, str):
            moment = datetime.fromisoformat(moment)
        self._time_machine.move_to(moment + timedelta(**delta))

    # The gateway

    @property
    def gateway(self) -> PaymentGateway:
        return self.app.extensions["payment_gateways"][METHOD]

    @gateway.setter
    def gateway(self, gateway: PaymentGateway) -> None:
        self.app.extensions["payment_gateways"][METHOD] = gateway

    def watch(self) -> WatchedGateway:
        """Stand beside the gateway from now on."""
        self.gateway = WatchedGateway(self.gateway)
        return self.gateway

    def control(self, path: str, body: Any = None) -> Any:
        answer = requests.post(f"{self.wechat.address}/control{path}", json=body or {}, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def fault(self, kind: str, path: str = "", *, times: int = 1_000_000, **facts: Any) -> None:
        """Let WeChat Pay misbehave on the paths of orders that begin so."""
        self.control("/faults", {"path_prefix": self.paths + path, "kind": kind, "times": times, **facts})

    def behave(self) -> None:
        requests.delete(f"{self.wechat.address}/control/faults", timeout=5)

    def faults_left(self) -> list[int]:
        answer = requests.get(f"{self.wechat.address}/control/faults", timeout=5)
        return [fault["times"] for fault in answer.json()["faults"]]

    def at_gateway(self, number: str) -> dict[str, Any]:
        """What WeChat Pay has of an attempt."""
        answer = requests.get(f"{self.wechat.address}/control/orders/{number}?mode={self.mode}", timeout=5)
        return answer.json() if answer.ok else {"state": None}

    def pay(self, number: str, *, notify: bool = False, even_if_closed: bool = True, **facts: Any) -> dict[str, Any]:
        """Move the money; by default the shop hears nothing of it."""
        asked = {"mode": self.mode, "notify": notify, "even_if_closed": even_if_closed, **facts}
        return self.control(f"/orders/{number}/pay", asked)

    def notices(self, number: str, **crafted: Any) -> list[dict[str, Any]]:
        """Send a notice about an attempt, as often as asked; what the shop answered."""
        wanted = {"out_trade_no": number, "mode": self.mode, **crafted}
        wanted.setdefault("notify_url", f"{self.settings.public_url}/callbacks/wechat-pay")
        return self.control("/notices", wanted)["answers"]

    def notify(self, number: str, **crafted: Any) -> dict[str, Any]:
        return self.notices(number, **crafted)[0]

    def sign(self, body: bytes) -> dict[str, str]:
        """The headers that prove a body to be WeChat Pay's."""
        account = self.wechat.credentials.accounts[self.mode]
        return {"Content-Type": "application/json"} | signed_headers(account.platform.current, body)

    @property
    def simulation(self) -> Simulation:
        """The simulated WeChat itself: quicker to ask than over HTTP, for tests that ask very often."""
        simulation = self.wechat.simulation
        return simulation

    def known(self, number: str) -> OrderAtWeChat | None:
        """What WeChat Pay has of an attempt, if anything."""
        return self.simulation.orders.find_by_number(number, self.mode)

    def genuine(self, number: str, *, flaw: Flaw | None = None, **overrides: Any) -> tuple[dict[str, str], bytes]:
        """The headers and body of a notice, for a test that delivers it itself."""
        order = self.known(number)
        assert order is not None
        if not order.is_paid:
            order = replace(order, state="SUCCESS", paid_at=clock.now().timestamp())
        account = self.simulation.credentials.accounts[self.mode]
        plaintext = notices.merged(transactions.notice(order, account), overrides)
        body = notices.encode(notices.envelope(plaintext, account))
        signed = signed_headers(account.platform.current, body, flaw=flaw)
        return {"Content-Type": "application/json"} | signed, body

    def arrive(self, number: str, **amount: Any) -> None:
        """Money arrives for an attempt, and a callback tells of it."""
        self.pay(number, **amount)
        assert self.notify(number) == SUCCESS


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """The results of some calls that begin at the same moment."""
    barrier = threading.Barrier(len(calls))

    def begin(call: Callable[[], Any]) -> Any:
        barrier.wait(10)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(begin, calls))


def twin(tourist: Tourist) -> Tourist:
    """The same customer on a second device."""
    other = copy.copy(tourist)
    other.client = tourist.app.test_client()
    return other


def counted(name: str, **labels: str) -> float:
    """What a counter of the shop stands at."""
    return REGISTRY.get_sample_value(f"{name}_total", labels) or 0

"""Histories in which money also goes back, comes twice, through two gateways, and is disputed; and in which the worker
dies at any statement. See `histories.py`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import hypothesis.strategies as st
import sqlalchemy as sa
from hypothesis.stateful import precondition, rule

from shop.core import clock
from shop.core.db import db, transaction
from shop.core.errors import Refusal
from shop.core.money import Money
from shop.orders.models import Order
from shop.orders.services.settle import lock_order
from shop.payments import sweep
from shop.payments.services import office
from shop.simulator import notices, refund_notices
from shop.simulator.refund_desk import RefundHandling
from shop.simulator.signing import signed_headers
from tests.payments.histories import Histories, Stage, _pick, some
from tests.payments.world import Killed, World
from tests.simulators.merchant import gateway_at
from tests.simulators.stripe import SimulatedStripe

STRIPE = "stripe_checkout"
BY = "anne@issy.example"
OUTCOMES = ("succeed", "succeed", "hold", "abnormal", "close")


class MoneyStage(Stage):
    """A stage with a second gateway."""

    def __init__(self, world: World, stripe: SimulatedStripe) -> None:
        self.stripe = stripe
        super().__init__(world)
        world.app.extensions["payment_gateways"][STRIPE] = gateway_at(stripe)

    def clear(self) -> None:
        """As it was at first."""
        super().clear()
        self.stripe.account.events.clear()

    def behave(self) -> None:
        """Let both gateways do all that they are asked."""
        super().behave()
        self.stripe.behave()
        self.stripe.refuse_refunds(None)
        self.stripe.let_refunds("succeeded")


@contextmanager
def dying(engine: sa.Engine, statements: int) -> Iterator[None]:
    """The process dies before so many more statements are done."""
    left = [statements]

    def count(*_: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    sa.event.listen(engine, "before_cursor_execute", count)
    try:
        yield
    except Killed:
        pass
    finally:
        sa.event.remove(engine, "before_cursor_execute", count)


class MoneyHistories(Histories):
    """One history. `stage` is a MoneyStage."""

    stage: MoneyStage

    # Customers

    @precondition(lambda self: self.orders)
    @rule(which=some, tickets=st.integers(0, 2), wait=st.sampled_from([0, 0, 0, 11]))
    def cancel_by_offer(self, which: int, tickets: int, wait: int) -> None:
        """Ask what goes back, and take it; for all tickets, or for the first so many."""
        tourist, order_id = _pick(self.orders, which)
        valid = [one["id"] for one in tourist.tickets(order_id) if one["status"] == "valid"][:tickets]
        query = f"?tickets={','.join(valid)}" if valid else ""
        offer = tourist.get(f"/orders/{order_id}/cancellation{query}")
        if not self._is(offer, 200, "quote"):
            return
        if wait:
            self._wait(timedelta(minutes=wait))
        self._is(tourist.post(f"/orders/{order_id}/cancel", {"quote": offer.json["quote"]}), 200, "cancel")

    @precondition(lambda self: self.orders)
    @rule(which=some)
    def open_page(self, which: int) -> None:
        """Pay at Stripe."""
        tourist, order_id = _pick(self.orders, which)
        self._is(tourist.post(f"/orders/{order_id}/payments", {"method": STRIPE}), 201, "open")
        self.numbers = [number for (number,) in self.world.sql("SELECT number FROM payments ORDER BY id")]

    # The gateways

    @precondition(lambda self: self._sessions())
    @rule(which=some, crossed=st.booleans(), told=st.booleans())
    def pay_page(self, which: int, crossed: bool, told: bool) -> None:
        """Pay there; now and then in the very moment in which the page is closed."""
        session = _pick(self._sessions(), which)
        number = session["client_reference_id"]
        if session["payment_status"] == "paid" or (session["status"] == "expired" and not crossed):
            return
        if session["status"] == "expired":
            session["status"] = "open"
            self.crossed_pages = True
        self.stage.stripe.pay(session["id"])
        self.paid[number] = (session["amount_total"], session["currency"].upper())
        if told:
            self._deliver()

    @rule()
    def deliver_events(self) -> None:
        self._deliver()

    def _deliver(self) -> None:
        self.changed = True
        events, self.stage.stripe.account.events[:] = list(self.stage.stripe.events), []
        for event in events:
            headers, body = self.stage.stripe.signed(event)
            answer = self.world.app.test_client().post("/callbacks/stripe", data=body, headers=headers)
            assert answer.status_code == 200, answer.text

    def _sessions(self) -> list[Any]:
        """The pages of this history's orders."""
        known = set(getattr(self, "numbers", ()))
        return [one for one in self.stage.stripe.sessions if one["client_reference_id"] in known]

    def _charged(self) -> list[str]:
        return [one["payment_intent"] for one in self._sessions() if one["payment_status"] == "paid"]

    @precondition(lambda self: self._charged())
    @rule(which=some, end=st.sampled_from(["", "won", "lost"]))
    def dispute(self, which: int, end: str) -> None:
        charged = _pick(self._charged(), which)
        if any(one["payment_intent"] == charged for one in self.stage.stripe.account.all_of("dispute")):
            return
        if any(one["payment_intent"] == charged for one in self.stage.stripe.refunds):
            return
        made = self.stage.stripe.dispute(charged)
        if end:
            self.stage.stripe.close_dispute(made["id"] if isinstance(made, dict) else made, end)
        self._deliver()

    @rule(outcome=st.sampled_from(OUTCOMES), not_enough=st.booleans(), stripe=st.sampled_from(["succeeded", "pending"]))
    def handle_refunds(self, outcome: str, not_enough: bool, stripe: str) -> None:
        """From now on refunds end so; or cannot be made, because the balance is too low."""
        self.world.simulation.refunds.handling = RefundHandling(outcome, notify=False, not_enough=not_enough)
        self.stage.stripe.let_refunds(stripe)
        self.stage.stripe.refuse_refunds("balance_insufficient" if not_enough else None)

    @precondition(lambda self: self._at_wechat())
    @rule(which=some, outcome=st.sampled_from(["", "succeed", "abnormal", "close"]), times=st.integers(1, 2))
    def tell_of_refund(self, which: int, outcome: str, times: int) -> None:
        """A refund ends, or does not; and a callback tells how it stands: late, twice, out of order."""
        refund = _pick(self._at_wechat(), which)
        if outcome and refund.state == "PROCESSING":
            refund = self.world.simulation.refunds.settle(refund.out_refund_no, outcome, notify=False)
        if refund.state != "PROCESSING":
            self._tell_of(refund, times)

    def _tell_of(self, refund: Any, times: int = 1) -> None:
        account = self.world.simulation.credentials.accounts[self.world.mode]
        order = self.world.simulation.refunds.order_of(refund)
        plaintext = refund_notices.notice(refund, order, account)
        body = notices.encode(refund_notices.envelope(refund, plaintext, account, now=clock.now().timestamp()))
        headers = {"Content-Type": "application/json"} | signed_headers(account.platform.current, body)
        for _ in range(times):
            assert self._call_back(headers, body) == 200

    @precondition(lambda self: self.paid)
    @rule(which=some, amount=st.sampled_from([100, 1900, 3800]), told=st.booleans())
    def refund_in_console(self, which: int, amount: int, told: bool) -> None:
        """Somebody gives money back where the shop does not see it."""
        order = self.world.known(_pick(list(self.paid), which))
        if order is None:
            return
        earlier = self.world.simulation.refunds.of_order(order)
        if sum(one.amount for one in earlier if one.state != "CLOSED") + amount > order.total:
            return
        made = self.world.simulation.refunds.from_console(order, amount, notify=False)
        if told:
            self._tell_of(made)

    # Staff and the worker

    @precondition(lambda self: self.orders)
    @rule(
        which=some,
        what=st.sampled_from(["accept", "refuse", "complement", "goodwill", "cancel", "cash", "free"]),
        amount=st.sampled_from([1, 1000, 1900, 3800]),
    )
    def decide(self, which: int, what: str, amount: int) -> None:
        """The staff decide something, if it can be decided."""
        _, order_id = _pick(self.orders, which)
        now = clock.now()

        def counter(order: Order) -> None:
            payment = office.take_at_counter(order, order.money(amount), gateway=what, by=BY, now=now)
            self.paid[payment.number] = (amount, order.currency)

        acts: dict[str, Callable[[Order], object]] = {
            "accept": lambda order: office.accept(order, by=BY, now=now),
            "refuse": lambda order: office.refuse(order, by=BY, now=now),
            "complement": lambda order: office.ask_complement(order, by=BY, now=now),
            "goodwill": lambda order: office.refund_by_goodwill(
                order, Money(amount, order.currency), by=BY, note="x", now=now
            ),
            "cancel": lambda order: office.cancel(order, None, by=BY, note="x", now=now),
            "cash": counter,
            "free": counter,
        }
        self.changed = True
        taken = dict(self.paid)
        with self.world.app.app_context():
            try:
                with transaction():
                    order = lock_order(UUID(order_id))
                    live = sa.text("SELECT FROM payments WHERE order_id = :id AND status = 'pending'")
                    if not db.session.execute(live, {"id": order.id}).all():
                        acts[what](order)
            except Refusal:
                self.paid = taken
            finally:
                db.session.remove()

    @rule(statements=st.integers(1, 60))
    def die(self, statements: int) -> None:
        """A worker sweeps, and is killed before one of its statements."""
        with self.world.app.app_context():
            with dying(db.engine, statements):
                sweep.sweep()
            db.session.rollback()
            db.session.remove()
        self.changed = self.overdue = True

    # The end

    def _end_refunds(self) -> None:
        super()._end_refunds()
        for refund in self.stage.stripe.refunds:
            if refund["status"] == "pending":
                self.stage.stripe.settle_refund(refund["id"], "succeeded")
        for refund in self._at_wechat():  # nobody asks about those of the console; and a callback may come late
            self._tell_of(refund)
        for dispute in self.stage.stripe.account.all_of("dispute"):
            if dispute["status"] not in {"won", "lost"}:
                self.stage.stripe.close_dispute(dispute["id"], "won")
        self._deliver()

    def _gone(self, row: Any) -> int:
        if row.gateway == "wechat_pay":
            return super()._gone(row)
        if row.gateway == "stripe":
            mine = [one for one in self.stage.stripe.refunds if one["metadata"].get("payment") == row.number]
            return sum(one["amount"] for one in mine if one["status"] == "succeeded")
        return int(row.gone)  # at the counter there are no other books

"""Random histories of one shop: what customers, WeChat Pay, the staff, the worker and time may do, in any order.

The steps are drawn by Hypothesis, which shrinks a history that fails to the shortest one that still does, and
prints it as code. After each step the books must be in order; at the end every cent that WeChat Pay took must be
applied, owed back, or in front of the staff.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import hypothesis.strategies as st
import sqlalchemy as sa
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shop.catalogue.models import Departure
from shop.core import clock
from shop.core.db import db
from shop.payments import sweep
from shop.simulator.faults import Fault
from shop.simulator.refund_desk import RefundHandling
from tests.factories.people import Tourist
from tests.payments.world import World

# What is late only because nobody has swept since time was moved.
OF_TIME = {"holds-end", "orders-end", "reviews-end", "refunds-move"}
FAULTS = (
    "500-before",
    "500-after",
    "429",
    "signtest",
    "unsigned",
    "wrong-key",
    "stale",
    "not-json",
    "close-connection",
)
FLAWS = ("unsigned", "signtest", "wrong-key", "stale", "other-body")
AMOUNTS = ("asked",) * 6 + ("less", "more", "another currency")
CALLS = ("", "/jsapi", "/out-trade-no", "/id")
SHORT = timedelta(seconds=7), timedelta(seconds=31), timedelta(seconds=62), timedelta(minutes=4)
LONG = timedelta(minutes=16), timedelta(minutes=31), timedelta(hours=3), timedelta(hours=25), timedelta(days=8)
REFUSALS = {
    "hold": {"sold-out", "departure-closed", "too-many-holds"},
    "extend": {"booking-ordered", "booking-expired"},
    "release": {"booking-ordered"},
    "place": {"booking-expired", "booking-ordered", "departure-closed"},
    "open": {"order-not-payable", "payment-in-progress", "payment-provider-down"},
    "cancel": {
        *("cancelled-by-office-only", "too-late-to-cancel", "payment-in-progress", "payment-provider-down"),
        *("quote-changed", "ticket-void"),
    },
    "quote": {"cancelled-by-office-only", "too-late-to-cancel", "nothing-to-cancel"},
}
Wish = tuple[int, int, int]
wish = st.tuples(st.integers(0, 1), st.sampled_from([0, 0, 0, 1, 1, 2]), st.integers(1, 2))  # who, where, how many
some = st.integers(0, 3)  # which of those there are: the last, the one before it, and so on


class Stage:
    """What all histories are played on: made once, cleared before each."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.began = clock.now()
        self.tourists = [world.tourist(name) for name in ("mei", "lei")]
        world.sql("UPDATE customer_sessions SET expires_at = expires_at + interval '1 year'")
        tour = world.catalogue.tour(currency=world.currency, cutoff_minutes=30)
        free = world.catalogue.tour(
            currency=world.currency, units=[{"code": "adult", "kind": "ADULT", "label": {"fr": "Gratuit"}, "price": 0}]
        )
        self.departures = [
            world.catalogue.departure(tour, capacity=2, starts_in=timedelta(days=7)),
            world.catalogue.departure(tour, capacity=5, starts_in=timedelta(hours=2), language="fr"),
            world.catalogue.departure(free, capacity=3, starts_in=timedelta(days=7)),
        ]
        self.offers = self._departures()
        rules = world.app.extensions["invariants"]
        # All of `audit` in one statement: it is asked after every step.
        self._audit = " UNION ALL ".join(f"SELECT '{one.name}', t::text FROM ({one.violations}) AS t" for one in rules)

    def clear(self) -> None:
        """As it was at first."""
        world = self.world
        self.behave()
        world._time_machine.move_to(self.began)
        world.clear()
        for departure_id, (capacity, starts_at) in self.offers.items():
            world.catalogue.change(departure_id, capacity=capacity, status="open", starts_at=starts_at)

    def behave(self) -> None:
        """Let WeChat Pay do all that it is asked; of refunds it tells when a history says so."""
        self.world.simulation.behave()
        self.world.simulation.refunds.handling = RefundHandling(notify=False)

    def violations(self) -> list[tuple[str, str]]:
        """What `audit` would say now."""
        return [tuple(row) for row in self.world.sql(self._audit, now=clock.now())]

    def _departures(self) -> dict[UUID, tuple[int, datetime]]:
        with self.world.app.app_context():
            found = db.session.scalars(sa.select(Departure).where(Departure.id.in_(self.departures)))
            return {one.id: (one.capacity, one.starts_at) for one in found}


class Histories(RuleBasedStateMachine):
    """One history. `stage` is set on a subclass by the test."""

    stage: Stage

    @initialize(first=wish, second=st.none() | wish)
    def begin(self, first: Wish, second: Wish | None) -> None:
        self.stage.clear()
        self.world = self.stage.world
        self.bookings: list[tuple[Tourist, str]] = []
        self.orders: list[tuple[Tourist, str]] = []
        self.numbers: list[str] = []  # attempts WeChat Pay may know of
        self.paid: dict[str, tuple[int, str]] = {}  # what WeChat Pay took
        self.crossed: list[str] = []  # paid after it was closed, as can happen in the very moment
        self.untold: list[str] = []  # paid, and no notice has arrived
        self.changed = True  # the books must be looked at
        self.overdue = False  # time has passed and nobody swept
        self.strays: list[tuple[str, str]] = []  # what the staff must have been told of
        for one in filter(None, (first, second)):
            self._buy(*one)

    # Customers

    @rule(wished=wish)
    def buy(self, wished: Wish) -> None:
        """All at once, as most people do."""
        self._buy(*wished)

    def _buy(self, who: int, where: int, adults: int) -> None:
        if self._hold(who, where, adults) and self._place([self.bookings[-1]]):
            self._open(self.orders[-1])

    @rule(wished=wish)
    def hold(self, wished: Wish) -> None:
        self._hold(*wished)

    def _hold(self, who: int, where: int, adults: int) -> bool:
        tourist = self.stage.tourists[who]
        answer = tourist.hold(self.stage.departures[where], adults=adults)
        if self._is(answer, 201, "hold"):
            self.bookings.append((tourist, answer.json["id"]))
            return True
        return False

    @precondition(lambda self: self.bookings)
    @rule(which=some, what=st.sampled_from(["extend", "release"]))
    def change_hold(self, which: int, what: str) -> None:
        tourist, booking = _pick(self.bookings, which)
        if what == "extend":
            self._is(tourist.post(f"/bookings/{booking}/extend"), 200, "extend")
        else:
            self._is(tourist.delete(f"/bookings/{booking}"), 204, "release")

    @precondition(lambda self: self.bookings)
    @rule(which=some, also=st.none() | some)
    def place(self, which: int, also: int | None) -> None:
        self._place([_pick(self.bookings, one) for one in (which, also) if one is not None])

    def _place(self, held: list[tuple[Tourist, str]]) -> bool:
        tourist = held[0][0]
        answer = tourist.place(*{booking for owner, booking in held if owner is tourist})
        if self._is(answer, 201, "place"):
            self.orders.append((tourist, answer.json["id"]))
            return True
        return False

    @precondition(lambda self: self.orders)
    @rule(which=some, key=st.sampled_from(["", "", "a", "b"]))
    def open_payment(self, which: int, key: str) -> None:
        self._open(_pick(self.orders, which), key)

    def _open(self, order: tuple[Tourist, str], key: str = "") -> None:
        tourist, order_id = order
        answer = tourist.open_payment(order_id, **({"Idempotency_Key": f"{key}-{order_id}"} if key else {}))
        self._is(answer, 201, "open")
        self.numbers = [number for (number,) in self.world.sql("SELECT number FROM payments ORDER BY id")]

    @precondition(lambda self: self.orders)
    @rule(which=some)
    def cancel(self, which: int) -> None:
        tourist, order_id = _pick(self.orders, which)
        self._is(tourist.post(f"/orders/{order_id}/cancel"), 200, "cancel")

    # WeChat Pay

    @precondition(lambda self: self.numbers)
    @rule(which=some, amount=st.sampled_from(AMOUNTS), crossed=st.integers(0, 3), told=st.booleans())
    def pay(self, which: int, amount: str, crossed: int, told: bool) -> None:
        """Move the money, as long as it can be moved; now and then it crosses with the closing."""
        number = _pick(self.numbers, which)
        known = self.world.known(number)
        if known is None or known.is_paid or (known.state == "CLOSED" and crossed):
            return
        if known.state == "NOTPAY" and known.pay_until < clock.now().timestamp():
            return
        facts = {"currency": "USD"} if amount == "another currency" else {}
        total = known.total + {"less": -1, "more": 1}.get(amount, 0)
        taken = self.world.simulation.cashier.pay(known, total=total, notify=False, even_if_closed=True, **facts)
        self.paid[number] = (taken.total, taken.currency)
        if known.state == "CLOSED":
            self.crossed.append(number)
        self.untold.append(number)
        if told:
            self._tell(number)

    @precondition(lambda self: self.paid)
    @rule(which=some, again=st.booleans(), times=st.integers(1, 2))
    def tell(self, which: int, again: bool, times: int) -> None:
        """A callback comes: now, so late; of any of those waiting, so out of order; of one already known."""
        told = [number for number in self.paid if (again or number in self.untold) and self.world.known(number)]
        if told:
            self._tell(_pick(told, which), times)

    def _tell(self, number: str, times: int = 1) -> None:
        headers, body = self.world.genuine(number)
        for _ in range(times):
            assert self._call_back(headers, body) == 200
        if number in self.untold:
            self.untold.remove(number)

    @precondition(lambda self: self.numbers)
    @rule(which=some, what=st.sampled_from([*FLAWS, "merchant", "order"]))
    def tell_lies(self, which: int, what: str) -> None:
        """A notice that proves nothing, of a payment perhaps never made; or one that concerns somebody else."""
        number = _pick(self.numbers, which)
        if self.world.known(number) is None:
            return
        if what in FLAWS:
            assert 400 <= self._call_back(*self.world.genuine(number, flaw=what)) < 500
            return
        others = {"merchant": {"sub_mchid": "1900000999"}, "order": {"out_trade_no": f"stray-{len(self.strays)}"}}[what]
        kind = "foreign-merchant" if what == "merchant" else "unmatched-payment"
        self.strays.append((kind, others.get("out_trade_no", number)))
        headers, body = self.world.genuine(number, transaction_id=f"stray-{len(self.strays)}", **others)
        assert self._call_back(headers, body) == 200

    def _call_back(self, headers: dict[str, str], body: bytes) -> int:
        self.changed = True
        return self.world.app.test_client().post("/callbacks/wechat-pay", data=body, headers=headers).status_code

    @rule(kind=st.sampled_from(FAULTS), path=st.sampled_from(CALLS), times=st.sampled_from([1, 1, 2, 3, 1000]))
    def misbehave(self, kind: str, path: str, times: int) -> None:
        """The next answers of WeChat Pay are lost, late or not to be believed; all of them, if so drawn."""
        self.world.simulation.faults.add(Fault(self.world.paths + path, None, kind, times, 0))

    @rule()
    def behave(self) -> None:
        self.stage.behave()

    # Staff, the worker, and time

    @rule(where=st.integers(0, 2), what=st.sampled_from(["open", "closed", "cancelled", "a seat more"]))
    def change_departure(self, where: int, what: str) -> None:
        departure, changed = self.stage.departures[where], "status = :what"
        if what == "a seat more":
            changed = "capacity = capacity + length(left(:what, 1))"
        self.world.sql(f"UPDATE departures SET {changed} WHERE id = :id", id=departure, what=what)
        self.changed = True

    @rule(job=st.sampled_from(["sweep", "sweep", "expire_holds", "expire_orders", "check_payments"]))
    def work(self, job: str) -> None:
        with self.world.app.app_context():
            getattr(sweep, job)()
            db.session.remove()
        self.changed = True
        self.overdue = self.overdue and job != "sweep"

    @rule(delta=st.sampled_from(SHORT * 2 + LONG))
    def wait(self, delta: timedelta) -> None:
        self._wait(delta)

    def _wait(self, delta: timedelta) -> None:
        self.world._time_machine.move_to(clock.now() + delta)
        self.overdue = self.changed = True

    # What must hold

    @invariant()
    def the_books_are_in_order(self) -> None:
        if not getattr(self, "changed", False):
            return
        broken = self.stage.violations()
        assert [one for one in broken if not (self.overdue and one[0] in OF_TIME)] == []
        self.changed = False

    @invariant()
    def nobody_can_pay_for_what_has_ended(self) -> None:
        """Seats are never given back while a payment of them may still succeed."""
        if not getattr(self, "numbers", None):
            return
        rows = self.world.sql(
            "SELECT number FROM payments WHERE status <> 'succeeded' AND expires_at > :now AND EXISTS"
            " (SELECT FROM orders WHERE id = order_id AND (status IN ('expired', 'cancelled')"
            "   OR status = 'paid' AND checks = 0 AND next_check_at > :now))",
            now=clock.now(),
        )
        for (number,) in rows:
            known = self.world.known(number)
            assert known is None or known.state != "NOTPAY", number

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self._let_everything_end()
            self._account_for_every_cent()
            self._tell_every_story()

    def _let_everything_end(self) -> None:
        """WeChat Pay behaves again, late callbacks of crossed payments come, and the worker has its time."""
        self.stage.behave()
        for number in set(self.crossed).intersection(self.untold):  # of these only a callback can tell
            self._tell(number)
        for delta in (timedelta(minutes=1), timedelta(hours=2), *[timedelta(hours=26)] * 3):
            self._wait(delta)
            self._end_refunds()
            self.world.sweep()
        for _ in range(60):  # those of one payment go a minute apart
            if not self.world.sql("SELECT FROM refunds WHERE status = 'pending' LIMIT 1"):
                break
            self._wait(timedelta(hours=13))
            self._end_refunds()
            self.world.sweep()
        self.overdue = False
        self.the_books_are_in_order()
        left = self.world.sql(
            "SELECT 'order', status FROM orders WHERE status IN ('pending', 'in_review')"
            " UNION ALL SELECT 'booking', status FROM bookings WHERE status = 'held'"
            " UNION ALL SELECT 'payment', status FROM payments WHERE status = 'pending'"
            " UNION ALL SELECT 'refund', status FROM refunds WHERE status = 'pending'"
            " UNION ALL SELECT 'event', outcome FROM gateway_events WHERE next_look_at IS NOT NULL"
        )
        assert left == []

    def _end_refunds(self) -> None:
        """What WeChat Pay has in hand comes to its end."""
        for refund in self._at_wechat():
            if refund.state == "PROCESSING":
                self.world.simulation.refunds.settle(refund.out_refund_no, "succeed", notify=False)

    def _at_wechat(self) -> list[Any]:
        """All refunds WeChat Pay knows of."""
        known = [self.world.known(number) for number in self.numbers]
        return [refund for order in known if order for refund in self.world.simulation.refunds.of_order(order)]

    def _account_for_every_cent(self) -> None:
        """Each payment that came is applied to its order, or goes back in full; and nothing else goes back.

        What has gone back in the books has gone at the gateway; what could not go is in front of the staff.
        """
        kept = self.world.sql(
            "SELECT payments.number, disposition, received_amount, received_currency, payments.gateway,"
            " coalesce(sum(refunds.amount), 0) AS owed,"
            " coalesce(sum(refunds.amount) FILTER (WHERE refunds.status = 'succeeded'), 0) AS gone,"
            " count(*) FILTER (WHERE refunds.status = 'needs_attention') AS open"
            " FROM payments LEFT JOIN refunds ON payment_id = payments.id AND refunds.status <> 'superseded'"
            " WHERE payments.status = 'succeeded' GROUP BY payments.id"
        )
        assert {row.number: (row.received_amount, row.received_currency) for row in kept} == self.paid
        for row in kept:
            assert row.owed <= row.received_amount, row
            assert row.disposition == "applied" or row.owed == row.received_amount, row
            assert row.gone == row.owed or row.open, row
            assert row.gone == self._gone(row), row
        told = {tuple(row) for row in self.world.sql("SELECT kind, subject FROM attention WHERE resolved_at IS NULL")}
        assert set(self.strays) <= told
        waiting = {"refund-failed", "refund-by-hand"} & {kind for kind, _ in told}
        assert bool(waiting) == any(row.open for row in kept)

    def _gone(self, row: Any) -> int:
        """What the gateway itself has given back of a payment."""
        order = self.world.known(row.number)
        return sum(one.amount for one in self.world.simulation.refunds.of_order(order) if one.state == "SUCCESS")

    def _tell_every_story(self) -> None:
        """Each customer sees their own orders and no other, what became of each, and tickets for what they have."""
        for tourist in self.stage.tourists:
            seen = {order["id"]: order for order in tourist.get("/orders").json["items"]}
            assert sorted(seen) == sorted(order_id for owner, order_id in self.orders if owner is tourist)
            for order_id, order in seen.items():
                events = [event["event"] for event in order["timeline"]]
                assert events[0] == "order.placed"
                told = events.count("refund.owed") + events.count("refund.elsewhere")
                assert told - self._superseded(order_id) == len(order["refunds"])
                assert all(refund["amount"]["amount"] > 0 for refund in order["refunds"])
                admitted = self.world.sql(
                    "SELECT count(*) FROM tickets"
                    " WHERE order_id = :id AND (status = 'valid' OR blocked_at IS NOT NULL)",
                    id=UUID(order_id),
                )[0][0]
                kept = [held for held in order["bookings"] if held["status"] == "confirmed"]
                left = sum(unit["quantity"] - unit["cancelled"] for held in kept for unit in held["units"])
                assert admitted == left
                assert not left or order["status"] in {"paid", "partially_refunded", "refunded"}

    def _superseded(self, order_id: str) -> int:
        of_order = "SELECT count(*) FROM refunds WHERE order_id = :id AND status = 'superseded'"
        return int(self.world.sql(of_order, id=UUID(order_id))[0][0])

    def _is(self, answer: Any, status: int, call: str) -> bool:
        """Whether it was done; if not, the refusal must be one that the call has."""
        self.changed = True
        if answer.status_code == status:
            return True
        assert answer.json["code"] in REFUSALS[call], answer.text
        return False


def _pick(these: Sequence[Any], which: int) -> Any:
    return these[-1 - which % len(these)]

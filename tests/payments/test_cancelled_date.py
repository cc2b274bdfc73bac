"""A date with many bookings is cancelled while people pay, the worker dies twice, and WeChat Pay's balance lacks."""

import threading
from itertools import cycle

import pytest

from shop.simulator.refund_desk import RefundHandling
from tests.payments.test_crashes import Boundary
from tests.payments.test_dates import Dates
from tests.payments.world import Killed

UNPAID = {0: "held", 1: "paying", 2: "pays on", 3: "ordered"}  # of each ten; the others have paid


class Crowd:
    """Everybody who wants to come."""

    def __init__(self, world, count):
        self.world = world
        self.departure = world.departure(capacity=count, cancellation=[])
        self.paid, self.paying, self.paying_on, self.ordered = [], [], [], []
        buyers = [world.tourist(f"crowd-{n}") for n in range(max(8, count // 5))]
        unpaid = cycle(buyers)  # nobody holds more than two at once
        for n in range(count):
            how = UNPAID.get(n % 10, "paid")
            self._come(next(unpaid) if how != "paid" else buyers[n % len(buyers)], how)

    def _come(self, buyer, how):
        held = buyer.held(self.departure, adults=1)
        if how == "held":
            return
        order = buyer.place(held["id"]).json
        if how == "ordered":
            self.ordered.append(order)
            return
        buyer.payment(order["id"])
        number = self.world.number(order)
        if how == "paid":
            self.take(number)
            self.tell(number)
        {"paid": self.paid, "paying": self.paying, "pays on": self.paying_on}[how].append(number)

    def take(self, number):
        """WeChat Pay takes the money."""
        known = self.world.known(number)
        self.world.simulation.cashier.pay(known, total=known.total, notify=False, even_if_closed=True)

    def tell(self, number):
        """WeChat Pay tells the shop."""
        headers, body = self.world.genuine(number)
        answer = self.world.app.test_client().post("/callbacks/wechat-pay", data=body, headers=headers)
        assert answer.status_code == 200, answer.text

    def gone(self, number):
        """How often, and how much, money of a payment went back."""
        back = self.world.simulation.refunds.of_order(self.world.known(number))
        return [one.amount for one in back if one.state == "SUCCESS"]


class Death(Boundary):
    """Ends the worker just after one of its commits; what others commit at the same time is kept."""

    def __enter__(self):
        super().__enter__()
        dialect = self._engine.dialect
        worker, counted, commit = threading.current_thread(), dialect.do_commit, type(dialect).do_commit

        def do_commit(connection):
            if threading.current_thread() is worker:
                counted(connection)
            else:
                commit(dialect, connection)

        dialect.do_commit = do_commit
        return self


@pytest.mark.parametrize("count", [20, pytest.param(200, marks=pytest.mark.system)])
def test_everybody_is_refunded_once_and_told_once(world, count):
    crowd, staff = Crowd(world, count), Dates(world)
    agreed = staff.agreed(crowd.departure)
    crowd.take(crowd.paying[0])
    crowd.tell(crowd.paying[0])
    changed = staff.cancel(crowd.departure, agreed=agreed, offer="money", code=staff.anne.code())
    assert (changed.status_code, "The figures have changed" in changed.text) == (409, True)
    assert staff.cancel(crowd.departure, offer="money", code=staff.anne.code()).status_code == 303

    world.simulation.refunds.handling = RefundHandling(notify=False, not_enough=True)
    for number in crowd.paying[1:]:
        crowd.take(number)
    payers = threading.Thread(target=lambda: [crowd.tell(number) for number in crowd.paying[1:]])
    payers.start()
    with Death(world, count // 3, "after"), pytest.raises(Killed):
        world.sweep()
    payers.join()
    assert world.sql("SELECT count(*) > 0 FROM tickets WHERE status = 'valid'") == [(True,)]
    for number in crowd.paying_on:  # whoever still had the page of their phone open
        crowd.take(number)
    world.sweep()
    assert world.sql("SELECT DISTINCT failure FROM refunds WHERE status = 'pending'") == [("not-enough",)]
    for number in crowd.paying_on:
        crowd.tell(number)

    world.simulation.refunds.handling = RefundHandling(notify=False)
    world.later(minutes=2)
    gateway = world.watch()
    asked = []

    def die_once(call, number):
        asked.append(number)
        if call == "refund" and len(asked) == count // 4:
            raise Killed

    gateway.after = die_once
    with pytest.raises(Killed):
        world.sweep()
    for _ in range(3):
        world.later(minutes=2)
        world.sweep()
    world.later(minutes=20)  # holds end by themselves
    world.sweep()

    everybody = [*crowd.paid, *crowd.paying, *crowd.paying_on]
    assert [crowd.gone(number) for number in everybody] == [[1900]] * len(everybody)
    assert world.sql("SELECT count(*), sum(amount), min(status), max(status) FROM refunds") == [
        (len(everybody), 1900 * len(everybody), "succeeded", "succeeded")
    ]
    told = world.sql(
        "SELECT count(*) FILTER (WHERE event = 'departure.called_off'),"
        " count(*) FILTER (WHERE event IN ('departure.cancelled', 'departure.cancelled_unpaid'))"
        " FROM order_events GROUP BY order_id"
    )
    assert set(told) == {(1, 1)}
    assert len(told) == len(everybody) + len(crowd.ordered)
    assert world.sql("SELECT DISTINCT status FROM tickets") == [("void",)]
    assert world.catalogue.seats_taken(crowd.departure) == 0
    page = staff.anne.get(f"/staff/dates/{crowd.departure}/progress").text
    assert f"done {len(told)}" in page
    assert 'data-over="yes"' in page
    audit = world.app.test_cli_runner().invoke(args=["audit"])
    assert audit.exit_code == 0, audit.output

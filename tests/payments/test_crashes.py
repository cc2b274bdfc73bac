"""A process killed at any instruction leaves nothing that the worker, or the customer, cannot finish."""

import pytest
from sqlalchemy import event

from shop.core.db import db
from shop.simulator.refund_desk import RefundHandling
from tests.factories.people import created
from tests.factories.waiting import wait_until
from tests.payments.conftest import both_modes
from tests.payments.world import Killed

CALLS = [("open", "before"), ("open", "after")]
OF_REFUNDS = [("refund", "before"), ("refund", "after"), ("find_refund", "before"), ("find_refund", "after")]
CALLS_AGAIN = [
    (call, when, nth) for call, nth in (("find", 1), ("close", 1), ("find", 2)) for when in ("before", "after")
]


class CommitsLost:
    """Ends the process just before its nth commit."""

    def __init__(self, world, nth):
        self._left = nth
        with world.app.app_context():
            self._engine = db.engine

    def __enter__(self):
        event.listen(self._engine, "commit", self._commit)

    def __exit__(self, *_):
        event.remove(self._engine, "commit", self._commit)

    def _commit(self, _connection):
        self._left -= 1
        if self._left == 0:
            raise Killed


def kill_at(world, call, when, nth=1):
    """End the process at a call of the gateway."""
    watched = world.watch()
    left = [nth]

    def end(made, _):
        if made == call:
            left[0] -= 1
            if left[0] == 0:
                raise Killed

    setattr(watched, when, end)
    return watched


def revive(world, watched):
    world.gateway = watched.real


def nothing_lasts(world, order):
    """The customer never comes back: the sweep alone brings everything to its end."""
    world.later(minutes=20)
    world.sweep()
    assert world.status(order) == "expired"
    assert world.seats_taken(order) == 0
    assert {payment.status for payment in world.payments(order)} <= {"closed"}
    assert world.violations() == []
    assert world.kinds() == []


def the_customer_pays(world, order):
    """The customer tries again at once."""
    assert world.mei.open_payment(order["id"]).status_code == 201
    world.arrive(world.number(order))
    assert world.status(order) == "paid"
    assert world.refunds(order) == []
    assert sum(payment.status == "pending" for payment in world.payments(order)) == 0


ENDINGS = [nothing_lasts, the_customer_pays]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(("call", "when"), CALLS)
def test_killed_while_wechat_pay_is_told(world, call, when, ending):
    order = world.order()
    watched = kill_at(world, call, when)
    with pytest.raises(Killed):
        world.mei.open_payment(order["id"], Idempotency_Key="a")
    revive(world, watched)

    assert world.violations() == []
    assert world.status(order) == "pending"
    ending(world, order)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("nth", [1, 2])
def test_killed_before_a_commit_of_opening(world, nth, ending):
    order = world.order()
    with CommitsLost(world, nth), pytest.raises(Killed):
        world.mei.open_payment(order["id"])

    assert world.violations() == []
    assert len(world.payments(order)) == nth - 1
    ending(world, order)


def test_killed_before_the_answer_is_kept_leaves_the_key_free(world):
    order = world.order()
    with CommitsLost(world, 3), pytest.raises(Killed):
        world.mei.open_payment(order["id"], Idempotency_Key="a")
    assert world.payments(order)[0].reference

    answer = world.mei.open_payment(order["id"], Idempotency_Key="a")

    assert answer.status_code == 201
    assert [payment.status for payment in world.payments(order)] == ["closed", "pending"]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(("call", "when", "nth"), CALLS_AGAIN)
def test_killed_while_the_first_of_two_attempts_is_ended(world, call, when, nth, ending):
    order, _, _ = world.opened()
    watched = kill_at(world, call, when, nth)
    with pytest.raises(Killed):
        world.mei.open_payment(order["id"])
    revive(world, watched)

    assert world.violations() == []
    ending(world, order)


@pytest.mark.parametrize(("call", "when"), CALLS)
def test_money_that_comes_for_an_attempt_cut_off_is_settled(world, call, when):
    order = world.order()
    watched = kill_at(world, call, when)
    with pytest.raises(Killed):
        world.mei.open_payment(order["id"])
    revive(world, watched)
    number = world.number(order)
    if when == "before":
        assert world.at_gateway(number)["state"] is None
        return
    world.pay(number)

    world.later(seconds=31)
    world.sweep()

    assert world.status(order) == "paid"


@pytest.mark.parametrize(("call", "when", "nth"), CALLS_AGAIN)
@pytest.mark.parametrize("work", ["sweep", "cancel"])
@pytest.mark.parametrize("paid", [False, True])
def test_killed_while_an_order_is_being_ended(world, call, when, nth, work, paid):
    order, _, number = world.opened()
    if paid and nth == 1 and call == "find":
        world.pay(number)
    if work == "sweep":
        world.go_to(order["expires_at"], seconds=1)
    watched = kill_at(world, call, when, nth)
    with pytest.raises(Killed):
        world.sweep() if work == "sweep" else world.mei.post(f"/orders/{order['id']}/cancel")
    revive(world, watched)
    if paid and world.at_gateway(number)["state"] != "SUCCESS":
        world.pay(number)

    assert world.violations() == []
    assert (world.status(order), world.seats_taken(order)) == ("pending", 2)
    world.later(seconds=46)
    if work == "cancel":
        world.go_to(order["expires_at"], seconds=46)
    world.sweep()

    assert (world.status(order), world.seats_taken(order)) == (("paid", 2) if paid else ("expired", 0))
    assert world.refunds(order) == []


@pytest.mark.parametrize("nth", range(1, 6))
def test_killed_before_a_commit_of_the_sweep(world, nth):
    order, _, _number = world.opened()
    other, _, another = world.opened()
    third, _, unmatched = world.opened()
    world.arrive(unmatched, total=1)
    world.go_to(order["expires_at"], seconds=1)
    world.pay(another)
    with CommitsLost(world, nth), pytest.raises(Killed):
        world.sweep()
    assert [one for one in world.violations() if "orders-end" not in one] == []

    world.later(seconds=46)
    world.sweep()

    assert (world.status(order), world.status(other), world.status(third)) == ("expired", "paid", "in_review")


@both_modes
@pytest.mark.parametrize(("call", "when"), OF_REFUNDS)
def test_killed_while_a_refund_is_asked_for_or_about_gives_back_once(world, call, when):
    world.simulation.refunds.handling = RefundHandling("hold", notify=False)
    order = world.late()
    if call == "find_refund":
        world.sweep()
        world.later(seconds=31)
    watched = kill_at(world, call, when)
    with pytest.raises(Killed):
        world.sweep()
    revive(world, watched)
    assert world.violations() == []
    assert world.refund_row(order).status == "pending"

    world.later(seconds=70)
    world.sweep()
    world.simulation.refunds.settle(world.refund_row(order).number, "succeed", notify=False)
    world.later(minutes=10)
    world.sweep()

    assert world.refund_row(order).status == "succeeded"
    assert world.gone(order) == 3800
    assert world.attention() == []


def test_killed_before_the_commit_of_a_callback_is_made_up_for(world):
    order, _, number = world.opened()
    world.pay(number)
    headers, body = world.genuine(number)
    before = world.contents()
    with CommitsLost(world, 1), pytest.raises(Killed):
        world.app.test_client().post("/callbacks/wechat-pay", data=body, headers=headers)

    assert world.contents() == before
    assert world.app.test_client().post("/callbacks/wechat-pay", data=body, headers=headers).status_code == 200
    assert world.status(order) == "paid"


# ---- each commit of a purchase in turn, step by step: the process ends just before it, or just after

COMMITS = {"sign in": 1, "hold": 1, "order": 1, "open": 4, "callback": 1, "cancel": 2, "sweep": 14, "cancel paid": 1}
BOUNDARIES = [
    (step, nth, when)
    for step, commits in COMMITS.items()
    for nth in range(1, commits + 1)
    for when in ("before", "after")
]


# From where on the same request is answered as before. The last commit of opening only lets go of the key.
ANSWER_KEPT = {"hold": {(1, "after")}, "order": {(1, "after")}, "open": {(3, "after"), (4, "before"), (4, "after")}}


class Boundary:
    """Counts what the shop commits, and ends the process just before or just after the nth commit.

    A hold is one statement that commits by itself: before it is before the commit, after it after.
    """

    def __init__(self, world, nth=0, when="before"):
        self.commits = 0
        self._nth, self._when = nth, when
        with world.app.app_context():
            self._engine = db.engine

    def __enter__(self):
        commit = self._engine.dialect.do_commit

        def do_commit(connection):
            self._before()
            commit(connection)
            self._after()

        self._engine.dialect.do_commit = do_commit
        event.listen(self._engine, "before_cursor_execute", self._begins)
        event.listen(self._engine, "after_cursor_execute", self._ends)
        return self

    def __exit__(self, *_):
        del self._engine.dialect.do_commit
        event.remove(self._engine, "before_cursor_execute", self._begins)
        event.remove(self._engine, "after_cursor_execute", self._ends)

    def _before(self):
        self.commits += 1
        if (self.commits, self._when) == (self._nth, "before"):
            raise Killed

    def _after(self):
        if self.commits == self._nth:
            raise Killed

    def _begins(self, _connection, _cursor, statement, *_facts):
        if "hold_seats" in statement:
            self._before()

    def _ends(self, _connection, _cursor, statement, *_facts):
        if "hold_seats" in statement:
            self._after()


class Purchase:
    """One purchase, of which one step may be taken once, and again."""

    def __init__(self, world):
        self.world = world
        self.mei = world.mei
        self.departure = world.departure()

    def prepare(self, step):
        """All that comes before a step."""
        if step not in {"sign in", "hold"}:
            self.booking = self.mei.held(self.departure)
        if step not in {"sign in", "hold", "order"}:
            self.order = created(self.mei.place(self.booking["id"]))
        if step not in {"sign in", "hold", "order", "open"}:
            self.mei.payment(self.order["id"])
            self.number = self.world.number(self.order)
        if step == "cancel paid":
            self.world.arrive(self.number)
        if step == "callback":
            self.world.paid()  # from now on the shop has WeChat Pay's keys
            self.world.pay(self.number)
            self.notice = self.world.genuine(self.number)
        if step == "sweep":  # beside the order to end: one found paid, a hold, one in review
            world, lei = self.world, self.world.tourist("lei")
            self.paid, _, paid = world.opened()
            lei.held(world.departure())
            self.reviewed = world.order(lei)
            lei.payment(self.reviewed["id"])
            world.arrive(world.number(self.reviewed), total=1)
            world.go_to(self.order["expires_at"], days=1, seconds=1)
            world.pay(paid)

    def take(self, step):
        """The step; its answer, if the customer waits for one."""
        mei, key = self.mei, {"Idempotency_Key": "a"}
        if step == "sign in":
            return mei.post("/auth/wechat", {"code": mei.login_code()})
        if step == "hold":
            return mei.hold(self.departure, **key)
        if step == "order":
            return mei.place(self.booking["id"], **key)
        if step == "open":
            return mei.open_payment(self.order["id"], **key)
        if step == "callback":
            headers, body = self.notice
            return self.world.app.test_client().post("/callbacks/wechat-pay", data=body, headers=headers)
        if step in {"cancel", "cancel paid"}:
            return mei.post(f"/orders/{self.order['id']}/cancel")
        return self.world.sweep()

    def take_again(self, step):
        """As a phone does: the key is in use until PostgreSQL has noticed that a connection has ended."""
        answers = []

        def answered():
            answers.append(self.take(step))
            return answers[-1] is None or answers[-1].json.get("code") != "idempotency-key-in-use"

        wait_until(answered)
        return answers[-1]

    def finish(self, step):
        """The rest of the way, which ends as if nothing had happened."""
        world = self.world
        if step == "sweep":
            endings = [world.stored(order).status for order in (self.order, self.paid, self.reviewed)]
            assert endings == ["expired", "paid", "cancelled"]
            assert world.sql("SELECT amount, reason FROM refunds") == [(1, "mismatched")]
            assert world.catalogue.seats_taken(self.departure) == 0
            self.give_back(self.reviewed, 1)
            return
        if step == "cancel paid":
            assert world.refunds(self.order) == [(3800, world.currency, "cancelled")]
            self.give_back(self.order, 3800)
            assert (world.status(self.order), world.catalogue.seats_taken(self.departure)) == ("refunded", 0)
            return
        if step == "cancel":
            assert (world.status(self.order), world.catalogue.seats_taken(self.departure)) == ("cancelled", 0)
            return
        bookings = self.mei.held(self.departure) if step == "sign in" else None
        bookings = self.answer.json if step == "hold" else bookings
        if step in {"sign in", "hold"}:
            self.order = created(self.mei.place(bookings["id"]))
        if step == "order":
            self.order = self.answer.json
        if step in {"sign in", "hold", "order"}:
            self.mei.payment(self.order["id"])
        if step != "callback":
            world.arrive(world.number(self.order))
        assert (world.status(self.order), world.catalogue.seats_taken(self.departure)) == ("paid", 2)
        assert len(self.mei.tickets(self.order["id"])) == 2
        assert world.refunds(self.order) == []

    def give_back(self, order, amount):
        """What is owed goes, and goes once."""
        for _ in range(2):
            self.world.later(seconds=70)
            self.world.sweep()
        assert self.world.gone(order) == amount
        assert {row.status for row in self.world.refund_rows(order)} == {"succeeded"}


@pytest.mark.parametrize(("step", "nth", "when"), BOUNDARIES)
def test_killed_at_any_commit_the_step_is_taken_again_and_the_purchase_goes_on(world, step, nth, when):
    purchase = Purchase(world)
    purchase.prepare(step)
    with Boundary(world, nth, when), pytest.raises(Killed):
        purchase.take(step)
    assert [one for one in world.violations() if step != "sweep"] == []

    if step == "sweep":
        world.later(seconds=46)
    purchase.answer = purchase.take_again(step)

    if purchase.answer is not None:
        assert purchase.answer.status_code in {200, 201}, purchase.answer.text
    if step in {"hold", "order", "open"}:
        kept = (nth, when) in ANSWER_KEPT[step]
        assert (purchase.answer.headers.get("Idempotent-Replayed") == "true") == kept
    purchase.finish(step)


@pytest.mark.parametrize("step", COMMITS)
def test_every_commit_of_a_step_is_one_of_those(world, step):
    purchase = Purchase(world)
    purchase.prepare(step)
    with Boundary(world) as boundary:
        purchase.answer = purchase.take(step)

    assert boundary.commits == COMMITS[step]
    purchase.finish(step)

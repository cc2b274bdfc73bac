"""A process killed at any instruction leaves nothing that the worker, or the customer, cannot finish."""

import pytest
from sqlalchemy import event

from shop.core.db import db
from tests.payments.world import Killed

CALLS = [("open", "before"), ("open", "after")]
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

"""The sweep: what is due by time is finished, whatever happened before, by any number of workers."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from shop.core import clock
from shop.core.db import db, transaction
from shop.orders.models import Order
from shop.orders.services.due import due_orders
from shop.orders.services.settle import lock_order
from shop.payments import rules, sweep, turns
from shop.payments.services import attempts
from shop.payments.services.settle import reviews_to_give_up
from tests.payments.conftest import both_modes
from tests.payments.world import SUCCESS, at_once

# What is due


def test_orders_are_due_from_their_very_end_unless_they_ended_or_a_payment_keeps_them(world):
    ended, (due, _, _) = world.order(), world.opened()
    world.sql("UPDATE payments SET status = 'closed', closed_at = now()")
    world.opened()
    world.mei.post(f"/orders/{ended['id']}/cancel")
    world.sql("UPDATE orders SET expires_at = :end", end=datetime.fromisoformat(due["expires_at"]))
    world.later(seconds=1)
    world.order(world.tourist("lei"))

    with world.app.app_context():
        found = due_orders(kept=attempts.has_live_payment(), now=datetime.fromisoformat(due["expires_at"]))

    assert found == [UUID(due["id"])]


def test_payments_are_due_from_their_very_moment_unless_they_ended(world):
    order, _, first = world.opened()
    world.mei.payment(order["id"])
    second = world.payment(world.number(order))
    world.sql("UPDATE payments SET next_check_at = :due", due=second.next_check_at)
    assert world.payment(first).status == "closed"
    world.later(seconds=1)
    world._mei = world.tourist("lei")
    world.opened()

    with world.app.app_context(), transaction():
        assert attempts.claim_due(now=second.next_check_at) == [second.id]


def test_reviews_are_given_up_from_their_very_day_unless_somebody_decided(world):
    orders = []
    for name in ("mei", "lei", "wei"):
        world._mei = world.tourist(name)
        order, _, number = world.opened()
        world.arrive(number, total=1)
        orders.append(UUID(order["id"]))
        world.later(seconds=1)
    decided, due, _ = orders
    world.falsified = True
    world.sql("UPDATE orders SET status = 'paid' WHERE id = :id", id=decided)

    with world.app.app_context():
        end = db.session.get_one(Order, due).review_since + rules.REVIEW_TIME
        assert reviews_to_give_up(now=end) == [due]


# Asking


def test_a_pending_payment_is_asked_about_after_half_a_minute_then_at_growing_intervals(world):
    _, _payment, number = world.opened()
    began = world.payment(number).created_at
    watched = world.watch()
    asked = []

    for seconds in range(5, 840, 5):
        world.go_to(began, seconds=seconds)
        before = watched.asked(number)
        world.sweep()
        asked += [seconds] * (watched.asked(number) - before)

    gaps = [later - earlier for earlier, later in zip([0, *asked], asked, strict=False)]
    assert 30 <= asked[0] <= 40
    assert gaps == sorted(gaps)
    assert len(asked) == 5
    assert world.payment(number).status == "pending"


def test_a_payment_not_yet_due_is_not_asked_about(world):
    world.opened()
    watched = world.watch()

    world.later(seconds=25)
    world.sweep()

    assert watched.calls == []


@both_modes
def test_a_callback_that_never_comes_is_made_up_for(world):
    order, _, number = world.opened()
    world.pay(number)

    world.later(seconds=31)
    world.sweep()

    assert world.status(order) == "paid"
    assert world.story(order)[-1] == "order.paid"
    assert world.notify(number) == SUCCESS
    assert world.events() == [("TRANSACTION.SUCCESS", "duplicate")]
    assert world.attention() == []


def test_another_amount_found_by_asking_puts_the_order_in_review(world):
    order, _, number = world.opened()
    world.pay(number, total=1)

    world.later(seconds=31)
    world.sweep()

    assert world.status(order) == "in_review"
    assert world.kinds() == ["amount-mismatch"]


@both_modes
def test_a_payment_wechat_pay_has_closed_by_itself_is_closed_here_and_the_order_may_be_paid_anew(world):
    order, _, number = world.opened()
    world.gateway.close(number)

    world.later(seconds=31)
    world.sweep()

    assert world.payment(number).status == "closed"
    assert world.status(order) == "pending"
    world.mei.payment(order["id"])


def test_a_payment_wechat_pay_never_heard_of_is_waited_for_until_its_order_ends(world):
    order = world.order()
    world.fault("500-before", "/jsapi")
    world.mei.open_payment(order["id"])
    world.behave()
    number = world.number(order)
    world.later(seconds=31)
    world.sweep()
    assert world.payment(number).status == "pending"

    world.go_to(order["expires_at"], seconds=1)
    world.sweep()

    assert (world.payment(number).status, world.status(order)) == ("closed", "expired")


# Expiry


@both_modes
def test_an_expired_order_is_asked_about_closed_and_asked_about_again_before_its_seats_go_back(world):
    order, _, number = world.opened()
    watched = world.watch()
    world.go_to(order["expires_at"], seconds=1)

    watched.before = lambda call, _: seats.append(world.seats_taken(order))
    seats = []
    world.sweep()

    assert [call for call, _ in watched.calls] == ["find", "close", "find"]
    assert seats == [2, 2, 2]
    assert world.status(order) == "expired"
    assert world.seats_taken(order) == 0
    assert world.at_gateway(number)["state"] == "CLOSED"
    assert world.story(order)[-2:] == ["payment.closed", "order.expired"]


def test_an_order_without_a_payment_expires_within_a_minute(world):
    order = world.order()
    watched = world.watch()
    world.go_to(order["expires_at"], seconds=1)

    world.sweep()

    assert (world.status(order), world.seats_taken(order)) == ("expired", 0)
    assert watched.calls == []
    assert world.mei.get(f"/bookings/{order['bookings'][0]['id']}").json["status"] == "expired"


def test_a_hold_nobody_ordered_expires_within_a_minute(world):
    departure = world.departure()
    booking = world.mei.held(departure)
    world.go_to(booking["expires_at"], seconds=1)

    world.sweep()

    assert world.catalogue.seats_taken(departure) == 0


def test_how_far_the_worker_is_behind_is_told_to_the_operator(world):
    world.paid()
    world.mei.held(world.departure())
    _, _, number = world.opened()
    world.order()
    world.later(minutes=17)

    nothing = dict.fromkeys(("holds", "orders", "payments", "refunds", "events", "statements"), 0)
    assert overdue(world) == nothing | {"holds": 1, "orders": 2, "payments": 1}

    world.sweep()
    assert overdue(world) == nothing
    world.arrive(number, total=1)
    assert overdue(world) == nothing
    world.later(seconds=61)
    assert overdue(world) == nothing | {"refunds": 1}
    told = world.app.test_client().get("/metrics").text
    assert 'shop_refunds_owed{currency="EUR",status="pending"} 1.0' in told.splitlines()


def overdue(world):
    lines = world.app.test_client().get("/metrics").text.splitlines()
    found = [line.partition('kind="')[2].split('"} ') for line in lines if line.startswith("shop_overdue{")]
    return {kind: float(count) for kind, count in found}


@both_modes
def test_an_order_found_paid_when_it_expires_is_paid(world):
    order, _, number = world.opened()
    world.go_to(order["expires_at"], seconds=-1)
    world.pay(number)
    world.go_to(order["expires_at"], seconds=1)

    world.sweep()

    assert (world.status(order), world.seats_taken(order)) == ("paid", 2)
    assert world.story(order)[-1] == "order.paid"


def test_an_order_paid_while_it_is_being_closed_is_paid(world):
    order, _, number = world.opened()
    watched = world.watch()
    watched.before = lambda call, _: world.pay(number) if call == "close" else None
    world.go_to(order["expires_at"], seconds=1)

    world.sweep()

    assert world.status(order) == "paid"


@pytest.mark.parametrize("kind", ["500-before", "unsigned"])
def test_a_silent_gateway_keeps_the_seats_until_the_money_can_no_longer_come(world, kind):
    order, _, number = world.opened()
    world.fault(kind)
    until = world.payment(number).expires_at
    world.go_to(order["expires_at"], seconds=1)
    world.sweep()
    assert (world.status(order), world.seats_taken(order)) == ("pending", 2)
    world.go_to(until, seconds=115)
    world.sweep()
    assert (world.status(order), world.seats_taken(order)) == ("pending", 2)
    assert world.attention() == []

    world.go_to(until, seconds=131)
    world.sweep()

    assert (world.status(order), world.seats_taken(order)) == ("expired", 0)
    assert world.kinds() == ["gateway-silent"]
    assert world.payment(number).status == "pending"


def past_silence(world, **departure):
    """An order that expired while its gateway was silent, and that was paid at the last moment."""
    order, _, number = world.opened(**departure)
    world.pay(number)
    world.fault("500-before")
    world.go_to(order["expires_at"], seconds=121)
    world.sweep()
    assert world.status(order) == "expired"
    return order, number


@pytest.mark.parametrize("news", ["asked", "called back"])
def test_a_success_that_a_silent_gateway_tells_of_later_is_kept_if_the_seats_are_free(world, news):
    order, number = past_silence(world)
    world.behave()

    if news == "asked":
        world.later(minutes=61)
        world.sweep()
    else:
        assert world.notify(number) == SUCCESS

    assert (world.status(order), world.seats_taken(order)) == ("paid", 2)
    assert world.refunds(order) == []
    assert world.attention() == []


def test_a_success_that_a_silent_gateway_tells_of_later_is_owed_back_if_the_seats_are_sold(world):
    order, _number = past_silence(world, capacity=2)
    world.behave()
    departure = UUID(order["bookings"][0]["departure"]["id"])
    world.tourist("lei").held(departure)

    world.later(minutes=10)
    world.sweep()

    assert world.status(order) == "expired"
    assert world.refunds(order) == [(3800, "EUR", "late")]


def test_a_silent_gateway_that_tells_of_no_money_later_leaves_nothing_to_decide(world):
    order, _, number = world.opened()
    world.fault("500-before")
    world.go_to(order["expires_at"], seconds=121)
    world.sweep()
    assert world.kinds() == ["gateway-silent"]
    world.behave()

    world.later(minutes=61)
    world.sweep()

    assert world.attention() == []
    assert world.payment(number).status == "closed"


def test_a_gateway_that_stays_silent_is_asked_less_and_less(world):
    _, number = past_silence(world)
    watched = world.watch()

    for _ in range(60):
        world.later(minutes=10)
        world.sweep()

    assert 5 <= watched.asked(number) <= 25
    assert world.payment(number).status == "pending"
    assert world.sql("SELECT kind, times FROM attention") == [("gateway-silent", 1)]


def test_a_buyer_typing_the_password_keeps_the_seats(world):
    order, _, number = world.opened()
    watched = world.watch()
    world.go_to(order["expires_at"], seconds=1)
    world.fault("500-before", f"/out-trade-no/{number}/close")
    world.sweep()
    assert (world.status(order), world.seats_taken(order)) == ("pending", 2)

    world.behave()
    watched.before = lambda call, _: world.pay(number) if call == "close" else None
    world.later(seconds=20)
    world.sweep()

    assert world.status(order) == "paid"


def test_a_gateway_that_is_no_longer_set_up_is_like_a_silent_one(world):
    order, _, number = world.opened()
    world.app.extensions["payment_gateways"].clear()

    world.go_to(world.payment(number).expires_at, seconds=60)
    world.sweep()
    assert world.status(order) == "pending"
    world.later(seconds=61)
    world.sweep()

    assert world.status(order) == "expired"
    assert world.kinds() == ["gateway-silent"]
    assert world.mei.order(order["id"])["payment_methods"] == []


# What goes wrong with one thing does not keep others from being done


@pytest.mark.parametrize("poisons", [1, 6])
def test_payments_nobody_can_be_asked_about_do_not_starve_the_others(world, poisons):
    poisoned = [world.opened() for _ in range(1)]
    for name in range(poisons - 1):
        world._mei = world.tourist(f"customer {name}")
        poisoned.append(world.opened())
    for _, _, number in poisoned:
        world.fault("500-before", f"/out-trade-no/{number}")
    world._mei = world.tourist("the last")
    order, _, number = world.opened()
    world.pay(number)

    for _ in range(18):
        world.later(seconds=10)
        world.sweep()

    assert world.status(order) == "paid"


def test_one_payment_that_breaks_the_code_does_not_starve_the_others(world):
    _, _, bad = world.opened()
    orders = [world.opened() for _ in range(2)]
    for _, _, number in orders:
        world.pay(number)
    watched = world.watch()

    def stumble(call, number):
        if number == bad:
            raise RuntimeError("a mistake of ours")

    watched.before = stumble
    failures = 0
    for _ in range(12):
        world.later(seconds=10)
        try:
            world.sweep()
        except RuntimeError:
            failures += 1

    assert [world.status(order) for order, _, _ in orders] == ["paid", "paid"]
    assert failures == 0
    watched.before = lambda call, number: None


def test_a_payment_whose_order_is_locked_does_not_starve_the_others(world):
    order, _, number = world.opened()
    other, _, another = world.opened()
    world.pay(another)
    world.pay(number)
    world.later(seconds=31)
    with world.app.app_context():
        from shop.core.db import db

        with db.engine.begin() as connection:
            connection.exec_driver_sql("SELECT FROM orders WHERE number = %s FOR UPDATE", (number[:10],))
            world.sweep()

    assert world.status(other) == "paid"
    world.later(seconds=50)
    world.sweep()
    assert world.status(order) == "paid"


def test_a_payment_that_somebody_keeps_locked_is_passed_over(world):
    _, _, number = world.opened()
    other, _, another = world.opened()
    world.pay(another)
    world.later(seconds=31)
    with world.app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("SELECT FROM payments WHERE number = %s FOR UPDATE", (number,))
        world.sweep()

        assert world.status(other) == "paid"


# Many payments at a gateway that is silent or slow


@pytest.fixture
def crowd(world):
    """Five orders about to be paid, at the same time, each by somebody else."""
    tourists = [world.tourist(f"tourist {n}") for n in range(5)]
    orders = [world.order(tourist) for tourist in tourists]
    for tourist, order in zip(tourists, orders, strict=True):
        tourist.payment(order["id"])
    return orders


def test_a_gateway_that_failed_twice_is_left_alone_until_the_next_sweep(world, crowd):
    world.fault("500-before")
    watched = world.watch()
    world.later(seconds=31)

    world.sweep()
    assert len(watched.calls) == turns.MOST_FAILURES

    world.behave()
    world.later(seconds=1)
    world.sweep()
    assert {watched.asked(world.number(order)) > 0 for order in crowd} == {True}


def test_buyers_typing_their_passwords_are_no_failures_of_the_gateway(world, crowd):
    watched = world.watch()
    watched.close = lambda number, reference=None: None  # accepted, and still open when asked again
    world.go_to(max(order["expires_at"] for order in crowd), seconds=1)

    world.sweep()

    assert [watched.asked(world.number(order)) for order in crowd] == [2] * 5
    assert {world.stored(order).status for order in crowd} == {"pending"}


def test_an_order_that_cannot_be_ended_keeps_no_other_from_ending(world, monkeypatch):
    first, second = world.order(), world.order()
    world.go_to(second["expires_at"], seconds=1)
    expire = sweep.orders.expire

    def stumble(order, **facts):
        if str(order.id) == first["id"]:
            raise ValueError("a mistake of ours")
        return expire(order, **facts)

    monkeypatch.setattr(sweep.orders, "expire", stumble)
    world.sweep()
    assert (world.status(first), world.status(second)) == ("pending", "expired")

    monkeypatch.undo()
    world.sweep()
    assert world.status(first) == "expired"


def test_what_nobody_was_asked_about_ends_in_its_time_too(world, crowd):
    last = max(world.payment(world.number(order)).expires_at for order in crowd)
    world.fault("500-before")
    watched = world.watch()
    world.go_to(last, seconds=121)

    world.sweep()

    assert len(watched.calls) == turns.MOST_FAILURES
    assert {world.stored(order).status for order in crowd} == {"expired"}


def test_a_sweep_that_has_used_up_its_time_asks_nobody(world, crowd, monkeypatch):
    watched = world.watch()
    world.later(seconds=31)
    monkeypatch.setattr(turns, "BUDGET", 0)

    world.sweep()

    assert watched.calls == []


def test_a_silent_gateway_is_asked_later_each_time_while_seats_wait(world):
    _, _, number = world.opened()
    world.fault("500-before")
    waits = []
    for _ in range(3):
        world.go_to(world.payment(number).next_check_at)
        world.sweep()
        waits.append(round((world.payment(number).next_check_at - clock.now()).total_seconds()))

    assert waits == [15, 30, 45]


def test_the_grace_of_a_silent_gateway_is_over_at_its_very_second():
    expires = clock.now()
    over = expires + rules.GRACE

    assert not rules.may_still_be_paid(now=over, payment_expires=expires)
    assert rules.may_still_be_paid(now=over - timedelta(microseconds=1), payment_expires=expires)


# Reviews


@both_modes
def test_a_review_left_alone_for_a_day_ends_with_the_money_owed_back(world):
    order, _, number = world.opened()
    world.arrive(number, total=1)
    world.later(hours=23, minutes=59)
    world.sweep()
    assert world.status(order) == "in_review"

    world.later(minutes=1)
    world.sweep()

    assert world.status(order) == "cancelled"
    assert world.refunds(order) == [(1, world.currency, "mismatched")]
    assert world.seats_taken(order) == 0
    assert world.attention() == []
    told = world.story(order)
    assert told[told.index("order.given_up") :][:3] == ["order.given_up", "refund.owed", "refund.accepted"]
    world.sweep()
    assert (len(world.refunds(order)), world.gone(order)) == (1, 1)


def test_a_review_that_is_given_up_leaves_the_others_alone(world):
    first, _, number = world.opened()
    world.arrive(number, total=1)
    world.later(hours=2)
    second, _, another = world.opened()
    world.arrive(another, total=1)

    world.later(hours=23)
    world.sweep()

    assert (world.status(first), world.refunds(first)) == ("cancelled", [(1, world.currency, "mismatched")])
    assert (world.status(second), world.refunds(second)) == ("in_review", [])


def test_all_that_came_for_a_review_is_owed_back(world):
    order, _, first = world.opened()
    world.mei.payment(order["id"])
    second = world.number(order)
    world.arrive(second, total=1)
    world.arrive(first, total=2)
    assert world.refunds(order) == [(2, "EUR", "mismatched")]

    world.later(hours=24, seconds=1)
    world.sweep()

    assert sorted(world.refunds(order)) == [(1, "EUR", "mismatched"), (2, "EUR", "mismatched")]


# Several workers, and workers that die


def test_two_sweeps_at_once_do_each_thing_once(world):
    holds, expiring, paying, reviewed = [], [], [], []
    for name in range(3):
        world._mei = world.tourist(f"customer {name}")
        holds.append(world.departure())
        world.mei.held(holds[-1])
        expiring.append((world.mei, *world.opened()))
        order, _, number = world.opened()
        world.arrive(number, total=1)
        reviewed.append((world.mei, order))
        world.later(seconds=1)
    world.later(hours=24)
    for name in range(3):
        world._mei = world.tourist(f"late {name}")
        paying.append((world.mei, *world.opened()))
        world.pay(paying[-1][3])
    world.later(seconds=40)
    watched = world.watch()

    at_once(*[world.sweep] * 4)

    for mei, order in reviewed:
        world._mei = mei
        assert world.status(order) == "cancelled"
        assert len(world.refunds(order)) == 1
    for mei, order, _, number in expiring:
        world._mei = mei
        assert (world.status(order), world.seats_taken(order)) == ("expired", 0)
        assert watched.asked(number) == 2
        assert world.story(order).count("order.expired") == 1
    for mei, order, _, number in paying:
        world._mei = mei
        assert world.status(order) == "paid"
        assert watched.asked(number) == 1
        assert world.story(order).count("order.paid") == 1
    assert [world.catalogue.seats_taken(departure) for departure in holds] == [0] * 3


def test_sweeps_callbacks_and_a_customer_at_once_settle_a_payment_once(world):
    order, _, number = world.opened()
    world.pay(number)
    world.later(seconds=31)
    cancel = lambda: world.mei.post(f"/orders/{order['id']}/cancel").status_code  # noqa: E731

    *_, first, second, cancelled = at_once(
        world.sweep, world.sweep, lambda: world.notify(number), lambda: world.notify(number), cancel
    )

    assert (first, second, cancelled) == (SUCCESS, SUCCESS, 409)
    assert world.status(order) == "paid"
    assert world.story(order).count("order.paid") == 1
    assert len(world.mei.tickets(order["id"])) == 2


def test_what_a_dead_worker_had_taken_up_is_made_up_for_within_a_minute(world):
    order, _, _number = world.opened()
    world.go_to(order["expires_at"], seconds=1)
    with world.app.app_context(), transaction():
        assert len(attempts.claim_due(now=clock.now())) == 1
    world.sweep()
    assert world.status(order) == "pending"

    world.go_to(order["expires_at"], seconds=56)
    world.sweep()

    assert (world.status(order), world.seats_taken(order)) == ("expired", 0)


def test_more_is_due_than_one_worker_takes_up_at_once(world):
    for name in range(8):
        world._mei = world.tourist(f"customer {name}")
        for _ in range(3):
            world.opened()
    world.later(seconds=31)
    watched = world.watch()

    world.sweep()
    world.later(seconds=10)
    world.sweep()

    assert len({number for _, number in watched.calls}) == 24


def test_an_order_found_due_is_not_ended_under_a_payment_opened_since(world):
    order, _, _ = world.opened()
    world.go_to(order["expires_at"])

    expire_if_due(world, order)

    assert world.status(order) == "pending"


def test_an_order_found_due_is_not_ended_if_it_has_time_again(world):
    order = world.order()

    world.go_to(order["expires_at"], seconds=-1)
    expire_if_due(world, order)
    assert world.status(order) == "pending"

    world.go_to(order["expires_at"])
    expire_if_due(world, order)
    assert world.status(order) == "expired"


def expire_if_due(world, order):
    with world.app.app_context(), transaction():
        sweep._expire_order(lock_order(UUID(order["id"])))


def test_a_payment_settled_between_claim_and_question_is_left_alone(world):
    order, _, number = world.opened()
    world.arrive(number)
    watched = world.watch()

    with world.app.app_context():
        sweep.check_payment(world.payment(number).id)
        sweep._could_not_ask(world.payment(number).id)

    assert watched.calls == []
    assert world.status(order) == "paid"


@pytest.mark.parametrize("checks", range(12))
def test_questions_come_at_growing_intervals_but_not_after_the_order_ends(checks):
    now = clock.now()
    free = rules.next_check(now=now, checks=checks, order_ends=now - timedelta(1))

    assert free - now == timedelta(seconds=rules.INTERVALS[min(checks, len(rules.INTERVALS) - 1)])
    ends = now + timedelta(seconds=10)
    assert rules.next_check(now=now, checks=checks, order_ends=ends) == ends

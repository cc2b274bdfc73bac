"""The nightly proof: WeChat Pay's own statement beside the shop's books, with differences planted in it."""

from datetime import timedelta
from itertools import count
from typing import get_args

import pytest

from shop.core import clock
from shop.core.db import db
from shop.gateways.wechat_pay.statements import BEIJING
from shop.payments.reconcile import reconcile_due
from shop.payments.services.matching import DifferenceKind
from shop.payments.texts import DIFFERENCES
from shop.simulator.refund_desk import RefundHandling
from tests.payments.conftest import both_modes
from tests.payments.test_cancelling_paid import finish

_fortnights = count(1)


@pytest.fixture
def noon(world):
    """The middle of a day in Beijing, of which WeChat Pay knows nothing of any other test."""
    at = clock.now().astimezone(BEIJING).replace(hour=12, minute=0, second=0, microsecond=0)
    at += timedelta(days=14) * next(_fortnights)
    world.go_to(at)
    return at.date()


def tomorrow(world, hour=11):
    """The next day in Beijing, when statements are published."""
    at = clock.now().astimezone(BEIJING) + timedelta(days=1)
    world.go_to(at.replace(hour=hour, minute=0))


def night(world):
    with world.app.app_context():
        reconcile_due()
        db.session.remove()


def compared(world):
    return [tuple(row) for row in world.sql("SELECT status, jsonb_array_length(differences) FROM reconciliations")]


def say(world, day, *args):
    answer = world.app.test_cli_runner().invoke(
        args=["reconcile", "--gateway", "wechat_pay", "--date", day.isoformat(), "--lang", "en", *args]
    )
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
    return answer


def found(world, day):
    """The differences that are told; log lines stand between them here."""
    answer = say(world, day)
    assert answer.exit_code == 1
    return [line for line in answer.output.splitlines() if not line.startswith("{")]


def plant(world, day, kind, **facts):
    planted = {"kind": kind, **facts}
    world.control("/statements/plant", {"date": day.isoformat(), "mode": world.mode, "differences": [planted]})


def refunded(world):
    """An order of which half went back."""
    order = world.paid(cancellation=[{"until_hours": 0, "refund_percent": 50}], starts_in=timedelta(days=4))
    assert world.cancel(order).status_code == 200
    finish(world)
    return order


@both_modes
def test_a_day_on_which_nothing_is_wrong_is_clean(world, noon):
    orders = [world.paid(), refunded(world), world.late()]
    finish(world)
    tomorrow(world)

    night(world)

    assert compared(world) == [("clean", 0)]
    assert world.attention() == []
    answer = say(world, noon)
    assert (answer.exit_code, answer.output) == (0, f"wechat_pay, {noon}: the statement and the shop say the same.\n")
    fees = world.sql("SELECT fees FROM reconciliations")[0][0]
    paid = sum(order["total"]["amount"] for order in orders)
    assert 0 < fees[world.currency] < paid
    booked = world.sql("SELECT sum(debit) FROM journal_lines WHERE account = 'fees'")[0][0]
    assert booked == fees[world.currency]


@both_modes
@pytest.mark.parametrize("kind", ["missing", "doubled", "other-amount"])
def test_a_payment_the_statement_tells_otherwise_is_found(world, noon, kind):
    world.paid()
    order = world.paid()
    number = world.number(order)
    plant(world, noon, kind, number=number, **({"amount": 100} if kind == "other-amount" else {}))
    tomorrow(world)

    answer = say(world, noon)

    expected = {"missing": "payment-missing-there", "doubled": "payment-doubled", "other-amount": "payment-amount"}
    (line,) = [one for one in answer.output.splitlines() if not one.startswith("{")]
    assert answer.exit_code == 1
    assert line.startswith(f"{expected[kind]}: Payment {number} (order {order['number']})")
    assert world.attention() == [("reconciliation-difference", f"wechat_pay {noon}")]


@both_modes
@pytest.mark.parametrize("kind", ["missing", "doubled", "other-amount"])
def test_a_refund_the_statement_tells_otherwise_is_found(world, noon, kind):
    world.paid()
    order = refunded(world)
    number = world.refund_row(order).number
    plant(world, noon, kind, number=number, **({"amount": 100} if kind == "other-amount" else {}))
    tomorrow(world)

    (line,) = found(world, noon)

    expected = {"missing": "refund-missing-there", "doubled": "refund-doubled", "other-amount": "refund-amount"}
    assert line.startswith(f"{expected[kind]}: Refund {number} (order {order['number']})")


@both_modes
def test_a_payment_of_nothing_of_ours_is_found(world, noon):
    world.paid()
    plant(world, noon, "unknown-order", amount=500)
    tomorrow(world)

    (line,) = found(world, noon)

    assert line.startswith("payment-unknown: ")
    assert "5.00" in line


@both_modes
def test_a_refund_that_stands_only_there_is_found_and_recorded(world, noon):
    order = world.paid()
    plant(world, noon, "unknown-refund", amount=300, number=world.number(order))
    tomorrow(world)

    (line,) = found(world, noon)

    assert line.startswith("refund-elsewhere: ")
    assert (world.refund_row(order).amount, world.refund_row(order).origin) == (300, "gateway")
    assert world.status(order) == "partially_refunded"
    assert say(world, noon).exit_code == 0
    assert "refunded-elsewhere" in world.kinds()
    assert "reconciliation-difference" not in world.kinds()
    tomorrow(world)
    assert say(world, noon + timedelta(days=1)).exit_code == 0


def test_money_that_never_reached_us_is_found_and_applied(world, noon):
    order, _, number = world.opened()
    world.sql("UPDATE payments SET status = 'closed', closed_at = now()")
    world.sql("UPDATE orders SET expires_at = expires_at + interval '2 days'")
    world.pay(number)
    world.paid()
    tomorrow(world)
    world.falsified = True

    (line,) = [one for one in found(world, noon) if not one.startswith("books")]

    assert line.startswith(f"payment-not-received: Payment {number}")
    assert world.payment(number).status == "succeeded"
    assert world.status(order) == "paid"


def test_a_broken_rule_of_the_shop_is_a_difference_too(world, noon):
    world.paid()
    world.sql("UPDATE departures SET seats_taken = seats_taken + 1")
    world.falsified = True
    tomorrow(world)

    (line,) = found(world, noon)

    assert line.startswith("books: ")
    assert "seats" in line


@both_modes
def test_a_statement_that_is_not_there_yet_is_waited_for(world, noon):
    world.paid()
    tomorrow(world, hour=9)

    night(world)
    answer = say(world, noon)

    assert compared(world) == []
    assert answer.exit_code == 2
    assert "10:00" in answer.output


@both_modes
@pytest.mark.parametrize("fault", ["other-file", "500-before", "not-json"])
def test_a_statement_that_cannot_be_had_or_believed_is_asked_for_again(world, noon, fault):
    world.paid()
    tomorrow(world)
    paths = {"global": "/v3/global/statements", "domestic": "/v3/bill"}
    world.control("/faults", {"path_prefix": paths[world.mode], "kind": fault, "times": 1000})

    night(world)
    assert compared(world) == [("waiting", 0)]
    assert world.attention() == []
    for _ in range(8):
        world.later(hours=2)
        night(world)
    assert world.attention() == [("statement-missing", f"wechat_pay {noon}")]

    world.behave()
    world.later(hours=6)
    night(world)
    assert compared(world) == [("clean", 0)]
    assert world.attention() == []


@both_modes
def test_a_refund_that_failed_here_and_is_done_there_is_asked_about(world, noon):
    world.simulation.refunds.handling = RefundHandling(outcome="abnormal", notify=False)
    order = world.late()
    finish(world)
    number = world.refund_row(order).number
    assert world.refund_row(order).status == "needs_attention"
    world.simulation.refunds.settle(number, "succeed", notify=False)
    tomorrow(world)

    night(world)

    assert world.refund_row(order).status == "succeeded"
    assert compared(world) == [("clean", 0)]


def test_each_finished_day_is_compared_once_by_itself(world, noon):
    world.paid()
    for _ in range(3):
        tomorrow(world)
        watched = world.watch()
        night(world)
        night(world)
        assert [call for call, _ in watched.calls] == ["statement"]

    assert compared(world) == [("clean", 0)] * 3


def test_nothing_is_asked_before_any_money_came(world, noon):
    world.opened()
    tomorrow(world)
    watched = world.watch()

    night(world)

    assert watched.calls == []


@pytest.mark.parametrize("name", ["paypal", "", "stripe"])
def test_an_unknown_gateway_is_said_to_be_unknown(world, name):
    answer = world.app.test_cli_runner().invoke(
        args=["reconcile", "--gateway", name, "--date", "2027-05-01", "--lang", "en"]
    )

    assert answer.exit_code == 2
    assert "Set up here: wechat_pay" in answer.output


def test_the_gateway_may_be_called_by_its_method(world, noon):
    world.paid()
    tomorrow(world)
    answer = world.app.test_cli_runner().invoke(
        args=["reconcile", "--gateway", "wechat-mini-program", "--date", noon.isoformat()]
    )

    assert answer.exit_code == 0


def test_every_difference_has_its_words():

    kinds = set(get_args(DifferenceKind))

    assert kinds == set(DIFFERENCES)

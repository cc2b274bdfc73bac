"""The table of what becomes of money, walked: each state of an order, each kind of money, both ways to hear of it."""

import pytest
from sqlalchemy.exc import IntegrityError

from shop.core import clock
from shop.core.db import transaction
from shop.orders.rules import TRANSITIONS
from shop.payments import rules
from shop.payments.rules import DECISIONS
from shop.payments.services import attempts
from tests.payments.conftest import both_modes
from tests.payments.world import OTHER_CURRENCY, SUCCESS

STATES = ["pending", "in_review", "paid", "expired", "cancelled", "partially_refunded", "refunded"]
MONEY = ["all of it", "too little", "other currency"]

# (the order's status, whether the amount matches) -> decision, as it was agreed upon
AGREED = {
    ("pending", True): "pay",
    ("pending", False): "review",
    ("expired", True): "pay_late",
    ("expired", False): "mismatched",
    ("in_review", True): "double",
    ("in_review", False): "mismatched",
    ("paid", True): "double",
    ("paid", False): "mismatched",
    ("partially_refunded", True): "double",
    ("partially_refunded", False): "mismatched",
    ("refunded", True): "late",
    ("refunded", False): "mismatched",
    ("cancelled", True): "late",
    ("cancelled", False): "mismatched",
}

# Decision -> (the order's status afterwards, the payment's disposition, why it is owed back)
OUTCOMES = {
    "pay": ("paid", "applied", None),
    "pay_late": ("paid", "applied", None),
    "review": ("in_review", "review", None),
    "double": (None, "surplus", "double"),
    "late": (None, "surplus", "late"),
    "mismatched": (None, "surplus", "mismatched"),
}


def bring_to(world, state):
    """An order in a state, and the number of an attempt of it for which no money has come yet."""
    order, _, first = world.opened()
    if state == "pending":
        return order, first
    if state == "expired":
        world.go_to(order["expires_at"], seconds=1)
        world.sweep()
    elif state == "cancelled":
        assert world.mei.post(f"/orders/{order['id']}/cancel").status_code == 200
    else:
        world.mei.payment(order["id"])
        world.arrive(first, **({"total": 1} if state == "in_review" else {}))
        first = world.number(order)
    if state in {"partially_refunded", "refunded"}:
        world.falsified = True
        world.sql("UPDATE orders SET status = :state WHERE number = :number", state=state, number=first[:10])
    assert world.status(order) == state
    return order, first


ASKED_ABOUT = ["pending", "in_review", "paid", "partially_refunded", "refunded"]  # the others' attempts are closed
CASES = [
    *(("global", "callback", state, money) for state in STATES for money in MONEY),
    *(("global", "question", state, money) for state in ASKED_ABOUT for money in MONEY),
    *(("domestic", "callback", state, money) for state in STATES for money in MONEY[:1]),
]


@pytest.mark.parametrize(("mode", "news", "state", "money"), CASES)
def test_what_becomes_of_money(world, state, money, news):
    order, number = bring_to(world, state)
    refunds = world.refunds(order)
    amount = {
        "all of it": {},
        "too little": {"total": 100},
        "other currency": {"currency": OTHER_CURRENCY[world.mode]},
    }[money]
    world.pay(number, **amount)

    if news == "callback":
        assert world.notify(number) == SUCCESS
    else:
        world.later(seconds=46)
        world.sweep()

    status, disposition, reason = OUTCOMES[AGREED[state, money == "all of it"]]
    payment = world.payment(number)
    assert world.status(order) == (status or state)
    assert (payment.status, payment.disposition) == ("succeeded", disposition)
    received = (amount.get("total", 3800), amount.get("currency", world.currency))
    owed = [(*received, reason)] if reason else []
    assert world.refunds(order) == refunds + owed
    assert world.kinds().count("refund-owed") == len(owed)
    if not world.falsified:
        assert world.violations() == []
    before = {name: rows for name, rows in world.contents().items() if name != "gateway_events"}
    assert world.notify(number) == SUCCESS
    assert {name: world.contents()[name] for name in before} == before


def test_an_attempt_that_succeeded_is_not_closed(world):
    order = world.paid()
    number = world.number(order)
    told = world.story(order)

    with world.app.app_context(), transaction():
        attempts.close(world.payment(number).id, now=clock.now())

    assert (world.payment(number).status, world.story(order)) == ("succeeded", told)


def test_the_table_decides_every_state_and_every_amount():
    assert DECISIONS == AGREED
    assert set(DECISIONS) == {(state, matches) for state in STATES for matches in (True, False)}
    assert set(DECISIONS.values()) == set(OUTCOMES)


def test_money_never_makes_an_order_paid_that_it_does_not_match():
    assert all(decision in {"review", "mismatched"} for (_, matches), decision in DECISIONS.items() if not matches)


def test_only_states_that_can_become_paid_are_paid():
    paying = {state for (state, matches), decision in DECISIONS.items() if decision in {"pay", "pay_late"}}
    assert paying == {state for state, event in TRANSITIONS if event == "pay"}
    reviewing = {state for (state, _), decision in DECISIONS.items() if decision == "review"}
    assert reviewing == {state for state, event in TRANSITIONS if event == "review"}


REFUND = (
    "INSERT INTO refunds (id, order_id, payment_id, status, reason, amount, currency, created_at) "
    "SELECT gen_random_uuid(), order_id, id, '{status}', 'late', {amount}, currency, now() FROM payments"
)


@pytest.mark.parametrize(
    ("constraint", "wrong"),
    [
        ("ck_payments_status", "UPDATE payments SET status = 'lost'"),
        ("ck_payments_disposition", "UPDATE payments SET status = 'succeeded', disposition = 'lost'"),
        ("ck_payments_disposed", "UPDATE payments SET status = 'succeeded'"),
        ("ck_payments_disposed", "UPDATE payments SET disposition = 'applied'"),
        ("uq_payments_live", "UPDATE payments SET status = 'pending'"),
        ("uq_payments_gateway_number", "UPDATE payments SET number = '1234567897-2'"),
        ("uq_payments_gateway_transaction_id", "UPDATE payments SET transaction_id = '42'"),
        ("ck_refunds_status", REFUND.format(status="lost", amount=1)),
        ("ck_refunds_amount", REFUND.format(status="pending", amount=0)),
        (
            "uq_gateway_events_gateway_event_id",
            "INSERT INTO gateway_events"
            " (id, gateway, event_id, event_type, received_at, headers, body, facts, outcome) "
            "SELECT gen_random_uuid(), 'wechat_pay', 'EV-1', 'x', now(), '{}', '', '{}', 'x' FROM payments",
        ),
    ],
)
def test_the_database_itself_refuses_what_no_payment_is(world, constraint, wrong):
    order, _, _ = world.opened()
    world.mei.payment(order["id"])

    with pytest.raises(IntegrityError, match=constraint):
        world.sql(wrong)


def test_attempts_are_numbered_as_wechat_pay_allows():
    numbers = {rules.attempt_number("1234567897") for _ in range(1000)}

    assert len(numbers) == 1000
    assert all(6 <= len(number) <= 32 and number.replace("-", "").isalnum() for number in numbers)


@both_modes
def test_the_wait_for_a_decision_is_a_day(world):
    order, number = bring_to(world, "in_review")
    world.pay(number)
    world.later(hours=24)

    world.sweep()

    assert world.status(order) == "cancelled"
    assert sorted(reason for _, _, reason in world.refunds(order)) in (["double", "mismatched"], ["late", "mismatched"])

"""The table of what becomes of money, walked: each state of an order, each kind of money, both ways to hear of it."""

from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from shop.core import clock
from shop.core.db import transaction
from shop.orders.rules import TRANSITIONS
from shop.orders.services.settle import lock_order
from shop.payments import rules
from shop.payments.refunding import send_refunds
from shop.payments.rules import DECISIONS
from shop.payments.services import attempts, office
from tests.payments.conftest import both_modes
from tests.payments.world import OTHER_CURRENCY, SUCCESS

STATES = ["pending", "in_review", "complement", "paid", "expired", "cancelled", "partially_refunded", "refunded"]
MONEY = ["all of it", "too little", "other currency"]

# (the order's status, whether the amount matches) -> decision, as it was agreed upon
AGREED = {
    ("pending", True): "pay",
    ("pending", False): "review",
    ("expired", True): "pay_late",
    ("expired", False): "mismatched",
    ("complement", True): "complete",
    ("complement", False): "mismatched",
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
    "complete": ("paid", "applied", None),
    "review": ("in_review", "review", None),
    "double": (None, "surplus", "double"),
    "late": (None, "surplus", "late"),
    "mismatched": (None, "surplus", "mismatched"),
}


def bring_to(world, state):
    """An order in a state, and the number of an attempt of it for which no money has come yet.

    `complement` is in review, with an attempt to pay the rest of its price.
    """
    order, _, first = world.opened()
    if state == "pending":
        return order, first
    if state == "expired":
        world.go_to(order["expires_at"], seconds=1)
        world.sweep()
    elif state == "cancelled":
        assert world.mei.post(f"/orders/{order['id']}/cancel").status_code == 200
    elif state == "complement":
        world.arrive(first, total=1)
        decide(world, order, lambda found: office.ask_complement(found, by="anne", now=clock.now()))
        world.mei.payment(order["id"])
    else:
        world.mei.payment(order["id"])
        world.arrive(first, **({"total": 1} if state == "in_review" else {}))
    if state in {"partially_refunded", "refunded"}:
        gone = [1] if state == "partially_refunded" else None
        decide(world, order, lambda found: office.cancel(found, gone, by="anne", note="", now=clock.now()))
        for _ in ("asked for", "asked about"):
            with world.app.app_context():
                send_refunds()
            world.later(seconds=31)
    assert world.status(order) == AS_SHOWN.get(state, state)
    return order, world.number(order)


def decide(world, order, act):
    """Let the Office decide something, without a word to WeChat Pay."""
    with world.app.app_context(), transaction():
        act(lock_order(UUID(order["id"])))


AS_SHOWN = {"complement": "in_review"}
ASKED_ABOUT = [state for state in STATES if state not in {"expired", "cancelled"}]  # whose attempts are closed
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
    assert world.status(order) == (status or AS_SHOWN.get(state, state))
    assert (payment.status, payment.disposition) == ("succeeded", disposition)
    asked = 3799 if state == "complement" else 3800
    received = (amount.get("total", asked), amount.get("currency", world.currency))
    owed = [(*received, reason)] if reason else []
    assert world.refunds(order) == refunds + owed
    assert world.violations() == []
    before = {name: rows for name, rows in world.contents().items() if name != "gateway_events"}
    assert world.notify(number) == SUCCESS
    after = world.contents()
    assert {name: after[name] for name in before} == before
    world.sweep()
    assert world.gone(order) == sum(back for back, _, _ in world.refunds(order))


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
    "INSERT INTO refunds (id, order_id, payment_id, gateway, number, gateway_refund_id, status, origin, reason, "
    "amount, currency, created_at, next_check_at) "
    "SELECT gen_random_uuid(), order_id, id, gateway, {number}, {refund_id}, '{status}', '{origin}', 'late', "
    "{amount}, currency, now(), now() FROM payments"
)
GOOD = {"number": "number", "refund_id": "NULL", "status": "pending", "origin": "shop", "amount": 1}
DISPUTE = (
    "INSERT INTO disputes (id, gateway, dispute_id, payment_id, order_id, status, amount, currency, reason, withheld, "
    "opened_at) SELECT gen_random_uuid(), gateway, {dispute_id}, id, order_id, '{status}', 1, currency, 'x', true, "
    "now() FROM payments"
)
RECONCILED = (
    "INSERT INTO reconciliations (gateway, day, status, first_due_at) "
    "VALUES ('wechat_pay', current_date, 'lost', now())"
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
        ("ck_payments_refunded", "UPDATE payments SET refunded = 1"),
        ("ck_payments_refunded", "UPDATE payments SET refunded = -1"),
        ("ck_refunds_status", REFUND.format(**GOOD | {"status": "lost"})),
        ("ck_refunds_origin", REFUND.format(**GOOD | {"origin": "lost"})),
        ("ck_refunds_amount", REFUND.format(**GOOD | {"amount": 0})),
        ("uq_refunds_gateway_number", REFUND.format(**GOOD | {"number": "'r1'"})),
        ("uq_refunds_gateway_refund_id", REFUND.format(**GOOD | {"refund_id": "'5030'"})),
        ("ck_disputes_status", DISPUTE.format(dispute_id="number", status="lost twice")),
        ("uq_disputes_gateway_dispute_id", DISPUTE.format(dispute_id="'dp_1'", status="open")),
        ("ck_reconciliations_status", RECONCILED),
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

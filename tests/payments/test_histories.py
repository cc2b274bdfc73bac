"""Whatever happens in whatever order, the books are in order and no cent is lost. See `histories.py`.

`make histories N=20000` plays as many as one likes. A failure prints its history, shrunk to the shortest that
fails, as code: that becomes a test of its own at the end of this file, so that it is played again for ever.
"""

import logging
import os
import time
from dataclasses import replace
from uuid import uuid4

import pytest
import structlog
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.exc import IntegrityError

from shop.booking.services import ending
from shop.core import clock
from shop.core.db import transaction
from shop.payments import flows, rules, sweep
from shop.payments.errors import RefundTooLarge
from shop.payments.services import attempts, refunded, refunds, settle
from tests.payments.histories import Histories
from tests.payments.money_histories import MoneyHistories, MoneyStage
from tests.simulators.stripe import SimulatedStripe

AT_ONCE = 10  # histories of one seed
STEPS = 12  # of one history at most, after one or two orders
SECONDS = 20  # unless asked for a number of histories


@pytest.fixture
def stage(world):
    """All is set up once; and the shop says nothing, for it would say very much."""
    talking = structlog.get_config()
    with SimulatedStripe() as stripe:
        made = MoneyStage(world, stripe)
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        yield made
        structlog.configure(**talking)
        made.clear()


def play(stage, number, phases=(Phase.generate, Phase.shrink), kind=MoneyHistories):
    """Ten histories, the same for the same number."""
    chosen = settings(
        max_examples=AT_ONCE,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=phases,
    )
    run_state_machine_as_test(seed(number)(type("Histories", (kind,), {"stage": stage})), settings=chosen)


@pytest.mark.parametrize("share", range(os.cpu_count() or 1))
def test_random_histories(stage, share, request):
    asked, first = request.config.getoption("--histories"), request.config.getoption("--first-seed")
    shares = os.cpu_count() or 1
    seconds = float("inf") if asked else SECONDS / shares
    number, played, until = first + share, 0, time.perf_counter() + seconds
    while time.perf_counter() < until and (not asked or played * shares < asked):
        play(stage, number)
        played += AT_ONCE
        number += shares
        if played % 500 == 0:
            print(f"{played} histories so far", flush=True)
    print(f"{played} histories of the seeds {first + share} to {number - shares}; none failed")


def nothing(*_, **__):
    """What was forgotten."""
    return ()


def close_without_asking(payment):
    with transaction():
        attempts.close(payment.id, now=clock.now())


def all_of(payment):
    """As if nothing of it had gone back."""
    return payment.received_amount


asked_for = refunds.repayment


def again(payment, facts, now):
    """The second news taken for the first."""
    return settle.receive_money(payment, facts.amount, transaction_id=facts.transaction_id, at=None, now=now)


BROKEN = {
    "seats are not given back": lambda patch: patch.setattr(ending, "_give_back", nothing),
    "orders are cancelled and WeChat Pay is not asked": lambda patch: patch.setattr(
        flows, "ask_and_close", close_without_asking
    ),
    "orders expire and WeChat Pay is not asked": lambda patch: patch.setattr(
        sweep, "ask_and_close", close_without_asking
    ),
    "money that cannot be used is kept": lambda patch: patch.setattr(settle, "owe_refund", nothing),
    "another amount pays": lambda patch: patch.setitem(rules.DECISIONS, ("pending", False), "pay"),
    "a refund is made under a new number each time": lambda patch: patch.setattr(
        refunds, "repayment", lambda refund, **known: replace(asked_for(refund, **known), number=str(uuid4()))
    ),
    "accepted counts as gone": lambda patch: patch.setitem(
        rules.REFUND_TRANSITIONS, ("pending", "processing"), "succeeded"
    ),
    "nobody looks after refunds": lambda patch: patch.setattr(refunds, "claim_due", nothing),
    "a refund in the console is overlooked": lambda patch: patch.setattr(refunded, "_made_elsewhere", nothing),
    "a refund takes from what is gone already": lambda patch: patch.setattr(refunds, "left_of", all_of),
    "nobody asks about payments": lambda patch: patch.setattr(attempts, "claim_due", nothing),
    "the second news pays again": lambda patch: patch.setattr(settle, "_again", again),
}


OF_REFUNDS = {
    "a refund is made under a new number each time",
    "accepted counts as gone",
    "nobody looks after refunds",
    "a refund in the console is overlooked",
    "a refund takes from what is gone already",
}


QUICKLY_FOUND = {"seats are not given back", "another amount pays"}


@pytest.mark.parametrize("what", BROKEN)
def test_random_histories_find_what_is_broken(stage, monkeypatch, request, what):
    """The shop is broken on purpose, and two hundred histories cannot all miss it.

    Two mistakes are looked for each time; all of them with `--histories`, which takes minutes.
    """
    if what not in QUICKLY_FOUND and not request.config.getoption("--histories"):
        pytest.skip("looked for with --histories")
    BROKEN[what](monkeypatch)
    stage.world.falsified = True
    with pytest.raises((AssertionError, IntegrityError, RefundTooLarge)):
        play_many(stage, range(20), MoneyHistories if what in OF_REFUNDS else Histories)


def play_many(stage, numbers, kind):
    for number in numbers:
        play(stage, number, phases=[Phase.generate], kind=kind)


# ---- Histories that failed once, as they were printed


def test_found_that_a_paid_order_could_be_paid_again_by_another_attempt(stage):
    state = type("Found", (Histories,), {"stage": stage})()
    state.begin(first=(0, 0, 1), second=None)
    state.open_payment(key="", which=0)
    state.pay(amount="asked", crossed=0, told=True, which=1)
    state.work(job="sweep")
    state.nobody_can_pay_for_what_has_ended()
    assert state.world.known(state.numbers[-1]).state == "CLOSED"
    state.teardown()

"""Money that goes back through Stripe, against the simulated one: asked for, lost on the way, made by others, taken."""

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from shop.core import clock
from shop.core.money import Money
from shop.gateways.errors import PaymentProviderDown, RefundNotNow, RefundRefused
from shop.gateways.stripe import StripeCheckout, StripeSettings
from tests.factories.crowd import at_once
from tests.gateways.counterpart import Counterpart, Reply, encode
from tests.simulators.merchant import NUMBER, REFUND, Hasty, bought, gateway_at, repayment
from tests.simulators.stripe import SimulatedStripe


@pytest.fixture
def stripe():
    with SimulatedStripe() as simulated:
        yield simulated


@pytest.fixture
def gateway(stripe):
    return gateway_at(stripe)


@pytest.fixture
def paid(stripe, gateway):
    """The gateway's number of a payment of 38 euros."""
    return bought(stripe, gateway).transaction_id


def amounts(stripe):
    return [refund["amount"] for refund in stripe.refunds]


def test_a_refund_is_asked_for_with_our_numbers(stripe, gateway, paid):
    made = gateway.refund(repayment(paid))

    [refund] = stripe.refunds
    assert refund["metadata"] == {"number": REFUND, "payment": NUMBER}
    assert (refund["amount"], refund["reason"]) == (1900, "requested_by_customer")
    assert stripe.requests[-1].headers["Idempotency-Key"] == f"refund-{REFUND}"
    assert (made.number, made.payment_number, made.transaction_id) == (REFUND, NUMBER, paid)
    assert (made.refund_id, made.state, made.amount) == (refund["id"], "succeeded", Money(1900, "EUR"))
    assert made.succeeded_at == datetime.fromtimestamp(refund["created"], UTC)
    assert made.merchant_is_ours


def test_a_payment_of_which_money_went_back_says_so(stripe, gateway, paid):
    gateway.refund(repayment(paid))
    session = stripe.session_of(NUMBER)

    assert gateway.find(NUMBER, f"{session['id']}|").refund_asked


def test_the_same_refund_is_made_once_however_often_it_is_asked_for(stripe, gateway, paid):
    first = gateway.refund(repayment(paid))

    assert gateway.refund(repayment(paid)) == first
    assert amounts(stripe) == [1900]


def test_the_same_refund_asked_for_by_many_at_once_is_made_once(stripe, gateway, paid):
    answers = at_once([lambda: gateway.refund(repayment(paid)).refund_id] * 5)

    assert set(answers) == {stripe.refunds[0]["id"]}
    assert amounts(stripe) == [1900]


@pytest.mark.parametrize("kind", ["500-after", "timeout-after", "cut"])
@pytest.mark.parametrize("later", [timedelta(minutes=1), timedelta(hours=25), timedelta(days=40)], ids=str)
def test_a_refund_whose_answer_was_lost_is_found_and_not_made_again(stripe, gateway, paid, time_machine, kind, later):
    stripe.fail(kind, "POST /v1/refunds")
    with pytest.raises(PaymentProviderDown):
        gateway.refund(repayment(paid))
    assert amounts(stripe) == [1900]

    time_machine.move_to(clock.now() + later)
    made = gateway.refund(repayment(paid))
    assert (made.refund_id, made.state) == (stripe.refunds[0]["id"], "succeeded")
    assert amounts(stripe) == [1900]


@pytest.mark.parametrize("kind", ["500-before", "timeout-before", "409"])
def test_a_refund_that_never_arrived_is_made_when_it_is_asked_for_again(stripe, gateway, paid, kind):
    stripe.fail(kind, "POST /v1/refunds")
    with pytest.raises(PaymentProviderDown):
        gateway.refund(repayment(paid))
    assert amounts(stripe) == []

    assert gateway.refund(repayment(paid)).state == "succeeded"
    assert amounts(stripe) == [1900]


def test_a_refund_is_not_asked_for_while_nobody_knows_which_were_made(stripe, gateway, paid):
    stripe.fail("500-before", "GET /v1/refunds")
    with pytest.raises(PaymentProviderDown):
        gateway.refund(repayment(paid))

    assert amounts(stripe) == []


def test_two_refunds_of_one_payment_are_two(stripe, gateway, paid):
    gateway.refund(repayment(paid))
    gateway.refund(repayment(paid, number="R20260714ABCDEF02"))

    assert amounts(stripe) == [1900, 1900]


def test_a_refund_is_found_behind_many_others(stripe, gateway, paid):
    gateway.refund(repayment(paid, amount=Money(1, "EUR")))
    for _ in range(150):
        stripe.refund_in_dashboard(paid, 1)

    assert gateway.refund(repayment(paid, amount=Money(1, "EUR"))).number == REFUND
    assert len(gateway.refunds_of(paid)) == 151
    assert len(stripe.refunds) == 151


def test_a_number_asked_for_with_another_amount_keeps_its_first(stripe, gateway, paid):
    gateway.refund(repayment(paid))

    assert gateway.refund(repayment(paid, amount=Money(3800, "EUR"))).amount == Money(1900, "EUR")
    assert amounts(stripe) == [1900]


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        ("balance_insufficient", 400, "not-enough"),
        ("insufficient_funds", 402, "not-enough"),
        ("rate_limit", 429, "too-often"),
        ("lock_timeout", 429, "too-often"),
    ],
)
def test_a_refund_that_must_wait_is_made_later_under_the_same_number(stripe, gateway, paid, code, status, reason):
    stripe.refuse_refunds(code, status=status)
    with pytest.raises(RefundNotNow) as refusal:
        gateway.refund(repayment(paid))
    assert refusal.value.reason == reason

    stripe.behave()
    assert gateway.refund(repayment(paid)).state == "succeeded"
    assert amounts(stripe) == [1900]


def test_a_refusal_that_stripe_keeps_for_a_day_is_asked_about_until_it_is_forgotten(
    stripe, gateway, paid, time_machine
):
    stripe.refuse_refunds("balance_insufficient", kept=True)
    with pytest.raises(RefundNotNow):
        gateway.refund(repayment(paid))
    stripe.behave()
    with pytest.raises(RefundNotNow):
        gateway.refund(repayment(paid))

    time_machine.move_to(clock.now() + timedelta(hours=25))
    assert gateway.refund(repayment(paid)).state == "succeeded"
    assert amounts(stripe) == [1900]


def test_more_than_is_left_is_refused(stripe, gateway, paid):
    stripe.refund_in_dashboard(paid, 3000)
    with pytest.raises(RefundRefused) as refusal:
        gateway.refund(repayment(paid))

    assert refusal.value.reason == "amount"


def test_what_is_refunded_already_is_refused(stripe, gateway, paid):
    stripe.refund_in_dashboard(paid, 3800)
    with pytest.raises(RefundRefused) as refusal:
        gateway.refund(repayment(paid))

    assert refusal.value.reason == "charge_already_refunded"


def test_what_the_bank_took_back_is_refused(stripe, gateway, paid):
    stripe.dispute(paid)
    with pytest.raises(RefundRefused) as refusal:
        gateway.refund(repayment(paid))

    assert refusal.value.reason == "charge_disputed"


def test_a_refusal_nobody_has_heard_of_is_a_refusal(stripe, gateway, paid):
    stripe.refuse_refunds("moon_in_wrong_phase")
    with pytest.raises(RefundRefused) as refusal:
        gateway.refund(repayment(paid))

    assert refusal.value.reason == "moon_in_wrong_phase"


def test_a_payment_stripe_does_not_know_is_refused_and_none_of_its_refunds_known(gateway):
    with pytest.raises(RefundRefused) as refusal:
        gateway.refund(repayment("pi_of_somebody_else"))

    assert refusal.value.reason == "resource_missing"


@pytest.mark.parametrize(("ends", "state"), [("succeeded", "succeeded"), ("failed", "closed"), ("canceled", "closed")])
def test_a_refund_that_takes_its_time_is_asked_about(stripe, gateway, paid, ends, state):
    stripe.let_refunds("pending")
    made = gateway.refund(repayment(paid))
    assert (made.state, made.succeeded_at) == ("processing", None)
    assert made.facts["pending_reason"] == "processing"

    stripe.settle_refund(made.refund_id, ends)
    found = gateway.find_refund(repayment(paid, refund_id=made.refund_id))
    assert (found.state, found.number, found.refund_id) == (state, REFUND, made.refund_id)
    assert gateway.refund(repayment(paid)) == found
    assert amounts(stripe) == [1900]


def test_a_refund_that_was_never_asked_for_is_unknown(gateway, paid):
    assert gateway.find_refund(repayment(paid)).state == "unknown"


def test_a_refund_cannot_be_told_while_stripe_is_silent(stripe, gateway, paid):
    stripe.fail("timeout-before", "GET /v1/refunds")

    with pytest.raises(PaymentProviderDown):
        gateway.find_refund(repayment(paid))


def test_refunds_made_in_the_dashboard_are_listed_without_number(stripe, gateway, paid):
    gateway.refund(repayment(paid))
    stripe.refund_in_dashboard(paid, 500)

    listed = gateway.refunds_of(paid)
    assert [(one.number, one.amount) for one in listed] == [(None, Money(500, "EUR")), (REFUND, Money(1900, "EUR"))]
    assert {one.transaction_id for one in listed} == {paid}


@pytest.mark.parametrize(
    "broken", [{"status": None}, {"status": "lost"}, {"amount": 0}, {"metadata": {"number": 5}}, {"id": ""}], ids=str
)
def test_a_refund_that_cannot_be_understood_is_no_answer(stripe, gateway, paid, broken):
    stripe.refund_in_dashboard(paid, 500)
    stripe.refunds[0].update(broken)

    with pytest.raises(PaymentProviderDown), capture_logs() as told:
        gateway.refunds_of(paid)
    assert told[-1]["event"] in {"stripe_not_understood", "stripe_call_failed"}


@pytest.mark.parametrize(
    "page",
    [
        {"data": 5, "has_more": False},
        {"data": [5], "has_more": False},
        {"data": [], "has_more": True},
        {"data": [{"id": 5}], "has_more": True},
        {"data": []},
    ],
    ids=str,
)
def test_a_list_that_cannot_be_understood_is_no_answer(page):
    counterpart = Counterpart()
    counterpart.say(Reply(200, encode({"object": "list", "url": "/v1/refunds"} | page)))
    settings = StripeSettings(api_key="sk_test_1", webhook_secret="whsec_1", api_base=counterpart.base)
    try:
        with pytest.raises(PaymentProviderDown):
            StripeCheckout(settings, http=Hasty()).refund(repayment("pi_1"))
        assert [request.method for request in counterpart.requests] == ["GET"]
    finally:
        counterpart.stop()


def test_a_refund_of_an_unknown_moment_is_a_refund(stripe, gateway, paid):
    stripe.refund_in_dashboard(paid, 500)
    stripe.refunds[0]["created"] = 10**30

    [listed] = gateway.refunds_of(paid)
    assert (listed.state, listed.succeeded_at) == ("succeeded", None)


def test_a_refund_somebody_else_made_in_an_odd_way_holds_up_none_of_ours(stripe, gateway, paid):
    stripe.refund_in_dashboard(paid, 500)
    stripe.refunds[0]["status"] = None

    assert gateway.refund(repayment(paid)).state == "succeeded"


@pytest.mark.parametrize("ends", ["won", "lost"])
def test_a_dispute_is_open_until_it_is_won_or_lost(stripe, gateway, paid, ends):
    dispute = stripe.dispute(paid)
    found = gateway.find_dispute(dispute["id"])
    assert (found.dispute_id, found.transaction_id, found.state) == (dispute["id"], paid, "open")
    assert (found.amount, found.reason) == (Money(3800, "EUR"), "fraudulent")
    assert "mei@" not in repr(found)

    stripe.close_dispute(dispute["id"], ends)
    assert gateway.find_dispute(dispute["id"]).state == ends


def test_an_inquiry_is_open_and_ends_well(stripe, gateway, paid):
    dispute = stripe.dispute(paid, status="warning_needs_response")
    assert gateway.find_dispute(dispute["id"]).state == "open"

    stripe.close_dispute(dispute["id"], "warning_closed")
    assert gateway.find_dispute(dispute["id"]).state == "won"


@pytest.mark.parametrize(
    "broken", [{"status": "lurking"}, {"payment_intent": None, "charge": None}, {"amount": None}], ids=str
)
def test_a_dispute_that_cannot_be_understood_is_no_answer(stripe, gateway, paid, broken):
    dispute = stripe.dispute(paid)
    dispute.update(broken)

    with pytest.raises(PaymentProviderDown):
        gateway.find_dispute(dispute["id"])


def test_a_dispute_stripe_does_not_know_is_no_answer(gateway):
    with pytest.raises(PaymentProviderDown):
        gateway.find_dispute("du_of_somebody_else")

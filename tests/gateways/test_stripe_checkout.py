"""Opening, asking and closing at Stripe, against the simulated one."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from shop.core import clock
from shop.core.money import Money
from shop.gateways import http
from shop.gateways.errors import PaymentProviderDown, StillBeingPaid
from shop.gateways.payment import PaymentGateway, TellsDisputes, TellsRefunds
from shop.gateways.stripe import StripeCheckout, build_stripe
from tests.simulators.merchant import BACK, NUMBER, bought, charge, gateway_at, settings_for
from tests.simulators.stripe import SimulatedStripe
from tests.simulators.stripe_account import API_VERSION
from tests.simulators.stripe_http import ODD

TROUBLE = ("500-before", "500-after", "429", "409", "timeout-before", "timeout-after", "cut", "not-json", "odd")


@pytest.fixture
def stripe():
    with SimulatedStripe() as simulated:
        yield simulated


@pytest.fixture
def gateway(stripe):
    return gateway_at(stripe)


@pytest.fixture
def opened(stripe, gateway):
    """A session and the reference to it."""
    reference = gateway.open(charge())
    return stripe.session_of(NUMBER), reference


def test_it_is_a_gateway_that_tells_refunds_and_disputes(stripe):
    gateway: PaymentGateway = build_stripe(settings_for(stripe))

    assert isinstance(gateway, TellsDisputes)
    assert isinstance(gateway, TellsRefunds)
    assert (gateway.name, gateway.callback, gateway.zone) == ("stripe", "stripe", UTC)
    assert gateway.currencies == {"EUR", "CNY"}
    assert gateway.shortest == timedelta(minutes=31)


def test_a_charge_becomes_a_session_with_our_number_everywhere(stripe, gateway):
    asked = charge()
    reference = gateway.open(asked)

    [request] = stripe.requests
    fields = request.fields
    assert (fields["mode"], fields["client_reference_id"]) == ("payment", NUMBER)
    assert fields["metadata"] == fields["payment_intent_data"]["metadata"] == {"number": NUMBER}
    [item] = fields["line_items"]
    assert item["price_data"] == {
        "currency": "eur",
        "unit_amount": "3800",
        "product_data": {"name": "Le jardin secret · 隐秘花园"},
    }
    assert fields["expires_at"] == str(int(asked.expires_at.timestamp()))
    assert fields["success_url"] == fields["cancel_url"] == BACK
    assert fields["payment_method_options"] == {"wechat_pay": {"client": "web"}}
    assert "payment_method_types" not in fields
    session = stripe.session_of(NUMBER)
    assert reference == f"{session['id']}|{session['url']}"
    assert gateway.client(reference) == {"url": session["url"]}
    assert stripe.calls == [("POST", "/v1/checkout/sessions")]


def test_every_call_names_key_and_version_and_tells_nothing_of_this_machine(stripe, gateway):
    gateway.find(NUMBER, gateway.open(charge()))

    for request in stripe.requests:
        assert request.headers["Authorization"] == f"Bearer {stripe.api_key}"
        assert request.headers["Stripe-Version"] == API_VERSION
        assert "X-Stripe-Client-Telemetry" not in request.headers
        assert "platform" not in json.loads(request.headers["X-Stripe-Client-User-Agent"])
    assert stripe.requests[0].headers["Idempotency-Key"] == f"payment-{NUMBER}"


def test_a_charge_that_leaves_too_little_time_gets_stripes_half_hour(stripe, gateway, time_machine):
    time_machine.move_to(datetime(2026, 7, 14, 9, 30, tzinfo=UTC), tick=False)
    gateway.open(charge(expires_at=clock.now() + timedelta(minutes=5)))

    assert stripe.session_of(NUMBER)["expires_at"] == int(clock.now().timestamp()) + 30 * 60 + 30


def test_what_the_gateway_calls_shortest_is_kept_to_the_second(stripe, gateway):
    asked = charge(expires_at=clock.now() + StripeCheckout.shortest)
    gateway.open(asked)

    assert stripe.session_of(NUMBER)["expires_at"] == int(asked.expires_at.timestamp())


def test_a_charge_in_another_currency_is_a_mistake_of_ours(stripe, gateway):
    with pytest.raises(ValueError, match="currency"):
        gateway.open(charge(amount=Money(3800, "USD")))
    assert stripe.calls == []


def test_a_charge_in_yuan_is_opened_in_yuan(stripe, gateway):
    paid = bought(stripe, gateway, amount=Money(29800, "CNY"), method="wechat_pay")

    assert paid.amount == Money(29800, "CNY")


def test_a_charge_without_words_is_named_by_its_number(stripe, gateway):
    gateway.open(charge(description=""))

    assert stripe.requests[0].fields["line_items"][0]["price_data"]["product_data"] == {"name": NUMBER}


def test_a_number_has_one_session_however_often_it_is_opened(stripe, gateway, time_machine):
    asked = charge()
    first = gateway.open(asked)
    time_machine.move_to(clock.now() + timedelta(minutes=5))

    assert gateway.open(asked) == first
    assert len(stripe.sessions) == 1


@pytest.mark.parametrize("kind", ["timeout-after", "cut"])
def test_a_session_whose_answer_was_lost_is_opened_once(stripe, gateway, kind):
    stripe.fail(kind, times=1)
    reference = gateway.open(charge())

    assert reference.startswith(stripe.session_of(NUMBER)["id"])
    assert len(stripe.requests) == 2


def test_a_number_opened_again_for_something_else_is_not_opened_twice(stripe, gateway):
    gateway.open(charge())
    with pytest.raises(PaymentProviderDown):
        gateway.open(charge(amount=Money(1900, "EUR")))

    assert len(stripe.sessions) == 1


def test_an_amount_below_stripes_least_is_not_opened(stripe, gateway):
    with pytest.raises(PaymentProviderDown), capture_logs() as told:
        gateway.open(charge(amount=Money(49, "EUR")))

    assert [(one["event"], one["code"]) for one in told] == [("stripe_refused", "amount_too_small")]


@pytest.mark.parametrize("kind", TROUBLE)
def test_trouble_of_any_kind_is_a_provider_that_is_down(stripe, gateway, opened, kind):
    _, reference = opened
    asked = len(stripe.requests)
    stripe.fail(kind)

    with pytest.raises(PaymentProviderDown):
        gateway.find(NUMBER, reference)
    once = kind in {"429", "not-json", "odd"}
    assert len(stripe.requests) - asked == (1 if once else 2)


@pytest.mark.parametrize("body", ODD, ids=["list", "no-url", "error", "deep"])
def test_no_odd_answer_gets_past_the_gateway(stripe, gateway, body, monkeypatch):
    monkeypatch.setattr("tests.simulators.stripe_http.ODD", (body,))
    stripe.fail("odd", times=9)

    with pytest.raises(PaymentProviderDown):
        gateway.open(charge())
    with pytest.raises(PaymentProviderDown):
        gateway.find(NUMBER, "cs_test_1|https://checkout.stripe.com/c/pay/cs_test_1")
    with pytest.raises(PaymentProviderDown):
        gateway.refunds_of("pi_1")
    with pytest.raises(PaymentProviderDown):
        gateway.find_dispute("du_1")


def test_trouble_that_passes_is_not_noticed(stripe, gateway, opened):
    _, reference = opened
    stripe.fail("500-before", times=1)

    assert gateway.find(NUMBER, reference).state == "unpaid"


def test_nothing_listens_at_the_address(stripe):
    gone = gateway_at(stripe, api_base="http://127.0.0.1:9")

    with pytest.raises(PaymentProviderDown):
        gone.open(charge())


def test_a_call_waits_for_no_place_for_ever(stripe, gateway, monkeypatch):
    monkeypatch.setattr(http, "PATIENCE", 0.01)
    for _ in range(http.SLOTS):
        http._slots.acquire()
    try:
        with pytest.raises(PaymentProviderDown):
            gateway.open(charge())
    finally:
        for _ in range(http.SLOTS):
            http._slots.release()
    assert stripe.calls == []


def test_a_key_that_is_not_valid_says_so_in_the_log_and_is_not_told(stripe):
    wrong = gateway_at(stripe, api_key="sk_test_of_somebody_else")
    with pytest.raises(PaymentProviderDown) as failure, capture_logs() as told:
        wrong.open(charge())

    assert [(one["failure"], one["status"]) for one in told] == [("AuthenticationError", 401)]
    assert "sk_test" not in repr(told) + repr(failure.value) + repr(wrong._settings)


def test_an_open_session_is_unpaid(gateway, opened):
    found = gateway.find(NUMBER, opened[1])

    assert (found.number, found.state) == (NUMBER, "unpaid")
    assert (found.transaction_id, found.amount, found.paid_at) == (None, None, None)
    assert found.merchant_is_ours


def test_a_number_without_reference_is_unknown_and_no_call_is_made(stripe, gateway):
    assert gateway.find(NUMBER).state == "unknown"
    assert gateway.close(NUMBER) is None
    assert stripe.calls == []


def test_a_paid_session_tells_what_was_paid(stripe, gateway, opened):
    session, reference = opened
    intent = stripe.pay(session["id"])
    found = gateway.find(NUMBER, reference)

    assert (found.state, found.amount) == ("paid", Money(3800, "EUR"))
    assert found.transaction_id == intent["id"]
    assert found.paid_at == datetime.fromtimestamp(intent["created"], UTC)
    assert found.merchant_is_ours
    assert not found.refund_asked


def test_what_the_buyer_told_stripe_stays_there(stripe, gateway, opened):
    session, reference = opened
    stripe.pay(session["id"])
    with capture_logs() as told:
        found = gateway.find(NUMBER, reference)

    assert set(found.facts) == {
        *("id", "status", "payment_status", "amount_total", "currency", "livemode"),
        *("intent_id", "intent_status", "intent_amount_received", "charge_amount_refunded", "charge_disputed"),
    }
    for secret in ("mei@", "Mei Lin", "4242", "fp42", "client_secret", "+336"):
        assert secret not in repr(found) + repr(told)


@pytest.mark.parametrize(("amount", "currency"), [(100, None), (None, "cny"), (9900, "cny")])
def test_another_amount_or_currency_is_told_as_it_is(stripe, gateway, opened, amount, currency):
    session, reference = opened
    stripe.pay(session["id"], amount=amount, currency=currency)

    assert gateway.find(NUMBER, reference).amount == Money(amount or 3800, (currency or "eur").upper())


def test_a_session_whose_time_is_over_is_closed(stripe, gateway, opened, time_machine):
    time_machine.move_to(clock.now() + timedelta(minutes=41))

    assert gateway.find(NUMBER, opened[1]).state == "closed"


def test_money_that_is_not_certain_yet_is_being_paid(stripe, gateway, opened):
    session, reference = opened
    stripe.pay_later(session["id"])
    found = gateway.find(NUMBER, reference)

    assert (found.state, found.amount) == ("paying", None)

    stripe.end_payment(session["id"], succeeded=True)
    assert gateway.find(NUMBER, reference).state == "paid"


def test_money_that_does_not_come_after_all_ends_the_session(stripe, gateway, opened):
    session, reference = opened
    stripe.pay_later(session["id"])
    stripe.end_payment(session["id"], succeeded=False)

    assert gateway.find(NUMBER, reference).state == "closed"


def test_a_session_of_another_number_is_not_believed(gateway, opened):
    with pytest.raises(PaymentProviderDown):
        gateway.find("P20260714ABCDEF02", opened[1])


def test_a_session_that_is_not_there_is_not_called_unknown(gateway):
    """It was opened once: another account's key must have come in between, and the money may still come."""
    with pytest.raises(PaymentProviderDown):
        gateway.find(NUMBER, "cs_test_gone|https://checkout.stripe.com/c/pay/cs_test_gone")


def test_real_money_in_a_test_account_is_not_ours(stripe, gateway, opened):
    session, reference = opened
    stripe.pay(session["id"])
    session["livemode"] = True

    assert not gateway.find(NUMBER, reference).merchant_is_ours


@pytest.mark.parametrize(
    "broken",
    [
        {"status": "resting"},
        {"payment_status": "no_payment_required"},
        {"livemode": None},
        {"client_reference_id": 5},
        {"payment_status": "paid", "payment_intent": None},
        {"payment_status": "paid", "amount_total": 0},
        {"payment_status": "paid", "amount_total": "3800"},
        {"payment_status": "paid", "amount_total": 2**63},
        {"status": "complete", "payment_intent": None},
    ],
    ids=str,
)
def test_a_session_that_cannot_be_understood_is_no_answer(stripe, gateway, opened, broken):
    session, reference = opened
    stripe.pay(session["id"])
    session.update({"payment_status": "unpaid"} | broken)

    with pytest.raises(PaymentProviderDown), capture_logs() as told:
        gateway.find(NUMBER, reference)
    assert told[-1]["event"] == "stripe_not_understood"


def test_a_closed_session_can_no_longer_be_paid(stripe, gateway, opened):
    session, reference = opened
    gateway.close(NUMBER, reference)

    assert stripe.session_of(NUMBER)["status"] == "expired"
    assert gateway.find(NUMBER, reference).state == "closed"
    gateway.close(NUMBER, reference)
    with pytest.raises(Exception, match="expired"):
        stripe.pay(session["id"])


def test_closing_what_is_paid_is_no_failure_and_changes_nothing(stripe, gateway, opened):
    session, reference = opened
    stripe.pay(session["id"])
    gateway.close(NUMBER, reference)

    assert gateway.find(NUMBER, reference).state == "paid"


def test_a_session_that_stripe_will_not_end_is_still_being_paid(stripe, gateway, opened):
    session, reference = opened
    stripe.hold_open(session["id"])

    with pytest.raises(StillBeingPaid):
        gateway.close(NUMBER, reference)


@pytest.mark.parametrize("kind", ["500-before", "429", "timeout-after"])
def test_a_close_that_nobody_knows_of_is_a_provider_that_is_down(stripe, gateway, opened, kind):
    stripe.fail(kind, "/expire")

    with pytest.raises(PaymentProviderDown) as failure:
        gateway.close(NUMBER, opened[1])
    assert not isinstance(failure.value, StillBeingPaid)

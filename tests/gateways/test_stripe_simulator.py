"""The simulated Stripe refuses what Stripe would, so that our mistakes are seen here and not there."""

import pytest
import requests

from tests.gateways.counterpart import Counterpart, Reply
from tests.simulators.merchant import NUMBER, bought, charge, gateway_at
from tests.simulators.stripe import SimulatedStripe
from tests.simulators.stripe_account import API_VERSION
from tests.simulators.stripe_forms import Problem, decode

WELL_FORMED = {"payment_intent": "pi_1", "metadata[number]": "R1"}


@pytest.fixture
def stripe():
    with SimulatedStripe() as simulated:
        yield simulated


@pytest.fixture
def ask(stripe):
    """Makes a call by hand."""

    def call(method, path, fields=None, **headers):
        told = {"Authorization": f"Bearer {stripe.api_key}", "Stripe-Version": API_VERSION} | headers
        place = "params" if method == "GET" else "data"
        return requests.request(method, stripe.address + path, headers=told, timeout=5, **{place: fields})

    return call


def code_of(answer):
    error = answer.json()["error"]
    return answer.status_code, error.get("code") or error.get("param") or error["type"]


def test_forms_are_nested_as_deep_as_they_say():
    assert decode("a[b][0][c]=1&a[b][0][d]=2&a[b][1][c]=3&e[]=x&e[]=y&f=%C3%A9&g=") == {
        "a": {"b": [{"c": "1", "d": "2"}, {"c": "3"}]},
        "e": ["x", "y"],
        "f": "é",
        "g": "",
    }


def test_a_caller_must_have_the_key_and_name_the_version(ask):
    assert code_of(ask("GET", "/v1/refunds", Authorization="Bearer sk_test_other"))[0] == 401
    assert code_of(ask("GET", "/v1/refunds", **{"Stripe-Version": "2017-08-15"}))[0] == 400


@pytest.mark.parametrize(
    ("method", "path", "fields", "expected"),
    [
        ("POST", "/v1/checkout/sessions", {"mode": "payment", "colour": "red"}, (400, "parameter_unknown")),
        ("POST", "/v1/checkout/sessions", {"mode": "setup", "success_url": "x"}, (400, "parameter_missing")),
        ("POST", "/v1/refunds", WELL_FORMED, (404, "resource_missing")),
        ("POST", "/v1/refunds", {**WELL_FORMED, "reason": "whim"}, (400, "reason")),
        ("GET", "/v1/refunds", {"limit": 101}, (400, "limit")),
        ("GET", "/v1/refunds", {"limit": "ten"}, (400, "parameter_invalid_integer")),
        ("GET", "/v1/refunds", {"starting_after": "re_0"}, (404, "resource_missing")),
        ("GET", "/v1/refunds/re_0", None, (404, "resource_missing")),
        ("GET", "/v1/customers", None, (404, "invalid_request_error")),
    ],
)
def test_calls_stripe_would_refuse_are_refused(ask, method, path, fields, expected):
    assert code_of(ask(method, path, fields)) == expected


def test_what_is_not_there_cannot_be_expanded(stripe, ask):
    bought(stripe, gateway_at(stripe))
    session = stripe.session_of(NUMBER)

    assert code_of(ask("GET", f"/v1/checkout/sessions/{session['id']}", {"expand[]": "moon"})) == (400, "expand")
    whole = ask("GET", f"/v1/checkout/sessions/{session['id']}", {"expand[]": "payment_intent.latest_charge"}).json()
    assert whole["payment_intent"]["latest_charge"]["payment_intent"] == whole["payment_intent"]["id"]


@pytest.mark.parametrize("minutes", [29, 24 * 60 + 1])
def test_a_session_lives_between_half_an_hour_and_a_day(stripe, ask, minutes, time_machine):
    gateway_at(stripe).open(charge())
    fields = {
        "mode": "payment",
        "success_url": "https://shop.example",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "eur",
        "line_items[0][price_data][unit_amount]": "1900",
        "line_items[0][price_data][product_data][name]": "Visite",
        "payment_method_options[wechat_pay][client]": "web",
        "expires_at": str(stripe.sessions[0]["created"] + minutes * 60),
    }

    assert code_of(ask("POST", "/v1/checkout/sessions", fields)) == (400, "expires_at")
    del fields["payment_method_options[wechat_pay][client]"]
    assert ask("POST", "/v1/checkout/sessions", fields).status_code == 400


def test_a_key_answers_the_same_and_only_to_the_same(stripe, ask):
    intent = bought(stripe, gateway_at(stripe)).transaction_id
    wanted, key = {"payment_intent": intent, "amount": 100}, {"Idempotency-Key": "k"}
    first = ask("POST", "/v1/refunds", wanted, **key)
    again = ask("POST", "/v1/refunds", wanted, **key)

    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    other = ask("POST", "/v1/refunds", wanted | {"amount": 200}, **key)
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
    assert len(stripe.refunds) == 1


def test_a_session_is_paid_once(stripe):
    bought(stripe, gateway_at(stripe))

    with pytest.raises(Problem, match="complete"):
        stripe.pay(stripe.session_of(NUMBER)["id"])


def test_events_are_delivered_until_they_are_acknowledged(stripe):
    bought(stripe, gateway_at(stripe))
    shop = Counterpart()
    shop.say(Reply(200), Reply(500), Reply(200), Reply(200))
    try:
        assert stripe.deliver(shop.base) == [200, 500, 200]
        assert [event["type"] for event in stripe.events] == ["payment_intent.succeeded"]
        assert stripe.deliver(shop.base) == [200]
        assert stripe.deliver(shop.base) == []
    finally:
        shop.stop()
    assert all("Stripe-Signature" in request.headers for request in shop.requests)

"""Opening a payment: what is answered, what is refused, and what is left when WeChat Pay does not answer."""

import threading
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from shop.core.db import db
from shop.gateways.wechat_pay import WeChatPaySettings, build_wechat_pay
from shop.orders.models import Order
from shop.payments.errors import OrderNotPayable
from shop.payments.services import attempts
from tests.factories.catalogue import INFANT
from tests.factories.rows import value
from tests.factories.waiting import wait_until
from tests.payments.conftest import both_modes
from tests.payments.world import METHOD, WatchedGateway, at_once, twin


def refused(answer, status, code):
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.text
    assert answer.content_type == "application/problem+json"
    return answer.json


@both_modes
def test_a_payment_is_answered_with_what_the_phone_needs(world):
    order = world.order(adults=2)

    answer = world.mei.open_payment(order["id"])

    assert answer.status_code == 201
    assert set(answer.json) == {"id", "status", "method", "amount", "client"}
    assert answer.json["status"] == "pending"
    assert answer.json["method"] == METHOD
    assert answer.json["amount"] == {"amount": 3800, "currency": world.currency}
    assert set(answer.json["client"]) == {"timeStamp", "nonceStr", "package", "signType", "paySign"}
    shown = world.mei.order(order["id"])["payments"]
    assert [(one["id"], one["status"]) for one in shown] == [(answer.json["id"], "pending")]
    assert world.story(order) == ["order.placed", "payment.opened"]


@both_modes
def test_the_phone_accepts_what_it_is_given_and_the_order_is_paid(world):
    order, payment, _ = world.opened()

    assert world.mei.pay_on_phone(payment, "cancel") == "requestPayment:fail cancel"
    assert world.status(order) == "pending"
    assert world.mei.pay_on_phone(payment) == "requestPayment:ok"

    wait_until(lambda: world.status(order) == "paid")
    assert [one["status"] for one in world.mei.order(order["id"])["payments"]] == ["succeeded"]


@both_modes
def test_the_phone_refuses_parameters_that_were_tampered_with(world):
    _, payment, _ = world.opened()
    payment["client"]["nonceStr"] = "another"

    assert world.mei.pay_on_phone(payment).startswith("requestPayment:fail")


@both_modes
def test_wechat_pay_is_told_what_is_sold_for_how_much_and_until_when(world):
    order, _, number = world.opened()

    told = world.at_gateway(number)["asked"]

    assert number.startswith(order["number"].replace("-", ""))
    assert told["amount"] == {"total": 3800, "currency": world.currency}
    assert told["description"] == "The Leshan Buddha"
    assert told["notify_url"] == f"{world.settings.public_url}/callbacks/wechat-pay"
    ends = datetime.fromisoformat(order["expires_at"])
    assert timedelta(0) <= ends - datetime.fromisoformat(told["time_expire"]) < timedelta(seconds=1)


@both_modes
def test_what_is_paid_for_is_told_in_the_language_of_the_order(world):
    world.mei.headers["Accept-Language"] = "zh-CN"

    _, _, number = world.opened()

    assert world.at_gateway(number)["description"] == "乐山大佛之旅"


def test_a_payment_opened_at_the_last_moment_keeps_the_seats_as_long_as_it_may_be_paid(world):
    order = world.order()
    world.go_to(order["expires_at"], seconds=-10)

    world.mei.payment(order["id"])

    ends = datetime.fromisoformat(world.mei.order(order["id"])["expires_at"])
    assert ends - datetime.fromisoformat(order["expires_at"]) > timedelta(seconds=49)
    told = world.at_gateway(world.number(order))["asked"]["time_expire"]
    assert abs(datetime.fromisoformat(told) - ends) < timedelta(seconds=1)


def test_payments_opened_again_and_again_do_not_keep_seats_beyond_twice_a_hold(world):
    booking = world.mei.held(world.departure())
    began = datetime.fromisoformat(booking["expires_at"]) - timedelta(minutes=15)
    world.go_to(booking["expires_at"], seconds=-30)
    booking = world.mei.post(f"/bookings/{booking['id']}/extend").json
    world.go_to(booking["expires_at"], seconds=-30)
    order = world.mei.place(booking["id"]).json

    for _ in range(3):
        world.mei.payment(order["id"])
        order = world.mei.order(order["id"])
        world.go_to(order["expires_at"], seconds=-30)

    assert datetime.fromisoformat(order["expires_at"]) - began <= timedelta(minutes=31)


@pytest.mark.parametrize("method", ["stripe_checkout", "cash", "WECHAT_MINI_PROGRAM", " "])
def test_an_unknown_method_is_not_offered(world, method):
    order = world.order()

    answer = world.mei.post(f"/orders/{order['id']}/payments", {"method": method})

    refused(answer, 422, "method-not-offered")
    assert world.payments(order) == []


@both_modes
def test_a_method_is_not_offered_for_another_currency(world):
    other = {"EUR": "CNY", "CNY": "EUR"}[world.currency]
    order = world.order(currency=other)

    assert order["payment_methods"] == []
    refused(world.mei.open_payment(order["id"]), 422, "method-not-offered")


@pytest.mark.parametrize("body", [{}, {"method": None}, {"method": ""}, {"method": 1}, {"method": "x" * 61}, []])
def test_a_payment_without_a_proper_method_is_invalid(world, body):
    order = world.order()

    refused(world.mei.post(f"/orders/{order['id']}/payments", body), 422, "invalid-input")


def test_nobody_pays_without_signing_in(world):
    order = world.order()
    del world.mei.headers["Authorization"]

    refused(world.mei.open_payment(order["id"]), 401, "sign-in-required")


@pytest.mark.parametrize("call", ["payments", "cancel"])
def test_another_persons_order_does_not_exist(world, call):
    order = world.order()
    lei = world.tourist("lei")

    for order_id in (order["id"], str(uuid4()), "nothing"):
        body = {"method": METHOD} if call == "payments" else None
        refused(lei.post(f"/orders/{order_id}/{call}", body), 404, "order-not-found")
    assert world.status(order) == "pending"


STATES = ["paid", "in_review", "expired", "cancelled", "partially_refunded", "refunded"]


@pytest.mark.parametrize("state", STATES)
def test_an_order_is_payable_only_while_it_is_pending(world, state):
    order, _, number = world.opened()
    world.arrive(number)
    world.sql("UPDATE orders SET status = :state WHERE number = :number", state=state, number=number[:10])
    world.falsified = True
    watched = world.watch()

    problem = refused(world.mei.open_payment(order["id"]), 409, "order-not-payable")

    assert state in problem["detail"]
    assert watched.calls == []


def test_a_free_order_is_paid_already(world):
    departure = world.departure(units=[{**INFANT, "code": "adult", "seats": 1}])
    order = world.mei.ordered(departure)

    assert order["status"] == "paid"
    assert order["payment_methods"] == []
    answer = world.mei.open_payment(order["id"])
    assert answer.status_code in {409, 422}
    assert answer.json["code"] in {"order-not-payable", "method-not-offered"}


def test_an_order_whose_time_is_over_is_not_payable_before_the_sweep_has_come_by(world):
    order = world.order()
    world.go_to(order["expires_at"])

    problem = refused(world.mei.open_payment(order["id"]), 409, "order-not-payable")

    assert "expired" in problem["detail"]
    world.sweep()


def test_wechat_pay_is_not_asked_about_an_order_that_is_not_payable(world):
    order, _, _ = world.opened()
    world.go_to(order["expires_at"])
    watched = world.watch()

    refused(world.mei.open_payment(order["id"]), 409, "order-not-payable")

    assert watched.calls == []
    world.sweep()


@pytest.mark.parametrize("over", ["expires_at", "starts_at"])
def test_an_order_is_payable_to_its_last_second_and_not_at_its_end(world, over):
    minutes = 10 if over == "starts_at" else 600
    placed = world.order(starts_in=timedelta(minutes=minutes), cutoff_minutes=0)

    with world.app.app_context():
        order = db.session.get_one(Order, UUID(placed["id"]))
        end = order.expires_at if over == "expires_at" else order.bookings[0].departure.starts_at
        attempts.check_payable(order, end - timedelta(seconds=1))
        with pytest.raises(OrderNotPayable):
            attempts.check_payable(order, end)


def test_an_order_for_a_cancelled_departure_is_not_payable(world):
    departure = world.departure()
    order = world.mei.ordered(departure)
    world.catalogue.change(departure, status="cancelled")

    refused(world.mei.open_payment(order["id"]), 409, "order-not-payable")
    assert world.payments(order) == []


# WeChat Pay does not answer, or not as it should

UNTRUSTED = ["unsigned", "signtest", "wrong-key", "stale", "not-json"]
SILENT = ["500-before", "500-after", "close-connection", "timeout-after", "429"]


@pytest.mark.parametrize(
    ("mode", "kind"),
    [*(("global", kind) for kind in SILENT + UNTRUSTED), ("domestic", "500-after"), ("domestic", "unsigned")],
)
def test_nothing_is_lost_when_wechat_pay_does_not_answer(world, kind):
    order = world.order()
    world.fault(kind, "/jsapi", delay_seconds=0.05 if kind == "timeout-after" else 0)

    answer = world.mei.open_payment(order["id"])

    refused(answer, 503, "payment-provider-down")
    assert int(answer.headers["Retry-After"]) > 0
    assert world.status(order) == "pending"
    assert world.seats_taken(order) == 2
    assert world.violations() == []
    world.behave()
    payment = world.mei.payment(order["id"])
    first, second = world.payments(order)
    assert (first.status, second.status) == ("closed", "pending")
    assert world.mei.pay_on_phone(payment) == "requestPayment:ok"
    wait_until(lambda: world.status(order) == "paid")


@pytest.mark.parametrize("kind", ["500-after", "timeout-after", "429"])
def test_one_passing_fault_is_not_noticed(world, kind):
    order = world.order()
    world.fault(kind, "/jsapi", times=1, delay_seconds=0.05 if kind == "timeout-after" else 0)

    assert world.mei.open_payment(order["id"]).status_code == 201


def test_nothing_is_lost_when_wechat_pay_cannot_be_reached(world, closed_port):
    order = world.order()
    good = world.gateway
    world.gateway = unreachable(world, closed_port)

    refused(world.mei.open_payment(order["id"]), 503, "payment-provider-down")
    refused(world.mei.open_payment(order["id"]), 503, "payment-provider-down")

    assert len(world.payments(order)) == 1
    world.gateway = good
    world.mei.payment(order["id"])
    world.arrive(world.number(order))
    assert world.status(order) == "paid"


def test_an_earlier_attempt_that_cannot_be_closed_keeps_another_from_being_opened(world):
    order, _, first = world.opened()
    world.fault("500-before", f"/out-trade-no/{first}/close")

    refused(world.mei.open_payment(order["id"]), 503, "payment-provider-down")

    assert [one.status for one in world.payments(order)] == ["pending"]
    world.behave()
    assert world.mei.open_payment(order["id"]).status_code == 201


def test_an_earlier_attempt_being_paid_at_this_moment_keeps_another_from_being_opened(world):
    order, _, _first = world.opened()
    world.gateway = Paying(world.gateway)

    refused(world.mei.open_payment(order["id"]), 503, "payment-provider-down")

    assert [one.status for one in world.payments(order)] == ["pending"]
    assert world.status(order) == "pending"


# One attempt after another


@both_modes
def test_a_second_attempt_asks_about_the_first_and_closes_it(world):
    order, first, number = world.opened()
    watched = world.watch()

    second = world.mei.payment(order["id"])

    assert [call for call in watched.calls if call[1] == number] == [
        ("find", number),
        ("close", number),
        ("find", number),
    ]
    assert world.at_gateway(number)["state"] == "CLOSED"
    assert second["id"] != first["id"]
    assert [one["status"] for one in world.mei.order(order["id"])["payments"]] == ["closed", "pending"]
    assert "fail" in world.mei.pay_on_phone(first)
    assert world.story(order)[-2:] == ["payment.closed", "payment.opened"]


@both_modes
def test_no_transaction_is_open_while_wechat_pay_is_talked_to(world):
    order, _, _ = world.opened()
    watched = world.watch()
    waiting = []
    open_now = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in tr%'"
    watched.before = lambda call, _number: waiting.append((call, value(world.app, open_now)))

    world.mei.payment(order["id"])
    world.later(seconds=31)
    world.sweep()
    assert world.mei.post(f"/orders/{order['id']}/cancel").status_code == 200

    assert set(waiting) == {("find", 0), ("close", 0), ("open", 0)}


def test_a_second_attempt_finds_out_that_the_first_was_paid(world):
    order, _, number = world.opened()
    world.pay(number)

    problem = refused(world.mei.open_payment(order["id"]), 409, "order-not-payable")

    assert "paid" in problem["detail"]
    assert world.status(order) == "paid"
    assert len(world.payments(order)) == 1
    assert len(world.mei.tickets(order["id"])) == 2


@both_modes
def test_the_first_is_paid_while_it_is_being_closed(world):
    order, _, number = world.opened()
    watched = world.watch()
    watched.before = lambda call, _: world.pay(number) if call == "close" else None

    refused(world.mei.open_payment(order["id"]), 409, "order-not-payable")

    assert world.status(order) == "paid"


def test_a_second_attempt_finds_out_that_the_first_was_paid_with_another_amount(world):
    order, _, number = world.opened()
    world.pay(number, total=1)

    refused(world.mei.open_payment(order["id"]), 409, "order-not-payable")

    assert world.status(order) == "in_review"


@pytest.mark.parametrize("_again", range(4))
def test_of_two_attempts_at_once_one_is_live_in_the_end(world, _again):
    order = world.order()
    phones = [twin(world.mei) for _ in range(3)]

    answers = at_once(*(lambda phone=phone: phone.open_payment(order["id"]) for phone in phones))

    assert {(one.status_code, one.json.get("code")) for one in answers} <= {
        (201, None),
        (409, "payment-in-progress"),
        (409, "order-not-payable"),
        (503, "payment-provider-down"),
    }
    live = [one for one in world.payments(order) if one.status == "pending"]
    assert len(live) <= 1
    for payment in world.payments(order):
        if payment.status == "closed":
            assert world.at_gateway(payment.number)["state"] in {"CLOSED", None}
    world.mei.payment(order["id"])
    world.arrive(world.number(order))
    assert world.status(order) == "paid"
    assert world.refunds(order) == []


def test_an_attempt_overtaken_while_it_is_being_opened_says_that_another_is_in_progress(world):
    order = world.order()
    watched = world.watch()
    phone = twin(world.mei)
    overtaken = []

    def overtake(call, number):
        if call == "open" and not overtaken:
            overtaken.append(number)
            world.gateway = watched.real
            assert phone.open_payment(order["id"]).status_code == 201

    watched.after = overtake
    answer = world.mei.open_payment(order["id"])

    assert world.at_gateway(overtaken[0])["state"] == "CLOSED"
    assert [one.status for one in world.payments(order)] == ["closed", "pending"]
    refused(answer, 409, "payment-in-progress")


def test_an_attempt_closed_before_wechat_pay_knew_it_says_that_another_is_in_progress(world):
    order = world.order()
    watched = world.watch()
    phone = twin(world.mei)

    def overtake(call, number):
        if call == "open":
            world.gateway = watched.real
            assert phone.open_payment(order["id"]).status_code == 201

    watched.before = overtake
    answer = world.mei.open_payment(order["id"])

    assert [one.status for one in world.payments(order)] == ["closed", "pending"]
    refused(answer, 409, "payment-in-progress")


def test_an_attempt_given_up_as_unknown_while_wechat_pay_was_being_told_of_it_is_closed_there(world):
    order = world.order()
    watched = world.watch()

    def give_up(call, _number):
        if call == "open":
            world.sql("UPDATE payments SET status = 'closed', closed_at = now()")

    watched.after = give_up
    refused(world.mei.open_payment(order["id"]), 409, "payment-in-progress")

    assert world.at_gateway(world.number(order))["state"] == "CLOSED"


def test_an_order_that_ends_while_its_payment_is_being_opened_is_not_paid(world):
    order = world.order()
    watched = world.watch()

    def cancel(call, number):
        if call == "open":
            world.gateway = watched.real
            assert twin(world.mei).post(f"/orders/{order['id']}/cancel").status_code == 200

    watched.after = cancel
    problem = refused(world.mei.open_payment(order["id"]), 409, "order-not-payable")

    assert "cancelled" in problem["detail"]
    assert world.at_gateway(world.number(order))["state"] == "CLOSED"
    assert world.seats_taken(order) == 0


@both_modes
def test_a_callback_may_come_before_wechat_pays_own_answer(world):
    order = world.order()
    watched = world.watch()
    watched.after = lambda call, number: world.arrive(number) if call == "open" else None

    answer = world.mei.open_payment(order["id"])

    assert answer.status_code == 201
    assert answer.json["status"] == "succeeded"
    assert world.status(order) == "paid"
    assert world.payments(order)[0].reference


@both_modes
def test_a_payment_is_settled_though_wechat_pays_answer_to_its_opening_never_came(world):
    order = world.order()
    world.fault("timeout-after", "/jsapi", delay_seconds=0.05)
    refused(world.mei.open_payment(order["id"]), 503, "payment-provider-down")

    world.arrive(world.number(order))

    assert world.status(order) == "paid"


# The same request twice


@both_modes
def test_the_same_request_twice_opens_one_payment(world):
    order = world.order()

    first = world.mei.open_payment(order["id"], Idempotency_Key="a")
    again = world.mei.open_payment(order["id"], Idempotency_Key="a")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json == first.json
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(world.payments(order)) == 1


def test_the_same_request_is_answered_as_before_even_when_the_order_is_paid(world):
    order = world.order()
    first = world.mei.open_payment(order["id"], Idempotency_Key="a")
    world.arrive(world.number(order))

    again = world.mei.open_payment(order["id"], Idempotency_Key="a")

    assert (again.status_code, again.json) == (201, first.json)


def test_a_key_belongs_to_one_order_and_one_body(world):
    order, other = world.order(), world.order()
    world.mei.open_payment(order["id"], Idempotency_Key="a")

    refused(world.mei.open_payment(other["id"], Idempotency_Key="a"), 422, "idempotency-key-reused")
    answer = world.mei.post(f"/orders/{order['id']}/payments", {"method": "cash"}, Idempotency_Key="a")
    refused(answer, 422, "idempotency-key-reused")
    assert world.payments(other) == []


def test_two_customers_may_use_the_same_key(world):
    order = world.order()
    lei = world.tourist("lei")
    other = world.order(lei)

    assert world.mei.open_payment(order["id"], Idempotency_Key="a").status_code == 201
    assert lei.open_payment(other["id"], Idempotency_Key="a").status_code == 201


def test_a_refusal_is_not_kept_under_the_key(world):
    order = world.order()
    world.fault("500-before", "/jsapi")
    refused(world.mei.open_payment(order["id"], Idempotency_Key="a"), 503, "payment-provider-down")
    world.behave()

    answer = world.mei.open_payment(order["id"], Idempotency_Key="a")

    assert answer.status_code == 201
    assert "Idempotent-Replayed" not in answer.headers


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\tb"])
def test_a_key_is_short_and_visible(world, key):
    order = world.order()

    refused(world.mei.open_payment(order["id"], Idempotency_Key=key), 422, "invalid-input")


@both_modes
def test_a_key_is_in_use_while_wechat_pay_is_slow(world):
    order = world.order()
    watched = world.watch()
    talking, answered = threading.Event(), threading.Event()

    def slow(call, _):
        talking.set()
        answered.wait(10)

    watched.before = slow
    phone = twin(world.mei)

    def second():
        assert talking.wait(10)
        try:
            return phone.open_payment(order["id"], Idempotency_Key="a")
        finally:
            answered.set()

    first, other = at_once(lambda: world.mei.open_payment(order["id"], Idempotency_Key="a"), second)

    assert first.status_code == 201
    refused(other, 409, "idempotency-key-in-use")
    again = phone.open_payment(order["id"], Idempotency_Key="a")
    assert again.json == first.json
    assert len(world.payments(order)) == 1


def test_a_slow_answer_is_waited_for(world):
    order = world.order()
    world.fault("not-json", "/jsapi", times=1, delay_seconds=0.3)
    phone = twin(world.mei)

    first, callback = at_once(lambda: world.mei.open_payment(order["id"]), lambda: phone.get(f"/orders/{order['id']}"))

    refused(first, 503, "payment-provider-down")
    assert callback.status_code == 200


class Paying(WatchedGateway):
    """Says that the buyer is typing the password."""

    def find(self, number, reference=None):
        return replace(super().find(number, reference), state="paying")


def unreachable(world, port):
    settings = replace(world.settings.wechat_pay, api_base=f"http://127.0.0.1:{port}")
    account = WeChatPaySettings(**asdict(settings), app_id=world.settings.wechat_app_id)
    return build_wechat_pay(account, store=None)

"""Cancelling an order that may be about to be paid: WeChat Pay is asked and closed first."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import event

from shop.core import clock
from shop.core.db import db
from tests.factories.catalogue import INFANT
from tests.payments.conftest import both_modes
from tests.payments.world import WatchedGateway, at_once, twin


def cancel(tourist, order, body=None):
    return tourist.post(f"/orders/{order['id']}/cancel", body)


def refused(answer, status, code):
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.text
    return answer


@both_modes
def test_an_order_is_cancelled_once_its_payment_is_closed(world):
    order, payment, number = world.opened()
    watched = world.watch()

    answer = cancel(world.mei, order)

    assert (answer.status_code, answer.json["status"]) == (200, "cancelled")
    assert [call for call, _ in watched.calls] == ["find", "close", "find"]
    assert world.at_gateway(number)["state"] == "CLOSED"
    assert "fail" in world.mei.pay_on_phone(payment)
    assert world.seats_taken(order) == 0
    assert world.story(order)[-2:] == ["payment.closed", "order.cancelled"]


def test_an_order_without_a_payment_is_cancelled_without_a_word_to_wechat_pay(world):
    order = world.order()
    watched = world.watch()

    assert cancel(world.mei, order, {}).json["status"] == "cancelled"
    assert cancel(world.mei, order, {"quote": "any"}).json["status"] == "cancelled"

    assert watched.calls == []
    assert world.story(order).count("order.cancelled") == 1


@both_modes
def test_an_order_that_turns_out_paid_is_not_cancelled(world):
    order, _, number = world.opened()
    world.pay(number)

    refused(cancel(world.mei, order), 409, "quote-changed")

    assert world.status(order) == "paid"
    assert world.seats_taken(order) == 2
    assert world.refunds(order) == []


@both_modes
def test_an_order_paid_while_its_payment_is_being_closed_is_not_cancelled(world):
    order, _, number = world.opened()
    watched = world.watch()
    watched.before = lambda call, _: world.pay(number) if call == "close" else None

    refused(cancel(world.mei, order), 409, "quote-changed")

    assert world.status(order) == "paid"


def test_an_order_that_turns_out_paid_with_another_amount_is_in_review(world):
    order, _, number = world.opened()
    world.pay(number, total=1)

    refused(cancel(world.mei, order), 409, "cancelled-by-office-only")

    assert world.status(order) == "in_review"


@both_modes
@pytest.mark.parametrize("path", ["", "/out-trade-no/{}/close"])
def test_nothing_is_cancelled_when_wechat_pay_does_not_answer(world, path):
    order, _, number = world.opened()
    world.fault("500-before", path.format(number))

    answer = refused(cancel(world.mei, order), 503, "payment-provider-down")

    assert int(answer.headers["Retry-After"]) > 0
    assert (world.status(order), world.seats_taken(order)) == ("pending", 2)
    assert world.payment(number).status == "pending"
    world.behave()
    assert cancel(world.mei, order).json["status"] == "cancelled"


def test_nothing_is_cancelled_while_the_buyer_is_typing_the_password(world):
    order, _, number = world.opened()
    real = world.gateway

    class Paying(WatchedGateway):
        def find(self, number, reference=None):
            return replace(super().find(number, reference), state="paying")

    world.gateway = Paying(real)

    refused(cancel(world.mei, order), 503, "payment-provider-down")

    assert world.status(order) == "pending"
    assert world.payment(number).status == "pending"


def test_an_expired_order_stays_expired(world):
    order = world.order()
    world.go_to(order["expires_at"], seconds=1)
    world.sweep()

    assert cancel(world.mei, order).json["status"] == "expired"


def free_order(world):
    units = [{**INFANT, "code": "adult", "seats": 1}]
    return world.mei.ordered(world.departure(units=units))


def test_a_free_order_is_cancelled_and_its_tickets_are_void(world):
    order = free_order(world)

    assert cancel(world.mei, order).json["status"] == "cancelled"

    assert [ticket["status"] for ticket in world.mei.tickets(order["id"])] == ["void", "void"]
    assert world.seats_taken(order) == 0


def test_a_free_order_is_not_cancelled_after_the_start(world):
    order = free_order(world)
    departure = UUID(order["bookings"][0]["departure"]["id"])
    world.catalogue.change(departure, starts_at=clock.now() - timedelta(seconds=1))

    refused(cancel(world.mei, order), 409, "too-late-to-cancel")


def test_a_customer_who_opens_payments_while_cancelling_is_followed(world):
    order, _, _ = world.opened()
    watched = world.watch()
    phone = twin(world.mei)
    left = [2]

    def open_another(call, _):
        if call == "find" and left[0] and len(world.payments(order)) == 3 - left[0]:
            left[0] -= 1
            world.gateway = watched.real
            phone.open_payment(order["id"])
            world.gateway = watched

    watched.after = open_another
    answer = cancel(world.mei, order)

    assert answer.status_code in {200, 409, 503}
    assert world.violations() == []


def test_a_customer_who_never_stops_opening_payments_is_told_so(world):
    """Between the end of each attempt and the locking of the order, another one is opened from a second phone."""
    order, _, _ = world.opened()
    phone = twin(world.mei)
    opened = []

    def open_another(_connection, _cursor, statement, *_):
        if "FROM orders" not in statement or "FOR UPDATE" not in statement:
            return
        if threading.current_thread() is not cancelling or len(opened) == 5:
            return
        if world.payments(order)[-1].status != "pending":
            with ThreadPoolExecutor(1) as elsewhere:
                opened.append(elsewhere.submit(phone.open_payment, order["id"]).result().status_code)

    cancelling = threading.current_thread()
    with world.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", open_another)
    try:
        answer = cancel(world.mei, order)
    finally:
        event.remove(engine, "before_cursor_execute", open_another)

    refused(answer, 409, "payment-in-progress")
    assert opened == [201, 201, 201]
    assert world.status(order) == "pending"


def test_cancelling_and_paying_at_once_ends_in_one_of_the_two(world):
    order, payment, _number = world.opened()

    cancelled, paid = at_once(
        lambda: cancel(world.mei, order).status_code, lambda: twin(world.mei).pay_on_phone(payment)
    )

    world.later(seconds=31)
    world.sweep()
    if paid == "requestPayment:ok":
        assert (cancelled, world.status(order)) in {(409, "paid"), (200, "cancelled")}
    else:
        assert (cancelled, world.status(order)) == (200, "cancelled")


def test_cancelling_and_opening_at_once_leaves_nothing_open(world):
    order = world.order()

    cancelled, opened = at_once(lambda: cancel(world.mei, order), lambda: twin(world.mei).open_payment(order["id"]))

    assert cancelled.status_code == 200
    assert world.status(order) == "cancelled"
    assert opened.status_code in {201, 409, 503}
    for payment in world.payments(order):
        assert payment.status == "closed"
        assert world.at_gateway(payment.number)["state"] in {"CLOSED", None}

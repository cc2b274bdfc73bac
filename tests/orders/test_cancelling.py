"""Cancelling an order that no payment was opened for, or that cost nothing."""

from datetime import timedelta

import pytest

from shop.payments.sweep import sweep
from tests.factories.crowd import violations
from tests.factories.rows import change, rows
from tests.orders.conftest import MORNING


def cancel(tourist, order, body=None):
    return tourist.post(f"/orders/{order['id']}/cancel", body)


def test_an_order_that_was_not_paid_is_cancelled_and_its_seats_are_free(
    morning, app, tourist, other_tourist, catalogue
):
    departures = [catalogue.departure(capacity=2), catalogue.departure(capacity=2)]
    order = tourist.place(*(tourist.held(departure)["id"] for departure in departures)).json
    morning.shift(timedelta(minutes=1))

    answer = cancel(tourist, order)

    assert answer.status_code == 200
    assert answer.json["status"] == "cancelled"
    assert [booking["status"] for booking in answer.json["bookings"]] == ["cancelled", "cancelled"]
    assert [event["event"] for event in answer.json["timeline"]] == ["order.placed", "order.cancelled"]
    assert answer.json == tourist.order(order["id"])
    assert [catalogue.seats_taken(departure) for departure in departures] == [0, 0]
    assert other_tourist.hold(departures[0]).status_code == 201
    assert rows(app, "SELECT DISTINCT ended_at FROM orders") == [{"ended_at": MORNING + timedelta(minutes=1)}]
    assert violations(app) == []


def test_again_changes_nothing(tourist, other_tourist, catalogue):
    departure = catalogue.departure()
    order = tourist.ordered(departure)
    other_tourist.held(departure, adults=1)

    first = cancel(tourist, order)
    again = cancel(tourist, order)

    assert (again.status_code, again.json) == (200, first.json)
    assert catalogue.seats_taken(departure) == 1


@pytest.mark.parametrize("body", [None, {}])
def test_a_body_is_not_needed(tourist, catalogue, body):
    order = tourist.ordered(catalogue.departure())

    assert cancel(tourist, order, body).json["status"] == "cancelled"


def test_an_order_that_expired_is_left_as_it_is(context, morning, tourist, catalogue):
    departure = catalogue.departure()
    order = tourist.ordered(departure)
    morning.shift(timedelta(minutes=15))
    sweep()

    answer = cancel(tourist, order)

    assert (answer.status_code, answer.json["status"]) == (200, "expired")
    assert answer.json == tourist.order(order["id"])
    assert catalogue.seats_taken(departure) == 0


def test_an_order_past_its_time_that_the_sweep_has_not_met_is_cancelled_once(context, morning, tourist, catalogue):
    departure = catalogue.departure()
    order = tourist.ordered(departure)
    morning.shift(timedelta(minutes=15))

    assert cancel(tourist, order).json["status"] == "cancelled"
    sweep()

    assert tourist.order(order["id"])["status"] == "cancelled"
    assert catalogue.seats_taken(departure) == 0


def test_an_order_in_review_is_left_to_the_office(app, tourist, catalogue):
    departure = catalogue.departure()
    order = tourist.ordered(departure)
    change(app, "UPDATE orders SET status = 'in_review'")

    answer = cancel(tourist, order)

    assert (answer.status_code, answer.json["code"]) == (409, "cancelled-by-office-only")
    assert tourist.order(order["id"])["status"] == "in_review"
    assert catalogue.seats_taken(departure) == 2


def test_an_order_that_cost_nothing_is_cancelled_and_its_tickets_are_void(app, tourist, gift, catalogue):
    departure = gift()
    order = tourist.ordered(departure, adults=2, infants=1)
    assert [ticket["status"] for ticket in tourist.tickets(order["id"])] == ["valid"] * 3

    answer = cancel(tourist, order)

    assert (answer.status_code, answer.json["status"]) == (200, "cancelled")
    assert [ticket["status"] for ticket in tourist.tickets(order["id"])] == ["void"] * 3
    assert answer.json["refunds"] == []
    assert catalogue.seats_taken(departure) == 0
    assert cancel(tourist, order).json == answer.json
    assert violations(app) == []


def test_a_ticket_that_was_used_stays_used(app, tourist, gift):
    order = tourist.ordered(gift())
    change(app, "UPDATE tickets SET status = 'redeemed' WHERE position = 1")

    cancel(tourist, order)

    assert [ticket["status"] for ticket in tourist.tickets(order["id"])] == ["redeemed", "void"]


def test_the_tickets_of_other_orders_stay_valid(tourist, other_tourist, gift):
    departure = gift()
    order, other = tourist.ordered(departure), other_tourist.ordered(departure)

    cancel(tourist, order)

    assert [ticket["status"] for ticket in other_tourist.tickets(other["id"])] == ["valid", "valid"]


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 409), (3600, 409)])
def test_once_the_tour_has_started_it_is_too_late(morning, tourist, gift, catalogue, seconds, status):
    departure = gift(starts_at=MORNING + timedelta(hours=3))
    order = tourist.ordered(departure)
    morning.move_to(MORNING + timedelta(hours=3, seconds=seconds))

    answer = cancel(tourist, order)

    assert answer.status_code == status
    if status == 409:
        assert answer.json["code"] == "too-late-to-cancel"
        assert [ticket["status"] for ticket in tourist.tickets(order["id"])] == ["valid", "valid"]
    assert catalogue.seats_taken(departure) == (2 if status == 409 else 0)


def test_one_tour_of_several_that_has_started_is_enough_to_be_too_late(morning, tourist, gift):
    soon, later = gift(starts_at=MORNING + timedelta(hours=3)), gift(starts_at=MORNING + timedelta(days=3))
    order = tourist.place(tourist.held(later)["id"], tourist.held(soon)["id"]).json
    morning.shift(timedelta(hours=3))

    assert cancel(tourist, order).json["code"] == "too-late-to-cancel"


def test_cancelling_is_for_who_is_signed_in(app):
    answer = app.test_client().post("/api/v1/orders/x/cancel")

    assert (answer.status_code, answer.json["code"]) == (401, "sign-in-required")

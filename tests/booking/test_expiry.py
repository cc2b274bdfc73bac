"""Holds whose time is over."""

from datetime import timedelta

import sqlalchemy as sa

from shop.booking.services import expire_due
from shop.core import clock
from shop.core.db import db, transaction
from shop.payments.sweep import sweep
from tests.booking.conftest import MORNING
from tests.factories.crowd import at_once, violations, within
from tests.factories.rows import change, rows

SECOND = timedelta(seconds=1)
HOLD = timedelta(minutes=15)


def status(tourist, booking):
    return tourist.get(f"/bookings/{booking['id']}").json["status"]


def test_a_hold_past_its_time_is_shown_as_expired_before_the_sweep(morning, tourist, catalogue):
    departure = catalogue.departure()
    booking = tourist.held(departure)

    morning.move_to(MORNING + HOLD - SECOND)
    assert status(tourist, booking) == "held"
    morning.move_to(MORNING + HOLD)
    assert status(tourist, booking) == "expired"
    assert catalogue.seats_taken(departure) == 2


def test_the_sweep_gives_the_seats_back_once(app, context, morning, tourist, other_tourist, catalogue):
    departure = catalogue.departure(capacity=5)
    ending = tourist.held(departure, adults=2)
    morning.shift(SECOND)
    other_tourist.held(departure, adults=3)
    morning.move_to(MORNING + HOLD)

    sweep()
    sweep()

    assert catalogue.seats_taken(departure) == 3
    assert status(tourist, ending) == "expired"
    assert rows(app, "SELECT seats, status, ended_at FROM bookings ORDER BY seats") == [
        {"seats": 2, "status": "expired", "ended_at": MORNING + HOLD},
        {"seats": 3, "status": "held", "ended_at": None},
    ]
    assert violations(app) == []


def test_a_hold_is_not_ended_a_second_too_early(context, morning, tourist, catalogue):
    departure = catalogue.departure()
    tourist.held(departure)
    morning.move_to(MORNING + HOLD - SECOND)

    with transaction():
        assert expire_due(now=clock.now()) == 0
    assert catalogue.seats_taken(departure) == 2


def test_the_oldest_holds_end_first_so_many_at_a_time(context, morning, tourist, catalogue):
    departures = [catalogue.departure() for _ in range(3)]
    for departure in departures:
        tourist.held(departure)
        morning.shift(SECOND)
    morning.shift(HOLD)

    with transaction():
        assert expire_due(now=clock.now(), limit=2) == 2
    assert [catalogue.seats_taken(departure) for departure in departures] == [0, 0, 2]
    with transaction():
        assert expire_due(now=clock.now(), limit=2) == 1
    with transaction():
        assert expire_due(now=clock.now(), limit=2) == 0


def test_bookings_of_orders_do_not_keep_holds_from_ending(context, morning, tourist, catalogue):
    tourist.ordered(catalogue.departure())
    morning.shift(SECOND)
    departure = catalogue.departure()
    tourist.held(departure)
    morning.shift(HOLD)

    with transaction():
        assert expire_due(now=clock.now(), limit=1) == 1
    assert catalogue.seats_taken(departure) == 0


def test_a_hold_that_somebody_has_in_hand_does_not_keep_others_from_ending(context, morning, tourist, catalogue):
    departures = [catalogue.departure() for _ in range(2)]
    held = [tourist.held(departure) for departure in departures]
    morning.shift(HOLD)

    with db.engine.begin() as connection:
        connection.execute(sa.text("SELECT 1 FROM bookings WHERE id = :id FOR UPDATE"), {"id": held[0]["id"]})
        with transaction():
            assert expire_due(now=clock.now()) == 1

    assert [catalogue.seats_taken(departure) for departure in departures] == [2, 0]


def test_several_holds_of_one_departure_are_given_back_together(context, morning, tourist, catalogue):
    departure = catalogue.departure()
    for adults in (1, 2, 3):
        tourist.held(departure, adults=adults)
    morning.shift(HOLD)

    sweep()

    assert catalogue.seats_taken(departure) == 0


def test_a_hold_in_an_order_is_left_to_the_order(context, morning, tourist, catalogue):
    departure = catalogue.departure()
    booking = tourist.ordered(departure)["bookings"][0]
    change(context, "UPDATE orders SET expires_at = expires_at + interval '1 hour'")
    morning.shift(HOLD)

    sweep()

    assert status(tourist, booking) == "held"
    assert catalogue.seats_taken(departure) == 2


def test_a_hold_let_go_is_not_expired_as_well(context, morning, tourist, catalogue):
    departure = catalogue.departure()
    booking = tourist.held(departure)
    tourist.delete(f"/bookings/{booking['id']}")
    morning.shift(HOLD)

    sweep()

    assert status(tourist, booking) == "released"
    assert catalogue.seats_taken(departure) == 0


def test_an_order_that_was_not_paid_in_time_gives_its_seats_back(context, morning, tourist, catalogue):
    departure = catalogue.departure()
    order = tourist.ordered(departure)
    morning.move_to(MORNING + HOLD - SECOND)
    sweep()
    assert tourist.order(order["id"])["status"] == "pending"

    morning.move_to(MORNING + HOLD)
    sweep()
    sweep()

    ended = tourist.order(order["id"])
    assert ended["status"] == "expired"
    assert [booking["status"] for booking in ended["bookings"]] == ["expired"]
    assert [event["event"] for event in ended["timeline"]] == ["order.placed", "order.expired"]
    assert catalogue.seats_taken(departure) == 0
    assert violations(context) == []


def test_letting_go_and_expiring_at_the_same_moment_gives_back_once(app, morning, tourist, other_tourist, catalogue):
    departure = catalogue.departure(capacity=8)
    other_tourist.held(departure, adults=5)
    for _ in range(10):
        booking = tourist.held(departure, adults=3)
        morning.shift(timedelta(minutes=16))
        change(app, "UPDATE bookings SET expires_at = expires_at + interval '16 minutes' WHERE seats = 5")

        def let_go(path=f"/api/v1/bookings/{booking['id']}"):
            return app.test_client().delete(path, headers=tourist.headers).status_code

        sweeping = within(app, lambda: expire_due(now=clock.now()))
        answers = at_once([let_go, sweeping, let_go, sweeping])

        assert answers == [204, "done", 204, "done"]
        assert status(tourist, booking) in {"released", "expired"}
        assert catalogue.seats_taken(departure) == 5
    assert violations(app) == []

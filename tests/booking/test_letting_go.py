"""Giving seats back before their time, and holding them longer."""

from datetime import datetime, timedelta

import pytest

from tests.booking.conftest import MORNING
from tests.factories.crowd import violations
from tests.factories.rows import change, rows

MINUTE = timedelta(minutes=1)


def expiry(booking):
    return datetime.fromisoformat(booking["expires_at"])


def extend(tourist, booking):
    return tourist.post(f"/bookings/{booking['id']}/extend")


class TestRelease:
    def test_the_seats_are_on_sale_again_at_once(self, tourist, other_tourist, catalogue):
        departure = catalogue.departure(capacity=2)
        booking = tourist.held(departure, adults=2)
        assert other_tourist.hold(departure, adults=2).status_code == 409

        answer = tourist.delete(f"/bookings/{booking['id']}")

        assert (answer.status_code, answer.data) == (204, b"")
        assert catalogue.seats_taken(departure) == 0
        assert other_tourist.hold(departure, adults=2).status_code == 201
        assert tourist.get(f"/bookings/{booking['id']}").json["status"] == "released"

    def test_again_gives_nothing_back_again(self, tourist, other_tourist, catalogue):
        departure = catalogue.departure()
        booking = tourist.held(departure, adults=2)
        other_tourist.held(departure, adults=3)

        codes = [tourist.delete(f"/bookings/{booking['id']}").status_code for _ in range(3)]

        assert codes == [204, 204, 204]
        assert catalogue.seats_taken(departure) == 3

    def test_a_booking_in_an_order_stays(self, tourist, catalogue):
        departure = catalogue.departure()
        booking = tourist.ordered(departure)["bookings"][0]

        answer = tourist.delete(f"/bookings/{booking['id']}")

        assert (answer.status_code, answer.json["code"]) == (409, "booking-ordered")
        assert catalogue.seats_taken(departure) == 2
        assert tourist.get(f"/bookings/{booking['id']}").json["status"] == "held"

    def test_a_booking_of_a_cancelled_order_stays_cancelled(self, tourist, catalogue):
        departure = catalogue.departure()
        order = tourist.ordered(departure)
        tourist.post(f"/orders/{order['id']}/cancel")

        answer = tourist.delete(f"/bookings/{order['bookings'][0]['id']}")

        assert (answer.status_code, answer.json["code"]) == (409, "booking-ordered")
        assert catalogue.seats_taken(departure) == 0

    def test_a_hold_whose_time_is_over_can_still_be_let_go(self, morning, tourist, catalogue):
        departure = catalogue.departure()
        booking = tourist.held(departure)
        morning.shift(20 * MINUTE)

        assert tourist.delete(f"/bookings/{booking['id']}").status_code == 204
        assert catalogue.seats_taken(departure) == 0

    def test_when_it_ended_is_written_down(self, app, morning, tourist, catalogue):
        booking = tourist.held(catalogue.departure())
        morning.shift(3 * MINUTE)
        tourist.delete(f"/bookings/{booking['id']}")

        assert rows(app, "SELECT status, ended_at FROM bookings") == [
            {"status": "released", "ended_at": MORNING + 3 * MINUTE}
        ]
        assert violations(app) == []


class TestExtend:
    @pytest.mark.parametrize(
        ("minutes", "expires"),
        [(0, 15), (1, 16), (10, 25), (14, 29)],
    )
    def test_it_is_held_one_hold_from_now(self, morning, tourist, catalogue, minutes, expires):
        booking = tourist.held(catalogue.departure())
        morning.shift(minutes * MINUTE)

        answer = extend(tourist, booking)

        assert answer.status_code == 200
        assert expiry(answer.json) == MORNING + expires * MINUTE
        assert answer.json | {"expires_at": booking["expires_at"]} == booking
        assert tourist.get(f"/bookings/{booking['id']}").json == answer.json

    def test_twice_a_hold_in_all_is_the_most(self, morning, tourist, catalogue):
        booking = tourist.held(catalogue.departure())
        for _ in range(4):
            morning.shift(7 * MINUTE)
            extended = extend(tourist, booking)

        assert expiry(extended.json) == MORNING + 30 * MINUTE
        morning.move_to(MORNING + 30 * MINUTE - timedelta(seconds=1))
        assert expiry(extend(tourist, booking).json) == MORNING + 30 * MINUTE
        morning.move_to(MORNING + 30 * MINUTE)
        assert extend(tourist, booking).json["code"] == "booking-expired"

    def test_a_hold_that_is_longer_already_is_not_shortened(self, app, morning, tourist, catalogue):

        booking = tourist.held(catalogue.departure())
        change(app, "UPDATE bookings SET expires_at = expires_at + interval '1 hour'")

        assert expiry(extend(tourist, booking).json) == MORNING + 75 * MINUTE

    def test_an_expired_hold_cannot_be_extended_from_its_very_second(self, morning, tourist, catalogue):
        booking = tourist.held(catalogue.departure())
        morning.move_to(MORNING + 15 * MINUTE - timedelta(seconds=1))
        assert extend(tourist, booking).status_code == 200
        other = tourist.held(catalogue.departure())
        morning.shift(15 * MINUTE)

        answer = extend(tourist, other)

        assert (answer.status_code, answer.json["code"]) == (409, "booking-expired")
        assert tourist.get(f"/bookings/{other['id']}").json["expires_at"] == other["expires_at"]

    def test_a_hold_that_was_let_go_cannot_be_extended(self, tourist, catalogue):
        departure = catalogue.departure()
        booking = tourist.held(departure)
        tourist.delete(f"/bookings/{booking['id']}")

        answer = extend(tourist, booking)

        assert (answer.status_code, answer.json["code"]) == (409, "booking-expired")
        assert catalogue.seats_taken(departure) == 0

    def test_a_booking_in_an_order_has_the_time_of_the_order(self, tourist, catalogue):
        order = tourist.ordered(catalogue.departure())
        booking = order["bookings"][0]

        answer = extend(tourist, booking)

        assert (answer.status_code, answer.json["code"]) == (409, "booking-ordered")
        assert tourist.order(order["id"])["expires_at"] == order["expires_at"]

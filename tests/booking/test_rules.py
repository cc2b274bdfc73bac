"""The states of a booking: everything in the table happens, everything else is refused and changes nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import product

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from shop.booking import services
from shop.booking.rules import TRANSITIONS, states_before
from shop.booking.schemas import BOOKING_STATES
from shop.core import clock
from shop.core.db import db
from tests.factories.crowd import waiting_for_a_lock, within
from tests.factories.rows import change, rows
from tests.factories.waiting import wait_until

EVENTS = sorted({event for _, event in TRANSITIONS})
KEEPS_SEATS = {"held", "confirmed"}


def test_the_table_knows_no_other_states():
    assert {state for state, _ in TRANSITIONS} | set(TRANSITIONS.values()) == set(BOOKING_STATES)
    assert EVENTS == ["cancel", "confirm", "expire", "release"]


@pytest.mark.parametrize("event", EVENTS)
def test_the_states_before_an_event_are_those_of_the_table(event):
    assert states_before(event) == [state for state, happening in TRANSITIONS if happening == event]


def put_in_state(app, state):
    taken = 2 if state in KEEPS_SEATS else 0
    change(app, "UPDATE bookings SET status = :state", state=state)
    change(app, "UPDATE departures SET seats_taken = :taken", taken=taken)


def everything(app):
    return (
        rows(app, "SELECT status, order_id, seats, amount, expires_at FROM bookings"),
        rows(app, "SELECT seats_taken FROM departures"),
    )


def ended(app):
    return rows(app, "SELECT ended_at FROM bookings")[0]["ended_at"]


@pytest.mark.parametrize(
    ("state", "event"), list(product(BOOKING_STATES, ["cancel", "confirm", "expire"])), ids=lambda part: part
)
def test_every_event_of_an_ordered_booking(app, tourist, catalogue, state, event):
    order = tourist.ordered(catalogue.departure())["id"]
    put_in_state(app, state)
    before = everything(app)
    now = clock.now() + timedelta(hours=1)
    work = {
        "cancel": lambda: services.end_ordered(order, "cancel", now=now),
        "expire": lambda: services.end_ordered(order, "expire", now=now),
        "confirm": lambda: services.confirm(order, now=now),
    }[event]

    assert within(app, work)() == "done"

    expected = TRANSITIONS.get((state, event))
    if expected is None:
        assert everything(app) == before
        return
    assert rows(app, "SELECT status FROM bookings") == [{"status": expected}]
    assert rows(app, "SELECT seats_taken FROM departures") == [{"seats_taken": 2 if expected in KEEPS_SEATS else 0}]
    assert ended(app) == (None if expected == "confirmed" else now)


@pytest.mark.parametrize(
    ("state", "event"),
    list(product([state for state in BOOKING_STATES if state != "confirmed"], ["release", "expire"])),
    ids=lambda part: part,
)
def test_every_event_of_a_booking_without_an_order(app, tourist, catalogue, state, event):
    booking = tourist.held(catalogue.departure())["id"]
    put_in_state(app, state)
    before = everything(app)
    now = clock.now() + timedelta(hours=1)
    work = {
        "release": lambda: services.release(booking, customer_id=tourist.id, now=now),
        "expire": lambda: services.expire_due(now=now),
    }[event]

    assert within(app, work)() == "done"

    expected = TRANSITIONS.get((state, event))
    if expected is None:
        assert everything(app) == before
        assert ended(app) is None
        return
    assert rows(app, "SELECT status FROM bookings") == [{"status": expected}]
    assert rows(app, "SELECT seats_taken FROM departures") == [{"seats_taken": 0}]
    assert ended(app) == now


@pytest.mark.parametrize("state", BOOKING_STATES)
def test_no_booking_of_an_order_is_released(app, tourist, catalogue, state):
    booking = tourist.ordered(catalogue.departure())["bookings"][0]["id"]
    put_in_state(app, state)
    before = everything(app)

    answer = within(app, lambda: services.release(booking, customer_id=tourist.id, now=clock.now()))()

    assert answer == "booking-ordered"
    assert everything(app) == before


class TestComingBack:
    """A booking that expired is confirmed only if its seats can be had again: all of the order's, or none."""

    @pytest.fixture
    def order(self, app, tourist, catalogue):
        self.departures = sorted(catalogue.departure(capacity=4) for _ in range(2))
        held = [tourist.held(departure)["id"] for departure in self.departures]
        order = tourist.place(*held).json["id"]
        assert within(app, lambda: services.end_ordered(order, "expire", now=clock.now()))() == "done"
        return order

    def confirmed(self, app, order):
        found = []
        assert within(app, lambda: found.append(services.confirm(order, now=clock.now())))() == "done"
        return found[0]

    def test_seats_that_are_free_are_taken_again(self, app, catalogue, order):
        assert self.confirmed(app, order)

        assert [catalogue.seats_taken(departure) for departure in self.departures] == [2, 2]
        assert rows(app, "SELECT DISTINCT status, ended_at FROM bookings") == [
            {"status": "confirmed", "ended_at": None}
        ]

    @pytest.mark.parametrize("gone", [0, 1])
    @pytest.mark.parametrize(
        "why",
        [
            "seats_taken = 3",
            "status = 'closed'",
            "status = 'cancelled'",
            "starts_at = now() - interval '1 minute'",
        ],
    )
    def test_all_come_back_or_none(self, app, catalogue, order, gone, why):
        change(app, f"UPDATE departures SET {why} WHERE id = :id", id=self.departures[gone])
        before = everything(app)

        assert not self.confirmed(app, order)

        assert everything(app) == before
        assert {row["status"] for row in rows(app, "SELECT status FROM bookings")} == {"expired"}

    def test_a_departure_has_started_at_its_very_second(self, morning, app, catalogue, order):
        change(app, "UPDATE departures SET starts_at = :now", now=clock.now())

        assert not self.confirmed(app, order)

    def test_two_orders_that_come_back_at_once_do_not_wait_in_a_circle(self, app, tourist, other_tourist, catalogue):
        """One has the first departure and waits for the third; the other wants the second, then the first."""
        first, second, third = sorted(catalogue.departure() for _ in range(3))
        ways = {tourist: (first, third, second), other_tourist: (second, first)}
        orders = [who.place(*[who.held(departure)["id"] for departure in way]).json["id"] for who, way in ways.items()]
        for order in orders:
            assert within(app, lambda order=order: services.end_ordered(order, "expire", now=clock.now()))() == "done"
        comings = [within(app, lambda order=order: services.confirm(order, now=clock.now())) for order in orders]

        with ThreadPoolExecutor(2) as pool:
            with app.app_context(), db.engine.begin() as connection:
                connection.execute(sa.text("SELECT 1 FROM departures WHERE id = :id FOR UPDATE"), {"id": third})
                answers = [pool.submit(comings[0])]
                wait_until(lambda: waiting_for_a_lock(app) == 1)
                answers.append(pool.submit(comings[1]))
                wait_until(lambda: waiting_for_a_lock(app) == 2)

            assert [answer.result(timeout=20) for answer in answers] == ["done", "done"]

        assert {row["status"] for row in rows(app, "SELECT status FROM bookings")} == {"confirmed"}

    def test_the_very_last_seats_are_enough(self, app, catalogue, order):
        change(app, "UPDATE departures SET seats_taken = 2")

        assert self.confirmed(app, order)
        assert [catalogue.seats_taken(departure) for departure in self.departures] == [4, 4]


def test_an_order_without_bookings_has_nothing_to_confirm_but_nothing_against_it(app, tourist, catalogue):
    order = tourist.ordered(catalogue.departure())["id"]
    change(app, "UPDATE bookings SET order_id = NULL")

    assert within(app, lambda: services.confirm(order, now=clock.now()))() == "done"
    assert rows(app, "SELECT status FROM bookings") == [{"status": "held"}]


@pytest.mark.parametrize(
    ("constraint", "wrong"),
    [
        ("ck_bookings_status", "UPDATE bookings SET status = 'lost'"),
        ("ck_bookings_seats", "UPDATE bookings SET seats = 0"),
        ("ck_bookings_confirmed_is_ordered", "UPDATE bookings SET status = 'confirmed'"),
        ("ck_booking_lines_quantity", "UPDATE booking_lines SET quantity = 0"),
        ("ck_departures_seats", "UPDATE departures SET seats_taken = capacity + 1"),
        ("ck_departures_seats", "UPDATE departures SET seats_taken = -1"),
        ("ck_departures_seats", "UPDATE departures SET seats_blocked = capacity"),
        ("ck_departures_seats", "UPDATE departures SET seats_blocked = -1"),
    ],
)
def test_the_database_itself_refuses_what_no_booking_is(app, tourist, catalogue, constraint, wrong):
    tourist.held(catalogue.departure())

    with pytest.raises(IntegrityError, match=constraint):
        change(app, wrong)


class TestSales:
    """What the catalogue asks before it changes a departure or a unit."""

    def test_only_bookings_that_keep_seats_stand_in_the_way_of_a_departure(self, app, tourist, catalogue):
        departure = catalogue.departure()
        held, gone = tourist.held(departure), tourist.held(departure)
        ordered = tourist.ordered(departure)["bookings"][0]
        tourist.delete(f"/bookings/{gone['id']}")
        with app.app_context():
            found = services.SoldByBookings().bookings_of_departure(departure)

        assert found == sorted([held["id"], ordered["id"]])

    def test_every_booking_that_ever_held_a_unit_stands_in_the_way_of_its_meaning(self, app, tourist, catalogue):
        departure = catalogue.departure()
        booking = tourist.held(departure)["id"]
        tourist.delete(f"/bookings/{booking}")
        units = {row["code"]: row["id"] for row in rows(app, "SELECT code, id FROM units")}
        with app.app_context():
            sales = services.SoldByBookings()

            assert sales.bookings_of_unit(units["adult"]) == [booking]
            assert sales.bookings_of_unit(units["child"]) == []

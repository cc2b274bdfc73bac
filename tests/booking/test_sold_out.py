"""What is answered when the seats are gone: how many are left, and where else to go."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from shop.booking import services
from shop.core import clock
from shop.core.db import db
from tests.booking.conftest import MORNING
from tests.factories.crowd import at_once, waiting_for_a_lock, within
from tests.factories.rows import rows
from tests.factories.waiting import wait_until

START = MORNING + timedelta(days=7)


def refused(answer):
    assert (answer.status_code, answer.json["code"]) == (409, "sold-out"), answer.text
    return answer.json


def test_the_seats_that_are_left_are_told(tourist, other_tourist, catalogue):
    departure = catalogue.departure(capacity=5)
    other_tourist.held(departure, adults=3)

    problem = refused(tourist.hold(departure, adults=3))

    assert problem["seats_left"] == 2
    assert problem["detail"] == "There are not enough seats left at this departure (seats left: 2)."
    assert problem["alternatives"] == []
    assert catalogue.seats_taken(departure) == 3


def test_the_last_seats_can_be_had(tourist, other_tourist, catalogue):
    departure = catalogue.departure(capacity=5)
    other_tourist.held(departure, adults=3)

    tourist.held(departure, adults=2)

    assert refused(tourist.hold(departure, adults=1))["seats_left"] == 0


def test_a_party_larger_than_the_whole_departure_is_sold_out(tourist, catalogue):
    departure = catalogue.departure(capacity=3)

    assert refused(tourist.hold(departure, adults=4))["seats_left"] == 3


def test_the_nearest_three_departures_with_room_are_offered(tourist, catalogue):
    slug = catalogue.tour()
    wanted = catalogue.departure(slug, capacity=1, starts_in=timedelta(days=10))
    days = {day: catalogue.departure(slug, starts_in=timedelta(days=day)) for day in (4, 9, 12, 13, 20)}

    problem = refused(tourist.hold(wanted, adults=2))

    assert [other["id"] for other in problem["alternatives"]] == [str(days[9]), str(days[12]), str(days[13])]


def test_only_departures_with_room_for_the_whole_party_are_offered(tourist, other_tourist, catalogue):
    slug = catalogue.tour()
    wanted = catalogue.departure(slug, capacity=1)
    catalogue.departure(slug, capacity=1, starts_in=timedelta(days=8))
    fuller = catalogue.departure(slug, capacity=3, starts_in=timedelta(days=9))
    roomy = catalogue.departure(slug, capacity=2, starts_in=timedelta(days=20))
    other_tourist.held(fuller, adults=2)

    problem = refused(tourist.hold(wanted, adults=2, infants=1))

    assert [other["id"] for other in problem["alternatives"]] == [str(roomy)]


def test_neither_closed_nor_cancelled_nor_past_nor_other_tours_are_offered(morning, tourist, catalogue):
    slug = catalogue.tour(cutoff_minutes=120)
    wanted = catalogue.departure(slug, capacity=1, starts_at=START)
    catalogue.departure(slug, status="closed", starts_at=START + timedelta(days=1))
    catalogue.departure(slug, status="cancelled", starts_at=START + timedelta(days=2))
    catalogue.departure(slug, starts_at=MORNING - timedelta(days=1))
    catalogue.departure(slug, starts_at=MORNING + timedelta(minutes=119))
    catalogue.departure(starts_at=START)
    at_the_cutoff = catalogue.departure(slug, starts_at=MORNING + timedelta(minutes=120))

    problem = refused(tourist.hold(wanted, adults=2))

    assert [other["id"] for other in problem["alternatives"]] == [str(at_the_cutoff)]


def test_an_alternative_looks_like_the_list_of_departures(morning, tourist, catalogue):
    slug = catalogue.tour()
    wanted = catalogue.departure(slug, capacity=1, starts_at=START)
    for day in (1, 2):
        catalogue.departure(slug, starts_at=START + timedelta(days=day), language="fr", capacity=9)

    problem = refused(tourist.hold(wanted, adults=2))

    listed = tourist.get(f"/tours/{slug}/departures?seats=2").json["items"]
    assert len(listed) == 2
    assert problem["alternatives"] == listed


def test_an_alternative_can_be_booked_as_it_is(tourist, catalogue):
    slug = catalogue.tour()
    wanted = catalogue.departure(slug, capacity=1)
    catalogue.departure(slug, starts_in=timedelta(days=8))

    offered = refused(tourist.hold(wanted, adults=2))["alternatives"][0]

    assert tourist.hold(offered["id"], adults=2).status_code == 201


@pytest.mark.parametrize(
    ("meanwhile", "code"),
    [
        ("status = 'closed'", "departure-closed"),
        ("status = 'cancelled'", "departure-closed"),
        ("starts_at = starts_at - interval '7 days'", "departure-closed"),
        ("capacity = 1", "sold-out"),
        ("capacity = 2", "done"),
    ],
)
def test_what_changes_while_seats_are_being_taken_is_seen(app, tourist, catalogue, meanwhile, code):
    """The statement that takes the seats waits for the row, and judges it as it is then."""
    departure = catalogue.departure(capacity=20, cutoff_minutes=0)
    taking = within(
        app,
        lambda: services.hold_seats(
            departure_id=departure,
            customer_id=tourist.id,
            wanted={"adult": 2},
            hold=timedelta(minutes=15),
            max_holds=3,
            now=clock.now(),
        ),
    )

    with ThreadPoolExecutor(1) as pool:
        with app.app_context(), db.engine.begin() as connection:
            connection.execute(sa.text(f"UPDATE departures SET {meanwhile} WHERE id = :id"), {"id": departure})
            answer = pool.submit(taking)
            wait_until(lambda: waiting_for_a_lock(app) == 1)
        assert answer.result(timeout=10) == code

    assert catalogue.seats_taken(departure) == (2 if code == "done" else 0)


def test_seats_that_come_back_between_two_looks_are_sold_to_the_last(app, tourist, catalogue):
    departure = catalogue.departure(capacity=2)
    looks = []
    came_back = (
        "SELECT 'not-taken' AS outcome, NULL::uuid AS customer, NULL::integer AS kept_status, NULL AS kept_body,"
        " 2 AS seats_left"
    )

    def come_back(_connection, _cursor, statement, values, *_facts):
        if "hold_seats" in statement:
            looks.append(statement)
            if len(looks) == 1:
                return came_back, {}
        return statement, values

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", come_back, retval=True)
    try:
        answer = tourist.hold(departure, adults=2)
    finally:
        sa.event.remove(engine, "before_cursor_execute", come_back)

    assert answer.status_code == 201
    assert len(looks) == 2


class TestCeiling:
    """How many unpaid bookings one customer may have."""

    def test_a_fourth_hold_is_refused(self, tourist, catalogue):
        departure = catalogue.departure()
        for _ in range(3):
            tourist.held(departure, adults=1)

        answer = tourist.hold(departure, adults=1)

        assert (answer.status_code, answer.json["code"], answer.json["limit"]) == (429, "too-many-holds", 3)
        assert int(answer.headers["Retry-After"]) > 0
        assert catalogue.seats_taken(departure) == 3

    def test_others_are_not_counted(self, tourist, other_tourist, catalogue):
        departure = catalogue.departure()
        for _ in range(3):
            other_tourist.held(departure, adults=1)

        assert tourist.hold(departure, adults=1).status_code == 201

    def test_a_hold_that_was_let_go_makes_room(self, tourist, catalogue):
        departure = catalogue.departure()
        held = [tourist.held(departure, adults=1) for _ in range(3)]
        tourist.delete(f"/bookings/{held[0]['id']}")

        assert tourist.hold(departure, adults=1).status_code == 201

    def test_an_unpaid_order_counts(self, tourist, catalogue):
        departure = catalogue.departure()
        tourist.ordered(departure, adults=1)
        tourist.held(departure, adults=1)
        tourist.held(departure, adults=1)

        assert tourist.hold(departure, adults=1).json["code"] == "too-many-holds"

    def test_an_unpaid_order_counts_as_long_as_it_keeps_its_seats(self, morning, tourist, catalogue):
        departure = catalogue.departure()
        for _ in range(3):
            tourist.ordered(departure, adults=1)
        morning.shift(timedelta(minutes=16))

        assert tourist.hold(departure, adults=1).json["code"] == "too-many-holds"

    def test_an_order_that_cost_nothing_does_not_count(self, tourist, catalogue):
        gift = catalogue.departure(units=[{"code": "adult", "kind": "ADULT", "label": {"fr": "Gratuit"}, "price": 0}])
        for _ in range(3):
            assert tourist.ordered(gift, adults=1)["status"] == "paid"

        assert tourist.hold(gift, adults=1).status_code == 201

    def test_a_hold_whose_time_is_over_does_not_count_even_before_the_sweep(self, morning, tourist, catalogue):
        """Its customer is told that it has expired; so it cannot be what keeps them from booking."""
        departure = catalogue.departure()
        held = [tourist.held(departure, adults=1) for _ in range(3)]
        morning.shift(timedelta(minutes=15))
        assert {tourist.get(f"/bookings/{one['id']}").json["status"] for one in held} == {"expired"}

        assert tourist.hold(departure, adults=1).status_code == 201


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_times_are_told_on_the_clocks_of_the_place(morning, tourist, catalogue, zone):
    departure = catalogue.departure(starts_at=START, timezone=zone)

    booking = tourist.held(departure)

    assert booking["departure"]["starts_at"] == START.astimezone(ZoneInfo(zone)).isoformat()
    assert booking["expires_at"] == (MORNING + timedelta(minutes=15)).astimezone(ZoneInfo(zone)).isoformat()


def test_one_customer_asking_eight_times_at_once_gets_three_holds(app, tourist, catalogue):
    departure = catalogue.departure()
    wanted = {"departure_id": str(departure), "units": [{"code": "adult", "quantity": 1}]}

    def ask():
        return app.test_client().post("/api/v1/bookings", json=wanted, headers=tourist.headers).status_code

    answers = at_once([ask] * 8)

    assert sorted(answers) == [201] * 3 + [429] * 5
    assert catalogue.seats_taken(departure) == 3
    assert len(rows(app, "SELECT id FROM bookings")) == 3

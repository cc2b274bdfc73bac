"""Seats kept aside for groups and partners: no visitor gets them, and they come back by themselves."""

from datetime import timedelta

import pytest
import time_machine

from shop.catalogue import jobs
from shop.core import clock
from tests.factories.crowd import violations
from tests.factories.rows import rows, value


@pytest.fixture
def stock(colleague):
    return colleague("stock")


def block(stock, departure, seats, holder="École Jules-Ferry", **more):
    return stock.post(f"/staff/departures/{departure}/blocks", seats=str(seats), holder=holder, **more)


def local(moment):
    from zoneinfo import ZoneInfo

    return moment.astimezone(ZoneInfo("Europe/Paris")).strftime("%Y-%m-%dT%H:%M")


def test_blocked_seats_are_not_sold_and_not_taken(app, catalogue, stock, tourist, other_tourist):
    slug = catalogue.tour()
    departure = catalogue.departure(slug, capacity=10)

    assert block(stock, departure, 7).status_code == 303

    (listed,) = tourist.get(f"/tours/{slug}/departures").json["items"]
    assert (listed["seats_left"], listed["capacity"], listed["status"]) == (3, 10, "open")
    assert tourist.get(f"/tours/{slug}/departures?seats=4").json["items"] == []
    refused = tourist.hold(departure, adults=4).json
    assert (refused["code"], refused["seats_left"]) == ("sold-out", 3)
    assert tourist.hold(departure, adults=3).status_code == 201
    assert other_tourist.hold(departure, adults=1).json["code"] == "sold-out"
    assert tourist.get(f"/tours/{slug}/departures").json["items"][0]["status"] == "sold_out"
    assert tourist.get(f"/tours/{slug}").json["next_departure"] is None
    assert rows(app, "SELECT seats_taken, seats_blocked FROM departures") == [{"seats_taken": 3, "seats_blocked": 7}]
    assert violations(app) == []


def test_no_more_is_blocked_than_is_free(app, catalogue, stock, tourist):
    departure = catalogue.departure(capacity=10)
    tourist.held(departure, adults=4)
    block(stock, departure, 4)

    answer = block(stock, departure, 3)

    assert answer.status_code == 409
    assert "seats left: 2" in answer.text
    assert block(stock, departure, 2).status_code == 303
    assert value(app, "SELECT seats_blocked FROM departures") == 6


def test_what_is_released_is_on_sale_at_once_and_only_once(app, catalogue, stock, tourist):
    departure = catalogue.departure(capacity=10)
    block(stock, departure, 10)
    block_id = value(app, "SELECT id FROM seat_blocks")
    path = f"/staff/departures/{departure}/blocks/{block_id}/release"

    assert stock.post(f"/staff/departures/{catalogue.departure()}/blocks/{block_id}/release").status_code == 404
    assert stock.post(path).status_code == 303
    assert stock.post(path).status_code == 404

    assert tourist.hold(departure).status_code == 201
    assert value(app, "SELECT seats_blocked FROM departures WHERE id = :id", id=departure) == 0
    acts = rows(app, "SELECT act, before, after FROM staff_acts WHERE act LIKE 'departure.%' ORDER BY id")
    assert [act["act"] for act in acts] == ["departure.blocked", "departure.unblocked"]
    assert acts[0]["after"] == {"seats": 10, "holder": "École Jules-Ferry", "until": None}


def test_blocks_come_back_by_themselves(app, catalogue, stock):
    departure = catalogue.departure(capacity=10)
    soon, later = clock.now() + timedelta(hours=1), clock.now() + timedelta(hours=5)
    block(stock, departure, 2, until=local(soon))
    block(stock, departure, 3, until=local(later))
    block(stock, departure, 4)

    with app.app_context():
        jobs.release_blocked_seats()
        assert value(app, "SELECT seats_blocked FROM departures") == 9
        with time_machine.travel(soon + timedelta(minutes=1)):
            jobs.release_blocked_seats()
            jobs.release_blocked_seats()

    assert value(app, "SELECT seats_blocked FROM departures") == 7
    assert violations(app) == []
    page = stock.get(f"/staff/departures/{departure}").text
    assert "3 seats" in page
    assert "2 seats" not in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"seats": "0"},
        {"seats": ""},
        {"seats": "1e3"},
        {"holder": ""},
        {"holder": "x" * 121},
        {"holder": "a\x00b"},
        {"until": "tomorrow"},
        {"until": "2020-01-01T10:00"},
        {"until": "2189-01-01T10:00"},
    ],
)
def test_what_makes_no_sense_blocks_nothing(app, catalogue, stock, wrong):
    departure = catalogue.departure()

    answer = stock.post(f"/staff/departures/{departure}/blocks", **{"seats": "2", "holder": "x"} | wrong)

    assert answer.status_code == 422
    assert value(app, "SELECT seats_blocked FROM departures") == 0
    assert value(app, "SELECT count(*) FROM seat_blocks") == 0


def test_a_late_payment_gets_no_blocked_seats(app, catalogue, stock, tourist):
    """Seats that a late order would have again are kept for the group that got them meanwhile."""
    from shop.catalogue.services import seats
    from shop.core.db import transaction

    departure = catalogue.departure(capacity=2)
    block(stock, departure, 1)
    with app.app_context(), transaction():
        assert not seats.take_again(departure, 2, now=clock.now())
        assert seats.take_again(departure, 1, now=clock.now())

"""A minimum of people with a deadline: the departure is confirmed or cancelled by itself, and the staff told before."""

import re
from datetime import timedelta

import pytest

from shop.catalogue import jobs
from shop.core import clock
from shop.payments import sweep
from tests.factories.crowd import violations
from tests.factories.rows import change, rows, value
from tests.factories.waiting import wait_until


@pytest.fixture
def stock(colleague):
    return colleague("stock")


def needs(catalogue, seats, *, hours, starts_in, capacity=20):
    """A departure with a minimum said long ago."""
    departure = catalogue.departure(capacity=capacity, starts_in=timedelta(hours=starts_in))
    said = clock.now() - timedelta(days=30)
    catalogue.change(departure, minimum_seats=seats, minimum_hours=hours, minimum_at=said)
    return departure


def decide(app):
    with app.app_context():
        jobs.decide_minimums()


def told(app):
    return value(app, "SELECT count(*) FROM attention WHERE kind = 'under-minimum' AND resolved_at IS NULL")


def paid(app, tourist, departure, adults=2):
    order = tourist.ordered(departure, adults=adults)
    tourist.pay_on_phone(tourist.payment(order["id"]))
    wait_until(lambda: tourist.order(order["id"])["status"] == "paid")
    return order["id"]


def test_too_few_at_the_deadline_are_all_given_their_money_back(app, catalogue, stock, tourist, other_tourist):
    departure = needs(catalogue, 3, hours=48, starts_in=47)
    order = paid(app, tourist, departure)

    decide(app)

    (row,) = rows(app, "SELECT status, cancelled_by, cancelled_reason FROM departures")
    assert row == {"status": "cancelled", "cancelled_by": "shop", "cancelled_reason": "minimum"}
    assert other_tourist.hold(departure).json["code"] == "departure-closed"
    assert "Cancelled by itself: the minimum was not reached." in stock.get(f"/staff/departures/{departure}").text
    with app.app_context():
        sweep.sweep()
    wait_until(lambda: tourist.order(order)["status"] == "refunded")
    assert violations(app) == []


def test_enough_at_the_deadline_confirm_it_for_good(app, catalogue, stock, tourist):
    departure = needs(catalogue, 2, hours=48, starts_in=47)
    paid(app, tourist, departure)

    decide(app)

    assert value(app, "SELECT status FROM departures WHERE assured_at IS NOT NULL") == "open"
    change(app, "UPDATE departures SET minimum_seats = 9")
    decide(app)
    assert value(app, "SELECT status FROM departures") == "open"
    assert "the minimum was reached" in stock.get(f"/staff/departures/{departure}").text


def test_who_is_about_to_pay_is_waited_for(app, catalogue, tourist):
    departure = needs(catalogue, 2, hours=48, starts_in=47)
    held = tourist.held(departure)

    decide(app)
    assert rows(app, "SELECT status, assured_at FROM departures") == [{"status": "open", "assured_at": None}]

    tourist.delete(f"/bookings/{held['id']}")
    decide(app)
    assert value(app, "SELECT status FROM departures") == "cancelled"


def test_seats_of_groups_count(app, catalogue, stock):
    departure = needs(catalogue, 6, hours=48, starts_in=47)
    stock.post(f"/staff/departures/{departure}/blocks", seats="6", holder="École")

    decide(app)

    assert value(app, "SELECT assured_at IS NOT NULL FROM departures")


def test_the_staff_are_told_once_the_day_before_and_no_more_when_it_mends(app, catalogue, tourist):
    departure = needs(catalogue, 2, hours=24, starts_in=47)
    needs(catalogue, 2, hours=24, starts_in=49)

    decide(app)
    decide(app)
    assert told(app) == 1
    assert value(app, "SELECT times FROM attention") == 1
    assert value(app, "SELECT count(*) FROM departures WHERE status = 'open'") == 2

    tourist.held(departure)
    decide(app)
    assert told(app) == 0


def test_a_warning_ends_with_its_departure_or_when_it_is_changed(app, catalogue, stock):
    gone = needs(catalogue, 2, hours=24, starts_in=47)
    moved = needs(catalogue, 2, hours=24, starts_in=47)
    decide(app)
    assert told(app) == 2
    catalogue.change(gone, status="cancelled", cancelled_by="x")
    decide(app)
    assert told(app) == 1

    path = f"/staff/departures/{moved}/edit"
    seen = re.search(r'name="seen" value="([^"]+)"', stock.get(path).text)[1]
    start = _start(app, moved)
    facts = {"time": start, "capacity": "20", "language": "fr", "minimum_seats": "2", "minimum_hours": "24"}
    assert stock.post(path, seen=seen, **facts).status_code == 303
    assert told(app) == 0
    decide(app)
    assert told(app) == 1


def _start(app, departure):
    return _name(app, departure).split(" ")[2]


def test_a_decision_takes_it_off_the_list(app, catalogue):
    departure = needs(catalogue, 2, hours=24, starts_in=47)
    decide(app)
    change(app, "UPDATE departures SET starts_at = starts_at - interval '24 hours'")
    with app.app_context():  # told under the name it had then
        change(app, "UPDATE attention SET subject = :name", name=_name(app, departure))

    decide(app)

    assert value(app, "SELECT status FROM departures") == "cancelled"
    assert told(app) == 0


def _name(app, departure):
    from shop.catalogue.models import Departure
    from shop.core.db import db

    with app.app_context():
        return db.session.get_one(Departure, departure).spoken_name


@pytest.mark.parametrize("hours_ago", [0, 1])
def test_a_minimum_said_after_its_deadline_cancels_nothing_by_surprise(app, catalogue, stock, hours_ago):
    slug = catalogue.tour()
    departure = catalogue.departure(slug, starts_in=timedelta(hours=30))
    catalogue.change(departure, minimum_at=clock.now() - timedelta(hours=hours_ago))

    answer = stock.post(f"/staff/calendar/minimums/{slug}", minimum_seats="5", minimum_hours="48")
    decide(app)

    assert answer.status_code == 303
    assert value(app, "SELECT status FROM departures") == "open"
    assert "it is for you to decide" in stock.get(f"/staff/departures/{departure}").text


def test_a_tours_minimum_is_its_departures_unless_they_have_their_own(app, catalogue, stock):
    slug = catalogue.tour()
    usual = catalogue.departure(slug, starts_in=timedelta(hours=47))
    without = catalogue.departure(slug, starts_in=timedelta(hours=47), language="fr")
    catalogue.change(without, minimum_seats=0, minimum_hours=0)
    stock.post(f"/staff/calendar/minimums/{slug}", minimum_seats="5", minimum_hours="46")
    change(app, "UPDATE tours SET minimum_at = now() - interval '9 days', minimum_hours = 48")

    decide(app)

    states = {row["id"]: row["status"] for row in rows(app, "SELECT id, status FROM departures")}
    assert states == {usual: "cancelled", without: "open"}


@pytest.mark.parametrize("given", [{"minimum_seats": "5"}, {"minimum_hours": "5"}, {"minimum_seats": "-1"}])
def test_half_a_minimum_is_none(app, catalogue, stock, given):
    slug = catalogue.tour()

    assert stock.post(f"/staff/calendar/minimums/{slug}", **given).status_code == 422
    assert value(app, "SELECT minimum_seats FROM tours") is None


def test_a_minimum_is_taken_away_again(app, catalogue, stock):
    slug = catalogue.tour()
    stock.post(f"/staff/calendar/minimums/{slug}", minimum_seats="5", minimum_hours="48")
    stock.post(f"/staff/calendar/minimums/{slug}", minimum_seats="", minimum_hours="")

    assert rows(app, "SELECT minimum_seats, minimum_hours FROM tours") == [
        {"minimum_seats": None, "minimum_hours": None}
    ]
    assert stock.get("/staff/calendar/minimums/nowhere").status_code == 404


@pytest.mark.parametrize("over", ["status = 'cancelled', cancelled_by = 'x'", "starts_at = now() - interval '1 hour'"])
def test_what_is_over_is_not_decided(app, catalogue, over):
    needs(catalogue, 2, hours=48, starts_in=47)
    change(app, f"UPDATE departures SET {over}")

    decide(app)

    assert value(app, "SELECT cancelled_reason FROM departures") is None

"""Holds that meet blocks, smaller capacities and minimums: nothing is oversold, whichever comes first."""

from datetime import timedelta

import pytest

from shop.booking import services as booking
from shop.catalogue.services import blocks, calendar, minimum, schedule
from shop.core import clock
from shop.core.db import transaction
from shop.core.errors import Refusal
from tests.factories.crowd import at_once, people, violations, within
from tests.factories.rows import change, rows
from tests.races.interleaving import meet


def hold(app, departure, customer, adults=2):
    def work():
        wanted = {"adult": adults}
        facts = {"hold": timedelta(minutes=15), "max_holds": 9, "now": clock.now()}
        booking.hold_seats(departure_id=departure, customer_id=customer, wanted=wanted, **facts)

    return within(app, work)


def block(app, departure, seats):
    return within(
        app,
        lambda: blocks.block_seats(
            departure_id=departure, seats=seats, holder="a school", until=None, by="x", now=clock.now()
        ),
    )


def shrink(app, departure, **changes):
    def work():
        with transaction():
            found = calendar.get_departure(departure)
            wanted = schedule.values_of(found) | changes
            stamp = schedule.stamp(found)
            schedule.change(departure_id=departure, scope="one", seen=stamp, wanted=wanted, now=clock.now())

    def run():
        with app.app_context():
            try:
                work()
            except Refusal as refusal:
                return refusal.code
        return "done"

    return run


def numbers(app):
    (row,) = rows(app, "SELECT seats_taken, seats_blocked, capacity, status FROM departures")
    return row


def every_meeting(app, catalogue, stage, check, *, most=12):
    """Every place at which one can be stopped while the other runs, both ways round."""
    met = 0
    for turned in (False, True):
        for at in range(1, most):
            for table in ("booking_lines", "bookings", "seat_blocks", "departure_prices", "departures"):
                change(app, f"DELETE FROM {table}")
            first, second = stage()[:: -1 if turned else 1]
            outcomes = meet(app, first, second, at=at)
            if outcomes is None:
                break
            met += 1
            check(*outcomes[:: -1 if turned else 1])
            assert violations(app) == []
    assert met > 3


def test_a_hold_that_meets_a_block_of_the_last_seats(app, catalogue):
    ((customer, _),) = people(app, 1)
    slug = catalogue.tour()

    def stage():
        departure = catalogue.departure(slug, capacity=2)
        return hold(app, departure, customer), block(app, departure, 1)

    def check(held, blocked):
        assert (held, blocked) in {("done", "no-room-to-block"), ("sold-out", "done")}
        assert numbers(app)["seats_taken"] + numbers(app)["seats_blocked"] <= 2

    every_meeting(app, catalogue, stage, check)


def test_a_hold_that_meets_a_smaller_capacity(app, catalogue):
    ((customer, _),) = people(app, 1)
    slug = catalogue.tour()

    def stage():
        departure = catalogue.departure(slug, capacity=2)
        return hold(app, departure, customer), shrink(app, departure, capacity=1)

    def check(held, shrunk):
        assert (held, shrunk) in {("done", "capacity-taken"), ("sold-out", "done")}

    every_meeting(app, catalogue, stage, check)


def test_a_hold_that_meets_a_change_of_language_is_told_of_what_it_got(app, catalogue):
    """Language and hour change only where nobody has seats, whoever comes first."""
    ((customer, _),) = people(app, 1)
    slug = catalogue.tour()

    def stage():
        departure = catalogue.departure(slug, capacity=2)
        return hold(app, departure, customer), shrink(app, departure, language="fr")

    def check(held, changed):
        assert (held, changed) in {("done", "departure-booked"), ("done", "done")}

    every_meeting(app, catalogue, stage, check)


def test_a_hold_that_meets_another_price_pays_one_of_them_in_full(app, catalogue):
    ((customer, _),) = people(app, 1)
    slug = catalogue.tour()

    def stage():
        departure = catalogue.departure(slug, capacity=2)
        with app.app_context():
            adult = calendar.get_departure(departure).tour.units[0].id
        return hold(app, departure, customer), shrink(app, departure, prices={adult: 1000})

    def check(held, changed):
        assert (held, changed) == ("done", "done")
        (line,) = rows(app, "SELECT price, amount FROM booking_lines JOIN bookings ON id = booking_id")
        assert line in [{"price": 1900, "amount": 3800}, {"price": 1000, "amount": 2000}]

    every_meeting(app, catalogue, stage, check)


def test_a_hold_that_meets_the_minimums_decision(app, catalogue):
    """Either the seats were taken and are waited for, or the departure is cancelled and sells nothing more."""
    ((customer, _),) = people(app, 1)
    slug = catalogue.tour()

    def stage():
        departure = catalogue.departure(slug, capacity=5, starts_in=timedelta(hours=20))
        said = clock.now() - timedelta(days=9)
        catalogue.change(departure, minimum_seats=2, minimum_hours=24, minimum_at=said)
        decide = within(app, lambda: minimum.decide(departure, now=clock.now()))
        return hold(app, departure, customer), decide

    def check(held, decided):
        assert decided == "done"
        assert (held, numbers(app)["status"]) in {("done", "open"), ("departure-closed", "cancelled")}

    every_meeting(app, catalogue, stage, check)


@pytest.mark.parametrize("capacity", [10])
def test_many_who_hold_and_block_at_once_share_what_there_is(app, catalogue, capacity):
    buyers = people(app, 8)
    departure = catalogue.departure(capacity=capacity)
    works = [hold(app, departure, customer, adults=1) for customer, _ in buyers]
    works[4:4] = [block(app, departure, 3), block(app, departure, 3), shrink(app, departure, capacity=8)]

    outcomes = at_once(works)

    assert set(outcomes) <= {"done", "sold-out", "no-room-to-block", "capacity-taken", "departure-changed"}
    after = numbers(app)
    assert after["seats_taken"] + after["seats_blocked"] <= after["capacity"]
    assert violations(app) == []

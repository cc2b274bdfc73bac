"""Days, months and years are closed once, in their order, and nothing is entered in them any more."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from shop.books.jobs import PERIODIC
from shop.books.services import journal
from shop.core import clock
from shop.core.money import Money
from tests.books.conftest import PARIS
from tests.core.watching import what_is_logged
from tests.factories.crowd import at_once
from tests.factories.rows import rows


@pytest.fixture
def sold(morning, clerk, new_order):
    """Something was sold on the last day of April 2027, at ten in the morning."""
    placed = new_order(adults=2, children=1)
    clerk.sell(placed["id"])
    return placed


def closings(app, period="day"):
    return rows(app, "SELECT * FROM closings WHERE period = :period ORDER BY number", period=period)


def at(*moment):
    return datetime(*moment, tzinfo=PARIS)


def test_a_day_is_closed_an_hour_after_its_end_with_its_sums(clerk, sold, morning):
    clerk.credit(sold["id"], 900)
    morning.move_to(at(2027, 5, 1, 0, 59))
    assert clerk.close() == []

    morning.move_to(at(2027, 5, 1, 1))
    assert clerk.close() == [("day", "2027-04-30", "EUR"), ("month", "2027-04-01", "EUR")]

    (closing,) = closings(clerk.app)
    assert (closing["first_entry"], closing["last_entry"]) == (1, 4)
    assert closing["totals"] == {
        "sold": 4700,
        "credited": 900,
        "by_vat": {"FR_STD_20": {"net": 2560, "tax": 512}, "FR_RED_10": {"net": 662, "tax": 66}},
        "by_gateway": {"wechat_pay": {"in": 4700, "out": 900}},
    }
    assert closing["perpetual"] == {"sold": 4700, "credited": 900}


def test_a_closed_period_is_not_closed_again(clerk, sold, morning):
    morning.move_to(at(2027, 5, 1, 2))
    assert clerk.close() != []

    assert clerk.close() == []


def test_a_day_without_entries_has_no_closing(clerk, morning, sold):
    morning.move_to(at(2027, 5, 3, 10))
    clerk.credit(sold["id"], 100)
    morning.move_to(at(2027, 5, 9, 10))

    assert [day for period, day, _ in clerk.close() if period == "day"] == ["2027-04-30", "2027-05-03"]


def test_a_year_that_nobody_closed_is_made_up_for_in_order(clerk, morning, sold):
    for day in (at(2027, 5, 2, 9), at(2027, 12, 31, 23, 59), at(2028, 1, 1, 0, 0)):
        morning.move_to(day)
        clerk.credit(sold["id"], 100)
    morning.move_to(at(2028, 1, 2, 0, 30))

    assert clerk.close() == [
        ("day", "2027-04-30", "EUR"),
        ("month", "2027-04-01", "EUR"),
        ("day", "2027-05-02", "EUR"),
        ("month", "2027-05-01", "EUR"),
        ("day", "2027-12-31", "EUR"),
        ("month", "2027-12-01", "EUR"),
        ("year", "2027-01-01", "EUR"),
    ]
    morning.move_to(at(2028, 1, 2, 1))
    assert clerk.close() == [("day", "2028-01-01", "EUR")]
    assert [row["perpetual"]["credited"] for row in closings(clerk.app)] == [0, 100, 200, 300]
    (year,) = closings(clerk.app, "year")
    assert year["totals"]["credited"] == 200


@pytest.mark.parametrize(("day", "hours"), [((2027, 3, 28), 23), ((2027, 10, 31), 25)])
def test_days_are_those_of_the_office_when_the_clocks_change(morning, clerk, new_order, day, hours):
    morning.move_to(at(*day))
    orders = [new_order(adults=1) for _ in range(2)]
    clerk.sell(orders[0]["id"])
    morning.shift(timedelta(hours=hours, seconds=-1))
    clerk.sell(orders[1]["id"])
    morning.shift(timedelta(hours=1))
    assert clerk.close() == []

    morning.shift(timedelta(seconds=1))
    clerk.close()

    (closing,) = closings(clerk.app)
    assert (str(closing["starts_on"]), closing["last_entry"]) == ("{}-{:02}-{:02}".format(*day), 4)


def test_each_currency_is_closed_for_itself(clerk, morning, sold):
    money = {"gateway": "wechat_pay", "money": Money(500, "CNY"), "number": "P9"}
    clerk.act(sold["id"], lambda locked: journal.money_came(locked, **money, now=clock.now()))
    morning.move_to(at(2027, 5, 1, 1))
    clerk.close()

    assert [(row["currency"], row["totals"]["by_gateway"]["wechat_pay"]["in"]) for row in closings(clerk.app)] == [
        ("CNY", 500),
        ("EUR", 4700),
    ]
    clerk.act(sold["id"], lambda locked: journal.money_came(locked, **money | {"number": "P10"}, now=clock.now()))
    morning.move_to(at(2027, 5, 2, 1))
    clerk.close()
    last = [row for row in closings(clerk.app) if row["period"] == "day"][-1]
    assert (last["currency"], last["perpetual"]["sold"]) == ("CNY", 0)


def test_what_comes_with_an_old_moment_is_entered_after_the_closed_day(clerk, sold, morning):
    morning.move_to(at(2027, 5, 1, 1))
    clerk.close()
    morning.move_to(at(2027, 4, 30, 23))  # a process whose clock is slow
    clerk.credit(sold["id"], 100)

    last = rows(clerk.app, "SELECT at FROM journal_entries ORDER BY number DESC LIMIT 1")[0]["at"]
    assert last >= at(2027, 5, 1)
    morning.move_to(at(2027, 5, 2, 1))
    assert clerk.close() == [("day", "2027-05-01", "EUR")]


def test_two_workers_close_a_day_once(clerk, sold, morning):
    morning.move_to(at(2027, 5, 1, 1))

    closed = at_once([clerk.close] * 4)

    assert Counter(period for one in closed for period, _, _ in one) == {"day": 1, "month": 1}


def test_the_worker_closes_by_itself_every_hour(clerk, sold, morning):
    (job,) = PERIODIC
    morning.move_to(at(2027, 5, 1, 1))
    with clerk.app.app_context(), what_is_logged() as logged:
        job.work()

    assert (job.cron, job.name) == ("17 * * * *", "close_periods")
    (closing,) = closings(clerk.app)
    told = logged.named("period_closed")
    assert [(line["period"], line["starts_on"]) for line in told] == [("day", "2027-04-30"), ("month", "2027-04-01")]
    assert told[0]["hash"] == closing["hash"]


def test_a_command_closes_too_and_says_what(clerk, sold, morning):
    morning.move_to(at(2027, 5, 1, 1))
    runner = clerk.app.test_cli_runner()

    output = runner.invoke(args=["books", "close", "--lang", "fr"]).output

    hashes = [row["hash"] for row in rows(clerk.app, "SELECT hash FROM closings ORDER BY number")]
    assert output == (f"Clôturé : jour 2027-04-30, EUR, {hashes[0]}\nClôturé : mois 2027-04-01, EUR, {hashes[1]}\n")
    assert runner.invoke(args=["books", "close", "--lang", "en"]).output == "Nothing to close.\n"

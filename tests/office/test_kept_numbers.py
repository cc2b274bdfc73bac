"""Numbers of large periods are kept for some minutes."""

from dataclasses import replace
from datetime import date, timedelta

from shop.books.rules import Period
from shop.core import clock
from shop.core.db import transaction
from shop.office import jobs
from shop.office.rules import numbers as rules
from shop.office.services import kept_numbers
from shop.office.services.numbers import Numbers
from tests.factories.rows import value

JUNE = Period(date(2027, 6, 1), date(2027, 6, 30))


def keep(app, numbers: Numbers, now) -> Numbers | None:
    with app.app_context():
        with transaction():
            kept_numbers.keep(numbers, now=now)
        return kept_numbers.find(numbers.period, now=now)


def test_what_is_kept_is_what_was_counted(season, sales_of, app):
    numbers, now = sales_of("2027-06-01", "2027-06-30"), clock.now()
    assert numbers.sales
    assert numbers.filled

    assert keep(app, numbers, now) == replace(numbers, counted_at=now)


def test_it_is_counted_anew_after_some_minutes(season, sales_of, app):
    now = clock.now()
    keep(app, sales_of("2027-06-01", "2027-06-30"), now)

    with app.app_context():
        assert kept_numbers.find(JUNE, now=now + rules.KEPT_FOR) is not None
        assert kept_numbers.find(JUNE, now=now + rules.KEPT_FOR + timedelta(seconds=1)) is None


def test_old_ones_go(season, sales_of, app):
    now = clock.now()
    keep(app, sales_of("2027-06-01", "2027-06-30"), now - timedelta(days=2))
    keep(app, sales_of("2027-05-01", "2027-05-31"), now)

    assert value(app, "SELECT count(*) FROM kept_numbers") == 1


def test_the_page_says_when_its_numbers_were_counted(season, sales_of, app, colleague):
    keep(app, sales_of("2027-06-01", "2027-06-30"), clock.now())

    assert "Counted at" in colleague("manager").get("/staff/numbers?from=2027-06-01&to=2027-06-30").text
    assert "Counted at" not in colleague("stock").get("/staff/numbers?from=2027-05-01&to=2027-05-31").text


def test_of_few_orders_nothing_is_kept(season, app):
    with app.app_context():
        jobs.count_numbers()

    assert value(app, "SELECT count(*) FROM kept_numbers") == 0


def test_counting_ahead_keeps_the_period(season, app):
    with app.app_context():
        with transaction():
            kept_numbers.count_ahead(JUNE, now=clock.now())
        assert kept_numbers.find(JUNE, now=clock.now()).orders

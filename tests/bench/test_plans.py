"""On years of history no page, read or sweep goes through a large table from end to end."""

from collections.abc import Iterator
from datetime import UTC, timedelta

import pytest
from flask import Flask

from bench.history import load
from bench.pages import STAFF_PAGES, Visits, rule_of
from bench.statements import scans, sent_by
from shop.books import jobs as book_jobs
from shop.catalogue import jobs as catalogue_jobs
from shop.core import clock
from shop.gateways.payment import Statement
from shop.office import jobs as office_jobs
from shop.payments import jobs as payment_jobs
from shop.payments import sweep
from shop.payments.services import matching
from shop.staff import jobs as staff_jobs
from tests import conftest as root
from tests.factories.people import Tourist

ORDERS, DEPARTURES = 12_000, 1_500
# What adds up a period that somebody chose, or takes out a whole year, may read what lies in it.
ADDED_UP = ("/staff/numbers", "/staff/books/exports/fec", "/staff/tours/export")


@pytest.fixture(scope="module")
def old_shop(global_app: Flask) -> Iterator[Flask]:
    """The shop with years behind it."""
    settings = global_app.extensions["settings"]
    root._behind[:] = [global_app]
    load(settings.database_url, orders=ORDERS, departures=DEPARTURES, seed=11, secret_key=settings.secret_key)
    yield global_app
    root._empty(global_app)


@pytest.fixture(scope="module")
def visits(old_shop: Flask) -> Visits:
    return Visits(old_shop)


def test_every_page_of_the_back_office_is_visited(old_shop, visits):
    visited = {rule_of(old_shop, page, visits.arguments).rule for page in STAFF_PAGES}
    pages = {
        rule.rule
        for rule in old_shop.url_map.iter_rules()
        if rule.rule.startswith("/staff/") and "GET" in (rule.methods or ()) and not rule.endpoint.endswith("static")
    }
    assert pages - visited == {"/staff/<path:rest>"}


def test_no_page_reads_a_large_table_whole(old_shop, visits):
    found = {}
    for page, role in visits.wanted():
        if not page.startswith(ADDED_UP):
            with sent_by(old_shop) as sent:
                status = visits.read(page, role)
            assert status < 500, page
            found |= {f"{page}: {text}": tables for text, tables in scans(old_shop, sent).items()}
    assert found == {}


def test_nothing_a_buyer_does_reads_a_large_table_whole(old_shop, visits, wechat):
    tourist = Tourist(old_shop, wechat, "old-shop").sign_in()
    departure = visits.arguments["departure"]
    with sent_by(old_shop) as sent:
        order = tourist.ordered(departure, adults=1)
        tourist.payment(order["id"])
        for read in ("/orders", f"/orders/{order['id']}", f"/orders/{order['id']}/tickets", "/me"):
            assert tourist.get(read).status_code == 200
        assert tourist.post(f"/orders/{order['id']}/cancel").status_code == 200
    assert scans(old_shop, sent) == {}


JOBS = (
    sweep.sweep,
    payment_jobs.forget,
    payment_jobs.expire_refund_requests,
    book_jobs.close_periods,
    staff_jobs.forget_sign_ins,
    catalogue_jobs.release_blocked_seats,
    catalogue_jobs.decide_minimums,
    office_jobs.let_go_of_what_is_over,
)


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.__name__)
def test_no_job_reads_a_large_table_whole(old_shop, job):
    with sent_by(old_shop) as sent, old_shop.app_context():
        job()
    assert sent
    assert scans(old_shop, sent) == {}


def test_comparing_a_day_reads_no_large_table_whole(old_shop):
    day = clock.now().date() - timedelta(days=90)
    with sent_by(old_shop) as sent, old_shop.app_context():
        matching.first_day("wechat_pay", UTC)
        matching.compare("wechat_pay", Statement(day=day, lines=(), digest=""), zone=UTC)
    assert scans(old_shop, sent) == {}

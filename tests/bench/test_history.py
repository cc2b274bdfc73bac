"""A made-up history is like a real one: every invariant of the shop holds on it."""

import json
from datetime import UTC, datetime

import pytest
from flask import Flask

from bench.history import load
from bench.history.tables import NotEmpty
from config.default import Settings
from shop.books.rules import canonical
from shop.core.db import db
from shop.orders.texts import STORY
from tests.conftest import EMPTY_EVERYTHING
from tests.factories.catalogue import Catalogue
from tests.factories.crowd import violations
from tests.factories.rows import rows, value

ORDERS, DEPARTURES = 300, 40
STATES = {"pending", "in_review", "paid", "partially_refunded", "refunded", "expired", "cancelled"}


@pytest.fixture
def history(app: Flask, settings: Settings) -> dict[str, int]:
    return load(settings.database_url, orders=ORDERS, departures=DEPARTURES, seed=7, secret_key=settings.secret_key)


def test_every_invariant_holds_and_no_state_is_missing(app, history):
    assert violations(app) == []
    assert history["orders"] == value(app, "SELECT count(*) FROM orders") == ORDERS
    assert history["departures"] == value(app, "SELECT count(*) FROM departures") == DEPARTURES
    assert {row["status"] for row in rows(app, "SELECT DISTINCT status FROM orders")} == STATES
    by_luck = {"seat_blocks", "idempotency_keys", "refund_requests"}
    assert {table for table, count in history.items() if not count} <= by_luck
    assert value(app, "SELECT count(*) FROM pg_index WHERE NOT indisvalid") == 0


def test_papers_and_stories_are_written_as_the_shop_writes_them(app, history):
    for row in rows(app, "SELECT body AS text FROM journal_entries UNION ALL SELECT content FROM documents"):
        assert canonical(json.loads(row["text"])) == row["text"]
    assert {row["event"] for row in rows(app, "SELECT DISTINCT event FROM order_events")} <= STORY.keys()


def test_the_same_seed_makes_the_same_history(app, settings):
    now = datetime(2027, 3, 1, 12, tzinfo=UTC)
    load(settings.database_url, orders=60, departures=20, seed=3, now=now)
    first = value(app, "SELECT hash FROM journal_head")
    with app.app_context(), db.engine.begin() as connection:
        connection.connection.driver_connection.execute(EMPTY_EVERYTHING)
    load(settings.database_url, orders=60, departures=20, seed=3, now=now)

    assert value(app, "SELECT hash FROM journal_head") == first


def test_it_sells_the_tours_that_are_there(app, settings, catalogue: Catalogue):
    slug = catalogue.tour()
    load(settings.database_url, orders=40, departures=20)

    assert {row["slug"] for row in rows(app, "SELECT slug FROM tours")} == {slug}
    assert violations(app) == []


def test_what_was_sold_already_is_not_contradicted(app, settings, history):
    with pytest.raises(NotEmpty):
        load(settings.database_url, orders=10, departures=2)

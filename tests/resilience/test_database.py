"""The database is taken away, stopped in its work or filled up: the shop asks to come back, and loses nothing."""

import contextlib
import random
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace

import flask
import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from shop.core.db import db
from tests.factories.crowd import at_once
from tests.factories.waiting import wait_until
from tests.resilience.buyers import Buyer, Figures
from tests.resilience.calls import STATIC, Call, Midway, manner

SENT_AGAIN = (500, "FAIL")
TAKEN = (200, "SUCCESS")


@pytest.fixture
def midway(world):
    return Midway(world)


def ask_all(calls: Mapping[str, Call]) -> dict[str, str]:
    """The manner of every answer, all asked at once."""
    return dict(zip(calls, map(manner, at_once(list(calls.values()))), strict=True))


def every(calls: Mapping[str, Call], word: str) -> dict[str, str]:
    return dict.fromkeys(calls, word)


def it_reads_and_does_not_write(midway: Midway, reading: Mapping[str, Call], writing: Mapping[str, Call]) -> None:
    """What can be answered is; who wants something done is asked to come back, WeChat Pay to send again."""
    assert ask_all(reading) == every(reading, "answered")
    assert ask_all(writing) == every(writing, "shop-busy")
    assert midway.notice() == SENT_AGAIN
    assert midway.probes()[0] == 200


def all_is_well(world, midway: Midway) -> None:
    """The shop works again, though nobody has started it again, and what came meanwhile is not lost."""
    assert midway.probes() == (200, 200, 200)
    reading = midway.reading()
    assert ask_all(reading) == every(reading, "answered")
    assert midway.notice() == TAKEN
    assert midway.what_the_notice_did() == "paid"
    order, _, number = world.opened()
    world.arrive(number)
    assert world.status(order) == "paid"
    world.sweep()


@contextmanager
def someone_else(world) -> Iterator[psycopg.Connection]:
    """Another program's connection to the same database."""
    with psycopg.connect(world.settings.database_url, autocommit=True) as connection:
        yield connection


def cut_everybody_off(connection: psycopg.Connection) -> None:
    connection.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'insolite'"
    )


def test_every_call_there_is_is_made_below(own_app, midway):
    assert midway.notice() == TAKEN
    made = {*midway.reading(), *midway.writing(), *midway.declined(), "POST /callbacks/wechat-pay"}
    made.add("POST /callbacks/stripe")  # stored by the same lines; Stripe is not set up here
    made |= {f"GET {path}" for path in (*STATIC, "/healthz", "/readyz", "/metrics")}
    there = {
        f"{method} {rule.rule.rstrip('/')}"
        for rule in own_app.url_map.iter_rules()
        if not rule.rule.startswith(("/staff", "/bootstrap"))  # tests/staff tries those
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    assert {name for name in there - made if "docs" not in name and name != "GET "} == set()


def test_without_its_database_the_shop_asks_to_come_back(world, midway, postgres):
    calls = {**midway.reading(), **midway.writing(), **midway.declined()}
    postgres.stop()
    try:
        assert ask_all(calls) == every(calls, "shop-busy")
        assert midway.notice() == SENT_AGAIN
        assert midway.probes() == (200, 503, 200)
        client = world.app.test_client()
        assert {path: client.get(path).status_code for path in sorted(STATIC)} == dict.fromkeys(sorted(STATIC), 200)
        with pytest.raises(DBAPIError):
            world.sweep()
    finally:
        postgres.start()

    all_is_well(world, midway)


def test_a_database_that_only_reads_shows_the_catalogue_and_sells_nothing(world, midway):
    before = world.contents()
    with someone_else(world) as connection:
        connection.execute("ALTER DATABASE insolite SET default_transaction_read_only = on")
        cut_everybody_off(connection)
    try:
        it_reads_and_does_not_write(midway, midway.reading(), midway.writing())
    finally:
        with someone_else(world) as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute("ALTER DATABASE insolite RESET default_transaction_read_only")
            cut_everybody_off(connection)

    assert world.contents() == before
    all_is_well(world, midway)


def take_every_connection(world, others: ExitStack) -> None:
    """As other programs on the same server would."""
    with contextlib.suppress(psycopg.OperationalError):
        while True:
            others.enter_context(psycopg.connect(world.settings.database_url))


def test_a_database_that_takes_no_more_connections_is_waited_for(world, midway):
    calls = {**midway.reading(), **midway.writing()}
    with world.app.app_context():
        db.session.remove()
        db.engine.dispose()
    with ExitStack() as others:
        take_every_connection(world, others)

        assert ask_all(calls) == every(calls, "shop-busy")
        assert midway.notice() == SENT_AGAIN
        assert midway.probes() == (200, 503, 200)

    all_is_well(world, midway)


def test_rows_that_somebody_keeps_locked_are_waited_for(world, midway):
    reading, writing = midway.reading(), midway.writing()
    with someone_else(world) as connection, connection.transaction():
        for table in ("customers", "customer_sessions", "departures", "orders", "bookings", "payments"):
            connection.execute(f"SELECT FROM {table} FOR UPDATE")

        assert ask_all(reading) == every(reading, "answered")
        answers = at_once([lambda: ask_all(writing), midway.notice])

    assert answers == [every(writing, "shop-busy"), SENT_AGAIN]
    all_is_well(world, midway)


def test_tables_that_somebody_keeps_locked_are_waited_for(world, midway):
    calls = {**midway.reading(), **midway.writing()}
    with someone_else(world) as connection, connection.transaction():
        connection.execute(f"LOCK TABLE {', '.join(table.name for table in db.metadata.sorted_tables)}")

        answers = at_once([lambda: ask_all(calls), midway.notice, midway.probes])

    assert answers == [every(calls, "shop-busy"), SENT_AGAIN, (200, 200, 200)]
    all_is_well(world, midway)


FULL = """
    CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
    END $$
"""


def test_a_database_whose_disk_is_full_shows_the_catalogue_and_sells_nothing(world, midway):
    before = world.contents()
    reading, writing = midway.reading(), midway.writing()
    with someone_else(world) as connection:
        connection.execute(FULL)
        for table in db.metadata.sorted_tables:
            connection.execute(
                f"CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE OR DELETE ON {table.name}"
                " FOR EACH STATEMENT EXECUTE FUNCTION full_disk()"
            )
        try:
            it_reads_and_does_not_write(midway, reading, writing)
        finally:
            connection.execute("DROP FUNCTION full_disk CASCADE")

    assert world.contents() == before
    all_is_well(world, midway)


def test_a_database_that_dies_once_the_answer_is_made_spoils_no_answer(world):
    mei = world.mei

    def die(_sender, **_extra):
        with someone_else(world) as connection:
            cut_everybody_off(connection)

    with flask.request_finished.connected_to(die, world.app):
        answer = mei.get("/me")

    assert manner(answer) in {"answered", "shop-busy"}
    assert mei.get("/me").status_code == 200


def test_a_database_restarted_while_people_buy_costs_nobody_anything(world, postgres):
    figures, chance = Figures(), random.Random(7)
    site = SimpleNamespace(address=world.settings.public_url, control=world.control)
    departure = world.departure(capacity=24)
    buyers = [Buyer(site, figures, f"buyer-{n}", departure) for n in range(12)]

    def some_more_were_answered():
        seen = figures.answers
        return lambda: figures.answers > seen + 8

    with ThreadPoolExecutor(6) as crowd:
        purchases = [crowd.submit(buyer.buy) for buyer in buyers]
        for shock in (postgres.restart, lambda: postgres.kill_one_process(chance), postgres.restart):
            wait_until(some_more_were_answered())
            shock()
    world.later(minutes=2)
    world.sweep()

    assert [purchase.exception() for purchase in purchases if purchase.exception()] == []
    assert figures.failures == []
    assert [buyer.look()["status"] for buyer in buyers] == ["paid"] * 12
    assert world.catalogue.seats_taken(departure) == 24

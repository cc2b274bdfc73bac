"""The same request, sent twice, is done once."""

import threading
from datetime import timedelta

import psycopg
import pytest
import sqlalchemy as sa
import time_machine
from flask import g, request

from shop.core import clock
from shop.core.db import db, transaction
from shop.core.idempotency import IdempotencyKey, _lock_number, forget_old_keys
from tests.core.watching import another_shop
from tests.factories.rows import change

KEY = {"Idempotency-Key": "of-this-attempt"}


def kept(app):
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(IdempotencyKey))


def test_the_first_success_is_given_again(tourist, catalogue):
    departure = catalogue.departure()

    first = tourist.hold(departure, **KEY)
    again = tourist.hold(departure, **KEY)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.content_type == first.content_type
    assert catalogue.seats_taken(departure) == 2


def test_the_first_success_is_given_again_as_it_was(tourist, catalogue):
    departure = catalogue.departure()
    first = tourist.hold(departure, **KEY)
    tourist.delete(f"/bookings/{first.json['id']}")

    assert tourist.hold(departure, **KEY).json["status"] == "held"


@pytest.mark.parametrize("step", ["order", "payment"])
def test_orders_and_payments_are_made_once_as_well(tourist, catalogue, step):
    booking = tourist.held(catalogue.departure())
    if step == "order":
        attempt = lambda: tourist.place(booking["id"], **KEY)  # noqa: E731
    else:
        order = tourist.place(booking["id"]).json
        attempt = lambda: tourist.open_payment(order["id"], **KEY)  # noqa: E731

    first, again = attempt(), attempt()

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    assert again.headers["Idempotent-Replayed"] == "true"


def test_the_same_body_written_otherwise_is_the_same_request(tourist, catalogue):
    departure = catalogue.departure()
    tourist.hold(departure, **KEY)

    again = tourist.client.post(
        "/api/v1/bookings",
        data=f'{{ "units":[{{"quantity":2,"code":"adult"}}],\n "departure_id":"{departure}" }}',
        headers=tourist.headers | KEY,
    )

    assert again.headers["Idempotent-Replayed"] == "true"


def test_another_body_under_the_same_key_is_refused(tourist, catalogue):
    departure = catalogue.departure()
    tourist.hold(departure, adults=2, **KEY)

    answer = tourist.hold(departure, adults=3, **KEY)

    assert (answer.status_code, answer.json["code"]) == (422, "idempotency-key-reused")
    assert catalogue.seats_taken(departure) == 2


def test_a_key_serves_one_order_only(tourist, catalogue):
    """The order stands in the address, not in the body."""
    first = tourist.ordered(catalogue.departure())
    second = tourist.ordered(catalogue.departure())
    assert tourist.open_payment(first["id"], **KEY).status_code == 201

    assert tourist.open_payment(second["id"], **KEY).json["code"] == "idempotency-key-reused"


def test_a_refusal_is_not_kept(app, tourist, catalogue):
    departure = catalogue.departure(capacity=1)

    assert tourist.hold(departure, **KEY).json["code"] == "sold-out"
    catalogue.change(departure, capacity=5)

    answer = tourist.hold(departure, **KEY)
    assert answer.status_code == 201
    assert "Idempotent-Replayed" not in answer.headers


def test_keys_are_each_customers_own(tourist, other_tourist, catalogue):
    departure = catalogue.departure()
    mine = tourist.hold(departure, **KEY)

    theirs = other_tourist.hold(departure, **KEY)

    assert theirs.status_code == 201
    assert theirs.json["id"] != mine.json["id"]


def test_keys_are_each_routes_own(tourist, catalogue):
    booking = tourist.hold(catalogue.departure(), **KEY).json

    assert tourist.place(booking["id"], **KEY).status_code == 201


def test_a_key_lives_for_a_day(tourist, catalogue):
    departure = catalogue.departure()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        first = tourist.hold(departure, **KEY)
        traveller.shift(timedelta(hours=24))
        replayed = tourist.hold(departure, **KEY)
        traveller.shift(timedelta(seconds=1))
        anew = tourist.hold(departure, **KEY)
        again = tourist.hold(departure, **KEY)

    assert replayed.json == first.json
    assert anew.status_code == 201
    assert anew.json["id"] != first.json["id"]
    assert again.json == anew.json


def test_a_key_of_an_order_lives_for_a_day(tourist, catalogue):
    booking = tourist.held(catalogue.departure())["id"]
    with time_machine.travel(clock.now(), tick=False) as traveller:
        first = tourist.place(booking, **KEY)
        traveller.shift(timedelta(hours=24))
        replayed = tourist.place(booking, **KEY)
        traveller.shift(timedelta(seconds=1))
        anew = tourist.place(booking, **KEY)

    assert replayed.json == first.json
    assert anew.json["code"] == "booking-ordered"


def test_old_keys_are_forgotten(app, tourist, catalogue):
    tourist.hold(catalogue.departure(), **KEY)
    with app.app_context():
        with transaction():
            assert forget_old_keys(now=clock.now() + timedelta(hours=23)) == 0
        with transaction():
            assert forget_old_keys(now=clock.now() + timedelta(hours=25)) == 1
    assert kept(app) == 0


@pytest.mark.parametrize("key", ["", "x" * 256, "clé", "密钥", "tab\tinside"])
def test_a_key_that_is_none_is_refused(tourist, catalogue, key):
    departure = catalogue.departure()

    answer = tourist.client.post(
        "/api/v1/bookings",
        json={"departure_id": str(departure), "units": [{"code": "adult", "quantity": 1}]},
        headers=tourist.headers | {"Idempotency-Key": key.encode().decode("latin-1")},
    )

    assert (answer.status_code, answer.json["code"]) == (422, "invalid-input")
    assert list(answer.json["errors"]) == ["Idempotency-Key"]
    assert catalogue.seats_taken(departure) == 0


def test_the_longest_key_is_taken(tourist, catalogue):
    assert tourist.hold(catalogue.departure(), **{"Idempotency-Key": "~" * 255}).status_code == 201


def test_signing_in_knows_no_keys(tourist):
    assert tourist.post("/auth/wechat", {"code": tourist.login_code()}, **KEY).status_code == 200
    answer = tourist.post("/auth/wechat", {"code": tourist.login_code()}, **KEY)

    assert answer.status_code == 200
    assert "Idempotent-Replayed" not in answer.headers


def lock_of(app, tourist, endpoint, key):
    """The advisory lock of a request under a key, as another process would take it."""
    with app.test_request_context():
        g.caller_id = tourist.id
        request.url_rule = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint)
        return _lock_number(key)


@pytest.mark.parametrize("step", ["booking", "payment"])
def test_a_key_being_worked_on_is_refused_at_once_and_freed_with_its_process(app, settings, tourist, catalogue, step):
    departure = catalogue.departure()
    if step == "booking":
        endpoint, attempt = "bookings.create_booking", lambda: tourist.hold(departure, **KEY)
    else:
        order = tourist.ordered(departure)
        endpoint, attempt = "payments.open_payment", lambda: tourist.open_payment(order["id"], **KEY)
    elsewhere = psycopg.connect(settings.database_url)
    if step == "booking":
        named = [f"{tourist.id} {endpoint} {KEY['Idempotency-Key']}"]
        elsewhere.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", named)
    else:
        number = lock_of(app, tourist, endpoint, KEY["Idempotency-Key"])
        elsewhere.execute("SELECT pg_advisory_xact_lock(%s)", [number])

    refused = attempt()
    elsewhere.close()  # as the connection of a process that dies

    assert (refused.status_code, refused.json["code"]) == (409, "idempotency-key-in-use")
    assert attempt().status_code == 201


def test_twelve_at_once_make_one(app, tourist, catalogue):
    departure = catalogue.departure()
    answers = []
    ready = threading.Barrier(12)

    def attempt():
        client = app.test_client()
        ready.wait()
        answers.append(
            client.post(
                "/api/v1/bookings",
                json={"departure_id": str(departure), "units": [{"code": "adult", "quantity": 2}]},
                headers=tourist.headers | KEY,
            )
        )

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.json["code"] for answer in answers if answer.status_code == 409} <= {"idempotency-key-in-use"}
    assert len({answer.json["id"] for answer in answers if answer.status_code == 201}) == 1
    assert catalogue.seats_taken(departure) == 2


def test_a_process_that_fails_half_way_leaves_its_key_free(settings, tourist, catalogue):
    departure = catalogue.departure()
    with another_shop(settings) as broken, broken.app_context():

        @sa.event.listens_for(db.engine, "before_cursor_execute")
        def fail(_connection, _cursor, statement, *_rest):
            if "idempotency_keys" in statement and statement.lstrip().startswith("INSERT"):
                raise RuntimeError("the process ends here")

        tourist.client = broken.test_client()
        booking = tourist.held(departure)["id"]
        assert tourist.place(booking, **KEY).status_code == 500
    tourist.client = tourist.app.test_client()
    assert tourist.get("/orders").json["items"] == []

    assert tourist.place(booking, **KEY).status_code == 201


def test_a_hold_whose_answer_cannot_be_kept_takes_no_seats(settings, tourist, catalogue):
    departure = catalogue.departure()
    change(tourist.app, "ALTER TABLE idempotency_keys ADD CONSTRAINT full_disk CHECK (key = '') NOT VALID")
    try:
        with another_shop(settings) as shop:
            tourist.client = shop.test_client()
            assert tourist.hold(departure, **KEY).status_code == 500
    finally:
        change(tourist.app, "ALTER TABLE idempotency_keys DROP CONSTRAINT full_disk")
    tourist.client = tourist.app.test_client()
    assert catalogue.seats_taken(departure) == 0

    assert tourist.hold(departure, **KEY).status_code == 201

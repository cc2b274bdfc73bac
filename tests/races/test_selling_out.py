"""Two hundred buyers and thirty seats, over HTTP, at several real server processes."""

import re
import time
from collections import Counter
from dataclasses import replace
from functools import partial

import pytest
import requests
import sqlalchemy as sa

from shop.app import create_app
from shop.core.db import db
from tests.factories.catalogue import Catalogue
from tests.factories.crowd import at_once, tokens, violations
from tests.factories.rows import change, rows

BUYERS, SEATS = 200, 30


def buy(address, departure, token):
    """Ask, and again if the shop is too busy: two hundred at once are more than it lets wait on a slow machine."""
    wanted = {"departure_id": str(departure), "units": [{"code": "adult", "quantity": 1}]}
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"
        while (answer := session.post(f"{address}/api/v1/bookings", json=wanted, timeout=60)).status_code == 503:
            assert answer.json()["code"] == "shop-busy"
            time.sleep(int(answer.headers["Retry-After"]))
        return answer


def rush(address, departure, buyers):
    return at_once([partial(buy, address, departure, token) for token in buyers])


def take_the_guard_out(app):
    """Seats are read, then written a moment later."""
    with app.app_context(), db.engine.begin() as connection:
        function = connection.scalar(sa.text("SELECT pg_get_functiondef('hold_seats'::regproc)"))
        guarded = re.search(r"UPDATE departures SET seats_taken.*?;", function, re.DOTALL)[0]
        looked = "PERFORM FROM departures WHERE" + guarded.partition("WHERE")[2]
        written = (
            "PERFORM pg_sleep(0.05);"
            "UPDATE departures SET seats_taken = seats_taken + wanted_seats WHERE id = wanted_departure;"
        )
        refused = re.search(r"IF NOT FOUND THEN\s+SELECT capacity.*?END IF;", function, re.DOTALL)[0]
        unguarded = function.replace(guarded, looked).replace(refused, refused + written)
        connection.connection.driver_connection.execute(unguarded)


def test_thirty_seats_are_sold_thirty_times(app, settings, serve, catalogue):
    slug = catalogue.tour()
    departure, other = catalogue.departure(slug, capacity=SEATS), catalogue.departure(slug, capacity=5, language="fr")
    buyers = tokens(app, BUYERS)
    address = serve("wsgi:app", settings.database_url)

    answers = rush(address, departure, buyers)

    assert Counter(answer.status_code for answer in answers) == {201: SEATS, 409: BUYERS - SEATS}
    for refusal in [answer.json() for answer in answers if answer.status_code == 409]:
        assert (refusal["code"], refusal["seats_left"]) == ("sold-out", 0)
        assert [offered["id"] for offered in refusal["alternatives"]] == [str(other)]
    held = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert {str(row["id"]) for row in rows(app, "SELECT id FROM bookings WHERE status = 'held'")} == held
    assert len(held) == SEATS
    assert catalogue.seats_taken(departure) == SEATS
    assert violations(app) == []
    with pytest.raises(sa.exc.IntegrityError, match="ck_departures_seats"):
        change(app, "UPDATE departures SET seats_taken = seats_taken + 1 WHERE id = :id", id=departure)


def test_without_the_guard_the_same_race_oversells(settings, serve, another_database):
    """The race is one that can be lost: with read-then-write, and no CHECK behind it, it is."""
    app = create_app(replace(settings, database_url=another_database))
    try:
        change(app, "ALTER TABLE departures DROP CONSTRAINT ck_departures_seats")
        take_the_guard_out(app)
        buyers = tokens(app, BUYERS)
        address = serve("wsgi:app", another_database)
        sold = []
        for _ in range(5):
            departure = Catalogue(app).departure(capacity=SEATS)
            answers = rush(address, departure, buyers)
            assert {answer.status_code for answer in answers} <= {201, 409}
            sold.append(sum(answer.status_code == 201 for answer in answers))
            change(app, "UPDATE bookings SET status = 'released' WHERE departure_id <> :id", id=departure)
            if sold[-1] > SEATS:
                break
            change(app, "UPDATE bookings SET status = 'released'")
            change(app, "UPDATE departures SET seats_taken = 0")

        assert max(sold) > SEATS, sold
        assert Catalogue(app).seats_taken(departure) > SEATS
        assert any(told.startswith("seats-taken:") for told in violations(app))
    finally:
        with app.app_context():
            db.engine.dispose()

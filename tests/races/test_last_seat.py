"""One seat, two who want it; and a capacity that shrinks while seats are sold."""

from datetime import timedelta
from functools import partial

import pytest

from shop.catalogue import file
from shop.catalogue.errors import CatalogueMistaken
from shop.catalogue.services import exchange
from shop.core import clock
from shop.core.db import transaction
from tests.factories.crowd import at_once, inside, people, violations
from tests.factories.rows import change, rows


def ask(app, departure, token, adults=1):
    wanted = {"departure_id": str(departure), "units": [{"code": "adult", "quantity": adults}]}
    headers = {"Authorization": f"Bearer {token}"}
    return app.test_client().post("/api/v1/bookings", json=wanted, headers=headers)


def test_the_last_seat_is_sold_once(app, catalogue):
    tokens = [token for _, token in people(app, 2)]
    for _ in range(10):
        departure = catalogue.departure(capacity=1)

        answers = at_once([partial(ask, app, departure, token) for token in tokens])

        assert sorted(answer.status_code for answer in answers) == [201, 409]
        refused = next(answer.json for answer in answers if answer.status_code == 409)
        assert (refused["code"], refused["seats_left"]) == ("sold-out", 0)
        assert catalogue.seats_taken(departure) == 1
        change(app, "UPDATE bookings SET status = 'released'")
        change(app, "UPDATE departures SET seats_taken = 0")
    assert violations(app) == []


def test_the_last_seat_goes_to_who_asks_after_it_was_let_go(app, catalogue):
    """Letting go and asking at once: the seat is sold, or is free; never both, never neither."""
    (_, first), (_, second) = people(app, 2)
    for _ in range(10):
        departure = catalogue.departure(capacity=1)
        booking = ask(app, departure, first).json["id"]
        headers = {"Authorization": f"Bearer {first}"}

        def let_go(path=f"/api/v1/bookings/{booking}", headers=headers):
            return app.test_client().delete(path, headers=headers)

        gone, asked = at_once([let_go, partial(ask, app, departure, second)])

        assert gone.status_code == 204
        assert asked.status_code in {201, 409}
        assert catalogue.seats_taken(departure) == (1 if asked.status_code == 201 else 0)
        change(app, "UPDATE bookings SET status = 'released'")
        change(app, "UPDATE departures SET seats_taken = 0")
    assert violations(app) == []


CATALOGUE = """
timezone: Europe/Paris
currency: EUR
tours:
  - slug: shrinking
    title: {{fr: Le Bouddha}}
    summary: {{fr: Une promenade.}}
    description: {{fr: Une longue promenade.}}
    themes: [sculpture]
    duration_minutes: 90
    guide_languages: [zh]
    meeting_point: {{name: {{fr: Parc}}, address: Issy, latitude: 48.82, longitude: 2.26}}
    booking: {{min_party: 1, max_party: 8, cutoff_minutes: 120}}
    cancellation: []
    units:
      - {{code: adult, kind: ADULT, label: {{fr: Plein tarif}}, price: 1900, vat: FR_STD_20, seats: 1}}
    departures:
      - {{starts_at: "{start}", capacity: {capacity}, language: zh}}
"""


@pytest.fixture
def bring(app, tmp_path):
    """Imports a catalogue with one departure of a capacity."""
    start = (clock.now() + timedelta(days=9)).strftime("%Y-%m-%dT14:30")

    def run(capacity):
        path = tmp_path / f"{capacity}.yaml"
        path.write_text(CATALOGUE.format(start=start, capacity=capacity), encoding="utf-8")
        content, mistakes = file.read_file(path, language="en")
        assert content is not None, mistakes.found
        with transaction():
            exchange.import_catalogue(content, now=clock.now())

    return run


def test_a_smaller_capacity_never_falls_under_the_seats_taken(app, bring):
    """Either the import comes first and the seats are sold out, or the seats are taken and it is refused."""
    buyers = [token for _, token in people(app, 10)]
    with app.app_context():
        bring(10)
    departure = rows(app, "SELECT id FROM departures")[0]["id"]

    def shrink():
        try:
            bring(4)
        except CatalogueMistaken as mistaken:
            reasons.append(mistaken.facts["mistakes"][0])
        else:
            told.append("smaller")

    for _ in range(6):
        told, reasons = [], []
        answers = at_once(
            [
                *(partial(ask, app, departure, token) for token in buyers[:5]),
                inside(app, shrink),
                *(partial(ask, app, departure, token) for token in buyers[5:]),
            ]
        )
        assert answers.pop(5) == "done"

        sold = sum(answer.status_code == 201 for answer in answers)
        assert {answer.status_code for answer in answers} <= {201, 409}
        row = rows(app, "SELECT capacity, seats_taken FROM departures")[0]
        assert row == {"capacity": 4 if told else 10, "seats_taken": sold}
        assert sold <= row["capacity"]
        assert sold == row["capacity"]
        assert all("seats are taken already; bookings: " in reason for reason in reasons)
        assert violations(app) == []
        change(app, "UPDATE bookings SET status = 'released'")
        change(app, "UPDATE departures SET seats_taken = 0, capacity = 10")

"""The cutoff is a span of real time, whatever the clocks of the database's own place do in between."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from shop.app import create_app
from shop.core.db import db
from tests.factories.catalogue import Catalogue
from tests.factories.people import Tourist
from tests.factories.rows import change

PARIS = ZoneInfo("Europe/Paris")
START = datetime(2027, 3, 28, 10, 0, tzinfo=PARIS)  # the morning after clocks went forward


@pytest.fixture
def parisian_app(settings, another_database):
    """The shop on a database whose own time zone is that of Paris."""
    app = create_app(replace(settings, database_url=another_database))
    change(app, "ALTER DATABASE another SET timezone = 'Europe/Paris'")
    with app.app_context():
        db.engine.dispose()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(("minutes_before", "status"), [(1, 201), (-1, 409), (-59, 409)])
def test_a_day_before_is_twenty_four_hours_before(parisian_app, wechat, minutes_before, status):
    departure = Catalogue(parisian_app).departure(starts_at=START, cutoff_minutes=24 * 60)
    cutoff = START.astimezone(ZoneInfo("UTC")) - timedelta(hours=24)

    with time_machine.travel(cutoff - timedelta(minutes=minutes_before), tick=False):
        answer = Tourist(parisian_app, wechat, "mei").sign_in().hold(departure)

    assert answer.status_code == status
    if status == 409:
        assert answer.json["code"] == "departure-closed"

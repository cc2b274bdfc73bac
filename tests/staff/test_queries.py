"""Each page of the back office asks the database as often for much as for little."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.core.db import db
from tests.factories.waiting import wait_until
from tests.staff.test_every_page import every_view

MOST = 40  # of any page; most ask ten times


@contextmanager
def counted(app):
    """The statements sent to the database meanwhile."""
    with app.app_context():
        engine = db.engine
    sent = []

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def sell(catalogue, tourist):
    """Sells some tours: a departure and a paid order of each; returns the last of both."""

    def sell(count):
        for _ in range(count):
            departure = catalogue.departure(starts_in=timedelta(hours=30))
            order = tourist.ordered(departure)
            tourist.pay_on_phone(tourist.payment(order["id"]))
            wait_until(lambda order=order: tourist.order(order["id"])["status"] == "paid")
        return {"departure_id": str(departure), "number": order["number"].replace("-", "")}

    return sell


def asked(app, people, known):
    """How often each page asks, of those that need nothing named but a departure or an order."""
    counts = {}
    for rule, roles in every_view(app, "GET"):
        if not rule.arguments <= known.keys():
            continue
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<{name}>", known[name])
        with counted(app) as sent:
            answer = people[roles[0]].client.get(path)
        assert answer.status_code in {200, 303, 404, 422}, (path, answer.data[:500])
        counts[rule.rule] = len(sent)
    return counts


def test_no_page_asks_more_often_for_more(app, colleague, sell):
    people = {role: colleague(role) for role in ("manager", "stock", "cashier", "guide")}
    known = sell(2)
    asked(app, people, known)  # what is remembered between pages is remembered now
    few = asked(app, people, known)
    sell(8)
    many = asked(app, people, known)

    assert len(few) > 30
    assert {path: count for path, count in many.items() if count > few[path]} == {}
    assert {path: count for path, count in many.items() if count > MOST} == {}

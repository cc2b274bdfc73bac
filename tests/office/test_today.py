"""The first page: what needs a decision, as much as somebody can read."""

import pytest

from shop.core import clock
from shop.core.db import transaction
from shop.staff.services.attention import tell_staff


@pytest.fixture
def told(app):
    """Tell the staff of so many refunds that failed."""

    def tell(count):
        with app.app_context(), transaction():
            for number in range(count):
                tell_staff("refund-failed", f"R-{number:03}", now=clock.now())

    return tell


def test_what_has_waited_longest_is_shown_and_how_much_more_there_is(colleague, told):
    told(45)
    manager = colleague("manager")

    text = manager.get("/staff/", lang="en").text
    assert [f"R-{number:03}" in text for number in (0, 39, 40, 44)] == [True, True, False, False]
    assert "Show all (5 more)" in text

    text = manager.get("/staff/", decisions="all", lang="en").text
    assert "R-044" in text
    assert "Show all" not in text


def test_who_may_not_decide_is_not_told_how_much_waits(colleague, told):
    told(45)
    text = colleague("guide").get("/staff/", lang="en").text
    assert "R-000" not in text
    assert "Show all" not in text

"""The calendar as the staff read it, and guides with what clashes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shop.core import clock
from shop.core.db import db, transaction
from shop.staff.models import StaffMember
from tests.core.watching import queries_of
from tests.factories.rows import rows

PARIS = ZoneInfo("Europe/Paris")


def at(day, hour=10):
    return datetime(2027, 5, day, hour, tzinfo=PARIS)


@pytest.mark.parametrize("view", ["month", "week", "day"])
def test_the_calendar_shows_the_departures_of_its_time_and_no_others(catalogue, colleague, view):
    shown, other = catalogue.tour(title={"fr": "Celle-ci"}), catalogue.tour(title={"fr": "Une autre"})
    catalogue.departure(shown, starts_at=at(12))
    catalogue.departure(other, starts_at=at(12) + timedelta(days=60))

    text = colleague("stock").get("/staff/calendar", view=view, on="2027-05-12").text

    assert "Celle-ci</span>" in text
    assert "Une autre</span>" not in text


def test_a_month_shows_some_of_a_full_day_and_says_how_many_more_there_are(catalogue, colleague):
    slug = catalogue.tour()
    # Around midnight in Paris, which is another day in UTC.
    late = [catalogue.departure(slug, starts_at=at(12, 23), language=language) for language in ("fr", "zh")]
    early = [catalogue.departure(slug, starts_at=at(13, 0) + timedelta(minutes=n), language="fr") for n in range(9)]
    stock = colleague("stock")

    def seen(view, on):
        text = stock.get("/staff/calendar", view=view, on=on, lang="en").text
        return [one for one in (*late, *early) if f"/staff/departures/{one}" in text], text

    shown, text = seen("month", "2027-05-12")
    assert shown == [*late, *early[:6]]
    assert "3 more</a>" in text
    assert "2 more" not in text
    assert seen("day", "2027-05-13")[0] == early
    assert seen("week", "2027-05-13")[0] == [*late, *early]


def test_a_day_with_more_than_a_page_says_so(catalogue, colleague, monkeypatch):
    monkeypatch.setattr("shop.catalogue.services.calendar.MOST", 2)
    monkeypatch.setattr("shop.catalogue.staff_views.calendar.MOST", 2)
    slug = catalogue.tour()
    made = [catalogue.departure(slug, starts_at=at(13) + timedelta(minutes=n)) for n in range(3)]
    stock = colleague("stock")

    for view in ("day", "week"):
        text = stock.get("/staff/calendar", view=view, on="2027-05-13").text
        assert [f"/staff/departures/{one}" in text for one in made] == [True, True, False]
        assert 'class="alert alert-warning"' in text


def test_the_calendar_is_filtered_by_tour_guide_and_language(app, catalogue, colleague):
    guide, stock = colleague("guide"), colleague("stock")
    slug = catalogue.tour(title={"fr": "Celle-ci"})
    led = catalogue.departure(slug, starts_at=at(12), language="fr")
    catalogue.change(led, guide_id=guide.id)
    alone = catalogue.departure(starts_at=at(13), title={"fr": "Sans personne"})

    def seen(**query):
        text = stock.get("/staff/calendar", on="2027-05-12", **query).text
        return {one for one in (led, alone) if f"/staff/departures/{one}" in text}

    assert seen() == {led, alone}
    assert seen(tour=slug) == {led}
    assert seen(guide=guide.id) == {led}
    assert seen(guide="none") == {alone}
    assert seen(language="zh") == {alone}


@pytest.mark.parametrize(
    "query",
    [
        {"view": "year"},
        {"on": "not a day"},
        {"on": "0001-01-01"},
        {"on": "9999-12-31"},
        {"tour": "a\x00b"},
        {"tour": "' OR 1=1 --"},
        {"guide": "x" * 400},
        {"language": "<script>alert(1)</script>"},
    ],
)
def test_what_makes_no_sense_in_a_query_is_left_out(catalogue, colleague, query):
    catalogue.departure()

    answer = colleague("manager").get("/staff/calendar", **query)

    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


def test_a_guide_sees_the_own_departures_only(catalogue, colleague):
    guide = colleague("guide")
    mine, other = catalogue.departure(), catalogue.departure()
    catalogue.change(mine, guide_id=guide.id)
    on = (clock.now() + timedelta(days=7)).date()

    text = guide.get("/staff/calendar", on=on, guide="none").text

    assert f"/staff/departures/{mine}" in text
    assert f"/staff/departures/{other}" not in text
    assert guide.get(f"/staff/departures/{mine}").status_code == 200
    assert guide.get(f"/staff/departures/{other}").status_code == 404
    assert guide.get(f"/staff/departures/{mine}/edit").status_code == 403


def test_a_guide_in_two_places_at_once_and_of_another_language_is_shown(app, catalogue, colleague):
    guide, stock = colleague("guide"), colleague("stock")
    slug = catalogue.tour(duration_minutes=90)
    first = catalogue.departure(slug, starts_at=at(12, 10), language="zh")
    second = catalogue.departure(slug, starts_at=at(12, 11), language="zh")
    third = catalogue.departure(slug, starts_at=at(12, 13), language="zh")
    for one in (first, second, third):
        catalogue.change(one, guide_id=guide.id)

    text = stock.get("/staff/calendar", view="day", on="2027-05-12").text
    assert text.count("guide elsewhere") == 2
    assert text.count("guide’s language") == 3

    assert stock.post(f"/staff/calendar/guides/{guide.id}", languages=["zh", "fr"]).status_code == 303
    text = stock.get("/staff/calendar", view="day", on="2027-05-12").text
    assert "guide’s language" not in text
    page = stock.get(f"/staff/departures/{first}").text
    assert f"/staff/departures/{second}" in page
    assert f"/staff/departures/{third}" not in page

    catalogue.change(second, status="cancelled")
    assert "guide elsewhere" not in stock.get("/staff/calendar", view="day", on="2027-05-12").text
    assert rows(app, "SELECT after FROM staff_acts WHERE act = 'guide.languages'") == [
        {"after": {"languages": ["fr", "zh"]}}
    ]


def test_only_guides_are_given_languages(catalogue, colleague):
    stock = colleague("stock")

    answer = stock.post(f"/staff/calendar/guides/{stock.id}", languages=["zh"])

    assert answer.status_code == 422


def test_more_departures_are_no_more_queries(app, catalogue, colleague):
    stock, guide = colleague("stock"), colleague("guide")
    slug = catalogue.tour()

    def asked():
        with queries_of(app) as sent:
            assert stock.get("/staff/calendar", view="month", on="2027-05-12").status_code == 200
        return len(sent)

    stock.get("/staff/calendar")
    catalogue.change(catalogue.departure(slug, starts_at=at(3)), guide_id=guide.id)
    few = asked()
    for day in range(4, 20):
        catalogue.change(catalogue.departure(starts_at=at(day)), guide_id=guide.id)

    assert asked() == few <= 8


def test_a_day_is_that_of_the_office_whatever_utc_says(catalogue, colleague):
    late = catalogue.departure(starts_at=datetime(2027, 5, 11, 22, 30, tzinfo=UTC))

    stock = colleague("stock")

    assert str(late) in stock.get("/staff/calendar", view="day", on="2027-05-12").text
    assert str(late) not in stock.get("/staff/calendar", view="day", on="2027-05-11").text


def test_a_closed_account_guides_no_more(app, catalogue, colleague):
    guide, stock = colleague("guide"), colleague("stock")
    departure = catalogue.departure()
    with app.app_context(), transaction():
        db.session.get_one(StaffMember, guide.id).closed_at = clock.now()

    assert guide.email not in stock.get("/staff/calendar/guides").text
    page = stock.get(f"/staff/departures/{departure}/edit").text
    assert str(guide.id) not in page

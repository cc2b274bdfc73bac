"""Departures made and changed by the staff: one, a series, this and the following, all."""

import re
from datetime import timedelta

import pytest
import time_machine

from shop.catalogue import rules
from shop.core import clock
from tests.factories.rows import change, rows, value

NEW = "/staff/calendar/new"
PREVIEW = "/staff/calendar/preview"
SERIES = {"repeat": "on", "days": ["SA"], "every": "1", "count": "3", "without_holidays": "on"}


@pytest.fixture(autouse=True)
def early():
    with time_machine.travel("2027-01-10T12:00:00Z", tick=True):
        yield


@pytest.fixture
def stock(colleague):
    return colleague("stock")


def wanted(slug, **changes):
    facts = {"tour": slug, "day": "2027-05-01", "time": "14:30", "language": "zh", "capacity": "20"}
    return facts | changes


def starts(app):
    found = rows(app, "SELECT starts_at AT TIME ZONE 'Europe/Paris' AS at FROM departures ORDER BY starts_at")
    return [f"{row['at']:%Y-%m-%d %H:%M}" for row in found]


def series(app, catalogue, stock, **changes):
    """Three Saturdays of May, made on the page; their ids by start."""
    slug = catalogue.tour(title={"fr": "Série"})
    answer = stock.post(NEW, **wanted(slug, **SERIES | {"day": "2027-05-15"} | changes))
    assert answer.status_code == 303, answer.text
    return [row["id"] for row in rows(app, "SELECT id FROM departures ORDER BY starts_at")]


def fields(page):
    """What the form of a page would send as it stands."""
    found = dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]*?value="([^"]*)"', page.replace("\n", " ")))
    for name, inside in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, flags=re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', inside)
        found[name] = chosen[1] if chosen else ""
    found.pop("csrf_token")
    return found | {"scope": "one"}


def edit(stock, departure, **changes):
    path = f"/staff/departures/{departure}/edit"
    return stock.post(path, **fields(stock.get(path).text) | changes)


# ---- making


def test_one_departure_is_made_and_sold(app, catalogue, stock, tourist):
    slug = catalogue.tour()

    answer = stock.post(NEW, **wanted(slug, days=["MO"], count="9"))

    assert answer.status_code == 303
    assert starts(app) == ["2027-05-01 14:30"]
    (row,) = rows(app, "SELECT id, series_id, status, capacity FROM departures")
    assert answer.headers["Location"].endswith(f"/staff/departures/{row['id']}")
    assert (row["series_id"], row["status"], row["capacity"]) == (None, "open", 20)
    assert tourist.hold(row["id"]).status_code == 201
    (act,) = rows(app, "SELECT subject, after FROM staff_acts WHERE act = 'departure.created'")
    assert act["after"]["starts"] == ["2027-05-01 14:30"]


def test_a_series_leaves_out_holidays_and_days_off(app, catalogue, stock):
    slug = catalogue.tour()

    answer = stock.post(
        NEW, **wanted(slug, **SERIES | {"count": "4", "days_off": "2027-05-15, 2027-05-16"})
    )  # 1 and 8 May are holidays

    assert answer.status_code == 303
    assert starts(app) == ["2027-05-22 14:30"]

    stock.post(NEW, **wanted(slug, repeat="on", days=["SA", "WE"], every="2", until="2027-05-20"))
    assert starts(app) == ["2027-05-01 14:30", "2027-05-12 14:30", "2027-05-15 14:30", "2027-05-22 14:30"]
    assert value(app, "SELECT count(DISTINCT series_id) FROM departures") == 1


def test_the_preview_says_what_would_be_made_and_makes_nothing(app, catalogue, stock):
    slug = catalogue.tour()
    stock.post(NEW, **wanted(slug, day="2027-05-15"))

    text = stock.post(PREVIEW, **wanted(slug, **SERIES | {"count": "5", "days_off": "2027-05-22"})).text

    assert "1 departure(s) to make" in text
    assert "holiday: Labour Day" in text
    assert "holiday: Victory Day" in text
    assert "exists already" in text
    assert "left out" in text
    assert "29 May 2027" in text
    assert "<html" not in text
    assert len(starts(app)) == 1
    assert value(app, "SELECT count(*) FROM staff_acts WHERE act = 'departure.created'") == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"day": ""},
        {"day": "2027-02-30"},
        {"day": "9999-01-01"},
        {"time": "25:00"},
        {"capacity": "-1"},
        {"capacity": "9" * 40},
        {"language": "<b>"},
        {"repeat": "on", "days": []},
        {"repeat": "on", "days": ["SA"]},
        {"repeat": "on", "days": ["SA"], "count": "3", "until": "2027-06-01"},
        {"repeat": "on", "days": ["XX"], "count": "3"},
        {"repeat": "on", "days": ["SA"], "count": "501"},
        {"repeat": "on", "days": ["SA"], "count": "3", "every": "0"},
        {"repeat": "on", "days": ["SA"], "until": "2190-01-01"},
        {"days_off": "tomorrow"},
        {"days_off": "2027-02-31"},
        {"day": "2027-01-09"},
        {"repeat": "on", "days": ["SA"], "until": "2027-04-01"},
        {"guide": "x\x00"},
        {"guide": "7b0b2f2e-0000-0000-0000-000000000000"},
        {"day": "2027-03-28", "time": "02:30"},
    ],
)
def test_what_gives_no_date_makes_none_and_says_so(app, catalogue, stock, wrong):
    given = wanted(catalogue.tour(), **wrong)

    answer = stock.post(NEW, **given)

    assert answer.status_code == 422
    assert "alert-danger" in answer.text
    assert starts(app) == []
    assert stock.post(PREVIEW, **given).status_code == 200


def test_a_tour_that_is_none_has_no_departures(app, stock):
    assert stock.post(NEW, **wanted("nowhere")).status_code == 404
    assert starts(app) == []


def test_the_same_series_sent_twice_is_made_once(app, catalogue, stock):
    slug = catalogue.tour()
    given = wanted(slug, **SERIES | {"day": "2027-05-15"})

    assert stock.post(NEW, **given).status_code == 303
    assert stock.post(NEW, **given).status_code == 422
    assert len(starts(app)) == 3


def test_the_hour_stays_the_same_when_the_clocks_change(app, catalogue, stock):
    stock.post(NEW, **wanted(catalogue.tour(), **SERIES | {"day": "2027-03-20"}))

    assert starts(app) == ["2027-03-20 14:30", "2027-03-27 14:30", "2027-04-03 14:30"]


def test_the_rule_of_a_series_is_one_the_catalogue_reads():
    rule = rules.weekly(["WE", "MO"], every=2, count=4, until=None)

    assert rule == "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=4"


# ---- changing


def test_one_of_a_series_is_changed_alone(app, catalogue, stock):
    first, second, third = series(app, catalogue, stock)

    assert edit(stock, second, capacity="7").status_code == 303

    found = {row["id"]: row["capacity"] for row in rows(app, "SELECT id, capacity FROM departures")}
    assert found == {first: 20, second: 7, third: 20}


@pytest.mark.parametrize(("scope", "touched"), [("following", [1, 2]), ("all", [0, 1, 2])])
def test_the_following_or_all_of_a_series_get_what_was_changed_and_no_more(
    app, catalogue, stock, colleague, scope, touched
):
    guide = colleague("guide")
    ids = series(app, catalogue, stock)
    edit(stock, ids[2], capacity="5")

    answer = edit(stock, ids[1], time="16:00", guide=str(guide.id), language="fr", scope=scope)

    assert answer.status_code == 303, answer.text
    found = rows(
        app,
        "SELECT to_char(starts_at AT TIME ZONE 'Europe/Paris', 'HH24:MI') AS at, language, guide_id, capacity"
        " FROM departures ORDER BY starts_at",
    )
    assert [row["capacity"] for row in found] == [20, 20, 5]
    for n, row in enumerate(found):
        assert (row["at"], row["language"], row["guide_id"]) == (
            ("16:00", "fr", guide.id) if n in touched else ("14:30", "zh", None)
        )
    (act,) = rows(app, "SELECT before, after FROM staff_acts WHERE act = 'departure.changed' ORDER BY at DESC LIMIT 1")
    assert act["before"]["language"] == "zh"
    assert (act["after"]["language"], act["after"]["departures"]) == ("fr", len(touched))


def test_a_capacity_is_never_under_what_is_taken_and_blocked_and_names_the_bookings(app, catalogue, stock, tourist):
    departure = catalogue.departure(capacity=10)
    held = tourist.held(departure, adults=3)
    stock.post(f"/staff/departures/{departure}/blocks", seats="2", holder="École")

    answer = edit(stock, departure, capacity="4")

    assert answer.status_code == 409
    assert held["id"] in answer.text
    assert "3 + 2" in answer.text
    assert value(app, "SELECT capacity FROM departures") == 10
    assert edit(stock, departure, capacity="5").status_code == 303


def test_one_that_is_too_full_keeps_the_whole_series_as_it_is(app, catalogue, stock, tourist):
    first, _, third = series(app, catalogue, stock)
    held = tourist.held(third, adults=4)

    answer = edit(stock, first, capacity="3", scope="all")

    assert answer.status_code == 409
    assert held["id"] in answer.text
    assert {row["capacity"] for row in rows(app, "SELECT capacity FROM departures")} == {20}


def test_seconds_of_a_start_are_no_change_of_its_hour(app, catalogue, stock, tourist):
    departure = catalogue.departure(starts_at=clock.now().replace(second=41, microsecond=0) + timedelta(days=7))
    tourist.held(departure)

    assert edit(stock, departure, capacity="12").status_code == 303
    assert value(app, "SELECT extract(second FROM starts_at) FROM departures") == 41


@pytest.mark.parametrize("changes", [{"time": "09:00"}, {"language": "fr"}])
def test_hour_and_language_stay_while_somebody_has_seats(app, catalogue, stock, tourist, changes):
    departure = catalogue.departure()
    held = tourist.held(departure)

    answer = edit(stock, departure, **changes)

    assert answer.status_code == 409
    assert held["id"] in answer.text


def test_a_change_on_top_of_somebody_elses_is_declined(app, catalogue, stock):
    departure = catalogue.departure()
    path = f"/staff/departures/{departure}/edit"
    opened = fields(stock.get(path).text)
    edit(stock, departure, capacity="12")

    answer = stock.post(path, **opened | {"language": "fr"})

    assert answer.status_code == 409
    assert "Somebody has changed this departure" in answer.text
    assert rows(app, "SELECT capacity, language FROM departures") == [{"capacity": 12, "language": "zh"}]


def test_two_departures_never_share_a_start_and_language(app, catalogue, stock):
    slug = catalogue.tour()
    stock.post(NEW, **wanted(slug))
    stock.post(NEW, **wanted(slug, time="16:00"))
    second = value(app, "SELECT id FROM departures ORDER BY starts_at DESC LIMIT 1")

    answer = edit(stock, second, time="14:30")

    assert answer.status_code == 409
    assert "at that hour and in that language already" in answer.text
    assert starts(app) == ["2027-05-01 14:30", "2027-05-01 16:00"]


@pytest.mark.parametrize("over", [{"status": "cancelled"}, {"starts_at": "past"}])
def test_what_is_over_changes_no_more(app, catalogue, stock, over):
    departure = catalogue.departure()
    path = f"/staff/departures/{departure}/edit"
    opened = fields(stock.get(path).text)
    if "starts_at" in over:
        over = {"starts_at": clock.now() - timedelta(hours=1)}
    catalogue.change(departure, **over)

    assert stock.post(path, **opened | {"capacity": "3"}).status_code == 409
    blocked = stock.post(f"/staff/departures/{departure}/blocks", seats="1", holder="x")
    assert blocked.status_code == 409
    assert value(app, "SELECT capacity FROM departures") == 20


@pytest.mark.parametrize(
    "wrong",
    [{"minimum_seats": "3", "minimum_hours": ""}, {"minimum_seats": "21", "minimum_hours": "24"}, {"price-adult": "x"}],
)
def test_a_change_that_makes_no_sense_is_not_made(app, catalogue, stock, wrong):
    departure = catalogue.departure()

    assert edit(stock, departure, capacity="9", **wrong).status_code == 422
    assert value(app, "SELECT capacity FROM departures") == 20


def test_a_departure_that_is_none_is_not_found(stock):
    for path in ("x", "00000000-0000-0000-0000-000000000001"):
        assert stock.get(f"/staff/departures/{path}").status_code == 404
        assert stock.get(f"/staff/departures/{path}/edit").status_code == 404
        assert stock.post(f"/staff/departures/{path}/blocks", seats="1", holder="x").status_code == 404


def test_what_is_typed_is_shown_as_it_is(app, catalogue, stock):
    departure = catalogue.departure()
    stock.post(f"/staff/departures/{departure}/blocks", seats="1", holder='<script>alert("法")</script>')

    text = stock.get(f"/staff/departures/{departure}").text

    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(" in text


# ---- sales


def test_sales_of_several_are_closed_and_opened(app, catalogue, stock, tourist):
    first, second, gone = catalogue.departure(), catalogue.departure(), catalogue.departure(status="cancelled")
    ids = [str(one) for one in (first, second, gone)]

    answer = stock.post("/staff/calendar/sales", ids=ids, to="closed", back="/staff/calendar?view=day")

    assert answer.headers["Location"] == "/staff/calendar?view=day"
    assert tourist.hold(first).json["code"] == "departure-closed"
    states = {row["id"]: row["status"] for row in rows(app, "SELECT id, status FROM departures")}
    assert states == {first: "closed", second: "closed", gone: "cancelled"}
    stock.post("/staff/calendar/sales", ids=[str(first)], to="open", back="https://elsewhere.example")
    assert tourist.hold(first).status_code == 201


@pytest.mark.parametrize("given", [{"to": "open"}, {"ids": ["x"] * 201, "to": "open"}, {"ids": ["x"], "to": "gone"}])
def test_nothing_chosen_changes_nothing(app, catalogue, stock, given):
    catalogue.departure()

    assert stock.post("/staff/calendar/sales", **given).status_code == 422
    assert value(app, "SELECT status FROM departures") == "open"


# ---- prices


def test_a_price_of_one_departure_is_seen_held_and_kept(app, catalogue, stock, tourist):
    slug = catalogue.tour()
    cheap = catalogue.departure(slug)
    usual = catalogue.departure(slug, language="fr")

    assert edit(stock, cheap, **{"price-adult": "12,50"}).status_code == 303

    listed = {item["id"]: item for item in tourist.get(f"/tours/{slug}/departures").json["items"]}
    assert listed[str(cheap)]["prices"] == [{"code": "adult", "price": {"amount": 1250, "currency": "EUR"}}]
    assert "prices" not in listed[str(usual)]
    assert "prices" in tourist.get(f"/tours/{slug}").json["next_departure"]
    assert tourist.held(usual)["total"]["amount"] == 3800
    order = tourist.ordered(cheap)
    assert order["total"]["amount"] == 2500
    assert order["bookings"][0]["units"][0]["price"]["amount"] == 1250

    assert edit(stock, cheap, **{"price-adult": ""}).status_code == 303
    assert tourist.order(order["id"])["total"]["amount"] == 2500
    assert value(app, "SELECT count(*) FROM departure_prices") == 0


def test_who_finds_a_departure_full_is_told_the_prices_of_the_others(catalogue, stock, tourist):
    slug = catalogue.tour()
    full = catalogue.departure(slug, capacity=1)
    other = catalogue.departure(slug, language="fr")
    edit(stock, other, **{"price-child": "0"})

    (offered,) = tourist.hold(full).json["alternatives"]

    assert offered["prices"] == [{"code": "child", "price": {"amount": 0, "currency": "EUR"}}]


def test_own_prices_and_minimums_survive_the_way_through_a_file(app, catalogue, stock, tmp_path):
    slug = catalogue.tour()
    departure = catalogue.departure(slug)
    edit(stock, departure, **{"price-adult": "5", "minimum_seats": "4", "minimum_hours": "24"})
    stock.post(f"/staff/calendar/minimums/{slug}", minimum_seats="6", minimum_hours="48")
    runner = app.test_cli_runner()
    exported = runner.invoke(args=["catalogue", "export"]).output
    path = tmp_path / "catalogue.yaml"
    path.write_text(exported, encoding="utf-8")
    change(app, "DELETE FROM departure_prices")
    change(app, "DELETE FROM departures")
    change(app, "UPDATE tours SET minimum_seats = NULL, minimum_hours = NULL")

    result = runner.invoke(args=["catalogue", "import", str(path)])

    assert result.exit_code == 0, result.output
    assert runner.invoke(args=["catalogue", "export"]).output == exported
    assert "prices:" in exported
    again = runner.invoke(args=["catalogue", "import", str(path)])
    assert again.exit_code == 0
    assert runner.invoke(args=["catalogue", "export"]).output == exported

    path.write_text(exported.replace("adult: 500", "nobody: 500"), encoding="utf-8")
    assert "The tour has no such unit" in runner.invoke(args=["catalogue", "import", "--lang", "en", str(path)]).output


def test_a_file_is_told_of_the_seats_that_are_blocked(app, catalogue, stock, tmp_path):
    departure = catalogue.departure(capacity=5)
    stock.post(f"/staff/departures/{departure}/blocks", seats="4", holder="École")
    runner = app.test_cli_runner()
    path = tmp_path / "catalogue.yaml"
    path.write_text(runner.invoke(args=["catalogue", "export"]).output.replace("capacity: 5", "capacity: 3"), "utf-8")

    result = runner.invoke(args=["catalogue", "import", "--lang", "en", str(path)])

    assert result.exit_code == 1
    assert "0 seats are taken already and 4 blocked" in result.output
    assert value(app, "SELECT capacity FROM departures") == 5

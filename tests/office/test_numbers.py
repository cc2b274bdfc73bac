"""Statistics: what each number counts, that it says what the books say, and how it is shown and taken away."""

import csv
import io
from datetime import date, datetime, timedelta
from html.parser import HTMLParser

import openpyxl
import pytest
import time_machine

from shop.books.rules import Period, read_period
from shop.office import charts
from shop.office.charts import Bar, Series
from shop.office.rules import numbers as rules
from tests.core.watching import queries_of
from tests.factories.rows import change, rows, value
from tests.office.conftest import LONG, PARIS, WEDNESDAY

PAGE = "/staff/numbers"
MINE = {"from": "2027-06-01", "to": "2027-06-30"}


def table(answer):
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""), delimiter=";"))


def get(someone, name, **period):
    return table(someone.get(f"{PAGE}/{name}.csv", **(period or MINE)))


def by(found, column="Tour"):
    return {row[column]: row for row in found}


def test_revenue_by_tour_is_that_of_the_journal(season, sales_of, app):
    numbers = sales_of("2027-03-01", "2027-06-30")
    told = {
        row["currency"]: (int(row["sold"]), int(row["credited"]))
        for row in rows(
            app,
            "SELECT currency, sum(debit) AS sold, sum(credit) AS credited FROM journal_lines JOIN journal_entries"
            " ON number = entry WHERE kind IN ('sale', 'credit') AND account = 'customer' GROUP BY currency",
        )
    }

    found = numbers.sales_by(lambda currency, *_: currency)
    assert {currency: (one.sold, one.credited) for currency, one in found.items()} == told
    assert told["EUR"] == (3800 + 11400 + 1900 + 3800, 5700)
    assert told["CNY"] == (3800, 0)


def test_revenue_of_a_month_is_that_of_its_closing(season, till, sales_of, app):
    with time_machine.travel(datetime(2027, 7, 2, 9, tzinfo=PARIS), tick=False):
        till.clerk.close()
    closed = value(
        app, "SELECT totals FROM closings WHERE period = 'month' AND starts_on = '2027-06-01' AND currency = 'EUR'"
    )

    found = sales_of("2027-06-01", "2027-06-30").sales_by(lambda currency, *_: currency)["EUR"]
    assert (found.sold, found.credited) == (closed["sold"], closed["credited"])


def test_a_credit_belongs_to_the_tour_that_was_cancelled(season, colleague):
    found = by(get(colleague("manager"), "tours"))

    assert found["The forgotten quarries"]["Revenue"] == "95,00"
    assert found["The forgotten quarries"]["Credit notes"] == "0,00"
    assert found["Le fort d’Issy"]["Credit notes"] == "57,00"
    assert found["Le fort d’Issy"]["Revenue"] == "19,00"
    assert found["Le fort d’Issy"]["Cancelled since"] == "3"
    assert found["Le fort d’Issy"]["Seats sold"] == "4"


def test_a_credit_for_nothing_cancelled_is_laid_to_all_tours_and_loses_no_cent(season, till, sales_of):
    with time_machine.travel(datetime(2027, 6, 1, tzinfo=PARIS), tick=False):
        other = till.catalogue.departure(starts_at=datetime(2027, 7, 20, 9, tzinfo=PARIS))
    order = till.sell(season["later"], other, at=WEDNESDAY, adults=1)
    till.give_back(order, 1001, at=WEDNESDAY)
    numbers = sales_of("2027-06-16", "2027-06-16")

    credited = sorted(one.credited for one in numbers.sales_by(lambda _currency, *place: place[:2]).values())
    assert credited == [500, 501]


def test_currencies_are_never_added(season, colleague):
    found = get(colleague("manager"), "languages", **{"from": "2027-05-01", "to": "2027-06-30"})
    chinese = [row for row in found if row["Language"] == "Chinese"]

    assert sorted((row["Currency"], row["Revenue"]) for row in chinese) == [("CNY", "38,00"), ("EUR", "76,00")]


def test_money_by_means_stands_beside_what_went_back(season, colleague):
    found = by(get(colleague("cashier"), "means"), "Means")

    assert (found["WeChat Pay"]["Payments"], found["WeChat Pay"]["Received"]) == ("2", "152,00")
    assert (found["WeChat Pay"]["Refunds"], found["WeChat Pay"]["Given back"]) == ("1", "57,00")
    assert (found["Cash"]["Received"], found["Cash"]["Left"]) == ("19,00", "19,00")


def test_occupancy_is_of_departures_that_take_place(season, colleague):
    found = by(get(colleague("stock"), "filled_tours"))

    assert found["Le fort d’Issy"]["Departures"] == "1"
    assert found["Le fort d’Issy"]["Called off"] == "1"
    assert (found["Le fort d’Issy"]["Seats filled"], found["Le fort d’Issy"]["Capacity"]) == ("1", "4")
    assert found["Le fort d’Issy"]["Occupancy"] == "25,0"
    assert found["The forgotten quarries"]["Occupancy"] == "25,0"


def test_occupancy_by_hour_is_of_the_clocks_of_the_office(season, sales_of):
    found = sales_of("2027-06-01", "2027-06-30").filled_by(lambda *place: place[3:])

    assert set(found) == {(6, 10), (1, 10)}


def test_lead_time_counts_days_of_the_calendar(season, sales_of):
    numbers = sales_of("2027-06-01", "2027-06-30")

    assert list(numbers.lead) == [2, 1, 3, 3, 0, 0, 0, 0]  # same day; one before; two; four
    assert numbers.median_lead == 1
    assert numbers.orders == 3


def test_the_days_are_those_of_the_office(till, catalogue, sales_of, noon):
    with time_machine.travel(datetime(2027, 5, 1, tzinfo=PARIS), tick=False):
        departure = catalogue.departure(starts_at=datetime(2027, 7, 1, 0, 30, tzinfo=PARIS))
    till.sell(departure, at=datetime(2027, 6, 1, 0, 30, tzinfo=PARIS))  # in UTC still the day before

    assert sales_of("2027-06-01", "2027-06-01").all_sales.seats == 2
    assert sales_of("2027-05-31", "2027-05-31").all_sales.seats == 0
    assert len(sales_of("2027-07-01", "2027-07-01").filled) == 1


def test_a_free_order_counts_its_seats_and_no_money(till, catalogue, sales_of, noon):
    departure = catalogue.departure(units=[{"code": "adult", "kind": "ADULT", "label": {"fr": "Tous"}, "price": 0}])
    till.sell(departure, at=WEDNESDAY)
    numbers = sales_of("2027-06-16", "2027-06-16")

    assert (numbers.orders, numbers.all_sales.seats, numbers.all_sales.sold) == (1, 2, 0)


def test_money_whose_order_has_no_bookings_any_more_is_still_counted(season, sales_of, app):
    before = sales_of("2027-06-01", "2027-06-30").sales_by(lambda currency, *_: currency)["EUR"].revenue
    change(
        app, "UPDATE bookings SET order_id = NULL, status = 'released' WHERE departure_id = :d", d=season["saturday"]
    )

    assert sales_of("2027-06-01", "2027-06-30").sales_by(lambda currency, *_: currency)["EUR"].revenue == before


def test_the_page_shows_twelve_weeks_beside_the_twelve_before(season, colleague):
    answer = colleague("manager").get(PAGE)

    assert answer.status_code == 200
    assert "From 29 Mar 2027 to 16 Jun 2027, compared with 4 Jan 2027 to 24 Mar 2027" in answer.text
    assert "Revenue (EUR)" in answer.text
    assert "€114.00" in answer.text
    assert "CN¥38.00" in answer.text
    assert 'L’atelier <span class="small">(CNY)</span>' in answer.text


def test_who_looks_after_stock_sees_no_money(season, colleague):
    someone = colleague("stock")
    answer = someone.get(PAGE)

    assert "€" not in answer.text
    assert "Revenue" not in answer.text
    assert "Seats sold" in answer.text
    assert someone.get(f"{PAGE}/means.csv").status_code == 404
    assert "Revenue" not in get(someone, "tours")[0]


def test_a_shop_that_sold_nothing_says_so(colleague, app):
    answer = colleague("manager").get(PAGE)

    assert answer.status_code == 200
    assert "Nothing to show for this period." in answer.text
    assert table(colleague("manager", email="b@example.com").get(f"{PAGE}/tours.csv")) == []


def test_one_sale_of_one_seat_is_drawn(till, catalogue, colleague, noon):
    till.sell(catalogue.departure(starts_in=timedelta(days=1)), at=WEDNESDAY, adults=1)
    someone = colleague("manager")

    for period in ({}, {"from": "2027-06-16", "to": "2027-06-16"}):
        answer = someone.get(PAGE, **period)
        assert answer.status_code == 200
        assert "nan" not in answer.text.lower().replace("finance", "")


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2027-06-30", "2027-06-01", "swap them"),
        ("9999-01-01", "9999-12-31", "from 2000 to 2100"),
        ("0001-01-01", "0001-01-02", "from 2000 to 2100"),
        ("yesterday", "tomorrow", "year, month, day"),
        ("2027-02-30", "2027-03-01", "year, month, day"),
        ("2000-01-01", "2100-01-01", "at most 731"),
        ("2027-06-01", "", "year, month, day"),
        ("２０２７-06-01", "2027-06-02", "year, month, day"),
        ("2027-06-01\x00", "2027-06-02", "year, month, day"),
        ("'; DROP TABLE orders; --", "<script>alert(1)</script>", "year, month, day"),
        ("1" * 5000, "2027-06-02", "year, month, day"),
    ],
)
def test_a_period_that_nobody_can_mean_is_refused_in_words(colleague, first, last, words):
    someone = colleague("cashier")
    answer = someone.get(PAGE, **{"from": first, "to": last})
    taken = someone.get(f"{PAGE}/weeks.csv", **{"from": first, "to": last})

    assert (answer.status_code, taken.status_code) == (422, 422)
    assert words in answer.text
    assert words in taken.text
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize("path", ["nothing.csv", "weeks.pdf", "weeks.exe", "x.x"])
def test_a_table_that_does_not_exist_is_not_found(colleague, path):
    assert colleague("manager").get(f"{PAGE}/{path}").status_code == 404


def test_a_workbook_holds_the_numbers_as_numbers(season, colleague):
    answer = colleague("manager", locale="fr").get(f"{PAGE}/tours.xlsx", **MINE)
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    found = {row[0]: row for row in sheet.iter_rows(min_row=2, values_only=True)}

    assert answer.headers["Content-Disposition"] == ('attachment; filename="insolite-tours-2027-06-01-2027-06-30.xlsx"')
    assert found[LONG][1:] == (5, 0, 0, 95, 0, 95, "EUR")


def test_no_title_acts_as_a_formula_and_none_as_markup(till, catalogue, colleague, noon):
    evil = "=HYPERLINK(\"http://evil\")<script>alert('x')</script>"
    till.sell(catalogue.departure(title={"fr": evil}), at=WEDNESDAY)
    someone = colleague("manager")

    assert get(someone, "tours")[0]["Tour"].startswith("'=HYPERLINK")
    assert "<script>alert" not in someone.get(PAGE).text
    sheet = openpyxl.load_workbook(io.BytesIO(someone.get(f"{PAGE}/tours.xlsx", **MINE).data)).active
    assert sheet["A2"].data_type == "s"


def test_a_download_is_written_to_the_trail(season, colleague, app):
    get(colleague("cashier"), "weeks")
    (act,) = rows(app, "SELECT who, subject, after FROM staff_acts WHERE act = 'numbers.exported'")

    assert act == {
        "who": "cashier@example.com",
        "subject": "weeks",
        "after": {"from": "2027-06-01", "to": "2027-06-30", "kind": "csv"},
    }


def test_the_number_of_queries_does_not_grow(season, till, colleague, app):
    someone = colleague("manager")
    someone.get(PAGE)
    with queries_of(app) as few:
        someone.get(PAGE)
    for hour in range(6):
        till.sell(season["next_saturday"], at=datetime(2027, 6, 11, 8 + hour, tzinfo=PARIS), adults=1)
    with queries_of(app) as many:
        someone.get(PAGE)

    assert len(many) == len(few) <= 20


def test_every_definition_is_on_the_page_in_three_languages(season, colleague):
    for language, words in (
        ("fr", "comme au journal et dans les clôtures"),
        ("zh-CN", "与账簿和结账一致"),
        ("en", "the closings"),
    ):
        answer = colleague("manager", email=f"{language}@example.com", locale=language).get(PAGE)
        assert words in answer.text


# ---- Periods


def test_what_begins_on_a_monday_is_compared_with_the_same_weekdays():
    usual = rules.usual_period(date(2027, 6, 16))

    assert usual == Period(date(2027, 3, 29), date(2027, 6, 16))
    assert rules.compared_with(usual) == Period(date(2027, 1, 4), date(2027, 3, 24))
    assert rules.compared_with(Period(date(2027, 6, 1), date(2027, 6, 30))) == Period(
        date(2027, 5, 2), date(2027, 5, 31)
    )
    assert len(rules.mondays(usual)) == rules.WEEKS


def test_a_period_at_the_ends_of_the_calendar_is_no_crash(colleague):
    someone = colleague("manager")

    assert someone.get(PAGE, **{"from": "2000-01-01", "to": "2000-01-01"}).status_code == 200
    assert someone.get(PAGE, **{"from": "2100-12-31", "to": "2100-12-31"}).status_code == 200
    assert read_period(" 2027-01-01 ", "2027-01-01", most=1).days == 1


# ---- Pictures


class Wellformed(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.open = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        assert "style" not in dict(attrs)
        self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert "style" not in dict(attrs)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_a_picture_has_a_title_and_a_description_and_no_inline_style():
    drawn = [
        charts.bars("a", "Title", "Told", [Bar("<b>x</b>", 3, "3"), Bar("y", 0, "0")]),
        charts.lines(
            "b",
            "Title",
            "Told",
            ["1", "2"],
            [Series("now", [1, None]), Series("then", [None, 2])],
            top=2,
            printed=("0", "2"),
        ),
        charts.heat("c", "Title", "Told", ["9"], ["Mon"], {(0, 0): 1.0}),
        charts.bars("d", "Title", "Told", []),
        charts.lines("f", "Title", "Told", ["1"], [Series("now", [-3, 2])], top=2, bottom=-3, printed=("-3", "2")),
        charts.lines("e", "Title", "Told", ["1"], [Series("now", [0])], top=0, printed=("0", "0")),
    ]
    for picture in [one.drawing for one in drawn]:
        assert not Wellformed(picture).open
        assert "<title" in picture
        assert "<desc" in picture
        assert "<b>" not in picture


@pytest.mark.parametrize("title", [LONG, "被遗忘的地下墓穴与白垩采石场" * 4, "x" * 300, "", "  "])
def test_a_long_title_takes_two_lines_at_most_and_never_more_than_the_width(title):
    lines = charts.wrap(title, charts.WIDE, charts.SIZE)

    assert 1 <= len(lines) <= 2
    assert all(charts.measure(line, charts.SIZE) <= charts.WIDE for line in lines)


def test_letters_on_every_shade_of_heat_can_be_read():
    def light(colour):
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for place, shade in enumerate(charts.HEAT):
        ink = "#ffffff" if place >= charts.DARK_FROM else charts.INK
        bright, dark = sorted((light(ink), light(shade)), reverse=True)
        assert (bright + 0.05) / (dark + 0.05) >= 4.5, shade

"""The pages about the books: closings, a day, documents, what is taken away, the check."""

import csv
import io
from dataclasses import replace
from datetime import date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest

from shop.books.invariants import INVARIANTS
from shop.books.services import journal
from shop.books.services.close import list_closings
from shop.core import clock
from shop.core.money import Money
from tests.books.conftest import PARIS
from tests.core.watching import queries_of
from tests.factories.rows import change, rows, value

HOSTILE_DAYS = ["9999-01-01", "0000-00-00", "tomorrow", "2027-02-30", "２０２７-01-01", "2027-04-30\x00", "1" * 4000]


@pytest.fixture
def month(morning, clerk, new_order):
    """An order sold in April and partly credited the day after, another in cash; it is noon of 2 May."""
    orders = [new_order(adults=2, children=1, infants=1), new_order(adults=1)]
    clerk.sell(orders[0]["id"])
    clerk.sell(orders[1]["id"], gateway="cash")
    morning.move_to(datetime(2027, 5, 1, 10, 0, tzinfo=PARIS))
    clerk.credit(orders[0]["id"], 900)
    clerk.act(
        orders[0]["id"],
        lambda order: journal.money_came(
            order, gateway="wechat_pay", money=Money(500, "CNY"), number="P9", now=clock.now()
        ),
    )
    morning.move_to(datetime(2027, 5, 2, 12, 0, tzinfo=PARIS))
    return orders


@pytest.fixture
def seller(app):
    """Changes who sells, for one test."""
    before = app.extensions["settings"]

    def change_seller(**facts):
        app.extensions["settings"] = replace(before, seller=replace(before.seller, **facts))

    yield change_seller
    app.extensions["settings"] = before


def exported(app):
    return rows(app, "SELECT subject, after FROM staff_acts WHERE act = 'books.exported' ORDER BY id")


@pytest.mark.parametrize("role", ["cashier", "stock", "guide"])
def test_the_books_are_a_managers(colleague, role):
    someone = colleague(role)

    for path in ("", "/day", "/documents", "/exports", "/check", "/exports/journal.csv", "/exports/fec"):
        assert someone.get(f"/staff/books{path}").status_code == 403


def test_closings_stand_with_their_sums_and_hashes(month, clerk, colleague, app):
    clerk.close()
    someone = colleague("manager")
    days, months = someone.get("/staff/books").text, someone.get("/staff/books", period="month").text

    for period, shown in (("day", days), ("month", months)):
        for row in rows(app, "SELECT hash FROM closings WHERE period = :period", period=period):
            assert row["hash"] in shown
    assert "€66.00" in days  # 47.00 and 19.00 on the last of April
    assert "CN¥5.00" in days
    assert "April 2027" in months
    assert "Designed for article 286" in days
    assert "Not certified" in days
    assert "WeChat Pay" in days


def test_closings_come_page_by_page(month, clerk, app):
    clerk.close()
    seen, cursor = [], None
    with app.test_request_context("/staff/books"):
        while True:
            found = list_closings("day", cursor=cursor, size=2)
            seen += [one.number for one in found["items"]]
            if found["next"] is None:
                break
            cursor = parse_qs(urlsplit(found["next"]).query)["cursor"][0]

    assert len(seen) == 3
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("cursor", ["x", "W10", "WyIxIiwiMiIsIjMiXQ", "WyI5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OSJd"])
def test_a_cursor_of_somebody_elses_is_no_crash(colleague, month, cursor):
    someone = colleague("manager")

    assert someone.get("/staff/books", cursor=cursor).status_code == 422
    assert someone.get("/staff/books/documents", cursor=cursor).status_code == 422


def test_a_kind_of_closing_that_does_not_exist_is_not_found(colleague):
    assert colleague("manager").get("/staff/books", period="century").status_code == 404


def test_a_day_stands_by_tariff_means_and_vat(month, colleague):
    answer = colleague("manager").get("/staff/books/day", on="2027-04-30")

    assert "Friday, 30 April 2027" in answer.text or "Friday 30 April 2027" in answer.text
    for words in ("Ventes par tarif", "TVA des ventes", "Encaissements", "FR_STD_20", "57,00", "wechat_pay"):
        assert words in answer.text
    assert "Remboursements" not in answer.text
    later = colleague("manager", email="other@example.com").get("/staff/books/day", on="2027-05-01").text
    assert "Avoirs" in later
    assert "Remboursements" in later


def test_an_empty_day_says_so(colleague, app):
    assert "No entry on this day." in colleague("manager").get("/staff/books/day", on="2027-01-01").text


@pytest.mark.parametrize("on", HOSTILE_DAYS)
def test_a_day_that_is_none_is_refused_in_words(colleague, on):
    someone = colleague("manager")

    for answer in (
        someone.get("/staff/books/day", on=on),
        someone.get("/staff/books/exports/day.csv", on=on),
        someone.get("/staff/books/exports/journal.csv", **{"from": on, "to": "2027-05-01"}),
        someone.get("/staff/books/exports/fec", year=on),
    ):
        assert answer.status_code == 422
        assert "year, month, day" in answer.text or "from 2000 to 2100" in answer.text


@pytest.mark.parametrize("on", ["2000-01-01", "2100-12-31"])
def test_the_first_and_the_last_day_of_all_can_be_read(colleague, on):
    assert colleague("manager").get("/staff/books/day", on=on).status_code == 200


def test_the_journal_is_taken_away_and_the_trail_says_so(month, colleague, app):
    someone = colleague("manager")
    answer = someone.get("/staff/books/exports/journal.csv", **{"from": "2027-04-01", "to": "2027-05-31"})
    lines = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""), delimiter=";"))

    assert answer.headers["Content-Disposition"] == 'attachment; filename="journal-2027-04-01-2027-05-31.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(lines) == value(app, "SELECT count(*) FROM journal_lines")
    assert exported(app) == [{"subject": "journal", "after": {"from": "2027-04-01", "to": "2027-05-31", "kind": "csv"}}]
    book = someone.get("/staff/books/exports/journal.xlsx", **{"from": "2027-04-01", "to": "2027-05-31"})
    assert openpyxl.load_workbook(io.BytesIO(book.data)).active.max_row == len(lines) + 1


def test_a_day_is_taken_away(month, colleague, app):
    someone = colleague("manager")
    answer = someone.get("/staff/books/exports/day.xlsx", on="2027-04-30")

    assert answer.status_code == 200
    assert openpyxl.load_workbook(io.BytesIO(answer.data)).active["A1"].value == "rubrique"
    assert someone.get("/staff/books/exports/day.csv", on="2027-04-30").data.startswith(b"\xef\xbb\xbf")
    assert [one["subject"] for one in exported(app)] == ["day", "day"]


def test_a_period_the_wrong_way_round_or_too_long_takes_nothing_away(month, colleague, app):
    someone = colleague("manager")
    backwards = someone.get("/staff/books/exports/journal.csv", **{"from": "2027-05-31", "to": "2027-04-01"})
    long = someone.get("/staff/books/exports/journal.xlsx", **{"from": "2000-01-01", "to": "2100-01-01"})

    assert (backwards.status_code, long.status_code) == (422, 422)
    assert "swap them" in backwards.text
    assert "at most 366" in long.text
    assert 'value="2027-05-31"' in backwards.text
    assert exported(app) == []


def test_the_file_of_a_year_is_that_of_the_command(month, colleague, app, seller, tmp_path):
    seller(siren="123 456 789")
    answer = colleague("manager").get("/staff/books/exports/fec", year="2027")
    app.test_cli_runner().invoke(args=["books", "export", "fec", "--year", "2027", "--folder", str(tmp_path)])

    assert answer.headers["Content-Disposition"] == 'attachment; filename="123456789FEC20271231.txt"'
    assert answer.data == (tmp_path / "123456789FEC20271231.txt").read_bytes()
    assert exported(app)[0]["after"] == {"from": "2027-01-01", "to": "2027-12-31", "kind": "txt"}


def test_without_a_number_of_the_seller_there_is_no_file_of_a_year(month, colleague, app):
    answer = colleague("manager").get("/staff/books/exports/fec", year="2027")

    assert answer.status_code == 409
    assert "SHOP_SELLER_SIREN" in answer.text
    assert exported(app) == []


def test_the_exports_tell_what_a_year_leaves_out(month, colleague):
    answer = colleague("manager").get("/staff/books/exports").text

    assert "2 in CNY" in answer
    assert "year=2027" in answer


def test_a_kind_of_file_that_does_not_exist_is_not_found(colleague):
    someone = colleague("manager")

    for path in ("journal.pdf", "day.txt", "journal.exe"):
        assert someone.get(f"/staff/books/exports/{path}").status_code == 404


def test_documents_are_found_by_their_number_and_by_that_of_their_order(month, clerk, colleague):
    someone = colleague("manager")
    everything = someone.get("/staff/books/documents").text
    credit_notes = someone.get("/staff/books/documents", kind="credit_note").text
    by_order = someone.get("/staff/books/documents", number=month[0]["number"]).text
    one = someone.get("/staff/books/documents", number=" r2027-000002 ").text

    assert "R2027-000001" in everything
    assert "R2027-000002" in everything
    assert "A2027-000001" not in everything
    assert "A2027-000001" in credit_notes
    assert "R2027-000001" in by_order
    assert "A2027-000001" in by_order
    assert "R2027-000002" not in by_order
    assert "R2027-000002" in one
    assert "R2027-000001" not in one
    assert "王小梅" not in everything


@pytest.mark.parametrize("number", ["' OR 1=1 --", "<script>alert(1)</script>", "\x00", "R2027-" + "9" * 400, "%"])
def test_a_number_that_is_none_finds_nothing_or_everything_and_breaks_nothing(month, colleague, number):
    answer = colleague("manager").get("/staff/books/documents", number=number)

    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


def test_reading_a_document_is_recorded_since_it_names_somebody(month, colleague, app):
    someone = colleague("manager")
    answer = someone.get("/staff/books/documents/R2027-000001.pdf")

    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF")
    assert [
        row["subject"] for row in rows(app, "SELECT subject FROM staff_acts WHERE act = 'books.document-read'")
    ] == ["R2027-000001"]
    assert someone.get("/staff/books/documents/R2027-999999.pdf").status_code == 404


def test_sound_books_are_said_to_be_sound(month, clerk, colleague, app):
    clerk.close()
    someone = colleague("manager")
    assert "Check now" in someone.get("/staff/books/check").text
    answer = someone.post("/staff/books/check")

    assert "All is well" in answer.text
    assert answer.text.count(">kept<") == len(INVARIANTS)
    assert rows(app, "SELECT after FROM staff_acts WHERE act = 'books.checked'") == [{"after": {"broken": 0}}]


def test_what_somebody_wrote_over_is_found_on_demand(month, colleague, app):
    body = value(app, "SELECT body FROM journal_entries WHERE number = 1")
    overwrite = "SET LOCAL session_replication_role = replica; UPDATE journal_entries SET body = '{}' WHERE number = 1"
    change(app, overwrite.format(body.replace("3", "4", 1).replace("'", "''").replace(":", r"\:")))
    answer = colleague("manager").post("/staff/books/check")

    assert "things are wrong" in answer.text
    assert "broken" in answer.text
    restore = "SET LOCAL session_replication_role = replica; UPDATE journal_entries SET body = '{}' WHERE number = 1"
    change(app, restore.format(body.replace("'", "''").replace(":", r"\:")))


def test_no_page_asks_more_of_the_database_when_there_is_more(month, clerk, colleague, app, new_order):
    someone = colleague("manager")
    paths = ["", "/day?on=2027-05-02", "/documents", "/exports"]
    few = []
    clerk.sell(new_order(adults=1)["id"])
    for path in paths:
        someone.get(f"/staff/books{path}")
        with queries_of(app) as asked:
            someone.get(f"/staff/books{path}")
        few.append(len(asked))
    for _ in range(5):
        clerk.sell(new_order(adults=1)["id"])
    for path, before in zip(paths, few, strict=True):
        with queries_of(app) as asked:
            someone.get(f"/staff/books{path}")
        assert len(asked) == before <= 12, path


def test_the_moment_of_a_period_is_that_of_the_office(month):
    from shop.books.rules import Period

    begin, after = Period(date(2027, 3, 28), date(2027, 3, 28)).moments(PARIS)
    assert (after.astimezone(clock.now().tzinfo) - begin.astimezone(clock.now().tzinfo)) == timedelta(hours=23)

"""What leaves the books: journal, day and FEC, as files in which nothing acts as a formula."""

import csv
import io
import re
import zipfile
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from html import unescape

import pytest

from shop.books import sheets
from shop.books.services import journal
from shop.core import clock
from shop.core.money import Money
from tests.books.conftest import PARIS
from tests.factories.rows import change

HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"]
FEC_COLUMNS = [
    *("JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum"),
    *("CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate"),
    *("Montantdevise", "Idevise"),
]


@pytest.fixture
def month(morning, clerk, new_order):
    """Two orders on the last day of April, one of them in part credited the day after; a fee; some yuan."""
    orders = [new_order(adults=2, children=1, infants=1), new_order(adults=1)]
    clerk.sell(orders[0]["id"])
    clerk.sell(orders[1]["id"], gateway="cash")
    morning.shift(timedelta(days=1))
    clerk.credit(orders[0]["id"], 900)

    def work(locked):
        journal.fee_taken(gateway="wechat_pay", money=Money(28, "EUR"), day=date(2027, 4, 30), now=clock.now())
        yuan = {"gateway": "wechat_pay", "money": Money(500, "CNY"), "number": "P9"}
        journal.money_came(locked, **yuan, now=clock.now())

    clerk.act(orders[0]["id"], work)
    return orders


@pytest.fixture
def run(app, tmp_path):
    """Runs `flask books export …`; gives what it wrote."""

    def export(*args, code=0, out="out"):
        asked = ["books", "export", *args, *(["--out", str(tmp_path / out)] if out else []), "--lang", "en"]
        result = app.test_cli_runner().invoke(args=asked)
        assert result.exit_code == code, result.output
        return (tmp_path / out).read_bytes() if out and code == 0 else result

    return export


@pytest.fixture
def with_seller(app):
    """Changes who sells, for one test."""
    before = app.extensions["settings"]

    def change_seller(**facts):
        app.extensions["settings"] = replace(before, seller=replace(before.seller, **facts))

    yield change_seller
    app.extensions["settings"] = before


@pytest.fixture
def with_accounts(app, tmp_path):
    """Gives the shop a file of accounts, for one test."""
    before = app.extensions["settings"]

    def write(text):
        file = tmp_path / "accounts.yaml"
        file.write_text(text, encoding="utf-8")
        app.extensions["settings"] = replace(before, accounts=file)

    yield write
    app.extensions["settings"] = before


def table(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def cells(content):
    """The cells of a workbook, as Excel would read them: (place, type, what it holds)."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = re.findall(r"<t[^>]*>(.*?)</t>", book.read("xl/sharedStrings.xml").decode(), flags=re.DOTALL)
    assert "<f>" not in sheet
    found = re.findall(r'<c r="([A-Z]+\d+)"([^>]*)><v>(.*?)</v>', sheet)
    return {place: texts[int(held)] if 't="s"' in kind else Decimal(held) for place, kind, held in found}


def test_the_journal_is_written_line_by_line(run, month):
    rows = table(run("journal", "--from", "2027-04-30", "--to", "2027-04-30"))

    assert {row["date"] for row in rows} == {"2027-04-30"}
    assert [(row["numéro"], row["opération"], row["compte"], row["débit"], row["crédit"]) for row in rows[:4]] == [
        ("1", "Encaissement", "517100", "47,00", "0,00"),
        ("1", "Encaissement", "411000", "0,00", "47,00"),
        ("2", "Vente", "411000", "47,00", "0,00"),
        ("2", "Vente", "706020", "0,00", "31,67"),
    ]
    assert rows[2]["pièce"] == "R2027-000001"
    assert rows[2]["heure"] == "10:00:00"
    assert rows[2]["commande"] == month[0]["number"].replace("-", "")
    assert len(rows) == 2 + 5 + 2 + 3


def test_both_days_of_a_range_are_in_it(run, month):
    assert {row["date"] for row in table(run("journal", "--from", "2027-04-30", "--to", "2027-05-01"))} == {
        "2027-04-30",
        "2027-05-01",
    }
    assert table(run("journal", "--from", "2027-05-02", "--to", "2027-05-03")) == []


def test_a_workbook_has_numbers_as_numbers_and_days_as_days(run, month):
    held = cells(run("journal", "--from", "2027-04-30", "--to", "2027-05-01", "--format", "xlsx"))

    assert (held["A1"], held["A2"], held["I2"], held["G2"]) == ("numéro", 1, 47, "517100")
    assert held["B2"] == (date(2027, 4, 30) - date(1899, 12, 30)).days


def test_a_day_by_tariff_means_and_vat(run, month):
    rows = table(run("day", "--date", "2027-04-30"))

    told = [tuple(value for value in row.values() if value) for row in rows]
    assert told == [
        ("Ventes par tarif", "Le Bouddha de Leshan – Bébé", "wechat_pay", "OUT_OF_SCOPE", "1", "0,00", "EUR"),
        ("Ventes par tarif", "Le Bouddha de Leshan – Enfant", "wechat_pay", "FR_RED_10", "1", "9,00", "EUR"),
        ("Ventes par tarif", "Le Bouddha de Leshan – Plein tarif", "cash", "FR_STD_20", "1", "19,00", "EUR"),
        ("Ventes par tarif", "Le Bouddha de Leshan – Plein tarif", "wechat_pay", "FR_STD_20", "2", "38,00", "EUR"),
        ("TVA des ventes", "FR_RED_10", "8,18", "0,82", "9,00", "EUR"),
        ("TVA des ventes", "FR_STD_20", "47,50", "9,50", "57,00", "EUR"),
        ("Encaissements", "cash", "1", "19,00", "EUR"),
        ("Encaissements", "wechat_pay", "1", "47,00", "EUR"),
    ]


def test_what_goes_back_stands_apart(run, month):
    rows = table(run("day", "--date", "2027-05-01"))

    told = [tuple(value for value in row.values() if value) for row in rows]
    assert told == [
        ("Avoirs", "Geste commercial", "FR_RED_10", "1", "1,72", "EUR"),
        ("Avoirs", "Geste commercial", "FR_STD_20", "1", "7,28", "EUR"),
        ("TVA des avoirs", "FR_RED_10", "1,56", "0,16", "1,72", "EUR"),
        ("TVA des avoirs", "FR_STD_20", "6,07", "1,21", "7,28", "EUR"),
        ("Encaissements", "wechat_pay", "1", "5,00", "CNY"),
        ("Remboursements", "wechat_pay", "1", "-9,00", "EUR"),
        ("Commissions", "wechat_pay", "1", "-0,28", "EUR"),
    ]


def test_the_fec_has_its_eighteen_columns_and_balances(run, month, with_seller, tmp_path):
    with_seller(siren="123 456 789")
    told = run("fec", "--year", "2027", "--folder", str(tmp_path), out=None)

    content = (tmp_path / "123456789FEC20271231.txt").read_bytes().decode()
    lines = content.split("\r\n")
    assert lines[0].split("\t") == FEC_COLUMNS
    rows = [dict(zip(FEC_COLUMNS, line.split("\t"), strict=True)) for line in lines[1:-1]]
    assert lines[-1] == ""
    numbers = [int(row["EcritureNum"]) for row in rows]
    assert numbers == sorted(numbers)
    amounts = {name: [Decimal(row[name].replace(",", ".")) for row in rows] for name in ("Debit", "Credit")}
    assert sum(amounts["Debit"]) == sum(amounts["Credit"]) > 0
    assert all(re.fullmatch(r"\d+,\d\d", row[name]) for row in rows for name in amounts)
    assert all(
        re.fullmatch(r"2027\d{4}", row[name]) for row in rows for name in ("EcritureDate", "PieceDate", "ValidDate")
    )
    sale = next(row for row in rows if row["EcritureLib"].startswith("Vente"))
    assert (sale["JournalCode"], sale["CompteNum"], sale["PieceRef"]) == ("VT", "411000", "R2027-000001")
    assert sale["CompAuxNum"] == "C" + month[0]["number"].replace("-", "")
    assert {row["JournalCode"] for row in rows} == {"VT", "WX", "CA", "OD"}
    assert "2 lines in CNY" in told.output


def test_the_fec_of_a_seller_without_number_is_refused(run, month):
    assert "SHOP_SELLER_SIREN" in run("fec", "--year", "2027", code=1, out=None).output


def test_the_days_of_an_export_are_those_of_the_office(run, morning, clerk, new_order):
    order = new_order(adults=1)
    morning.move_to(datetime(2027, 5, 1, 0, 30, tzinfo=PARIS))  # still April in UTC
    clerk.sell(order["id"])

    assert table(run("journal", "--from", "2027-04-30", "--to", "2027-04-30")) == []
    assert len(table(run("journal", "--from", "2027-05-01", "--to", "2027-05-01"))) == 5


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_text_acts_as_a_formula(app, run, clerk, new_order, morning, hostile):
    order = new_order(adults=1)
    change(app, "UPDATE tours SET title = jsonb_build_object('fr', CAST(:text AS text))", text=hostile)
    clerk.sell(order["id"])

    content = run("day", "--date", "2027-04-30")
    labels = [row["libellé"] for row in table(content) if row["libellé"]]
    assert labels == [f"'{hostile} – Plein tarif"]
    held = cells(run("day", "--date", "2027-04-30", "--format", "xlsx"))
    assert unescape(held["B2"]).startswith("'")


def test_amounts_below_nothing_stay_numbers():
    content = sheets.to_csv(("a", "b"), [(Decimal("-9.00"), -3), ("-9", None)])

    assert content.decode("utf-8-sig") == "a;b\r\n-9,00;-3\r\n'-9;\r\n"


@pytest.mark.parametrize(("amount", "currency", "major"), [(1900, "EUR", "19.00"), (5, "CNY", "0.05"), (7, "JPY", "7")])
def test_minor_units_are_those_of_the_currency(amount, currency, major):
    assert str(sheets.major(amount, currency)) == major


def test_the_office_may_use_its_own_accounts(run, month, with_accounts):
    with_accounts("customer: {number: 4111, label: Clients boutique}\ngateway:gift: {number: '5800', label: Bons}\n")

    rows = table(run("journal", "--from", "2027-04-30", "--to", "2027-04-30"))

    assert {(row["compte"], row["libellé du compte"]) for row in rows} >= {
        ("4111", "Clients boutique"),
        ("517100", "WeChat Pay"),
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("customers: {number: 411, label: x}", "customers"),
        ("customer: 411", "customer: number, label"),
        ("customer: {number: 411}", "customer: number, label"),
        ("customer: {number: '=1+1', label: x}", "customer: number =1+1"),
        ("customer: {number: 411, label: ''}", "customer: label"),
        ('customer: {number: 411, label: "a\\tb"}', "customer: label"),
        ("- customer", "accounts.yaml"),
        ("{", "accounts.yaml"),
    ],
)
def test_a_mistaken_file_of_accounts_is_refused_by_name(run, month, with_accounts, text, told):
    with_accounts(text)

    output = run("journal", "--from", "2027-04-30", "--to", "2027-04-30", code=1).output

    assert output.startswith("Error: The file of accounts is not valid: ")
    assert told in output


def test_a_gateway_without_an_account_is_still_exported(run, clerk, new_order, morning):
    clerk.sell(new_order(adults=1)["id"], gateway="barter")

    rows = table(run("journal", "--from", "2027-04-30", "--to", "2027-04-30"))

    assert ("511000", "gateway:barter") in {(row["compte"], row["libellé du compte"]) for row in rows}

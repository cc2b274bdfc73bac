"""The pages with numbers, of the books and of reconciliation, as people see and use them."""

import json
from datetime import datetime

import pytest
import time_machine

from tests.factories.rows import change
from tests.office.conftest import PARIS, noon, season, till  # noqa: F401 -- fixtures
from tests.system.browser import desk

pytestmark = pytest.mark.system

PERIOD = "from=2027-05-03&to=2027-06-30"
DIFFERENCES = [
    {"kind": "payment-amount", "number": "P1", "order": "482-193-0574", "there": 100, "here": 3800, "currency": "EUR"},
    {"kind": "refund-unknown", "number": "B" + "1234567890" * 3, "there": 900, "currency": "EUR"},
]


@pytest.fixture
def told(app, season, till):  # noqa: F811
    """A season whose June is closed, and three days of June compared with WeChat Pay's statement."""
    with time_machine.travel(datetime(2027, 7, 1, 9, tzinfo=PARIS), tick=False):
        till.clerk.close()
    for day, status, found in ((5, "clean", []), (10, "differences", DIFFERENCES), (13, "waiting", [])):
        change(
            app,
            "INSERT INTO reconciliations (gateway, day, status, first_due_at, compared_at, fees, differences)"
            " VALUES ('wechat_pay', CAST(:day AS date), :status, now(), now(), '{\"EUR\": 61}', CAST(:found AS jsonb))",
            day=f"2027-06-{day:02}",
            status=status,
            found=json.dumps(found),
        )
    return season


@pytest.mark.parametrize("language", ["fr", "zh-CN", "en"])
def test_every_page_with_numbers_is_fit_to_be_read(app, browser, address, colleague, told, language):
    manager = colleague("manager", locale=language)
    pages = {
        "numbers": f"numbers?{PERIOD}",
        "numbers-empty": "numbers?from=2026-01-05&to=2026-01-11",
        "numbers-refused": "numbers?from=2027-06-30&to=2027-06-01",
        "closings": "books",
        "months": "books?period=month",
        "day": "books/day?on=2027-06-15",
        "documents": "books/documents",
        "exports": "books/exports",
        "check": "books/check",
        "month": "reconciliation?month=2027-06",
        "differences": "reconciliation/wechat_pay/2027-06-10",
        "again": "reconciliation/wechat_pay/2027-06-10/again",
    }
    for width in ("phone", "desk"):
        with desk(browser, address, manager, width=width) as mine:
            for name, path in pages.items():
                mine.open(f"/staff/{path}")
                mine.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
                assert not mine.look(f"{name}-{language}", expected=("422",)), name
                if name == "check":
                    mine.page.locator("main form button").click()
                    mine.page.locator(".alert-success").wait_for()
                    assert not mine.look(f"checked-{language}")


def test_a_manager_looks_at_a_month_and_takes_it_away(app, browser, address, colleague, told):
    manager = colleague("manager")
    with desk(browser, address, manager, width="phone", accept_downloads=True) as mine:
        mine.open("/staff/numbers")
        mine.page.get_by_label("From", exact=True).fill("2027-06-01")
        mine.page.get_by_label("To", exact=True).fill("2027-06-30")
        mine.page.get_by_role("button", name="Show").click()
        picture = mine.page.get_by_role("img", name="Sales by tour – Revenue (EUR)")
        picture.wait_for()
        mine.page.get_by_text("As a table").nth(2).click()
        assert mine.page.get_by_role("table").get_by_text("Le fort d’Issy").first.is_visible()
        with mine.page.expect_download() as taken:
            mine.page.get_by_role("link", name="XLSX – Sales by tour").click()
        assert taken.value.suggested_filename == "insolite-tours-2027-06-01-2027-06-30.xlsx"
        mine.open("/staff/books/exports")
        mine.page.locator("#from").fill("2027-06-01")
        mine.page.locator("#to").fill("2027-06-30")
        with mine.page.expect_download() as taken:
            mine.page.get_by_role("button", name="Download CSV").first.click()
        assert taken.value.suggested_filename == "journal-2027-06-01-2027-06-30.csv"


def test_a_cashier_finds_a_difference_by_keyboard(app, browser, address, colleague, told):
    with desk(browser, address, colleague("cashier")) as mine:
        mine.open("/staff/numbers")
        mine.tab_to("Reconciliation")
        mine.page.keyboard.press("Enter")
        mine.page.get_by_role("heading", name="June 2027").wait_for()
        mine.tab_to("10 – 10 June 2027 – 2 difference", most=60)
        mine.page.keyboard.press("Enter")
        mine.page.get_by_text("Compare with the provider’s page").wait_for()
        assert mine.page.get_by_role("link", name="Compare again").count() == 0

"""The door in a real browser: scanning, typing, the list; without network, and two phones that know nothing of each
other."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.factories.catalogue import ADULT, CHILD
from tests.factories.crowd import violations
from tests.factories.rows import change, rows, value
from tests.factories.waiting import wait_until
from tests.system.browser import desk

pytestmark = pytest.mark.system

FREE = [{**ADULT, "price": 0}, {**CHILD, "code": "infant", "price": 0}]
LONG = "Marie-Antoinette de la Villardière-Montgolfier"

# Chromium on Linux has no BarcodeDetector: this one stands in for it, so that the page's own code (asking for the
# camera, looking at its picture, admitting once for each code) is run. What it "sees" is what the test says.
DETECTOR = """
window.seen = [];
window.BarcodeDetector = class {
  constructor(options) { window.formats = options.formats; }
  async detect(video) {
    window.looked = [video.videoWidth, video.readyState];
    return window.seen.map((rawValue) => ({rawValue}));
  }
};
"""


@pytest.fixture
def departure(catalogue):
    return catalogue.departure(units=FREE, starts_in=timedelta(hours=2), cutoff_minutes=0)


@pytest.fixture
def tickets(app, tourist, departure):
    first = tourist.tickets(tourist.ordered(departure, adults=2, infants=1)["id"])
    change(app, "UPDATE orders SET contact = contact || jsonb_build_object('name', CAST(:name AS text))", name=LONG)
    return first + tourist.tickets(tourist.ordered(departure, adults=1)["id"])


def status(app, ticket):
    return value(app, "SELECT status FROM tickets WHERE id = :id", id=ticket["id"])


def type_in(page, entry):
    page.locator("#entry").fill(entry)
    page.keyboard.press("Enter")


def result(page, words):
    expect(page.locator("#result h2")).to_contain_text(words)
    return page.locator("#result")


def kept(page):
    """Wait until the worker has kept the page for later."""
    page.locator("#kept").wait_for(timeout=20_000)


@pytest.mark.parametrize("width", ["phone", "desk"])
@pytest.mark.parametrize("language", ["fr", "zh-CN", "en"])
def test_every_page_at_the_door_is_fit_to_be_read(
    app, browser, address, colleague, tickets, departure, width, language
):
    manager = colleague("manager", locale=language)
    with desk(browser, address, manager, width=width) as mine:
        for path in ("", f"{departure}/manifest"):
            mine.open(f"/staff/door/{path}")
            assert not mine.look(f"door-{path[36:].strip('/') or 'departures'}-{language}"), path
        page = mine.open(f"/staff/door/{departure}")
        type_in(page, tickets[0]["reference"])
        page.locator(".door-ok").wait_for()
        assert not mine.look(f"door-admitted-{language}")
        type_in(page, tickets[0]["code"])
        page.locator(".door-no").wait_for()
        assert not mine.look(f"door-refused-{language}")
        page.context.set_offline(True)
        type_in(page, tickets[1]["code"])
        page.locator(".door-ok").wait_for()
        assert not mine.look(f"door-offline-{language}", expected=("net::ERR_",))


def test_people_are_checked_in_by_code_by_reference_and_by_name(app, browser, address, colleague, tickets, departure):
    with desk(browser, address, colleague("guide"), width="phone") as mine:
        page = mine.open("/staff/door/")
        page.get_by_role("link", name="Check in").first.click()
        mine.tab_to("Ticket’s code or reference")
        page.keyboard.type(tickets[0]["reference"])
        page.keyboard.press("Enter")
        box = result(page, "Let in")
        expect(box).to_contain_text(f"Plein tarif, {LONG}. {tickets[0]['reference']}")
        expect(box).to_contain_text("1 of 3 here")
        expect(page.locator("#count")).to_have_text("1 here of 4 expected")
        type_in(page, tickets[0]["code"])
        expect(result(page, "Do not let in")).to_contain_text("Already used at")
        type_in(page, "000-000-0001/1")
        expect(result(page, "Do not let in")).to_contain_text("Not a ticket of this shop")
        change(app, "UPDATE tickets SET status = 'void' WHERE id = :id", id=tickets[3]["id"])
        type_in(page, tickets[3]["code"])
        expect(result(page, "Do not let in")).to_contain_text("This ticket was cancelled")

        page.get_by_label("Look for a name or number").fill("villardiere")
        page.get_by_role("button", name="Let in the whole party of").first.click()
        expect(page.locator("#count")).to_have_text("3 here of 3 expected")
        page.get_by_role("button", name=f"Undo Enfant, {tickets[2]['reference']}").click()
        result(page, "Admission undone")
        expect(page.locator("#count")).to_have_text("2 here of 3 expected")
        assert [status(app, ticket) for ticket in tickets] == ["redeemed", "redeemed", "valid", "void"]
        assert not mine.look("door-journey")


def test_another_date_is_named(browser, address, colleague, catalogue, tickets, departure):
    other = catalogue.departure(units=FREE, starts_in=timedelta(hours=4), title={"fr": "La Seine"})
    with desk(browser, address, colleague("guide"), width="phone") as mine:
        page = mine.open(f"/staff/door/{other}")
        for offline in (False, True):
            page.context.set_offline(offline)
            type_in(page, tickets[0]["code"])
            expect(result(page, "Do not let in")).to_contain_text("This ticket is for another date: The Leshan Buddha,")


def test_three_scans_without_network_are_kept_over_a_reload_and_told_later(
    app, browser, address, colleague, tourist, tickets, departure
):
    guide = colleague("guide")
    with desk(browser, address, guide, width="phone") as mine:
        page = mine.open(f"/staff/door/{departure}")
        kept(page)
        sold_since = tourist.tickets(tourist.ordered(departure, adults=1)["id"])[0]
        page.context.set_offline(True)
        type_in(page, tickets[0]["code"])
        expect(result(page, "Let in")).to_contain_text("1 of 3 here")
        type_in(page, tickets[0]["code"])
        expect(result(page, "Do not let in")).to_contain_text("by this phone")
        type_in(page, tickets[1]["reference"])
        expect(result(page, "Let in")).to_contain_text("2 of 3 here")
        type_in(page, tickets[3]["code"][:-2] + ("AA" if tickets[3]["code"][-2:] != "AA" else "BA"))
        expect(result(page, "Do not let in")).to_contain_text("Not a ticket of this shop")

        page.reload()  # the phone was switched off, say
        expect(page.locator("#net")).to_contain_text("Waiting to be sent: 2")
        expect(page.locator("#count")).to_have_text("2 here of 4 expected")
        type_in(page, sold_since["code"])
        expect(result(page, "Let in")).to_contain_text("does not know it yet")
        assert page.evaluate("getComputedStyle(document.querySelector('#result')).borderTopWidth") == "4px"
        assert value(app, "SELECT count(*) FROM redemptions") == 0
        page.goto(f"{address}/staff/door/")
        expect(page.get_by_role("heading")).to_contain_text("Door")
        page.go_back()

        page.context.set_offline(False)
        expect(page.locator("#net")).to_contain_text("Check-ins sent: 3", timeout=25_000)
        expect(page.locator("#net")).not_to_contain_text("Waiting")
        told = rows(app, "SELECT outcome, offline, device_at < at AS earlier FROM redemptions ORDER BY id")
        assert told == [{"outcome": "admitted", "offline": True, "earlier": True}] * 3
        assert status(app, sold_since) == "redeemed"
        assert not rows(app, "SELECT kind FROM attention")
        assert not violations(app)


def test_two_phones_without_network_that_let_in_the_same_ticket_are_noticed(
    app, browser, address, colleague, tickets, departure
):
    with (
        desk(browser, address, colleague("guide"), width="phone") as one,
        desk(browser, address, colleague("cashier"), width="phone") as other,
    ):
        for mine in (one, other):
            mine.open(f"/staff/door/{departure}")
            mine.page.context.set_offline(True)
            type_in(mine.page, tickets[0]["code"])
            result(mine.page, "Let in")
        one.page.context.set_offline(False)
        expect(one.page.locator("#net")).to_contain_text("Check-ins sent: 1")
        other.page.context.set_offline(False)
        notice = other.page.locator("#notices")
        expect(notice).to_contain_text("another door let somebody in with the same ticket")
        assert not other.look("door-double", expected=("net::ERR_",))
        other.page.reload()
        expect(notice).to_contain_text("Let in twice")
        notice.get_by_role("button", name="Noted").click()
        expect(notice).to_be_empty()
        other.open("/staff/")
        expect(other.page.get_by_role("list").first).to_be_attached()
        expect(other.page.locator("main")).to_contain_text(
            f"Ticket {tickets[0]['reference']}: two doors without network"
        )
    assert [one["outcome"] for one in rows(app, "SELECT outcome FROM redemptions ORDER BY id")] == [
        "admitted",
        "double",
    ]
    assert not violations(app)


def test_what_waits_on_a_phone_outlives_the_session(app, browser, address, colleague, tickets, departure):
    guide = colleague("guide")
    with desk(browser, address, guide, width="phone") as mine:
        page = mine.open(f"/staff/door/{departure}")
        kept(page)
        page.context.set_offline(True)
        type_in(page, tickets[0]["code"])
        result(page, "Let in")
        change(app, "UPDATE staff_sessions SET ended_at = now()")
        page.context.set_offline(False)
        page.get_by_role("link", name="Sign in again").wait_for()
        guide.signed_in()
        cookie = guide.client.get_cookie("staff", path="/staff")
        page.context.clear_cookies()  # the old one may have another path, and would be sent as well
        page.context.add_cookies([{"name": "staff", "value": cookie.value, "url": f"{address}/staff"}])
        page.get_by_role("link", name="Sign in again").click()
        page.goto(f"{address}/staff/door/{departure}")
        wait_until(lambda: status(app, tickets[0]) == "redeemed")


def test_the_camera_is_looked_through_and_each_code_admits_once(
    app, playwright_camera, address, colleague, tickets, departure
):
    with desk(playwright_camera, address, colleague("guide"), width="phone", permissions=["camera"]) as mine:
        mine.page.add_init_script(DETECTOR)
        page = mine.open(f"/staff/door/{departure}")
        page.get_by_role("button", name="Scan with the camera").click()
        wait_until(lambda: page.evaluate("window.looked && window.looked[0] > 0 && window.looked[1] >= 2"))
        assert page.evaluate("window.formats") == ["qr_code"]
        page.evaluate("(code) => { window.seen = [code]; }", tickets[0]["code"])
        result(page, "Let in")
        page.wait_for_timeout(600)
        result(page, "Let in")  # still in view: not read twice
        page.evaluate("(code) => { window.seen = [code]; }", "https://elsewhere.example/")
        expect(result(page, "Do not let in")).to_contain_text("Not a ticket of this shop")
        page.evaluate("window.seen = []")
        assert not mine.look("door-camera")
        page.get_by_role("button", name="Stop the camera").click()
        expect(page.locator("#video")).to_be_hidden()
        assert value(app, "SELECT count(*) FROM redemptions") == 1


@pytest.fixture
def playwright_camera(browser):
    """The same Chromium with a camera that shows a test picture."""
    from tests.system.browser import LAUNCH

    fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    chromium = browser.browser_type.launch(**{**LAUNCH, "args": [*LAUNCH["args"], *fake]})
    yield chromium
    chromium.close()

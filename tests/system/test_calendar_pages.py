"""The calendar, making departures and changing one, as people do it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shop.core import clock
from tests.factories.rows import rows, value
from tests.system.browser import desk

pytestmark = pytest.mark.system
PARIS = ZoneInfo("Europe/Paris")
LONG = {
    "fr": "À la rencontre du Bouddha géant de Leshan et des villes jumelées",
    "zh-CN": "乐山大佛与友好城市之旅",
    "en": "Meeting the giant Buddha of Leshan and the twin cities",
}


def a_month(catalogue, guide):
    """A calendar with a little of everything in it; one of its departures."""
    monday = (clock.now() + timedelta(days=14)).astimezone(PARIS).date()
    monday -= timedelta(days=monday.weekday())
    start = datetime(monday.year, monday.month, monday.day, 10, tzinfo=PARIS)
    slug = catalogue.tour(title=LONG, minimum_seats=4, minimum_hours=48, minimum_at=clock.now())
    first = catalogue.departure(slug, starts_at=start, language="zh")
    catalogue.change(first, guide_id=guide.id, minimum_at=clock.now())
    other = catalogue.departure(starts_at=start + timedelta(minutes=30), title={"fr": "Le fort d’Issy"})
    catalogue.change(other, guide_id=guide.id)
    catalogue.departure(slug, starts_at=start + timedelta(days=1), language="fr", status="closed")
    gone = catalogue.departure(slug, starts_at=start + timedelta(days=2), language="fr")
    catalogue.change(gone, status="cancelled", cancelled_by="shop", cancelled_reason="minimum")
    for hour in range(8):
        catalogue.departure(slug, starts_at=start + timedelta(days=3, hours=hour), capacity=hour, language="zh")
    return first, gone, slug, monday


@pytest.mark.parametrize("width", ["phone", "desk"])
@pytest.mark.parametrize("language", ["fr", "zh-CN", "en"])
def test_every_page_of_the_stock_is_fit_to_be_read(app, browser, address, catalogue, colleague, width, language):
    guide = colleague("guide")
    stock = colleague("stock", locale=language)
    first, gone, slug, monday = a_month(catalogue, guide)
    stock.post(f"/staff/departures/{first}/blocks", seats="3", holder="École élémentaire Jules-Ferry, Issy")
    pages = {
        "month": f"/staff/calendar?on={monday}",
        "week": f"/staff/calendar?view=week&on={monday}",
        "day": f"/staff/calendar?view=day&on={monday}&tour={slug}",
        "empty": "/staff/calendar?on=2189-05-01",
        "guides": "/staff/calendar/guides",
        "minimums": "/staff/calendar/minimums",
        "minimum": f"/staff/calendar/minimums/{slug}",
        "departure": f"/staff/departures/{first}",
        "cancelled": f"/staff/departures/{gone}",
        "edit": f"/staff/departures/{first}/edit",
        "new": "/staff/calendar/new",
    }
    with desk(browser, address, stock, width=width) as mine:
        for name, path in pages.items():
            mine.open(path)
            assert not mine.look(f"stock-{name}-{language}"), path


@pytest.mark.parametrize("width", ["phone", "desk"])
def test_a_series_is_made_with_its_dates_in_sight(app, browser, address, catalogue, colleague, width):
    catalogue.tour(title=LONG)
    with desk(browser, address, colleague("stock", locale="fr"), width=width) as mine:
        mine.open("/staff/calendar/new")
        mine.page.get_by_label("Date (la première d’une série)").fill("2027-05-01")
        mine.page.get_by_label("Heure").fill("14:30")
        mine.page.get_by_label("Répéter chaque semaine").check()
        mine.page.get_by_label("samedi").check()
        mine.page.get_by_label("Nombre de dates").fill("4")
        mine.page.get_by_label("Sauf ces dates").fill("2027-05-22")
        mine.page.get_by_text("1 départ(s) à créer").wait_for()
        assert mine.page.get_by_text("férié : fête du Travail").is_visible()
        assert not mine.look("stock-new-series")
        mine.page.get_by_role("button", name="Créer").click()
        mine.page.get_by_text("1 départ(s) créé(s).").wait_for()
        assert mine.look("stock-made") == []
    assert value(app, "SELECT count(*) FROM departures") == 1


@pytest.mark.parametrize("width", ["phone", "desk"])
def test_a_departure_is_changed_blocked_and_closed_by_keyboard(
    app, browser, address, catalogue, colleague, tourist, width
):
    departure = catalogue.departure(capacity=20)
    held = tourist.held(departure, adults=6)
    on = (clock.now() + timedelta(days=7)).astimezone(PARIS).date()
    with desk(browser, address, colleague("stock", locale="en"), width=width) as mine:
        mine.open(f"/staff/calendar?view=day&on={on}")
        mine.tab_to("The Leshan Buddha")
        with mine.page.expect_navigation():
            mine.page.keyboard.press("Enter")
        mine.tab_to("^Change$")
        with mine.page.expect_navigation():
            mine.page.keyboard.press("Enter")
        mine.page.get_by_label("Capacity (seats)").fill("5")
        mine.page.get_by_role("button", name="Save").press("Enter")
        mine.page.get_by_text(held["id"]).wait_for()
        assert not mine.look("stock-capacity-taken", expected=("409",))
        mine.page.get_by_label("Capacity (seats)").fill("12")
        mine.page.get_by_label("Plein tarif").fill("15.50")
        mine.page.get_by_role("button", name="Save").press("Enter")
        mine.page.get_by_text("1 departure(s) changed.").wait_for()
        assert mine.page.get_by_text("€15.50 (instead of €19.00)").is_visible()
        mine.page.get_by_label("Group or partner").fill("A school")
        mine.page.locator("#seats").fill("7")
        mine.page.get_by_role("button", name="Block", exact=True).press("Enter")
        mine.page.get_by_text("There are not enough seats left to block (seats left: 6).").wait_for()
        assert not mine.look("stock-no-room", expected=("409",))
        mine.page.locator("#seats").fill("4")
        mine.page.get_by_role("button", name="Block", exact=True).press("Enter")
        mine.page.get_by_text("Seats blocked.").wait_for()
        mine.page.get_by_role("button", name="Close sales").press("Enter")
        mine.page.get_by_text("1 departure(s) changed.").wait_for()
        mine.page.get_by_role("button", name="Release the seats of A school").press("Enter")
        mine.page.get_by_text("Seats are on sale again.").wait_for()
        assert not mine.look("stock-departure-end")
    (row,) = rows(app, "SELECT capacity, seats_blocked, status FROM departures")
    assert row == {"capacity": 12, "seats_blocked": 0, "status": "closed"}

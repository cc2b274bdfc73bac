"""The pages about dates, as people use them."""

from datetime import timedelta

import pytest

from shop.core import clock
from shop.payments.sweep import sweep
from tests.factories.catalogue import ADULT
from tests.factories.waiting import wait_until
from tests.system.browser import desk

pytestmark = pytest.mark.system

LONG = "Un nom vraiment très long, de la famille Müller-Lüdenscheidt de la Rochefoucauld-Montmorency"
DEAR = {**ADULT, "price": 60_000}


class Sold:
    """A tour with two dates, of which the first was bought."""

    def __init__(self, app, catalogue, tourist, **tour):
        self.app = app
        slug = catalogue.tour(**tour)
        self.first = catalogue.departure(slug)
        self.other = catalogue.departure(slug, starts_in=timedelta(days=9))
        self.orders = [self.bought(tourist) for _ in range(2)]
        tourist.ordered(self.first, adults=1)

    def bought(self, tourist):
        held = tourist.held(self.first)
        order = tourist.post(
            "/orders",
            {"booking_ids": [held["id"]], "contact": {"name": LONG}, "accept_terms": True},
        ).json
        tourist.pay_on_phone(tourist.payment(order["id"]))
        wait_until(lambda: tourist.get(f"/orders/{order['id']}").json["status"] == "paid")
        return order

    def change_page(self):
        (order, *_) = self.orders
        return f"/staff/orders/{order['number']}/bookings/{order['bookings'][0]['id']}/date"

    def sweep(self):
        with self.app.app_context():
            sweep()


@pytest.fixture
def sold(app, catalogue, tourist):
    return Sold(app, catalogue, tourist)


@pytest.mark.parametrize("width", ["phone", "desk"])
def test_every_page_about_dates_is_fit_to_be_read(app, browser, address, catalogue, tourist, colleague, width):
    dear, sold = Sold(app, catalogue, tourist, units=[DEAR]), Sold(app, catalogue, tourist)
    for language in ("fr", "zh-CN", "en"):
        manager = colleague("manager", locale=language, email=f"anne-{language.lower()}@example.com")
        with desk(browser, address, manager, width=width) as mine:
            mine.open(f"/staff/dates/{dear.first}/cancel")
            assert not mine.look(f"dates-cancel-{language}")
            mine.open(f"/staff/dates/{sold.first}/move")
            assert not mine.look(f"dates-move-{language}")
            mine.open(sold.change_page())
            assert not mine.look(f"dates-change-{language}")
            if language == "fr":
                mine.open(f"/staff/dates/{sold.first}/cancel")
                mine.page.get_by_label("Vos mots à l’appui").fill("Orage violent annoncé")
                mine.page.get_by_role("button", name="Annuler la date et prévenir tout le monde").click()
                mine.page.get_by_role("heading", name="Où en est l’annulation").wait_for()
                sold.sweep()
            mine.open(f"/staff/dates/{sold.first}/progress")
            assert not mine.look(f"dates-progress-{language}")


def test_a_date_is_cancelled_with_a_code_and_the_progress_keeps_itself_up_to_date(
    app, browser, address, catalogue, tourist, colleague
):
    dear, manager = Sold(app, catalogue, tourist, units=[DEAR]), colleague("manager")
    with desk(browser, address, manager, width="phone") as mine:
        mine.open(f"/staff/dates/{dear.first}/cancel")
        mine.page.get_by_label("The money, at once").check()
        mine.page.get_by_label("Six-digit code").fill("000000")
        mine.page.get_by_role("button", name="Cancel the date and tell everybody").click()
        mine.page.get_by_text("This code is not right").wait_for()
        assert not mine.look("dates-cancel-refused", expected=("422",))
        mine.page.get_by_label("Six-digit code").fill(manager.code())
        mine.page.get_by_label("Your own words").focus()
        mine.tab_to("Cancel the date and tell everybody")
        mine.page.keyboard.press("Enter")
        mine.page.get_by_text("waiting 3", exact=True).wait_for()
        dear.sweep()
        mine.page.get_by_text("refunded").first.wait_for()
        assert tourist.order(dear.orders[0]["id"])["status"] == "refunded"


def test_a_date_is_moved_and_an_order_gets_another(app, browser, address, sold, tourist, colleague):
    with desk(browser, address, colleague("manager"), width="desk") as mine:
        mine.open(f"/staff/dates/{sold.first}/move")
        start = (clock.now() + timedelta(days=8)).strftime("%Y-%m-%dT10:30")
        mine.page.get_by_label("New start").fill(start)
        mine.page.get_by_role("button", name="Move and tell everybody").click()
        mine.page.get_by_text("The date is moved").wait_for()
        sold.sweep()
        assert tourist.order(sold.orders[0]["id"])["choice"]["kind"] == "moved"
        mine.open(sold.change_page())
        mine.page.get_by_role("radio").first.check()
        mine.page.get_by_role("button", name="Give this date").click()
        mine.page.get_by_text("The date is changed").wait_for()
        (booking,) = tourist.order(sold.orders[0]["id"])["bookings"]
        assert booking["departure"]["id"] == str(sold.other)

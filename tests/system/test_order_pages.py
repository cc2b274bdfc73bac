"""The pages about orders, the counter and money, as people use them."""

import re
from datetime import timedelta

import pytest

from shop.core import clock
from shop.core.db import db, transaction
from shop.orders.models import Order
from shop.payments.services import counter, office
from shop.payments.services.approvals import Colleague as Asking
from shop.payments.services.approvals import plan, refund_or_ask
from shop.payments.services.folder import write_note
from shop.staff.services.attention import tell_staff
from tests.factories.rows import change, value
from tests.system.browser import desk

pytestmark = pytest.mark.system


def sold(app, departure, *, name="Jeanne Martin-de-la-Très-Longue-Famille", adults=2):
    with app.app_context(), transaction():
        order = counter.sell(
            departure_id=departure,
            wanted={"adult": adults},
            contact={"name": name, "email": "jeanne.martin@une-adresse-longue.example.org", "phone": "+33612345678"},
            locale="fr",
            means="cash",
            by="anne@example.com",
            hold=timedelta(minutes=15),
            now=clock.now(),
        )
        return order.number


def busy_shop(app, departure, asking):
    """Orders in every state that a page shows."""
    order, asked = sold(app, departure), sold(app, departure, adults=3)
    with app.app_context(), transaction():
        found = db.session.query(Order).filter_by(number=order).one()
        office.refund_by_goodwill(found, found.money(500), by="anne@example.com", note="Pluie", now=clock.now())
        write_note(found, "Vient en fauteuil roulant.", staff_id=asking.id, who=asking.email, now=clock.now())
    with app.app_context(), transaction():
        found = db.session.query(Order).filter_by(number=asked).one()
        planned = plan(found, positions=[], amount=None, limit=0, now=clock.now())
        refund_or_ask(found, planned, by=Asking(asking.id, asking.email), note="Groupe malade", now=clock.now())
        tell_staff("unmatched-payment", "4200001234202611281234567890", now=clock.now(), amount=3800, currency="EUR")
    return order, asked


@pytest.mark.parametrize("width", ["phone", "desk"])
@pytest.mark.parametrize("language", ["fr", "zh-CN", "en"])
def test_every_page_about_orders_is_fit_to_be_read(app, browser, address, catalogue, colleague, width, language):
    departure = catalogue.departure(starts_in=timedelta(days=1))
    asking = colleague("cashier", email="camille@example.com")
    order, asked = busy_shop(app, departure, asking)
    refund = value(app, "SELECT number FROM refunds")
    request = value(app, "SELECT id FROM refund_requests")
    manager = colleague("manager", locale=language)
    review = sold(app, departure, adults=1)
    change(app, "UPDATE orders SET status = 'in_review', review_since = now() WHERE number = :number", number=review)
    paths = {
        "list": "orders",
        "order": f"orders/{order}",
        "asked": f"orders/{asked}",
        "refund": f"orders/{order}/refund",
        "request": f"orders/{asked}/requests/{request}",
        "review": f"orders/{review}/review",
        "cash": f"orders/{review}/cash",
        "tickets": f"orders/{order}/tickets",
        "money": "money",
        "refund-one": f"refunds/{refund}",
        "attention": "attention?kind=unmatched-payment&subject=4200001234202611281234567890",
        "counter": "counter",
        "sale": f"counter/{departure}",
    }
    with desk(browser, address, manager, width=width) as mine:
        for name, path in paths.items():
            mine.open(f"/staff/{path}")
            assert not mine.look(f"orders-{name}-{language}"), (name, language, width)
        mine.open(f"/staff/orders/{order}/refund")
        mine.page.locator("#scope-amount").check()
        mine.page.locator("#amount").fill("3,50")
        mine.page.locator("#note").fill("x")
        mine.send()
        assert not mine.look(f"orders-rehearsal-{language}")
        mine.open(f"/staff/counter/{departure}")
        mine.page.locator("#unit-adult").fill("2")
        mine.page.locator("#name").fill("Li Na")
        mine.send()
        assert not mine.look(f"orders-sale-sure-{language}")
        mine.page.locator("#received").fill("5")
        mine.send()
        assert not mine.look(f"orders-sale-refused-{language}", expected=("422",))


@pytest.mark.parametrize("width", ["phone", "desk"])
def test_a_cashier_sells_finds_and_gives_back(app, browser, address, catalogue, colleague, width):
    catalogue.departure(starts_in=timedelta(days=1))
    with desk(browser, address, colleague("cashier", locale="en"), width=width) as mine:
        mine.open("/staff/counter")
        mine.page.get_by_role("link", name=re.compile("Leshan")).click()
        mine.page.get_by_label(re.compile("tarif")).fill("2")
        mine.page.get_by_label("Name").fill("王小梅")
        mine.page.get_by_label(re.compile("Telephone")).fill("06 12 34 56 78")
        mine.page.get_by_role("button", name="See the total").click()
        mine.page.get_by_text("Total: €38.00").wait_for()
        mine.page.get_by_label(re.compile("Amount received")).fill("40")
        mine.page.keyboard.press("Enter")
        mine.page.get_by_text("Change to give: €2.00").wait_for()
        assert mine.page.locator(".drawing").count() == 2

        mine.open("/staff/orders")
        mine.page.get_by_label("Search an order").fill("0612 345 678")
        mine.page.keyboard.press("Enter")
        mine.page.get_by_role("link", name=re.compile(r"\d{3}-\d{3}-\d{4}")).click()
        mine.page.get_by_role("link", name="Refund", exact=True).click()
        mine.page.get_by_label(re.compile("Some tickets")).check()
        mine.page.get_by_label(re.compile(r"/2")).check()
        mine.page.get_by_label(re.compile("Reason")).fill("Ill")
        mine.page.get_by_role("button", name="See what would be done").click()
        mine.page.get_by_text("€19.00 goes back.").wait_for()
        mine.page.get_by_role("button", name="Refund now").click()
        mine.page.get_by_text("Done: the refund is on its way.").wait_for()
        mine.page.get_by_role("link", name="Hand out").click()
        mine.page.get_by_role("button", name="I handed out €19.00 in cash").click()
        mine.page.get_by_text("Written down: it was handed out.").wait_for()
    assert value(app, "SELECT status FROM orders") == "partially_refunded"


def test_two_managers_by_keyboard(app, browser, address, catalogue, colleague):
    departure = catalogue.departure(starts_in=timedelta(days=1))
    asking = colleague("cashier", email="camille@example.com")
    _, asked = busy_shop(app, departure, asking)
    with desk(browser, address, colleague("manager", locale="fr")) as mine:
        mine.open("/staff/money")
        mine.tab_to(f"{asked[:3]}-{asked[3:6]}-{asked[6:]}")
        mine.page.keyboard.press("Enter")
        mine.page.get_by_role("heading", name="Remboursement à approuver").wait_for()
        mine.tab_to("Approuver et rembourser")
        mine.page.keyboard.press("Enter")
        mine.page.get_by_text("Approuvé : le remboursement est en route.").wait_for()
    assert value(app, "SELECT amount FROM refunds WHERE reason = 'office'") == 5700

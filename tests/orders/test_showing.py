"""Orders as their customers see them."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.core.db import db
from shop.core.i18n import LANGUAGES
from shop.core.money import Money
from shop.orders.models import OrderEvent
from shop.orders.services.story import sentence, tell
from shop.orders.texts import REFUND_REASONS, STORY
from tests.factories.people import created
from tests.factories.rows import change, rows


def place_many(app, tourist, departure, count):
    """Free of the ceiling on unpaid bookings: each is cancelled before the next."""
    placed = []
    for _ in range(count):
        placed.append(tourist.ordered(departure, adults=1)["id"])
        assert tourist.post(f"/orders/{placed[-1]}/cancel").status_code == 200
    return placed


def statements(app, work):
    """How many statements some work sends to the database."""
    told = []

    def note(_connection, _cursor, statement, *_):
        told.append(statement)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    return len(told)


def test_someone_elses_order_is_not_found(tourist, other_tourist, catalogue):
    order = other_tourist.ordered(catalogue.departure())

    for answer in (
        tourist.get(f"/orders/{order['id']}"),
        tourist.get(f"/orders/{order['id']}/tickets"),
        tourist.post(f"/orders/{order['id']}/cancel"),
        tourist.post(f"/orders/{order['id']}/payments", {"method": "wechat_mini_program"}),
    ):
        assert (answer.status_code, answer.json["code"]) == (404, "order-not-found")
    assert tourist.get("/orders").json == {"items": [], "next": None}
    assert other_tourist.order(order["id"]) == order


@pytest.mark.parametrize("order_id", ["x", "0" * 36, "019a0000-0000-7000-8000-000000000000", "é", "4821930574"])
def test_an_id_that_names_no_order_is_not_found(tourist, order_id):
    for answer in (
        tourist.get(f"/orders/{order_id}"),
        tourist.get(f"/orders/{order_id}/tickets"),
        tourist.post(f"/orders/{order_id}/cancel"),
    ):
        assert (answer.status_code, answer.json["code"]) == (404, "order-not-found")


@pytest.mark.parametrize("path", ["/orders", "/orders/x", "/orders/x/tickets"])
def test_orders_are_shown_to_who_is_signed_in(app, path):
    answer = app.test_client().get(f"/api/v1{path}")

    assert (answer.status_code, answer.json["code"]) == (401, "sign-in-required")


def test_the_list_is_newest_first_and_shows_each_order_as_it_is_alone(app, tourist, other_tourist, catalogue):
    departure = catalogue.departure()
    placed = place_many(app, tourist, departure, 3)
    other_tourist.ordered(departure)

    listed = tourist.get("/orders").json

    assert [order["id"] for order in listed["items"]] == placed[::-1]
    assert listed["next"] is None
    assert listed["items"] == [tourist.order(order_id) for order_id in placed[::-1]]


def test_pages_follow_each_other_whatever_is_ordered_meanwhile(app, tourist, catalogue, settings):
    departure = catalogue.departure()
    placed = place_many(app, tourist, departure, 5)

    first = tourist.get("/orders?page_size=2&lang=fr").json
    newer = place_many(app, tourist, departure, 1)
    assert first["next"].startswith(f"{settings.public_url}/api/v1/orders?")
    second = tourist.get(first["next"].removeprefix(f"{settings.public_url}/api/v1")).json
    third = tourist.get(second["next"].removeprefix(f"{settings.public_url}/api/v1")).json

    pages = [[order["id"] for order in page["items"]] for page in (first, second, third)]
    assert pages == [placed[:2:-1], placed[2:0:-1], placed[:1]]
    assert third["next"] is None
    assert second["items"][0]["timeline"][0]["text"].startswith("Commande passée")
    assert newer[0] == tourist.get("/orders?page_size=1").json["items"][0]["id"]


def test_a_full_last_page_is_the_last(app, tourist, catalogue):
    place_many(app, tourist, catalogue.departure(), 2)

    assert tourist.get("/orders?page_size=2").json["next"] is None


@pytest.mark.parametrize(
    "query",
    [
        "page_size=0",
        "page_size=101",
        "page_size=x",
        "cursor=x",
        "cursor=é",
        "cursor=WyJ4Il0",
        "cursor=W10",
        "cursor=",
        "cursor=" + "a" * 301,
        "cursor=WzFd",
    ],
)
def test_a_page_that_is_none_is_refused(tourist, query):
    answer = tourist.get(f"/orders?{query}")

    assert (answer.status_code, answer.json["code"]) == (422, "invalid-input")
    assert answer.json["errors"]


def test_the_list_asks_the_database_as_often_for_ten_orders_as_for_one(app, tourist, catalogue):
    place_many(app, tourist, catalogue.departure(), 1)
    for_one = statements(app, lambda: tourist.get("/orders"))
    for _ in range(3):
        place_many(app, tourist, catalogue.departure(), 3)
    assert len(tourist.get("/orders").json["items"]) == 10

    assert statements(app, lambda: tourist.get("/orders")) == for_one
    assert for_one < 15


def test_the_tickets_of_an_order_are_found_as_often_for_eight_as_for_one(app, tourist, gift):
    departure = gift()
    one, eight = (tourist.ordered(departure, adults=adults)["id"] for adults in (1, 8))

    counts = {statements(app, lambda path=f"/orders/{order}/tickets": tourist.get(path)) for order in (one, eight)}

    assert len(counts) == 1


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("fr", ["Commande passée pour 38,00\u00a0€ ; conditions", "Commande annulée à votre demande ; les places"]),
        ("zh-CN", ["已下单，金额 €38.00；已接受销售条款", "已按您的要求取消订单，座位已释放。"]),
        ("en", ["Order placed for €38.00; conditions of sale", "Order cancelled at your request; the seats"]),
    ],
)
def test_the_story_is_told_in_the_readers_language(tourist, catalogue, language, told):
    order = tourist.ordered(catalogue.departure())
    tourist.post(f"/orders/{order['id']}/cancel")

    answer = tourist.get(f"/orders/{order['id']}?lang={language}")

    assert answer.headers["Content-Language"] == language
    sentences = [event["text"] for event in answer.json["timeline"]]
    assert len(sentences) == len(told)
    assert all(said.startswith(start) for said, start in zip(sentences, told, strict=True))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("event", STORY)
def test_every_event_is_a_whole_sentence_in_every_language(event, language):
    amount = {"amount": 3800, "currency": "EUR"}
    facts = {"total": amount, "received": amount, "amount": amount, "terms": "v", "tickets": 2, "gateway": "wechat_pay"}
    facts |= {"due": amount, "refund": amount, "fee": amount}
    facts |= {name: {"at": "2027-05-01T14:30:00+02:00"} for name in ("date", "was", "until")}
    facts |= {"reason": "weather", "note": " – Orage."}

    said = sentence(OrderEvent(event=event, facts=facts), language)

    assert "{" not in said
    assert said.endswith("。" if language == "zh-CN" else ".")
    assert any("\u4e00" <= letter <= "\u9fff" for letter in said) == (language == "zh-CN")


def test_a_story_that_has_no_words_is_a_mistake_of_ours(context, tourist, catalogue):
    order = tourist.ordered(catalogue.departure())

    with pytest.raises(KeyError, match=r"order\.vanished"):
        tell(order["id"], "order.vanished", at=None)


def test_amounts_in_a_story_are_kept_as_amounts(app, tourist, catalogue):
    tourist.ordered(catalogue.departure())

    facts = rows(app, "SELECT facts FROM order_events")[0]["facts"]
    assert facts["total"] == {"amount": 3800, "currency": "EUR"}
    assert Money(**facts["total"]).to("fr") == "38,00\u00a0€"


@pytest.mark.parametrize(
    ("language", "reason"),
    [(language, text.to(language)) for text in REFUND_REASONS.values() for language in LANGUAGES],
)
def test_a_refund_says_why_in_the_readers_language(app, tourist, catalogue, language, reason):
    key = next(key for key, text in REFUND_REASONS.items() if text.to(language) == reason)
    order = tourist.ordered(catalogue.departure())
    payment = created(tourist.open_payment(order["id"]))
    change(
        app,
        "INSERT INTO refunds (id, order_id, payment_id, gateway, number, status, reason, amount, currency, created_at, "
        "next_check_at) VALUES (gen_random_uuid(), :order, :payment, 'wechat_pay', 'r1', 'pending', :reason, 3800, "
        "'EUR', now(), now())",
        order=order["id"],
        payment=payment["id"],
        reason=key,
    )

    shown = tourist.get(f"/orders/{order['id']}?lang={language}").json

    (refund,) = shown["refunds"]
    assert {name: refund[name] for name in ("amount", "status", "reason")} == {
        "amount": {"amount": 3800, "currency": "EUR"},
        "status": "pending",
        "reason": reason,
    }
    assert [line["status"] for line in shown["payments"]] == ["pending"]


def test_an_order_past_its_time_is_told_as_pending_until_it_ends(morning, tourist, catalogue):
    order = tourist.ordered(catalogue.departure())
    morning.shift(timedelta(minutes=16))

    assert tourist.order(order["id"])["status"] == "pending"
    assert tourist.order(order["id"])["bookings"][0]["status"] == "held"

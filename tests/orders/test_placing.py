"""Placing an order, over HTTP."""

from datetime import timedelta

import pytest

from shop.orders.rules import is_number
from shop.orders.terms import VERSION
from tests.factories.catalogue import ADULT, Catalogue
from tests.factories.crowd import at_once, violations
from tests.factories.people import Tourist, created
from tests.factories.rows import change, rows
from tests.orders.conftest import MORNING

MINUTE = timedelta(minutes=1)


def refused(answer, status, code):
    assert (answer.status_code, answer.json.get("code")) == (status, code), answer.text
    return answer.json


def nothing_was_ordered(app):
    return (
        rows(app, "SELECT id FROM orders") == []
        and rows(app, "SELECT 1 FROM bookings WHERE order_id IS NOT NULL") == []
    )


def test_an_order_looks_as_the_contract_says(morning, tourist, catalogue):
    booking = tourist.held(catalogue.departure())
    morning.shift(MINUTE)

    answer = tourist.place(booking["id"])

    assert answer.status_code == 201
    order = answer.json
    assert order["id"]
    assert is_number(order["number"].replace("-", ""))
    assert {name: order[name] for name in order if name not in {"id", "number", "created_at", "bookings"}} == {
        "status": "pending",
        "total": {"amount": 3800, "currency": "EUR"},
        "contact": {"name": "王小梅", "email": "mei@example.com", "phone": "+8613800138000"},
        "expires_at": "2027-04-30T10:15:00+02:00",
        "terms": {"version": VERSION, "locale": "en"},
        "payment_methods": ["wechat_mini_program"],
        "payments": [],
        "refunds": [],
        "choice": None,
        "timeline": [
            {
                "at": "2027-04-30T10:01:00+02:00",
                "event": "order.placed",
                "text": f"Order placed for €38.00; conditions of sale {VERSION} accepted.",
            }
        ],
    }
    assert order["bookings"] == [booking]
    assert tourist.order(order["id"]) == order


def test_a_later_price_changes_nothing(app, tourist, catalogue):
    booking = tourist.held(catalogue.departure(), adults=2, infants=1)
    change(app, "UPDATE units SET price = 99900, vat = 'FR_RED_10' WHERE code = 'adult'")

    order = created(tourist.place(booking["id"]))
    change(app, "UPDATE units SET price = 1")

    shown = tourist.order(order["id"])
    assert shown["total"] == order["total"] == booking["total"] == {"amount": 3800, "currency": "EUR"}
    assert [unit["price"]["amount"] for unit in shown["bookings"][0]["units"]] == [1900, 0]
    assert rows(app, "SELECT DISTINCT vat FROM booking_lines WHERE price > 0") == [{"vat": "FR_STD_20"}]


@pytest.mark.parametrize(("asked", "locale"), [("zh-Hans-CN", "zh-CN"), ("fr-CA", "fr"), ("en", "en")])
def test_the_terms_are_accepted_in_the_language_they_were_shown_in(tourist, catalogue, asked, locale):
    tourist.headers["Accept-Language"] = asked
    shown = tourist.get("/terms").json
    assert shown["locale"] == locale
    assert len(shown["text"]) > 200

    order = tourist.ordered(catalogue.departure())

    assert order["terms"] == {"version": shown["version"], "locale": locale}


def test_the_terms_are_shown_in_the_language_that_the_order_will_say(tourist, catalogue):
    """A customer whose phone speaks none of the three languages is shown the terms in their own, and so it is kept."""
    tourist.patch("/me", {"locale": "zh-CN"})
    tourist.headers["Accept-Language"] = "de"

    assert tourist.get("/terms").json["locale"] == tourist.ordered(catalogue.departure())["terms"]["locale"]


def test_the_three_texts_of_the_terms_are_three_texts(tourist):
    texts = {tourist.get(f"/terms?lang={language}").json["text"] for language in ("fr", "zh-CN", "en")}
    assert len(texts) == 3


class TestTerms:
    @pytest.mark.parametrize("body", [{"accept_terms": False}, {}])
    def test_an_order_without_the_terms_is_refused(self, app, tourist, catalogue, body):
        booking = tourist.held(catalogue.departure())

        answer = tourist.post("/orders", {"booking_ids": [booking["id"]], "contact": {"name": "Mei"}, **body})

        refused(answer, 422, "terms-not-accepted")
        assert nothing_was_ordered(app)

    @pytest.mark.parametrize("said", [None, "true", "yes", 1, 1.0, [True], {"yes": True}])
    def test_only_true_accepts_the_terms(self, app, tourist, catalogue, said):
        booking = tourist.held(catalogue.departure())

        problem = refused(tourist.place(booking["id"], accept_terms=said), 422, "invalid-input")

        assert list(problem["errors"]) == ["accept_terms"]
        assert nothing_was_ordered(app)


class TestSeveralBookings:
    def test_they_are_one_order_with_one_expiry(self, morning, tourist, catalogue):
        first = tourist.held(catalogue.departure(), adults=1)
        morning.shift(5 * MINUTE)
        second = tourist.held(catalogue.departure(), adults=2)

        order = created(tourist.place(second["id"], first["id"]))

        assert order["total"]["amount"] == 5700
        assert order["expires_at"] == second["expires_at"] == "2027-04-30T10:20:00+02:00"
        assert [booking["id"] for booking in order["bookings"]] == [first["id"], second["id"]]
        assert {booking["expires_at"] for booking in order["bookings"]} == {order["expires_at"]}
        morning.shift(12 * MINUTE)
        assert tourist.get(f"/bookings/{first['id']}").json["status"] == "held"

    def test_none_is_held_longer_than_twice_a_hold_because_of_another(self, morning, tourist, catalogue):
        first = tourist.held(catalogue.departure())
        morning.shift(14 * MINUTE)
        tourist.post(f"/bookings/{first['id']}/extend")
        morning.shift(14 * MINUTE)
        second = tourist.held(catalogue.departure())

        order = created(tourist.place(first["id"], second["id"]))

        assert second["expires_at"] == "2027-04-30T10:43:00+02:00"
        assert order["expires_at"] == "2027-04-30T10:30:00+02:00"

    def test_two_of_one_departure_may_be_ordered_together(self, app, tourist, catalogue):
        departure = catalogue.departure()
        held = [tourist.held(departure)["id"] for _ in range(2)]

        assert created(tourist.place(*held))["total"]["amount"] == 7600
        assert catalogue.seats_taken(departure) == 4
        assert violations(app) == []

    def test_a_booking_named_twice_is_ordered_once(self, app, tourist, catalogue):
        booking = tourist.held(catalogue.departure())

        order = created(tourist.place(booking["id"], booking["id"], booking["id"].upper()))

        assert order["total"] == booking["total"]
        assert len(order["bookings"]) == 1
        assert violations(app) == []

    def test_one_that_cannot_be_ordered_refuses_all(self, app, morning, tourist, catalogue):
        gone = tourist.held(catalogue.departure())
        morning.shift(10 * MINUTE)
        fresh = tourist.held(catalogue.departure())
        morning.shift(5 * MINUTE)

        refused(tourist.place(fresh["id"], gone["id"]), 409, "booking-expired")

        assert nothing_was_ordered(app)
        assert created(tourist.place(fresh["id"]))["status"] == "pending"

    def test_they_must_be_in_one_currency(self, app, tourist, catalogue):
        euros, yuan = catalogue.departure(), catalogue.departure(currency="CNY")
        held = [tourist.held(departure)["id"] for departure in (euros, yuan)]

        refused(tourist.place(*held), 422, "mixed-currencies")

        assert nothing_was_ordered(app)
        assert created(tourist.place(held[1]))["total"] == {"amount": 3800, "currency": "CNY"}


class TestBookingsThatCannotBeOrdered:
    def test_that_of_someone_else(self, app, tourist, other_tourist, catalogue):
        theirs, mine = other_tourist.held(catalogue.departure()), tourist.held(catalogue.departure())

        refused(tourist.place(mine["id"], theirs["id"]), 404, "booking-not-found")

        assert nothing_was_ordered(app)

    @pytest.mark.parametrize("booking_id", ["", "x", "00000000-0000-0000-0000-000000000000"])
    def test_one_that_does_not_exist(self, app, tourist, catalogue, booking_id):
        mine = tourist.held(catalogue.departure())

        refused(tourist.place(mine["id"], booking_id), 404, "booking-not-found")
        refused(tourist.place(booking_id), 404, "booking-not-found")

        assert nothing_was_ordered(app)

    def test_one_that_expired(self, app, morning, tourist, catalogue):
        booking = tourist.held(catalogue.departure())
        morning.move_to(MORNING + 15 * MINUTE - timedelta(seconds=1))
        other = tourist.held(catalogue.departure())
        assert tourist.place(booking["id"]).status_code == 201
        morning.shift(15 * MINUTE)

        refused(tourist.place(other["id"]), 409, "booking-expired")

        assert len(rows(app, "SELECT 1 FROM orders")) == 1

    def test_one_that_was_let_go(self, app, tourist, catalogue):
        booking = tourist.held(catalogue.departure())
        tourist.delete(f"/bookings/{booking['id']}")

        refused(tourist.place(booking["id"]), 409, "booking-expired")

        assert nothing_was_ordered(app)

    def test_one_that_is_ordered(self, app, tourist, catalogue):
        order = tourist.ordered(catalogue.departure())

        refused(tourist.place(order["bookings"][0]["id"]), 409, "booking-ordered")
        tourist.post(f"/orders/{order['id']}/cancel")
        refused(tourist.place(order["bookings"][0]["id"]), 409, "booking-ordered")

        assert len(rows(app, "SELECT 1 FROM orders")) == 1

    def test_one_of_a_departure_that_was_cancelled_meanwhile(self, app, tourist, catalogue):
        departure = catalogue.departure()
        booking, other = tourist.held(departure), tourist.held(catalogue.departure())
        catalogue.change(departure, status="cancelled")

        refused(tourist.place(other["id"], booking["id"]), 409, "departure-closed")

        assert nothing_was_ordered(app)
        assert catalogue.seats_taken(departure) == 2

    @pytest.mark.parametrize(("seconds", "status"), [(-1, 201), (0, 409)])
    def test_one_of_a_departure_that_has_started(self, morning, tourist, catalogue, seconds, status):
        start = MORNING + 10 * MINUTE
        booking = tourist.held(catalogue.departure(starts_at=start, cutoff_minutes=0))
        morning.move_to(start + timedelta(seconds=seconds))

        answer = tourist.place(booking["id"])

        assert (answer.status_code, answer.json.get("code", "placed")) == (
            status,
            "placed" if status == 201 else "departure-closed",
        )

    def test_one_of_a_departure_that_was_closed_meanwhile_can_still_be_ordered(self, tourist, catalogue):
        departure = catalogue.departure()
        booking = tourist.held(departure)
        catalogue.change(departure, status="closed")

        assert tourist.place(booking["id"]).status_code == 201

    @pytest.mark.parametrize("ids", [None, [], "x", {}, [1], [None], ["x"] * 21])
    def test_what_is_no_list_of_ids(self, tourist, ids):
        answer = tourist.post("/orders", {"booking_ids": ids, "contact": {"name": "Mei"}, "accept_terms": True})

        assert "booking_ids" in refused(answer, 422, "invalid-input")["errors"]

    def test_a_body_that_is_not_json(self, tourist):
        answer = tourist.client.post("/api/v1/orders", data=b"\xff", headers=tourist.headers)

        refused(answer, 400, "malformed-json")

    def test_that_of_nobody(self, app):
        refused(app.test_client().post("/api/v1/orders", json={}), 401, "sign-in-required")


class TestFree:
    def test_what_costs_nothing_is_paid_at_once_and_has_tickets(self, app, tourist, gift):
        departure = gift()

        order = tourist.ordered(departure, adults=2, infants=1)

        assert (order["status"], order["total"]["amount"], order["payment_methods"]) == ("paid", 0, [])
        assert [booking["status"] for booking in order["bookings"]] == ["confirmed"]
        assert [event["event"] for event in order["timeline"]] == ["order.placed", "order.free"]
        assert order["timeline"][1]["text"] == "Free order, confirmed at once. Tickets issued: 3."
        assert len(tourist.tickets(order["id"])) == 3
        assert tourist.open_payment(order["id"]).status_code in {409, 422}
        assert violations(app) == []

    def test_free_and_paid_together_are_not_free(self, tourist, catalogue, gift):
        held = [tourist.held(gift())["id"], tourist.held(catalogue.departure())["id"]]

        order = created(tourist.place(*held))

        assert (order["status"], order["total"]["amount"]) == ("pending", 3800)
        assert tourist.tickets(order["id"]) == []


class TestIdempotency:
    def test_the_same_key_orders_once(self, app, tourist, catalogue):
        booking = tourist.held(catalogue.departure())

        first, again = (tourist.place(booking["id"], Idempotency_Key="one") for _ in range(2))

        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json == again.json
        assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
        assert len(rows(app, "SELECT 1 FROM orders")) == 1

    def test_the_same_key_with_another_body_is_refused(self, tourist, catalogue):
        first, second = (tourist.held(catalogue.departure())["id"] for _ in range(2))
        tourist.place(first, Idempotency_Key="one")

        refused(tourist.place(second, Idempotency_Key="one"), 422, "idempotency-key-reused")

    def test_a_refusal_is_not_kept(self, tourist, catalogue):
        booking = tourist.held(catalogue.departure())
        refused(tourist.place(booking["id"], accept_terms=False, Idempotency_Key="one"), 422, "terms-not-accepted")

        assert tourist.place(booking["id"], Idempotency_Key="one").status_code == 201

    def test_the_key_of_a_hold_is_not_that_of_an_order(self, tourist, catalogue):
        booking = created(tourist.hold(catalogue.departure(), Idempotency_Key="one"))

        assert "Idempotent-Replayed" not in tourist.place(booking["id"], Idempotency_Key="one").headers

    def test_the_same_key_of_two_customers_is_two_keys(self, tourist, other_tourist, catalogue):
        departure = catalogue.departure()
        for someone in (tourist, other_tourist):
            booking = someone.held(departure)
            assert "Idempotent-Replayed" not in someone.place(booking["id"], Idempotency_Key="one").headers

    def test_at_once_it_is_done_once(self, app, tourist, catalogue):
        booking = tourist.held(catalogue.departure())
        wanted = {"booking_ids": [booking["id"]], "contact": {"name": "Mei"}, "accept_terms": True}
        headers = {**tourist.headers, "Idempotency-Key": "one"}

        answers = at_once([lambda: app.test_client().post("/api/v1/orders", json=wanted, headers=headers)] * 6)

        assert {answer.status_code for answer in answers} <= {201, 409}
        assert {answer.json["id"] for answer in answers if answer.status_code == 201} == {
            str(row["id"]) for row in rows(app, "SELECT id FROM orders")
        }
        assert {answer.json["code"] for answer in answers if answer.status_code == 409} <= {"idempotency-key-in-use"}


def test_an_order_in_yuan_can_be_paid_by_a_merchant_in_china(domestic_app, wechat):
    tourist = Tourist(domestic_app, wechat, "mei").sign_in()

    order = tourist.ordered(Catalogue(domestic_app).departure(currency="CNY"))

    assert order["payment_methods"] == ["wechat_mini_program"]
    assert order["timeline"][0]["text"].startswith("Order placed for CN¥38.00")


def test_an_order_in_a_currency_that_no_gateway_takes_cannot_be_paid(tourist, catalogue):
    order = tourist.ordered(catalogue.departure(currency="USD", units=[ADULT]))

    assert order["payment_methods"] == []
    refused(tourist.open_payment(order["id"]), 422, "method-not-offered")

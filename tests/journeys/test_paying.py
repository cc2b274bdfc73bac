"""The whole way of a tourist: from the catalogue to a ticket."""

from tests.factories.waiting import wait_until


def test_a_tourist_buys_a_ticket(tourist, catalogue):
    departure = catalogue.departure(capacity=20)

    order = tourist.ordered(departure, adults=2, infants=1)
    assert order["status"] == "pending"
    assert order["payment_methods"] == ["wechat_mini_program"]
    assert order["total"] == {"amount": 3800, "currency": "EUR"}
    payment = tourist.payment(order["id"])
    assert tourist.pay_on_phone(payment) == "requestPayment:ok"

    wait_until(lambda: tourist.order(order["id"])["status"] == "paid")
    assert [ticket["unit"]["code"] for ticket in tourist.tickets(order["id"])] == ["adult", "adult", "infant"]
    assert [event["event"] for event in tourist.order(order["id"])["timeline"]] == [
        "order.placed",
        "payment.opened",
        "payment.succeeded",
        "order.paid",
    ]
    assert catalogue.seats_taken(departure) == 2


def test_a_tourist_buys_from_a_merchant_in_china(domestic_app, wechat):
    from tests.factories.catalogue import Catalogue
    from tests.factories.people import Tourist

    tourist = Tourist(domestic_app, wechat, "mei").sign_in()
    order = tourist.ordered(Catalogue(domestic_app).departure(currency="CNY"))
    assert tourist.pay_on_phone(tourist.payment(order["id"])) == "requestPayment:ok"

    wait_until(lambda: tourist.order(order["id"])["status"] == "paid")

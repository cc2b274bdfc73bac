"""Cancelling what was paid: an offer first, by the terms that were accepted; then exactly that."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from shop.core import clock
from shop.payments.quotes import Quote, read_quote, write_quote
from tests.payments.conftest import both_modes
from tests.payments.world import at_once, twin

TERMS = [{"until_hours": 48, "refund_percent": 100}, {"until_hours": 24, "refund_percent": 50}]


def refused(answer, status, code):
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.text


def offered(world, order, tickets=()):
    answer = world.quote(order, tickets)
    assert answer.status_code == 200, answer.text
    return answer.json


def start(order):
    return datetime.fromisoformat(order["bookings"][0]["departure"]["starts_at"])


def finish(world):
    """Let refunds go and arrive."""
    for _ in range(3):
        world.later(seconds=70)
        world.sweep()


def ticket_states(world, order):
    return [ticket["status"] for ticket in world.mei.tickets(order["id"])]


@both_modes
def test_all_of_it_goes_back_in_good_time(world):
    order = world.paid(cancellation=TERMS)
    offer = offered(world, order)
    assert (offer["refund"]["amount"], offer["fee"]["amount"]) == (3800, 0)
    stands = datetime.fromisoformat(offer["valid_until"]) - clock.now()
    assert timedelta(minutes=9) < stands <= timedelta(minutes=10)

    answer = world.cancel(order, offer["quote"])

    assert (answer.status_code, answer.json["status"]) == (200, "paid")
    assert ticket_states(world, order) == ["void", "void"]
    assert world.seats_taken(order) == 0
    assert [one["status"] for one in answer.json["refunds"]] == ["pending"]
    assert answer.json["bookings"][0]["status"] == "cancelled"
    finish(world)
    assert world.status(order) == "refunded"
    assert world.gone(order) == 3800
    assert world.story(order)[-4:] == ["tickets.cancelled", "refund.owed", "refund.accepted", "refund.succeeded"]


@pytest.mark.parametrize(("hours", "refund"), [(48.01, 3800), (47.99, 1900), (24.01, 1900), (23.99, 0), (0.1, 0)])
def test_what_goes_back_is_what_the_terms_say_at_that_moment(world, hours, refund):
    order = world.paid(cancellation=TERMS, starts_in=timedelta(days=5))
    world.go_to(start(order), hours=-hours)

    offer = offered(world, order)

    assert (offer["refund"]["amount"], offer["fee"]["amount"]) == (refund, 3800 - refund)
    assert world.cancel(order).status_code == 200
    finish(world)
    assert world.gone(order) == refund
    assert world.status(order) == {3800: "refunded", 1900: "partially_refunded", 0: "cancelled"}[refund]


def test_an_offer_ends_where_the_terms_change(world):
    order = world.paid(cancellation=TERMS)
    world.go_to(start(order), hours=-48, minutes=-4)

    offer = offered(world, order)

    assert datetime.fromisoformat(offer["valid_until"]) == start(order) - timedelta(hours=48)


def test_the_terms_are_those_that_were_accepted(world):
    order = world.paid(cancellation=TERMS)
    world.sql("UPDATE tours SET cancellation = '[]'")

    assert offered(world, order)["refund"]["amount"] == 3800


def test_an_offer_whose_time_is_over_is_not_carried_out(world):
    order = world.paid(cancellation=TERMS)
    quote = offered(world, order)["quote"]
    world.later(minutes=10, seconds=1)

    refused(world.cancel(order, quote), 409, "quote-changed")

    assert ticket_states(world, order) == ["valid", "valid"]


def test_an_offer_that_no_longer_holds_is_not_carried_out(world):
    order = world.paid(cancellation=TERMS)
    quote = offered(world, order)["quote"]
    first = world.mei.tickets(order["id"])[0]["id"]
    assert world.cancel(order, offered(world, order, [first])["quote"]).status_code == 200

    refused(world.cancel(order, quote), 409, "ticket-void")
    assert ticket_states(world, order) == ["void", "valid"]


@pytest.mark.parametrize("quote", ["", "x", "a.b.c", "é", "0" * 3000])
def test_an_offer_that_was_never_made_is_not_carried_out(world, quote):
    order = world.paid(cancellation=TERMS)

    answer = world.mei.post(f"/orders/{order['id']}/cancel", {"quote": quote})

    refused(answer, 409, "quote-changed")
    assert ticket_states(world, order) == ["valid", "valid"]


def test_no_other_amount_goes_back_than_was_shown(world):
    order = world.paid(cancellation=TERMS)
    quote = offered(world, order)["quote"]
    given = ["order", "refund", order["number"], "--amount", "30", "--reason", "x", "--by", "anne@issy"]
    assert world.app.test_cli_runner().invoke(args=given).exit_code == 0

    refused(world.cancel(order, quote), 409, "quote-changed")

    assert ticket_states(world, order) == ["valid", "valid"]


def test_an_order_of_which_tickets_are_left_stays_paid(world):
    order = world.paid(cancellation=[])
    first = world.mei.tickets(order["id"])[0]["id"]

    assert world.cancel(order, offered(world, order, [first])["quote"]).json["status"] == "paid"

    assert ticket_states(world, order) == ["void", "valid"]


def test_an_offer_for_another_order_is_not_carried_out(world):
    one, other = world.paid(cancellation=TERMS), world.paid(cancellation=TERMS)

    refused(world.cancel(one, offered(world, other)["quote"]), 409, "quote-changed")

    assert ticket_states(world, one) == ticket_states(world, other) == ["valid", "valid"]


def test_an_offer_keeps_its_meaning_and_cannot_be_forged():
    quote = Quote(uuid4(), (uuid4(), uuid4()), 3800, clock.now())

    text = write_quote(quote, "a secret")

    assert read_quote(text, "a secret") == quote
    assert read_quote(text, "another secret") is None
    assert read_quote(text[:-1], "a secret") is None


def test_cancelling_again_changes_nothing(world):
    order = world.paid(cancellation=TERMS, starts_in=timedelta(days=3))
    quote = offered(world, order)["quote"]
    first = world.cancel(order, quote).json

    assert world.cancel(order, quote).json == world.cancel(order).json == first
    world.go_to(start(order), hours=1)
    assert world.cancel(order).status_code == 200
    finish(world)
    assert world.gone(order) == 3800
    assert len(world.refund_rows(order)) == 1


def test_cancelling_twice_at_once_refunds_once(world):
    order = world.paid(cancellation=TERMS)
    phones = [world.mei, twin(world.mei), twin(world.mei)]

    answers = at_once(*(lambda phone=phone: phone.post(f"/orders/{order['id']}/cancel") for phone in phones))

    assert {answer.status_code for answer in answers} == {200}
    assert [row.amount for row in world.refund_rows(order)] == [3800]


def test_some_tickets_are_cancelled_and_the_others_stay(world):
    order = world.paid(cancellation=TERMS, capacity=4)
    first, second = (ticket["id"] for ticket in world.mei.tickets(order["id"]))
    offer = offered(world, order, [second])
    assert (offer["refund"]["amount"], offer["tickets"]) == (1900, [second])

    answer = world.cancel(order, offer["quote"]).json

    assert ticket_states(world, order) == ["valid", "void"]
    assert world.seats_taken(order) == 1
    booking = answer["bookings"][0]
    assert (booking["status"], booking["seats"], booking["units"][0]["cancelled"]) == ("confirmed", 1, 1)
    finish(world)
    assert world.status(order) == "partially_refunded"
    refused(world.quote(order, [second]), 409, "ticket-void")

    assert world.cancel(order, offered(world, order, [first])["quote"]).status_code == 200
    finish(world)
    assert world.status(order) == "refunded"
    assert world.seats_taken(order) == 0
    assert world.gone(order) == 3800


def test_infants_go_with_the_last_of_those_who_bring_them(world):
    booking = world.mei.held(world.departure(cancellation=TERMS), adults=2, infants=1)
    order = world.mei.place(booking["id"]).json
    world.mei.payment(order["id"])
    world.arrive(world.number(order))
    adults = [one["id"] for one in world.mei.tickets(order["id"]) if one["unit"]["code"] == "adult"]

    assert offered(world, order, adults[:1])["tickets"] == adults[:1]
    offer = offered(world, order, adults)
    assert len(offer["tickets"]) == 3
    assert world.cancel(order, offer["quote"]).status_code == 200

    assert ticket_states(world, order) == ["void"] * 3
    assert world.seats_taken(order) == 0


def test_a_free_order_is_cancelled_for_nothing(world):
    unit = {"code": "adult", "kind": "ADULT", "label": {"fr": "Gratuit"}, "price": 0}
    order = world.order(units=[unit])
    assert order["status"] == "paid"
    offer = offered(world, order)
    assert (offer["refund"]["amount"], offer["fee"]["amount"]) == (0, 0)

    assert world.cancel(order, offer["quote"]).json["status"] == "cancelled"
    assert world.seats_taken(order) == 0
    assert world.story(order)[-1] == "order.cancelled"


def test_an_order_that_is_not_paid_is_offered_nothing_and_cancelled(world):
    order = world.order()
    offer = offered(world, order)
    assert (offer["refund"]["amount"], offer["fee"]["amount"], offer["tickets"]) == (0, 0, [])

    assert world.cancel(order, offer["quote"]).json["status"] == "cancelled"


def test_an_offer_from_before_it_was_paid_no_longer_stands(world):
    order, _, number = world.opened(cancellation=TERMS)
    quote = offered(world, order)["quote"]
    world.arrive(number)

    refused(world.cancel(order, quote), 409, "quote-changed")

    assert ticket_states(world, order) == ["valid", "valid"]


def test_after_the_start_it_is_too_late(world):
    order = world.paid(cancellation=[{"until_hours": 0, "refund_percent": 100}], starts_in=timedelta(days=3))
    quote = offered(world, order)["quote"]
    world.go_to(start(order))

    refused(world.quote(order), 409, "too-late-to-cancel")
    refused(world.cancel(order), 409, "too-late-to-cancel")
    refused(world.cancel(order, quote), 409, "too-late-to-cancel")
    assert ticket_states(world, order) == ["valid", "valid"]


def test_a_ticket_that_was_used_is_not_cancelled(world):
    order = world.paid(cancellation=TERMS)
    used, other = (ticket["id"] for ticket in world.mei.tickets(order["id"]))
    world.sql("UPDATE tickets SET status = 'redeemed' WHERE id = CAST(:id AS uuid)", id=used)
    world.falsified = True  # a used ticket beside a cancelled one is not what `audit` counts here

    refused(world.quote(order, [used]), 409, "ticket-redeemed")
    assert offered(world, order)["tickets"] == [other]


def test_what_is_nobodys_or_not_there_is_not_found(world):
    order, other = world.paid(cancellation=TERMS), world.paid()
    lei = world.tourist("lei")
    refused(world.quote(order, [world.mei.tickets(other["id"])[0]["id"]]), 404, "ticket-not-found")

    refused(lei.get(f"/orders/{order['id']}/cancellation"), 404, "order-not-found")
    refused(world.quote(order, ["nonsense"]), 404, "ticket-not-found")
    refused(world.quote(order, ["019a0000-0000-7000-8000-000000000000"]), 404, "ticket-not-found")


def test_there_is_nothing_to_cancel_in_what_is_over(world):
    order = world.paid(cancellation=TERMS)
    world.cancel(order)

    refused(world.quote(order), 409, "nothing-to-cancel")


def test_an_order_in_review_is_cancelled_by_the_office_only(world):
    order, _, number = world.opened()
    world.arrive(number, total=1)

    refused(world.quote(order), 409, "cancelled-by-office-only")
    refused(world.cancel(order), 409, "cancelled-by-office-only")


def test_an_odd_price_is_shared_in_the_customers_favour(world):
    unit = {"code": "adult", "kind": "ADULT", "label": {"fr": "Plein tarif"}, "price": 1901}
    order = world.paid(units=[unit], cancellation=[{"until_hours": 0, "refund_percent": 50}])

    offer = offered(world, order)

    assert (offer["refund"]["amount"], offer["fee"]["amount"]) == (1902, 1900)

"""The counter: sold through the same statement as everybody, once, for the money that was shown."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from tests.factories.colleagues import Colleague
from tests.payments.world import at_once

PARTY = {"unit-adult": "2", "name": "Jeanne Martin", "locale": "fr"}


@pytest.fixture
def staff(world):
    return lambda role, **facts: Colleague(world.app, role, **facts).signed_in()


def sale(**fields):
    return {**PARTY, "form_id": str(uuid4()), "total": "3800", "means": "cash", "received": "50", **fields}


def sold(world):
    return world.sql("SELECT status, contact, locale, amount FROM orders ORDER BY id")


def test_a_sale_from_departure_to_tickets(world, staff):
    departure = world.departure(starts_in=timedelta(days=1))
    cashier = staff("cashier")
    assert str(departure) in cashier.get("/staff/counter").text
    assert "tarif" in cashier.get(f"/staff/counter/{departure}").text
    shown = cashier.post(f"/staff/counter/{departure}/total", **PARTY, phone="06 12 34 56 78")
    assert "€38.00" in shown.text
    assert world.catalogue.seats_taken(departure) == 0

    answer = cashier.post(f"/staff/counter/{departure}", **sale(phone="06 12 34 56 78"))

    assert answer.status_code == 303, answer.text
    assert re.fullmatch(r"/staff/orders/\d{10}/tickets", answer.location)
    page = cashier.get(answer.location).text
    assert "€12.00" in page
    assert page.count("<svg") >= 2
    assert sold(world) == [("paid", {"name": "Jeanne Martin", "phone": "+33612345678"}, "fr", 3800)]
    assert world.sql("SELECT gateway, received_amount, received_by FROM payments") == [
        ("cash", 3800, "cashier@example.com")
    ]
    assert world.sql("SELECT app_id FROM customers JOIN orders ON customer_id = customers.id") == [("counter",)]
    assert world.catalogue.seats_taken(departure) == 2


def test_a_sale_sent_twice_or_twice_at_once_is_made_once(world, staff):
    departure = world.departure(starts_in=timedelta(days=1))
    first, second = staff("cashier"), staff("manager")
    form = sale()
    second.get("/staff/account")

    answers = at_once(
        lambda: first.post(f"/staff/counter/{departure}", **form),
        lambda: second.post(f"/staff/counter/{departure}", **form),
    )
    answers.append(first.post(f"/staff/counter/{departure}", **form))

    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1
    assert len(sold(world)) == 1


def test_the_last_seats_are_sold_once(world, staff):
    departure = world.departure(starts_in=timedelta(days=1), capacity=3)
    first, second = staff("cashier"), staff("manager")
    first.get("/staff/account")
    second.get("/staff/account")

    answers = at_once(
        lambda: first.post(f"/staff/counter/{departure}", **sale()),
        lambda: second.post(f"/staff/counter/{departure}", **sale()),
    )

    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert world.catalogue.seats_taken(departure) == 2


def test_the_counter_sells_past_the_cutoff_until_the_start(world, staff):
    departure = world.departure(starts_in=timedelta(minutes=30))
    assert world.mei.hold(departure).status_code == 409
    cashier = staff("cashier")

    assert cashier.post(f"/staff/counter/{departure}", **sale()).status_code == 303
    world.later(minutes=31)
    assert staff("manager").post(f"/staff/counter/{departure}", **sale()).status_code == 409
    assert world.catalogue.seats_taken(departure) == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"received": "37.99"},
        {"received": ""},
        {"received": "0"},
        {"received": "-50"},
        {"received": "1e9"},
        {"received": "abc"},
        {"received": "9" * 30},
        {"total": "1"},
        {"total": "-1"},
        {"total": "x"},
        {"total": "9" * 30},
        {"name": ""},
        {"name": "a\u202eb"},
        {"name": "x" * 101},
        {"phone": "12"},
        {"email": "nobody"},
        {"locale": "de"},
        {"unit-adult": "0"},
        {"unit-adult": "-1"},
        {"unit-adult": "1.5"},
        {"unit-adult": "100"},
        {"unit-adult": "9" * 40},
        {"unit-adult": "x"},
        {"means": "invoice"},
        {"means": "free"},
        {"form_id": ""},
        {"form_id": "x"},
    ],
)
def test_what_makes_no_sale_leaves_nothing(world, staff, fields):
    departure = world.departure(starts_in=timedelta(days=1))

    answer = staff("cashier").post(f"/staff/counter/{departure}", **sale(**fields))

    assert answer.status_code in {403, 409, 422}, answer.text
    assert sold(world) == []
    assert world.catalogue.seats_taken(departure) == 0
    assert world.sql("SELECT count(*) FROM customers") == [(0,)]


def test_only_a_manager_gives_and_says_why(world, staff):
    departure = world.departure(starts_in=timedelta(days=1))
    manager = staff("manager")

    assert manager.post(f"/staff/counter/{departure}", **sale(means="free", received="")).status_code == 422
    assert manager.post(f"/staff/counter/{departure}", **sale(means="free", note="Presse")).status_code == 303

    assert sold(world)[0][0] == "paid"
    assert world.sql("SELECT gateway FROM payments") == [("free",)]
    assert world.sql("SELECT text FROM order_notes") == [("Presse",)]


def test_what_costs_nothing_needs_no_money(world, staff):
    free = [{"code": "adult", "kind": "ADULT", "label": {"fr": "Gratuit"}, "price": 0}]
    departure = world.departure(starts_in=timedelta(days=1), units=free)

    assert staff("cashier").post(f"/staff/counter/{departure}", **sale(total="0", received="")).status_code == 303
    assert sold(world)[0][0] == "paid"


@pytest.mark.parametrize("changes", [{"status": "closed"}, {"status": "cancelled"}])
def test_what_is_not_on_sale_is_not_sold(world, staff, changes):
    departure = world.departure(starts_in=timedelta(days=1), **changes)

    assert staff("cashier").post(f"/staff/counter/{departure}", **sale()).status_code == 409


def test_an_unknown_departure_is_not_found(world, staff):
    cashier = staff("cashier")
    for name in ("x", str(uuid4())):
        assert cashier.get(f"/staff/counter/{name}").status_code == 404
        assert cashier.post(f"/staff/counter/{name}", **sale()).status_code in {404, 422}


@pytest.mark.parametrize("role", ["stock", "guide"])
def test_others_do_not_sell(world, staff, role):
    departure = world.departure(starts_in=timedelta(days=1))
    someone = staff(role)

    assert someone.get("/staff/counter").status_code == 403
    assert someone.post(f"/staff/counter/{departure}", **sale()).status_code == 403
    assert sold(world) == []


def test_the_form_of_something_else_sells_nothing(world, staff):
    order = world.paid()
    departure = world.departure(starts_in=timedelta(days=1))
    cashier = staff("cashier")
    form = sale()
    number = order["number"].replace("-", "")
    assert cashier.post(f"/staff/orders/{number}/notes", form_id=form["form_id"], text="x").status_code == 303

    assert cashier.post(f"/staff/counter/{departure}", **form).status_code == 404
    assert world.catalogue.seats_taken(departure) == 0

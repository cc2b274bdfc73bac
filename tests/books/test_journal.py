"""The journal: double entry, a chain without gaps, only ever added to."""

import hashlib
import json
from contextlib import suppress
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from shop.books.rules import NOTHING_BEFORE, CreditLine, line_text, spread
from shop.books.services import journal
from shop.core import clock
from shop.core.db import at_end, db, transaction
from shop.core.money import Money
from shop.orders.services.settle import lock_order
from tests.factories.crowd import at_once, inside
from tests.factories.rows import change, rows, value


class ChangedMind(Exception):
    """Something went wrong after the books were told."""


def euros(amount):
    return Money(amount, "EUR")


def test_a_sale_owes_earns_and_taxes(clerk, order):
    clerk.sell(order["id"])

    assert clerk.lines() == [
        (1, "gateway:wechat_pay", 4700, 0),
        (1, "customer", 0, 4700),
        (2, "customer", 4700, 0),
        (2, "revenue:FR_STD_20", 0, 3167),
        (2, "vat:FR_STD_20", 0, 633),
        (2, "revenue:FR_RED_10", 0, 818),
        (2, "vat:FR_RED_10", 0, 82),
    ]
    assert clerk.documents() == [f"R{clock.now().year}-000001"]


def test_a_sale_that_is_credited_in_parts_leaves_nothing_anywhere(clerk, new_order):
    order = new_order(adults=2)
    clerk.sell(order["id"])

    clerk.credit(order["id"], 1900)
    assert clerk.balances() == {"gateway:wechat_pay": 1900, "revenue:FR_STD_20": -1584, "vat:FR_STD_20": -316}
    clerk.credit(order["id"], 1900)

    assert clerk.balances() == {}
    year = clock.now().year
    assert clerk.documents() == [f"R{year}-000001", f"A{year}-000001", f"A{year}-000002"]


def test_a_ticket_is_credited_under_its_own_vat(clerk, order):
    clerk.sell(order["id"])

    def work(locked):
        (booking,) = locked.bookings
        child = next(line for line in booking.lines if line.unit.code == "child")
        lines = [CreditLine(line_text(booking, child), 1, 900, child.vat)]
        journal.credited(locked, lines, reason="double", now=clock.now())

    clerk.act(order["id"], work)

    assert [line[1:] for line in clerk.lines()[-3:]] == [
        ("customer", 0, 900),
        ("revenue:FR_RED_10", 818, 0),
        ("vat:FR_RED_10", 82, 0),
    ]


def test_what_cost_nothing_is_no_movement(clerk, new_order):
    order = new_order(adults=1)
    change(
        clerk.app, "UPDATE booking_lines SET price = 0; UPDATE bookings SET amount = 0; UPDATE orders SET amount = 0"
    )

    clerk.act(order["id"], lambda locked: journal.sold(locked, now=clock.now()))

    assert clerk.lines() == []
    assert clerk.documents() == []


def test_what_was_never_sold_is_never_credited(clerk, order):
    clerk.credit(order["id"], 4700, gateway=None)

    assert clerk.lines() == []


def test_money_that_was_not_owed_stands_to_the_customer_s_credit_until_it_goes_back(clerk, order):
    clerk.sell(order["id"])
    came = {"gateway": "stripe", "money": euros(4700), "number": "P2"}
    clerk.act(order["id"], lambda locked: journal.money_came(locked, **came, now=clock.now()))
    assert clerk.balances()["customer"] == -4700

    went = {"gateway": "stripe", "money": euros(4700), "number": "B2"}
    clerk.act(order["id"], lambda locked: journal.money_went(locked, **went, now=clock.now()))

    assert "customer" not in clerk.balances()
    assert "gateway:stripe" not in clerk.balances()


def test_money_is_entered_in_the_currency_it_came_in(clerk, order):
    money = Money(4700, "CNY")
    clerk.act(
        order["id"],
        lambda locked: journal.money_came(locked, gateway="wechat_pay", money=money, number="P1", now=clock.now()),
    )

    assert {row["currency"] for row in rows(clerk.app, "SELECT currency FROM journal_lines")} == {"CNY"}


@pytest.mark.parametrize(
    ("outcomes", "left"),
    [
        (["withheld"], {"gateway:stripe": -4700, "disputes": 4700}),
        (["withheld", "won"], {}),
        (["withheld", "lost"], {"gateway:stripe": -4700, "losses": 4700}),
    ],
)
def test_a_dispute_withholds_money_and_ends_won_or_lost(clerk, order, outcomes, left):
    for outcome in outcomes:
        about = {"gateway": "stripe", "money": euros(4700), "number": "dp_1", "outcome": outcome}
        clerk.act(order["id"], lambda locked, about=about: journal.disputed(locked, **about, now=clock.now()))

    assert clerk.balances() == left


@pytest.mark.parametrize(("amount", "left"), [(28, {"fees": 28, "gateway:stripe": -28}), (0, {})])
def test_a_fee_is_what_a_gateway_keeps(clerk, amount, left):
    with clerk.app.app_context(), transaction():
        journal.fee_taken(gateway="stripe", money=euros(amount), day=date(2027, 5, 1), now=clock.now())

    assert clerk.balances() == left


def test_a_fee_that_is_given_back_is_the_same_the_other_way(clerk):
    for amount in (28, -28):
        with clerk.app.app_context(), transaction():
            journal.fee_taken(gateway="stripe", money=euros(amount), day=date(2027, 5, 1), now=clock.now())

    assert clerk.balances() == {}
    assert value(clerk.app, "SELECT min(CAST(body AS jsonb)->'facts'->>'day') FROM journal_entries") == "2027-05-01"


def test_entries_are_chained_by_their_hashes(clerk, order):
    clerk.sell(order["id"])
    clerk.credit(order["id"], 100)

    previous = NOTHING_BEFORE
    entries = rows(clerk.app, "SELECT * FROM journal_entries ORDER BY number")
    for number, entry in enumerate(entries, start=1):
        assert entry["number"] == json.loads(entry["body"])["number"] == number
        assert entry["previous_hash"] == previous
        previous = hashlib.sha256((previous + entry["body"]).encode()).hexdigest()
        assert entry["hash"] == previous
    assert len(entries) == 4


def test_the_journal_names_nobody(clerk, order):
    clerk.sell(order["id"])
    clerk.credit(order["id"], 100)

    for entry in rows(clerk.app, "SELECT body FROM journal_entries"):
        assert order["contact"]["name"] not in entry["body"]
        assert "example.com" not in entry["body"]


def test_a_transaction_that_fails_leaves_no_gap(clerk, order, new_order):
    def fail_after_telling_the_books(locked):
        journal.sold(locked, now=clock.now())
        raise ChangedMind

    with pytest.raises(ChangedMind):
        clerk.act(order["id"], fail_after_telling_the_books)
    clerk.sell(new_order(adults=1)["id"])
    clerk.sell(order["id"])

    assert [row["number"] for row in rows(clerk.app, "SELECT number FROM journal_entries ORDER BY 1")] == [1, 2, 3, 4]
    year = clock.now().year
    assert clerk.documents() == [f"R{year}-000001", f"R{year}-000002"]


def test_a_transaction_that_fails_at_its_very_end_leaves_no_gap_either(clerk, order):
    def fail_at_the_end(locked):
        journal.sold(locked, now=clock.now())
        db.session.info["at_end"].append(lambda: db.session.execute(sa.text("SELECT 1 / 0")))

    with pytest.raises(DBAPIError):
        clerk.act(order["id"], fail_at_the_end)
    clerk.sell(order["id"])

    assert clerk.documents() == [f"R{clock.now().year}-000001"]


def test_what_a_failed_transaction_wanted_is_not_entered_by_the_next(clerk, order):
    with clerk.app.app_context():
        with suppress(ChangedMind), transaction():
            journal.sold(lock_order(order["id"]), now=clock.now())
            raise ChangedMind
        with transaction():
            locked = lock_order(order["id"])
            journal.money_came(locked, gateway="wechat_pay", money=locked.total, number="P", now=clock.now())

    assert {number for number, *_ in clerk.lines()} == {1}


def test_many_at_once_number_without_gaps(clerk, new_order):
    orders = [new_order(adults=1) for _ in range(12)]

    def settle(order_id):
        def work():
            with transaction():
                order = lock_order(order_id)
                journal.sold(order, now=clock.now())
                journal.money_came(order, gateway="wechat_pay", money=order.total, number="P", now=clock.now())

        return work

    works = [inside(clerk.app, settle(order["id"])) for order in orders]
    assert set(at_once(works)) == {"done"}

    numbers = [row["number"] for row in rows(clerk.app, "SELECT number FROM journal_entries ORDER BY 1")]
    assert numbers == list(range(1, 25))
    serials = [row["serial"] for row in rows(clerk.app, "SELECT serial FROM documents ORDER BY 1")]
    assert serials == list(range(1, 13))


def test_time_never_goes_back_in_it(clerk, order, morning):
    clerk.sell(order["id"])
    morning.shift(-timedelta(hours=1))
    clerk.credit(order["id"], 100)

    moments = [row["at"] for row in rows(clerk.app, "SELECT at FROM journal_entries ORDER BY number")]
    assert moments == sorted(moments)


def test_each_year_and_each_kind_counts_anew(morning, clerk, new_order):
    first = new_order(adults=1)
    second = new_order(adults=1)
    morning.move_to("2027-12-31T22:59:00+00:00")
    clerk.sell(first["id"])
    morning.shift(timedelta(minutes=1))  # midnight in Paris
    clerk.sell(second["id"])
    clerk.credit(second["id"], 100)

    assert clerk.documents() == ["R2027-000001", "R2028-000001", "A2028-000001"]


def test_what_is_sold_and_credited_at_once_is_entered_in_that_order(clerk, order):
    def work(locked):
        journal.sold(locked, now=clock.now())
        journal.credited(locked, spread(locked, 100), reason="double", now=clock.now())
        money = {"gateway": "wechat_pay", "money": locked.total, "number": "P1"}
        journal.money_came(locked, **money, now=clock.now())

    clerk.act(order["id"], work)

    kinds = [row["kind"] for row in rows(clerk.app, "SELECT kind FROM journal_entries ORDER BY number")]
    assert kinds == ["payment", "sale", "credit"]


def test_what_the_end_of_a_transaction_adds_is_entered_too(clerk, order):
    def work(locked):
        came = {"gateway": "cash", "money": locked.total, "number": "P1"}
        journal.sold(locked, now=clock.now())
        at_end(lambda: journal.money_came(locked, **came, now=clock.now()))

    clerk.act(order["id"], work)

    assert [account for _, account, _, _ in clerk.lines()][-2:] == ["gateway:cash", "customer"]


def test_nothing_is_entered_from_within_a_savepoint(clerk, order):
    def work(locked):
        with db.session.begin_nested():
            journal.sold(locked, now=clock.now())

    with pytest.raises(RuntimeError, match="savepoint"):
        clerk.act(order["id"], work)
    assert clerk.lines() == []


def test_nothing_is_entered_outside_a_transaction(context):
    with pytest.raises(RuntimeError, match="no transaction"):
        journal.fee_taken(gateway="stripe", money=euros(1), day=date(2027, 5, 1), now=clock.now())


@pytest.mark.parametrize("table", ["documents", "journal_entries", "journal_lines", "closings"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_nothing_in_the_books_can_be_changed(clerk, order, morning, table, statement):
    clerk.sell(order["id"])
    morning.shift(timedelta(days=1))
    clerk.close()
    column = "entry" if table == "journal_lines" else "number"

    with pytest.raises(DBAPIError, match="the books are only added to"):
        change(clerk.app, statement.format(table, column, column))

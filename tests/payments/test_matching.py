"""A statement beside the shop's books, line by line: what is found, and what is not moved by finding it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from shop.core.db import db
from shop.core.money import Money
from shop.gateways.errors import StatementNotReady
from shop.gateways.payment import Statement, StatementLine
from shop.payments import reconcile as night
from shop.payments.methods import gateways
from shop.payments.services.matching import MARGIN, compare
from tests.payments.world import at_once

DAY = date(2027, 5, 3)
EVENING = datetime(2027, 5, 3, 18, tzinfo=UTC)


@pytest.fixture
def paid(world):
    """The number of a payment that succeeded on the day, by the clocks of UTC."""
    number = world.number(world.paid())
    world.sql("UPDATE payments SET succeeded_at = :at", at=EVENING)
    return number


def listed(world, number, **changed):
    payment = world.payment(number)
    facts = {"kind": "payment", "amount": payment.received, "number": number} | changed
    return StatementLine(**facts)


def kinds(world, *lines, day=DAY):
    with world.app.app_context():
        found = compare("wechat_pay", Statement(day, lines, "digest"), zone=UTC)
        db.session.rollback()
    return [one.kind for one in found.differences]


def test_what_both_say_alike_is_no_difference(world, paid):
    assert kinds(world, listed(world, paid)) == []


def test_the_same_amount_of_another_currency_is_another_amount(world, paid):
    other = Money(world.payment(paid).received_amount, "USD")

    assert kinds(world, listed(world, paid, amount=other)) == ["payment-amount"]


def test_a_payment_that_another_day_listed_already_is_doubled(world, paid):
    world.sql("UPDATE payments SET statement_day = :day", day=DAY - timedelta(days=1))

    assert kinds(world, listed(world, paid)) == ["payment-doubled"]


def test_what_this_days_statement_listed_before_and_lists_no_longer_is_missing(world, paid):
    world.sql("UPDATE payments SET statement_day = :day, succeeded_at = :at", day=DAY, at=EVENING - timedelta(days=3))

    assert kinds(world) == ["payment-missing-there"]


@pytest.mark.parametrize(
    ("before_midnight", "expected"),
    [(MARGIN + timedelta(seconds=1), ["payment-missing-there"]), (MARGIN - timedelta(seconds=1), [])],
)
def test_what_moved_in_the_last_minutes_is_looked_for_in_the_next_days_statement(
    world, paid, before_midnight, expected
):
    midnight = datetime(2027, 5, 4, tzinfo=UTC)
    world.sql("UPDATE payments SET succeeded_at = :at", at=midnight - before_midnight)

    assert kinds(world) == expected
    tomorrow = kinds(world, day=DAY + timedelta(days=1))
    assert tomorrow == (["payment-missing-there"] if not expected else [])


def test_a_refund_that_was_made_although_another_took_its_place_is_found(world):
    order = world.late()
    world.sweep()
    refund = world.refund_row(order)
    world.sql("UPDATE refunds SET status = 'superseded'")
    line = StatementLine("refund", refund.money, number=world.number(order), refund_number=refund.number)
    world.falsified = True

    assert "refund-amount" in kinds(world, line)


def test_what_one_day_listed_stays_there_when_another_lists_it_too(world, paid):
    world.sql("UPDATE payments SET statement_day = :day", day=DAY - timedelta(days=1))
    with world.app.app_context():
        compared = compare("wechat_pay", Statement(DAY, (listed(world, paid),), "digest"), zone=UTC)
        db.session.rollback()
        night._remember(compared, DAY)

    assert world.payment(paid).statement_day == DAY - timedelta(days=1)


def test_two_workers_do_not_compare_one_day(world, paid):
    def claim():
        with world.app.app_context():
            (gateway,) = gateways().values()
            try:
                return night._claim(gateway, DAY)
            finally:
                db.session.remove()

    assert sorted(at_once(*[claim] * 6)) == [False] * 5 + [True]


def test_there_is_a_statement_of_a_day_on_which_money_moved(world, paid):
    with world.app.app_context():
        (real,) = gateways().values()
        gateway = WithoutStatement(real.name, UTC)
        with pytest.raises(StatementNotReady):
            night.reconcile(gateway, DAY)
        assert night.reconcile(gateway, DAY - timedelta(days=1)) == ()
        db.session.remove()


class WithoutStatement:
    """A gateway that says it has no statement of any day."""

    def __init__(self, name, zone):
        self.name, self.zone = name, zone

    def statement(self, day):
        return Statement(day, (), "digest", is_absent=True)

    def statement_due(self, day):
        return datetime.combine(day, datetime.min.time(), UTC) + timedelta(days=1)

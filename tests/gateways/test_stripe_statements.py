"""Stripe's own books of a day, against the simulated one."""

from datetime import UTC, date, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from shop.core.money import Money
from shop.gateways.errors import PaymentProviderDown, StatementNotReady
from shop.gateways.payment import StatementLine
from tests.simulators.merchant import NUMBER, REFUND, bought, gateway_at, repayment
from tests.simulators.stripe import SimulatedStripe

DAY = date(2026, 7, 14)
NOON = datetime(2026, 7, 14, 12, 0, 0, tzinfo=UTC)
NEXT_MORNING = datetime(2026, 7, 15, 4, 0, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(time_machine):
    """The moment at which these tests begin."""
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def stripe():
    with SimulatedStripe() as simulated:
        yield simulated


@pytest.fixture
def gateway(stripe):
    return gateway_at(stripe)


@pytest.fixture
def lines(gateway, time_machine):
    """Reads the lines of the day, the morning after."""

    def read():
        time_machine.move_to(NEXT_MORNING, tick=False)
        return gateway.statement(DAY).lines

    return read


def test_a_day_is_published_two_hours_after_its_end(gateway):
    assert gateway.statement_due(DAY) == datetime(2026, 7, 15, 2, 0, tzinfo=UTC)


def test_a_day_that_is_not_over_has_no_statement(stripe, gateway, time_machine):
    time_machine.move_to(datetime(2026, 7, 14, 23, 59, 59, tzinfo=UTC), tick=False)
    with pytest.raises(StatementNotReady) as refusal:
        gateway.statement(DAY)

    assert refusal.value.reason == "too-early"
    assert stripe.calls == []


def test_a_day_on_which_nothing_moved_is_empty(lines):
    assert lines() == ()


def test_payments_and_refunds_are_told_with_our_numbers_and_the_fee(stripe, gateway, lines):
    paid = bought(stripe, gateway).transaction_id
    made = gateway.refund(repayment(paid))
    stripe.refund_in_dashboard(paid, 500)

    by_hand, ours, payment = lines()
    assert payment == StatementLine(
        "payment", Money(3800, "EUR"), number=NUMBER, transaction_id=paid, fee=57 + 25, at=NOON
    )
    assert ours == StatementLine(
        "refund",
        Money(1900, "EUR"),
        number=NUMBER,
        transaction_id=paid,
        refund_number=REFUND,
        refund_id=made.refund_id,
        at=NOON,
    )
    assert (by_hand.refund_number, by_hand.transaction_id, by_hand.amount) == (None, paid, Money(500, "EUR"))


@pytest.mark.parametrize("method", ["wechat_pay", "alipay"])
def test_other_ways_to_pay_are_told_alike(stripe, gateway, lines, method):
    paid = bought(stripe, gateway, method=method).transaction_id
    gateway.refund(repayment(paid))

    assert [movement["type"] for movement in stripe.movements] == ["payment", "payment_refund"]
    assert [(line.kind, line.number) for line in lines()] == [("refund", NUMBER), ("payment", NUMBER)]


def test_a_refund_that_is_under_way_or_failed_is_told_as_such(stripe, gateway, lines):
    stripe.let_refunds("pending")
    paid = bought(stripe, gateway).transaction_id
    under_way = gateway.refund(repayment(paid))
    failed = gateway.refund(repayment(paid, number="R2"))
    stripe.settle_refund(failed.refund_id, "failed")

    assert [(line.refund_id, line.succeeded) for line in lines() if line.kind == "refund"] == [
        (failed.refund_id, False),
        (under_way.refund_id, False),
    ]


def test_a_dispute_takes_and_gives_back(stripe, gateway, lines):
    paid = bought(stripe, gateway).transaction_id
    dispute = stripe.dispute(paid)
    stripe.close_dispute(dispute["id"], "won")

    back, taken = (line for line in lines() if line.kind == "dispute")
    assert taken == StatementLine("dispute", Money(3800, "EUR"), transaction_id=paid, fee=2000, at=NOON)
    assert back == StatementLine("dispute", Money(3800, "EUR"), transaction_id=paid, at=NOON, succeeded=False)


def test_an_inquiry_moves_nothing(stripe, gateway, lines):
    paid = bought(stripe, gateway).transaction_id
    stripe.dispute(paid, status="warning_needs_response")

    assert [line.kind for line in lines()] == ["payment"]


def test_fees_of_their_own_are_told_and_payouts_are_not(stripe, lines):
    stripe.account.move("stripe_fee", -250)
    stripe.account.move("stripe_fee", 40)
    stripe.account.move("payout", -100_000)

    assert lines() == (
        StatementLine("fee", Money(40, "EUR"), at=NOON, succeeded=False),
        StatementLine("fee", Money(250, "EUR"), at=NOON),
    )


def test_what_was_paid_in_yuan_is_told_in_yuan_and_its_fee_in_euros(stripe, gateway, lines):
    paid = bought(stripe, gateway, amount=Money(10_000, "CNY")).transaction_id

    payment, fee = lines()
    assert (payment.amount, payment.fee) == (Money(10_000, "CNY"), 0)
    assert fee == StatementLine("fee", Money(20 + 25, "EUR"), transaction_id=paid, at=NOON)


def test_a_payment_of_somebody_else_in_the_account_is_told_without_number(stripe, gateway, lines):
    bought(stripe, gateway)
    [charge] = stripe.account.all_of("charge")
    charge["metadata"] = {}

    assert [line.number for line in lines()] == [None]


def test_a_movement_of_an_unheard_kind_is_left_out_and_logged(stripe, lines):
    moved = stripe.account.move("climate_order_purchase", -5)
    with capture_logs() as told:
        assert lines() == ()

    [line] = told
    assert (line["event"], line["movement"]) == ("stripe_movement_not_understood", moved["id"])


def test_a_day_begins_and_ends_at_midnight_utc(stripe, gateway, lines, time_machine):
    moments = {
        "before": datetime(2026, 7, 13, 23, 59, 59, tzinfo=UTC),
        "first": datetime(2026, 7, 14, 0, 0, 0, tzinfo=UTC),
        "last": datetime(2026, 7, 14, 23, 59, 59, tzinfo=UTC),
        "after": datetime(2026, 7, 15, 0, 0, 0, tzinfo=UTC),
    }
    for number, moment in moments.items():
        time_machine.move_to(moment, tick=False)
        bought(stripe, gateway, number=number, expires_at=moment + timedelta(minutes=40))

    assert [line.number for line in lines()] == ["last", "first"]


def test_a_long_day_is_read_to_its_end(stripe, gateway, lines):
    paid = bought(stripe, gateway, amount=Money(100_000, "EUR")).transaction_id
    for _ in range(249):
        stripe.refund_in_dashboard(paid, 1)
    stripe.requests.clear()

    assert len(lines()) == 250
    asked = [seen.fields for seen in stripe.requests if seen.path == "/v1/balance_transactions"]
    assert [fields["limit"] for fields in asked] == ["100"] * 3


def test_the_digest_changes_with_any_movement(stripe, gateway, time_machine):
    bought(stripe, gateway)
    time_machine.move_to(NEXT_MORNING, tick=False)
    digest = gateway.statement(DAY).digest

    assert gateway.statement(DAY).digest == digest
    assert len(digest) == 64
    stripe.movements[0]["net"] += 1
    assert gateway.statement(DAY).digest != digest


@pytest.mark.parametrize("kind", ["500-before", "429", "not-json", "cut"])
def test_books_that_do_not_come_are_a_provider_that_is_down(stripe, gateway, time_machine, kind):
    time_machine.move_to(NEXT_MORNING, tick=False)
    stripe.fail(kind)

    with pytest.raises(PaymentProviderDown):
        gateway.statement(DAY)


@pytest.mark.parametrize(
    "broken", [{"type": None}, {"amount": "3800"}, {"fee": None}, {"currency": 5}, {"source": None}], ids=str
)
def test_books_that_cannot_be_understood_are_not_believed(stripe, gateway, time_machine, broken):
    paid = bought(stripe, gateway).transaction_id
    stripe.dispute(paid)
    stripe.account.move("stripe_fee", -250)
    for movement in stripe.movements:
        if broken.keys() != {"source"} or movement["type"] == "charge":
            movement.update(broken)
    time_machine.move_to(NEXT_MORNING, tick=False)

    with pytest.raises(StatementNotReady) as refusal:
        gateway.statement(DAY)
    assert refusal.value.reason.startswith("not-understood")


def test_pages_that_never_end_are_given_up(stripe, gateway, time_machine, monkeypatch):
    monkeypatch.setattr("shop.gateways.stripe.client.MOST_PAGES", 2)
    paid = bought(stripe, gateway, amount=Money(100_000, "EUR")).transaction_id
    for _ in range(249):
        stripe.refund_in_dashboard(paid, 1)
    time_machine.move_to(NEXT_MORNING, tick=False)

    with pytest.raises(PaymentProviderDown):
        gateway.statement(DAY)

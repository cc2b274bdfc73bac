"""The audit sees what is wrong: rows are falsified behind the shop's back, one way for each claim."""

import pytest

from tests.factories.crowd import violations
from tests.factories.rows import change
from tests.factories.waiting import wait_until

REFUND = (
    "INSERT INTO refunds (id, order_id, payment_id, status, reason, amount, currency, created_at) "
    "SELECT gen_random_uuid(), order_id, id, 'pending', 'double', {amount}, '{currency}', now() "
    "FROM payments WHERE status = 'succeeded'"
)
FALSIFIED = [
    ("seats-taken", "UPDATE departures SET seats_taken = seats_taken + 1"),
    ("seats-taken", "UPDATE departures SET seats_taken = 0"),
    ("seats-taken", "UPDATE bookings SET status = 'released' WHERE order_id IS NULL"),
    ("booking-lines", "UPDATE booking_lines SET quantity = quantity + 1"),
    ("booking-lines", "UPDATE booking_lines SET price = price + 1"),
    ("booking-lines", "UPDATE bookings SET amount = 0"),
    ("booking-lines", "DELETE FROM booking_lines"),
    ("holds-end", "UPDATE bookings SET expires_at = now() - interval '62 seconds' WHERE order_id IS NULL"),
    ("confirmed-bookings", "UPDATE orders SET status = 'pending' WHERE status = 'paid'"),
    ("confirmed-bookings", "UPDATE bookings SET status = 'held' WHERE status = 'confirmed'"),
    ("confirmed-bookings", "UPDATE bookings SET status = 'confirmed' WHERE order_id IS NOT NULL"),
    ("valid-tickets", "UPDATE bookings SET status = 'cancelled' WHERE status = 'confirmed'"),
    ("tickets-issued", "DELETE FROM tickets WHERE position = 1"),
    ("tickets-issued", "DELETE FROM tickets"),
    ("order-totals", "UPDATE orders SET amount = amount + 1"),
    ("order-totals", "UPDATE bookings SET order_id = NULL WHERE status = 'held'"),
    ("money-of-orders", "UPDATE payments SET received_amount = received_amount - 1 WHERE status = 'succeeded'"),
    ("money-of-orders", "UPDATE orders SET status = 'cancelled' WHERE status = 'paid'"),
    ("money-of-orders", REFUND.format(amount=3800, currency="EUR")),
    ("refunds-within-payments", REFUND.format(amount=3801, currency="EUR")),
    ("refunds-within-payments", REFUND.format(amount=100, currency="CNY")),
    ("applied-once", "UPDATE payments SET disposition = 'surplus' WHERE status = 'succeeded'"),
    ("applied-once", "UPDATE payments SET received_currency = 'CNY' WHERE status = 'succeeded'"),
    ("orders-end", "UPDATE orders SET expires_at = now() - interval '62 seconds' WHERE status = 'pending'"),
    ("reviews-end", "UPDATE orders SET status = 'in_review', review_since = now() WHERE status = 'pending'"),
    ("reviews-end", "UPDATE orders SET status = 'in_review' WHERE status = 'pending'"),
    ("events-once", "UPDATE gateway_events SET outcome = 'received'"),
]


@pytest.fixture
def shop(app, tourist, other_tourist, catalogue):
    """A shop in which a little of everything happened."""
    departure = catalogue.departure()
    paid = tourist.ordered(departure, infants=1)
    tourist.pay_on_phone(tourist.payment(paid["id"]))
    tourist.ordered(departure)
    tourist.held(departure)
    ended = other_tourist.ordered(departure)
    other_tourist.post(f"/orders/{ended['id']}/cancel")
    wait_until(lambda: tourist.order(paid["id"])["status"] == "paid")
    assert violations(app) == []
    return app


def names(found):
    return {told.split(":")[0] for told in found}


@pytest.mark.parametrize(("name", "falsify"), FALSIFIED)
def test_a_falsified_row_is_told_by_the_audit(shop, name, falsify):
    assert change(shop, falsify) > 0

    found = violations(shop)

    assert name in names(found)
    assert all("=" in told for told in found)


def test_every_claim_is_falsified_above(app):
    assert {invariant.name for invariant in app.extensions["invariants"]} <= {name for name, _ in FALSIFIED}


@pytest.mark.parametrize(
    "still_right",
    [
        "UPDATE bookings SET expires_at = now() - interval '50 seconds' WHERE order_id IS NULL",
        "UPDATE orders SET expires_at = now() - interval '50 seconds' WHERE status = 'pending'",
    ],
)
def test_what_may_still_be_swept_is_no_violation(shop, still_right):
    assert change(shop, still_right) > 0

    assert violations(shop) == []


def test_the_audit_command_fails_with_what_it_found(shop):
    runner = shop.test_cli_runner()
    assert runner.invoke(args=["audit"]).exit_code == 0
    change(shop, "UPDATE departures SET seats_taken = seats_taken + 1")

    result = runner.invoke(args=["audit"])

    assert result.exit_code == 1
    assert "seats-taken" in result.output
    assert "seats_taken=7" in result.output

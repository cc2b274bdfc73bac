"""The audit sees what is wrong: rows are falsified behind the shop's back, one way for each claim."""

import pytest

from shop.books import invariants as books
from tests.factories.crowd import violations
from tests.factories.rows import change
from tests.factories.waiting import wait_until

REFUND = (
    "INSERT INTO refunds (id, order_id, payment_id, gateway, number, status, reason, amount, currency, created_at, "
    "next_check_at) SELECT gen_random_uuid(), order_id, id, {gateway}, 'r1', '{status}', 'double', {amount}, "
    "'{currency}', now(), now() - interval '{due} minutes' FROM {payments} AS paid WHERE status = 'succeeded'"
)
PENDING = {
    "gateway": "gateway",
    "status": "pending",
    "amount": 100,
    "currency": "EUR",
    "due": 0,
    "payments": "payments",
}
GONE = PENDING | {"status": "succeeded"}
COUNTED = (
    "WITH counted AS (UPDATE payments SET refunded = 100 WHERE status = 'succeeded' RETURNING *) "  # as owe_refund
)
WAITING = COUNTED + REFUND.format(**PENDING | {"payments": "counted", "due": "{due}"})
DISPUTE = (
    "INSERT INTO disputes (id, gateway, dispute_id, payment_id, order_id, status, amount, currency, reason, withheld, "
    "opened_at) "
    "SELECT gen_random_uuid(), gateway, 'dp_1', id, order_id, 'open', 3800, 'EUR', 'fraud', true, now() "
    "FROM payments WHERE status = 'succeeded'"
)
ADMITTED = (
    "WITH one AS (INSERT INTO staff (id, email, name, role, locale, created_at) "
    "VALUES (gen_random_uuid(), 'door@example.com', 'Door', 'guide', 'fr', now()) RETURNING id) "
    "INSERT INTO redemptions (act_id, act, outcome, ticket_id, departure_id, staff_id, device, offline, at) "
    "SELECT gen_random_uuid(), 'admit', '{outcome}', tickets.id, bookings.departure_id, one.id, 'x', false, now() "
    "FROM tickets JOIN bookings ON bookings.id = booking_id, one WHERE tickets.position = 1"
)
CALLED_OFF = (
    "INSERT INTO date_changes (id, departure_id, kind, reason, done_by, done_at, was_at) "
    "SELECT gen_random_uuid(), id, 'cancelled', 'weather', 'x', now() - interval '11 minutes', starts_at FROM dates"
)
CHOSEN = (
    f"WITH dates AS (SELECT * FROM departures), changed AS ({CALLED_OFF} RETURNING *) "
    "INSERT INTO date_choices (change_id, booking_id, until, state, ended_at) "
    "SELECT changed.id, bookings.id, now(), 'rebooked', now() FROM changed JOIN bookings USING (departure_id)"
)
FALSIFIED = [
    ("seats-taken", "UPDATE departures SET seats_taken = seats_taken + 1"),
    ("seats-taken", "UPDATE departures SET seats_taken = 0"),
    ("seats-taken", "UPDATE bookings SET status = 'released' WHERE order_id IS NULL"),
    ("seats-blocked", "UPDATE departures SET seats_blocked = seats_blocked + 1"),
    (
        "seats-blocked",
        "INSERT INTO seat_blocks (id, departure_id, seats, holder, created_at, created_by)"
        " SELECT gen_random_uuid(), id, 1, 'a school', now(), 'stock@example.com' FROM departures",
    ),
    ("booking-lines", "UPDATE booking_lines SET quantity = quantity + 1"),
    ("booking-lines", "UPDATE booking_lines SET price = price + 1"),
    ("booking-lines", "UPDATE bookings SET amount = 0"),
    ("booking-lines", "DELETE FROM booking_lines"),
    ("booking-lines", "UPDATE booking_lines SET cancelled = 1"),
    ("holds-end", "UPDATE bookings SET expires_at = now() - interval '62 seconds' WHERE order_id IS NULL"),
    ("confirmed-bookings", "UPDATE orders SET status = 'pending' WHERE status = 'paid'"),
    ("confirmed-bookings", "UPDATE bookings SET status = 'held' WHERE status = 'confirmed'"),
    ("confirmed-bookings", "UPDATE bookings SET status = 'confirmed' WHERE order_id IS NOT NULL"),
    ("valid-tickets", "UPDATE bookings SET status = 'cancelled' WHERE status = 'confirmed'"),
    ("tickets-issued", "DELETE FROM tickets WHERE position = 1"),
    ("tickets-issued", "DELETE FROM tickets"),
    ("tickets-issued", "UPDATE tickets SET status = 'void' WHERE position = 1"),
    ("order-totals", "UPDATE orders SET amount = amount + 1"),
    ("order-totals", "UPDATE bookings SET order_id = NULL WHERE status = 'held'"),
    ("money-of-orders", "UPDATE payments SET received_amount = received_amount - 1 WHERE status = 'succeeded'"),
    ("money-of-orders", "UPDATE orders SET status = 'refunded' WHERE status = 'paid'"),
    ("money-of-orders", "UPDATE orders SET status = 'partially_refunded' WHERE status = 'paid'"),
    ("money-of-orders", "UPDATE payments SET disposition = 'surplus' WHERE status = 'succeeded'"),
    ("money-of-orders", REFUND.format(**GONE)),
    ("confirmed-bookings", "UPDATE orders SET status = 'cancelled' WHERE status = 'paid'"),
    ("refunds-within-payments", "UPDATE payments SET refunded = 1 WHERE status = 'succeeded'"),
    ("refunds-within-payments", REFUND.format(**PENDING)),
    ("refunds-within-payments", REFUND.format(**PENDING | {"amount": 3801})),
    ("refunds-within-payments", COUNTED + REFUND.format(**PENDING | {"payments": "counted", "currency": "CNY"})),
    ("refunds-within-payments", COUNTED + REFUND.format(**PENDING | {"payments": "counted", "gateway": "'stripe'"})),
    ("refunds-move", WAITING.format(due=11)),
    ("journal-of-money", REFUND.format(**GONE)),
    ("journal-of-money", DISPUTE),
    ("journal-of-money", "UPDATE payments SET received_amount = received_amount + 1 WHERE status = 'succeeded'"),
    ("journal-of-money", "UPDATE payments SET gateway = 'stripe' WHERE status = 'succeeded'"),
    ("journal-of-money", "UPDATE payments SET in_books = false WHERE status = 'succeeded'"),
    ("applied-once", "UPDATE payments SET disposition = 'surplus' WHERE status = 'succeeded'"),
    ("applied-once", "UPDATE payments SET received_currency = 'CNY' WHERE status = 'succeeded'"),
    ("orders-end", "UPDATE orders SET expires_at = now() - interval '62 seconds' WHERE status = 'pending'"),
    ("reviews-end", "UPDATE orders SET status = 'in_review', review_since = now() WHERE status = 'pending'"),
    ("reviews-end", "UPDATE orders SET status = 'in_review' WHERE status = 'pending'"),
    ("admissions-count", "UPDATE tickets SET status = 'redeemed' WHERE position = 1"),
    ("admissions-told", ADMITTED.format(outcome="double")),
    ("admissions-count", ADMITTED.format(outcome="admitted")),
    ("choices-stand", CHOSEN),
    (
        "told-once",
        "INSERT INTO order_events (order_id, at, event, facts) "
        "SELECT id, now(), 'departure.moved', jsonb_build_object('change', 'x') FROM orders, generate_series(1, 2)",
    ),
    ("cancelled-dates-end", f"WITH dates AS (UPDATE departures SET status = 'cancelled' RETURNING *) {CALLED_OFF}"),
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
    of_the_books = {invariant.name for invariant in books.INVARIANTS}  # whose rows nobody can change: tests/books
    claimed = {invariant.name for invariant in app.extensions["invariants"]}

    assert claimed - of_the_books == {name for name, _ in FALSIFIED}


@pytest.mark.parametrize(
    "still_right",
    [
        "UPDATE bookings SET expires_at = now() - interval '50 seconds' WHERE order_id IS NULL",
        "UPDATE orders SET expires_at = now() - interval '50 seconds' WHERE status = 'pending'",
        WAITING.format(due=9),
        WAITING.format(due=11).replace("refunded = 100", "refunded = 100, refund_sent_at = now()"),
        DISPUTE.replace("true", "false"),
        "UPDATE tickets SET status = 'void', blocked_at = now()",
    ],
)
def test_what_may_still_be_swept_or_settled_is_no_violation(shop, still_right):
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

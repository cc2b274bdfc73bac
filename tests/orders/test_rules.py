"""The states of an order, and its number."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from sqlalchemy.exc import IntegrityError

from shop.core import clock
from shop.core.money import Money
from shop.orders import rules
from shop.orders.rules import TRANSITIONS, is_number, new_number
from shop.orders.schemas import ORDER_STATES
from shop.orders.services import settle
from tests.factories.crowd import within
from tests.factories.rows import change, rows

EVENTS = sorted({event for _, event in TRANSITIONS})
BOOKINGS = {
    "pending": "held",
    "in_review": "held",
    "paid": "confirmed",
    "partially_refunded": "confirmed",
    "refunded": "cancelled",
    "expired": "expired",
    "cancelled": "cancelled",
}
KEEPS_SEATS = {"held", "confirmed"}
TOLD = {
    "pay": "order.paid",
    "review": "order.in_review",
    "expire": "order.expired",
    "cancel": "order.cancelled",
    "give_up": "order.given_up",
    "accept": "order.accepted",
}
MONEY_BACK = {
    "refund_none",
    "refund_part",
    "refund_all",
}  # told by the refunds themselves; seats and tickets are another matter


def test_the_table_knows_only_the_states_of_an_order():
    assert {state for state, _ in TRANSITIONS} | set(TRANSITIONS.values()) <= set(ORDER_STATES)
    assert sorted({*TOLD, *MONEY_BACK}) == EVENTS


@pytest.mark.parametrize(("state", "event"), list(product(ORDER_STATES, EVENTS)), ids=lambda part: part)
def test_what_follows_is_what_the_table_says(state, event):
    assert rules.after(state, event) == TRANSITIONS.get((state, event))


def everything(app):
    return [
        rows(app, "SELECT status, amount, expires_at, paid_at, ended_at, review_since, complement_until FROM orders"),
        rows(app, "SELECT status, ended_at, expires_at FROM bookings"),
        rows(app, "SELECT seats_taken FROM departures"),
        rows(app, "SELECT event, facts FROM order_events ORDER BY id"),
        rows(app, "SELECT status FROM tickets"),
    ]


def happen(app, order_id, event, now):
    """Let an event come upon an order, as its callers do; gives whether it did something, or the refusal."""
    did = []

    def work():
        order = settle.lock_order(order_id)
        did.append(
            {
                "pay": lambda: settle.confirm(order, "order.paid", now=now),
                "review": lambda: settle.put_in_review(order, received=Money(100, "EUR"), now=now),
                "expire": lambda: settle.expire(order, now=now),
                "cancel": lambda: settle.cancel(order, now=now),
                "give_up": lambda: settle.give_up(order, now=now),
                "accept": lambda: settle.accept(order, by="office", now=now),
                "refund_none": lambda: settle.record_money_back(order, kept=3800, now=now),
                "refund_part": lambda: settle.record_money_back(order, kept=1, now=now),
                "refund_all": lambda: settle.record_money_back(order, kept=0, now=now),
            }[event]()
        )

    outcome = within(app, work)()
    return did[0] if outcome == "done" else outcome


@pytest.mark.parametrize("amount", [3800, 0], ids=["costly", "free"])
@pytest.mark.parametrize(("state", "event"), list(product(ORDER_STATES, EVENTS)), ids=lambda part: part)
def test_every_event_in_every_state(app, tourist, catalogue, state, event, amount):
    order_id = tourist.ordered(catalogue.departure())["id"]
    change(app, "UPDATE orders SET status = :state, amount = :amount", state=state, amount=amount)
    change(app, "UPDATE bookings SET status = :state", state=BOOKINGS[state])
    change(app, "UPDATE departures SET seats_taken = :taken", taken=2 if BOOKINGS[state] in KEEPS_SEATS else 0)
    before = everything(app)
    now = clock.now() + timedelta(minutes=5)

    did = happen(app, order_id, event, now)

    expected = TRANSITIONS.get((state, event))
    if event == "cancel" and state == "paid":
        expected = None  # what has tickets is cancelled ticket by ticket
    if event in MONEY_BACK and amount == 0:
        expected = None  # nothing can go back of what cost nothing
    if expected is None:
        if event == "cancel":
            assert did == ("cancelled-by-office-only" if state == "in_review" else None)
        else:
            assert did is (None if event in MONEY_BACK else False)
        assert everything(app) == before
        return
    assert did is (None if event in {"cancel", *MONEY_BACK} else True)
    orders, bookings, departures, events, tickets = everything(app)
    assert orders[0]["status"] == expected
    seats = BOOKINGS[state if event in MONEY_BACK else expected]
    assert bookings[0]["status"] == seats
    assert departures == [{"seats_taken": 2 if seats in KEEPS_SEATS else 0}]
    assert [one["event"] for one in events] == ["order.placed", *([] if event in MONEY_BACK else [TOLD[event]])]
    assert len(tickets) == (2 if expected == "paid" and event not in MONEY_BACK else 0)
    if event in MONEY_BACK:
        assert orders[0]["ended_at"] == (now if expected == "refunded" else None)
        return
    moment = {"paid": "paid_at", "in_review": "review_since"}.get(expected, "ended_at")
    assert orders[0][moment] == now


def test_an_order_that_was_paid_late_has_not_ended(app, tourist, catalogue):
    order_id = tourist.ordered(catalogue.departure())["id"]
    assert happen(app, order_id, "expire", clock.now()) is True

    assert happen(app, order_id, "pay", clock.now()) is True

    assert rows(app, "SELECT status, ended_at FROM orders") == [{"status": "paid", "ended_at": None}]


@pytest.mark.parametrize(
    ("kept", "status"),
    [(3801, "paid"), (3800, "paid"), (3799, "partially_refunded"), (1, "partially_refunded"), (0, "refunded")],
)
def test_only_what_goes_back_of_its_price_makes_an_order_refunded(app, tourist, catalogue, kept, status):
    order_id = tourist.ordered(catalogue.departure())["id"]
    happen(app, order_id, "pay", clock.now())

    def work():
        settle.record_money_back(settle.lock_order(order_id), kept=kept, now=clock.now())

    assert within(app, work)() == "done"

    assert tourist.order(order_id)["status"] == status


def test_an_order_whose_seats_are_gone_is_not_paid_and_has_no_tickets(app, tourist, catalogue):
    order_id = tourist.ordered(catalogue.departure(capacity=2))["id"]
    happen(app, order_id, "expire", clock.now())
    change(app, "UPDATE departures SET seats_taken = 1")
    before = everything(app)

    assert happen(app, order_id, "pay", clock.now()) is False

    assert everything(app) == before


@pytest.mark.parametrize(
    ("constraint", "wrong"),
    [
        ("ck_orders_status", "UPDATE orders SET status = 'lost'"),
        ("ck_orders_amount", "UPDATE orders SET amount = -1"),
        ("uq_orders_number", "UPDATE orders SET number = '1234567897'"),
        ("ck_tickets_status", "UPDATE tickets SET status = 'lost'"),
        ("uq_tickets_code", "UPDATE tickets SET code = 'INS1'"),
        ("uq_tickets_order_id_position", "UPDATE tickets SET position = 1"),
    ],
)
def test_the_database_itself_refuses_what_no_order_is(app, tourist, gift, constraint, wrong):
    for _ in range(2):
        assert tourist.ordered(gift())["status"] == "paid"

    with pytest.raises(IntegrityError, match=constraint):
        change(app, wrong)


def test_an_order_that_does_not_exist_cannot_be_locked(app):
    assert happen(app, "00000000-0000-0000-0000-000000000000", "pay", clock.now()) == "order-not-found"


@pytest.mark.parametrize(("minutes", "later"), [(-1, False), (0, False), (5, True)])
def test_an_order_is_prolonged_with_its_bookings_and_never_shortened(morning, app, tourist, catalogue, minutes, later):
    order, other = (tourist.ordered(catalogue.departure()) for _ in range(2))
    ends = rows(app, "SELECT expires_at FROM orders")[0]["expires_at"]
    until = ends + timedelta(minutes=minutes)

    assert within(app, lambda: settle.prolong(settle.lock_order(order["id"]), until=until))() == "done"

    expected = {order["id"]: until if later else ends, other["id"]: ends}
    for found in (
        rows(app, "SELECT id, expires_at FROM orders"),
        rows(app, "SELECT order_id AS id, expires_at FROM bookings"),
    ):
        assert {str(row["id"]): row["expires_at"] for row in found} == expected


class TestNumbers:
    def test_a_number_is_ten_digits_that_check(self):
        for _ in range(500):
            number = new_number()
            assert len(number) == 10
            assert number.isdigit()
            assert number[0] != "0"
            assert is_number(number)

    def test_numbers_are_chance(self):
        numbers = [new_number() for _ in range(2000)]

        assert len(set(numbers)) >= 1999
        assert len(Counter(number[0] for number in numbers)) == 9
        assert len(Counter(number[8] for number in numbers)) == 10
        assert numbers != sorted(numbers)

    @pytest.mark.parametrize("number", ["4821930577", "4821930579", "1000000008", "9999999990"])
    def test_the_check_digit_is_that_of_luhn(self, number):
        digits = [int(digit) for digit in number[::-1]]
        doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]

        assert is_number(number) == ((sum(digits[::2]) + sum(doubled)) % 10 == 0)

    def test_one_digit_misheard_is_noticed(self):
        number = new_number()
        for place, digit in product(range(10), "0123456789"):
            misheard = number[:place] + digit + number[place + 1 :]
            assert is_number(misheard) == (misheard == number)

    @pytest.mark.parametrize(
        "text",
        ["", "0", "48219305745", "482193057", "482-193-05", "４８２１９３０５７４", "abcdefghij"],
    )
    def test_what_is_no_number_is_none(self, text):
        assert not is_number(text)

    def test_a_digit_no_keyboard_has_is_none(self):
        number = new_number()

        assert not is_number(chr(ord("０") + int(number[0])) + number[1:])

    def test_it_is_shown_as_it_is_read_out(self, app, tourist, catalogue):
        order = tourist.ordered(catalogue.departure())

        kept = rows(app, "SELECT number FROM orders")[0]["number"]
        assert order["number"] == f"{kept[:3]}-{kept[3:6]}-{kept[6:]}"

    def test_a_number_that_is_taken_is_drawn_again(self, app, tourist, catalogue, monkeypatch):
        taken = tourist.ordered(catalogue.departure())["number"]
        drawn = iter([int(taken.replace("-", "")[:9]) - 100_000_000] * 3 + [382_193_057])
        monkeypatch.setattr("secrets.randbelow", lambda _below: next(drawn))

        assert tourist.ordered(catalogue.departure())["number"] == "482-193-0577"
        assert list(drawn) == []


class TestCancellationTerms:
    STARTS = datetime(2027, 5, 1, 12, tzinfo=UTC)
    TERMS = [{"until_hours": 24, "refund_percent": 50}, {"until_hours": 48, "refund_percent": 100}]

    @pytest.mark.parametrize(
        ("hours", "percent"), [(200, 100), (48, 100), (47.999, 50), (24, 50), (23.999, 0), (0, 0), (-1, 0)]
    )
    def test_the_last_step_still_open_decides(self, hours, percent):
        now = self.STARTS - timedelta(hours=hours)

        assert rules.refund_percent(self.TERMS, starts_at=self.STARTS, now=now) == percent

    def test_without_terms_nothing_goes_back(self):
        assert rules.refund_percent([], starts_at=self.STARTS, now=self.STARTS - timedelta(days=99)) == 0

    @pytest.mark.parametrize(
        ("price", "percent", "share"), [(1900, 50, 950), (1901, 50, 951), (1, 1, 1), (0, 100, 0), (1900, 100, 1900)]
    )
    def test_a_share_is_rounded_for_the_customer(self, price, percent, share):
        assert rules.share_back(price, percent) == share

    @pytest.mark.parametrize(
        ("minutes_before", "ends_before"),
        [(60 * 72, 60 * 72 - 10), (60 * 48 + 4, 60 * 48), (60 * 48, 60 * 48 - 10), (60 * 24 + 1, 60 * 24), (3, 0)],
    )
    def test_an_offer_ends_at_the_next_step(self, minutes_before, ends_before):
        ends = rules.offer_ends(self.TERMS, starts_at=self.STARTS, now=self.STARTS - timedelta(minutes=minutes_before))

        assert ends == self.STARTS - timedelta(minutes=ends_before)

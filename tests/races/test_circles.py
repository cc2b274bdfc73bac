"""Many orders over the same departures, ended by everybody at once: nobody waits in a circle."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from itertools import cycle, permutations

import pytest
import sqlalchemy as sa

from shop.booking import services as booking
from shop.core import clock
from shop.core.db import db, transaction
from shop.orders.services.place import place
from shop.orders.services.settle import lock_order
from shop.payments import flows
from shop.payments.services.attempts import lock_payment
from shop.payments.services.office import take_at_counter
from shop.payments.sweep import sweep
from tests.factories.crowd import at_once, inside, people, violations, waiting_for_a_lock, within
from tests.factories.rows import change, rows, value
from tests.factories.waiting import wait_until

CONTACT = {"name": "王小梅"}
HOLD = timedelta(minutes=15)


def hold(customer, departure, *, now):
    return booking.hold_seats(
        departure_id=departure, customer_id=customer, wanted={"adult": 1}, hold=HOLD, max_holds=1000, now=now
    ).id


def order(customer, departures, *, now):
    held = [hold(customer, departure, now=now) for departure in departures]
    return place(
        booking_ids=held, customer_id=customer, contact=CONTACT, accept_terms=True, locale="fr", hold=HOLD, now=now
    ).id


def order_step_by_step(customer, departures, *, now):
    """As a customer does: each hold a call of its own, then the order."""
    held = []
    for departure in departures:
        with transaction():
            held.append(hold(customer, departure, now=now))
    with transaction():
        place(
            booking_ids=held, customer_id=customer, contact=CONTACT, accept_terms=True, locale="fr", hold=HOLD, now=now
        )


def pay(order_id, *, now):
    found = lock_order(order_id)
    take_at_counter(found, found.total, gateway="cash", by="anne", now=now)
    return order_id


def deadlocks(app):
    """Those of the database so far; connections tell theirs when they end."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    return value(app, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")


@pytest.fixture
def departures(catalogue):
    return [catalogue.departure(capacity=500) for _ in range(3)]


@pytest.fixture
def customers(app):
    return [customer for customer, _ in people(app, 8)]


def test_placing_cancelling_and_expiring_at_once_never_deadlocks(app, departures, customers):
    before = deadlocks(app)
    now, earlier = clock.now(), clock.now() - timedelta(minutes=16)
    over = cycle([*permutations(departures), *((one,) for one in departures)])
    with app.app_context(), transaction():
        live = [(customer, order(customer, next(over), now=now)) for customer in customers * 3]
        for customer in customers * 6:
            order(customer, next(over), now=earlier)
        for customer in customers:
            hold(customer, next(over)[0], now=earlier)

    cancelling = [
        within_each(
            app,
            [partial(flows.cancel_order, order_id, customer_id=customer, quote=None) for customer, order_id in part],
        )
        for part in (live[0::3], live[1::3], live[2::3][::-1])
    ]
    placing = [
        within_each(app, [partial(order_step_by_step, customer, next(over), now=now) for _ in range(6)])
        for customer in customers[:3]
    ]
    sweeping = [within_each(app, [sweep] * 2) for _ in range(3)]
    outcomes = Counter(outcome for outcomes in at_once([*cancelling, *placing, *sweeping]) for outcome in outcomes)

    assert deadlocks(app) == before, outcomes
    assert set(outcomes) == {"done"}
    with app.app_context():
        sweep()
    ended = Counter(row["status"] for row in rows(app, "SELECT status FROM orders"))
    assert ended == {"cancelled": len(live), "expired": 48, "pending": 18}
    assert violations(app) == []


def test_cancelling_paid_orders_as_their_departure_is_cancelled_never_deadlocks(app, departures, customers):
    """All of them write in the same journal; each gives back once, at departures and of money."""
    before, now = deadlocks(app), clock.now()
    over = cycle([*permutations(departures), *((one,) for one in departures)])
    with app.app_context(), transaction():
        paid = [(customer, pay(order(customer, next(over), now=now), now=now)) for customer in customers * 2]
    change(app, "UPDATE departures SET status = 'cancelled' WHERE id = :id", id=departures[0])

    cancelling = [
        within_each(app, [partial(flows.cancel_order, order_id, customer_id=who, quote=None) for who, order_id in part])
        for part in (paid[0::2], paid[1::2][::-1], paid[::-1])
    ]
    outcomes = Counter(outcome for part in at_once([*cancelling, *[within_each(app, [sweep])] * 2]) for outcome in part)

    assert deadlocks(app) == before, outcomes
    assert set(outcomes) == {"done"}
    assert [row["seats_taken"] for row in rows(app, "SELECT seats_taken FROM departures")] == [0, 0, 0]
    owed = "SELECT sum(refunds.amount) FROM refunds WHERE refunds.order_id = orders.id"
    assert value(app, f"SELECT count(*) FROM orders WHERE amount = ({owed})") == len(paid)
    assert violations(app) == []


def test_two_sweeps_of_orders_over_the_same_departures_never_deadlock(app, departures, customers):
    """Each sweep ends many orders; what one has given back must not keep another from giving back."""
    before = deadlocks(app)
    began = clock.now() - timedelta(minutes=20)
    first, second = departures[:2]
    with app.app_context(), transaction():
        for number, departure in enumerate([first] * 49 + [second] * 50 + [first]):
            order(customers[0], [departure], now=began + timedelta(seconds=number))

    outcomes = Counter(outcome for part in at_once([within_each(app, [sweep])] * 2) for outcome in part)

    assert deadlocks(app) == before, outcomes
    assert outcomes == {"done": 2}
    assert {row["status"] for row in rows(app, "SELECT status FROM orders")} == {"expired"}
    assert violations(app) == []


def test_an_orders_row_is_locked_before_its_own_payments(app, departures, customers):
    now = clock.now()
    with app.app_context(), transaction():
        pay(order(customers[0], departures[:1], now=now), now=now)
    payment = value(app, "SELECT id FROM payments")

    with ThreadPoolExecutor(1) as pool:
        with app.app_context(), db.engine.begin() as connection:
            connection.execute(sa.text("SELECT 1 FROM payments FOR UPDATE"))
            locking = pool.submit(within(app, partial(lock_payment, payment)))
            wait_until(lambda: waiting_for_a_lock(app) == 1)
            with db.engine.begin() as other:
                free = other.execute(sa.text("SELECT 1 FROM orders FOR UPDATE SKIP LOCKED")).all()
        assert locking.result(timeout=20) == "done"

    assert free == []


def test_a_sweep_and_a_customer_who_cancels_do_not_wait_in_a_circle(app, departures, customers):
    """The customer has given back at the first departure and waits at the second; the sweep ends an order at the
    third, then one at the first."""
    before = deadlocks(app)
    first, second, third = sorted(departures)
    now = clock.now()
    with app.app_context(), transaction():
        theirs = order(customers[0], [first, second, third], now=now)
        order(customers[1], [third], now=now - timedelta(minutes=17))
        order(customers[2], [first], now=now - timedelta(minutes=16))

    with ThreadPoolExecutor(2) as pool:
        with app.app_context(), db.engine.begin() as connection:
            connection.execute(sa.text("SELECT 1 FROM departures WHERE id = :id FOR UPDATE"), {"id": second})
            cancelling = pool.submit(
                inside(app, partial(flows.cancel_order, theirs, customer_id=customers[0], quote=None))
            )
            wait_until(lambda: waiting_for_a_lock(app) == 1)
            sweeping = pool.submit(inside(app, sweep))
            wait_until(lambda: waiting_for_a_lock(app) == 2)
        outcomes = cancelling.result(timeout=20), sweeping.result(timeout=20)

    assert outcomes == ("done", "done")
    assert deadlocks(app) == before
    assert violations(app) == []


def test_ending_orders_takes_departures_in_one_order_whatever_the_bookings_say(app, departures, customers):
    """Two orders over two departures, ended at once and again: the second waits for the first, not in a circle."""
    before = deadlocks(app)
    for _ in range(6):
        with app.app_context(), transaction():
            orders = [
                (customer, order(customer, way, now=clock.now()))
                for customer, way in zip(customers, cycle([departures, departures[::-1]]), strict=False)
            ]
        ends = [
            inside(app, partial(flows.cancel_order, order_id, customer_id=customer, quote=None))
            for customer, order_id in orders
        ]
        assert set(at_once(ends)) == {"done"}

    assert deadlocks(app) == before
    assert [row["seats_taken"] for row in rows(app, "SELECT seats_taken FROM departures")] == [0, 0, 0]
    assert violations(app) == []


def test_an_order_cancelled_and_expired_at_the_same_moment_gives_back_once(app, catalogue, customers):
    departure = catalogue.departure(capacity=50)
    with app.app_context(), transaction():
        hold(customers[0], departure, now=clock.now())
    for _ in range(10):
        with app.app_context(), transaction():
            order_id = order(customers[1], [departure], now=clock.now() - timedelta(minutes=16))
        cancelling = inside(app, partial(flows.cancel_order, order_id, customer_id=customers[1], quote=None))

        assert set(at_once([cancelling, inside(app, sweep), cancelling, inside(app, sweep)])) == {"done"}
        assert catalogue.seats_taken(departure) == 1

    assert {row["status"] for row in rows(app, "SELECT status FROM orders")} <= {"cancelled", "expired"}
    assert violations(app) == []


def test_one_booking_put_in_two_orders_at_once_is_in_one(app, catalogue, customers):
    departure = catalogue.departure()
    for _ in range(10):
        with app.app_context(), transaction():
            held = hold(customers[0], departure, now=clock.now())
        placing = within(
            app,
            partial(
                place,
                booking_ids=[held],
                customer_id=customers[0],
                contact=CONTACT,
                accept_terms=True,
                locale="fr",
                hold=HOLD,
                now=clock.now(),
            ),
        )
        letting_go = within(app, partial(booking.release, held, customer_id=customers[0], now=clock.now()))

        outcomes = Counter(at_once([placing, placing, letting_go]))

        assert outcomes in (
            Counter({"done": 1, "booking-ordered": 2}),
            Counter({"done": 1, "booking-expired": 2}),
        )
        change(app, "UPDATE bookings SET status = 'released' WHERE status = 'held'")
        change(app, "UPDATE orders SET status = 'cancelled' WHERE status = 'pending'")
        change(app, "UPDATE departures SET seats_taken = 0")


def within_each(app, works):
    """One thread's share of the work, one piece after the other; gives what became of each."""
    pieces = [inside(app, work) for work in works]
    return lambda: [piece() for piece in pieces]

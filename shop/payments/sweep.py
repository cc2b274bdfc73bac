"""Finishing what is due by time, whoever left it: holds, orders, payments to ask about, reviews.

Any number of workers may sweep at once, at any time: each claims other rows, or finds them done.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

import structlog

from shop.booking import services as booking
from shop.core import clock
from shop.core.db import db, transaction
from shop.gateways.errors import PaymentProviderDown, StillBeingPaid
from shop.orders.models import Order
from shop.orders.services import choices
from shop.orders.services import settle as orders
from shop.orders.services.due import due_orders
from shop.payments import rules
from shop.payments.errors import PaymentInProgress
from shop.payments.flows import ask_and_close, end_attempts_and_lock, gateway_of, talk
from shop.payments.follow_up import follow_up_events
from shop.payments.models import Payment
from shop.payments.refunding import send_refunds
from shop.payments.services import attempts, departures
from shop.payments.services.settle import give_up_review, reviews_to_give_up, settle
from shop.payments.turns import MOST_FAILURES, Round, turn
from shop.staff.services.attention import tell_staff

log = structlog.get_logger()


def sweep() -> None:
    """Finish everything that is due by time."""
    expire_holds()
    expire_orders()
    follow_up_events()
    check_payments()
    give_up_reviews()
    end_cancelled_departures()
    tell_of_moved_dates()
    send_refunds()


def expire_holds() -> None:
    """Give back the seats of holds whose time is over."""
    while True:
        with transaction():
            ended = booking.expire_due(now=clock.now())
        if not ended:
            return
        log.info("holds_expired", count=ended)


def expire_orders() -> None:
    """End orders whose time is over and that no payment keeps."""
    _each("order_expired", due_orders(kept=attempts.has_live_payment(), now=clock.now()), _expire_order)


def give_up_reviews() -> None:
    """Give up orders in review that nobody decided upon for a day."""
    _each("review_given_up", reviews_to_give_up(now=clock.now()), lambda order: give_up_review(order, now=clock.now()))


def end_cancelled_departures() -> None:
    """Offer those who have booked at a cancelled departure another date, or cancel and give all of its price back.

    Orders that nobody is paying come first: a gateway that does not answer keeps only the others waiting.
    """
    this_round, failures = Round(), 0
    for order_id in departures.orders_to_end(live=attempts.has_live_payment(), now=clock.now()):
        if failures >= MOST_FAILURES or not this_round.has_time:
            return
        with turn("end_departure", order=str(order_id)):
            failures += not _end_departure(order_id)


def _end_departure(order_id: UUID) -> bool:
    """Cancel what an order has at cancelled departures; False if its gateway does not let go of it now."""
    try:
        with end_attempts_and_lock(order_id) as order:
            departures.end(order, now=clock.now())
    except (PaymentProviderDown, PaymentInProgress):
        log.info("departure_cancelled_later", order=str(order_id))
        return False
    log.info("departure_cancelled", order=str(order_id))
    return True


def tell_of_moved_dates() -> None:
    """Tell everybody whose date was moved, order by order."""
    _each("date_moved", choices.orders_to_tell(), lambda order: choices.tell_of_move(order, now=clock.now()))


def check_payments() -> None:
    """Ask about every pending payment that is due, one after the other, as long as the budget of time lasts.

    A gateway that fails twice is left alone until the next sweep. Several of these may run at once, on any number
    of workers: each claims other payments.
    """
    this_round = Round()
    while this_round.has_time:
        due = _claim(1, silent=this_round.silent)
        if not due:
            break
        name = db.session.get_one(Payment, due[0]).gateway
        with turn("check_payment", payment=str(due[0])):
            this_round.failures[name] += not _check_or_put_off(due[0])
    for name, failures in this_round.failures.items():
        for payment_id in _claim(200, only=name) if failures else ():
            _without_asking(payment_id)


def _claim(most: int, *, silent: Sequence[str] = (), only: str | None = None) -> Sequence[UUID]:
    with transaction():
        return attempts.claim_due(now=clock.now(), limit=most, silent=silent, only=only)


def _expire_order(order: Order) -> None:
    if not attempts.live_payments(order.id) and order.expires_at <= clock.now():
        orders.expire(order, now=clock.now())


def _each(action: str, order_ids: Sequence[UUID], work: Callable[[Order], object]) -> None:
    """Do something with each of some orders, locked, in a transaction of its own; one that fails stops no other."""
    for order_id in order_ids:
        with turn(action, order=str(order_id)):
            with transaction():
                work(orders.lock_order(order_id))
            log.info(action, order=str(order_id))


def _check_or_put_off(payment_id: UUID) -> bool:
    """Ask about a claimed payment; False if its gateway did not answer."""
    try:
        check_payment(payment_id)
    except StillBeingPaid:
        _could_not_ask(payment_id)
    except PaymentProviderDown:
        _could_not_ask(payment_id)
        return False
    return True


def _without_asking(payment_id: UUID) -> None:
    """A claimed payment whose gateway seems to be silent: its seats are not kept longer for that."""
    now = clock.now()
    payment = db.session.get_one(Payment, payment_id)
    if not rules.may_still_be_paid(now=now, payment_expires=payment.expires_at):
        _could_not_ask(payment_id)
        return
    with transaction():
        attempts.give_back([payment_id], now=now)


def check_payment(payment_id: UUID) -> None:
    """Ask about a pending payment: settle it if it was paid; end it, and its order, if its time is over.

    Raises:
        PaymentProviderDown: the gateway does not answer.
    """
    payment = db.session.get_one(Payment, payment_id)
    if payment.status != "pending":
        return
    until = payment.order.payable_until
    if until is None or clock.now() >= until:
        ask_and_close(payment)
        with transaction():
            _expire_order(orders.lock_order(payment.order_id))
        return
    gateway = gateway_of(payment)
    number, reference = payment.number, payment.reference
    facts = talk(lambda: gateway.find(number, reference))
    with transaction():
        settle(gateway.name, facts, now=clock.now())
        if facts.state == "closed":
            attempts.close(payment_id, now=clock.now())
        elif facts.state != "paid":
            attempts.ask_again(payment_id, now=clock.now())


def _could_not_ask(payment_id: UUID) -> None:
    """The gateway is silent: keep the seats while a payment may still succeed, then give them back."""
    now = clock.now()
    with transaction():
        payment = attempts.lock_payment(payment_id)
        if payment.status != "pending":
            return
        order = payment.order
        if order.status != "pending":
            attempts.ask_again(payment_id, now=now)
        elif now < order.expires_at or rules.may_still_be_paid(now=now, payment_expires=payment.expires_at):
            attempts.ask_again_soon(payment_id, now=now)
        else:
            attempts.ask_again(payment_id, now=now)
            orders.expire(order, now=now)
            tell_staff("gateway-silent", order.spoken_number, now=now, payment=payment.number)

"""What needs a gateway in the middle: write down, talk, write down.

Each flow opens its own short transactions and talks to the gateway between them, never inside. A process that
dies between two steps leaves a pending payment, which the sweep asks about and finishes. Views and jobs call
flows; flows call services.
"""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import structlog

from shop.booking import services as booking
from shop.core import clock
from shop.core.db import db, end_reading, transaction
from shop.core.i18n import DEFAULT, match_language, pick
from shop.core.settings import settings
from shop.gateways.errors import PaymentProviderDown, StillBeingPaid
from shop.gateways.payment import Charge, PaymentGateway
from shop.orders.models import Order
from shop.orders.services import settle as orders
from shop.orders.services.due import due_orders
from shop.orders.services.show import get_order
from shop.payments import rules
from shop.payments.errors import OrderNotPayable, PaymentInProgress
from shop.payments.methods import gateway_for, gateway_named
from shop.payments.models import Payment
from shop.payments.services import attempts
from shop.payments.services.settle import give_up_review, reviews_to_give_up, settle
from shop.staff.services import settle_attention, tell_staff

log = structlog.get_logger()
Answer = TypeVar("Answer")

MOST_FAILURES = 2  # in one sweep, before a gateway is left alone
BUDGET = 20.0  # seconds of one sweep; a slow gateway must not keep the worker from everything else
ATTEMPTS_TO_END = 3  # a customer who opens payments while cancelling is followed so many times


def open_payment(order_id: UUID, *, customer_id: UUID, method: str, payer: str) -> Payment:
    """Open a payment of an order at a gateway. An earlier attempt is asked about and closed first.

    Args:
        payer: the customer's openid.

    Raises:
        OrderNotFound, OrderNotPayable, MethodNotOffered: by the order.
        PaymentInProgress: another request is opening a payment of it.
        PaymentProviderDown: the gateway does not answer; the seats are still held.
    """
    order = get_order(order_id, customer_id=customer_id)
    attempts.check_payable(order, clock.now())
    gateway = gateway_for(method, order.total)
    end_attempts(order_id)
    with transaction():
        payment = attempts.intend(
            order_id,
            gateway=gateway,
            method=method,
            hold=timedelta(minutes=settings().hold_minutes),
            now=clock.now(),
        )
        charge = _charge(payment, payer)
    payment_id = payment.id
    try:
        reference = _talk(lambda: gateway.open(charge))
    except PaymentProviderDown:
        _refuse_if_overtaken(payment_id)
        raise
    with transaction():
        opened = attempts.record_opened(payment_id, reference)
    if opened is None:
        _talk(lambda: gateway.close(charge.number))
        _refuse_if_overtaken(payment_id)
    assert opened is not None
    return opened


def _refuse_if_overtaken(payment_id: UUID) -> None:
    """Say why an attempt was ended while the gateway was being told of it: another one, or its order's end.

    Raises:
        PaymentInProgress: another attempt took its place.
        OrderNotPayable: the order ended, or was paid.
    """
    payment = db.session.get_one(Payment, payment_id, populate_existing=True)
    if payment.status == "closed":
        if payment.order.status == "pending":
            raise PaymentInProgress
        raise OrderNotPayable(order_status=payment.order.status)


def end_attempts(order_id: UUID) -> None:
    """Ask about every live attempt of an order and close it; one that turns out paid is settled.

    Raises:
        PaymentProviderDown: the gateway does not answer, or will not close it now.
    """
    for payment in attempts.live_payments(order_id):
        _ask_and_close(payment)


def cancel_order(order_id: UUID, *, customer_id: UUID) -> None:
    """Cancel an order at its customer's wish; if it was about to be paid, the gateway is asked and closed first.

    Raises:
        OrderNotFound, CancelledByOfficeOnly, TooLateToCancel: by the order.
        PaymentInProgress: payments of it are being opened all the time.
        PaymentProviderDown: the gateway does not answer; nothing was cancelled.
    """
    get_order(order_id, customer_id=customer_id)
    for _ in range(ATTEMPTS_TO_END):
        end_attempts(order_id)
        with transaction():
            order = orders.lock_order(order_id)
            if not attempts.live_payments(order_id):
                orders.cancel(order, now=clock.now())
                return
    raise PaymentInProgress


def sweep() -> None:
    """Finish everything that is due by time. Any number of workers may do it at once, at any time."""
    expire_holds()
    expire_orders()
    check_payments()
    give_up_reviews()


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


def check_payments() -> None:
    """Ask about every pending payment that is due, one after the other, as long as the budget of time lasts.

    A gateway that fails twice is left alone until the next sweep. Several of these may run at once, on any number
    of workers: each claims other payments.
    """
    until = time.monotonic() + BUDGET
    failures = 0
    while time.monotonic() < until and failures < MOST_FAILURES:
        due = _claim(1)
        if not due:
            return
        failures += not _check_or_put_off(due[0])
    if failures:
        for payment_id in _claim(200):
            _without_asking(payment_id)


def _claim(most: int) -> Sequence[UUID]:
    with transaction():
        return attempts.claim_due(now=clock.now(), limit=most)


def _expire_order(order: Order) -> None:
    if not attempts.live_payments(order.id) and order.expires_at <= clock.now():
        orders.expire(order, now=clock.now())


def _each(action: str, order_ids: Sequence[UUID], work: Callable[[Order], object]) -> None:
    """Do something with each of some orders, locked, in a transaction of its own; one that fails stops no other."""
    for order_id in order_ids:
        try:
            with transaction():
                work(orders.lock_order(order_id))
            log.info(action, order=str(order_id))
        except Exception as failure:  # noqa: BLE001 -- the edge of the sweep: the next order must have its turn
            log.error("sweep_failed", action=action, order=str(order_id), error=type(failure).__name__)


def _check_or_put_off(payment_id: UUID) -> bool:
    """Ask about a claimed payment; False if its gateway did not answer. A mistake of ours stops no other payment."""
    try:
        check_payment(payment_id)
    except StillBeingPaid:
        _could_not_ask(payment_id)
    except PaymentProviderDown:
        _could_not_ask(payment_id)
        return False
    except Exception as failure:  # noqa: BLE001 -- the edge of the sweep: the lease brings this payment back
        log.error("sweep_failed", action="check_payment", payment=str(payment_id), error=type(failure).__name__)
        db.session.rollback()
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
    if clock.now() >= payment.order.expires_at or payment.order.status != "pending":
        _ask_and_close(payment)
        with transaction():
            _expire_order(orders.lock_order(payment.order_id))
        return
    gateway = _gateway_of(payment)
    number = payment.number
    facts = _talk(lambda: gateway.find(number))
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


def _ask_and_close(payment: Payment) -> None:
    """Ask, close, ask again: a close that was accepted is no proof (WeChat Pay answers 204 to unknown numbers).

    Raises:
        PaymentProviderDown: no answer, or the buyer is paying at this very moment.
    """
    gateway = _gateway_of(payment)
    payment_id, number = payment.id, payment.number
    facts = _talk(lambda: gateway.find(number))
    if facts.state in {"unpaid", "paying", "unknown"}:
        _talk(lambda: gateway.close(number))
        facts = _talk(lambda: gateway.find(number))
    with transaction():
        settle(gateway.name, facts, now=clock.now())
        settle_attention("gateway-silent", db.session.get_one(Payment, payment_id).order.spoken_number, now=clock.now())
        if facts.state in {"closed", "unknown"}:
            attempts.close(payment_id, now=clock.now())
    if facts.state in {"unpaid", "paying"}:
        raise StillBeingPaid


def _gateway_of(payment: Payment) -> PaymentGateway:
    gateway = gateway_named(payment.gateway)
    if gateway is None:
        log.error("gateway_not_set_up", gateway=payment.gateway)
        raise PaymentProviderDown
    return gateway


def _talk(call: Callable[[], Answer]) -> Answer:
    """Call a gateway, with no transaction open."""
    end_reading()
    return call()


def _charge(payment: Payment, payer: str) -> Charge:
    """What the buyer is asked to pay, told in the language of the order."""
    language = match_language(payment.order.locale) or DEFAULT
    titles = {pick(held.departure.tour.title, language) or "" for held in payment.order.bookings}
    return Charge(
        number=payment.number,
        amount=payment.money,
        description=" + ".join(sorted(titles)),
        payer=payer,
        expires_at=payment.expires_at,
        notify_url=f"{settings().public_url}/callbacks/wechat-pay",
    )

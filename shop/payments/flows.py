"""What needs a gateway in the middle: write down, talk, write down.

Each flow opens its own short transactions and talks to the gateway between them, never inside. A process that
dies between two steps leaves a pending payment, which the sweep asks about and finishes. Views and jobs call
flows; flows call services.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import structlog

from shop.core import clock
from shop.core.db import db, end_reading, transaction
from shop.core.i18n import DEFAULT, match_language, pick
from shop.core.settings import settings
from shop.gateways.errors import PaymentProviderDown, StillBeingPaid
from shop.gateways.payment import Charge, PaymentGateway
from shop.orders.errors import QuoteChanged
from shop.orders.models import Order
from shop.orders.services import settle as orders
from shop.orders.services.show import get_order
from shop.payments.errors import OrderNotPayable, PaymentInProgress
from shop.payments.methods import gateway_named
from shop.payments.models import Payment
from shop.payments.quotes import NOT_OURS, read_quote
from shop.payments.services import attempts, cancelling
from shop.payments.services.settle import settle
from shop.staff.services.attention import settle_attention

log = structlog.get_logger()
Answer = TypeVar("Answer")

ATTEMPTS_TO_END = 3  # a customer who opens payments while cancelling is followed so many times


def open_payment(order_id: UUID, *, customer_id: UUID, method: str) -> Payment:
    """Open a payment of an order at a gateway. An earlier attempt is asked about and closed first.

    Raises:
        OrderNotFound, OrderNotPayable, MethodNotOffered: by the order.
        PaymentInProgress: another request is opening a payment of it.
        PaymentProviderDown: the gateway does not answer; the seats are still held.
    """
    try:
        intent = _intend(order_id, customer_id, method)
    except PaymentInProgress:
        end_attempts(order_id)
        intent = _intend(order_id, customer_id, method)
    gateway, charge = intent.gateway, _charge(intent)
    try:
        reference = talk(lambda: gateway.open(charge))
    except PaymentProviderDown:
        _refuse_if_overtaken(intent.payment.id)
        raise
    with transaction():
        opened = attempts.record_opened(intent.payment, reference)
    if opened is None:
        talk(lambda: gateway.close(charge.number, reference))
        _refuse_if_overtaken(intent.payment.id)
    assert opened is not None
    return opened


def _intend(order_id: UUID, customer_id: UUID, method: str) -> attempts.Intent:
    hold = timedelta(minutes=settings().hold_minutes)
    with transaction():
        return attempts.intend(order_id, customer_id=customer_id, method=method, hold=hold, now=clock.now())


def _refuse_if_overtaken(payment_id: UUID) -> None:
    """Say why an attempt was ended while the gateway was being told of it: another one, or its order's end.

    Raises:
        PaymentInProgress: another attempt took its place.
        OrderNotPayable: the order ended, or was paid.
    """
    payment = db.session.get_one(Payment, payment_id, populate_existing=True)
    if payment.status == "closed":
        if payment.order.payable_until is not None:
            raise PaymentInProgress
        raise OrderNotPayable(order_status=payment.order.status)


def end_attempts(order_id: UUID) -> None:
    """Ask about every live attempt of an order and close it; one that turns out paid is settled.

    Raises:
        PaymentProviderDown: the gateway does not answer, or will not close it now.
    """
    for payment in attempts.live_payments(order_id):
        ask_and_close(payment)


def cancel_order(order_id: UUID, *, customer_id: UUID, quote: str | None) -> None:
    """Cancel an order at its customer's wish. Not paid yet, the gateway is asked and closed first; paid, what the
    terms say goes back. What is over already stays as it is.

    Args:
        quote: the offer its customer was shown; None accepts what the terms say now.

    Raises:
        OrderNotFound, CancelledByOfficeOnly: by the order.
        QuoteChanged, TooLateToCancel, TicketVoid, TicketRedeemed, TicketNotFound: by the offer.
        PaymentInProgress: payments of it are being opened all the time.
        PaymentProviderDown: the gateway does not answer; nothing was cancelled.
    """
    was = get_order(order_id, customer_id=customer_id).status
    accepted = None if quote is None else read_quote(quote, settings().secret_key) or NOT_OURS
    with end_attempts_and_lock(order_id) as order:
        if order.status == "pending":
            orders.cancel(order, now=clock.now())
        elif was == "pending" and order.status == "paid" and order.amount:
            raise QuoteChanged  # it was paid meanwhile: its customer shall see first what goes back
        else:
            cancelling.cancel(order, accepted, now=clock.now())


@contextmanager
def end_attempts_and_lock(order_id: UUID) -> Iterator[Order]:
    """A transaction on a locked order that nobody can be paying for.

    Raises:
        PaymentInProgress: payments of it are being opened all the time.
        PaymentProviderDown: the gateway does not answer.
    """
    for _ in range(ATTEMPTS_TO_END):
        end_attempts(order_id)
        with transaction():
            order = orders.lock_order(order_id)
            if not attempts.live_payments(order_id):
                yield order
                return
    raise PaymentInProgress


def ask_and_close(payment: Payment) -> None:
    """Ask, close, ask again: a close that was accepted is no proof (WeChat Pay answers 204 to unknown numbers).

    Raises:
        PaymentProviderDown: no answer, or the buyer is paying at this very moment.
    """
    gateway = gateway_of(payment)
    payment_id, number, reference = payment.id, payment.number, payment.reference
    facts = talk(lambda: gateway.find(number, reference))
    if facts.state in {"unpaid", "paying", "unknown"}:
        talk(lambda: gateway.close(number, reference))
        facts = talk(lambda: gateway.find(number, reference))
    with transaction():
        settle(gateway.name, facts, now=clock.now())
        settle_attention("gateway-silent", db.session.get_one(Payment, payment_id).order.spoken_number, now=clock.now())
        if facts.state in {"closed", "unknown"}:
            attempts.close(payment_id, now=clock.now())
    if facts.state in {"unpaid", "paying"}:
        raise StillBeingPaid


def gateway_of(payment: Payment) -> PaymentGateway:
    gateway = gateway_named(payment.gateway)
    if gateway is None:
        log.error("gateway_not_set_up", gateway=payment.gateway)
        raise PaymentProviderDown
    return gateway


def talk(call: Callable[[], Answer]) -> Answer:
    """Call a gateway, with no transaction open."""
    end_reading()
    return call()


def _charge(intent: attempts.Intent) -> Charge:
    """What the buyer is asked to pay, told in the language of the order."""
    payment, order = intent.payment, intent.order
    language = match_language(order.locale) or DEFAULT
    titles = {pick(held.departure.tour.title, language) or "" for held in order.bookings}
    return Charge(
        number=payment.number,
        amount=payment.money,
        description=" + ".join(sorted(titles)),
        payer=intent.payer,
        expires_at=payment.expires_at,
        notify_url=f"{settings().public_url}/callbacks/{intent.gateway.callback}",
        return_url=f"{settings().public_url}/paid",
    )

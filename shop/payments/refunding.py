"""Sending refunds on their way, and asking what became of them: write down, talk, write down.

A refund keeps one number for ever, so asking twice gives back once. Any number of workers may do this at once.
"""

from uuid import UUID

from shop.core import clock
from shop.core.db import db, transaction
from shop.core.settings import settings
from shop.gateways.errors import PaymentProviderDown, RefundNotNow, RefundRefused
from shop.gateways.payment import GatewayRefund, PaymentGateway
from shop.payments.flows import talk
from shop.payments.methods import gateway_named
from shop.payments.models import Refund
from shop.payments.services import refunds
from shop.payments.services.refunded import settle_refund, succeed
from shop.payments.turns import Round, turn


def send_refunds() -> None:
    """Ask for, or about, every refund that is due, one after the other, as long as the budget of time lasts."""
    this_round = Round()
    while this_round.has_time:
        with transaction():
            refund_id = refunds.claim_due(now=clock.now(), silent=this_round.silent)
        if refund_id is None:
            return
        name = db.session.get_one(Refund, refund_id).gateway
        with turn("send_refund", refund=str(refund_id)):
            this_round.failures[name] += not _send_or_put_off(refund_id)


def _send_or_put_off(refund_id: UUID) -> bool:
    """Move one claimed refund on; False if its gateway did not answer."""
    try:
        move_on(refund_id)
    except RefundNotNow as later:
        _write_down_later(refund_id, later.reason)
    except PaymentProviderDown:
        _write_down_later(refund_id, "no-answer")
        return False
    return True


def _write_down_later(refund_id: UUID, reason: str) -> None:
    with transaction():
        refunds.ask_later(refund_id, reason=reason, now=clock.now())


def move_on(refund_id: UUID) -> None:
    """Ask the gateway for a refund, or about one it has accepted, and act upon the answer.

    Raises:
        RefundNotNow: it can be made later.
        PaymentProviderDown: no answer; nobody knows whether it was made.
    """
    refund = db.session.get_one(Refund, refund_id)
    if refund.status != "pending":
        return
    if refund.gateway == refunds.WITHOUT_MONEY:
        with transaction():
            succeed(refunds.lock_refund(refund_id), at=clock.now(), now=clock.now())
        return
    gateway = gateway_named(refund.gateway)
    if gateway is None:
        raise PaymentProviderDown
    try:
        facts = _ask(gateway, refund)
    except RefundRefused as refused:
        with transaction():
            locked = refunds.lock_refund(refund_id)
            if locked.status == "pending":
                refunds.fail(locked, refused.reason, now=clock.now())
        return
    with transaction():
        settle_refund(gateway.name, facts, now=clock.now())


def _ask(gateway: PaymentGateway, refund: Refund) -> GatewayRefund:
    """Ask about a refund that was accepted, or else for it: with its one number, as often as needed."""
    wanted = refunds.repayment(refund, notify_url=f"{settings().public_url}/callbacks/{gateway.callback}")
    if refund.accepted_at is not None:
        facts = talk(lambda: gateway.find_refund(wanted))
        if facts.state != "unknown":
            return facts
        if refund.origin == "gateway":  # made there by somebody else: never asked for by the shop
            raise RefundNotNow("not-found")
    return talk(lambda: gateway.refund(wanted))

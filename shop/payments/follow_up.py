"""Asking a gateway what an event of its is about, where the event alone is only a reason to ask.

Write down (the inbox did), talk, write down. An event waits in the inbox until this is done, whoever dies.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from shop.core import clock
from shop.core.db import db, transaction
from shop.gateways.errors import PaymentProviderDown
from shop.gateways.payment import PaymentGateway, TellsDisputes, TellsRefunds
from shop.payments.flows import talk
from shop.payments.methods import gateway_named
from shop.payments.models import GatewayEvent, Payment
from shop.payments.services import attempts, inbox
from shop.payments.services.disputes import settle_dispute
from shop.payments.services.refunded import settle_refund
from shop.payments.services.settle import settle
from shop.payments.turns import Round, turn
from shop.staff.services.attention import tell_staff

PATIENCE = timedelta(minutes=30)  # for the payment of a refund that was told first
MONEY_MOVED = ("succeeded", "completed")  # how the names of events end that tell of money


def follow_up_events() -> None:
    """Ask about every event that waits, oldest first, as long as the budget of time lasts."""
    this_round = Round()
    while this_round.has_time:
        with transaction():
            event_id = inbox.claim_due(now=clock.now())
        if event_id is None:
            return
        with turn("follow_up", notice=str(event_id)):
            _follow_up_or_put_off(event_id)


def _follow_up_or_put_off(event_id: UUID) -> None:
    try:
        follow_up(event_id)
    except PaymentProviderDown:
        with transaction():
            inbox.look_again(event_id, now=clock.now())


def follow_up(event_id: UUID) -> None:
    """Ask about one event and act upon the answer.

    Raises:
        PaymentProviderDown: the gateway does not answer, or is no longer set up.
    """
    event = db.session.get_one(GatewayEvent, event_id)
    if event.next_look_at is None:
        return
    gateway = gateway_named(event.gateway)
    if gateway is None:
        raise PaymentProviderDown
    subject: Mapping[str, Any] = event.facts["subject"]
    if subject["dispute_id"] and isinstance(gateway, TellsDisputes):
        _about_dispute(gateway, subject["dispute_id"], event_id)
    elif "refund" in event.event_type and isinstance(gateway, TellsRefunds):
        _about_refunds(gateway, subject["transaction_id"], event_id)
    else:
        _about_payment(gateway, event, subject)


def _about_dispute(gateway: PaymentGateway, dispute_id: str, event_id: UUID) -> None:
    assert isinstance(gateway, TellsDisputes)
    facts = talk(lambda: gateway.find_dispute(dispute_id))
    with transaction():
        inbox.done(event_id, settle_dispute(gateway.name, facts, now=clock.now()))


def _about_refunds(gateway: PaymentGateway, transaction_id: str, event_id: UUID) -> None:
    assert isinstance(gateway, TellsRefunds)
    told = talk(lambda: gateway.refunds_of(transaction_id))
    if told and _is_too_early(gateway.name, transaction_id, event_id):
        with transaction():
            inbox.look_again(event_id, now=clock.now())
        return
    outcomes = ["nothing-to-refund"]
    for facts in told:
        with transaction():
            outcomes.append(settle_refund(gateway.name, facts, now=clock.now()))
    with transaction():
        inbox.done(event_id, outcomes[-1])


def _is_too_early(gateway: str, transaction_id: str, event_id: UUID) -> bool:
    """Whether a refund is told of before the payment it belongs to is known; for a while that is no mistake."""
    event = db.session.get_one(GatewayEvent, event_id)
    known = (Payment.gateway == gateway, Payment.transaction_id == transaction_id, Payment.status == "succeeded")
    is_known = db.session.scalar(sa.select(Payment.id).where(*known)) is not None
    return not is_known and clock.now() - event.received_at < PATIENCE


def _about_payment(gateway: PaymentGateway, event: GatewayEvent, subject: Mapping[str, Any]) -> None:
    event_id, event_type, facts = event.id, event.event_type, event.facts
    known = [Payment.number == subject["payment_number"]] if subject["payment_number"] else []
    if subject["transaction_id"]:
        known.append(Payment.transaction_id == subject["transaction_id"])
    ours = sa.select(Payment.id, Payment.number, Payment.reference).where(
        Payment.gateway == gateway.name, sa.or_(sa.false(), *known)
    )
    row = db.session.execute(ours.limit(1)).first()
    if row is None:
        with transaction():
            if event_type.endswith(MONEY_MOVED):
                number = subject["payment_number"] or subject["transaction_id"] or event_type
                told = {name: fact for name, fact in facts.items() if name != "subject"}
                tell_staff("unmatched-payment", number, now=clock.now(), **told)
            inbox.done(event_id, "unknown-order")
        return
    payment_id, number, reference = row
    found = talk(lambda: gateway.find(number, reference))
    with transaction():
        outcome = settle(gateway.name, found, now=clock.now())
        if found.state == "closed":
            attempts.close(payment_id, now=clock.now())
        inbox.done(event_id, outcome)

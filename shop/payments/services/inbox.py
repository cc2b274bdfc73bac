"""The inbox: each verified message of a gateway is kept once and acted upon at most once.

The caller owns the transaction.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import sqlalchemy as sa

from shop.core.db import db
from shop.core.ids import new_id
from shop.core.plain import in_this_transaction, rows
from shop.gateways.payment import Notice
from shop.payments.models import GatewayEvent
from shop.payments.services.refunded import settle_refund, to_remember
from shop.payments.services.settle import settle
from shop.staff.services.attention import tell_staff

LEASE = timedelta(seconds=30)  # how long one worker keeps an event to itself
USUAL = "applied"  # what nearly always becomes of a notice

_KEEP = """
    INSERT INTO gateway_events
        (id, gateway, event_id, event_type, received_at, headers, body, facts, outcome, next_look_at)
    SELECT id, gateway, event_id, event_type, received_at, headers, body, facts, outcome, next_look_at
    FROM json_populate_recordset(NULL::gateway_events, %(events)s)
    ON CONFLICT (gateway, event_id) DO NOTHING RETURNING id
"""


def receive(gateway: str, notice: Notice, *, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Keep a verified notice and act upon it.

    The same notice arriving twice at once waits for the first here, on the unique event id; and finds it done.

    Returns:
        What was done: an outcome of `settle` or `settle_refund`; `known`; `asked-for`, if the gateway must be asked
        before anything is done; or `not-acted-upon`.
    """
    facts = dict(notice.facts) | ({"refund": to_remember(notice.refund)} if notice.refund else {})
    event = {
        "id": new_id(),
        "gateway": gateway,
        "event_id": notice.event_id,
        "event_type": notice.event_type,
        "received_at": now,
        "headers": dict(headers),
        "body": body.decode("utf-8") if notice.sealed else f"sha256:{sha256(body).hexdigest()}",
        "facts": facts | ({"subject": asdict(notice.subject)} if notice.subject else {}),
        "outcome": USUAL,  # nobody sees it before it is so, or is put right below
        "next_look_at": now if notice.subject else None,
    }
    if not in_this_transaction(_KEEP, {"events": rows([event])}):
        return "known"
    outcome = _act(gateway, notice, now)
    if outcome != USUAL:
        db.session.execute(sa.update(GatewayEvent).where(GatewayEvent.id == event["id"]).values(outcome=outcome))
    return outcome


def _act(gateway: str, notice: Notice, now: datetime) -> str:
    if notice.subject is not None:
        return "asked-for"
    if notice.payment is not None and notice.payment.state == "paid":
        return settle(gateway, notice.payment, now=now)
    if notice.refund is not None:
        return settle_refund(gateway, notice.refund, now=now)
    if not notice.harmless:
        tell_staff("unexpected-notice", notice.event_id, now=now, event_type=notice.event_type, **notice.facts)
    return "not-acted-upon"


def claim_due(*, now: datetime) -> UUID | None:
    """An event because of which a gateway should be asked now; kept from other workers for a while."""
    event = db.session.scalar(
        sa.select(GatewayEvent)
        .where(GatewayEvent.next_look_at <= now)
        .order_by(GatewayEvent.next_look_at, GatewayEvent.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if event is None:
        return None
    event.next_look_at = now + LEASE
    return event.id


def look_again(event_id: UUID, *, now: datetime) -> None:
    """The gateway could not be asked: later, and the later the older the event is."""
    event = db.session.get_one(GatewayEvent, event_id, with_for_update=True)
    event.next_look_at = now + max(LEASE, (now - event.received_at) / 2)


def done(event_id: UUID, outcome: str) -> None:
    """Write down what was made of an event."""
    event = db.session.get_one(GatewayEvent, event_id, with_for_update=True)
    event.outcome, event.next_look_at = outcome, None

"""The inbox: each verified message of a gateway is kept once and acted upon at most once.

The caller owns the transaction.
"""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from shop.core.db import db
from shop.core.ids import new_id
from shop.gateways.payment import Notice
from shop.payments.models import GatewayEvent
from shop.payments.services.settle import settle
from shop.staff.services import tell_staff


def receive(gateway: str, notice: Notice, *, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Keep a verified notice and act upon it.

    The same notice arriving twice at once waits for the first here, on the unique event id; and finds it done.

    Returns:
        What was done: an outcome of `settle`, `known`, or `not-acted-upon`.
    """
    event_id = db.session.scalar(
        insert(GatewayEvent)
        .values(
            id=new_id(),
            gateway=gateway,
            event_id=notice.event_id,
            event_type=notice.event_type,
            received_at=now,
            headers=dict(headers),
            body=body.decode("utf-8"),
            facts=dict(notice.facts),
            outcome="received",
        )
        .on_conflict_do_nothing(index_elements=["gateway", "event_id"])
        .returning(GatewayEvent.id)
    )
    if event_id is None:
        return "known"
    outcome = _act(gateway, notice, now)
    db.session.execute(sa.update(GatewayEvent).where(GatewayEvent.id == event_id).values(outcome=outcome))
    return outcome


def _act(gateway: str, notice: Notice, now: datetime) -> str:
    if notice.payment is not None and notice.payment.state == "paid":
        return settle(gateway, notice.payment, now=now)
    tell_staff("unexpected-notice", notice.event_id, now=now, event_type=notice.event_type, **notice.facts)
    return "not-acted-upon"

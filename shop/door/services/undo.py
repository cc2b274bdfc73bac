"""Taking an admission back within a quarter of an hour."""

from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from shop.core.db import db
from shop.door import rules
from shop.door.errors import AdmittedBySomebodyElse, NotAdmitted, UndoTooLate
from shop.door.models import Redemption
from shop.door.services.find import last_act
from shop.orders.models import Ticket
from shop.staff.services.attention import settle_attention


def undo(ticket: Ticket, act: rules.Act, *, door: rules.Doorkeeper, now: datetime) -> Literal["undone", "withdrawn"]:
    """Move a ticket from redeemed back to valid; or withdraw an admission that never counted.

    Raises:
        NotAdmitted: nobody was let in with this ticket, or it was somebody else's turn since.
        AdmittedBySomebodyElse: a colleague let them in, and whoever asks is no manager.
        UndoTooLate: that was more than a quarter of an hour ago.
    """
    admission = _admission(ticket, act)
    if not rules.may_undo(admitted_by=admission.staff_id, staff_id=door.staff_id, role=door.role):
        raise AdmittedBySomebodyElse(by=admission.member.name)
    if not rules.in_time_to_undo(admission.at, now):
        raise UndoTooLate(minutes=int(rules.UNDO_WITHIN.total_seconds() // 60))
    if admission.outcome != "admitted":  # a second admission of a ticket, made without the shop: the first one stands
        left = _without_effect(ticket) - 1
        if left < 0:
            raise NotAdmitted
        if not left:
            settle_attention(ATTENTION[admission.outcome], ticket.reference, now=now)
        return "withdrawn"
    moved = (
        sa.update(Ticket)
        .where(Ticket.id == ticket.id, Ticket.status == "redeemed")
        .values(status=sa.case((Ticket.blocked_at.is_(None), "valid"), else_="void"))
        .returning(Ticket.id)
        .execution_options(synchronize_session=False)
    )
    if db.session.scalar(moved) is None:
        raise NotAdmitted
    db.session.refresh(ticket)
    return "undone"


def _without_effect(ticket: Ticket) -> int:
    """Admissions of a ticket that never counted and were not withdrawn yet."""
    told = sa.func.count().filter(Redemption.outcome.in_(["double", "unwarranted"]))
    withdrawn = sa.func.count().filter(Redemption.outcome == "withdrawn")
    counted = db.session.scalar(sa.select(told - withdrawn).where(Redemption.ticket_id == ticket.id))
    return counted or 0


ATTENTION = {"double": "double-admission", "unwarranted": "unwarranted-admission"}


def _admission(ticket: Ticket, act: rules.Act) -> Redemption:
    last = last_act(ticket.id)
    counts = last if last is not None and last.outcome == "admitted" and ticket.status == "redeemed" else None
    if act.of is None or (counts is not None and counts.act_id == act.of):
        found = counts
    else:
        found = db.session.scalar(
            sa.select(Redemption)
            .where(
                Redemption.act_id == act.of,
                Redemption.ticket_id == ticket.id,
                Redemption.outcome.in_(["double", "unwarranted"]),
            )
            .order_by(Redemption.id.desc())
            .limit(1)
        )
    if found is None:
        raise NotAdmitted
    return found

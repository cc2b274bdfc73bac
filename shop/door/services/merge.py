"""One act of a device, told now or later, once or several times: it counts once, and nothing passes unnoticed."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from shop.core.db import db
from shop.core.errors import Refusal
from shop.door import rules
from shop.door.errors import ActReused, NotOurTicket
from shop.door.models import Redemption
from shop.door.services import admit, undo
from shop.door.services.find import find_ticket, is_renewed
from shop.orders.errors import TicketVoid
from shop.orders.models import Ticket
from shop.staff.services.attention import tell_staff


@dataclass(frozen=True)
class Done:
    """What became of an act.

    Args:
        outcome: of Redemption; `refused` also for what is no ticket of ours, which leaves no row.
        refusal: why somebody is not, or ought not to have been, let in.
        known: it had been told before, and nothing was done now.
    """

    outcome: str
    ticket: Ticket | None = None
    refusal: Refusal | None = None
    known: bool = False


def carry_out(act: rules.Act, *, door: rules.Doorkeeper, now: datetime) -> Done:
    """Admit or undo what a device says, or say why not. Declining is an outcome here: it is kept like the others.

    Raises:
        ActReused: the device has given two acts one id, both at this very moment.
    """
    ticket = find_ticket(act)
    if ticket is None:
        return Done("refused", refusal=NotOurTicket())
    if told := _told_before(act, ticket, door=door, now=now):
        return told
    done = _admit(ticket, act, door=door, now=now) if act.act == "admit" else _undo(ticket, act, door=door, now=now)
    if done.known:
        return done
    _keep(act, done, ticket, door=door, now=now)
    if kind := undo.ATTENTION.get(done.outcome):
        starts_at = ticket.booking.departure.local_start.isoformat()
        tell_staff(kind, ticket.reference, now=now, departure=starts_at, reason=done.refusal and done.refusal.code)
    return done


def _admit(ticket: Ticket, act: rules.Act, *, door: rules.Doorkeeper, now: datetime) -> Done:
    if is_renewed(act, ticket):
        return Done("unwarranted" if act.offline else "refused", ticket, TicketVoid())
    if admit.admit(ticket, door=door):
        return Done("admitted", ticket)
    if told := _told_before(act, ticket, door=door, now=now):  # by the same device, at the same moment
        return told
    refusal = admit.why_not(ticket, door=door, now=now)
    if not act.offline:
        return Done("refused", ticket, refusal)
    return Done("double" if refusal.code == "ticket-used" else "unwarranted", ticket, refusal)


def _undo(ticket: Ticket, act: rules.Act, *, door: rules.Doorkeeper, now: datetime) -> Done:
    declined, outcome = None, "refused"
    try:
        outcome = undo.undo(ticket, act, door=door, now=now)
    except Refusal as refusal:
        declined = refusal
    return Done(outcome, ticket, declined)


def _told_before(act: rules.Act, ticket: Ticket, *, door: rules.Doorkeeper, now: datetime) -> Done | None:
    """What became of this act when it was told before.

    An act that was refused while the device could not hear it, and that the device then decided alone, is a new one:
    somebody is in.
    """
    rows = db.session.scalars(
        sa.select(Redemption).where(Redemption.act_id == act.id).order_by(Redemption.id.desc())
    ).all()
    if any((row.ticket_id, row.act, row.staff_id) != (ticket.id, act.act, door.staff_id) for row in rows):
        return Done("refused", ticket, ActReused(), known=True)
    row = next((row for row in rows if row.outcome != "refused" or row.offline == act.offline), None)
    if row is None:
        return None
    refusal = admit.why_not(ticket, door=door, now=now) if row.reason and row.act == "admit" else None
    return Done(row.outcome, ticket, refusal, known=True)


def _keep(act: rules.Act, done: Done, ticket: Ticket, *, door: rules.Doorkeeper, now: datetime) -> None:
    new = insert(Redemption).values(
        act_id=act.id,
        act=act.act,
        outcome=done.outcome,
        reason=done.refusal.code if done.refusal else None,
        ticket_id=ticket.id,
        departure_id=door.departure_id,
        staff_id=door.staff_id,
        device=door.device,
        offline=act.offline,
        device_at=act.device_at,
        at=now,
    )
    kept = new.on_conflict_do_nothing(index_elements=["act_id", "offline"]).returning(Redemption.id)
    if db.session.scalar(kept) is None:
        raise ActReused

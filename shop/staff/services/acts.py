"""The trail of what the staff did, and read of people. Added to, never changed. The caller owns the transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from shop.core.db import db
from shop.core.pages import page
from shop.staff.models import StaffAct
from shop.staff.texts import ACTS

PAGE = 50


def record(
    act: str,
    subject: str,
    *,
    who: str,
    staff_id: UUID | None,
    address: str,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add an act to the trail.

    Args:
        act: a key of texts.ACTS.
        subject: what it was done to, as the staff know it: an order's number, a tour's name, an address.
        before, after: JSON; what changed, nothing secret.
    """
    if act not in ACTS:
        raise KeyError(act)
    db.session.add(
        StaffAct(
            at=now,
            staff_id=staff_id,
            who=who,
            address=address,
            act=act,
            subject=subject,
            before=dict(before) if before is not None else None,
            after=dict(after) if after is not None else None,
        )
    )


def list_acts(*, who: str | None, subject: str | None, cursor: str | None) -> dict[str, Any]:
    """What was done, the latest first, as a page of StaffAct."""
    statement = sa.select(StaffAct)
    if who:
        statement = statement.where(StaffAct.who == who.strip().lower())
    if subject:
        statement = statement.where(StaffAct.subject == subject.strip())
    return page(statement, key=[sa.desc(StaffAct.id)], cursor=cursor, size=PAGE)


def known(act: str) -> str:
    """An act that has a text.

    Raises:
        KeyError: it has none.
    """
    ACTS[act]
    return act

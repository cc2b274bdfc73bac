"""Telling the staff what needs a decision. The caller owns the transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from shop.core import metrics
from shop.core.db import db
from shop.core.ids import new_id
from shop.staff.models import Attention
from shop.staff.texts import ATTENTION

log = structlog.get_logger()


def tell_staff(kind: str, subject: str, *, now: datetime, **facts: Any) -> None:
    """Put something on the list of what needs a decision, count it, and log it.

    The same kind and subject told again raises the count of the open entry.

    Args:
        kind: a key of texts.ATTENTION.
        facts: JSON; nothing personal.
    """
    if kind not in ATTENTION:
        raise KeyError(kind)
    new = insert(Attention).values(
        id=new_id(), kind=kind, subject=subject, facts=facts, times=1, first_at=now, last_at=now
    )
    db.session.execute(
        new.on_conflict_do_update(
            index_elements=["kind", "subject"],
            index_where=sa.text("resolved_at IS NULL"),
            set_={"times": Attention.times + 1, "last_at": now, "facts": new.excluded.facts},
        )
    )
    metrics.ATTENTION.labels(kind).inc()
    log.warning("attention", kind=kind, subject=subject, **facts)


def settle_attention(kind: str, subject: str, *, now: datetime) -> None:
    """Take something off the list, because it was decided or has mended itself."""
    db.session.execute(
        sa.update(Attention)
        .where(Attention.kind == kind, Attention.subject == subject, Attention.resolved_at.is_(None))
        .values(resolved_at=now)
    )


def is_told(kind: str, subject: sa.SQLColumnExpression[str]) -> sa.ColumnElement[bool]:
    """The condition that something is on the list."""
    return sa.exists().where(Attention.kind == kind, Attention.subject == subject, Attention.resolved_at.is_(None))


def open_attention() -> Sequence[Attention]:
    """What needs a decision now, oldest first."""
    return db.session.scalars(
        sa.select(Attention).where(Attention.resolved_at.is_(None)).order_by(Attention.first_at, Attention.id)
    ).all()

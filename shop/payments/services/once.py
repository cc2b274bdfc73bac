"""A form of the staff is carried out once, however often it is sent. The caller owns the transaction."""

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from shop.core.db import db
from shop.payments.models import SentForm

KEPT = timedelta(days=2)


def first_time(form_id: UUID, *, now: datetime) -> bool:
    """Whether a form was not carried out before. Sent twice at once, the second waits here for the first."""
    new = insert(SentForm).values(id=form_id, at=now).on_conflict_do_nothing(index_elements=["id"])
    return db.session.scalar(new.returning(SentForm.id)) is not None


def remember_order(form_id: UUID, order_id: UUID) -> None:
    """Which order a form has made, to be shown if it is sent again."""
    db.session.execute(sa.update(SentForm).where(SentForm.id == form_id).values(order_id=order_id))


def order_made_by(form_id: UUID) -> UUID | None:
    """The order that a form has made."""
    return db.session.scalar(sa.select(SentForm.order_id).where(SentForm.id == form_id))


def forget(*, now: datetime) -> None:
    """Delete what was sent so long ago that nobody sends it again."""
    db.session.execute(sa.delete(SentForm).where(SentForm.at < now - KEPT))

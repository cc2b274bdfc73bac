"""Everything the staff can know of one order, in a number of queries that does not grow. Nothing is changed here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import lazyload

from shop.books.models import Document
from shop.books.services.documents import documents_of
from shop.core.db import db
from shop.core.ids import new_id
from shop.core.pages import page
from shop.orders.models import Order, OrderEvent, OrderNote, Ticket
from shop.payments.errors import RefundNotFound
from shop.payments.models import Dispute, Payment, Refund, RefundRequest
from shop.payments.services.approvals import requests_of
from shop.payments.services.refunds import refundable
from shop.payments.services.search import find_order
from shop.staff.models import Attention

MOST = 500  # events, notes, tickets of one order


@dataclass(frozen=True)
class Folder:
    """An order and all that belongs to it."""

    order: Order
    tickets: Sequence[Ticket]
    payments: Sequence[Payment]
    refunds: Sequence[Refund]
    disputes: Sequence[Dispute]
    documents: Sequence[Document]
    requests: Sequence[RefundRequest]
    attention: Sequence[Attention]
    events: Sequence[OrderEvent]
    notes: Sequence[OrderNote]
    left: int  # minor units that could still go back


def open_folder(number: str) -> Folder:
    """An order by its number, with everything that happened to it.

    Raises:
        OrderNotFound: there is none.
    """
    order = find_order(number)
    payments, refunds = _of(Payment, order.id), _of(Refund, order.id)
    subjects = [order.spoken_number, *(row.number for row in payments), *(row.number for row in refunds)]
    return Folder(
        order=order,
        tickets=_tickets(order.id),
        payments=payments,
        refunds=refunds,
        disputes=_of(Dispute, order.id),
        documents=documents_of(order),
        requests=requests_of(order.id),
        attention=_attention(subjects),
        events=_of(OrderEvent, order.id),
        notes=_of(OrderNote, order.id),
        left=refundable(order.id),
    )


def write_note(order: Order, text: str, *, staff_id: UUID, who: str, now: datetime) -> OrderNote:
    """Keep what one of the staff writes about an order, for the staff alone."""
    note = OrderNote(id=new_id(), order_id=order.id, staff_id=staff_id, who=who, at=now, text=text)
    db.session.add(note)
    db.session.flush()
    return note


def find_refund(number: str) -> Refund:
    """The refund of a number.

    Raises:
        RefundNotFound: there is none.
    """
    found = db.session.scalar(sa.select(Refund).where(Refund.number == number).order_by(Refund.id).limit(1))
    if found is None:
        raise RefundNotFound
    return found


def open_refunds(status: str, *, cursor: str | None, size: int) -> dict[str, Any]:
    """Refunds that are `pending` or `needs_attention`, the longest waiting first, as a page."""
    return page(sa.select(Refund).where(Refund.status == status), key=[Refund.id], cursor=cursor, size=size)


def waiting_requests(*, now: datetime, limit: int) -> Sequence[RefundRequest]:
    """Refunds that wait for a second person, the longest waiting first."""
    waiting = (RefundRequest.status == "waiting", RefundRequest.expires_at > now)
    return db.session.scalars(sa.select(RefundRequest).where(*waiting).order_by(RefundRequest.id).limit(limit)).all()


def in_review(*, limit: int) -> Sequence[Order]:
    """Orders whose money does not match, the longest waiting first."""
    return db.session.scalars(sa.select(Order).where(Order.status == "in_review").order_by(Order.id).limit(limit)).all()


def open_disputes(*, limit: int) -> Sequence[tuple[Dispute, str]]:
    """Disputes that are open, each with the number of its order, the oldest first."""
    rows = db.session.execute(
        sa.select(Dispute, Order.number)
        .join(Order, Order.id == Dispute.order_id)
        .where(Dispute.status == "open")
        .order_by(Dispute.id)
        .limit(limit)
    )
    return [(dispute, number) for dispute, number in rows]


def open_entries(kinds: Sequence[str], *, limit: int) -> Sequence[Attention]:
    """What of these kinds waits for a decision, the oldest first."""
    waiting = (Attention.resolved_at.is_(None), Attention.kind.in_(kinds))
    found = sa.select(Attention).where(*waiting).order_by(Attention.first_at, Attention.id).limit(limit)
    return db.session.scalars(found).all()


def find_entry(kind: str, subject: str) -> Attention | None:
    """What waits for a decision, by its kind and subject."""
    waiting = (Attention.resolved_at.is_(None), Attention.kind == kind, Attention.subject == subject)
    return db.session.scalar(sa.select(Attention).where(*waiting))


def _tickets(order_id: UUID) -> Sequence[Ticket]:
    found = sa.select(Ticket).where(Ticket.order_id == order_id).order_by(Ticket.position).limit(MOST)
    return db.session.scalars(found.execution_options(populate_existing=True)).unique().all()


def _attention(subjects: Sequence[str]) -> Sequence[Attention]:
    waiting = (Attention.resolved_at.is_(None), Attention.subject.in_(subjects))
    return db.session.scalars(sa.select(Attention).where(*waiting).order_by(Attention.first_at)).all()


def _of(table: Any, order_id: UUID) -> Sequence[Any]:
    found = sa.select(table).where(table.order_id == order_id).order_by(table.id).limit(MOST)
    return db.session.scalars(found.options(lazyload("*"))).all()

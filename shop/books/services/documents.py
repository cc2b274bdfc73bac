"""Receipts and credit notes: issuing them with numbers without gaps, and finding them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from shop.books import rules
from shop.books.errors import DocumentNotFound
from shop.books.models import Document, JournalEntry
from shop.books.services.posting import Head
from shop.core.db import db
from shop.core.ids import new_id
from shop.core.pages import page
from shop.core.settings import settings
from shop.orders.models import Order

Kind = Literal["receipt", "credit_note"]
PREFIXES: dict[Kind, str] = {"receipt": "R", "credit_note": "A"}  # A: avoir


@dataclass(frozen=True)
class PaperLine:
    """A line of a document.

    Args:
        text: by language.
        on: the local start of the departure, if the line is of one.
        price: of one, minor units; None where only the sum has a meaning.
        amount: of the line, minor units, taxes included.
    """

    text: dict[str, str]
    on: str | None
    quantity: int
    price: int | None
    amount: int
    vat: str


@dataclass(frozen=True)
class Paper:
    """What a document is about, before it has a number."""

    order_id: UUID
    order_number: str
    locale: str
    client: str
    currency: str
    lines: Sequence[PaperLine]
    reason: str | None = None

    @classmethod
    def of_sale(cls, order: Order) -> "Paper":
        """All that an order bought."""
        lines = [
            PaperLine(
                text=rules.line_text(booking, line),
                on=booking.departure.local_start.isoformat(),
                quantity=line.quantity,
                price=line.price,
                amount=line.price * line.quantity,
                vat=line.vat,
            )
            for booking in order.bookings
            for line in booking.lines
        ]
        return cls._of(order, lines, None)

    @classmethod
    def of_credit(cls, order: Order, lines: Sequence[rules.CreditLine], reason: str) -> "Paper":
        """What an order gives back."""
        found = [
            PaperLine(
                text=dict(line.text),
                on=None,
                quantity=line.quantity,
                price=line.amount // line.quantity if line.amount % line.quantity == 0 else None,
                amount=line.amount,
                vat=line.vat,
            )
            for line in lines
        ]
        return cls._of(order, found, reason)

    @classmethod
    def _of(cls, order: Order, lines: Sequence[PaperLine], reason: str | None) -> "Paper":
        client = order.contact["name"]
        return cls(order.id, order.spoken_number, order.locale, client, order.currency, lines, reason)


def issue(kind: Kind, paper: Paper, groups: Sequence[rules.Taxed], head: Head) -> Document:
    """A document with the next number of its kind and year; it is written down with its entry, by the head's hand."""
    at = head.at
    zone = ZoneInfo(settings().timezone)
    year = at.astimezone(zone).year
    serial = head.next_serial(kind)
    number = f"{PREFIXES[kind]}{year}-{serial:06}"
    corrected = _receipt_of(paper.order_id) if kind == "credit_note" else None
    content: dict[str, Any] = {
        "kind": kind,
        "number": number,
        "issued_at": at.astimezone(zone).isoformat(),
        "seller": vars(settings().seller),
        "client": paper.client,
        "order": paper.order_number,
        "currency": paper.currency,
        "lines": [vars(line) for line in paper.lines],
        "vat": [
            {"vat": group.vat, "rate": rules.RATES[group.vat], "net": group.net, "tax": group.tax, "gross": group.gross}
            for group in groups
        ],
        "means": head.means_of(paper.order_id) if kind == "receipt" else [],
        "corrects": {"number": corrected.number, "issued_at": corrected.said["issued_at"]} if corrected else None,
        "reason": paper.reason,
    }
    return Document(
        id=new_id(),
        kind=kind,
        number=number,
        year=year,
        serial=serial,
        order_id=paper.order_id,
        corrects_id=corrected.id if corrected else None,
        issued_at=at,
        locale=paper.locale,
        code=secrets.token_urlsafe(24),
        amount=sum(group.gross for group in groups),
        currency=paper.currency,
        content=rules.canonical(content),
    )


def documents_of(order: Order) -> Sequence[Document]:
    """The documents of an order, in the order they were issued."""
    return db.session.scalars(
        sa.select(Document)
        .join(JournalEntry, JournalEntry.document_id == Document.id)
        .where(Document.order_id == order.id)
        .order_by(JournalEntry.number)
    ).all()


def get_document(code: str) -> Document:
    """The document of a code. Whoever knows the code may read it.

    Raises:
        DocumentNotFound: no document has this code.
    """
    document = db.session.scalar(sa.select(Document).where(Document.code == code))
    if document is None:
        raise DocumentNotFound
    return document


def get_numbered(number: str) -> Document:
    """The document of a number.

    Raises:
        DocumentNotFound: no document has this number.
    """
    document = db.session.scalar(sa.select(Document).where(Document.number == number))
    if document is None:
        raise DocumentNotFound
    return document


def list_documents(*, kind: str | None, number: str, cursor: str | None, size: int = 50) -> dict[str, Any]:
    """One page of documents with the numbers of their orders, the newest first.

    Args:
        number: of the document or of its order, as it is printed; all if it is empty.
    """
    found = sa.select(Document)
    if kind:
        found = found.where(Document.kind == kind)
    if number:
        digits = number.replace("-", "").replace(" ", "")
        of_order = sa.select(Order.id).where(Order.number == digits).scalar_subquery()
        found = found.where(sa.or_(Document.number == number.upper(), Document.order_id == of_order))
    return page(found, key=[sa.desc(Document.issued_at), sa.desc(Document.id)], cursor=cursor, size=size)


def document_url(document: Document) -> str:
    """Where a document is; the address is as secret as the code in it."""
    return f"{settings().public_url}/documents/{document.code}.pdf"


def _receipt_of(order_id: UUID) -> Document:
    found = sa.select(Document).where(Document.order_id == order_id, Document.kind == "receipt")
    return db.session.scalars(found.order_by(Document.issued_at.desc(), Document.serial.desc()).limit(1)).one()

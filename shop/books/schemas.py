"""Receipts and credit notes as JSON."""

import marshmallow as ma
from marshmallow import fields

from shop.books.services.documents import document_url
from shop.core.schemas import Id, MoneyView


class DocumentView(ma.Schema):
    """A receipt or a credit note, with its address, which is as secret as the code in it."""

    id = Id(required=True)
    kind = fields.String(required=True, validate=ma.validate.OneOf(["receipt", "credit_note"]))
    number = fields.String(required=True)
    issued_at = fields.Function(
        lambda document: document.said["issued_at"],
        required=True,
        metadata={"type": "string", "format": "date-time"},
    )
    total = fields.Nested(MoneyView, required=True)
    pdf = fields.Function(document_url, required=True, metadata={"type": "string"})


class DocumentList(ma.Schema):
    items = fields.List(fields.Nested(DocumentView), required=True)
    next = fields.String(required=True, allow_none=True)

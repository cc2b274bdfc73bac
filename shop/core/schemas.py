"""JSON shapes that every domain shares."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import fields

from shop.core.i18n import pick
from shop.core.language import request_language

NOBODY = UUID(int=0)  # an id that no row has


class Id(fields.Field[UUID]):
    """An opaque id. What is not an id of ours names nothing, and is answered like any id that names nothing."""

    default_error_messages = {"invalid": "Not a valid string."}

    def __init__(self, **kwargs: Any) -> None:
        type_in_the_document = {"type": "string"}
        super().__init__(**kwargs | {"metadata": type_in_the_document | kwargs.get("metadata", {})})

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> UUID:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        return opaque(value)


def opaque(text: str) -> UUID:
    """The id a caller sent; one that no row has, if it is none of ours."""
    try:
        return UUID(text) if len(text) == 36 else NOBODY
    except ValueError:
        return NOBODY


class MoneyView(ma.Schema):
    """An amount in minor units of its currency, taxes included."""

    amount = fields.Integer(required=True)
    currency = fields.String(required=True)


class Translated(fields.String):
    """A catalogue text in the language of the answer; what is not translated is given in French."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return pick(value, request_language())


class Paging(ma.Schema):
    """How much of a list, and from where."""

    size = fields.Integer(
        data_key="page_size",
        load_default=None,
        validate=ma.validate.Range(1, 100),
        metadata={"description": "At most 100."},
    )
    cursor = fields.String(
        load_default=None,
        validate=ma.validate.Length(max=300),
        metadata={"description": "From `next`; opaque."},
    )

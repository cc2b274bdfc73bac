"""What devices at the door send and get, as JSON."""

from typing import Any

import marshmallow as ma
from marshmallow import fields

from shop.core.i18n import Text
from shop.core.input import InvalidInput, read_json, translate
from shop.door.rules import LONGEST_ENTRY, MOST_ACTS, Act
from shop.staff.audience import staff_language

_ONE_OF_BOTH = Text(
    fr="Donnez un code ou un billet, et un seul des deux.",
    zh="请提供编码或门票，二者择一。",
    en="Give a code or a ticket, and one of the two only.",
)
_NOT_A_TIME = Text(fr="Cette heure n’est pas plausible.", zh="该时间不合理。", en="This time is not plausible.")


class ActSchema(ma.Schema):
    """One act, as its device tells it."""

    id = fields.UUID(required=True)
    act = fields.String(required=True, validate=ma.validate.OneOf(["admit", "undo"]))
    entry = fields.String(load_default=None, validate=ma.validate.Length(min=1, max=LONGEST_ENTRY))
    ticket_id = fields.UUID(data_key="ticket", load_default=None)
    of = fields.UUID(load_default=None, allow_none=True)
    offline = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    device_at = fields.AwareDateTime(data_key="at", load_default=None, allow_none=True)

    @ma.validates_schema(skip_on_field_errors=True)
    def check(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """One thing to look for, and a year that a broken clock may well say."""
        if (data["entry"] is None) == (data["ticket_id"] is None):
            raise ma.ValidationError(_ONE_OF_BOTH, "entry")  # type: ignore[arg-type]
        if data["device_at"] is not None and not 1970 <= data["device_at"].year <= 2200:
            raise ma.ValidationError(_NOT_A_TIME, "at")  # type: ignore[arg-type]

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> Act:
        """The act."""
        return Act(**data)


class ActsSchema(ma.Schema):
    """What a device has done since it last told."""

    device = fields.String(load_default="", validate=ma.validate.Length(max=60))
    acts = fields.List(fields.Nested(ActSchema), required=True, validate=ma.validate.Length(min=1, max=MOST_ACTS))


def read_acts(body: bytes) -> dict[str, Any]:
    """What a device has told.

    Raises:
        MalformedJson: it is not JSON.
        InvalidInput: it is not a list of acts.
    """
    sent = read_json(body)
    try:
        return dict(ActsSchema().load(sent))
    except ma.ValidationError as error:
        mistakes = error.normalized_messages()  # type: ignore[no-untyped-call]
        raise InvalidInput(errors=translate(mistakes, staff_language())) from None

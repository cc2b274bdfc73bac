"""What the forms at the door send, where pages work without script."""

import marshmallow as ma
from marshmallow import fields

from shop.door.rules import LONGEST_ENTRY
from shop.staff.forms import FormSchema


class AdmitForm(FormSchema):
    """A code or reference, a ticket of the list, or a whole party."""

    entry = fields.String(load_default=None, validate=ma.validate.Length(max=LONGEST_ENTRY))
    ticket = fields.UUID(load_default=None)
    booking = fields.UUID(load_default=None)


class UndoForm(FormSchema):
    """A ticket of the list."""

    ticket = fields.UUID(required=True)

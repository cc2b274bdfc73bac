"""What the forms about orders, the counter and money send."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import fields

from shop.core.i18n import LANGUAGES, Text
from shop.core.schemas import NOBODY, Id
from shop.orders.schemas import ORDER_STATES, ContactRequest, Phone
from shop.staff.forms import FormSchema

LONGEST_NOTE = 1000
MOST_OF_A_UNIT = 99
MOST_TICKETS = 200
_STALE = Text(
    fr="Ce formulaire n’est pas de cette page : rechargez-la.",
    zh="此表单不属于本页面，请重新加载。",
    en="This form is not of this page: load it again.",
)


class FormId(Id):
    """The one-time id of a form."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> UUID:
        found = super()._deserialize(value, attr, data, **kwargs)
        if found == NOBODY:
            raise ma.ValidationError([_STALE])
        return found


class Act(FormSchema):
    """A form that does something to an order once, as it was seen."""

    form_id = FormId(required=True)
    seen = fields.String(required=True, validate=ma.validate.Length(max=2000))


def _note(**kwargs: Any) -> fields.String:
    return fields.String(validate=ma.validate.Length(max=LONGEST_NOTE), **kwargs)


class SearchForm(FormSchema):
    """What is searched; what cannot be understood is not searched."""

    q = fields.String(load_default="", validate=ma.validate.Length(max=200))
    status = fields.String(load_default=None, validate=ma.validate.OneOf(ORDER_STATES))
    tour_on = fields.Date(load_default=None)
    ordered_on = fields.Date(load_default=None)
    cursor = fields.String(load_default=None, validate=ma.validate.Length(max=300))


class DayForm(FormSchema):
    """A day."""

    on = fields.Date(load_default=None)


class RefundForm(FormSchema):
    """What is to go back, before it does."""

    scope = fields.String(required=True, validate=ma.validate.OneOf(["whole", "tickets", "amount"]))
    positions = fields.List(
        fields.Integer(strict=False, validate=ma.validate.Range(1, MOST_TICKETS)),
        load_default=list,
        validate=ma.validate.Length(max=MOST_TICKETS),
    )
    amount = fields.String(load_default="", validate=ma.validate.Length(max=20))
    note = _note(required=True)


class RefundAct(Act, RefundForm):
    """What goes back."""


class ApprovalAct(Act):
    """The agreement of a second person."""


class DeclineForm(FormSchema):
    """Why a second person does not agree."""

    form_id = FormId(required=True)
    answer = _note(load_default="")


class NoteForm(FormSchema):
    """A note on an order."""

    form_id = FormId(required=True)
    text = _note(required=True)


class RefundOneAct(FormSchema):
    """Something done about one refund."""

    form_id = FormId(required=True)


class SeenForm(FormSchema):
    """What was done about something that needed a decision."""

    kind = fields.String(required=True, validate=ma.validate.Length(max=100))
    subject = fields.String(required=True, validate=ma.validate.Length(max=300))
    note = _note(required=True)


class PartyForm(ContactRequest, FormSchema):
    """Who buys at the counter; how many of each unit is read beside it."""

    phone = Phone(allow_none=True)
    locale = fields.String(load_default="fr", validate=ma.validate.OneOf(LANGUAGES))


class SaleForm(PartyForm):
    """A sale at the counter."""

    form_id = FormId(required=True)
    total = fields.Integer(required=True, validate=ma.validate.Range(0, 10**9))  # as it was shown, minor units
    means = fields.String(required=True, validate=ma.validate.OneOf(["cash", "free"]))
    received = fields.String(load_default="", validate=ma.validate.Length(max=20))
    note = _note(load_default="")


class CashAct(Act):
    """Cash for an order that waits to be paid."""

    received = fields.String(required=True, validate=ma.validate.Length(max=20))

"""What the forms about dates send."""

import marshmallow as ma
from marshmallow import fields

from shop.core.schemas import Id
from shop.orders.texts import DATE_REASONS
from shop.staff.forms import FormSchema

LONGEST_TIME = 60  # days to choose


def _reason() -> fields.String:
    return fields.String(required=True, validate=ma.validate.OneOf(list(DATE_REASONS)))


def _note() -> fields.String:
    return fields.String(load_default=None, allow_none=True, validate=ma.validate.Length(max=300))


def _days() -> fields.Integer:
    return fields.Integer(load_default=7, validate=ma.validate.Range(1, LONGEST_TIME))


class CancelDateForm(FormSchema):
    """A date is cancelled, with the figures that were shown."""

    reason = _reason()
    note = _note()
    offer = fields.String(required=True, validate=ma.validate.OneOf(["date", "money"]))
    days = _days()
    agreed = fields.String(load_default="", validate=ma.validate.Length(max=4000))
    code = fields.String(load_default="", validate=ma.validate.Length(max=20))


class MoveDateForm(FormSchema):
    """A date gets another start."""

    starts_at = fields.NaiveDateTime(required=True, format="%Y-%m-%dT%H:%M")
    language = fields.String(required=True, validate=ma.validate.Length(1, 20))
    reason = _reason()
    note = _note()
    days = _days()


class ChangeDateForm(FormSchema):
    """A booking gets another date."""

    departure_id = Id(required=True)
    waive = fields.Boolean(load_default=False)

"""Customers as JSON."""

import marshmallow as ma
from marshmallow import fields

from shop.core.i18n import LANGUAGES
from shop.core.language import request_language
from shop.core.schemas import Id
from shop.customers.rules import CONSENT_VERSION, PURPOSES
from shop.customers.services import Standing
from shop.customers.texts import CONSENTS


class SignInRequest(ma.Schema):
    """What `wx.login` gave the mini-program."""

    code = fields.String(required=True, validate=ma.validate.Length(1, 256))


class ProfileView(ma.Schema):
    """What the customer sees of themselves."""

    id = Id(required=True)
    locale = fields.String(required=True)


class SignInView(ma.Schema):
    """A bearer token, and whose it is."""

    access_token = fields.String(required=True, attribute="token")
    token_type = fields.Constant("Bearer", required=True)
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds."})
    customer = fields.Nested(ProfileView, required=True)


class ProfileRequest(ma.Schema):
    """What the customer may change."""

    locale = fields.String(required=True, validate=ma.validate.OneOf(LANGUAGES))


class ConsentView(ma.Schema):
    """How the customer stands to one purpose. Nothing is agreed to until they say so."""

    purpose = fields.String(required=True, validate=ma.validate.OneOf(PURPOSES))
    text = fields.Method("_text", required=True, metadata={"type": "string", "description": "To be shown as it is."})
    version = fields.Constant(CONSENT_VERSION, required=True, metadata={"type": "string"})
    given = fields.Boolean(required=True)
    said_version = fields.String(required=True, allow_none=True, metadata={"description": "Of their last word."})
    said_locale = fields.String(required=True, allow_none=True)
    said_at = fields.AwareDateTime(required=True, allow_none=True)

    def _text(self, standing: Standing) -> str:
        return CONSENTS[standing.purpose].to(request_language())


class ConsentList(ma.Schema):
    items = fields.List(fields.Nested(ConsentView), required=True)


class ConsentRequest(ma.Schema):
    """One purpose agreed to, or not."""

    purpose = fields.String(required=True, validate=ma.validate.OneOf(PURPOSES))
    given = fields.Boolean(required=True, truthy={True}, falsy={False})
    version = fields.String(
        required=True,
        validate=ma.validate.OneOf([CONSENT_VERSION]),
        metadata={"description": "Of the text that was shown."},
    )


class ConsentsRequest(ma.Schema):
    """Purposes agreed to, or not; the others stay as they are. Of one named twice the last word counts."""

    items = fields.List(fields.Nested(ConsentRequest), required=True, validate=ma.validate.Length(1, 20))


class ExportView(ma.Schema):
    """Everything held about the person. Each section is a list of what one part of the shop holds."""

    class Meta:
        unknown = ma.INCLUDE

    format = fields.String(required=True)
    exported_at = fields.AwareDateTime(required=True)
    about = fields.List(fields.String(), required=True, metadata={"description": "What is kept, and why."})
    person = fields.List(fields.Dict(), required=True)
    bookings = fields.List(fields.Dict(), required=True)
    orders = fields.List(fields.Dict(), required=True)
    payments = fields.List(fields.Dict(), required=True)
    consents = fields.List(fields.Dict(), required=True)

"""Customers as JSON."""

import marshmallow as ma
from marshmallow import fields

from shop.core.i18n import LANGUAGES
from shop.core.schemas import Id


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

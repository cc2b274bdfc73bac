"""What the forms about accounts send."""

import marshmallow as ma
from marshmallow import fields

from shop.core.i18n import LANGUAGES
from shop.staff.forms import FormSchema
from shop.staff.rules import LONGEST_PASSWORD, ROLES


def _password() -> fields.String:
    return fields.String(required=True, load_only=True, validate=ma.validate.Length(max=LONGEST_PASSWORD))


def _code() -> fields.String:
    return fields.String(load_default="", validate=ma.validate.Length(max=20))


class SignInForm(FormSchema):
    """An account's owner at the door."""

    email = fields.String(required=True, validate=ma.validate.Length(max=254))
    password = _password()
    code = _code()


class ConfirmationForm(FormSchema):
    """The same person again."""

    password = _password()
    code = _code()


class WelcomeForm(FormSchema):
    """A password chosen through a one-time link."""

    new_password = _password()


class PasswordForm(FormSchema):
    """Another password."""

    password = _password()
    new_password = _password()


class SecondFactorForm(FormSchema):
    """The first code of an authenticator application."""

    code = fields.String(required=True, validate=ma.validate.Length(max=20))


class InvitationForm(FormSchema):
    """Somebody new."""

    email = fields.Email(required=True, validate=ma.validate.Length(max=254))
    name = fields.String(load_default="", validate=ma.validate.Length(max=80))
    role = fields.String(required=True, validate=ma.validate.OneOf(ROLES))
    locale = fields.String(load_default="fr", validate=ma.validate.OneOf(LANGUAGES))


class RoleForm(FormSchema):
    """Another role."""

    role = fields.String(required=True, validate=ma.validate.OneOf(ROLES))


class LanguageForm(FormSchema):
    """Another language."""

    to = fields.String(required=True, validate=ma.validate.OneOf(LANGUAGES))

"""What the forms of the pages across domains send."""

import marshmallow as ma
from marshmallow import fields

from shop.core.i18n import Text
from shop.office.rules import retention as rules
from shop.staff.forms import FormSchema

_LOOKUP = Text(
    fr="Un numéro de commande, un téléphone ou une adresse électronique, en entier.",
    zh="请填写完整的订单号、电话或电子邮箱。",
    en="A whole order number, phone number or e-mail address.",
)
_UNDERSTOOD = Text(fr="Cochez cette case pour continuer.", zh="请勾选此项以继续。", en="Tick this box to go on.")

IDENTITY = ("desk", "phone", "mail", "paper")


class PersonLookupForm(FormSchema):
    """What a person gives to be found by."""

    asked = fields.String(required=True, validate=ma.validate.Length(max=254))

    @ma.validates("asked")
    def _known(self, asked: str, **_kwargs: object) -> None:
        if rules.read_lookup(asked) is None:
            raise ma.ValidationError([_LOOKUP])


class ErasureForm(FormSchema):
    """Somebody who asked to be forgotten, and how it was made sure that it is them."""

    identity = fields.String(required=True, validate=ma.validate.OneOf(IDENTITY))
    understood = fields.Boolean(load_default=False)

    @ma.validates("understood")
    def _said(self, understood: bool, **_kwargs: object) -> None:
        if not understood:
            raise ma.ValidationError([_UNDERSTOOD])

"""Payments as JSON."""

import marshmallow as ma
from marshmallow import fields

from shop.core.schemas import Id, MoneyView
from shop.payments.methods import gateway_named
from shop.payments.models import Payment


class PaymentRequest(ma.Schema):
    """How to pay."""

    method = fields.String(required=True, validate=ma.validate.Length(1, 60))


class PaymentView(ma.Schema):
    """An attempt to pay, and what the buyer's device needs for it."""

    id = Id(required=True)
    status = fields.String(required=True, validate=ma.validate.OneOf(["pending", "succeeded", "closed"]))
    method = fields.String(required=True)
    amount = fields.Nested(MoneyView, required=True, attribute="money")
    client = fields.Method(
        "_client",
        required=True,
        metadata={
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "For `wechat_mini_program`, what `wx.requestPayment` takes.",
        },
    )

    def _client(self, payment: Payment) -> dict[str, str]:
        gateway = gateway_named(payment.gateway)
        return gateway.client(payment.reference) if gateway and payment.reference else {}


class CancellationRequest(ma.Schema):
    """The offer that is accepted, if one was asked for."""

    quote = fields.String(validate=ma.validate.Length(max=200))

"""Payments as JSON."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import fields

from shop.core.schemas import Id, MoneyView, opaque
from shop.core.settings import settings
from shop.orders.models import Order
from shop.orders.services.cancel import Offer
from shop.payments.methods import gateway_named
from shop.payments.models import Payment
from shop.payments.quotes import Quote, write_quote


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
            "description": "For `wechat_mini_program`, what `wx.requestPayment` takes; for `stripe_checkout`, a page.",
        },
    )

    def _client(self, payment: Payment) -> dict[str, str]:
        gateway = gateway_named(payment.gateway)
        return gateway.client(payment.reference) if gateway and payment.reference else {}


class _Tickets(fields.Field[list[UUID] | None]):
    """Ids of tickets, separated by commas."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[UUID] | None:
        return [opaque(one.strip()) for one in str(value).split(",")] if value else None


class CancellationFilter(ma.Schema):
    """Which tickets; all that are left if none is named."""

    tickets = _Tickets(load_default=None, metadata={"type": "string", "description": "Ids, separated by commas."})


class CancellationView(ma.Schema):
    """What cancelling gives back, as long as the offer stands."""

    refund = fields.Nested(MoneyView, required=True)
    fee = fields.Nested(MoneyView, required=True)
    tickets = fields.List(Id(), required=True)
    quote = fields.String(required=True)
    valid_until = fields.AwareDateTime(required=True)


def cancellation_of(order: Order, offered: Offer) -> dict[str, Any]:
    """An offer, and the text by which it is accepted."""
    ticket_ids = tuple(share.ticket.id for share in offered.shares)
    quote = Quote(order.id, ticket_ids, offered.refund, offered.valid_until)
    return {
        "refund": order.money(offered.refund),
        "fee": order.money(offered.fee),
        "tickets": list(ticket_ids),
        "quote": write_quote(quote, settings().secret_key),
        "valid_until": offered.valid_until.astimezone(order.zone),
    }


class CancellationRequest(ma.Schema):
    """The offer that is accepted, if one was asked for."""

    quote = fields.String(validate=ma.validate.Length(max=50_000), allow_none=True)

"""Orders and tickets as JSON."""

import unicodedata
from datetime import datetime
from typing import Any

import marshmallow as ma
import phonenumbers
from marshmallow import fields

from shop.booking.schemas import BookedDepartureView, BookingView
from shop.catalogue.schemas import DepartureView
from shop.core.i18n import Text
from shop.core.language import request_language
from shop.core.schemas import Id, MoneyView, Paging, Translated
from shop.orders.models import OrderEvent
from shop.orders.ports import RefundLine
from shop.orders.services.choices import Choice
from shop.orders.services.show import OrderFolder
from shop.orders.services.story import sentence
from shop.orders.services.tickets import document_url
from shop.orders.texts import DATE_REASONS, REFUND_REASONS

ORDER_STATES = ["pending", "in_review", "paid", "partially_refunded", "refunded", "expired", "cancelled"]
_PHONE = Text(
    fr="Numéro de téléphone non valable (indicatif compris, +86 …).",
    zh="电话号码无效（请包含国家代码，例如 +86）。",
    en="Not a valid phone number (with the country code, +86 …).",
)
_UNWRITTEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # controls, invisible marks, line ends: no part of a name
_NAME = Text(fr="Un nom est attendu.", zh="请填写姓名。", en="A name is expected.")


class Phone(fields.Field[str]):
    """A telephone number, kept in international form; without a country code it is taken for a French one."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or len(value) > 40:
            raise ma.ValidationError([_PHONE])
        try:
            number = phonenumbers.parse(value, "FR")
        except phonenumbers.NumberParseException:
            raise ma.ValidationError([_PHONE]) from None
        if not phonenumbers.is_possible_number(number):
            raise ma.ValidationError([_PHONE])
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class Consent(fields.Boolean):
    """True or false; nothing that is merely like it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class ContactRequest(ma.Schema):
    """Whom the Office may reach about the visit."""

    name = fields.String(required=True, validate=ma.validate.Length(1, 100))
    email = fields.Email(validate=ma.validate.Length(max=254), allow_none=True)
    phone = Phone(allow_none=True, metadata={"type": "string"})

    @ma.validates("name")
    def _name(self, name: str, **_kwargs: Any) -> None:
        if not name.strip() or any(unicodedata.category(letter) in _UNWRITTEN for letter in name):
            raise ma.ValidationError([_NAME])

    @ma.post_load
    def _without_gaps(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        return {name: value for name, value in data.items() if value is not None}


class OrderRequest(ma.Schema):
    """Held bookings to be ordered together."""

    booking_ids = fields.List(Id(metadata={"type": "string"}), required=True, validate=ma.validate.Length(1, 20))
    contact = fields.Nested(ContactRequest, required=True)
    accept_terms = Consent(load_default=False)


class OrderFilter(Paging):
    """Which orders."""


class TermsView(ma.Schema):
    """The conditions of sale that were accepted."""

    version = fields.String(required=True)
    locale = fields.String(required=True)


class TermsText(TermsView):
    """The conditions of sale."""

    text = fields.String(required=True)


class ContactView(ma.Schema):
    name = fields.String(required=True)
    email = fields.String()
    phone = fields.String()


class PaymentLineView(ma.Schema):
    """One attempt to pay."""

    id = Id(required=True)
    method = fields.String(required=True)
    status = fields.String(required=True)
    amount = fields.Nested(MoneyView, required=True)
    received = fields.Nested(MoneyView, required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


class RefundLineView(ma.Schema):
    """Money that goes back."""

    id = Id(required=True)
    amount = fields.Nested(MoneyView, required=True)
    status = fields.String(required=True, validate=ma.validate.OneOf(["pending", "succeeded", "needs_attention"]))
    reason = fields.Method("_reason", required=True, metadata={"type": "string"})
    created_at = fields.AwareDateTime(required=True)
    succeeded_at = fields.AwareDateTime(required=True, allow_none=True)
    expected_by = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "When it has arrived as a rule."}
    )

    def _reason(self, refund: RefundLine) -> str:
        return REFUND_REASONS[refund.reason].to(request_language())


class EventView(ma.Schema):
    """One thing that happened, as a sentence."""

    at = fields.AwareDateTime(required=True)
    event = fields.String(required=True)
    text = fields.Method("_text", required=True, metadata={"type": "string"})

    def _text(self, event: OrderEvent) -> str:
        return sentence(event, request_language())


class ChoiceView(ma.Schema):
    """What a customer may choose, because the Office cancelled or moved a date.

    `cancelled`: one of the alternatives (`POST …/rebook`), or the money (`POST …/cancel`), which goes back by itself
    when the time is over. `moved`: to cancel without a fee.
    """

    kind = fields.String(required=True, validate=ma.validate.OneOf(["cancelled", "moved"]))
    booking_id = Id(required=True)
    until = fields.AwareDateTime(required=True)
    reason = fields.Method("_reason", required=True, metadata={"type": "string"})
    note = fields.String(required=True, allow_none=True, metadata={"description": "The Office's own words."})
    alternatives = fields.List(fields.Nested(DepartureView), required=True)

    def _reason(self, choice: Choice) -> str:
        return DATE_REASONS[choice.reason].to(request_language())


class RebookRequest(ma.Schema):
    """Another date for a booking."""

    booking_id = Id(required=True, metadata={"type": "string"})
    departure_id = Id(required=True, metadata={"type": "string"})


class OrderView(ma.Schema):
    """An order with its whole story."""

    id = Id(required=True, attribute="order.id")
    number = fields.String(required=True, attribute="order.spoken_number")
    status = fields.String(required=True, attribute="order.status", validate=ma.validate.OneOf(ORDER_STATES))
    total = fields.Nested(MoneyView, required=True, attribute="order.total")
    bookings = fields.List(fields.Nested(BookingView), required=True, attribute="order.bookings")
    contact = fields.Nested(ContactView, required=True, attribute="order.contact")
    created_at = fields.AwareDateTime(required=True, attribute="order.created_at")
    expires_at = fields.AwareDateTime(required=True, attribute="order.expires_at")
    terms = fields.Nested(TermsView, required=True, attribute="order.terms")
    payment_methods = fields.List(fields.String(), required=True, attribute="methods")
    payments = fields.List(fields.Nested(PaymentLineView), required=True, attribute="money.payments")
    refunds = fields.List(fields.Nested(RefundLineView), required=True, attribute="money.refunds")
    choice = fields.Nested(ChoiceView, required=True, allow_none=True)
    timeline = fields.List(fields.Nested(EventView), required=True, attribute="order.events")

    @ma.post_dump(pass_original=True)
    def _local_times(self, data: dict[str, Any], folder: OrderFolder, **_kwargs: Any) -> dict[str, Any]:
        """Every time on the clocks of the place."""
        zone = folder.order.zone
        for entry in (data, *data["payments"], *data["refunds"], *data["timeline"], data["choice"] or {}):
            for name in {"at", "until", "created_at", "expires_at", "succeeded_at", "expected_by"} & entry.keys():
                entry[name] = entry[name] and datetime.fromisoformat(entry[name]).astimezone(zone).isoformat()
        return data


class OrderList(ma.Schema):
    items = fields.List(fields.Nested(OrderView), required=True)
    next = fields.String(required=True, allow_none=True)


class TicketUnitView(ma.Schema):
    """Whom a ticket admits."""

    code = fields.String(required=True)
    label = Translated(required=True)


class TicketView(ma.Schema):
    """One admission, with its documents. Their addresses are as secret as the code."""

    id = Id(required=True)
    code = fields.String(required=True)
    reference = fields.String(required=True, metadata={"description": "To be read out."})
    status = fields.String(
        required=True, attribute="standing", validate=ma.validate.OneOf(["valid", "redeemed", "void"])
    )
    unit = fields.Nested(TicketUnitView, required=True)
    departure = fields.Nested(BookedDepartureView, required=True, attribute="booking.departure")
    qr = fields.Function(lambda ticket: document_url(ticket, "svg"), required=True, metadata={"type": "string"})
    pdf = fields.Function(lambda ticket: document_url(ticket, "pdf"), required=True, metadata={"type": "string"})
    ics = fields.Function(lambda ticket: document_url(ticket, "ics"), required=True, metadata={"type": "string"})


class TicketList(ma.Schema):
    items = fields.List(fields.Nested(TicketView), required=True)
    next = fields.String(required=True, allow_none=True)

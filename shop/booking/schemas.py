"""Bookings as JSON."""

from typing import Any

import marshmallow as ma
from marshmallow import fields

from shop.booking import rules
from shop.booking.models import Booking
from shop.core import clock
from shop.core.i18n import Text
from shop.core.schemas import Id, MoneyView, Translated

MOST_PEOPLE = 1000
_TOO_MANY = Text(fr="Trop de personnes.", zh="人数过多。", en="Too many people.")
BOOKING_STATES = ["held", "confirmed", "released", "expired", "cancelled"]


class WantedUnit(ma.Schema):
    """So many of one unit."""

    code = fields.String(required=True, validate=ma.validate.Length(1, 100))
    quantity = fields.Integer(required=True, strict=True, validate=ma.validate.Range(0, MOST_PEOPLE))


class BookingRequest(ma.Schema):
    """Seats wanted at a departure."""

    departure_id = Id(required=True, metadata={"type": "string"})
    wanted = fields.List(fields.Nested(WantedUnit), required=True, data_key="units", validate=ma.validate.Length(1, 30))

    @ma.post_load
    def _by_code(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        wanted: dict[str, int] = {}
        for entry in data["wanted"]:
            wanted[entry["code"]] = wanted.get(entry["code"], 0) + entry["quantity"]
        if sum(wanted.values()) > MOST_PEOPLE:
            raise ma.ValidationError({"units": [_TOO_MANY]})
        return {**data, "wanted": wanted}


class BookedDepartureView(ma.Schema):
    """When and what was booked."""

    id = Id(required=True)
    tour = fields.String(required=True, attribute="tour.slug")
    title = Translated(required=True, attribute="tour.title")
    starts_at = fields.AwareDateTime(required=True, attribute="local_start")
    ends_at = fields.AwareDateTime(required=True, attribute="local_end")
    language = fields.String(required=True)


class BookedUnitView(ma.Schema):
    """So many of one unit, at the price it was held for; how many of them were cancelled later."""

    code = fields.String(required=True, attribute="unit.code")
    label = Translated(required=True, attribute="unit.label")
    quantity = fields.Integer(required=True)
    cancelled = fields.Integer(required=True)
    price = fields.Nested(MoneyView, required=True, attribute="money")


class BookingView(ma.Schema):
    """Seats at one departure."""

    id = Id(required=True)
    status = fields.Method("_status", required=True, metadata={"type": "string", "enum": BOOKING_STATES})
    departure = fields.Nested(BookedDepartureView, required=True)
    units = fields.List(fields.Nested(BookedUnitView), required=True, attribute="lines")
    seats = fields.Integer(required=True)
    total = fields.Nested(MoneyView, required=True)
    expires_at = fields.AwareDateTime(required=True, attribute="local_expiry")

    def _status(self, booking: Booking) -> str:
        return rules.public_status(booking, clock.now())

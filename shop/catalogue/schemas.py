"""The catalogue as JSON, for visitors."""

from datetime import date, datetime
from typing import Any

import marshmallow as ma
from marshmallow import fields

from shop.catalogue.models import Tour
from shop.catalogue.services.browse import When
from shop.core.i18n import Text
from shop.core.schemas import Id, MoneyView, Paging, Translated
from shop.core.settings import settings

_WHEN = Text(
    fr="Une date (2027-05-01) ou un instant avec décalage (2027-05-01T10:00:00+02:00) est attendu.",
    zh="应为日期（2027-05-01）或带时区的时间（2027-05-01T10:00:00+02:00）。",
    en="A day (2027-05-01) or a moment with an offset (2027-05-01T10:00:00+02:00) is expected.",
)


class Day(fields.Field[When]):
    """A local day, or a moment with its offset."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> When:
        text = str(value).strip().replace(" ", "+")  # a plus sign that was not percent-encoded
        try:
            if len(text) == 10:
                day = date.fromisoformat(text)
                if 1970 <= day.year <= 9000:
                    return day
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise ma.ValidationError([_WHEN]) from None
        if moment.tzinfo is None or not 1970 <= moment.year <= 9000:
            raise ma.ValidationError([_WHEN])
        return moment


class TourFilter(Paging):
    """Which tours."""

    q = fields.String(
        load_default=None,
        validate=ma.validate.Length(max=100),
        metadata={"description": "Words of the title, in any language."},
    )
    theme = fields.String(load_default=None, validate=ma.validate.Length(max=60))
    language = fields.String(
        load_default=None, validate=ma.validate.Length(2, 12), metadata={"description": "Of the guide."}
    )
    since = Day(load_default=None, data_key="from", metadata={"type": "string"})
    until = Day(load_default=None, data_key="to", metadata={"type": "string"})


class DepartureFilter(Paging):
    """Which departures."""

    since = Day(load_default=None, data_key="from", metadata={"type": "string"})
    until = Day(load_default=None, data_key="to", metadata={"type": "string"})
    seats = fields.Integer(load_default=None, validate=ma.validate.Range(1, 1000))


class DeparturePriceView(ma.Schema):
    """What a unit costs at one departure."""

    code = fields.String(required=True)
    price = fields.Nested(MoneyView, required=True, attribute="money")


class DepartureView(ma.Schema):
    """One dated start of a tour."""

    id = Id(required=True, attribute="departure.id")
    starts_at = fields.AwareDateTime(required=True, attribute="departure.local_start")
    ends_at = fields.AwareDateTime(required=True, attribute="departure.local_end")
    language = fields.String(required=True, attribute="departure.language")
    capacity = fields.Integer(required=True, attribute="departure.capacity")
    seats_left = fields.Integer(required=True)
    status = fields.String(required=True, validate=ma.validate.OneOf(["open", "sold_out", "closed", "cancelled"]))
    prices = fields.List(
        fields.Nested(DeparturePriceView),
        metadata={
            "description": "Only where they are others than the tour's: the units that cost something else here."
        },
    )

    @ma.post_dump
    def _only_other_prices(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        if not data.get("prices"):
            data.pop("prices", None)
        return data


class DepartureList(ma.Schema):
    items = fields.List(fields.Nested(DepartureView), required=True)
    next = fields.String(required=True, allow_none=True)


class ImageView(ma.Schema):
    """A picture and its words for who cannot see it."""

    url = fields.Function(lambda tour: image_url(tour), required=True, metadata={"type": "string"})
    alt = Translated(required=True, attribute="image_alt")


class UnitView(ma.Schema):
    """A price category."""

    code = fields.String(required=True)
    kind = fields.String(required=True)
    label = Translated(required=True)
    price = fields.Nested(MoneyView, required=True, attribute="money")
    seats = fields.Integer(required=True)
    min_age = fields.Integer(required=True, allow_none=True)
    max_age = fields.Integer(required=True, allow_none=True)


class TourView(ma.Schema):
    """A tour in a list."""

    slug = fields.String(required=True, attribute="tour.slug")
    title = Translated(required=True, attribute="tour.title")
    summary = Translated(required=True, attribute="tour.summary")
    themes = fields.List(fields.String(), required=True, attribute="tour.themes")
    duration_minutes = fields.Integer(required=True, attribute="tour.duration_minutes")
    guide_languages = fields.List(fields.String(), required=True, attribute="tour.guide_languages")
    image = fields.Nested(ImageView, required=True, allow_none=True, attribute="tour.image")
    price_from = fields.Nested(MoneyView, required=True, allow_none=True, attribute="tour.price_from")
    next_departure = fields.Nested(DepartureView, required=True, allow_none=True)


class TourList(ma.Schema):
    items = fields.List(fields.Nested(TourView), required=True)
    next = fields.String(required=True, allow_none=True)


class MeetingPointView(ma.Schema):
    """Where the guide waits."""

    name = Translated(required=True)
    address = fields.String(required=True, allow_none=True)
    latitude = fields.Float(required=True, allow_none=True)
    longitude = fields.Float(required=True, allow_none=True)


class BookingRulesView(ma.Schema):
    """What parties may book, and until when."""

    min_party = fields.Integer(required=True, metadata={"description": "Seats."})
    max_party = fields.Integer(required=True, metadata={"description": "Seats."})
    cutoff_minutes = fields.Integer(required=True, metadata={"description": "Before the start."})


class CancellationTermView(ma.Schema):
    """What is refunded to who cancels at least so many hours before the start; later, nothing."""

    until_hours = fields.Integer(required=True)
    refund_percent = fields.Integer(required=True)


class TourDetail(TourView):
    """A tour on its own page."""

    description = Translated(required=True, attribute="tour.description")
    meeting_point = fields.Nested(MeetingPointView, required=True, attribute="tour.meeting_point")
    accessibility = Translated(required=True, allow_none=True, attribute="tour.accessibility")
    units = fields.List(fields.Nested(UnitView), required=True, attribute="tour.units")
    booking = fields.Nested(BookingRulesView, required=True, attribute="tour")
    cancellation = fields.List(fields.Nested(CancellationTermView), required=True, attribute="tour.cancellation")


def image_url(tour: Tour) -> str:
    """The address of a tour's picture."""
    return f"{settings().public_url}/images/{tour.image_digest}"

"""What the forms about departures send."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import fields, validate

from shop.core.i18n import Text
from shop.core.schemas import opaque
from shop.staff.forms import FormSchema

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
VIEWS = ("month", "week", "day")
LANGUAGE = r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?\Z"
_EARLIEST, _LATEST = date(2000, 1, 8), date(2190, 1, 1)

_DATES = Text(
    fr="Des dates comme 2027-05-01, séparées par des espaces ou des retours à la ligne.",
    zh="请填写类似 2027-05-01 的日期，以空格或换行分隔。",
    en="Dates such as 2027-05-01, separated by blanks or new lines.",
)
_CHOOSE_DAYS = Text(fr="Choisissez au moins un jour.", zh="请至少选择一天。", en="Choose at least one day.")
_END = Text(
    fr="Dites combien de dates, ou jusqu’à quand.", zh="请填写次数或结束日期。", en="Say how many dates, or until when."
)
_PRICE = Text(
    fr="Un prix comme 19,50 est attendu.", zh="请填写类似 19.50 的价格。", en="A price such as 19.50 is expected."
)


class Choice(fields.Field[UUID | None]):
    """An id chosen from a list; empty: none."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> UUID:
        return opaque(str(value))


class Price(fields.Field[int | None]):
    """An amount as people write it, read in minor units (of a hundredth)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        text = re.sub(r"[\s\u00a0\u202f]", "", str(value)).replace(",", ".")
        if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,2})?", text):
            raise ma.ValidationError([_PRICE])
        return int(Decimal(text).scaleb(2))


class Dates(fields.Field[list[date]]):
    """Some days, as a text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[date]:
        words = re.split(r"[\s,;，、]+", str(value).strip())
        if len(words) > 400 or not all(re.fullmatch(r"\d{4}-\d\d-\d\d", word) for word in words):
            raise ma.ValidationError([_DATES])
        try:
            return [date.fromisoformat(word) for word in words]
        except ValueError:
            raise ma.ValidationError([_DATES]) from None


def _day(**options: Any) -> fields.Date:
    return fields.Date(validate=validate.Range(_EARLIEST, _LATEST), **options)


def _language(**options: Any) -> fields.String:
    return fields.String(validate=validate.Regexp(LANGUAGE), **options)


def _number(least: int, most: int, **options: Any) -> fields.Integer:
    return fields.Integer(validate=validate.Range(least, most), **options)


class CalendarQuery(FormSchema):
    """What the calendar shows. What makes no sense is left out."""

    view = fields.String(load_default="month", validate=validate.OneOf(VIEWS))
    on = _day(load_default=None)
    tour = fields.String(load_default=None, validate=validate.Regexp(r"[a-z0-9-]{1,80}\Z"))
    guide = fields.String(load_default=None, validate=validate.Regexp(r"(none|[0-9a-f-]{36})\Z"))
    language = _language(load_default=None)

    @classmethod
    def read(cls, sent: Any) -> dict[str, Any]:
        """What of a query makes sense."""
        schema = cls()
        wrong = schema.validate(sent)
        return dict(schema.load({name: value for name, value in sent.items() if name not in wrong}))


class NewDeparturesForm(FormSchema):
    """One departure, or a series."""

    tour = fields.String(required=True, validate=validate.Regexp(r"[a-z0-9-]{1,80}\Z"))
    day = _day(required=True)
    time = fields.Time(required=True, format="%H:%M")
    language = _language(required=True)
    capacity = _number(0, 10_000, required=True)
    guide = Choice(load_default=None)
    repeat = fields.Boolean(load_default=False)
    days = fields.List(fields.String(validate=validate.OneOf(DAYS)), load_default=list)
    every = _number(1, 52, load_default=1)
    count = _number(1, 500, load_default=None)
    until = _day(load_default=None)
    without_holidays = fields.Boolean(load_default=False)
    days_off = Dates(load_default=list)

    @ma.validates_schema
    def _series(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if not data.get("repeat"):
            return
        if not data.get("days"):
            raise ma.ValidationError({"days": [_CHOOSE_DAYS]})
        if (data.get("count") is None) == (data.get("until") is None):
            raise ma.ValidationError({"count": [_END]})


class DepartureForm(FormSchema):
    """A departure, changed."""

    time = fields.Time(required=True, format="%H:%M")
    capacity = _number(0, 10_000, required=True)
    language = _language(required=True)
    guide = Choice(load_default=None, allow_none=True)
    minimum_seats = _number(0, 10_000, load_default=None, allow_none=True)
    minimum_hours = _number(0, 10_000, load_default=None, allow_none=True)
    scope = fields.String(load_default="one", validate=validate.OneOf(["one", "following", "all"]))
    seen = fields.String(required=True, validate=validate.Length(max=40))


def with_prices(codes: Iterable[str]) -> type[FormSchema]:
    """The form of a departure whose tour has these units: a price each, empty where it is the tour's."""
    prices: dict[str, fields.Field[Any]] = {
        f"price-{code}": Price(load_default=None, allow_none=True) for code in codes
    }
    return DepartureForm.from_dict(prices, name="DepartureFormWithPrices")  # type: ignore[return-value]


class SalesForm(FormSchema):
    """Departures chosen in a list, and what becomes of their sales."""

    ids = fields.List(Choice(), required=True, validate=validate.Length(1, 200))
    to = fields.String(required=True, validate=validate.OneOf(["open", "closed"]))
    back = fields.String(load_default="", validate=validate.Length(max=500))


class BlockForm(FormSchema):
    """Seats kept aside."""

    seats = _number(1, 10_000, required=True)
    holder = fields.String(required=True, validate=validate.Length(1, 120))
    until = fields.NaiveDateTime(
        load_default=None,
        format="%Y-%m-%dT%H:%M",
        validate=validate.Range(datetime(2000, 1, 1), datetime(2190, 1, 1)),  # noqa: DTZ001 -- local
    )


class MinimumForm(FormSchema):
    """The minimum of a tour's departures."""

    minimum_seats = _number(1, 10_000, load_default=None, allow_none=True)
    minimum_hours = _number(0, 10_000, load_default=None, allow_none=True)


class GuideForm(FormSchema):
    """In which languages somebody guides."""

    languages = fields.List(fields.String(validate=validate.Regexp(LANGUAGE)), validate=validate.Length(max=20))

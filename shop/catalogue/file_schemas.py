"""The shape of the catalogue file (contract §3)."""

import re
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any
from zoneinfo import available_timezones

import marshmallow as ma
from marshmallow import ValidationError, fields, validate

from shop.core.i18n import LANGUAGES, Text

KINDS = ("ADULT", "CHILD", "INFANT", "YOUTH", "STUDENT", "SENIOR", "FAMILY", "MILITARY", "OTHER")
VAT = ("FR_STD_20", "FR_RED_10", "OUT_OF_SCOPE", "EXEMPT")
CURRENCIES = ("EUR", "CNY")
IMAGE_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp"}

_FRENCH = Text(fr="Le texte français est obligatoire.", zh="必须提供法语文本。", en="The French text is required.")
_LOCAL_TIME = Text(
    fr="Une heure locale est attendue, comme 2027-05-01T14:30.",
    zh="应为当地时间，例如 2027-05-01T14:30。",
    en="A local time is expected, such as 2027-05-01T14:30.",
)
_SLUG = Text(
    fr="Lettres minuscules, chiffres et traits d’union.",
    zh="只能使用小写字母、数字和连字符。",
    en="Lower-case letters, digits and hyphens.",
)
_ZONE = Text(fr="Fuseau horaire inconnu.", zh="未知时区。", en="Unknown time zone.")
_TWICE = Text(fr="Cette valeur est donnée deux fois.", zh="该值重复。", en="This value is given twice.")
_PARTY = Text(
    fr="min_party doit être au plus égal à max_party.",
    zh="min_party 不能大于 max_party。",
    en="min_party must not exceed max_party.",
)
_AGES = Text(
    fr="min_age doit être au plus égal à max_age.",
    zh="min_age 不能大于 max_age。",
    en="min_age must not exceed max_age.",
)
_IMAGE_NAME = Text(
    fr="Un nom de fichier .svg, .png, .jpg ou .webp, placé à côté du catalogue.",
    zh="应为与目录文件同一文件夹中的 .svg、.png、.jpg 或 .webp 文件名。",
    en="The name of a .svg, .png, .jpg or .webp file beside the catalogue.",
)
_CONTROL = Text(fr="Caractères non admis.", zh="包含不允许的字符。", en="Characters that are not admitted.")


def mistake(text: Text, field: str = "_schema") -> ValidationError:
    """A mistake that is told in the reader's language."""
    return ValidationError({field: [text]} if field != "_schema" else [text])


def _printable(text: str) -> None:
    if any((ord(letter) < 32 and letter not in "\n\t") or "\ud800" <= letter <= "\udfff" for letter in text):
        raise mistake(_CONTROL)


def _line(longest: int, shortest: int = 1) -> fields.String:
    return fields.String(required=True, validate=[validate.Length(shortest, longest), _printable])


class Texts(fields.Dict):
    """A text in up to three languages; the others fall back to French, which is required."""

    def __init__(self, longest: int, **kwargs: Any) -> None:
        super().__init__(
            keys=fields.String(validate=validate.OneOf(LANGUAGES)),
            values=fields.String(validate=[validate.Length(1, longest), _printable]),
            **kwargs,
        )

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        texts = super()._deserialize(value, *args, **kwargs)  # type: ignore[no-untyped-call]
        if "fr" not in texts:
            raise mistake(_FRENCH)
        return texts


class LocalTime(fields.Field[datetime]):
    """A local start without an offset."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:00)?", value):
            try:
                found = datetime.fromisoformat(value)
            except ValueError:
                raise mistake(_LOCAL_TIME) from None
            if 2000 <= found.year <= 2200:
                return found
        raise mistake(_LOCAL_TIME)


class UnitEntry(ma.Schema):
    code = fields.String(required=True, validate=validate.Regexp(r"[a-z0-9][a-z0-9_-]{0,39}\Z"))
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    label = Texts(80, required=True)
    price = fields.Integer(required=True, strict=True, validate=validate.Range(0, 10_000_000))
    vat = fields.String(required=True, validate=validate.OneOf(VAT))
    seats = fields.Integer(required=True, strict=True, validate=validate.Range(0, 100))
    min_age = fields.Integer(strict=True, validate=validate.Range(0, 130))
    max_age = fields.Integer(strict=True, validate=validate.Range(0, 130))

    @ma.validates_schema
    def _ages(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if data.get("min_age", 0) > data.get("max_age", 130):
            raise mistake(_AGES, "min_age")


class MinimumEntry(ma.Schema):
    """Fewer seats taken than that so many hours before the start, and a departure is cancelled by itself."""

    seats = fields.Integer(required=True, strict=True, validate=validate.Range(0, 10_000))
    hours = fields.Integer(required=True, strict=True, validate=validate.Range(0, 10_000))


class DepartureEntry(ma.Schema):
    starts_at = LocalTime(required=True)
    rrule = fields.String(validate=validate.Length(1, 300))
    capacity = fields.Integer(required=True, strict=True, validate=validate.Range(0, 10_000))
    language = fields.String(required=True, validate=validate.Regexp(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?\Z"))
    status = fields.String(validate=validate.OneOf(["open", "closed", "cancelled"]))
    prices = fields.Dict(
        keys=fields.String(), values=fields.Integer(strict=True, validate=validate.Range(0, 10_000_000))
    )
    minimum = fields.Nested(MinimumEntry)


class MeetingPointEntry(ma.Schema):
    name = Texts(200, required=True)
    address = _line(300)
    latitude = fields.Float(allow_nan=False, validate=validate.Range(-90, 90))
    longitude = fields.Float(allow_nan=False, validate=validate.Range(-180, 180))


class ImageEntry(ma.Schema):
    file = fields.String(required=True)
    alt = Texts(300, required=True)

    @ma.validates("file")
    def _file(self, name: str, **_kwargs: Any) -> None:
        path = PurePosixPath(name)
        if path.name != name or path.suffix not in IMAGE_TYPES or not name.isprintable() or len(name) > 100:
            raise mistake(_IMAGE_NAME)


class BookingEntry(ma.Schema):
    min_party = fields.Integer(required=True, strict=True, validate=validate.Range(1, 1000))
    max_party = fields.Integer(required=True, strict=True, validate=validate.Range(1, 1000))
    cutoff_minutes = fields.Integer(required=True, strict=True, validate=validate.Range(0, 100_000))

    @ma.validates_schema
    def _party(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if data["min_party"] > data["max_party"]:
            raise mistake(_PARTY, "min_party")


class CancellationEntry(ma.Schema):
    until_hours = fields.Integer(required=True, strict=True, validate=validate.Range(0, 10_000))
    refund_percent = fields.Integer(required=True, strict=True, validate=validate.Range(0, 100))


class TourEntry(ma.Schema):
    slug = fields.String(required=True)
    status = fields.String(validate=validate.OneOf(["draft", "published", "archived"]))
    title = Texts(200, required=True)
    summary = Texts(1000, required=True)
    description = Texts(10_000, required=True)
    themes = fields.List(
        fields.String(validate=validate.Regexp(r"[a-z0-9-]{1,60}\Z")),
        required=True,
        validate=validate.Length(max=20),
    )
    duration_minutes = fields.Integer(required=True, strict=True, validate=validate.Range(1, 10_000))
    guide_languages = fields.List(
        fields.String(validate=validate.Regexp(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?\Z")),
        required=True,
        validate=validate.Length(1, 20),
    )
    meeting_point = fields.Nested(MeetingPointEntry, required=True)
    image = fields.Nested(ImageEntry)
    accessibility = Texts(2000)
    booking = fields.Nested(BookingEntry, required=True)
    cancellation = fields.List(fields.Nested(CancellationEntry), validate=validate.Length(max=10))
    minimum = fields.Nested(MinimumEntry)
    units = fields.List(fields.Nested(UnitEntry), required=True, validate=validate.Length(1, 30))
    departures = fields.List(fields.Nested(DepartureEntry), load_default=list, validate=validate.Length(max=2000))

    @ma.validates("slug")
    def _slug(self, slug: str, **_kwargs: Any) -> None:
        if not re.fullmatch(r"[a-z0-9-]{1,80}", slug):
            raise mistake(_SLUG)

    @ma.validates_schema
    def _unit_codes(self, data: dict[str, Any], **_kwargs: Any) -> None:
        refuse_doubles([unit["code"] for unit in data["units"]], "units", "code")


class CatalogueFile(ma.Schema):
    timezone = fields.String(required=True)
    currency = fields.String(required=True, validate=validate.OneOf(CURRENCIES))
    tours = fields.List(fields.Nested(TourEntry), required=True, validate=validate.Length(max=500))

    @ma.validates("timezone")
    def _timezone(self, name: str, **_kwargs: Any) -> None:
        if name not in available_timezones():
            raise mistake(_ZONE)

    @ma.validates_schema
    def _slugs(self, data: dict[str, Any], **_kwargs: Any) -> None:
        refuse_doubles([tour["slug"] for tour in data["tours"]], "tours", "slug")


def refuse_doubles(values: list[str], list_name: str, field: str) -> None:
    """Refuse a list whose entries must differ in a field, naming each repetition.

    Raises:
        ValidationError: some value stands twice.
    """
    doubles = {index: {field: [_TWICE]} for index, value in enumerate(values) if value in values[:index]}
    if doubles:
        raise ValidationError({list_name: doubles})

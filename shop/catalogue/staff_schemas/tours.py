"""What the forms about tours send: flat names such as `units.0.label.zh-CN`, read as an entry of the catalogue file."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from shop.catalogue.file_schemas import (
    CURRENCIES,
    BookingEntry,
    CancellationEntry,
    MeetingPointEntry,
    Texts,
    TourEntry,
    UnitEntry,
    mistake,
    refuse_doubles,
)
from shop.core.i18n import LANGUAGES, Text
from shop.staff.forms import FormSchema

MOST_ROWS = 40
STATUSES = ("draft", "published", "archived")

_AMOUNT = Text(
    fr="Un prix est attendu, comme 19 ou 19,50.", zh="应为价格，例如 19 或 19.50。", en="A price such as 19 or 19.50."
)
_ANY = Text(
    fr="Donnez le texte dans une langue au moins.",
    zh="请至少填写一种语言。",
    en="Give the text in one language at least.",
)


class DraftTexts(Texts):
    """A text in the languages it has so far; what must be there is asked for when the tour is published."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return fields.Dict._deserialize(self, value, *args, **kwargs)  # type: ignore[no-untyped-call, arg-type]


class Price(fields.Integer):
    """A price as people type it, kept in minor units; the currencies of the shop have two decimals."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        typed = re.sub(r"[\s€¥]", "", str(value)).replace(",", ".")
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,2})?", typed):
            raise mistake(_AMOUNT)
        return super()._deserialize(int(Decimal(typed) * 100), *args, **kwargs)


class UnitRow(UnitEntry):
    """A unit as the form gives it."""

    label = DraftTexts(80, load_default=dict)
    price = Price(required=True, strict=True, validate=validate.Range(0, 10_000_000))


class MeetingPointPart(MeetingPointEntry):
    """A meeting point, perhaps not known yet."""

    name = DraftTexts(200, load_default=dict)
    address = fields.String(load_default="", validate=validate.Length(max=300))


class TourForm(FormSchema):
    """A tour with all that is told of it, but for its status and picture."""

    version = fields.Integer(required=True, strict=True)
    title = DraftTexts(200, load_default=dict)
    summary = DraftTexts(1000, load_default=dict)
    description = DraftTexts(10_000, load_default=dict)
    accessibility = DraftTexts(2000, load_default=dict)
    themes = TourEntry._declared_fields["themes"]
    duration_minutes = TourEntry._declared_fields["duration_minutes"]
    guide_languages = fields.List(
        fields.String(validate=validate.Regexp(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?\Z")), validate=validate.Length(max=20)
    )
    meeting_point = fields.Nested(MeetingPointPart, required=True)
    booking = fields.Nested(BookingEntry, required=True)
    cancellation = fields.List(fields.Nested(CancellationEntry), validate=validate.Length(max=10))
    units = fields.List(fields.Nested(UnitRow), validate=validate.Length(max=30))
    gone = fields.List(fields.String())

    @ma.pre_load
    def strip(self, data: Mapping[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """Read flat names as the entry they stand for."""
        entry = _nested(data)
        entry["themes"] = [theme for theme in re.split(r"[\s,;，、]+", str(entry.get("themes", ""))) if theme]
        entry["guide_languages"] = list(dict.fromkeys(filter(None, data.getlist("guide_languages"))))  # type: ignore[attr-defined]
        entry["cancellation"] = [step for _, step in _rows(entry.get("cancellation"))]
        rows = _unit_rows(entry.get("units"))
        entry["gone"] = [str(row.get("code", "")) for _, row in rows if "remove" in row]
        inside = {"position", "remove"}
        entry["units"] = [
            {name: value for name, value in row.items() if name not in inside} for _, row in rows if "remove" not in row
        ]
        for name in ("meeting_point", "booking"):
            entry[name] = entry.get(name) or {}
        return entry

    @ma.post_load
    def order(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """Terms from the earliest step to the last."""
        data["cancellation"] = sorted(data["cancellation"], key=lambda step: -step["until_hours"])
        return data

    @ma.validates_schema
    def _no_doubles(self, data: dict[str, Any], **_kwargs: Any) -> None:
        refuse_doubles([unit["code"] for unit in data["units"]], "units", "code")
        refuse_doubles([str(step["until_hours"]) for step in data["cancellation"]], "cancellation", "until_hours")

    @ma.validates("title")
    def _title(self, title: dict[str, str], **_kwargs: Any) -> None:
        if not title:
            raise mistake(_ANY)


class NewTourForm(FormSchema):
    """A tour to begin with."""

    slug = TourEntry._declared_fields["slug"]
    title = DraftTexts(200, load_default=dict)
    currency = fields.String(required=True, validate=validate.OneOf(CURRENCIES))

    @ma.pre_load
    def strip(self, data: Mapping[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """Read flat names as the entry they stand for."""
        return _nested(data)

    @ma.validates("slug")
    def _slug(self, slug: str, **kwargs: Any) -> None:
        TourEntry()._slug(slug, **kwargs)

    @ma.validates("title")
    def _title(self, title: dict[str, str], **_kwargs: Any) -> None:
        if not title:
            raise mistake(_ANY)


class PictureForm(FormSchema):
    """Words for a picture, and perhaps another picture."""

    version = fields.Integer(required=True, strict=True)
    alt = DraftTexts(300, load_default=dict)

    @ma.pre_load
    def strip(self, data: Mapping[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """Read flat names as the entry they stand for."""
        return _nested(data)


class StatusForm(FormSchema):
    """Another status."""

    status = fields.String(required=True, validate=validate.OneOf(STATUSES))


def flat(entry: Mapping[str, Any]) -> dict[str, str]:
    """What the fields of the form hold for an entry, by their flat names."""
    values: dict[str, str] = {}
    for name, value in entry.items():
        if name in {"themes", "guide_languages"}:
            values[name] = ", ".join(value)
        elif name in {"units", "cancellation"}:
            for at, row in enumerate(value):
                shown = (
                    row | {"price": str(Decimal(row["price"]).scaleb(-2)), "position": at + 1}
                    if name == "units"
                    else row
                )
                values |= _under(f"{name}.{at}", shown)
        elif isinstance(value, Mapping):
            values |= _under(name, value)
        elif value is not None:
            values[name] = str(value)
    return values


def _under(above: str, entry: Mapping[str, Any]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in entry.items():
        path = f"{above}.{name}"
        values |= _under(path, value) if isinstance(value, Mapping) else {path: str(value)} if value is not None else {}
    return values


def placed(errors: Mapping[str, list[str]], data: Mapping[str, Any]) -> dict[str, list[str]]:
    """Mistakes by the flat name of the field they belong to, among those that were sent."""
    entry = _nested(data)
    numbers = {
        "units": [at for at, row in _unit_rows(entry.get("units")) if "remove" not in row],
        "cancellation": [at for at, _ in _rows(entry.get("cancellation"))],
    }
    found: dict[str, list[str]] = {}
    for path, mistakes in errors.items():
        name = re.sub(r"\.(value|key)$", "", path)
        if row := re.fullmatch(r"(units|cancellation)\.(\d+)(\..*)?", name):
            name = f"{row[1]}.{numbers[row[1]][int(row[2])]}{row[3] or ''}"
        name = re.sub(r"^(themes|guide_languages)\..*", r"\1", name)
        if name.split(".")[-1] in {"title", "summary", "description", "label", "alt", "accessibility", "name"}:
            name += f".{LANGUAGES[0]}"
        found.setdefault(name, []).extend(mistakes)
    return found


def _nested(data: Mapping[str, Any]) -> dict[str, Any]:
    """`title.fr=…` as {"title": {"fr": …}}; empty fields are not there, whole numbers are numbers."""
    entry: dict[str, Any] = {}
    for path, typed in data.items():
        value = typed.strip().replace("\r\n", "\n") if isinstance(typed, str) else ""
        *above, name = path.split(".")
        if not value or len(above) > 3:
            continue
        inner = entry
        for part in above:
            inner = inner.setdefault(part, {})
            if not isinstance(inner, dict):
                break
        else:
            inner[name] = _typed(name, value)
    return entry


def _typed(name: str, value: str) -> Any:
    numbers = r"version|duration_minutes|(min|max)_(party|age)|cutoff_minutes|until_hours|refund_percent|seats"
    if re.fullmatch(numbers, name) and re.fullmatch(r"-?\d{1,9}", value):
        return int(value)
    return value.replace(",", ".") if name in {"latitude", "longitude"} else value


def _rows(numbered: Any) -> list[tuple[int, dict[str, Any]]]:
    """The rows of a list with their numbers on the page, in their order there."""
    if not isinstance(numbered, dict):
        return []
    numbers = sorted(int(at) for at in numbered if re.fullmatch(r"0|[1-9][0-9]{0,3}", at))[:MOST_ROWS]
    return [(at, row) for at in numbers if isinstance(row := numbered.get(str(at)), dict)]


def _unit_rows(numbered: Any) -> list[tuple[int, dict[str, Any]]]:
    """The rows of units that were meant, in the order that was asked for."""
    rows = [(at, row) for at, row in _rows(numbered) if _is_filled_in(row)]
    return sorted(rows, key=lambda pair: (_number(pair[1].get("position")), pair[0]))


def row_numbers(values: Mapping[str, Any], name: str) -> list[int]:
    """The numbers of a list's rows among flat values, in their order."""
    return sorted({int(found[1]) for path in values if (found := re.match(rf"{name}\.(\d{{1,4}})\.", path))})[
        :MOST_ROWS
    ]


def _is_filled_in(row: Mapping[str, Any]) -> bool:
    """A row of which only the choices hold something was not meant."""
    return any(row.get(name) for name in ("code", "label", "price", "min_age", "max_age"))


def _number(text: Any) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,4}", str(text)) else 10_000

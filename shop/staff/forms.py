"""Forms of the back office: read by marshmallow schemas like all input, their mistakes shown beside the fields."""

from collections.abc import Callable, Mapping
from typing import Any

import marshmallow as ma
from flask import Response, request
from marshmallow import ValidationError

from shop.core.db import transaction
from shop.core.errors import Invalid, Refusal
from shop.core.i18n import Text
from shop.core.input import InvalidInput, refuse_hostile_text, translate
from shop.core.problems import status_of
from shop.staff.audience import staff_language
from shop.staff.pages import page


class FormSchema(ma.Schema):
    """What a form sends: texts without blanks around them; an empty field is one that was not filled in."""

    class Meta:
        unknown = ma.EXCLUDE

    @ma.pre_load
    def strip(self, data: Mapping[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """Drop what is empty, but for fields that may be emptied (`allow_none`) and lists."""
        found: dict[str, Any] = {}
        for name, field in self.load_fields.items():
            key = field.data_key or name
            if isinstance(field, ma.fields.List):
                values = data.getlist(key) if hasattr(data, "getlist") else data.get(key, [])
                found[key] = [value for value in values if value != ""]
            elif isinstance(field, ma.fields.Boolean):
                found[key] = data.get(key) in {"on", "true", "1", True}
            elif isinstance(value := data.get(key), str):
                value = value.strip() if not getattr(field, "load_only", False) else value  # passwords as they are
                if value:
                    found[key] = value.replace("\r\n", "\n")
                elif field.allow_none:
                    found[key] = None
        return found


class Form:
    """One form on one page: what it holds, what is wrong with it, and the act it stands for.

    Args:
        values: what the fields hold before anybody has typed.
    """

    def __init__(self, schema: type[FormSchema], **values: Any) -> None:
        self._schema = schema()
        self.values: dict[str, Any] = values
        self.errors: dict[str, list[str]] = {}
        self.refusal: Refusal | None = None
        if self.sent:
            self.values = {**values, **_typed(request.form)}

    @property
    def sent(self) -> bool:
        """Whether the request holds the form."""
        return request.method == "POST"

    def read(self) -> dict[str, Any] | None:
        """What was sent, checked; None if nothing was, or if it has mistakes, which `errors` then names."""
        if not self.sent:
            return None
        try:
            refuse_hostile_text(request.form.to_dict(flat=False))
            return dict(self._schema.load(request.form))
        except ValidationError as error:
            self.errors = _flat(translate(error.normalized_messages(), staff_language()))  # type: ignore[no-untyped-call]
        except InvalidInput as error:
            self.errors = _flat(error.facts["errors"])
        return None

    def done(self, act: Callable[..., object], *, own_transactions: bool = False) -> bool:
        """Carry out the act with what was sent, in one transaction; False if nothing was sent or it was declined.

        Args:
            act: called with the fields by name. A refusal of it is shown on the page.
            own_transactions: the act opens its own, because it talks to a gateway in between.
        """
        given = self.read()
        if given is None:
            return False
        try:
            if own_transactions:
                act(**given)
            else:
                with transaction():
                    act(**given)
        except InvalidInput as refusal:
            self.errors = _flat(refusal.facts["errors"])
            return False
        except Refusal as refusal:
            self.refusal = refusal
            return False
        return True

    def page(self, template: str, words: Mapping[str, Text], **facts: Any) -> Response:
        """The page of the form, with what is wrong with it."""
        status = 200
        if self.refusal is not None:
            status = status_of(type(self.refusal))
        elif self.errors:
            status = status_of(Invalid)
        return page(template, words, status=status, form=self, **facts)

    @property
    def refused(self) -> str | None:
        """Why the act was declined, as a sentence."""
        return self.refusal.explain(staff_language()) if self.refusal else None


class Nothing(FormSchema):
    """A form that is only a button."""


def _typed(sent: Any) -> dict[str, Any]:
    """What was typed, but never a password or code: those are asked for again."""
    secret = {"password", "new_password", "code", "csrf_token"}
    return {name: values if len(values) > 1 else values[0] for name, values in sent.lists() if name not in secret}


def _flat(errors: Any, path: str = "") -> dict[str, list[str]]:
    """Mistakes by the field's name, whatever was nested."""
    if isinstance(errors, dict):
        flat: dict[str, list[str]] = {}
        for name, inner in errors.items():
            for place, mistakes in _flat(inner, f"{path}.{name}" if path else str(name)).items():
                flat.setdefault(place, []).extend(mistakes)
        return flat
    return {path: [str(mistake) for mistake in (errors if isinstance(errors, list) else [errors])]}

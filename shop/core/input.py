"""Reading what callers send: strict JSON, and mistakes told by field in the caller's language."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import flask
import marshmallow as ma
from marshmallow import ValidationError
from webargs import core
from webargs.flaskparser import FlaskParser

from shop.core.errors import Invalid
from shop.core.i18n import Language, Text
from shop.core.language import request_language

MAX_DEPTH = 20
MAX_INTEGER = 2**63 - 1


class MalformedJson(Invalid):
    """The body is not JSON."""

    code = "malformed-json"
    detail = Text(
        fr="Le corps de la requête n’est pas du JSON en UTF-8.",
        zh="请求正文不是有效的 UTF-8 JSON。",
        en="The body of the request is not JSON in UTF-8.",
    )


class InvalidInput(Invalid):
    """Fields are missing, or do not hold what they must; `errors` names each."""

    code = "invalid-input"
    detail = Text(
        fr="Certains champs manquent ou ne sont pas valables.",
        zh="部分字段缺失或无效。",
        en="Some fields are missing or not valid.",
    )


class Parser(FlaskParser):
    """Reads bodies and queries; every mistake becomes a refusal of ours, and no hostile text reaches the database."""

    def _raw_load_json(self, req: flask.Request) -> Any:
        body = req.get_data(cache=True)
        if req.content_length not in (None, len(body)):
            raise MalformedJson  # it broke off: gunicorn does not say so
        if not body.strip():
            return core.missing
        value = read_json(body)
        if not isinstance(value, dict):
            raise InvalidInput(errors={"_body": [_NOT_AN_OBJECT.to(request_language())]})
        return value

    def load_querystring(self, req: flask.Request, schema: ma.Schema) -> Any:
        refuse_hostile_text(dict(req.args))
        return super().load_querystring(req, schema)

    def handle_error(
        self,
        error: ValidationError,
        req: flask.Request,
        schema: ma.Schema,
        *,
        error_status_code: int | None,
        error_headers: Mapping[str, str] | None,
    ) -> NoReturn:
        """Name the mistakes by field, whatever part of the request they were in."""
        by_field: dict[str, Any] = {}
        messages = error.normalized_messages()  # type: ignore[no-untyped-call]
        for mistakes in messages.values():
            by_field.update(mistakes if isinstance(mistakes, dict) else {"_body": mistakes})
        raise InvalidInput(errors=translate(by_field, request_language())) from error


def read_json(body: bytes) -> Any:
    """A JSON value that the shop can work with and PostgreSQL can keep.

    Raises:
        MalformedJson: not UTF-8, not JSON, or nested beyond any sense.
        InvalidInput: JSON, with a number or a text that cannot be kept.
        RequestEntityTooLarge: by Flask, when the body is longer than MAX_CONTENT_LENGTH.
    """
    try:
        value = json.loads(body.decode("utf-8"), parse_int=_integer, parse_constant=_no_constant)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise MalformedJson from None
    refuse_hostile_text(value)
    return value


def _integer(digits: str) -> int:
    # Python reads thousands of digits at quadratic cost, then refuses with a ValueError of its own.
    if len(digits) > 19 or abs(int(digits)) > MAX_INTEGER:
        raise InvalidInput(errors={"_body": [_TOO_LARGE.to(request_language())]})
    return int(digits)


def _no_constant(_name: str) -> NoReturn:
    raise MalformedJson


def refuse_hostile_text(value: Any) -> None:
    """Refuse NUL and lone surrogates, which PostgreSQL cannot keep, and nesting without end.

    Raises:
        InvalidInput: naming the field.
        MalformedJson: nested deeper than MAX_DEPTH.
    """
    for path, text in _texts(value, (), 0):
        if "\x00" in text or (not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text)):
            field = ".".join(path) if path and path[-1].isprintable() else "_body"
            raise InvalidInput(errors={field: [_UNREADABLE.to(request_language())]})


def _texts(value: Any, path: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], str]]:
    if depth > MAX_DEPTH:
        raise MalformedJson
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield ("_body",), key
            yield from _texts(item, (*path, key), depth + 1)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, str(index)), depth + 1)


def translate(errors: Any, language: Language) -> Any:
    """marshmallow's messages, which are English, in the caller's language; our own texts as well."""
    if isinstance(errors, dict):
        return {str(field): translate(mistakes, language) for field, mistakes in errors.items()}
    if isinstance(errors, list):
        return [translate(mistake, language) for mistake in errors]
    if isinstance(errors, Text):
        return errors.to(language)
    for pattern, text in _MESSAGES:
        if found := pattern.fullmatch(str(errors)):
            return text.to(language, **found.groupdict())
    return _NOT_VALID.to(language)


_NOT_VALID = Text(fr="Valeur non valable.", zh="值无效。", en="Not a valid value.")
_NOT_AN_OBJECT = Text(fr="Un objet JSON est attendu.", zh="应为 JSON 对象。", en="A JSON object is expected.")
_TOO_LARGE = Text(fr="Un nombre est trop grand.", zh="数字过大。", en="A number is too large.")
_UNREADABLE = Text(
    fr="Le texte contient des caractères impossibles à enregistrer.",
    zh="文本包含无法保存的字符。",
    en="The text has characters that cannot be kept.",
)

_MESSAGES: tuple[tuple[re.Pattern[str], Text], ...] = tuple(
    (re.compile(pattern, re.DOTALL), text)
    for pattern, text in {
        r"Missing data for required field\.": Text(
            fr="Ce champ est obligatoire.", zh="此字段为必填项。", en="This field is required."
        ),
        r"Field may not be null\.": Text(
            fr="Ce champ ne peut pas être nul.", zh="此字段不能为 null。", en="This field may not be null."
        ),
        r"Unknown field\.": Text(fr="Champ inconnu.", zh="未知字段。", en="Unknown field."),
        r"Not a valid string\.": Text(fr="Un texte est attendu.", zh="应为文本。", en="A text is expected."),
        r"Not a valid number\.|Special numeric values .+": Text(
            fr="Un nombre est attendu.", zh="应为数字。", en="A number is expected."
        ),
        r"String does not match expected pattern\.": Text(
            fr="La forme n’est pas admise.", zh="格式不正确。", en="Not of the form that is admitted."
        ),
        r"Not a valid integer\.|Number too large\.": Text(
            fr="Un nombre entier est attendu.", zh="应为整数。", en="A whole number is expected."
        ),
        r"Not a valid boolean\.": Text(
            fr="Vrai ou faux est attendu.", zh="应为 true 或 false。", en="True or false is expected."
        ),
        r"Not a valid list\.": Text(fr="Une liste est attendue.", zh="应为列表。", en="A list is expected."),
        r"Invalid input type\.|Invalid type\.|Not a valid mapping type\.": Text(
            fr="Un objet est attendu.", zh="应为对象。", en="An object is expected."
        ),
        r"Not a valid email address\.": Text(
            fr="Adresse électronique non valable.", zh="电子邮箱地址无效。", en="Not a valid e-mail address."
        ),
        r"Shorter than minimum length (?P<n>\d+)\.": Text(
            fr="Trop court : au moins {n}.", zh="过短：至少 {n}。", en="Too short: at least {n}."
        ),
        r"Longer than maximum length (?P<n>\d+)\.": Text(
            fr="Trop long : {n} au plus.", zh="过长：最多 {n}。", en="Too long: at most {n}."
        ),
        r"Length must be between (?P<least>\d+) and (?P<most>\d+)\.": Text(
            fr="Longueur attendue : de {least} à {most}.",
            zh="长度应为 {least} 至 {most}。",
            en="Length must be from {least} to {most}.",
        ),
        r"Must be greater than or equal to (?P<least>-?\d+) and less than or equal to (?P<most>-?\d+)\.": Text(
            fr="Valeur attendue : de {least} à {most}.",
            zh="值应为 {least} 至 {most}。",
            en="Must be from {least} to {most}.",
        ),
        r"Must be one of: (?P<choices>.+)\.": Text(
            fr="Valeurs possibles : {choices}.", zh="可选值：{choices}。", en="Must be one of: {choices}."
        ),
    }.items()
)

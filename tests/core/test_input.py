"""What callers send, hostile or merely wrong: told by field, in their language, and never a 500."""

import json

import marshmallow as ma
import pytest
from marshmallow import fields, validate

from shop.core.i18n import LANGUAGES
from shop.core.input import _NOT_VALID, translate

API = "/api/v1"
POSTS = [
    ("POST", "/auth/wechat"),
    ("PATCH", "/me"),
    ("POST", "/bookings"),
    ("POST", "/orders"),
    ("POST", "/orders/none/payments"),
    ("POST", "/orders/none/cancel"),
]
each_post = pytest.mark.parametrize(("method", "path"), POSTS, ids=[path for _, path in POSTS])

NOT_JSON = {
    "words": b"code=abc",
    "half": b'{"code": ',
    "invalid UTF-8": b'{"code": "\xff\xfe"}',
    "UTF-16": '{"code": "abc"}'.encode("utf-16"),
    "with a byte order mark": b'\xef\xbb\xbf{"code": "abc"}',
    "NaN": b'{"code": NaN}',
    "Infinity": b'{"code": -Infinity}',
    "NUL byte": b'{"code": "a\x00b"}',
    "nested lists": b"[" * 5000 + b"]" * 5000,
    "nested objects": b'{"a":' * 3000 + b"1" + b"}" * 3000,
    "nested thirty deep": b'{"code":' + b"[" * 30 + b"]" * 30 + b"}",
    "single quotes": b"{'code': 'abc'}",
    "a trailing comma": b'{"code": "abc",}',
}
NOT_VALID = {
    "nothing": b"",
    "blank": b"  \n ",
    "an array": b"[]",
    "an array of objects": b'[{"code": "abc"}]',
    "a text": b'"code"',
    "a number": b"1",
    "null": b"null",
    "a thousand digits": b'{"code": ' + b"9" * 1000 + b"}",
    "a hundred thousand digits": b'{"quantity": ' + b"9" * 60_000 + b"}",
    "more than eight bytes": b'{"code": 9223372036854775808}',
    "an escaped NUL": b'{"code": "a\\u0000b"}',
    "an escaped NUL in a name": b'{"a\\u0000b": 1}',
    "a lone surrogate": b'{"code": "\\ud800"}',
    "a lone surrogate in a name": b'{"\\udc00": {"\\udc00": 1}}',
    "a lone surrogate far inside": b'{"units": [{"code": "\\udfff"}]}',
    "unknown fields only": b'{"unknown": true, "__proto__": {}}',
    "a number that is infinite": b'{"quantity": 1e999}',
}


def send(tourist, method, path, body, **headers):
    return tourist.client.open(
        API + path, method=method, data=body, headers=tourist.headers | {"Content-Type": "application/json"} | headers
    )


@each_post
@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_a_body_that_is_not_json_is_400(tourist, method, path, body):
    answer = send(tourist, method, path, body)

    assert (answer.status_code, answer.json["code"]) == (400, "malformed-json")


@each_post
@pytest.mark.parametrize("body", NOT_VALID.values(), ids=NOT_VALID)
def test_json_that_is_not_what_is_asked_for_is_422(tourist, method, path, body):
    if path.endswith("/cancel") and not body.strip():
        pytest.skip("its body may be left out")

    answer = send(tourist, method, path, body)

    assert (answer.status_code, answer.json["code"]) == (422, "invalid-input")
    assert answer.json["errors"]


@each_post
def test_a_form_is_not_json(tourist, method, path):
    answer = send(tourist, method, path, b"code=abc", **{"Content-Type": "application/x-www-form-urlencoded"})

    assert (answer.status_code, answer.json["code"]) == (400, "malformed-json")


@each_post
def test_a_huge_body_is_413(tourist, method, path):
    answer = send(tourist, method, path, b'{"code": "' + b"a" * 100_000 + b'"}')

    assert (answer.status_code, answer.json["code"]) == (413, "body-too-large")


WRONG = [None, True, False, 0, -1, 1.5, "", "x", "9" * 400, [], [[]], [None], {}, {"a": []}, 2**62]
BOOKING = {"departure_id": "019a0000-0000-7000-8000-000000000000", "units": [{"code": "adult", "quantity": 1}]}
ORDER = {
    "booking_ids": ["019a0000-0000-7000-8000-000000000000"],
    "contact": {"name": "王小梅", "email": "mei@example.com", "phone": "+8613800138000"},
    "accept_terms": True,
}
BODIES = {
    "/auth/wechat": {"code": "abc"},
    "/me": {"locale": "fr"},
    "/bookings": BOOKING,
    "/orders": ORDER,
    "/orders/none/payments": {"method": "wechat_mini_program"},
    "/orders/none/cancel": {"quote": "abc"},
}


def spoilt(value, wrong):
    """Every copy of a JSON value in which one part is something wrong."""
    yield wrong
    if isinstance(value, dict):
        for name, inner in value.items():
            yield {other: value[other] for other in value if other != name}
            for variant in spoilt(inner, wrong):
                yield value | {name: variant}
    elif isinstance(value, list):
        yield value * 40
        for variant in spoilt(value[0], wrong):
            yield [variant]


@each_post
def test_nothing_of_a_wrong_type_is_a_failure_of_ours(tourist, method, path):
    for wrong in WRONG:
        for body in spoilt(BODIES[path], wrong):
            answer = send(tourist, method, path, json.dumps(body).encode())

            assert answer.status_code < 500, (path, body, answer.text)
            if answer.status_code >= 400:
                assert answer.content_type == "application/problem+json"


def test_mistakes_are_told_by_field(tourist):
    answer = tourist.post(
        "/bookings", {"departure_id": 1, "units": [{"code": "adult", "quantity": -1}, {"quantity": "two"}], "more": 1}
    )

    assert answer.status_code == 422
    assert answer.json["errors"] == {
        "departure_id": ["A text is expected."],
        "units": {
            "0": {"quantity": ["Must be from 0 to 1000."]},
            "1": {"code": ["This field is required."], "quantity": ["A whole number is expected."]},
        },
        "more": ["Unknown field."],
    }


def test_text_that_cannot_be_kept_is_told_by_field(tourist):
    answer = send(tourist, "POST", "/bookings", b'{"units": [{"code": "a\\u0000"}], "departure_id": "x"}')

    assert answer.json["errors"] == {"units.0.code": ["The text has characters that cannot be kept."]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_mistakes_are_told_in_the_language_of_the_caller(tourist, language):
    tourist.headers["Accept-Language"] = language

    told = tourist.post("/bookings", {"units": "adult"}).json["errors"]

    assert (
        told
        == {
            "fr": {"departure_id": ["Ce champ est obligatoire."], "units": ["Une liste est attendue."]},
            "zh-CN": {"departure_id": ["此字段为必填项。"], "units": ["应为列表。"]},
            "en": {"departure_id": ["This field is required."], "units": ["A list is expected."]},
        }[language]
    )


QUERIES = [
    "q=%00",
    "q=%ff",
    "q=" + "x" * 101,
    "theme=" + "x" * 61,
    "language=x",
    "from=tomorrow",
    "from=2027-02-30",
    "from=0001-01-01",
    "to=9999-12-31",
    "from=2027-05-01T10:00:00",
    "to=2027-05-01T10:00:00%2B99:00",
    "page_size=0",
    "page_size=101",
    "page_size=-1",
    "page_size=many",
    "page_size=" + "9" * 2000,
    "cursor=" + "x" * 301,
    "unknown=1",
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_that_is_not_valid_is_422(app, query):
    answer = app.test_client().get(f"{API}/tours?{query}")

    if query in {"q=%ff"}:
        assert answer.status_code == 200
    elif query == "unknown=1":
        assert answer.status_code in {200, 422}
    else:
        assert (answer.status_code, answer.json["code"]) == (422, "invalid-input"), answer.text
        assert answer.json["errors"]


@pytest.mark.parametrize("moment", ["2027-05-01T10:00:00+00:00:30", "2027-05-01T10:00:00+00:00:00.5", "20270501T10+01"])
@pytest.mark.parametrize("end", ["from", "to"])
@pytest.mark.parametrize("path", ["/tours", "/tours/leshan/departures"])
def test_a_moment_of_an_odd_offset_is_no_failure_of_ours(app, catalogue, path, end, moment):
    catalogue.departure(catalogue.tour(slug="leshan"))

    assert app.test_client().get(API + path, query_string={end: moment}).status_code in {200, 422}


def test_identifiers_that_are_none_name_nothing(tourist):
    for hostile in ("x", "0" * 36, "%00", "%ff", "a" * 4000, "019a0000-0000-7000-8000-00000000000G", "..%2f..", "🎫"):
        assert tourist.get(f"/bookings/{hostile}").status_code == 404
        assert tourist.get(f"/orders/{hostile}").status_code == 404
        assert tourist.delete(f"/bookings/{hostile}").status_code == 404
        assert tourist.get(f"/tours/{hostile}").status_code == 404


class Everything(ma.Schema):
    """Each kind of field and check that the shop's schemas use, every one wrong in a way of its own."""

    required = fields.String(required=True)
    null = fields.String()
    text = fields.String()
    whole = fields.Integer()
    strict = fields.Integer(strict=True)
    yes = fields.Boolean()
    many = fields.List(fields.String())
    inner = fields.Nested(lambda: Everything())
    email = fields.Email()
    short = fields.String(validate=validate.Length(min=2))
    long = fields.String(validate=validate.Length(max=2))
    length = fields.String(validate=validate.Length(2, 3))
    exact = fields.String(validate=validate.Length(equal=2))
    between = fields.Integer(validate=validate.Range(1, 3))
    choice = fields.String(validate=validate.OneOf(["a", "b"]))


EVERYTHING_WRONG = {
    "null": None,
    "text": 1,
    "whole": "x",
    "strict": 1.5,
    "yes": "perhaps",
    "many": "one",
    "inner": "x",
    "email": "nobody",
    "short": "x",
    "long": "xxx",
    "length": "x",
    "between": 4,
    "choice": "c",
    "unknown": 1,
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mistake_has_words_of_its_own(language):
    mistakes = Everything().validate(EVERYTHING_WRONG)
    told = translate(mistakes, language)

    assert set(told) == set(EVERYTHING_WRONG) | {"required"}
    for name, messages in told.items():
        text = messages["_schema"][0] if isinstance(messages, dict) else messages[0]
        assert text != _NOT_VALID.to(language), name
        if language != "en":
            assert text not in json.dumps(mistakes), name


def messages_of(schema, seen):
    """marshmallow's own words for what can be wrong with a schema's fields, found by trying."""
    hostile = [None, 1, 1.5, True, "", "x", "x" * 20_000, [], {}, [1], {"x": 1}, -1, 10**9, float("inf")]
    for value in hostile:
        try:
            schema.load(dict.fromkeys([field.data_key or key for key, field in schema.fields.items()], value))
        except ma.ValidationError as error:
            seen |= set(leaves(error.normalized_messages()))
    try:
        schema.load("x")
        schema.load({})
    except ma.ValidationError as error:
        seen |= set(leaves(error.normalized_messages()))
    for field in schema.fields.values():
        while isinstance(field, fields.List):
            field = field.inner
        if isinstance(field, fields.Nested):
            messages_of(field.schema, seen)


def leaves(messages):
    if isinstance(messages, dict):
        for inner in messages.values():
            yield from leaves(inner)
    elif isinstance(messages, list):
        for inner in messages:
            yield from leaves(inner)
    else:
        yield messages


def request_schemas():
    from shop.booking.schemas import BookingRequest
    from shop.catalogue.file_schemas import CatalogueFile
    from shop.catalogue.schemas import DepartureFilter, TourFilter
    from shop.customers.schemas import ProfileRequest, SignInRequest
    from shop.orders.schemas import OrderFilter, OrderRequest
    from shop.payments.schemas import CancellationRequest, PaymentRequest

    return [
        BookingRequest,
        TourFilter,
        DepartureFilter,
        ProfileRequest,
        SignInRequest,
        OrderFilter,
        OrderRequest,
        CancellationRequest,
        PaymentRequest,
        CatalogueFile,
    ]


@pytest.mark.parametrize("schema", request_schemas(), ids=lambda schema: schema.__name__)
def test_every_mistake_our_schemas_can_name_is_translated(global_app, schema):
    seen: set = set()
    with global_app.test_request_context():
        messages_of(schema(), seen)

    assert seen
    vague = sorted(str(message) for message in seen if translate(message, "en") == _NOT_VALID.en)
    assert not vague


def test_a_decimal_field_is_not_told_to_be_whole():
    """A latitude is a number with decimals."""
    from shop.catalogue.file_schemas import MeetingPointEntry

    mistakes = MeetingPointEntry().validate({"name": {"fr": "Ici"}, "address": "Issy", "latitude": "north"})

    assert "whole" not in translate(mistakes, "en")["latitude"][0]


def test_what_has_no_words_is_still_told_in_the_language():
    assert translate({"a": ["Something marshmallow says tomorrow."]}, "fr") == {"a": ["Valeur non valable."]}

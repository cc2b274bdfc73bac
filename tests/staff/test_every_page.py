"""What every page and act of the back office has in common, tried on all of them: none is listed here by hand."""

import re
from uuid import uuid4

import pytest

from shop.staff.forms import FormSchema
from tests.factories import rows

HOSTILE = {
    "nul": "a\x00b",
    "surrogate": b"\xed\xa0\x80".decode("utf-8", "surrogatepass"),
    "sql": "'; DROP TABLE orders; --",
    "script": '"><script>alert(1)</script>',
    "formula": '=HYPERLINK("http://evil.example")',
    "negative": "-1",
    "huge": "9" * 400,
    "long": "长" * 3_000,
    "date": "9999-12-31",
    "zero": "0000-00-00T00:00",
    "not a number": "NaN",
    "format": "%s%s{0.__class__}",
}
NAMES = (
    "from",
    "to",
    "since",
    "until",
    "day",
    "week",
    "month",
    "year",
    "q",
    "cursor",
    "tour",
    "guide",
    "language",
    "status",
    "period",
    "kind",
    "currency",
    "page",
    "number",
    "date",
    "view",
    "format",
    "version",
    "lang",
    "next",
    "who",
    "subject",
)


def every_view(app, method):
    """Addresses of the back office, with the roles that may use them."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods))):
        view = app.view_functions[rule.endpoint]
        if method in rule.methods and getattr(view, "audience", None) == "staff":
            yield rule, sorted(view.roles)


def fields_of_every_form(kind=FormSchema):
    for schema in kind.__subclasses__():
        yield from (field.data_key or name for name, field in schema._declared_fields.items())
        yield from fields_of_every_form(schema)


def filled(rule, value):
    return re.sub(r"<[^>]+>", value, rule)


@pytest.fixture
def people(colleague):
    return {role: colleague(role) for role in ("manager", "stock", "cashier", "guide")}


def test_no_form_is_taken_without_its_token(app, people):
    acts = rows.value(app, "SELECT count(*) FROM staff_acts")
    tried = 0
    for rule, roles in every_view(app, "POST"):
        answer = people[roles[0]].client.post(filled(rule.rule, str(uuid4())), data={"csrf_token": "made up"})
        assert answer.status_code == 422, rule.rule
        assert "form-expired" in answer.text
        tried += 1

    assert tried > 8
    assert rows.value(app, "SELECT count(*) FROM staff_acts") == acts


@pytest.mark.parametrize(
    "value",
    [
        "x",
        "01900000-0000-7000-8000-000000000000",
        "..%2F..%2Fetc%2Fpasswd",
        "'%3B DROP TABLE orders",
        "%00",
        "9" * 300,
        "长",
        "2027-13-45",
    ],
)
def test_an_address_that_names_nothing_is_told_so(app, people, value):
    for rule, roles in every_view(app, "GET"):
        if "<" not in rule.rule:
            continue
        answer = people[roles[0]].get(filled(rule.rule, value))
        assert answer.status_code in {200, 303, 404, 409, 422}, (rule.rule, answer.text)


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_whatever_is_asked_for_gets_a_page(app, people, value):
    for rule, roles in every_view(app, "GET"):
        if "<" in rule.rule:
            continue
        asked = dict.fromkeys(NAMES, value[:2000])
        answer = people[roles[0]].client.get(rule.rule, query_string=_encodable(asked))
        assert answer.status_code in {200, 303, 404, 409, 422}, (rule.rule, answer.data)
        assert b"<script>alert" not in answer.data, rule.rule


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_whatever_a_form_holds_gets_an_answer(app, people, value):
    """Declined beside its fields, or taken; never an error of ours, and nothing that was typed is run."""
    fields = dict.fromkeys(fields_of_every_form(), value)
    for rule, roles in every_view(app, "POST"):
        if rule.endpoint == "staff.sign_out":
            continue
        sender = people[roles[0]]
        answer = sender.post(filled(rule.rule, str(uuid4())), **_encodable(fields))
        assert answer.status_code < 500, (rule.rule, answer.text)
        assert "<script>alert" not in answer.text, rule.rule


@pytest.mark.parametrize("language", ["fr", "zh-CN", "en"])
def test_every_page_is_in_the_language_of_who_reads_it(app, colleague, language):
    readers = {role: colleague(role, locale=language) for role in ("manager", "stock", "cashier", "guide")}
    for rule, roles in every_view(app, "GET"):
        if "<" in rule.rule:
            continue
        answer = readers[roles[0]].get(rule.rule)
        if answer.mimetype == "text/html" and answer.status_code == 200 and answer.text.startswith("<!doctype"):
            assert f'<html lang="{language}">' in answer.text, rule.rule
            assert answer.headers["Content-Language"] == language, rule.rule


def _encodable(fields):
    """What a client can send: a lone surrogate goes as the bytes it would be."""
    return {
        name: value.encode("utf-8", "surrogatepass")
        if any("\ud800" <= letter <= "\udfff" for letter in value)
        else value
        for name, value in fields.items()
    }

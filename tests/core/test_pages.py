"""Lists, page after page."""

import base64
import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from shop.core import clock

API = "/api/v1"


@pytest.fixture
def client(app):
    return app.test_client()


def cursor_of(*values):
    return base64.urlsafe_b64encode(json.dumps(list(values)).encode()).decode().rstrip("=")


def walk(client, address):
    """Every page of a list."""
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        yield answer.json["items"]
        address = answer.json["next"]


def test_every_entry_is_listed_once(client, catalogue):
    slugs = [catalogue.tour() for _ in range(7)]

    pages = list(walk(client, f"{API}/tours?page_size=3"))

    assert [len(page) for page in pages] == [3, 3, 1]
    assert [entry["slug"] for page in pages for entry in page] == slugs


def test_a_full_last_page_has_no_next(client, catalogue):
    for _ in range(4):
        catalogue.tour()

    assert [len(page) for page in walk(client, f"{API}/tours?page_size=2")] == [2, 2]
    assert client.get(f"{API}/tours?page_size=4").json["next"] is None


def test_an_empty_list_is_a_page(client):
    assert client.get(f"{API}/tours").json == {"items": [], "next": None}


def test_the_next_address_is_absolute_and_keeps_the_question(client, catalogue, settings):
    for _ in range(3):
        catalogue.tour(themes=["a&b=c"])

    following = client.get(f"{API}/tours?page_size=2&lang=en&q=leshan").json["next"]

    assert following.startswith(f"{settings.public_url}{API}/tours?")
    asked = parse_qs(urlsplit(following).query)
    assert (asked["page_size"], asked["lang"], asked["q"]) == (["2"], ["en"], ["leshan"])
    assert len(client.get(following).json["items"]) == 1


def test_what_is_added_meanwhile_does_not_shift_the_pages(client, catalogue):
    slug = catalogue.tour()
    start = clock.now().replace(microsecond=0) + timedelta(days=10)
    first = [catalogue.departure(slug, starts_at=start + timedelta(hours=hour)) for hour in range(6)]
    address = f"{API}/tours/{slug}/departures?page_size=2"

    page = client.get(address).json
    catalogue.departure(slug, starts_at=start - timedelta(days=1))
    late = catalogue.departure(slug, starts_at=start + timedelta(days=1))
    rest = [entry["id"] for entries in walk(client, page["next"]) for entry in entries]

    assert [entry["id"] for entry in page["items"]] + rest == [str(found) for found in [*first, late]]


def test_starts_at_the_same_moment_are_told_apart(client, catalogue):
    slug = catalogue.tour()
    start = clock.now().replace(microsecond=0) + timedelta(days=10)
    for language in ("fr", "zh", "en", "de", "it"):
        catalogue.departure(slug, starts_at=start, language=language)

    pages = list(walk(client, f"{API}/tours/{slug}/departures?page_size=2"))

    assert {entry["language"] for page in pages for entry in page} == {"fr", "zh", "en", "de", "it"}
    assert sum(len(page) for page in pages) == 5


def test_own_orders_are_listed_newest_first_page_by_page(tourist, catalogue):
    orders = [tourist.ordered(catalogue.departure(), adults=1)["id"] for _ in range(3)]

    first = tourist.get("/orders?page_size=2").json
    second = tourist.client.get(first["next"], headers=tourist.headers).json

    assert [order["id"] for order in first["items"] + second["items"]] == orders[::-1]
    assert second["next"] is None


def test_fifty_a_page_unless_asked_otherwise(client, catalogue):
    slug = catalogue.tour()
    for day in range(51):
        catalogue.departure(slug, starts_in=timedelta(days=day + 1))

    assert [len(page) for page in walk(client, f"{API}/tours/{slug}/departures")] == [50, 1]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "é",
        "====",
        "bnVsbA",
        cursor_of(),
        cursor_of("a", "b", "c"),
        cursor_of("not an id"),
        cursor_of(1),
        cursor_of(None),
        cursor_of(["a"]),
        cursor_of({"a": 1}),
        cursor_of("\x00"),
        base64.urlsafe_b64encode(b"[" * 200).decode(),
        base64.urlsafe_b64encode(b"[" + b"9" * 200 + b"]").decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(client, cursor):
    answer = client.get(f"{API}/tours", query_string={"cursor": cursor})

    assert (answer.status_code, answer.json["code"]) == (422, "invalid-input")
    assert list(answer.json["errors"]) == ["cursor"]


@pytest.mark.parametrize(
    "moment",
    [
        "yesterday",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2027-01-01",
        "2027-01-01T00:00:00",
        "2027-01-01T00:00:00+00:00:00.000001",
    ],
)
def test_a_cursor_of_departures_that_was_made_up_does_no_harm(client, catalogue, moment):
    slug = catalogue.tour()
    cursor = cursor_of(moment, "019a0000-0000-7000-8000-000000000000")

    assert client.get(f"{API}/tours/{slug}/departures", query_string={"cursor": cursor}).status_code in {200, 422}

"""Tickets, and their documents for whoever knows their code."""

import io
import json
from collections import Counter
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
import requests
import structlog

from shop.orders.ticket_codes import read_code, signing_key
from tests.factories.rows import change, rows

TYPES = {"qr": "image/svg+xml", "pdf": "application/pdf", "ics": "text/calendar"}


@pytest.fixture
def order(tourist, gift):
    return tourist.ordered(gift(), adults=2, infants=1)


@pytest.fixture
def ticket(tourist, order):
    return tourist.tickets(order["id"])[0]


@pytest.fixture
def log_lines():
    """What the shop logs, as it stands in the log."""
    before = structlog.get_config()["logger_factory"]
    written = io.StringIO()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(written))
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    structlog.configure(logger_factory=before)


def test_there_is_one_for_each_unit_bought_infants_too(tourist, order):
    answer = tourist.get(f"/orders/{order['id']}/tickets").json

    assert answer["next"] is None
    tickets = answer["items"]
    assert Counter(ticket["unit"]["code"] for ticket in tickets) == {"adult": 2, "infant": 1}
    assert {ticket["status"] for ticket in tickets} == {"valid"}
    assert [ticket["reference"] for ticket in tickets] == [f"{order['number']}/{n}" for n in (1, 2, 3)]
    assert len({ticket["id"] for ticket in tickets}) == len({ticket["code"] for ticket in tickets}) == 3
    assert all(ticket["departure"] == order["bookings"][0]["departure"] for ticket in tickets)


def test_there_are_some_for_every_booking_of_an_order(tourist, gift):
    departures = [gift(), gift()]
    order = tourist.place(*(tourist.held(departure, adults=1)["id"] for departure in departures)).json

    tickets = tourist.tickets(order["id"])

    assert [ticket["departure"]["id"] for ticket in tickets] == [str(departure) for departure in departures]


def test_there_are_none_before_the_order_is_paid(tourist, catalogue):
    order = tourist.ordered(catalogue.departure())

    assert tourist.get(f"/orders/{order['id']}/tickets").json == {"items": [], "next": None}


def test_a_code_is_signed_for_its_ticket_and_its_departure(settings, ticket):
    read = read_code(ticket["code"], signing_key(settings.secret_key).public_key())

    assert (str(read.ticket_id), str(read.departure_id)) == (ticket["id"], ticket["departure"]["id"])


def test_the_ids_of_tickets_tell_nothing_of_the_order_in_which_they_were_sold(tourist, order):
    assert {ticket["id"][14] for ticket in tourist.tickets(order["id"])} == {"4"}  # UUIDs of pure chance


@pytest.mark.parametrize("kind", TYPES)
def test_a_link_leads_to_the_document_over_http(settings, order, ticket, kind):
    assert ticket[kind].startswith(f"{settings.public_url}/tickets/{ticket['code']}.")

    answer = requests.get(ticket[kind], timeout=20)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].split(";")[0] == TYPES[kind]
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    named = f'inline; filename="{order["number"]}-1.{kind}"' if kind != "qr" else None
    assert answer.headers.get("Content-Disposition") == named
    assert answer.content.startswith({"qr": b"<", "pdf": b"%PDF-", "ics": b"BEGIN:VCALENDAR"}[kind])


@pytest.mark.parametrize("kind", TYPES)
def test_a_ticket_that_was_cancelled_has_no_documents(tourist, order, ticket, kind):
    tourist.post(f"/orders/{order['id']}/cancel")

    answer = requests.get(ticket[kind], headers={"Accept-Language": "en"}, timeout=20)

    assert (answer.status_code, answer.json()["code"]) == (409, "ticket-void")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert ticket["code"] not in answer.text


@pytest.mark.parametrize("kind", TYPES)
def test_a_code_that_no_ticket_has_is_not_found(app, ticket, kind):
    path = urlsplit(ticket[kind]).path
    last = "A" if ticket["code"][20] != "A" else "B"
    others = [path.replace(ticket["code"], ticket["code"][:20] + last + ticket["code"][21:])]
    others += [path.replace(ticket["code"], other) for other in ("x", "INS1", "é", ticket["code"].lower(), "a" * 3000)]

    for other in others:
        answer = app.test_client().get(other)
        assert (answer.status_code, answer.json["code"]) == (404, "ticket-not-found")


@pytest.mark.parametrize("kind", TYPES)
def test_a_ticket_that_was_used_still_has_its_documents(app, ticket, kind):
    change(app, "UPDATE tickets SET status = 'redeemed'")

    assert app.test_client().get(urlsplit(ticket[kind]).path).status_code == 200


def test_documents_are_in_the_language_of_the_order(tourist, gift, app):
    tourist.headers["Accept-Language"] = "zh-CN"
    ticket = tourist.tickets(tourist.ordered(gift(), adults=1)["id"])[0]

    calendar = app.test_client().get(urlsplit(ticket["ics"]).path, headers={"Accept-Language": "fr"}).text

    assert "乐山大佛之旅" in calendar.replace("\r\n ", "")


def test_documents_do_without_what_the_meeting_point_does_not_say(app, tourist, gift):
    departure = gift(meeting_point={"name": {"fr": "Devant la mairie"}}, accessibility={"fr": "Plain-pied."})
    ticket = tourist.tickets(tourist.ordered(departure, adults=1)["id"])[0]

    for kind in TYPES:
        assert app.test_client().get(urlsplit(ticket[kind]).path).status_code == 200


def test_nothing_of_a_code_stands_in_the_log(app, tourist, order, ticket, log_lines):
    client = app.test_client()
    for kind in TYPES:
        client.get(urlsplit(ticket[kind]).path)
        client.get(urlsplit(ticket[kind]).path.replace("INS1", "INS2"))
    tourist.tickets(order["id"])
    tourist.post(f"/orders/{order['id']}/cancel")
    client.get(urlsplit(ticket["pdf"]).path)

    lines = log_lines()
    assert len([line for line in lines if line["event"] == "request"]) == 9
    assert "/tickets/<code>.pdf" in {line["route"] for line in lines}
    assert ticket["code"][4:24] not in json.dumps(lines)


def test_nothing_of_a_code_stands_in_the_log_even_when_the_database_fails(app, ticket, log_lines):
    """A failure is logged with its statement; what it was about is nobody's business."""
    change(app, "ALTER TABLE tickets RENAME COLUMN status TO state")
    try:
        with suppress(Exception):
            app.test_client().get(urlsplit(ticket["ics"]).path)
    finally:
        change(app, "ALTER TABLE tickets RENAME COLUMN state TO status")

    failures = [line for line in log_lines() if line["event"] == "request_failed"]
    assert len(failures) == 1
    assert "UndefinedColumn" in failures[0]["exception"]
    assert ticket["code"][4:24] not in json.dumps(failures)


def test_tickets_are_issued_once(app, order):
    assert rows(app, "SELECT position FROM tickets ORDER BY position") == [{"position": n} for n in (1, 2, 3)]

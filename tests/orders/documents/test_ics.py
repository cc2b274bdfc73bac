from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from shop.orders.documents.ics import ticket_ics

from .conftest import FRENCH, PARIS, TICKETS


def entry(facts):
    (event,) = Calendar.from_ical(ticket_ics(facts)).walk("VEVENT")
    return event


def test_an_entry_holds_the_departure(facts):
    event = entry(facts)

    assert event["UID"] == "departure-17@shop.example"
    assert event["SUMMARY"] == facts.tour
    assert event["STATUS"] == "CONFIRMED"
    assert event["SEQUENCE"] == 0
    assert event["URL"] == facts.page_url
    assert event["GEO"].to_ical() == "48.8215;2.2631"
    assert event.decoded("DTSTART") == facts.starts_at
    assert event.decoded("DTEND") == facts.ends_at


@pytest.mark.parametrize(
    ("language", "location", "description"),
    [
        (
            "fr",
            "Devant l’entrée du parc, côté « boulevard », 170 quai de Stalingrad, 92130 Issy-les-Moulineaux",
            "Billet 482-193-0574/2. Présentez-le au point de rendez-vous, 10 minutes avant le début.",
        ),
        (
            "zh-CN",
            "Parc de l’Île Saint-Germain 公园入口，170 quai de Stalingrad, 92130 Issy-les-Moulineaux",
            "票号：482-193-0574/2。请于开始前 10 分钟到达集合地点，并出示门票。",
        ),
        (
            "en",
            "In front of the park’s gate, 170 quai de Stalingrad, 92130 Issy-les-Moulineaux",
            "Ticket 482-193-0574/2. Show it at the meeting point 10 minutes before the start.",
        ),
    ],
)
def test_an_entry_says_where_to_come_and_what_to_show(language, location, description):
    event = entry(TICKETS[language])

    assert event["LOCATION"] == location
    assert event["DESCRIPTION"] == description


@pytest.mark.parametrize(
    ("starts_at", "offset"),
    [
        (datetime(2027, 3, 27, 14, 30, tzinfo=PARIS), 1),
        (datetime(2027, 3, 28, 0, 30, tzinfo=PARIS), 1),
        (datetime(2027, 3, 28, 14, 30, tzinfo=PARIS), 2),
        (datetime(2027, 10, 30, 14, 30, tzinfo=PARIS), 2),
        (datetime(2027, 10, 31, 14, 30, tzinfo=PARIS), 1),
        (datetime(2027, 12, 31, 22, 30, tzinfo=PARIS), 1),
    ],
)
def test_the_hour_is_that_of_the_place_on_either_side_of_a_clock_change(starts_at, offset):
    ends_at = (starts_at.astimezone(UTC) + timedelta(hours=3)).astimezone(PARIS)
    facts = replace(FRENCH, starts_at=starts_at, ends_at=ends_at)
    calendar = Calendar.from_ical(ticket_ics(facts))
    (event,) = calendar.walk("VEVENT")

    start, end = event.decoded("DTSTART"), event.decoded("DTEND")
    assert start.replace(tzinfo=None) == starts_at.replace(tzinfo=None)
    assert start.utcoffset() == timedelta(hours=offset)
    assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=3)

    # What a program goes by that knows no time zones but those of the file:
    (zone,) = calendar.walk("VTIMEZONE")
    assert event["DTSTART"].params["TZID"] == zone["TZID"] == "Europe/Paris"
    own = zone.to_tz(lookup_tzid=False)
    assert starts_at.replace(tzinfo=own).utcoffset() == timedelta(hours=offset)
    assert ends_at.replace(tzinfo=own).utcoffset() == ends_at.utcoffset()


def test_a_place_without_coordinates_has_none_in_the_calendar():
    assert "GEO" not in entry(replace(FRENCH, latitude=None))


def test_coordinates_of_zero_are_coordinates():
    assert "GEO" in entry(replace(FRENCH, latitude=0.0, longitude=0.0))


def test_the_same_ticket_is_the_same_entry(facts):
    assert ticket_ics(facts) == ticket_ics(facts)
    assert entry(facts).decoded("DTSTAMP") == facts.starts_at


def test_lines_are_as_short_as_the_format_wants_them(facts):
    assert all(len(line) <= 75 for line in ticket_ics(facts).split(b"\r\n"))

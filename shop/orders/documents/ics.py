"""The entry of a ticket in a calendar (https://www.rfc-editor.org/rfc/rfc5545)."""

from datetime import UTC, date

from icalendar import Calendar, Event

from . import texts, wording
from .facts import TicketFacts


def ticket_ics(facts: TicketFacts) -> bytes:
    """A calendar with the departure of the ticket as its only entry."""
    event = Event()
    event.add("uid", facts.uid)
    event.add("sequence", 0)
    # When the entry was written is not among the facts. The start is, so that the same ticket is always the
    # same entry, and a departure moved to a later day a newer one.
    event.add("dtstamp", facts.starts_at.astimezone(UTC))
    event.add("dtstart", facts.starts_at)
    event.add("dtend", facts.ends_at)
    event.add("summary", facts.tour)
    event.add("location", wording.place(facts))
    if facts.latitude is not None and facts.longitude is not None:
        event.add("geo", (facts.latitude, facts.longitude))
    event.add("description", texts.SHOW_THE_TICKET.to(facts.language, reference=facts.reference))
    event.add("url", facts.page_url)
    event.add("status", "CONFIRMED")

    calendar = Calendar()
    calendar.add("prodid", "-//Insolite//Tickets//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    # The clock changes of the years of the tour are all that this calendar needs to know of its time zone.
    calendar.add_missing_timezones(date(facts.starts_at.year, 1, 1), date(facts.ends_at.year + 1, 1, 1))
    entry: bytes = calendar.to_ical()
    return entry

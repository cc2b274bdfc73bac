"""Proofs of answers about the catalogue: short texts that are others whenever the answers would be.

Each is the state of the catalogue, and what else the answer says that changes without it: seats, and what is open at
the moment.
"""

from shop.catalogue.services.offers import STATE
from shop.core import clock
from shop.core.plain import in_one_trip

_NEXT = """
    SELECT string_agg(concat_ws(' ', next.id, next.seats), ',' ORDER BY tours.id)
    FROM tours CROSS JOIN LATERAL (
        SELECT departures.id, capacity - seats_taken - seats_blocked AS seats FROM departures
        WHERE tour_id = tours.id AND departures.status = 'open'
          AND starts_at >= %(now)s + make_interval(mins => cutoff_minutes) AND seats_taken + seats_blocked < capacity
        ORDER BY starts_at, departures.id LIMIT 1
    ) AS next WHERE tours.status = 'published'
"""
_TOURS = f"SELECT concat_ws(';', ({STATE}), ({_NEXT}))"
_TOUR = f"SELECT concat_ws(';', ({STATE}), ({_NEXT} AND slug = %(slug)s))"
_DEPARTURES = f"""
    SELECT concat_ws(';', ({STATE}), (
        SELECT string_agg(
            concat_ws(' ', seats_taken, seats_blocked, starts_at < %(now)s + make_interval(mins => cutoff_minutes)),
            ',' ORDER BY starts_at, departures.id
        ) FROM departures JOIN tours ON tours.id = tour_id WHERE slug = %(slug)s AND starts_at > %(now)s
    ))
"""  # noqa: S608 -- put together of constants


def of_tours() -> str:
    """Of a list of tours, unless it depends on dates."""
    return str(in_one_trip(_TOURS, {"now": clock.now()})[0])


def of_tour(slug: str) -> str:
    """Of one tour."""
    return str(in_one_trip(_TOUR, {"now": clock.now(), "slug": slug})[0])


def of_departures(slug: str) -> str:
    """Of the departures of a tour."""
    return str(in_one_trip(_DEPARTURES, {"now": clock.now(), "slug": slug})[0])

"""Putting a history together: its stock, its people, its orders in the order they were placed, its books, its desk."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from random import Random

from bench.history.desk import GUIDES, write_desk, write_staff
from bench.history.forms import DAY, HOUR, MINUTE, SECOND, Identifiers, of
from bench.history.journal import Journal
from bench.history.orders import Orders
from bench.history.people import People
from bench.history.stock import Date, dates, tours, write_dates
from bench.history.tables import Tables, Unindexed, connect, go_on_counting, refuse_unless_empty
from shop.core import clock
from shop.orders.ticket_codes import signing_key

AHEAD = 60 * DAY  # nobody orders earlier than that
MOST_PENDING, MOST_IN_REVIEW = 12, 6
_SPECIAL = (None, "pending", "in_review")


def load(
    database_url: str,
    *,
    orders: int = 1_000_000,
    departures: int = 20_000,
    seed: int = 1,
    now: datetime | None = None,
    zone: str = "Europe/Paris",
    app_id: str = "wx0000000000000000",
    secret_key: str | None = None,
    tell: Callable[[str], None] = lambda _step: None,
) -> dict[str, int]:
    """Write a history into a migrated database in which nothing was sold yet; of its catalogue, or of one of its own.

    If it fails, the database is good for nothing: its indexes may be missing. The same for the same seed and moment.

    Args:
        now: the end of the history; this moment if it is not given.
        zone: where the Office's days begin and end.
        app_id: of the mini-program that its customers come from.
        secret_key: the shop's; the tickets of coming dates are signed with it.
        tell: told each step.

    Returns:
        How many rows of each table were written.

    Raises:
        NotEmpty: something was sold already.
    """
    chance, moment = Random(seed), of(now or clock.now())
    with connect(database_url) as connection:
        refuse_unless_empty(connection)
        sold = tours(connection, chance)
    some = dates(sold, departures, now=moment, chance=chance, guides=GUIDES)
    ids = Identifiers(chance)
    for date in some:
        if date.called_off is not None:
            date.change = ids.of(date.called_off)
    plan = _plan(some, orders, moment, chance)
    unindexed = Unindexed(database_url)
    tell("planned, indexes dropped")
    with _without_collecting(), Tables(database_url) as tables:
        staff = write_staff(tables.lines, now=moment)
        journal = Journal(tables.lines, chance, zone=zone, now=moment)
        people = People(chance, app_id=app_id)
        key = signing_key(secret_key) if secret_key else None
        book = Orders(tables.lines, journal, people, chance, now=moment, staff=staff, key=key)
        for number, (placed, index, special) in enumerate(map(_unpacked, plan)):
            journal.write_until(placed)
            book.write(placed, some[index], _SPECIAL[special])
            if number % 1_000 == 0:
                tables.pass_on()
        journal.end()
        people.write(tables.lines, now=moment)
        write_dates(tables.lines, some, now=moment, chance=chance, who=staff[0])
        write_desk(tables.lines, book.sample, staff, chance, now=moment)
        tell("written")
    tell("kept")
    unindexed.restore()
    with connect(database_url) as connection:
        go_on_counting(connection)
    tell("indexes made again")
    return tables.counts


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Nothing here goes in circles, and millions of objects need not be looked at again and again."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _plan(some: list[Date], orders: int, now: int, chance: Random) -> list[int]:
    """When each order is placed and for which departure, in the order of these moments; packed, they sort fast."""
    whole, done, planned = sum(date.demand for date in some), 0.0, 0
    plan: list[int] = []
    coming = [
        index
        for index, date in enumerate(some)
        if date.starts > now and date.called_off is None and date.tour.grown.price
    ]
    least = min(len(coming), orders)
    specials = [1] * min(MOST_PENDING, 1 + least // 20) + [2] * min(MOST_IN_REVIEW, 1 + least // 20)
    specials = specials if coming and orders > 2 * len(specials) else []
    for special in specials:
        back = 6 * MINUTE if special == 1 else 8 * HOUR
        placed = now - 2 * MINUTE - round(chance.random() * back) - (5 * MINUTE if special == 2 else 0)
        plan.append(_packed(placed, chance.choice(coming), special))
    for index, date in enumerate(some):
        done += date.demand
        count = round(done / whole * (orders - len(specials))) - planned
        planned += count
        plan += [_packed(_moment(date, now, chance), index, 0) for _ in range(count)]
    plan.sort()
    return plan


def _moment(date: Date, now: int, chance: Random) -> int:
    """When somebody orders for a date: rarely long before it."""
    latest = min(date.starts - date.tour.cutoff * MINUTE, now) - 3 * MINUTE
    if date.called_off is not None:
        latest = min(latest, date.called_off - HOUR)
    earliest = min(date.starts - AHEAD, latest - 20 * DAY)
    early = chance.random() ** (3 if date.starts < now else 1)  # the rush for a coming date is still to come
    return latest - round((latest - earliest) * early) - chance.randrange(SECOND)


def _packed(moment: int, index: int, special: int) -> int:
    return moment << 24 | index << 2 | special


def _unpacked(packed: int) -> tuple[int, int, int]:
    return packed >> 24, packed >> 2 & 0x3FFFFF, packed & 3

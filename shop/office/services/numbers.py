"""What was sold, how full the tours were, what money came, in a number of queries that does not grow.

Money is what the journal says, by the day of its entries; seats are those of orders that became certain, by the day
they did; occupancy is of the departures that start in the period. Currencies are never added together.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from shop.books.rules import Period
from shop.catalogue.models import Tour
from shop.core.db import db
from shop.core.settings import settings

LEAD_FROM = (0, 1, 2, 4, 8, 15, 31, 61)  # days before the start, where each class of lead time begins

Key = TypeVar("Key", bound=Hashable)

# A credit is laid to the tours of its order by the price of what was cancelled of each; if nothing was, by price.
# Shares are differences of rounded running sums, so that they add up to the very amount of the entry.
_REVENUE = sa.text(
    """
    WITH moved AS MATERIALIZED (
        SELECT e.order_id, l.currency, CAST(date_trunc('week', e.at AT TIME ZONE :zone) AS date) AS week,
               sum(l.debit) AS sold, sum(l.credit) AS credited
        FROM journal_entries e JOIN journal_lines l ON l.entry = e.number AND l.account = 'customer'
        WHERE e.kind IN ('sale', 'credit') AND e.at >= :begin AND e.at < :after
        GROUP BY 1, 2, 3
    ), bought AS (
        SELECT b.order_id, d.tour_id, d.language, sum(n.price * n.quantity) AS price,
               sum(n.price * CASE b.status WHEN 'confirmed' THEN n.cancelled ELSE n.quantity END) AS back
        FROM bookings b JOIN departures d ON d.id = b.departure_id JOIN booking_lines n ON n.booking_id = b.id
        WHERE b.order_id IN (SELECT order_id FROM moved)
        GROUP BY 1, 2, 3
    ), weighed AS (
        SELECT *, CASE WHEN sum(price) OVER whole = 0 THEN 1 ELSE price END AS sale_weight,
               CASE WHEN sum(back) OVER whole > 0 THEN back WHEN sum(price) OVER whole = 0 THEN 1 ELSE price END
                   AS credit_weight
        FROM bought WINDOW whole AS (PARTITION BY order_id)
    ), running AS (
        SELECT *, sum(sale_weight) OVER upto AS sale_to, sum(sale_weight) OVER whole AS sale_all,
               sum(credit_weight) OVER upto AS credit_to, sum(credit_weight) OVER whole AS credit_all
        FROM weighed
        WINDOW whole AS (PARTITION BY order_id), upto AS (PARTITION BY order_id ORDER BY tour_id, language)
    )
    SELECT currency, tour_id, language, week,
           sum(CASE WHEN tour_id IS NULL THEN sold ELSE
               round(sold * sale_to / sale_all) - round(sold * (sale_to - sale_weight) / sale_all) END) AS sold,
           sum(CASE WHEN tour_id IS NULL THEN credited ELSE
               round(credited * credit_to / credit_all)
               - round(credited * (credit_to - credit_weight) / credit_all) END) AS credited
    FROM moved LEFT JOIN running USING (order_id)
    GROUP BY 1, 2, 3, 4
    """
)

_BOUGHT = """
    FROM orders o JOIN bookings b ON b.order_id = o.id JOIN departures d ON d.id = b.departure_id
         JOIN booking_lines n ON n.booking_id = b.id JOIN units u ON u.id = n.unit_id
    WHERE o.paid_at >= :begin AND o.paid_at < :after
"""
_SEATS = sa.text(
    f"""
    SELECT o.currency, d.tour_id, d.language, CAST(date_trunc('week', o.paid_at AT TIME ZONE :zone) AS date) AS week,
           sum(n.quantity * u.seats) AS seats,
           sum(u.seats * CASE b.status WHEN 'confirmed' THEN n.cancelled ELSE n.quantity END) AS cancelled
    {_BOUGHT} GROUP BY 1, 2, 3, 4
    """
)
_ORDERS = sa.text("SELECT count(*) FROM orders WHERE paid_at >= :begin AND paid_at < :after")
_LEAD = sa.text(
    f"""
    WITH booked AS (
        SELECT b.id, sum(n.quantity * u.seats) AS seats, greatest(
            0, CAST(d.starts_at AT TIME ZONE :zone AS date) - CAST(o.paid_at AT TIME ZONE :zone AS date)) AS days
        {_BOUGHT} GROUP BY b.id, d.starts_at, o.paid_at
    )
    SELECT width_bucket(days, CAST(:classes AS integer[])) AS class, sum(seats) AS seats,
           (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY days) FROM booked) AS median
    FROM booked GROUP BY 1
    """  # noqa: S608 -- put together of constants of the shop
)
_DEPARTURES = sa.text(
    """
    SELECT d.tour_id, d.language, CAST(date_trunc('week', d.starts_at AT TIME ZONE :zone) AS date) AS week,
           CAST(extract(isodow FROM d.starts_at AT TIME ZONE :zone) AS integer) AS weekday,
           CAST(extract(hour FROM d.starts_at AT TIME ZONE :zone) AS integer) AS hour,
           count(*) FILTER (WHERE d.status <> 'cancelled') AS departures,
           count(*) FILTER (WHERE d.status = 'cancelled') AS called_off,
           coalesce(sum(d.capacity) FILTER (WHERE d.status <> 'cancelled'), 0) AS capacity,
           coalesce(sum(b.seats) FILTER (WHERE d.status <> 'cancelled'), 0) AS filled
    FROM departures d LEFT JOIN LATERAL (
        SELECT sum(seats) AS seats FROM bookings WHERE departure_id = d.id AND status = 'confirmed') AS b ON true
    WHERE d.starts_at >= :begin AND d.starts_at < :after
    GROUP BY 1, 2, 3, 4, 5
    """
)
_MEANS = sa.text(
    """
    SELECT substr(l.account, 9) AS gateway, l.currency,
           count(*) FILTER (WHERE e.kind = 'payment') AS payments, count(*) FILTER (WHERE e.kind = 'refund') AS refunds,
           coalesce(sum(l.debit - l.credit) FILTER (WHERE e.kind = 'payment'), 0) AS came,
           coalesce(sum(l.credit - l.debit) FILTER (WHERE e.kind = 'refund'), 0) AS went
    FROM journal_entries e JOIN journal_lines l ON l.entry = e.number AND starts_with(l.account, 'gateway:')
    WHERE e.kind IN ('payment', 'refund') AND e.at >= :begin AND e.at < :after
    GROUP BY 1, 2 ORDER BY 1, 2
    """
)


@dataclass
class Sales:
    """What was sold of something, in one currency; minor units, taxes included."""

    seats: int = 0
    cancelled: int = 0  # of these seats, given back since
    sold: int = 0
    credited: int = 0

    @property
    def revenue(self) -> int:
        """What is left after credit notes."""
        return self.sold - self.credited


@dataclass
class Filled:
    """How full departures were."""

    departures: int = 0
    called_off: int = 0
    capacity: int = 0
    filled: int = 0

    @property
    def occupancy(self) -> float | None:
        """Between 0 and 1; None if there was no seat."""
        return self.filled / self.capacity if self.capacity else None


@dataclass(frozen=True)
class Means:
    """The money of one gateway in one currency; minor units."""

    gateway: str
    currency: str
    payments: int
    refunds: int
    came: int
    went: int


@dataclass(frozen=True)
class Numbers:
    """All that is counted of a period.

    Args:
        sales: by currency, tour, language and Monday; the tour and language are None of money without bookings.
        filled: by tour, language, Monday, weekday (1 is Monday) and hour.
        lead: seats by class of lead time, as in LEAD_FROM.
        median_lead: days.
        titles: of the tours that occur, by language.
        counted_at: of numbers that were kept; None of those counted just now.
    """

    period: Period
    orders: int
    sales: Mapping[tuple[str, UUID | None, str | None, date], Sales]
    filled: Mapping[tuple[UUID, str, date, int, int], Filled]
    means: Sequence[Means]
    lead: Sequence[int]
    median_lead: int | None
    titles: Mapping[UUID, Mapping[str, str]] = field(default_factory=dict)
    counted_at: datetime | None = None

    @property
    def currencies(self) -> list[str]:
        """Those in which anything was sold or came, the first first."""
        return sorted({key[0] for key in self.sales} | {one.currency for one in self.means})

    @property
    def cancelled_share(self) -> float | None:
        """Of the seats sold, those given back since, between 0 and 1."""
        total = self.all_sales
        return total.cancelled / total.seats if total.seats else None

    @property
    def all_sales(self) -> Sales:
        """The seats of all currencies; its money means nothing."""
        return _add_sales(self.sales.values())

    def sales_by(self, key: Callable[[str, UUID | None, str | None, date], Key]) -> dict[Key, Sales]:
        """Sales, put together by whatever a function makes of currency, tour, language and Monday."""
        found: dict[Key, list[Sales]] = defaultdict(list)
        for place, sales in self.sales.items():
            found[key(*place)].append(sales)
        return {name: _add_sales(some) for name, some in found.items()}

    def filled_by(self, key: Callable[[UUID, str, date, int, int], Key]) -> dict[Key, Filled]:
        """Departures, put together by whatever a function makes of tour, language, Monday, weekday and hour."""
        found: dict[Key, list[Filled]] = defaultdict(list)
        for place, filled in self.filled.items():
            found[key(*place)].append(filled)
        return {name: _add_filled(some) for name, some in found.items()}


def orders_in(period: Period) -> int:
    """How many orders became certain in a period."""
    begin, after = period.moments(ZoneInfo(settings().timezone))
    return int(db.session.scalars(_ORDERS, {"begin": begin, "after": after}).one())


def count(period: Period) -> Numbers:
    """Everything of a period, in the time zone of the Office."""
    zone = ZoneInfo(settings().timezone)
    begin, after = period.moments(zone)
    given = {"begin": begin, "after": after, "zone": zone.key}
    sales: dict[tuple[str, UUID | None, str | None, date], Sales] = defaultdict(Sales)
    for row in _read(_SEATS, given):
        place = sales[row["currency"], row["tour_id"], row["language"], row["week"]]
        place.seats, place.cancelled = int(row["seats"]), int(row["cancelled"])
    for row in _read(_REVENUE, given):
        place = sales[row["currency"], row["tour_id"], row["language"], row["week"]]
        place.sold, place.credited = int(row["sold"]), int(row["credited"])
    filled = {
        (row["tour_id"], row["language"], row["week"], row["weekday"], row["hour"]): Filled(
            row["departures"], row["called_off"], int(row["capacity"]), int(row["filled"])
        )
        for row in _read(_DEPARTURES, given)
    }
    means = [
        Means(row["gateway"], row["currency"], row["payments"], row["refunds"], int(row["came"]), int(row["went"]))
        for row in _read(_MEANS, given)
    ]
    lead, median = [0] * len(LEAD_FROM), None
    for row in _read(_LEAD, given | {"classes": list(LEAD_FROM)}):
        lead[row["class"] - 1], median = int(row["seats"]), row["median"]
    tours = {place[1] for place in sales if place[1]} | {place[0] for place in filled}
    return Numbers(
        period=period,
        orders=db.session.scalars(_ORDERS, given).one(),
        sales=dict(sales),
        filled=filled,
        means=means,
        lead=lead,
        median_lead=median,
        titles=_titles(tours),
    )


def _titles(tours: Iterable[UUID]) -> dict[UUID, Mapping[str, str]]:
    rows = db.session.execute(sa.select(Tour.id, Tour.title).where(Tour.id.in_(list(tours))))
    return {row.id: row.title for row in rows}


def _read(statement: sa.TextClause, given: Mapping[str, Any]) -> Sequence[sa.RowMapping]:
    return db.session.execute(statement, given).mappings().all()


def _add_sales(some: Iterable[Sales]) -> Sales:
    total = Sales()
    for one in some:
        total.seats += one.seats
        total.cancelled += one.cancelled
        total.sold += one.sold
        total.credited += one.credited
    return total


def _add_filled(some: Iterable[Filled]) -> Filled:
    total = Filled()
    for one in some:
        total.departures += one.departures
        total.called_off += one.called_off
        total.capacity += one.capacity
        total.filled += one.filled
    return total

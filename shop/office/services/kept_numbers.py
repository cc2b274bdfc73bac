"""Numbers of large periods, kept for a few minutes. The caller owns the transaction."""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from shop.books.rules import Period
from shop.core.db import db
from shop.office.models import KeptNumbers
from shop.office.rules import numbers as rules
from shop.office.services.numbers import Filled, Means, Numbers, Sales, count

_FOR_LONG = timedelta(days=1)  # until a row that nobody may use any more goes


def find(period: Period, *, now: datetime) -> Numbers | None:
    """The numbers of a period that were counted a few minutes ago; None if none were kept."""
    kept = db.session.get(KeptNumbers, (period.first, period.last))
    if kept is None or kept.counted_at < now - rules.KEPT_FOR:
        return None
    return _restored(period, kept.content, kept.counted_at)


def keep(numbers: Numbers, *, now: datetime) -> None:
    """Remember the numbers of a period, and let go of those that are old."""
    values = {"counted_at": now, "content": _content(numbers)}
    new = insert(KeptNumbers).values(first_on=numbers.period.first, last_on=numbers.period.last, **values)
    db.session.execute(new.on_conflict_do_update(index_elements=["first_on", "last_on"], set_=values))
    db.session.execute(sa.delete(KeptNumbers).where(KeptNumbers.counted_at < now - _FOR_LONG))


def count_ahead(period: Period, *, now: datetime) -> None:
    """Count a period and keep it, however long that takes, before somebody asks."""
    db.session.execute(sa.text("SET LOCAL statement_timeout = '5min'"))
    keep(count(period), now=now)


def _content(numbers: Numbers) -> dict[str, Any]:
    return {
        "orders": numbers.orders,
        "sales": [
            [currency, str(tour) if tour else None, language, week.isoformat(), asdict(sales)]
            for (currency, tour, language, week), sales in numbers.sales.items()
        ],
        "filled": [
            [str(tour), language, week.isoformat(), weekday, hour, asdict(filled)]
            for (tour, language, week, weekday, hour), filled in numbers.filled.items()
        ],
        "means": [asdict(one) for one in numbers.means],
        "lead": list(numbers.lead),
        "median_lead": numbers.median_lead,
        "titles": {str(tour): dict(title) for tour, title in numbers.titles.items()},
    }


def _restored(period: Period, kept: dict[str, Any], counted_at: datetime) -> Numbers:
    # The same few tours and weeks stand in thousands of rows.
    tour_of, week_of = cache(UUID), cache(date.fromisoformat)
    return Numbers(
        period=period,
        orders=kept["orders"],
        sales={
            (currency, tour_of(tour) if tour else None, language, week_of(week)): Sales(**sales)
            for currency, tour, language, week, sales in kept["sales"]
        },
        filled={
            (tour_of(tour), language, week_of(week), weekday, hour): Filled(**filled)
            for tour, language, week, weekday, hour, filled in kept["filled"]
        },
        means=[Means(**one) for one in kept["means"]],
        lead=kept["lead"],
        median_lead=kept["median_lead"],
        titles={UUID(tour): title for tour, title in kept["titles"].items()},
        counted_at=counted_at,
    )

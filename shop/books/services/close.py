"""Closing days, months and years. The caller owns the transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from dateutil.relativedelta import relativedelta

from shop.books import rules
from shop.books.models import Closing, JournalEntry, JournalHead
from shop.books.services.posting import lock_head
from shop.books.totals import SPAN_TOTALS
from shop.core.db import db
from shop.core.pages import page
from shop.core.settings import settings

PERIODS = ("day", "month", "year")
LENGTHS = {"day": relativedelta(days=1), "month": relativedelta(months=1), "year": relativedelta(years=1)}
GRACE = timedelta(hours=1)  # what is on its way at midnight arrives first

_TOTALS_OF_ONE = f"""
    SELECT totals FROM (
        SELECT CAST(:first AS bigint) AS first_entry, CAST(:last AS bigint) AS last_entry,
               CAST(:currency AS text) AS currency) AS span,
        LATERAL ({SPAN_TOTALS}) AS summed
"""  # noqa: S608 -- put together of constants of the shop


@dataclass(frozen=True)
class Span:
    """The entries of a period in one currency."""

    period: str
    starts_on: date
    currency: str
    first_entry: int
    last_entry: int

    def ends_at(self, zone: ZoneInfo) -> datetime:
        """The first moment after it."""
        return _ends(self.period, self.starts_on, zone)


def _ends(period: str, day: date, zone: ZoneInfo) -> datetime:
    """The first moment after the period that a day lies in."""
    starts_on = {"day": day, "month": day.replace(day=1), "year": day.replace(month=1, day=1)}[period]
    end = starts_on + LENGTHS[period]
    return datetime(end.year, end.month, end.day, tzinfo=zone).astimezone(UTC)


def close_due(now: datetime) -> list[Closing]:
    """Close every period that has entries and ended an hour ago or more, each once, the oldest first.

    From then on nothing is entered with a moment before its end: the head of the journal has moved on.
    """
    zone = ZoneInfo(settings().timezone)
    if not _due(zone, now):
        return []
    head = lock_head(now)
    due = _due(zone, now)  # again: another worker may have been faster
    closed = [_close(span, now) for span in due]
    if due:
        head.at = max(head.at, *(span.ends_at(zone) for span in due))
        head.write_down()
    return closed


def list_closings(period: str, *, cursor: str | None, size: int = 40) -> dict[str, Any]:
    """One page of the closings of a kind, the newest first."""
    closings = sa.select(Closing).where(Closing.period == period)
    return page(closings, key=[sa.desc(Closing.number)], cursor=cursor, size=size)


def find_head() -> JournalHead | None:
    """The end of the journal as it stands; None if nothing was ever entered."""
    return db.session.get(JournalHead, 1)


def _due(zone: ZoneInfo, now: datetime) -> list[Span]:
    spans = [span for period in PERIODS for span in _unclosed(period, zone, now)]
    ended = [span for span in spans if span.ends_at(zone) + GRACE <= now]
    return sorted(
        ended, key=lambda span: (span.ends_at(zone), PERIODS.index(span.period), span.starts_on, span.currency)
    )


def _unclosed(period: str, zone: ZoneInfo, now: datetime) -> Sequence[Span]:
    """Entries follow one another in time, so what comes after the last closed entry is all that is not closed.

    If the period of the very next entry has not ended, none has: then the entries of a year need not be read.
    """
    last = db.session.scalar(sa.select(sa.func.max(Closing.last_entry)).where(Closing.period == period)) or 0
    following = db.session.scalar(sa.select(JournalEntry.at).where(JournalEntry.number == last + 1))
    if following is None or _ends(period, following.astimezone(zone).date(), zone) + GRACE > now:
        return []
    rows = db.session.execute(
        sa.text(
            """
            SELECT CAST(date_trunc(:period, at AT TIME ZONE :zone) AS date) AS starts_on, currency,
                   min(number) AS first_entry, max(number) AS last_entry
            FROM journal_entries JOIN journal_lines ON entry = number
            WHERE number > :last
            GROUP BY 1, 2
            """
        ),
        {"period": period, "zone": zone.key, "last": last},
    )
    return [Span(period, **row) for row in rows.mappings()]


def _close(span: Span, now: datetime) -> Closing:
    totals = _totals(span)
    before = db.session.scalars(sa.select(Closing).order_by(Closing.number.desc()).limit(1)).one_or_none()
    perpetual = _perpetual(span, totals)
    number = before.number + 1 if before else 1
    body = rules.canonical(
        {
            "number": number,
            "period": span.period,
            "starts_on": span.starts_on.isoformat(),
            "currency": span.currency,
            "first_entry": span.first_entry,
            "last_entry": span.last_entry,
            "totals": totals,
            "perpetual": perpetual,
            "closed_at": now.astimezone(UTC).isoformat(),
        }
    )
    previous_hash = before.hash if before else rules.NOTHING_BEFORE
    closing = Closing(
        number=number,
        period=span.period,
        starts_on=span.starts_on,
        currency=span.currency,
        first_entry=span.first_entry,
        last_entry=span.last_entry,
        totals=totals,
        perpetual=perpetual,
        closed_at=now,
        body=body,
        previous_hash=previous_hash,
        hash=rules.link(previous_hash, body),
    )
    db.session.add(closing)
    db.session.flush()
    return closing


def _totals(span: Span) -> dict[str, Any]:
    given = {"first": span.first_entry, "last": span.last_entry, "currency": span.currency}
    found: dict[str, Any] = db.session.scalars(sa.text(_TOTALS_OF_ONE), given).one()
    return found


def _perpetual(span: Span, totals: dict[str, Any]) -> dict[str, Any]:
    """What the last closing of such a period carried forward, and this one's."""
    before = db.session.scalars(
        sa.select(Closing)
        .where(Closing.period == span.period, Closing.currency == span.currency)
        .order_by(Closing.number.desc())
        .limit(1)
    ).one_or_none()
    return {name: totals[name] + (before.perpetual[name] if before else 0) for name in ("sold", "credited")}

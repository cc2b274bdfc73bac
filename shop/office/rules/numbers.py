"""What can be decided of numbers without a database: which days are compared, and how much has changed."""

from datetime import date, timedelta

from shop.books.rules import Period

WEEKS = 12  # shown unless somebody asks for other days
MOST_DAYS = 731
MANY = 2_000  # orders; to count the numbers of more takes so long that they are kept for a while
KEPT_FOR = timedelta(minutes=15)


def usual_period(today: date) -> Period:
    """The last weeks, this one included, as far as it has gone."""
    monday = today - timedelta(days=today.weekday())
    return Period(monday - timedelta(weeks=WEEKS - 1), today)


def compared_with(period: Period) -> Period:
    """As many days before; of what begins on a Monday the same weekdays, so that weekends stand beside weekends."""
    away = timedelta(weeks=-(-period.days // 7)) if period.first.weekday() == 0 else timedelta(days=period.days)
    return Period(period.first - away, period.last - away)


def mondays(period: Period) -> list[date]:
    """The first days of its weeks; the first week may have begun before it."""
    first = period.first - timedelta(days=period.first.weekday())
    return [first + timedelta(weeks=week) for week in range((period.last - first).days // 7 + 1)]


def change(now: float | None, before: float | None) -> float | None:
    """By what share something grew; None if there is nothing to compare with."""
    return (now - before) / before if now is not None and before else None

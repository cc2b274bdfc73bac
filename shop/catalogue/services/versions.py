"""What tours were: a version with each change, who made it, and what it changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from shop.catalogue import rules
from shop.catalogue.errors import VersionNotFound
from shop.catalogue.models import Tour, TourVersion
from shop.catalogue.rules import Difference
from shop.catalogue.services.entries import snapshot
from shop.core.db import db

PAGE = 20


@dataclass(frozen=True)
class Chapter:
    """A version, and what it changed of the one before; None if that is not known."""

    version: TourVersion
    changes: list[Difference] | None


def keep(tour: Tour, before: dict[str, Any] | None, act: str, *, who: str | None, now: datetime) -> list[Difference]:
    """Keep what a tour has become, if it is something else than before; the tour is locked.

    Args:
        before: its snapshot then; None of a new tour.
        who: of the staff, by address; None from the command line.

    Returns:
        What changed.
    """
    after = snapshot(tour)
    changes = rules.differences(before or {}, after)
    if not changes:
        return []
    if before is None:
        tour.version = 1
    else:
        if not _is_kept(tour):
            db.session.add(TourVersion(tour_id=tour.id, number=tour.version, at=now, act="before", content=before))
        tour.version += 1
    db.session.add(TourVersion(tour_id=tour.id, number=tour.version, at=now, who=who, act=act, content=after))
    db.session.flush()
    return changes


def history(tour: Tour, *, before: int | None = None) -> tuple[Sequence[Chapter], int | None]:
    """The versions of a tour, newest first, and the number behind which the next page starts."""
    statement = sa.select(TourVersion).where(TourVersion.tour_id == tour.id).order_by(TourVersion.number.desc())
    if before is not None:
        statement = statement.where(TourVersion.number < before)
    found = db.session.scalars(statement.limit(PAGE + 1)).all()
    earlier = [*found[1:], None]
    chapters = [
        Chapter(one, rules.differences(other.content, one.content) if other else None)
        for one, other in zip(found, earlier, strict=False)
    ]
    return chapters[:PAGE], found[PAGE - 1].number if len(found) > PAGE else None


def get_version(tour: Tour, number: int) -> TourVersion:
    """One version of a tour.

    Raises:
        VersionNotFound: it has none of that number.
    """
    found = db.session.scalar(
        sa.select(TourVersion).where(TourVersion.tour_id == tour.id, TourVersion.number == number)
    )
    if found is None:
        raise VersionNotFound
    return found


def last_change(tour: Tour) -> TourVersion | None:
    """The version a tour is at; None if it was never changed here."""
    return db.session.scalar(
        sa.select(TourVersion).where(TourVersion.tour_id == tour.id).order_by(TourVersion.number.desc()).limit(1)
    )


def _is_kept(tour: Tour) -> bool:
    one = sa.select(TourVersion.id).where(TourVersion.tour_id == tour.id, TourVersion.number == tour.version)
    return db.session.scalar(one) is not None

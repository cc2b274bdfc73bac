"""What each process remembers of the departures it sells: what a hold needs to know of them, without asking again.

Remembered is what the catalogue says (tour, units, prices, dates), with the state of the catalogue it was read in;
seats are never believed. Whoever writes on the strength of it has the database compare that state in the same
statement, and looks again when it is another.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.errors import DepartureNotFound
from shop.catalogue.models import CatalogueChange, Departure
from shop.catalogue.services.browse import departure_statement
from shop.core.db import db

MOST = 2_000  # departures remembered by a process; some 10 kB each
# Rows of changes become visible in the order of commits, not of their ids: the highest id would miss some.
ANY = "any"  # the state of no catalogue
STATE = "SELECT count(*) || '/' || coalesce(sum(id), 0) FROM catalogue_changes"

_remembered: dict[UUID, "Offer"] = {}


@dataclass(frozen=True)
class Offer:
    """A departure of a published tour, with its tour, units and prices, all belonging to no session.

    Args:
        catalogue: the state of the catalogue in which it was read, or an older one.
        aside: what others worked out of it, which is forgotten with it.
    """

    departure: Departure
    catalogue: str
    aside: dict[Any, Any] = field(default_factory=dict)


def get_offer(departure_id: UUID) -> Offer:
    """A departure as it was when this process last looked.

    Raises:
        DepartureNotFound: there is none of a published tour.
    """
    return _remembered.get(departure_id) or look_again(departure_id)


def look_again(departure_id: UUID) -> Offer:
    """A departure as it is now.

    Raises:
        DepartureNotFound: there is none of a published tour.
    """
    _remembered.pop(departure_id, None)
    with Session(db.engine) as session:
        state = session.scalar(sa.text(STATE))
        found = session.scalars(departure_statement(departure_id)).unique().one_or_none()
        session.expunge_all()
    if found is None:
        raise DepartureNotFound
    if len(_remembered) >= MOST:
        _remembered.clear()
    offer = _remembered[departure_id] = Offer(found, str(state))
    return offer


def forget_changes(*, now: datetime) -> int:
    """Delete what was noted of changes more than a day ago, so that the state is soon counted; how many.

    Never the newest: with it stays a number that no earlier state had, or what a process remembers could be taken for
    new again. The state is another afterwards, and every process looks again, once.
    """
    newest = sa.select(sa.func.max(CatalogueChange.id)).scalar_subquery()
    old = sa.delete(CatalogueChange).where(CatalogueChange.at < now - timedelta(days=1), CatalogueChange.id < newest)
    return db.session.connection().execute(old).rowcount

"""Tours and departures, made as the catalogue import would, without a file."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from flask import Flask

from shop.catalogue import rules
from shop.catalogue.models import Departure, Tour, Unit
from shop.core import clock
from shop.core.db import db, transaction

_numbers = count(1)

ADULT = {"code": "adult", "kind": "ADULT", "label": {"fr": "Plein tarif", "zh-CN": "成人"}, "price": 1900}
CHILD = {"code": "child", "kind": "CHILD", "label": {"fr": "Enfant"}, "price": 900, "min_age": 4, "max_age": 11}
INFANT = {"code": "infant", "kind": "INFANT", "label": {"fr": "Bébé"}, "price": 0, "seats": 0, "max_age": 3}


class Catalogue:
    """Makes what is sold."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def tour(self, *, units: Sequence[dict[str, Any]] = (ADULT, CHILD, INFANT), **changes: Any) -> str:
        """A published tour.

        Returns:
            Its slug.
        """
        facts: dict[str, Any] = {
            "slug": f"tour-{next(_numbers)}",
            "status": "published",
            "currency": "EUR",
            "timezone": "Europe/Paris",
            "title": {"fr": "Le Bouddha de Leshan", "zh-CN": "乐山大佛之旅", "en": "The Leshan Buddha"},
            "summary": {"fr": "Une promenade.", "zh-CN": "一次散步。", "en": "A walk."},
            "description": {"fr": "Une longue promenade."},
            "accessibility": None,
            "themes": ["sculpture"],
            "guide_languages": ["fr", "zh"],
            "duration_minutes": 90,
            "meeting_point": {"name": {"fr": "Parc Rodin"}, "address": "Issy", "latitude": 48.82, "longitude": 2.26},
            "min_party": 1,
            "max_party": 8,
            "cutoff_minutes": 120,
            "cancellation": [{"until_hours": 48, "refund_percent": 100}],
        } | changes
        facts["title_words"] = rules.title_words(facts["title"])
        with self._app.app_context(), transaction():
            tour = Tour(**facts)
            for position, unit in enumerate(units):
                tour.units.append(Unit(**{"seats": 1, "vat": "FR_STD_20", **unit}, position=position))
            db.session.add(tour)
        return facts["slug"]

    def departure(
        self,
        slug: str | None = None,
        *,
        capacity: int = 20,
        status: str = "open",
        language: str = "zh",
        starts_at: datetime | None = None,
        starts_in: timedelta = timedelta(days=7),
        **tour: Any,
    ) -> UUID:
        """A departure, of a new tour unless one is named.

        Returns:
            Its id.
        """
        slug = slug or self.tour(**tour)
        with self._app.app_context(), transaction():
            departure = Departure(
                tour_id=db.session.query(Tour.id).filter_by(slug=slug).scalar(),
                starts_at=starts_at or (clock.now() + starts_in).replace(microsecond=0),
                language=language,
                capacity=capacity,
                seats_taken=0,
                status=status,
            )
            db.session.add(departure)
            db.session.flush()
            return departure.id

    def seats_taken(self, departure_id: UUID) -> int:
        """What the counter of a departure says."""
        with self._app.app_context():
            return db.session.get_one(Departure, departure_id).seats_taken

    def change(self, departure_id: UUID, **changes: Any) -> None:
        """Change a departure behind everybody's back."""
        with self._app.app_context(), transaction():
            departure = db.session.get_one(Departure, departure_id)
            for name, value in changes.items():
                setattr(departure, name, value)

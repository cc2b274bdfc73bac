"""Who guides, and in which languages. The caller owns the transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from shop.catalogue.errors import NotAGuide
from shop.catalogue.models import GuideLanguage, Tour
from shop.core.db import db
from shop.staff.models import StaffMember

MOST = 300


@dataclass(frozen=True)
class Guide:
    """One of the staff who guides."""

    id: UUID
    name: str
    email: str
    languages: tuple[str, ...]


def list_guides() -> Sequence[Guide]:
    """The guides who have not left, by name."""
    spoken: dict[UUID, list[str]] = {}
    for row in db.session.scalars(sa.select(GuideLanguage).order_by(GuideLanguage.language)):
        spoken.setdefault(row.staff_id, []).append(row.language)
    members = db.session.scalars(
        sa.select(StaffMember)
        .where(StaffMember.role == "guide", StaffMember.closed_at.is_(None))
        .order_by(StaffMember.name, StaffMember.email)
        .limit(MOST)
    )
    return [Guide(one.id, one.name, one.email, tuple(spoken.get(one.id, ()))) for one in members]


def get_guide(staff_id: UUID) -> StaffMember:
    """One of the guides, locked against leaving meanwhile.

    Raises:
        NotAGuide: this is none, or no longer.
    """
    active = (StaffMember.id == staff_id, StaffMember.role == "guide", StaffMember.closed_at.is_(None))
    found = db.session.scalar(sa.select(StaffMember).where(*active).with_for_update(key_share=True))
    if found is None:
        raise NotAGuide
    return found


def set_languages(staff_id: UUID, languages: Sequence[str]) -> tuple[StaffMember, list[str]]:
    """Say in which languages somebody guides; who, and which they were before.

    Raises:
        NotAGuide: this is no guide.
    """
    guide = get_guide(staff_id)
    mine = GuideLanguage.staff_id == staff_id
    before = list(db.session.scalars(sa.select(GuideLanguage.language).where(mine).order_by(GuideLanguage.language)))
    db.session.execute(sa.delete(GuideLanguage).where(mine))
    for language in sorted(set(languages)):
        db.session.add(GuideLanguage(staff_id=staff_id, language=language))
    db.session.flush()
    return guide, before


def languages_of_tours() -> Sequence[str]:
    """The languages that some tour is guided in."""
    every = sa.func.unnest(Tour.guide_languages).label("language")
    return db.session.scalars(sa.select(every).where(Tour.status != "archived").distinct().order_by(every)).all()

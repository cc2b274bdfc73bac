"""What can be decided at the door without a database or a clock."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from babel.dates import format_datetime

from shop.core.i18n import Language
from shop.core.locales import LOCALES
from shop.orders.rules import is_number
from shop.orders.ticket_codes import PREFIX

UNDO_WITHIN = timedelta(minutes=15)
SEES_PHONES = frozenset({"manager", "cashier"})
MOST_ACTS = 100  # of one device at once
LONGEST_ENTRY = 300

_REFERENCE = re.compile(r"(\d{3})[ -]?(\d{3})[ -]?(\d{4})\s*[/ -]\s*(\d{1,3})")
_WHEN: dict[Language, str] = {
    "fr": "EEEE d MMMM y, HH:mm",
    "zh-CN": "y年M月d日EEEE HH:mm",
    "en": "EEEE d MMMM y, HH:mm",
}


@dataclass(frozen=True)
class Doorkeeper:
    """Who of the staff stands at which door, with what device."""

    staff_id: UUID
    role: str
    departure_id: UUID
    device: str
    language: Language


@dataclass(frozen=True)
class Act:
    """What a device says was done.

    Args:
        id: made by the device; the same act told twice counts once.
        act: `admit` or `undo`.
        entry: what was scanned or typed: a code, or a reference.
        ticket_id: instead of an entry, from the list.
        of: the id of the admission to undo; None: the latest.
        offline: the device decided without the shop.
        device_at: on its own clock.
    """

    id: UUID
    act: str
    entry: str | None = None
    ticket_id: UUID | None = None
    of: UUID | None = None
    offline: bool = False
    device_at: datetime | None = None


@dataclass(frozen=True)
class Reference:
    """What is printed under a ticket's code: `482-193-0574/2`."""

    number: str
    position: int


def read_entry(text: str) -> str | Reference | None:
    """What was scanned or typed: a ticket's code, its reference, or neither.

    Letters and digits may be of full width, as Chinese keyboards write them, and the code in small letters.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    squeezed = "".join(plain.split()).upper()
    if squeezed.startswith(PREFIX):
        return squeezed
    found = _REFERENCE.fullmatch(plain)
    if found is None:
        return None
    number = "".join(found.groups()[:3])
    return Reference(number, int(found[4])) if is_number(number) else None


def may_undo(*, admitted_by: UUID, staff_id: UUID, role: str) -> bool:
    """Whether somebody may undo an admission: their own, or any if they are a manager."""
    return role == "manager" or admitted_by == staff_id


def in_time_to_undo(admitted_at: datetime, now: datetime) -> bool:
    """Whether an admission is young enough to be undone."""
    return now - admitted_at <= UNDO_WITHIN


def when(moment: datetime, language: Language) -> str:
    """A day with its hour, the moment being on the clocks of the place."""
    return format_datetime(moment, _WHEN[language], locale=LOCALES[language])


def clock_time(moment: datetime, now: datetime) -> str:
    """The hour of a moment on the clocks of the place; with its day if that is not today's."""
    return moment.strftime("%H:%M" if moment.date() == now.astimezone(moment.tzinfo).date() else "%d/%m %H:%M")

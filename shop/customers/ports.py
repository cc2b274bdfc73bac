"""What customers ask of the domains above them, because what is held about a person is held everywhere; `app.py` plugs
the answers in."""

from datetime import datetime
from typing import IO, Protocol
from uuid import UUID

from flask import current_app

from shop.core.i18n import Language


class PersonalData(Protocol):
    """Everything the shop holds about a person."""

    def export(self, customer_id: UUID, *, language: Language, now: datetime) -> IO[bytes]:
        """All of it as JSON, in a file to be read from its beginning and closed. Opens its own transaction."""
        ...

    def erase(self, customer_id: UUID, *, now: datetime) -> None:
        """Let the person be gone, and the accounts stay. The caller owns the transaction. Again: nothing more.

        Raises:
            StillNeeded: something of theirs is still open.
        """
        ...


def personal_data() -> PersonalData:
    """What the running shop holds about people."""
    found: PersonalData = current_app.extensions["personal_data"]
    return found

"""What a person asks for themselves (the customers' port `PersonalData`), written down in the trail of acts."""

from datetime import datetime
from typing import IO
from uuid import UUID

import sqlalchemy as sa

from shop.core.db import own_connection
from shop.core.i18n import Language
from shop.office.services import erasure, personal
from shop.staff.models import StaffAct
from shop.staff.services import acts

THEMSELVES = "customer"  # who did it, in the trail; their address is not kept: it is theirs, too


class PersonalRecords:
    """Everything the shop holds about a person, for that person."""

    def export(self, customer_id: UUID, *, language: Language, now: datetime) -> IO[bytes]:
        """All of it as JSON, in a file to be read from its beginning and closed."""
        row = {"at": now, "who": THEMSELVES, "address": "", "subject": str(customer_id)}
        with own_connection() as connection:
            connection.execute(sa.insert(StaffAct).values(act=acts.known("privacy.exported"), **row))
        return personal.export(customer_id, language=language, now=now)

    def erase(self, customer_id: UUID, *, now: datetime) -> None:
        """Let the person be gone, and the accounts stay. Again: nothing more.

        Raises:
            StillNeeded: something of theirs is still open.
        """
        erased = erasure.erase(customer_id, now=now)
        if not erased.again:
            after = {"orders": erased.orders, "papers_kept": erased.papers}
            acts.record(
                "privacy.erased", str(customer_id), who=THEMSELVES, staff_id=None, address="", now=now, after=after
            )

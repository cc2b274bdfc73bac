"""What happened at the door: every admission and every undo, as it was decided. Added to, never changed."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.core.db import Base
from shop.staff.models import StaffMember


class Redemption(Base):
    """One act at the door. Devices' clocks are not trusted, so both times are kept; a trigger refuses every change."""

    __tablename__ = "redemptions"
    __table_args__ = (
        sa.CheckConstraint("act IN ('admit', 'undo')", name="act"),
        sa.CheckConstraint(
            "outcome IN ('admitted', 'double', 'unwarranted', 'undone', 'withdrawn', 'refused')", name="outcome"
        ),
        sa.UniqueConstraint("act_id", "offline"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    act_id: Mapped[UUID]  # made by the device, so that an act told twice counts once
    act: Mapped[str]
    outcome: Mapped[str]
    reason: Mapped[str | None]  # the code of the refusal
    ticket_id: Mapped[UUID] = mapped_column(sa.ForeignKey("tickets.id"), index=True)
    departure_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("departures.id"), index=True
    )  # of the door, not the ticket
    staff_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff.id"), index=True)
    device: Mapped[str]
    offline: Mapped[bool]  # decided by the device without the shop: the person is in, whatever the shop says
    device_at: Mapped[datetime | None]  # on the clock of the device
    at: Mapped[datetime]

    member: Mapped[StaffMember] = relationship(lazy="joined", innerjoin=True)

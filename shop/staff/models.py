"""Things that need a decision of the staff."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.core.db import Base
from shop.core.ids import new_id


class Attention(Base):
    """One thing the staff must know of and decide upon; the same thing told again is counted, not repeated."""

    __tablename__ = "attention"
    __table_args__ = (
        sa.Index(
            "uq_attention_open",
            "kind",
            "subject",
            unique=True,
            postgresql_where=sa.text("resolved_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    subject: Mapped[str]
    facts: Mapped[dict[str, Any]]
    times: Mapped[int] = mapped_column(default=1)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]

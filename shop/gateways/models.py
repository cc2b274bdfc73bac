"""What the gateways remember between processes."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from shop.core import clock
from shop.core.db import Base, own_connection


class PlatformKey(Base):
    """A certificate with which WeChat Pay signs; public."""

    __tablename__ = "platform_keys"

    serial: Mapped[str] = mapped_column(primary_key=True)
    pem: Mapped[str]
    fetched_at: Mapped[datetime]


class StoredPlatformKeys:
    """The downloaded certificates, shared by all processes of an app through its database."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def load(self) -> Mapping[str, str]:
        """PEM by serial."""
        with self._app.app_context(), own_connection() as connection:
            rows = connection.execute(sa.select(PlatformKey.serial, PlatformKey.pem)).all()
        return dict(row._tuple() for row in rows)

    def save(self, keys: Mapping[str, str]) -> None:
        """Keep these certificates in place of those kept before."""
        rows = [{"serial": serial, "pem": pem, "fetched_at": clock.now()} for serial, pem in keys.items()]
        with self._app.app_context(), own_connection() as connection:
            connection.execute(sa.delete(PlatformKey).where(PlatformKey.serial.not_in(keys)))
            if rows:
                connection.execute(insert(PlatformKey).values(rows).on_conflict_do_nothing())

"""Tours, units, departures, pictures."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.core.db import Base
from shop.core.ids import new_id
from shop.core.money import Money


class Tour(Base):
    """What is sold: a guided tour, told in up to three languages (French always)."""

    __tablename__ = "tours"
    __table_args__ = (
        sa.CheckConstraint("status IN ('draft', 'published', 'archived')", name="status"),
        sa.CheckConstraint("1 <= min_party AND min_party <= max_party", name="party"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(default="published")
    currency: Mapped[str]
    timezone: Mapped[str]
    title: Mapped[dict[str, str]]
    title_words: Mapped[str]  # all titles, folded for searching
    summary: Mapped[dict[str, str]]
    description: Mapped[dict[str, str]]
    accessibility: Mapped[dict[str, str] | None]
    themes: Mapped[list[str]]
    guide_languages: Mapped[list[str]]
    duration_minutes: Mapped[int]
    meeting_point: Mapped[dict[str, Any]]
    image_digest: Mapped[str | None] = mapped_column(sa.ForeignKey("images.digest"))
    image_file: Mapped[str | None]
    image_alt: Mapped[dict[str, str] | None]
    min_party: Mapped[int]  # seats
    max_party: Mapped[int]  # seats
    cutoff_minutes: Mapped[int]  # before the start
    cancellation: Mapped[list[Any]]  # [{until_hours, refund_percent}]
    version: Mapped[int] = mapped_column(default=1, server_default="1")  # one more with each change of its entry

    units: Mapped[list["Unit"]] = relationship(order_by="Unit.position", back_populates="tour")

    @property
    def zone(self) -> ZoneInfo:
        """Where its hours are told."""
        return ZoneInfo(self.timezone)

    @property
    def cutoff(self) -> timedelta:
        """How long before its start a departure can no longer be booked."""
        return timedelta(minutes=self.cutoff_minutes)

    @property
    def image(self) -> "Tour | None":
        """The tour again, if it has a picture: the picture's columns are its own."""
        return self if self.image_digest else None

    @property
    def price_from(self) -> Money | None:
        """The price of the cheapest unit that takes a seat."""
        prices = [unit.price for unit in self.units if unit.seats]
        return Money(min(prices), self.currency) if prices else None


class Unit(Base):
    """A price category of a tour. Prices are in the tour's currency, taxes included."""

    __tablename__ = "units"
    __table_args__ = (
        sa.UniqueConstraint("tour_id", "code"),
        sa.CheckConstraint("price >= 0", name="price"),
        sa.CheckConstraint("seats >= 0", name="seats"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tour_id: Mapped[UUID] = mapped_column(sa.ForeignKey("tours.id"))
    position: Mapped[int]
    code: Mapped[str]
    kind: Mapped[str]
    label: Mapped[dict[str, str]]
    price: Mapped[int]  # minor units
    vat: Mapped[str]
    seats: Mapped[int]
    min_age: Mapped[int | None]
    max_age: Mapped[int | None]

    tour: Mapped[Tour] = relationship(back_populates="units")  # in the identity map: units are loaded by their tour

    @property
    def money(self) -> Money:
        """Its price."""
        return Money(self.price, self.tour.currency)


class Departure(Base):
    """One dated start of a tour, and the counter of its seats, moved by guarded statements only."""

    __tablename__ = "departures"
    __table_args__ = (
        sa.UniqueConstraint("tour_id", "starts_at", "language"),
        sa.CheckConstraint("status IN ('open', 'closed', 'cancelled')", name="status"),
        sa.CheckConstraint("0 <= seats_taken AND seats_taken <= capacity", name="seats"),
        sa.Index("ix_departures_tour_id_starts_at_id", "tour_id", "starts_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tour_id: Mapped[UUID] = mapped_column(sa.ForeignKey("tours.id"))
    starts_at: Mapped[datetime]
    language: Mapped[str]
    capacity: Mapped[int]
    seats_taken: Mapped[int] = mapped_column(default=0, server_default="0")
    status: Mapped[str] = mapped_column(default="open")
    cancelled_by: Mapped[str | None]  # one of the staff; None if an import cancelled it
    offer: Mapped[int] = mapped_column(default=1, server_default="1")  # one more with each change of tour or units

    tour: Mapped[Tour] = relationship(lazy="joined", innerjoin=True)

    @property
    def seats_left(self) -> int:
        """Seats nobody holds or has bought."""
        return self.capacity - self.seats_taken

    @property
    def ends_at(self) -> datetime:
        """Its end."""
        return self.starts_at + timedelta(minutes=self.tour.duration_minutes)

    @property
    def local_start(self) -> datetime:
        """Its start on the clocks of the place."""
        return self.starts_at.astimezone(self.tour.zone)

    @property
    def local_end(self) -> datetime:
        """Its end on the clocks of the place."""
        return self.ends_at.astimezone(self.tour.zone)


class Image(Base):
    """A picture, known by what is in it, so that its address never changes meaning."""

    __tablename__ = "images"

    digest: Mapped[str] = mapped_column(primary_key=True)  # SHA-256, hex
    media_type: Mapped[str]
    content: Mapped[bytes]


class TourVersion(Base):
    """What a tour was from one change to the next; only added to."""

    __tablename__ = "tour_versions"
    __table_args__ = (
        sa.UniqueConstraint("tour_id", "number"),
        sa.CheckConstraint(
            "act IN ('before', 'created', 'edited', 'status', 'picture', 'restored', 'imported')", name="act"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tour_id: Mapped[UUID] = mapped_column(sa.ForeignKey("tours.id"))
    number: Mapped[int]
    at: Mapped[datetime]
    who: Mapped[str | None]  # one of the staff, by address; None: the command line, or before there were versions
    act: Mapped[str]
    content: Mapped[dict[str, Any]]  # its entry in the catalogue file, without departures


class CatalogueUpload(Base):
    """A catalogue file one of the staff sent, between its rehearsal and its import; a day at most."""

    __tablename__ = "catalogue_uploads"
    __table_args__ = (sa.Index("ix_catalogue_uploads_staff_id", "staff_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    name: Mapped[str]
    content: Mapped[bytes]

"""Tours, units, departures with what is kept aside and priced otherwise there, pictures; what guides speak."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.core.db import Base
from shop.core.ids import new_id
from shop.core.money import Money
from shop.staff.models import StaffMember


class Tour(Base):
    """What is sold: a guided tour, told in up to three languages (French always)."""

    __tablename__ = "tours"
    __table_args__ = (
        sa.CheckConstraint("status IN ('draft', 'published', 'archived')", name="status"),
        sa.CheckConstraint("1 <= min_party AND min_party <= max_party", name="party"),
        sa.CheckConstraint("minimum_seats >= 0 AND minimum_hours >= 0", name="minimum"),
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
    minimum_seats: Mapped[int | None]  # fewer taken than that so many hours before the start: cancelled by itself
    minimum_hours: Mapped[int | None]
    minimum_at: Mapped[datetime | None]  # when that was last said

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
        sa.CheckConstraint(
            "0 <= seats_taken AND 0 <= seats_blocked AND seats_taken + seats_blocked <= capacity", name="seats"
        ),
        sa.CheckConstraint("minimum_seats >= 0 AND minimum_hours >= 0", name="minimum"),
        sa.Index("ix_departures_starts_at", "starts_at"),
        sa.Index("ix_departures_tour_id_starts_at_id", "tour_id", "starts_at", "id"),
        sa.Index("ix_departures_guide_id_starts_at", "guide_id", "starts_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tour_id: Mapped[UUID] = mapped_column(sa.ForeignKey("tours.id"))
    starts_at: Mapped[datetime]
    language: Mapped[str]
    capacity: Mapped[int]
    seats_taken: Mapped[int] = mapped_column(default=0, server_default="0")
    seats_blocked: Mapped[int] = mapped_column(default=0, server_default="0")  # kept aside: the sum of its open blocks
    status: Mapped[str] = mapped_column(default="open")
    cancelled_by: Mapped[str | None]  # one of the staff, or the shop itself; None if an import cancelled it
    cancelled_reason: Mapped[str | None]  # `minimum`, or as the staff wrote it
    offer: Mapped[int] = mapped_column(
        default=1, server_default="1"
    )  # one more with each change of tour, units or prices
    series_id: Mapped[UUID | None] = mapped_column(index=True)  # of departures that were made together
    guide_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("staff.id"))
    minimum_seats: Mapped[int | None]  # instead of the tour's; 0: none here
    minimum_hours: Mapped[int | None]
    minimum_at: Mapped[datetime | None]  # when it was made, or its own minimum was last said
    minimum_told_at: Mapped[datetime | None]  # when the staff were told that it is under its minimum
    assured_at: Mapped[datetime | None]  # when its minimum was found reached: it takes place

    tour: Mapped[Tour] = relationship(lazy="joined", innerjoin=True)
    guide: Mapped[StaffMember | None] = relationship()
    prices: Mapped[list["DeparturePrice"]] = relationship(cascade="all, delete-orphan", back_populates="departure")

    @property
    def seats_left(self) -> int:
        """Seats nobody holds or has bought, and that are kept for nobody."""
        return self.capacity - self.seats_taken - self.seats_blocked

    def price_of(self, unit: Unit) -> int:
        """What a unit costs here, in minor units."""
        return next((own.price for own in self.prices if own.unit_id == unit.id), unit.price)

    def money_of(self, unit: Unit) -> Money:
        """The same with its currency."""
        return Money(self.price_of(unit), self.tour.currency)

    @property
    def least(self) -> int:
        """The seats that must be taken for it to take place; 0 if it always does."""
        return (self.tour.minimum_seats if self.minimum_seats is None else self.minimum_seats) or 0

    @property
    def decided_at(self) -> datetime | None:
        """When it is confirmed or cancelled by the number of its seats taken; None if it has no minimum."""
        hours = self.tour.minimum_hours if self.minimum_hours is None else self.minimum_hours
        return self.starts_at - timedelta(hours=hours or 0) if self.least else None

    @property
    def decides_itself(self) -> bool:
        """Whether it has a minimum that was said before its deadline: a later one cancels nothing by surprise."""
        said = [self.minimum_at, self.tour.minimum_at if self.minimum_seats is None else None]
        at = self.decided_at
        return at is not None and all(moment < at for moment in said if moment is not None)

    @property
    def spoken_name(self) -> str:
        """What the staff call it: `leshan-buddha-walk 2027-05-01 14:30 zh`."""
        return f"{self.tour.slug} {self.local_start:%Y-%m-%d %H:%M} {self.language}"

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


class DeparturePrice(Base):
    """What a unit costs at one departure, instead of its tour's price."""

    __tablename__ = "departure_prices"
    __table_args__ = (sa.CheckConstraint("price >= 0", name="price"),)

    departure_id: Mapped[UUID] = mapped_column(sa.ForeignKey("departures.id"), primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(sa.ForeignKey("units.id"), primary_key=True)
    price: Mapped[int]  # minor units of the tour's currency

    departure: Mapped[Departure] = relationship(back_populates="prices")
    unit: Mapped[Unit] = relationship(lazy="joined", innerjoin=True)

    @property
    def code(self) -> str:
        """Which unit."""
        return self.unit.code

    @property
    def money(self) -> Money:
        """The price."""
        return Money(self.price, self.departure.tour.currency)


class SeatBlock(Base):
    """Seats of one departure kept aside for a group or a partner; counted in its `seats_blocked` until it ends."""

    __tablename__ = "seat_blocks"
    __table_args__ = (
        sa.CheckConstraint("seats > 0", name="seats"),
        sa.Index("ix_seat_blocks_until", "until", postgresql_where=sa.text("ended_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    departure_id: Mapped[UUID] = mapped_column(sa.ForeignKey("departures.id"), index=True)
    seats: Mapped[int]
    holder: Mapped[str]  # the group or partner
    until: Mapped[datetime | None]  # released by itself then
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    ended_at: Mapped[datetime | None]


class GuideLanguage(Base):
    """A language that a guide guides in."""

    __tablename__ = "guide_languages"

    staff_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff.id"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)


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


class CatalogueChange(Base):
    """That a transaction changed tours, units, prices or dates; a trigger writes it down, for whoever keeps answers."""

    __tablename__ = "catalogue_changes"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    at: Mapped[datetime]

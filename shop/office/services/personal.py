"""Everything the shop holds about a person, gathered across the domains as JSON.

Each part of the shop has its gatherers in `GATHERERS`; a new table that holds something of people adds its own there,
and what must be forgotten of it to `erasure.py`. Everything is read in one snapshot, row by row, into a file on disk
if it is large, so that neither memory nor a slow reader limits how much there may be.
"""

import io
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from shop.booking.models import Booking, BookingLine
from shop.books.models import Document
from shop.catalogue.models import Departure, Tour, Unit
from shop.core.db import Base, db
from shop.core.i18n import Language, pick
from shop.core.settings import settings
from shop.customers.errors import PersonNotFound
from shop.customers.models import Consent, Customer, CustomerSession
from shop.customers.rules import TOKEN_LIFE
from shop.customers.texts import CONSENTS
from shop.office.rules import retention as rules
from shop.office.texts import ABOUT
from shop.orders.models import Order, OrderEvent, Ticket
from shop.orders.services.story import sentence
from shop.orders.texts import REFUND_REASONS
from shop.payments.models import PAYMENT_NAMED, Dispute, GatewayEvent, Payment, Refund
from shop.staff.models import StaffAct
from shop.staff.texts import ACTS

FORMAT = "insolite-personal-data/1"
IN_MEMORY = 1024 * 1024  # bytes; what is more stands in a file on disk meanwhile
AT_ONCE = 200  # rows

Row = Mapping[Any, Any]
AnySelect = sa.Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Gatherer:
    """What one table holds about a person.

    Args:
        statement: its rows, given the person's id, in an order.
        show: a row as the person reads it.
    """

    section: str
    statement: Callable[[UUID], AnySelect]
    show: Callable[[Row, Language], dict[str, Any]] = lambda row, _language: dict(row)


def export(customer_id: UUID, *, language: Language, now: datetime) -> IO[bytes]:
    """Everything held about a person, as a JSON file to be read from its beginning.

    Raises:
        PersonNotFound: no customer has this id.
    """
    with ExitStack() as unless_done:
        written = unless_done.enter_context(tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))
        with _snapshot() as connection:
            if connection.scalar(sa.select(Customer.id).where(Customer.id == customer_id)) is None:
                raise PersonNotFound
            for part in _json(connection, customer_id, language, now):
                written.write(part.encode())
        is_small = written.tell() <= IN_MEMORY
        written.seek(0)
        if is_small:
            return io.BytesIO(written.read())
        unless_done.pop_all()
    return written


def counts(customer_id: UUID) -> dict[str, int]:
    """How many rows of each section are held about a person."""
    every = [
        sa.select(sa.literal(gatherer.section).label("section"), sa.func.count().label("rows")).select_from(
            gatherer.statement(customer_id)
            .order_by(None)
            .with_only_columns(sa.literal(1), maintain_column_froms=True)
            .subquery()
        )
        for gatherer in gatherers()
    ]
    return {row[0]: row[1] for row in db.session.execute(sa.union_all(*every))}


def gatherers() -> Sequence[Gatherer]:
    """The gatherers of all tables there are."""
    tables = Base.metadata.tables
    return (
        *GATHERERS,
        *(made for name, make in OF_OTHER_TABLES.items() if name in tables and (made := make(tables[name]))),
    )


def _snapshot() -> sa.Connection:
    """A connection that sees one moment, and changes nothing."""
    return db.engine.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _json(connection: sa.Connection, customer_id: UUID, language: Language, now: datetime) -> Iterator[str]:
    zone = ZoneInfo(settings().timezone)

    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.astimezone(zone).isoformat()
        return str(value)

    def written(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, default=plain)

    yield f'{{\n"format": {written(FORMAT)},\n"exported_at": {written(now)},\n"about": {written(_about(language))}'
    for gatherer in gatherers():
        yield f",\n{written(gatherer.section)}: ["
        rows = connection.execution_options(yield_per=AT_ONCE).execute(gatherer.statement(customer_id)).mappings()
        for index, row in enumerate(rows):
            shown = {name: value for name, value in gatherer.show(row, language).items() if value is not None}
            yield f"{',' if index else ''}\n  {written(shown)}"
        yield "]"
    yield "\n}\n"


def _about(language: Language) -> list[str]:
    """What the file is, and what is kept for how long."""
    kept = [
        ABOUT["kept"].to(
            language,
            what=rule.what.to(language),
            how_long=rule.how_long.to(language),
            source=rule.source.to(language),
        )
        for rule in rules.RETENTION
    ]
    return [ABOUT["what"].to(language), *kept, ABOUT["rights"].to(language)]


# ---- Whose it is


def _orders_of(customer_id: UUID) -> sa.Select[UUID]:
    return sa.select(Order.id).where(Order.customer_id == customer_id)


def _payments_of(customer_id: UUID) -> sa.Select[str]:
    return sa.select(Payment.number).where(Payment.order_id.in_(_orders_of(customer_id)))


def spoken(number: Any) -> sa.ColumnElement[str]:
    """An order's number in SQL as it is printed and read out."""
    return sa.func.substr(number, 1, 3) + "-" + sa.func.substr(number, 4, 3) + "-" + sa.func.substr(number, 7)


def names_of(customer_id: UUID) -> sa.CompoundSelect[str]:
    """What the staff's trail of acts may call a person, or something of theirs."""
    own = Order.customer_id == customer_id
    return sa.union_all(
        sa.select(sa.literal(str(customer_id))),
        sa.select(Order.number).where(own),
        sa.select(spoken(Order.number)).where(own),
        sa.select(sa.cast(Order.id, sa.Text)).where(own),
        _payments_of(customer_id),
        sa.select(Refund.number).where(Refund.order_id.in_(_orders_of(customer_id))),
        sa.select(spoken(Order.number) + "/" + sa.cast(Ticket.position, sa.Text))
        .join_from(Order, Ticket, Ticket.order_id == Order.id)
        .where(own),
    )


# ---- What each part holds


def _person(customer_id: UUID) -> AnySelect:
    return sa.select(*_all(Customer)).where(Customer.id == customer_id)


def _sign_ins(customer_id: UUID) -> AnySelect:
    return (
        sa.select((CustomerSession.expires_at - TOKEN_LIFE).label("signed_in_at"), CustomerSession.expires_at)
        .where(CustomerSession.customer_id == customer_id)
        .order_by(CustomerSession.expires_at)
    )


def _consents(customer_id: UUID) -> AnySelect:
    return (
        sa.select(Consent.purpose, Consent.given, Consent.version, Consent.locale, Consent.at, Consent.origin)
        .where(Consent.customer_id == customer_id)
        .order_by(Consent.id)
    )


def _show_consent(row: Row, language: Language) -> dict[str, Any]:
    return {**row, "text": CONSENTS[row["purpose"]].to(language)}


def _bookings(customer_id: UUID) -> AnySelect:
    units = (
        sa.select(
            sa.func.jsonb_agg(
                sa.func.jsonb_build_object(
                    "unit",
                    Unit.code,
                    "quantity",
                    BookingLine.quantity,
                    "cancelled",
                    BookingLine.cancelled,
                    "price",
                    BookingLine.price,
                    "vat",
                    BookingLine.vat,
                )
            )
        )
        .select_from(BookingLine)
        .join(Unit, Unit.id == BookingLine.unit_id)
        .where(BookingLine.booking_id == Booking.id)
        .scalar_subquery()
    )
    return (
        sa.select(
            *_all(Booking, but=("customer_id", "cancellation")),
            Tour.title,
            Departure.starts_at,
            Departure.language,
            units.label("units"),
        )
        .join(Departure, Departure.id == Booking.departure_id)
        .join(Tour, Tour.id == Departure.tour_id)
        .where(Booking.customer_id == customer_id)
        .order_by(Booking.id)
    )


def _show_booking(row: Row, language: Language) -> dict[str, Any]:
    return {**row, "title": pick(row["title"], language)}


def _orders(customer_id: UUID) -> AnySelect:
    return sa.select(*_all(Order, but=("customer_id",))).where(Order.customer_id == customer_id).order_by(Order.id)


def _story(customer_id: UUID) -> AnySelect:
    return (
        sa.select(Order.number, OrderEvent.at, OrderEvent.event, OrderEvent.facts)
        .join(Order, Order.id == OrderEvent.order_id)
        .where(Order.customer_id == customer_id)
        .order_by(OrderEvent.id)
    )


def _show_story(row: Row, language: Language) -> dict[str, Any]:
    told = sentence(OrderEvent(event=row["event"], facts=row["facts"]), language)
    return {"order": row["number"], "at": row["at"], "event": row["event"], "text": told}


def _payments(customer_id: UUID) -> AnySelect:
    hidden = ("checks", "next_check_at", "in_books", "received_by")
    columns = _all(Payment, but=hidden)
    return sa.select(*columns).where(Payment.order_id.in_(_orders_of(customer_id))).order_by(Payment.id)


def _refunds(customer_id: UUID) -> AnySelect:
    columns = _all(Refund, but=("checks", "next_check_at"))
    return sa.select(*columns).where(Refund.order_id.in_(_orders_of(customer_id))).order_by(Refund.id)


def _show_refund(row: Row, language: Language) -> dict[str, Any]:
    reason = REFUND_REASONS.get(row["reason"])
    asked_by = row["asked_by"] if row["asked_by"] in {"shop", "customer"} else "office"
    return {**row, "reason": reason.to(language) if reason else row["reason"], "asked_by": asked_by}


def _disputes(customer_id: UUID) -> AnySelect:
    return sa.select(*_all(Dispute)).where(Dispute.order_id.in_(_orders_of(customer_id))).order_by(Dispute.id)


def _tickets(customer_id: UUID) -> AnySelect:
    return (
        sa.select(*_all(Ticket, but=("unit_id",)), Unit.code.label("unit"))
        .join(Unit, Unit.id == Ticket.unit_id)
        .where(Ticket.order_id.in_(_orders_of(customer_id)))
        .order_by(Ticket.id)
    )


def _documents(customer_id: UUID) -> AnySelect:
    return (
        sa.select(*_all(Document, but=("year", "serial")))
        .where(Document.order_id.in_(_orders_of(customer_id)))
        .order_by(Document.id)
    )


def _show_document(row: Row, _language: Language) -> dict[str, Any]:
    shown = {name: value for name, value in row.items() if name not in {"content", "code"}}
    return {
        **shown,
        "content": json.loads(row["content"]),
        "url": f"{settings().public_url}/documents/{row['code']}.pdf",
    }


def messages_of(customer_id: UUID) -> sa.ColumnElement[bool]:
    """The condition on a gateway's message that it is about a payment of a person's."""
    message = aliased(GatewayEvent, name="message")
    named: sa.ColumnElement[str] = sa.literal_column(PAYMENT_NAMED)  # as the index has it
    transaction: sa.ColumnElement[str] = sa.literal_column("(facts ->> 'transaction_id')")
    transactions = sa.select(Payment.transaction_id).where(
        Payment.order_id.in_(_orders_of(customer_id)), Payment.transaction_id.is_not(None)
    )
    return GatewayEvent.id.in_(  # one after the other, not by OR: each has an index
        sa.union(
            sa.select(message.id).where(named.in_(_payments_of(customer_id))),
            sa.select(message.id).where(transaction.in_(transactions)),
        )
    )


def _messages(customer_id: UUID) -> AnySelect:
    return (
        sa.select(GatewayEvent.gateway, GatewayEvent.event_type, GatewayEvent.received_at, GatewayEvent.facts)
        .where(messages_of(customer_id))
        .order_by(GatewayEvent.id)
    )


def _acts(customer_id: UUID) -> AnySelect:
    """What the staff did or read; not who of them it was, which is another person's own data.

    Never by an address somebody gave: nobody has verified it, and it may be one of the staff's own.
    """
    return (
        sa.select(StaffAct.at, StaffAct.act, StaffAct.subject, StaffAct.before, StaffAct.after)
        .where(StaffAct.subject.in_(names_of(customer_id)))
        .order_by(StaffAct.id)
    )


def _show_act(row: Row, language: Language) -> dict[str, Any]:
    known = ACTS.get(row["act"])
    return {**row, "text": known.to(language, subject=row["subject"]) if known else row["act"]}


def _all(table: type[Base], but: Sequence[str] = ()) -> list[Any]:
    return [column for column in table.__table__.columns if column.name not in but]


# What staff are named by, in tables of other parts: other people's own data.
_OF_STAFF = {
    "staff_id",
    "who",
    "by",
    "by_id",
    "asked_by",
    "asked_by_id",
    "decided_by",
    "decided_by_id",
    "address",
    "device",
}


def _by(column: str, section: str, whose: Callable[[UUID], AnySelect]) -> Callable[[sa.Table], Gatherer | None]:
    """A gatherer of a table that knows whose its rows are by one column."""

    def make(table: sa.Table) -> Gatherer | None:
        if column not in table.columns:
            return None
        shown = [one for one in table.columns if one.name not in _OF_STAFF]

        def statement(customer_id: UUID) -> AnySelect:
            return sa.select(*shown).where(table.columns[column].in_(whose(customer_id))).order_by(*table.primary_key)

        return Gatherer(section, statement)

    return make


def _tickets_of(customer_id: UUID) -> AnySelect:
    return sa.select(Ticket.id).where(Ticket.order_id.in_(_orders_of(customer_id)))


def _bookings_of(customer_id: UUID) -> AnySelect:
    return sa.select(Booking.id).where(Booking.customer_id == customer_id)


GATHERERS: tuple[Gatherer, ...] = (
    Gatherer("person", _person),
    Gatherer("sign_ins", _sign_ins),
    Gatherer("consents", _consents, _show_consent),
    Gatherer("bookings", _bookings, _show_booking),
    Gatherer("orders", _orders),
    Gatherer("story", _story, _show_story),
    Gatherer("payments", _payments),
    Gatherer("refunds", _refunds, _show_refund),
    Gatherer("disputes", _disputes),
    Gatherer("tickets", _tickets),
    Gatherer("documents", _documents, _show_document),
    Gatherer("gateway_messages", _messages),
    Gatherer("staff_acts", _acts, _show_act),
)
# Of tables that a part of the shop may bring along: by name, how to gather what they hold.
OF_OTHER_TABLES: dict[str, Callable[[sa.Table], Gatherer | None]] = {
    "date_choices": _by("booking_id", "date_offers", _bookings_of),
    "redemptions": _by("ticket_id", "admissions", _tickets_of),
    "order_notes": _by("order_id", "notes", _orders_of),
    "refund_requests": _by("order_id", "refund_requests", _orders_of),
}

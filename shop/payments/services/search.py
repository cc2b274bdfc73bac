"""Finding orders by whatever the person at the desk has in hand."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import phonenumbers
import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from shop.booking.models import Booking
from shop.catalogue.models import Departure, Tour
from shop.core.db import db
from shop.core.pages import page
from shop.orders.errors import OrderNotFound
from shop.orders.models import Order
from shop.payments.models import Payment, Refund

PAGE = 25
SHORTEST_PHONE = 4  # digits from its end
SHORTEST_NAME = 2  # letters; of Chinese one is enough
Kind = Literal["number", "payment", "e-mail", "phone", "name"]

_EMAIL: sa.ColumnElement[Any] = sa.literal_column("lower((orders.contact ->> 'email') COLLATE \"C\")")
_PHONE: sa.ColumnElement[Any] = sa.literal_column(
    "reverse(regexp_replace((orders.contact ->> 'phone') COLLATE \"C\", '[^0-9]', '', 'g'))"
)
_NAME: sa.ColumnElement[Any] = sa.literal_column("to_tsvector('simple'::regconfig, folded(orders.contact ->> 'name'))")


def search_orders(
    *,
    q: str,
    status: str | None,
    tour_on: date | None,
    ordered_on: date | None,
    zone: ZoneInfo,
    people: bool,
    cursor: str | None,
) -> dict[str, Any]:
    """Orders that match, the newest first, as a page.

    Args:
        q: a number of an order, a payment or a refund, or, of whoever ordered, a name, an e-mail address from its
            beginning, a telephone number from its end, in any spelling. Empty for all.
        tour_on, ordered_on: local days.
        people: whether to search what is known of people.
    """
    statement = sa.select(Order).options(selectinload(Order.bookings))
    if q.strip():
        matching = list(_matching(q, people).values())
        if not matching:
            return {"items": [], "next": None}
        statement = statement.where(Order.id.in_(sa.union(*matching) if len(matching) > 1 else matching[0]))
    if status:
        statement = statement.where(Order.status == status)
    if ordered_on:
        first, last = _day(ordered_on, zone)
        statement = statement.where(Order.created_at >= first, Order.created_at < last)
    if tour_on:
        first, last = _day(tour_on, zone)
        that_day = (Departure.starts_at >= first, Departure.starts_at < last)
        departures = sa.select(Departure.id).where(Departure.tour_id.in_(sa.select(Tour.id)), *that_day)
        booked = sa.select(Booking.order_id).where(Booking.departure_id.in_(departures), Booking.order_id.is_not(None))
        statement = statement.where(Order.id.in_(booked))
    return page(statement, key=[sa.desc(Order.id)], cursor=cursor, size=PAGE)


def kinds_of(q: str) -> list[Kind]:
    """What a searched text may be, for the record of who searched what: not the text itself."""
    return list(_matching(q, True))


def find_order(number: str) -> Order:
    """The order of a number, with or without dashes, with everything it is made of.

    Raises:
        OrderNotFound: there is none.
    """
    statement = sa.select(Order).where(Order.number == number.replace("-", "")).options(selectinload(Order.bookings))
    found = db.session.scalar(statement.execution_options(populate_existing=True))
    if found is None:
        raise OrderNotFound
    return found


def _matching(q: str, people: bool) -> dict[Kind, sa.Select[Any]]:
    text = unicodedata.normalize("NFKC", q).strip()
    compact = re.sub(r"\s", "", text)
    found: dict[Kind, sa.Select[Any]] = {}
    if number := re.fullmatch(r"([0-9]{3})-?([0-9]{3})-?([0-9]{4})(/[0-9]{1,3})?", compact):
        found["number"] = sa.select(Order.id).where(Order.number == "".join(number.group(1, 2, 3)))
    if re.fullmatch(r"[0-9A-Za-z_*|-]{8,64}", compact):
        found["payment"] = _by_payment(compact)
    if people and "@" in compact:
        found["e-mail"] = sa.select(Order.id).where(_begins(_EMAIL, compact.lower()))
    elif people and re.fullmatch(r"[0-9+().\-/ ]+", text):
        ends = sorted(_phone_ends(text))
        if ends:
            found["phone"] = sa.select(Order.id).where(sa.or_(*(_begins(_PHONE, end[::-1]) for end in ends)))
    elif people and (words := re.findall(r"[^\W_]+", text)) and _long_enough("".join(words)):
        searched = sa.func.to_tsquery(
            sa.literal_column("'simple'::regconfig"), sa.func.folded(" & ".join(f"{word}:*" for word in words[:8]))
        )
        found["name"] = sa.select(Order.id).where(_NAME.op("@@")(searched))
    return found


def _by_payment(number: str) -> sa.Select[Any]:
    refunds = sa.select(Refund.order_id.label("id"))
    payments = sa.select(Payment.order_id.label("id"))
    found = sa.union(
        payments.where(Payment.number == number),
        payments.where(Payment.transaction_id == number),
        refunds.where(Refund.number == number),
        refunds.where(Refund.gateway_refund_id == number),
    ).subquery()
    return sa.select(found.c.id)


def _begins(column: Any, text: str) -> sa.ColumnElement[bool]:
    """Whether a text of the collation C begins so: what an index of it answers."""
    return sa.and_(column >= text, column < text + "\U0010ffff")


def _phone_ends(text: str) -> set[str]:
    """How a number may end as it is kept, whatever prefixes were typed before it."""
    digits = re.sub(r"[^0-9]", "", text).lstrip("0")
    ends = {digits} if SHORTEST_PHONE <= len(digits) <= 15 else set()
    try:
        read = phonenumbers.parse(text, "FR")
    except phonenumbers.NumberParseException:
        return ends
    if phonenumbers.is_possible_number(read):
        ends.add(str(read.national_number))
    return ends


def _long_enough(letters: str) -> bool:
    return len(letters) >= SHORTEST_NAME or any(ord(letter) > 0x2E7F for letter in letters)


def _day(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)

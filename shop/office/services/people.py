"""Finding the person who asks at the desk: by a number they know, never by a part of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from shop.core.db import db
from shop.customers.errors import PersonNotFound
from shop.customers.models import Customer
from shop.office.rules import retention as rules
from shop.orders.models import Order


@dataclass(frozen=True)
class Person:
    """One customer, as the staff recognise them: by the contact of their latest order.

    Args:
        last_contact: the last sign-in or order.
    """

    id: UUID
    name: str
    phone: str
    email: str
    orders: int
    known_since: datetime
    last_contact: datetime
    erased_at: datetime | None


def find_people(lookup: rules.Lookup, value: str) -> Sequence[Person]:
    """The customers with an order of this number, or whose orders have this contact; those who are gone have none.

    Args:
        value: as `rules.read_lookup` gives it.
    """
    if lookup == "number":
        condition = Order.number == value
    elif lookup == "email":
        condition = sa.func.lower(sa.collate(Order.contact["email"].astext, "C")) == value
    else:
        digits = "".join(letter for letter in value if letter.isdigit())
        kept = sa.func.regexp_replace(sa.collate(Order.contact["phone"].astext, "C"), "[^0-9]", "", "g")
        condition = sa.func.reverse(kept) == digits[::-1]
    ids = db.session.scalars(
        sa.select(Order.customer_id).where(condition).distinct().order_by(Order.customer_id).limit(rules.MOST_FOUND)
    ).all()
    return _people(ids)


def get_person(customer_id: UUID) -> Person:
    """One customer.

    Raises:
        PersonNotFound: none has this id.
    """
    found = _people([customer_id])
    if not found:
        raise PersonNotFound
    return found[0]


def _people(ids: Sequence[UUID]) -> list[Person]:
    latest = {
        order.customer_id: order.contact
        for order in db.session.execute(
            sa.select(Order.customer_id, Order.contact)
            .where(Order.customer_id.in_(ids))
            .ext(distinct_on(Order.customer_id))
            .order_by(Order.customer_id, Order.id.desc())
        )
    }
    rows = db.session.execute(
        sa.select(Customer, sa.func.count(Order.id), sa.func.max(Order.created_at))
        .outerjoin(Order, Order.customer_id == Customer.id)
        .where(Customer.id.in_(ids))
        .group_by(Customer.id)
        .order_by(Customer.id)
    )
    people = []
    for customer, orders, ordered_at in rows:
        contact = latest.get(customer.id, {})
        people.append(
            Person(
                id=customer.id,
                name=contact.get("name", ""),
                phone=contact.get("phone", ""),
                email=contact.get("email", ""),
                orders=orders,
                known_since=customer.created_at,
                last_contact=max(customer.seen_at, ordered_at or customer.seen_at),
                erased_at=customer.erased_at,
            )
        )
    return people

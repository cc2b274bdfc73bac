"""What can be done with customers. The caller owns the transaction."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from shop.core.db import db
from shop.core.i18n import Language
from shop.core.ids import new_id
from shop.customers import rules
from shop.customers.models import Customer, CustomerSession


@dataclass(frozen=True)
class SignIn:
    """A customer who has just signed in, and the token that says so."""

    customer: Customer
    token: str
    expires_in: int


def sign_in(*, app_id: str, openid: str, locale: Language, secret_key: str, now: datetime) -> SignIn:
    """Recognise or welcome the customer behind an openid, and give a new token.

    Args:
        locale: the language of someone who comes for the first time; who came before keeps theirs.
    """
    known = insert(Customer).values(
        id=new_id(), app_id=app_id, openid=openid, locale=locale, created_at=now, seen_at=now
    )
    customer = db.session.scalars(
        known.on_conflict_do_update(index_elements=["app_id", "openid"], set_={"seen_at": now}).returning(Customer),
        execution_options={"populate_existing": True},
    ).one()
    session = CustomerSession(customer_id=customer.id, expires_at=now + rules.TOKEN_LIFE)
    db.session.add(session)
    db.session.flush()
    return SignIn(customer, rules.sign_token(session.id, secret_key), int(rules.TOKEN_LIFE.total_seconds()))


def find_session(token: str, *, secret_key: str, now: datetime) -> tuple[UUID, UUID, str] | None:
    """Who holds a token.

    Returns:
        The sign-in, the customer and the customer's language; None if the token is forged, expired or revoked.
    """
    session_id = rules.read_token(token, secret_key)
    if session_id is None:
        return None
    row = db.session.execute(
        sa.select(CustomerSession.id, Customer.id, Customer.locale)
        .join(Customer, Customer.id == CustomerSession.customer_id)
        .where(CustomerSession.id == session_id, CustomerSession.expires_at > now)
    ).first()
    return None if row is None else (row[0], row[1], row[2])


def sign_out(session_id: UUID) -> None:
    """Revoke a token."""
    db.session.execute(sa.delete(CustomerSession).where(CustomerSession.id == session_id))


def get_customer(customer_id: UUID) -> Customer:
    """The customer who is signed in."""
    return db.session.get_one(Customer, customer_id)


def choose_language(*, customer_id: UUID, locale: Language) -> Customer:
    """Remember the language a customer wants to be answered in."""
    customer = get_customer(customer_id)
    customer.locale = locale
    return customer


def new_at_counter(*, locale: Language, now: datetime) -> Customer:
    """Somebody who buys at the counter: a customer of one sale, with no phone of theirs behind."""
    customer = Customer(
        id=new_id(), app_id="counter", openid=secrets.token_hex(16), locale=locale, created_at=now, seen_at=now
    )
    db.session.add(customer)
    db.session.flush()
    return customer


def forget_old_sessions(*, now: datetime) -> int:
    """Delete sign-ins that have expired.

    Returns:
        How many were deleted.
    """
    old = sa.delete(CustomerSession).where(CustomerSession.expires_at < now)
    return db.session.connection().execute(old).rowcount

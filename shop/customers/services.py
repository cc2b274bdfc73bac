"""What can be done with customers. The caller owns the transaction."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on, insert

from shop.core.caller import SignInRequired
from shop.core.db import db
from shop.core.i18n import Language
from shop.core.ids import new_id
from shop.core.plain import in_one_trip
from shop.customers import rules
from shop.customers.models import Consent, Customer, CustomerSession
from shop.customers.rules import Origin, Purpose


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
    row = in_one_trip(_WHO, {"session": session_id, "now": now})
    return None if row is None else (row.session_id, row.customer_id, row.locale)


# Asked by nearly every request of a customer.
_WHO = """
    SELECT customer_sessions.id AS session_id, customers.id AS customer_id, customers.locale
    FROM customer_sessions JOIN customers ON customers.id = customer_sessions.customer_id
    WHERE customer_sessions.id = %(session)s AND customer_sessions.expires_at > %(now)s
"""


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


@dataclass(frozen=True)
class Standing:
    """How a customer stands to one purpose; nothing is agreed to until they say so.

    Args:
        said_version, said_locale, said_at: of their last word; None if they never said any.
    """

    purpose: Purpose
    given: bool = False
    said_version: str | None = None
    said_locale: str | None = None
    said_at: datetime | None = None


def consents_of(customer_id: UUID) -> Sequence[Standing]:
    """How a customer stands to each purpose."""
    said = _last_words(customer_id)
    return [
        Standing(purpose, word.given, word.version, word.locale, word.at)
        if (word := said.get(purpose))
        else Standing(purpose)
        for purpose in rules.PURPOSES
    ]


def _last_words(customer_id: UUID) -> dict[str, Consent]:
    last = (
        sa.select(Consent)
        .where(Consent.customer_id == customer_id)
        .ext(distinct_on(Consent.purpose))
        .order_by(Consent.purpose, Consent.id.desc())
    )
    return {word.purpose: word for word in db.session.scalars(last)}


def say_consents(
    wanted: Mapping[Purpose, tuple[bool, str]],
    *,
    customer_id: UUID,
    locale: Language,
    origin: Origin = "customer",
    now: datetime,
) -> None:
    """Write down what a customer agrees to, or no longer does. The same said again is not written again.

    Args:
        wanted: by purpose: whether they agree, and the version of the text they read.
        locale: in which they read it.

    Raises:
        SignInRequired: the customer was erased at this very moment.
    """
    here = sa.select(Customer.id).where(Customer.id == customer_id, Customer.erased_at.is_(None))
    if db.session.scalar(here.with_for_update(key_share=True)) is None:
        raise SignInRequired
    said = _last_words(customer_id)
    for purpose, (given, version) in wanted.items():
        last = said.get(purpose)
        same = last is not None and (last.given, last.version, last.locale) == (given, version, locale)
        if same or (last is None and not given):
            continue
        db.session.add(
            Consent(
                customer_id=customer_id,
                purpose=purpose,
                given=given,
                version=version,
                locale=locale,
                at=now,
                origin=origin,
            )
        )
    db.session.flush()


def lock_to_erase(customer_id: UUID) -> Customer | None:
    """A customer nobody can book, order or sign in as until the transaction ends; None if there is none.

    Taken before all other locks: whoever else needs it takes it first as well.
    """
    return db.session.scalar(
        sa.select(Customer)
        .where(Customer.id == customer_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def forget_person(customer: Customer, *, now: datetime) -> None:
    """Let nothing of a locked customer tell who it was: sign-ins end, the openid goes, consents are withdrawn.

    Whoever comes back with the same openid is a new customer.
    """
    for standing in consents_of(customer.id):
        if standing.given and standing.said_version and standing.said_locale:
            db.session.add(
                Consent(
                    customer_id=customer.id,
                    purpose=standing.purpose,
                    given=False,
                    version=standing.said_version,
                    locale=standing.said_locale,
                    at=now,
                    origin="erasure",
                )
            )
    db.session.execute(sa.delete(CustomerSession).where(CustomerSession.customer_id == customer.id))
    customer.openid = f"{rules.ERASED}{secrets.token_urlsafe(16)}"
    customer.erased_at = now
    db.session.flush()


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

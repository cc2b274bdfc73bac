"""Accounts of the staff: invited by a one-time link, changed, closed. The caller owns the transaction."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from shop.core.db import db
from shop.core.i18n import Language
from shop.staff import rules
from shop.staff.errors import CodeNotRight, EmailTaken, LastManager, LinkNotValid, PasswordTooWeak, StaffNotFound
from shop.staff.models import StaffLink, StaffMember, StaffSession


def invite(*, email: str, name: str, role: rules.Role, locale: Language, now: datetime) -> tuple[StaffMember, str]:
    """A new account, and the secret of the one-time link that chooses its password.

    Raises:
        EmailTaken: there is an account with this address.
    """
    email = email.strip().lower()
    if db.session.scalar(sa.select(StaffMember.id).where(StaffMember.email == email)):
        raise EmailTaken
    member = StaffMember(email=email, name=name.strip() or email.split("@")[0], role=role, locale=locale)
    member.created_at = now
    db.session.add(member)
    db.session.flush()
    return member, new_link(member, now=now)


def new_link(member: StaffMember, *, now: datetime) -> str:
    """The secret of a new one-time link to choose a password; earlier ones are no longer good."""
    end_links(member.id, now=now)
    secret = secrets.token_urlsafe(24)
    db.session.add(
        StaffLink(
            staff_id=member.id, token_digest=rules.digest(secret), created_at=now, expires_at=now + rules.LINK_LIFE
        )
    )
    db.session.flush()
    return secret


def end_links(staff_id: UUID, *, now: datetime) -> None:
    """Let no one-time link of an account be good any more."""
    unused = (StaffLink.staff_id == staff_id, StaffLink.used_at.is_(None))
    db.session.execute(sa.update(StaffLink).where(*unused).values(used_at=now))


def find_link(secret: str, *, now: datetime) -> StaffLink:
    """The one-time link of a secret, still good.

    Raises:
        LinkNotValid: there is none.
    """
    link = db.session.scalar(
        sa.select(StaffLink)
        .where(StaffLink.token_digest == rules.digest(secret), StaffLink.used_at.is_(None), StaffLink.expires_at > now)
        .with_for_update(of=StaffLink)
    )
    if link is None or link.member.closed_at is not None:
        raise LinkNotValid
    return link


def use_link(secret: str, *, password: str, now: datetime) -> StaffMember:
    """Choose a password through a one-time link. Sessions and second factor from before end: whoever needs a link
    has lost one or the other.

    Raises:
        LinkNotValid: the link is not good.
        PasswordTooWeak: choose another one.
    """
    link = find_link(secret, now=now)
    member = link.member
    set_password(member, password)
    member.totp_secret = member.totp_step = None
    link.used_at = now
    end_sessions(member.id, now=now)
    db.session.flush()
    return member


def set_password(member: StaffMember, password: str) -> None:
    """Give an account a password.

    Raises:
        PasswordTooWeak: choose another one.
    """
    if rules.is_weak(password, email=member.email, name=member.name):
        raise PasswordTooWeak
    member.password_hash = rules.hash_password(password)


def set_second_factor(member: StaffMember, secret: str, code: str, *, secret_key: str, now: datetime) -> None:
    """Let a code be asked for beside the password, once a first one has shown that the phone has the secret.

    Raises:
        CodeNotRight: it does not fit the secret.
    """
    step = rules.matching_step(secret, code, now=now, after=None)
    if step is None:
        raise CodeNotRight
    member.totp_secret, member.totp_step = rules.seal(secret, secret_key), step


def list_staff() -> Sequence[StaffMember]:
    """Everybody with an account, those who left last."""
    return db.session.scalars(
        sa.select(StaffMember).order_by(StaffMember.closed_at.is_not(None), StaffMember.email)
    ).all()


def get_member(staff_id: UUID | None, *, lock: bool = False) -> StaffMember:
    """One account.

    Raises:
        StaffNotFound: there is none.
    """
    member = db.session.get(StaffMember, staff_id, with_for_update=lock or None) if staff_id else None
    if member is None:
        raise StaffNotFound
    return member


def find_member(email: str) -> StaffMember | None:
    """The account of an address, closed or not."""
    return db.session.scalar(sa.select(StaffMember).where(StaffMember.email == email.strip().lower()))


def change_role(member: StaffMember, role: rules.Role) -> None:
    """Give a locked account another role.

    Raises:
        LastManager: nobody else is one.
    """
    if member.role == "manager" and role != "manager":
        _refuse_the_last_manager(member)
    member.role = role


def close_account(member: StaffMember, *, now: datetime) -> None:
    """Let an account no longer sign in; it stays, because the trail of acts names it.

    Raises:
        LastManager: nobody else is one.
    """
    if member.role == "manager":
        _refuse_the_last_manager(member)
    member.closed_at, member.password_hash, member.totp_secret = now, None, None
    new_link(member, now=now)  # which nobody is given: earlier ones are no longer good
    end_sessions(member.id, now=now)


def reopen_account(member: StaffMember) -> None:
    """Let an account be used again, once its owner has used a new one-time link."""
    member.closed_at = None


def end_sessions(staff_id: UUID, *, now: datetime, but: UUID | None = None) -> int:
    """End the sign-ins of an account, except one; how many."""
    open_ones = [StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None)]
    if but is not None:
        open_ones.append(StaffSession.id != but)
    ended = sa.update(StaffSession).where(*open_ones).values(ended_at=now).returning(StaffSession.id)
    return len(db.session.scalars(ended).all())


def _refuse_the_last_manager(member: StaffMember) -> None:
    managers = (StaffMember.role == "manager", StaffMember.closed_at.is_(None))
    locked = db.session.scalars(sa.select(StaffMember.id).where(*managers).order_by(StaffMember.id).with_for_update())
    if not set(locked) - {member.id}:
        raise LastManager

"""Signing in: a password, a code where the account has a second factor, and a ceiling that locks nobody else out."""

import secrets
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from shop.core.db import db
from shop.core.ids import new_id
from shop.staff import rules
from shop.staff.errors import SignInRefused, TooManySignIns
from shop.staff.models import SignInAttempt, StaffMember, StaffSession


def begin_attempt(email: str, *, browser: str | None, address: str, now: datetime) -> UUID:
    """Write down that a password is being tried, before it is looked at: many tries at once count as many.

    Args:
        browser: the name of a browser this account was signed in to from before; a crowd of strangers who try in
            vain leaves such browsers alone.

    Raises:
        TooManySignIns: of this account, from this browser or address, or from strangers altogether.
    """
    account, source = rules.digest(email.strip().lower()), browser or address
    attempt = SignInAttempt(id=new_id(), account=account, source=source, at=now)
    db.session.add(attempt)
    db.session.flush()
    of_account = (SignInAttempt.account == account, SignInAttempt.at > now - rules.WINDOW)
    here, anywhere = db.session.execute(
        sa.select(sa.func.count().filter(SignInAttempt.source == source), sa.func.count()).where(*of_account)
    ).one()
    if here > rules.TRIES or (browser is None and anywhere > rules.TRIES_ANYWHERE):
        raise TooManySignIns
    return attempt.id


def sign_in(attempt_id: UUID, *, email: str, password: str, code: str, secret_key: str, now: datetime) -> StaffMember:
    """Who signs in; the attempt no longer counts.

    Raises:
        SignInRefused: the account, the password or the code is not right.
    """
    member = db.session.scalar(
        sa.select(StaffMember).where(StaffMember.email == email.strip().lower()).with_for_update()
    )
    right = rules.is_password(password, member.password_hash if member else None)
    if member is None or not right or member.closed_at is not None:
        raise SignInRefused
    use_code(member, code, secret_key=secret_key, now=now)
    forget_attempt(attempt_id)
    return member


def forget_attempt(attempt_id: UUID) -> None:
    """An attempt that turned out right no longer counts."""
    db.session.execute(sa.delete(SignInAttempt).where(SignInAttempt.id == attempt_id))


def use_code(member: StaffMember, code: str, *, secret_key: str, now: datetime) -> None:
    """Check the code of a locked account's second factor, if it has one; each is good once.

    Raises:
        SignInRefused: it is not right.
    """
    if member.totp_secret is None:
        return
    secret = rules.unseal(member.totp_secret, secret_key)
    step = rules.matching_step(secret, code, now=now, after=member.totp_step)
    if step is None:
        raise SignInRefused
    member.totp_step = step


def open_session(member: StaffMember, *, address: str, agent: str, now: datetime) -> str:
    """A sign-in of one browser; the secret its cookie holds."""
    secret = secrets.token_urlsafe(32)
    db.session.add(
        StaffSession(
            staff_id=member.id,
            token_digest=rules.digest(secret),
            created_at=now,
            seen_at=now,
            confirmed_at=now,
            expires_at=now + rules.SESSION_LIFE,
            address=address,
            agent=agent[:200],
        )
    )
    db.session.flush()
    return secret


def find_session(secret: str, *, now: datetime) -> StaffSession | None:
    """The sign-in of a cookie; None if it has ended, or its account is closed."""
    session = db.session.scalar(
        sa.select(StaffSession).where(
            StaffSession.token_digest == rules.digest(secret),
            StaffSession.ended_at.is_(None),
            StaffSession.expires_at > now,
        )
    )
    return session if session is not None and session.member.closed_at is None else None


def confirm(session_id: UUID, *, now: datetime) -> None:
    """The password was given again."""
    db.session.execute(sa.update(StaffSession).where(StaffSession.id == session_id).values(confirmed_at=now))


def end_session(session_id: UUID, *, staff_id: UUID, now: datetime) -> bool:
    """End one of an account's own sign-ins; whether it was open."""
    own = (StaffSession.id == session_id, StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None))
    ended = sa.update(StaffSession).where(*own).values(ended_at=now).returning(StaffSession.id)
    return db.session.scalar(ended) is not None


def open_sessions(staff_id: UUID, *, now: datetime) -> list[StaffSession]:
    """An account's sign-ins that are still good, the latest first."""
    good = (StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None), StaffSession.expires_at > now)
    return list(db.session.scalars(sa.select(StaffSession).where(*good).order_by(StaffSession.seen_at.desc())))


def forget_old(*, now: datetime) -> None:
    """Delete attempts that no longer count, and sign-ins that ended a month ago."""
    db.session.execute(sa.delete(SignInAttempt).where(SignInAttempt.at < now - rules.WINDOW))
    db.session.execute(sa.delete(StaffSession).where(StaffSession.expires_at < now - rules.SESSION_KEPT))

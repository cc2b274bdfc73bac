"""The mark of views that are for the staff: which roles, and whether the password must have been given just now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode
from uuid import UUID

import sqlalchemy as sa
from flask import g, redirect, request, session, url_for

from shop.core import clock
from shop.core.caller import audience
from shop.core.db import own_connection
from shop.core.i18n import DEFAULT, Language, match_language
from shop.core.language import request_language
from shop.staff import rules
from shop.staff.errors import NotYourRole, StaffSignInRequired
from shop.staff.models import StaffAct, StaffSession
from shop.staff.services import acts
from shop.staff.services.sign_in import find_session

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class SignedIn:
    """Who of the staff is asking."""

    session_id: UUID
    id: UUID
    email: str
    name: str
    role: str
    locale: Language
    has_second_factor: bool
    confirmed_at: datetime

    @property
    def lacks_second_factor(self) -> bool:
        """Whether a second factor must be set up before anything else."""
        return rules.needs_second_factor(self.role) and not self.has_second_factor


def for_staff(*roles: rules.Role, fresh: bool = False, before_second_factor: bool = False) -> Callable[[View], View]:
    """Let a view be used by these roles only; `current_staff()` then names who it is.

    Args:
        fresh: a dangerous act: the password must have been given within the last ten minutes.
        before_second_factor: also by who still has to set one up.
    """
    if not roles or set(roles) - set(rules.ROLES):
        raise ValueError(roles)

    def declare(view: View) -> View:
        @wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            member = find_staff()
            if member is None:
                return _lead_to("staff.sign_in")
            if member.lacks_second_factor and not before_second_factor:
                return redirect(url_for("staff.second_factor"), 303)
            if member.role not in roles:
                raise NotYourRole
            if fresh and member.confirmed_at < clock.now() - rules.FRESH:
                return _lead_to("staff.confirm")
            return view(*args, **kwargs)

        declared = cast(Any, wrapper)
        declared.roles, declared.fresh = frozenset(roles), fresh
        return cast(View, audience("staff")(declared))

    return declare


def find_staff() -> SignedIn | None:
    """Who of the staff is asking; None if nobody is signed in."""
    if "staff" not in g:
        g.staff = _look_up()
    found: SignedIn | None = g.staff
    return found


def current_staff() -> SignedIn:
    """Who of the staff is asking.

    Raises:
        StaffSignInRequired: nobody is signed in.
    """
    found = find_staff()
    if found is None:
        raise StaffSignInRequired
    return found


def staff_language() -> Language:
    """The language the back office speaks to whoever is asking."""
    found = find_staff()
    return match_language(request.args.get("lang")) or (found.locale if found else request_language())


def record(act: str, subject: str, **changes: Any) -> None:
    """Add what is being done to the trail of acts, in the transaction that does it.

    Args:
        act: a key of the staff's texts.ACTS.
        changes: `before` and `after`, JSON.
    """
    member = current_staff()
    g.recorded = True
    acts.record(
        act, subject, who=member.email, staff_id=member.id, address=caller_address(), now=clock.now(), **changes
    )


def record_reading(act: str, subject: str) -> None:
    """Add to the trail that personal data were shown; in a transaction of its own, before they are."""
    member = current_staff()
    row = {"at": clock.now(), "staff_id": member.id, "who": member.email, "address": caller_address()}
    with own_connection() as connection:
        connection.execute(sa.insert(StaffAct).values(act=acts.known(act), subject=subject, **row))


def caller_address() -> str:
    """Where the request comes from, as far as trusted proxies tell."""
    return request.remote_addr or ""


def _look_up() -> SignedIn | None:
    secret = session.get("token")
    found = find_session(secret, now=clock.now()) if isinstance(secret, str) else None
    if found is None:
        return None
    if found.seen_at < clock.now() - rules.SEEN_EVERY:
        seen = sa.update(StaffSession).where(StaffSession.id == found.id).values(seen_at=clock.now())
        with own_connection() as connection:
            connection.execute(seen)
    member = found.member
    return SignedIn(
        session_id=found.id,
        id=member.id,
        email=member.email,
        name=member.name,
        role=member.role,
        locale=match_language(member.locale) or DEFAULT,
        has_second_factor=member.has_second_factor,
        confirmed_at=found.confirmed_at,
    )


def _lead_to(endpoint: str) -> Any:
    """A page is asked for again after the password; what was sent is not kept, so it is told that nothing was done."""
    if request.method not in {"GET", "HEAD"}:
        raise StaffSignInRequired
    here = request.full_path.rstrip("?")
    return redirect(f"{url_for(endpoint)}?{urlencode({'next': here})}", 303)


def back_to(address: str | None, otherwise: str) -> str:
    """Where to go on: an address of the back office, and of nowhere else."""
    inside = address and address.startswith("/staff") and "\\" not in address and "//" not in address.split("?")[0]
    return address if inside and address and address.isprintable() else otherwise

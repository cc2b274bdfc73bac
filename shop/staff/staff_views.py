"""Pages about accounts: signing in, one's own account, the team, the trail of acts."""

from typing import Any

import segno
from flask import Response, current_app, g, redirect, request, session, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from shop.core import clock
from shop.core.caller import public
from shop.core.db import transaction
from shop.core.i18n import Text
from shop.core.input import InvalidInput
from shop.core.limits import per_address
from shop.core.schemas import opaque
from shop.core.settings import settings
from shop.staff import rules, staff_schemas
from shop.staff.audience import (
    back_to,
    caller_address,
    current_staff,
    find_staff,
    for_staff,
    record,
    record_reading,
    staff_language,
)
from shop.staff.errors import SignInRefused
from shop.staff.forms import Form, Nothing
from shop.staff.models import StaffMember
from shop.staff.pages import MenuEntry, StaffPages, changes_nothing, not_found, page, told
from shop.staff.rules import EVERYBODY
from shop.staff.services import accounts, acts, sign_in
from shop.staff.staff_texts import ACCOUNTS
from shop.staff.texts import ACTS

BROWSER = "staff_browser"
BROWSER_KEPT = 180 * 24 * 3600  # seconds

blp = StaffPages(
    "staff",
    __name__,
    static_folder="static",
    static_url_path="/staff/static",
    menu=(
        MenuEntry("staff.people", ACCOUNTS["people"], 80, "people"),
        MenuEntry("staff.trail", ACCOUNTS["acts"], 90, "journal-text"),
    ),
)


# ---- Signing in and out


@blp.route("/staff/sign-in", methods=["GET", "POST"], endpoint="sign_in")
@public
@per_address("60/minute", methods=["POST"])
def sign_in_page() -> Response | BaseResponse:
    """Sign in with a password, and a code where the account has one."""
    if find_staff() is not None:
        return redirect(_next(), 303)
    form = Form(staff_schemas.SignInForm)
    if form.done(_sign_in, own_transactions=True):
        return _remember_browser(redirect(_next(), 303), str(form.values["email"]))
    return form.page("staff/sign_in.html", ACCOUNTS)


def _sign_in(email: str, password: str, code: str) -> None:
    browser = rules.known_browser(request.cookies.get(_browser_cookie(email)), email.lower(), settings().secret_key)
    with transaction():
        attempt = sign_in.begin_attempt(email, browser=browser, address=caller_address(), now=clock.now())
    with transaction():
        member = sign_in.sign_in(
            attempt, email=email, password=password, code=code, secret_key=settings().secret_key, now=clock.now()
        )
        _open_session(member, "staff.signed-in")


def _open_session(member: StaffMember, act: str) -> None:
    """A new session, and nothing of what the cookie held before: nobody can have planted it."""
    agent = request.user_agent.string
    secret = sign_in.open_session(member, address=caller_address(), agent=agent, now=clock.now())
    acts.record(act, member.email, who=member.email, staff_id=member.id, address=caller_address(), now=clock.now())
    session.clear()
    session["token"] = secret
    g.recorded = True


def _browser_cookie(email: str) -> str:
    """One for each account: colleagues share desks."""
    return f"{BROWSER}_{rules.digest(email.strip().lower())[:8]}"


def _remember_browser(response: BaseResponse, email: str) -> BaseResponse:
    response.set_cookie(
        _browser_cookie(email),
        rules.sign_browser(email.strip().lower(), settings().secret_key),
        max_age=BROWSER_KEPT,
        path="/staff",
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
    return response


def _next() -> str:
    return back_to(request.args.get("next"), url_for("office.today"))


@blp.post("/staff/sign-out", endpoint="sign_out")
@for_staff(*EVERYBODY, before_second_factor=True)
def sign_out_here() -> BaseResponse:
    """End this session."""
    member = current_staff()
    with transaction():
        sign_in.end_session(member.session_id, staff_id=member.id, now=clock.now())
        record("staff.signed-out", member.email)
    session.clear()
    return told(ACCOUNTS["signed_out"], url_for("staff.sign_in"))


@blp.route("/staff/confirm", methods=["GET", "POST"])
@for_staff(*EVERYBODY, before_second_factor=True)
@per_address("60/minute", methods=["POST"])
@changes_nothing
def confirm() -> Response | BaseResponse:
    """Give the password again before a dangerous act."""
    form = Form(staff_schemas.ConfirmationForm)
    if form.done(_confirm, own_transactions=True):
        return redirect(_next(), 303)
    return form.page("staff/confirm.html", ACCOUNTS)


def _confirm(password: str, code: str) -> None:
    member = current_staff()
    source = str(member.session_id)
    with transaction():
        attempt = sign_in.begin_attempt(member.email, browser=source, address=caller_address(), now=clock.now())
    with transaction():
        key = settings().secret_key
        sign_in.sign_in(attempt, email=member.email, password=password, code=code, secret_key=key, now=clock.now())
        sign_in.confirm(member.session_id, now=clock.now())


@blp.route("/staff/welcome/<secret>", methods=["GET", "POST"])
@public
@per_address("60/minute", methods=["POST"])
def welcome(secret: str) -> Response | BaseResponse:
    """Choose a password through a one-time link, and be signed in. Looking at the link does not use it up."""
    form = Form(staff_schemas.WelcomeForm)
    chosen: list[str] = []

    def choose(new_password: str) -> None:
        member = accounts.use_link(secret, password=new_password, now=clock.now())
        _open_session(member, "staff.password-chosen")
        chosen.append(member.email)

    if form.done(choose):
        return _remember_browser(redirect(url_for("staff.second_factor"), 303), chosen[0])
    with transaction():
        email = accounts.find_link(secret, now=clock.now()).member.email
    return form.page("staff/welcome.html", ACCOUNTS, email=email)


# ---- One's own account


@blp.get("/staff/account")
@for_staff(*EVERYBODY)
def account() -> Response:
    """One's own account: password, code, sessions."""
    member = current_staff()
    open_ones = sign_in.open_sessions(member.id, now=clock.now())
    return page("staff/account.html", ACCOUNTS, sessions=open_ones)


@blp.post("/staff/account/sessions/<session_id>/end")
@for_staff(*EVERYBODY)
def end_session(session_id: str) -> BaseResponse:
    """End one of one's own sessions."""
    member = current_staff()
    with transaction():
        sign_in.end_session(opaque(session_id), staff_id=member.id, now=clock.now())
        record("staff.session-ended", member.email)
    return told(ACCOUNTS["session_ended"], url_for("staff.account"))


@blp.route("/staff/account/password", methods=["GET", "POST"])
@for_staff(*EVERYBODY, fresh=True)
def change_password() -> Response | BaseResponse:
    """Choose another password; the other sessions end."""
    form = Form(staff_schemas.PasswordForm)
    if form.done(_change_password, own_transactions=True):
        return told(ACCOUNTS["password_changed"], url_for("staff.account"))
    return form.page("staff/password.html", ACCOUNTS)


def _change_password(password: str, new_password: str) -> None:
    me = current_staff()
    source = str(me.session_id)
    with transaction():
        attempt = sign_in.begin_attempt(me.email, browser=source, address=caller_address(), now=clock.now())
    with transaction():
        member = accounts.get_member(me.id, lock=True)
        if not rules.is_password(password, member.password_hash):
            raise SignInRefused
        accounts.set_password(member, new_password)
        accounts.end_links(me.id, now=clock.now())
        accounts.end_sessions(me.id, now=clock.now(), but=me.session_id)
        sign_in.forget_attempt(attempt)
        record("staff.password-chosen", me.email)


@blp.route("/staff/account/second-factor", methods=["GET", "POST"])
@for_staff(*EVERYBODY, fresh=True, before_second_factor=True)
def second_factor() -> Response | BaseResponse:
    """Let a code of one's phone be asked for beside the password."""
    me = current_staff()
    form = Form(staff_schemas.SecondFactorForm)
    secret = session.setdefault("new_second_factor", rules.new_totp_secret())

    def set_up(code: str) -> None:
        member = accounts.get_member(me.id, lock=True)
        accounts.set_second_factor(member, secret, code, secret_key=settings().secret_key, now=clock.now())
        record("staff.second-factor", me.email)

    if form.done(set_up):
        session.pop("new_second_factor")
        return told(ACCOUNTS["second_factor_on"], url_for("office.today"))
    drawing = segno.make(rules.totp_address(secret, me.email), error="m").svg_inline(
        scale=5, border=4, dark="#000", light="#fff", omitsize=True
    )
    return form.page("staff/second_factor.html", ACCOUNTS, secret=secret, drawing=Markup(drawing))  # noqa: S704 -- ours


@blp.post("/staff/language")
@for_staff(*EVERYBODY, before_second_factor=True)
def language() -> BaseResponse:
    """Read the back office in another language."""
    me = current_staff()
    form = Form(staff_schemas.LanguageForm)

    def choose(to: str) -> None:
        accounts.get_member(me.id, lock=True).locale = to
        record("staff.language", me.email, before={"language": me.locale}, after={"language": to})

    if not form.done(choose):
        raise InvalidInput(errors=form.errors)
    return redirect(back_to(request.form.get("next"), url_for("office.today")), 303)


# ---- The team


@blp.get("/staff/people")
@for_staff("manager")
def people() -> Response:
    """Everybody with an account."""
    return page("staff/people.html", ACCOUNTS, people=accounts.list_staff(), status_word=_state)


@blp.route("/staff/people/new", methods=["GET", "POST"])
@for_staff("manager", fresh=True)
def invite() -> Response | BaseResponse:
    """Invite somebody: the one-time link is shown once, to be handed over."""
    form = Form(staff_schemas.InvitationForm, role="stock", locale=current_staff().locale)
    made: dict[str, Any] = {}

    def carry_out(**given: Any) -> None:
        member, made["secret"] = accounts.invite(**given, now=clock.now())
        made["member"] = member
        record("staff.invited", member.email, after={"role": member.role})

    if form.done(carry_out):
        return _show_link(made["member"], made["secret"])
    return form.page("staff/invite.html", ACCOUNTS, roles=rules.ROLES)


@blp.get("/staff/people/<staff_id>")
@for_staff("manager")
def person(staff_id: str) -> Response:
    """One account, and what can be done with it."""
    member = accounts.get_member(opaque(staff_id))
    return page("staff/person.html", ACCOUNTS, member=member, state=_state(member), roles=rules.ROLES)


@blp.post("/staff/people/<staff_id>/role")
@for_staff("manager", fresh=True)
def change_role(staff_id: str) -> Response | BaseResponse:
    """Give an account another role."""
    form = Form(staff_schemas.RoleForm)

    def change(role: rules.Role) -> None:
        member = accounts.get_member(opaque(staff_id), lock=True)
        before = member.role
        accounts.change_role(member, role)
        record("staff.role", member.email, before={"role": before}, after={"role": role})

    if form.done(change):
        return told(ACCOUNTS["role_changed"], url_for("staff.person", staff_id=staff_id))
    member = accounts.get_member(opaque(staff_id))
    return form.page("staff/person.html", ACCOUNTS, member=member, state=_state(member), roles=rules.ROLES)


@blp.post("/staff/people/<staff_id>/link")
@for_staff("manager", fresh=True)
def new_link(staff_id: str) -> Response:
    """Make a new one-time link, for somebody who lost password or phone."""
    with transaction():
        member = accounts.get_member(opaque(staff_id), lock=True)
        accounts.reopen_account(member)
        secret = accounts.new_link(member, now=clock.now())
        record("staff.link", member.email)
    return _show_link(member, secret)


@blp.post("/staff/people/<staff_id>/close")
@for_staff("manager", fresh=True)
def close(staff_id: str) -> Response | BaseResponse:
    """Close an account: it cannot be signed in to any more."""
    form = Form(Nothing)

    def carry_out() -> None:
        member = accounts.get_member(opaque(staff_id), lock=True)
        accounts.close_account(member, now=clock.now())
        record("staff.closed", member.email)

    if form.done(carry_out):
        return told(ACCOUNTS["account_closed"], url_for("staff.people"))
    member = accounts.get_member(opaque(staff_id))
    return form.page("staff/person.html", ACCOUNTS, member=member, state=_state(member), roles=rules.ROLES)


def _show_link(member: StaffMember, secret: str) -> Response:
    link = f"{settings().public_url}{url_for('staff.welcome', secret=secret)}"
    return page("staff/link.html", ACCOUNTS, member=member, link=link)


def _state(member: StaffMember) -> str:
    """The text that says how an account stands."""
    return "closed" if member.closed_at else "active" if member.password_hash else "invited"


# ---- The trail


@blp.get("/staff/acts")
@for_staff("manager")
def trail() -> Response:
    """Who did or read what, when and from where."""
    who, subject = request.args.get("who", "")[:254], request.args.get("subject", "")[:254]
    found = acts.list_acts(who=who, subject=subject, cursor=request.args.get("cursor"))
    record_reading("staff.acts-read", subject or who or "*")
    return page(
        "staff/acts.html",
        ACCOUNTS,
        acts=found["items"],
        next=found["next"],
        who=who,
        subject=subject,
        tell=lambda act: _tell(act.act, act.subject),
    )


def _tell(act: str, subject: str) -> str:
    text: Text | None = ACTS.get(act)
    return text.to(staff_language(), subject=subject) if text else act


@blp.get("/staff/<path:rest>")
@public
def nothing_here(rest: str) -> Response:
    """Any other address of the back office."""
    return not_found()

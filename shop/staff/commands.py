"""What the staff may ask on the command line, and their accounts."""

import binascii
import sys

import click
import pyotp
from flask.cli import AppGroup, with_appcontext

from shop.core import clock
from shop.core.commands import language_option
from shop.core.db import transaction
from shop.core.errors import Refusal
from shop.core.i18n import Language
from shop.core.settings import settings
from shop.staff import rules
from shop.staff.models import StaffMember
from shop.staff.services import accounts, acts
from shop.staff.services.attention import open_attention
from shop.staff.texts import ATTENTION, COMMANDS, ROLE_NAMES

staff = AppGroup("staff", help="Accounts of the back office.")


@click.command("attention")
@language_option
@with_appcontext
def attention(language: Language) -> None:
    """List the things that need a decision, oldest first, with their age."""
    for entry in open_attention():
        hours = (clock.now() - entry.first_at).total_seconds() / 3600
        click.echo(f"{entry.first_at:%Y-%m-%d %H:%M}Z  {hours:6.1f} h  x{entry.times}  {entry.kind}  {entry.subject}")
        if entry.kind in ATTENTION:  # one told by an older shop may have no words any more
            click.echo(f"    {ATTENTION[entry.kind].to(language, subject=entry.subject)}")
        if entry.facts:
            click.echo("    " + "  ".join(f"{name}={value}" for name, value in entry.facts.items()))


@staff.command("create")
@click.argument("email")
@click.option("--role", required=True, type=click.Choice(rules.ROLES))
@click.option("--name", default="", help="As colleagues call them; else what stands before the @.")
@language_option
def create(email: str, role: rules.Role, name: str, language: Language) -> None:
    """Make an account, and print the one-time link that sets its password."""
    if not 3 <= len(email) <= 254 or "@" not in email[1:-1] or not email.isprintable():
        raise click.BadParameter(COMMANDS["not_an_address"].to(language), param_hint="EMAIL")
    try:
        with transaction():
            member, secret = accounts.invite(email=email, name=name, role=role, locale=language, now=clock.now())
            _record("staff.invited", member)
    except Refusal as refusal:
        raise click.ClickException(refusal.explain(language)) from None
    click.echo(_address(secret))


@staff.command("link")
@click.argument("email")
@language_option
def link(email: str, language: Language) -> None:
    """Print a new one-time link for an account whose password or phone was lost."""
    with transaction():
        member = _member(email, language)
        accounts.reopen_account(member)
        secret = accounts.new_link(member, now=clock.now())
        _record("staff.link", member)
    click.echo(_address(secret))


@staff.command("close")
@click.argument("email")
@language_option
def close(email: str, language: Language) -> None:
    """Let an account no longer sign in, and end its sessions."""
    try:
        with transaction():
            member = _member(email, language)
            accounts.close_account(member, now=clock.now())
            _record("staff.closed", member)
    except Refusal as refusal:
        raise click.ClickException(refusal.explain(language)) from None


@staff.command("list")
@language_option
def list_all(language: Language) -> None:
    """List the accounts."""
    for member in accounts.list_staff():
        state = "closed" if member.closed_at else "active" if member.password_hash else "invited"
        click.echo(f"{member.email:40} {ROLE_NAMES[member.role].to(language):24} {COMMANDS[state].to(language)}")


@staff.command("code")
@click.argument("email_or_key")
@language_option
def code(email_or_key: str, language: Language) -> None:
    """Print the six-digit code of an account, or of the key its page shows: to try the shop without a phone.

    On a development machine only.
    """
    if settings().env == "production":
        raise click.ClickException(COMMANDS["not_in_production"].to(language))
    secret = email_or_key
    if "@" in email_or_key:
        member = _member(email_or_key, language)
        if member.totp_secret is None:
            raise click.ClickException(COMMANDS["no_code"].to(language))
        secret = rules.unseal(member.totp_secret, settings().secret_key)
    try:
        click.echo(pyotp.TOTP(secret).at(clock.now()))
    except binascii.Error:
        raise click.ClickException(COMMANDS["not_a_key"].to(language)) from None


def _member(email: str, language: Language) -> StaffMember:
    member = accounts.find_member(email)
    if member is None:
        raise click.ClickException(COMMANDS["no_account"].to(language, email=email))
    return member


def _record(act: str, member: StaffMember) -> None:
    who = f"command line ({'terminal' if sys.stdin.isatty() else 'script'})"
    acts.record(act, member.email, who=who, staff_id=None, address="", now=clock.now(), after={"role": member.role})


def _address(secret: str) -> str:
    return f"{settings().public_url}/staff/welcome/{secret}"

"""What the staff may ask on the command line."""

import click
from flask.cli import with_appcontext

from shop.core import clock
from shop.core.commands import language_option
from shop.core.i18n import Language
from shop.staff import services
from shop.staff.texts import ATTENTION


@click.command("attention")
@language_option
@with_appcontext
def attention(language: Language) -> None:
    """List the things that need a decision, oldest first, with their age."""
    for entry in services.open_attention():
        hours = (clock.now() - entry.first_at).total_seconds() / 3600
        click.echo(f"{entry.first_at:%Y-%m-%d %H:%M}Z  {hours:6.1f} h  x{entry.times}  {entry.kind}  {entry.subject}")
        if entry.kind in ATTENTION:  # one told by an older shop may have no words any more
            click.echo(f"    {ATTENTION[entry.kind].to(language, subject=entry.subject)}")
        if entry.facts:
            click.echo("    " + "  ".join(f"{name}={value}" for name, value in entry.facts.items()))

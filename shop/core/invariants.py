"""What must be true of the database at any moment. Each domain names its own; `flask audit` checks them all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import with_appcontext

from shop.core import clock
from shop.core.commands import language_option
from shop.core.db import db
from shop.core.i18n import Language, Text


@dataclass(frozen=True)
class Invariant:
    """A claim about the database.

    Args:
        claim: the claim as a sentence.
        violations: SQL whose every row is a violation, told by its columns; may use `:now`.
    """

    name: str
    claim: Text
    violations: str


def check(invariants: Iterable[Invariant], *, now: datetime) -> Sequence[tuple[Invariant, str]]:
    """The violations of some invariants, all seen at one moment.

    Reads one snapshot and changes nothing, so it is safe at any time beside any traffic.
    """
    found: list[tuple[Invariant, str]] = []
    with db.engine.connect().execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    ) as connection:
        connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
        for invariant in invariants:
            statement = sa.text(invariant.violations)
            parameters = {"now": now} if ":now" in invariant.violations else {}
            rows = connection.execute(statement, parameters).mappings()
            found += [(invariant, "  ".join(f"{name}={value}" for name, value in row.items())) for row in rows]
    return found


_CLEAN = Text(
    fr="Tout est en ordre : {count} règles vérifiées.",
    zh="一切正常：已检查 {count} 条规则。",
    en="All is well: {count} rules checked.",
)


@click.command("audit")
@language_option
@with_appcontext
def audit(language: Language) -> None:
    """Check every invariant of the shop on the live database; exit 1 if one is broken."""
    invariants: Sequence[Invariant] = current_app.extensions["invariants"]
    broken = check(invariants, now=clock.now())
    for invariant, row in broken:
        click.echo(f"{invariant.name}: {invariant.claim.to(language)}\n    {row}")
    if broken:
        raise SystemExit(1)
    click.echo(_CLEAN.to(language, count=len(invariants)))

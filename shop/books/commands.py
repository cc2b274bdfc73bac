"""The books on the command line."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from shop.books import sheets
from shop.books.accounts import Account, read_plan
from shop.books.errors import AccountsMistaken, NoSiren
from shop.books.services import export
from shop.books.services.close import close_due
from shop.core import clock
from shop.core.commands import language_option
from shop.core.db import transaction
from shop.core.i18n import Language, Text
from shop.core.settings import settings

books = AppGroup("books", help="The journal: closings and exports.")
exports = AppGroup("export", help="Tables for the accountant and the comptable.")
books.add_command(exports)

_DAY = click.DateTime(formats=["%Y-%m-%d"])
_OUT = click.Path(path_type=Path, dir_okay=False, writable=True)
_FORMAT = click.option("--format", "kind", type=click.Choice(["csv", "xlsx"]), default="csv", show_default=True)

_CLOSED = Text(
    fr="Clôturé : {period} {day}, {currency}, {hash}",
    zh="已结账：{period} {day}，{currency}，{hash}",
    en="Closed: {period} {day}, {currency}, {hash}",
)
_NOTHING_TO_CLOSE = Text(fr="Rien à clôturer.", zh="没有需要结账的期间。", en="Nothing to close.")
_PERIODS: dict[str, Text] = {
    "day": Text(fr="jour", zh="日", en="day"),
    "month": Text(fr="mois", zh="月", en="month"),
    "year": Text(fr="année", zh="年", en="year"),
}
_WRITTEN = Text(fr="{file} : {rows} lignes.", zh="{file}：{rows} 行。", en="{file}: {rows} rows.")
_OTHER_CURRENCIES = Text(
    fr="Hors du fichier, qui est en euros : {count} lignes en {currency}, à convertir par le comptable.",
    zh="文件以欧元计：未包含 {count} 行 {currency}，须由会计换算。",
    en="Left out of the file, which is in euros: {count} lines in {currency}, for the accountant to convert.",
)


@books.command("close")
@language_option
def close(language: Language) -> None:
    """Close the days, months and years that are over, and print the hashes to keep; the worker does so every hour."""
    with transaction():
        closed = [(one.period, one.starts_on, one.currency, one.hash) for one in close_due(clock.now())]
    for period, day, currency, digest in closed:
        said = {"period": _PERIODS[period].to(language), "day": day, "currency": currency, "hash": digest}
        click.echo(_CLOSED.to(language, **said))
    if not closed:
        click.echo(_NOTHING_TO_CLOSE.to(language))


@exports.command("journal")
@click.option("--from", "first", type=_DAY, required=True)
@click.option("--to", "last", type=_DAY, required=True)
@_FORMAT
@click.option("--out", type=_OUT, required=True)
@language_option
def export_journal(first: datetime, last: datetime, kind: str, out: Path, language: Language) -> None:
    """Write every line of the journal from one day to another, both included."""
    rows = list(export.journal_rows(first=first.date(), last=last.date(), plan=_plan(language)))
    _write(out, kind, "journal", export.JOURNAL_HEADER, rows, language)


@exports.command("day")
@click.option("--date", "day", type=_DAY, required=True)
@_FORMAT
@click.option("--out", type=_OUT, required=True)
@language_option
def export_day(day: datetime, kind: str, out: Path, language: Language) -> None:
    """Write one day by tariff, means of payment and VAT, credit notes and refunds apart (régie de recettes)."""
    _write(out, kind, "journée", export.DAY_HEADER, list(export.day_rows(day.date())), language)


@exports.command("fec")
@click.option("--year", type=click.IntRange(2000, 2200), required=True)
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=Path(), show_default="here")
@language_option
def export_fec(year: int, folder: Path, language: Language) -> None:
    """Write the accounting entries of a year as the French tax office reads them (FEC, 18 columns)."""
    try:
        file = folder / export.fec_name(year, settings().seller.siren)
    except NoSiren as refusal:
        raise click.ClickException(refusal.explain(language)) from None
    rows = list(export.fec_rows(year, _plan(language)))
    folder.mkdir(parents=True, exist_ok=True)
    file.write_bytes(export.fec_file(rows))
    for currency, count in export.other_currencies(year).items():
        click.echo(_OTHER_CURRENCIES.to(language, count=count, currency=currency), err=True)
    click.echo(_WRITTEN.to(language, file=file, rows=len(rows)))


def _write(
    out: Path,
    kind: str,
    name: str,
    header: tuple[str, ...],
    rows: Sequence[Sequence[sheets.Cell]],
    language: Language,
) -> None:
    out.write_bytes(sheets.to_csv(header, rows) if kind == "csv" else sheets.to_xlsx(name, header, rows))
    click.echo(_WRITTEN.to(language, file=out, rows=len(rows)))


def _plan(language: Language) -> Mapping[str, Account]:
    try:
        return read_plan(settings().accounts)
    except AccountsMistaken as refusal:
        raise click.ClickException(refusal.explain(language)) from None

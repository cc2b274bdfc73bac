"""The catalogue on the command line."""

from dataclasses import replace
from pathlib import Path

import click
from flask.cli import AppGroup

from shop.catalogue import file
from shop.catalogue.errors import CatalogueMistaken
from shop.catalogue.pictures import pictures_by_file
from shop.catalogue.services import exchange
from shop.core import clock
from shop.core.commands import language_option
from shop.core.db import transaction
from shop.core.i18n import Language, Text
from shop.core.settings import settings

_LEFT_OUT = Text(
    fr="Non exportées : les visites en {currency}, {timezone} (un fichier ne tient qu’une monnaie ; voir --currency).",
    zh="未导出：{currency}、{timezone} 的游览项目（一个文件只含一种币种，见 --currency）。",
    en="Left out: the tours in {currency}, {timezone} (a file holds one currency; see --currency).",
)

catalogue = AppGroup("catalogue", help="The catalogue from and to a file.")
DEMONSTRATION = Path(__file__).parent / "demonstration" / "catalogue.yaml"

_IMPORTED = Text(
    fr="Importé : {tours} visites, {departures} départs.",
    zh="已导入：{tours} 个游览项目，{departures} 个场次。",
    en="Imported: {tours} tours, {departures} departures.",
)
_NOT_EMPTY = Text(
    fr="Le catalogue n’est pas vide : la démonstration n’est pas chargée.",
    zh="目录不为空：未加载演示数据。",
    en="The catalogue is not empty: the demonstration is not loaded.",
)


@catalogue.command("import")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@language_option
def import_file(path: Path, language: Language) -> None:
    """Bring the catalogue to what FILE says: all of it, or nothing and every mistake named."""
    _import(*file.read_file(path, language=language), language=language)


@catalogue.command("demonstration")
@language_option
def demonstration(language: Language) -> None:
    """Load the demonstration catalogue, if the shop has no tour yet."""
    if not exchange.catalogue_is_empty():
        click.echo(_NOT_EMPTY.to(language))
        return
    content, mistakes = file.read_file(DEMONSTRATION, language=language, today=clock.now().date())
    account = settings().wechat_pay
    if content is not None and account is not None:
        content = replace(content, currency=account.currency)  # its prices are invented; they should be payable
    _import(content, mistakes, language=language)


@catalogue.command("export")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Write it there, with its pictures.")
@click.option("--currency", help="Of the tours to export; without it, that of most tours.")
@language_option
def export_file(folder: Path | None, currency: str | None, language: Language) -> None:
    """Print the catalogue as a file that can be imported again."""
    known = exchange.catalogue_terms()
    terms = next((pair for pair in known if currency in (None, pair[1])), known[0])
    text = file.write(*terms, exchange.export_catalogue(*terms))
    if folder is None:
        click.echo(text, nl=False)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "catalogue.yaml").write_text(text, encoding="utf-8")
        for name, content in pictures_by_file().items():
            (folder / name).write_bytes(content)
    for other in known:
        if other != terms:
            click.echo(_LEFT_OUT.to(language, timezone=other[0], currency=other[1]), err=True)


def _import(content: file.CatalogueContent | None, mistakes: file.Mistakes, *, language: Language) -> None:
    try:
        if content is not None:
            with transaction():
                report = exchange.import_catalogue(content, now=clock.now())
            click.echo(_IMPORTED.to(language, tours=report.tours, departures=report.departures))
    except CatalogueMistaken:
        pass  # every mistake stands in `mistakes`
    for mistake in mistakes.found:
        click.echo(str(mistake), err=True)
    if mistakes.found:
        raise SystemExit(1)

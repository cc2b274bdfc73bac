"""The catalogue file: YAML in, checked to the last field, each mistake with its line; YAML out.

Nothing here knows the database.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import marshmallow as ma
import yaml

from shop.catalogue import rules
from shop.catalogue.file_schemas import CatalogueFile
from shop.core.i18n import Language, Text
from shop.core.input import translate

MAX_BYTES = 2_000_000
MAX_IMAGE_BYTES = 500_000
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Mistake:
    """Something wrong in a file, where it stands."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        told = f"{self.file}:{self.line}: {self.field}: {self.message}"
        return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in told)


@dataclass
class Mistakes:
    """The mistakes of one file, gathered so that all can be mended at once."""

    file: str
    lines: dict[Place, int]
    language: Language
    found: list[Mistake] = field(default_factory=list)

    def add(self, place: Place, text: Text | str, **facts: Any) -> None:
        """Note a mistake at a place such as `("tours", 0, "units", 2, "price")`."""
        message = text.to(self.language, **facts) if isinstance(text, Text) else text
        line = next((self.lines[place[:n]] for n in range(len(place), -1, -1) if place[:n] in self.lines), 1)
        self.found.append(Mistake(self.file, line, _dotted(place), message))


@dataclass(frozen=True)
class CatalogueContent:
    """A file that reads well: its entries as checked, and where each stands."""

    timezone: str
    currency: str
    tours: list[dict[str, Any]]
    folder: Path
    mistakes: Mistakes


_NOT_YAML = Text(fr="Ce n’est pas du YAML : {why}", zh="不是有效的 YAML：{why}", en="Not YAML: {why}")
_TOO_LONG = Text(fr="Le fichier est trop long.", zh="文件过大。", en="The file is too long.")
_UNREADABLE = Text(
    fr="Le fichier ne peut pas être lu : {why}", zh="无法读取文件：{why}", en="The file cannot be read: {why}"
)
_ALIAS = Text(
    fr="Les ancres et les alias YAML ne sont pas admis.",
    zh="不允许使用 YAML 锚点和别名。",
    en="YAML anchors and aliases are not admitted.",
)
_TWICE = Text(fr="Cette clé est donnée deux fois.", zh="该键重复出现。", en="This key is given twice.")


class _Loader(yaml.SafeLoader):
    """YAML whose dates stay texts: the catalogue reads them itself, as local times."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


# YAML 1.1 would read 0700 as 448 and 19:00 as 1140: here a whole number is digits, or it is a text.
_Loader.yaml_implicit_resolvers = {
    letter: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:int"]
    for letter, pairs in _Loader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"-?(0|[1-9][0-9]*)\Z"), list("-0123456789"))


def read_file(path: Path, *, language: Language, today: date | None = None) -> tuple[CatalogueContent | None, Mistakes]:
    """Read and check a catalogue file.

    Args:
        today: for the demonstration only, whose starts are written `+3T14:30`, days from the day it is loaded.

    Returns:
        The content, None if it has mistakes; and the mistakes.
    """
    mistakes = Mistakes(path.name, {}, language)
    data = _load(path, mistakes)
    if mistakes.found:
        return None, mistakes
    if today is not None:
        data = _dated(data, today)
    try:
        content = CatalogueFile().load(data)
    except ma.ValidationError as error:
        _gather(error.normalized_messages(), (), mistakes)  # type: ignore[no-untyped-call]
        return None, mistakes
    return CatalogueContent(content["timezone"], content["currency"], content["tours"], path.parent, mistakes), mistakes


def write(timezone: str, currency: str, tours: list[dict[str, Any]]) -> str:
    """A catalogue file of these tours."""
    content = {"timezone": timezone, "currency": currency, "tours": tours}
    # libyaml takes a tenth of the time, but writes characters beyond the first 65,536 (emoji, rare hanzi) as escapes.
    text = _dumped(content, getattr(yaml, "CSafeDumper", yaml.SafeDumper))
    return _dumped(content, yaml.SafeDumper) if "\\U00" in text else text


def _dumped(content: dict[str, Any], dumper: Any) -> str:
    return str(yaml.dump(content, Dumper=dumper, allow_unicode=True, sort_keys=False, width=110))


def _load(path: Path, mistakes: Mistakes) -> Any:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            mistakes.add((), _TOO_LONG)
            return None
        text = raw.decode("utf-8")
        depth = 0
        for event in yaml.parse(text, Loader=_Loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > 20:
                mistakes.add((), _NOT_YAML, why="nesting")
                return None
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                mistakes.lines[("&",)] = event.start_mark.line + 1 if event.start_mark else 1
                mistakes.add(("&",), _ALIAS)
                return None
        node = yaml.compose(text, Loader=_Loader)
        if node is not None:
            _note_lines(node, (), mistakes)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 -- _Loader is a SafeLoader
    except OSError as error:
        mistakes.add((), _UNREADABLE, why=error.strerror)
    except yaml.MarkedYAMLError as error:
        if error.problem_mark:
            mistakes.lines[("?",)] = error.problem_mark.line + 1
        mistakes.add(("?",), _NOT_YAML, why=error.problem)
    except (UnicodeDecodeError, yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        mistakes.add((), _NOT_YAML, why=type(error).__name__)
    return None


def _note_lines(node: yaml.Node, place: Place, mistakes: Mistakes) -> None:
    mistakes.lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            here = (*place, str(key.value))
            mistakes.lines[here] = key.start_mark.line + 1
            if str(key.value) in seen:
                mistakes.add(here, _TWICE)
            seen.add(str(key.value))
            _note_lines(value, here, mistakes)
            mistakes.lines[here] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _note_lines(item, (*place, index), mistakes)


def _gather(errors: Any, place: Place, mistakes: Mistakes) -> None:
    if isinstance(errors, dict):
        for key, inner in errors.items():
            _gather(inner, place if key == "_schema" else (*place, key), mistakes)
        return
    for message in translate(errors, mistakes.language) if isinstance(errors, list) else [str(errors)]:
        mistakes.add(place, message)


def _dotted(place: Place) -> str:
    """`tours[0].units[2].price`"""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "-"


def _dated(value: Any, today: date) -> Any:
    """The demonstration's `+3T14:30`, counted from today."""
    if isinstance(value, dict):
        return {key: _dated(item, today) for key, item in value.items()}
    if isinstance(value, list):
        return [_dated(item, today) for item in value]
    if isinstance(value, str) and value.startswith("+") and "T" in value:
        days, _, hour = value[1:].partition("T")
        return f"{today + timedelta(days=int(days))}T{hour}"
    return value


def starts(entry: dict[str, Any]) -> list[datetime]:
    """The local starts of a departure's entry: one, or those of its rule.

    Raises:
        RuleMistaken: the rule gives none that can be used.
    """
    start: datetime = entry["starts_at"]
    return rules.expand(entry["rrule"], start) if "rrule" in entry else [start]

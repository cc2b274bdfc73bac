"""The typeface of printed tickets, Noto Sans SC, with what it can write and where a line of it may break."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from pylopdf_fonts_zh_cn import sans_path

from shop.core import late
from shop.core.i18n import Language

if TYPE_CHECKING:
    from fpdf import FPDF

fonts, drawn = late.module("fontTools.ttLib"), late.module("fpdf.fonts")
small = late.module("shop.orders.documents.small_font")

NAME = "noto"

_MISSING = "□"
_LATIN_LETTER = re.compile("LATIN (?P<case>CAPITAL|SMALL) LETTER (?P<letter>[A-Z]) WITH ")
_STAYS_ON_THE_LINE = set("，。、；：？！）》〉」』】〕”’…—·,.;:?!)%»")  # never begins a line
_TAKES_ALONG = set("（《〈「『【〔“‘(«")  # never ends one


@dataclass(frozen=True)
class _Repertoire:
    """What the font can write.

    Args:
        proportional: for marks that the font makes as wide as a Chinese character, their narrow glyphs.
    """

    characters: frozenset[str]
    proportional: dict[str, str]


@cache
def _repertoire() -> _Repertoire:
    # Reading the names of 30,000 characters takes about as long as drawing a ticket: once is enough.
    with fonts.TTFont(sans_path(), lazy=True) as font:
        cmap: dict[int, str] = font.getBestCmap()
        substitutions: Any = font["GSUB"].table
        lookups = {
            index
            for record in substitutions.FeatureList.FeatureRecord
            if record.FeatureTag == "pwid"
            for index in record.Feature.LookupListIndex
        }
        narrow: dict[str, str] = {}
        for index in sorted(lookups):
            for table in substitutions.LookupList.Lookup[index].SubTable:
                narrow |= getattr(table, "ExtSubTable", table).mapping
    return _Repertoire(
        characters=frozenset(map(chr, cmap)),
        proportional={mark: narrow[cmap[ord(mark)]] for mark in "’‘“”…" if cmap[ord(mark)] in narrow},
    )


def writable(text: str) -> str:
    """The text with nothing in it that the font cannot write.

    Names come from everywhere: what is unknown loses its accents first, and becomes a box only then.
    """
    return "".join(map(_writable, unicodedata.normalize("NFC", text)))


def _writable(character: str) -> str:
    known = _repertoire().characters
    if character.isspace():
        return "\u00a0" if character in "\u00a0\u202f" else " "
    if unicodedata.category(character) in ("Cc", "Cf", "Mn"):
        return ""
    if character in known:
        return character
    if letter := _LATIN_LETTER.match(unicodedata.name(character, "")):
        return letter["letter"] if letter["case"] == "CAPITAL" else letter["letter"].lower()
    parts = unicodedata.normalize("NFKC", character)
    return parts if parts and known.issuperset(parts) else _MISSING


def use(pdf: FPDF, language: Language, characters: Collection[str]) -> None:
    """Give a document the typeface, for these characters only: with all of its own it loads slowly."""
    wanted = sorted({ord(character) for character in characters} | {ord(" ")})
    narrow = _repertoire().proportional
    with small.small_font().holding(wanted, narrow.values()) as path:
        pdf.add_font(NAME, fname=path, unicode_range=wanted)
    font = pdf.fonts[NAME]
    assert isinstance(font, drawn.TTFFont)
    # The box around all characters holds these as well; to measure theirs takes a third of the time.
    font.ttfont.recalcBBoxes = False
    # French and English share these marks with Chinese, which wants them wide. Only the apostrophe is narrow
    # in Chinese texts too: it stands in their French names.
    for mark, glyph in narrow.items():
        if ord(mark) in font.cmap and (language != "zh-CN" or mark == "’"):
            font.cmap[ord(mark)] = glyph
            font.glyph_ids[ord(mark)] = font.ttfont.getGlyphID(glyph)
            font.cw[ord(mark)] = round(font.scale * font.ttfont["hmtx"].metrics[glyph][0])


def lines(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """The text in lines that fit the width; Chinese breaks between characters, the rest between words."""
    found: list[str] = []
    for paragraph in text.splitlines():
        if measure(paragraph.rstrip(" ")) <= width:
            found += [paragraph.rstrip(" ")] if paragraph.strip(" ") else []
            continue
        line = ""
        for part in _unbroken(paragraph):
            if line and measure((line + part).rstrip(" ")) > width:
                found.append(line.rstrip(" "))
                line = ""
            while len(part) > 1 and measure(part.rstrip(" ")) > width:
                fitting = len(part) - 1
                while fitting > 1 and measure(part[:fitting]) > width:
                    fitting -= 1
                found.append(part[:fitting])
                part = part[fitting:]
            line += part
        if line.strip(" "):
            found.append(line.rstrip(" "))
    return found


def _unbroken(text: str) -> Iterator[str]:
    start = 0
    for at in range(1, len(text)):
        if _may_break(text[at - 1], text[at]):
            yield text[start:at]
            start = at
    yield text[start:]


def _may_break(before: str, after: str) -> bool:
    if after in (" ", "\u00a0") or before == "\u00a0":
        return False
    if before == " ":
        return True
    if after in _STAYS_ON_THE_LINE or before in _TAKES_ALONG:
        return False
    # `2027年` stays together, as a number does with what it counts.
    return _is_wide(before) or (_is_wide(after) and not before.isdecimal())


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in ("W", "F")

"""The manifest of a departure to print, A4: a box to tick for each person, room for notes."""

from dataclasses import dataclass
from datetime import datetime

from fpdf import FPDF

from shop.core.i18n import Language
from shop.door.rules import when as when_words
from shop.door.services.manifest import Manifest, Party
from shop.door.staff_texts import DOOR
from shop.orders.documents import typeface

# Lengths are in millimetres, sizes of type in points.
_WIDTH, _HEIGHT, _MARGIN = 210.0, 297.0, 12.0
_BOX, _GAP = 4.2, 1.6
_SIZE, _LEADING = 10.0, 1.32
_LINE = _SIZE * _LEADING * 25.4 / 72
_PAD = 1.6
_INK, _QUIET, _RULE = (24, 28, 32), (88, 94, 100), (170, 176, 182)


@dataclass(frozen=True)
class _Column:
    name: str
    x: float
    width: float


def manifest_pdf(
    manifest: Manifest, *, language: Language, title: str, when: str, phones: bool, printed_at: datetime
) -> bytes:
    """Who comes, in the language of who prints it.

    Args:
        phones: whether who prints it may read them.
        printed_at: on the clocks of the place.
    """
    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(False)
    pdf.set_title(f"{DOOR['manifest'].to(language)} – {title} – {when}")
    pdf.set_lang(language)
    pdf.set_creation_date(printed_at)
    sheet = _Sheet(pdf, manifest, language, typeface.writable(title), typeface.writable(when), phones, printed_at)
    typeface.use(pdf, language, sheet.characters())
    sheet.draw()
    return bytes(pdf.output())


class _Sheet:
    """Pages being filled from top to bottom."""

    def __init__(
        self,
        pdf: FPDF,
        manifest: Manifest,
        language: Language,
        title: str,
        when: str,
        phones: bool,
        printed_at: datetime,
    ) -> None:
        self.pdf, self.manifest, self.language, self.title, self.when = pdf, manifest, language, title, when
        self.foot = typeface.writable(DOOR["printed"].to(language, when=when_words(printed_at, language)))
        self.count = typeface.writable(DOOR["here_of"].to(language, here=manifest.here, people=manifest.people))
        wanted = [("name", 52.0), ("people", 48.0), ("number", 30.0), *([("phone", 32.0)] if phones else [])]
        self.columns: list[_Column] = []
        x = _MARGIN
        for name, width in wanted:
            self.columns.append(_Column(name, x, width))
            x += width
        self.columns.append(_Column("notes", x, _WIDTH - _MARGIN - x))
        self.y = 0.0

    def characters(self) -> set[str]:
        """All that may be drawn."""
        said = [
            " · –",
            self.title,
            self.when,
            self.foot,
            self.count,
            DOOR["page_of"].to(self.language, page="0123456789"),
        ]
        said += [DOOR[name].to(self.language) for name in ("manifest", "nobody", *(c.name for c in self.columns))]
        said += [text for party in self.manifest.parties for text in self._cells(party).values()]
        return set(typeface.writable("".join(said)))

    def draw(self) -> None:
        self._new_page()
        if not self.manifest.parties:
            self._text(_MARGIN, self.y, DOOR["nobody"].to(self.language))
        for party in self.manifest.parties:
            if party.expected:
                self._row(party)

    def _new_page(self) -> None:
        self.pdf.add_page()
        first = self.pdf.page_no() == 1
        page = DOOR["page_of"].to(self.language, page=self.pdf.page_no())
        self._text(_MARGIN, _HEIGHT - _MARGIN - _LINE, f"{self.foot} · {page}", size=8, color=_QUIET)
        self.y = _MARGIN
        for text, size in (
            (DOOR["manifest"].to(self.language), 9.0),
            (self.title, 16.0 if first else 11.0),
            (f"{self.when} · {self.count}", 11.0),
        ):
            self.pdf.set_font(typeface.NAME, size=size)
            for line in typeface.lines(text, _WIDTH - 2 * _MARGIN, self.pdf.get_string_width):
                self._text(_MARGIN, self.y, line, size=size, color=_QUIET if size < 10 else _INK)
                self.y += size * _LEADING * 25.4 / 72
        self.y += 2
        for column in self.columns:
            self._text(column.x, self.y, DOOR[column.name].to(self.language), size=8, color=_QUIET)
        self.y += _LINE
        self._rule()

    def _cells(self, party: Party) -> dict[str, str]:
        found = {
            "name": party.name or "–",
            "people": party.units.replace(" × ", "\u00a0×\u00a0"),
            "number": party.number,
            "phone": party.phone,
        }
        return {name: typeface.writable(text) for name, text in found.items()}

    def _row(self, party: Party) -> None:
        self.pdf.set_font(typeface.NAME, size=_SIZE)
        cells = self._cells(party)
        lines = {
            column.name: typeface.lines(cells[column.name], column.width - 2, self.pdf.get_string_width)
            for column in self.columns
            if column.name in cells
        }
        boxes = self._boxes(party)
        tall = max(len(lines["people"]) * _LINE + boxes, *(len(text) * _LINE for text in lines.values())) + 2 * _PAD
        if self.y + tall > _HEIGHT - _MARGIN - 2 * _LINE:
            self._new_page()
        y = self.y + _PAD
        for column in self.columns:
            for at, line in enumerate(lines.get(column.name, ())):
                self._text(column.x, y + at * _LINE, line)
        self._draw_boxes(party, y + len(lines["people"]) * _LINE + 0.6)
        self.y += tall
        self._rule()

    def _per_line(self) -> int:
        return int((self.columns[1].width - 2) // (_BOX + _GAP))

    def _boxes(self, party: Party) -> float:
        """How high the boxes of a party are together."""
        return -(-len(party.expected) // self._per_line()) * (_BOX + _GAP)

    def _draw_boxes(self, party: Party, top: float) -> None:
        self.pdf.set_draw_color(*_INK)
        self.pdf.set_line_width(0.3)
        for at, guest in enumerate(party.expected):
            x = self.columns[1].x + at % self._per_line() * (_BOX + _GAP)
            y = top + at // self._per_line() * (_BOX + _GAP)
            self.pdf.rect(x, y, _BOX, _BOX)
            if guest.status == "redeemed":
                self.pdf.line(x + 0.8, y + 2.2, x + 1.8, y + 3.3)
                self.pdf.line(x + 1.8, y + 3.3, x + 3.5, y + 0.9)
            elif guest.status == "blocked":
                self.pdf.line(x, y, x + _BOX, y + _BOX)
                self.pdf.line(x, y + _BOX, x + _BOX, y)

    def _rule(self) -> None:
        self.pdf.set_draw_color(*_RULE)
        self.pdf.set_line_width(0.2)
        self.pdf.line(_MARGIN, self.y, _WIDTH - _MARGIN, self.y)

    def _text(self, x: float, y: float, text: str, *, size: float = _SIZE, color: tuple[int, int, int] = _INK) -> None:
        self.pdf.set_font(typeface.NAME, size=size)
        self.pdf.set_text_color(*color)
        self.pdf.text(x, y + 0.76 * size * _LEADING * 25.4 / 72, text)

"""A receipt or a credit note as pages to print, A4."""

from collections.abc import Iterable, Mapping
from typing import Any

from fpdf import FPDF
from fpdf.fonts import TTFFont
from fpdf.prefs import ViewerPreferences

from shop.core.i18n import Language
from shop.orders.documents import typeface

from .wording import Row, Wording, put_into_words

# Lengths are in millimetres, sizes of type in points.
_WIDTH, _HEIGHT = 210.0, 297.0
_MARGIN = 18.0
_TEXT_WIDTH = _WIDTH - 2 * _MARGIN
_BOTTOM = _HEIGHT - 24.0
_COLUMNS = (80.0, 14.0, 29.0, 21.0, 30.0)  # item, quantity, unit price, VAT, amount
_GAP = 3.0  # between columns
_SUMS = 100.0  # width of the sums, at the right

_INK = (24, 28, 32)
_QUIET = (88, 94, 100)  # 6 : 1 on white
_ACCENT = (0, 92, 102)
_RULE = (200, 206, 210)
_LEADING = 1.35

# Texts broken into lines, by text, size and width: to find where they break takes most of the time.
_Laid = dict[tuple[str, float, float], list[str]]


def document_pdf(said: Mapping[str, Any], language: Language) -> bytes:
    """A document in one language. The same document in the same language gives the same bytes.

    Args:
        said: all it says, as it was issued (`Document.said`).
    """
    wording = put_into_words(said, language)
    laid: _Laid = {}
    pages, pdf = _draw(wording, laid, pages=1)
    if pages > 1:  # now their number is known
        _close_font(pdf)
        _, pdf = _draw(wording, laid, pages=pages)
    return bytes(pdf.output())


def _draw(wording: Wording, laid: _Laid, *, pages: int) -> tuple[int, FPDF]:
    """How many pages it took, and the pages, which say that they are `pages`."""
    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(False)
    pdf.set_title(f"{wording.title} {wording.number}")
    pdf.set_lang(wording.language)
    pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
    pdf.set_creation_date(wording.issued)
    typeface.use(pdf, wording.language, set("".join(wording.strings())))
    _Sheet(pdf, wording, laid, pages).draw()
    return len(pdf.pages), pdf


def _close_font(pdf: FPDF) -> None:
    """Only a document that is put out closes its font by itself."""
    font = pdf.fonts[typeface.NAME]
    assert isinstance(font, TTFFont)
    font.ttfont.close()


class _Sheet:
    """Pages being filled from top to bottom; `y` is where the next thing may stand."""

    def __init__(self, pdf: FPDF, wording: Wording, laid: _Laid, pages: int) -> None:
        self.pdf = pdf
        self.wording = wording
        self.laid = laid
        self.pages = pages
        self.y = 0.0

    def draw(self) -> None:
        self._new_page()
        self._head()
        self._table()
        self._sums()
        self.y += 6
        for note in self.wording.notes:
            self._paragraph(note, 9.5, _INK)

    def _new_page(self) -> None:
        self.pdf.add_page()
        self.pdf.set_fill_color(*_ACCENT)
        self.pdf.rect(0, 0, _WIDTH, 3, style="F")
        footer = self.wording.footer.format(page=self.pdf.page, pages=self.pages)
        self._write([footer], 8, _QUIET, _MARGIN, _HEIGHT - 16, _TEXT_WIDTH, right=True)
        self.y = _MARGIN

    def _head(self) -> None:
        wording, half = self.wording, _TEXT_WIDTH / 2 - _GAP
        self._paragraph(wording.title, 20, _ACCENT)
        self.y += 3
        top = self.y
        for label, value in wording.facts:
            self._labelled(label, value, half)
        self._labelled(*wording.client, half)
        left, self.y = self.y, top
        right = _MARGIN + _TEXT_WIDTH / 2 + _GAP
        self._paragraph(wording.seller[0], 11, _INK, x=right, width=half)
        for line in wording.seller[1:]:
            self._paragraph(line, 9.5, _QUIET, x=right, width=half)
        self.y = max(left, self.y) + 4
        for line in wording.introduction:
            self._paragraph(line, 10.5, _INK)
        self.y += 4

    def _table(self) -> None:
        self._row(self.wording.header, 8.5, _QUIET)
        for row in self.wording.rows:
            if self.y + self._row_height(row, 10) > _BOTTOM:
                self._new_page()
                self._row(self.wording.header, 8.5, _QUIET)
            self._row(row, 10, _INK)
        self.y += 4

    def _sums(self) -> None:
        x, amount = _WIDTH - _MARGIN - _SUMS, 34.0
        sized = [(*pair, 10.0) for pair in self.wording.sums[:-1]] + [(*self.wording.sums[-1], 12.5)]
        laid = [(self._lines(label, size, _SUMS - amount), value, size) for label, value, size in sized]
        if self.y + sum(self._height(lines, size) + 1 for lines, _, size in laid) > _BOTTOM:
            self._new_page()
        for lines, value, size in laid:
            self._write(lines, size, _INK, x, self.y, _SUMS - amount)
            self._write([value], size, _INK, x, self.y, _SUMS, right=True)
            self.y += self._height(lines, size) + 1

    def _row(self, row: Row, size: float, color: tuple[int, int, int]) -> None:
        x, height = _MARGIN, self._row_height(row, size)
        text = self._lines(row.text, size, _COLUMNS[0] - _GAP)
        self._write(text, size, color, x, self.y, _COLUMNS[0])
        below = self.y + self._height(text, size)
        self._write(self._lines(row.detail, 8.5, _COLUMNS[0] - _GAP), 8.5, _QUIET, x, below, _COLUMNS[0])
        for cell, before, width in zip(row.cells, _COLUMNS, _COLUMNS[1:], strict=False):
            x += before
            self._write(self._lines(cell, size, width - _GAP), size, color, x, self.y, width, right=True)
        self.y += height
        self.pdf.set_draw_color(*_RULE)
        self.pdf.set_line_width(0.25)
        self.pdf.line(_MARGIN, self.y - 1.2, _WIDTH - _MARGIN, self.y - 1.2)

    def _row_height(self, row: Row, size: float) -> float:
        first = self._height(self._lines(row.text, size, _COLUMNS[0] - _GAP), size)
        first += self._height(self._lines(row.detail, 8.5, _COLUMNS[0] - _GAP), 8.5)
        cells = zip(row.cells, _COLUMNS[1:], strict=True)
        return max(first, *(self._height(self._lines(cell, size, width - _GAP), size) for cell, width in cells)) + 2.6

    def _labelled(self, label: str, value: str, width: float) -> None:
        self._paragraph(label, 8.5, _QUIET, width=width)
        self._paragraph(value, 11, _INK, width=width)
        self.y += 1.5

    def _paragraph(
        self, text: str, size: float, color: tuple[int, int, int], *, x: float = _MARGIN, width: float = _TEXT_WIDTH
    ) -> None:
        lines = self._lines(text, size, width)
        if self.y + self._height(lines, size) > _BOTTOM:
            self._new_page()
        self._write(lines, size, color, x, self.y, width)
        self.y += self._height(lines, size)

    def _write(
        self,
        lines: Iterable[str],
        size: float,
        color: tuple[int, int, int],
        x: float,
        y: float,
        width: float,
        *,
        right: bool = False,
    ) -> None:
        self.pdf.set_font(typeface.NAME, size=size)
        self.pdf.set_text_color(*color)
        for line in lines:
            at = x + width - self.pdf.get_string_width(line) if right else x
            self.pdf.text(at, y + 0.76 * size * _LEADING * 25.4 / 72, line)
            y += size * _LEADING * 25.4 / 72

    def _lines(self, text: str, size: float, width: float) -> list[str]:
        if (text, size, width) not in self.laid:
            self.pdf.set_font(typeface.NAME, size=size)
            self.laid[text, size, width] = typeface.lines(text, width, self.pdf.get_string_width)
        return self.laid[text, size, width]

    @staticmethod
    def _height(lines: list[str], size: float) -> float:
        return len(lines) * size * _LEADING * 25.4 / 72

"""A ticket as a page to print, A5."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from itertools import groupby
from typing import Any

from fpdf import FPDF
from fpdf.drawing import PaintedPath
from fpdf.prefs import ViewerPreferences

from shop.core.i18n import Text

from . import qr, texts, typeface, wording
from .facts import TicketFacts

# Lengths are in millimetres, sizes of type in points.
_WIDTH, _HEIGHT = 148.0, 210.0
_MARGIN = 14.0
_TEXT_WIDTH = _WIDTH - 2 * _MARGIN
_CODE = 60.0
_GUTTER = 10.0
_BELOW_CODE = 4.0
_LEADING = 1.32

_INK = (24, 28, 32)
_QUIET = (88, 94, 100)  # 6 : 1 on white
_ACCENT = (0, 92, 102)
_RULE = (200, 206, 210)

# A page that would be too full is set smaller, as far as it stays readable; what is left gets another page.
_SCALES = (1.0, 0.95, 0.9, 0.85, 0.8)


@dataclass(frozen=True)
class _Block:
    lines: list[str]
    size: float
    color: tuple[int, int, int]
    after: float

    @property
    def line_height(self) -> float:
        return self.size * _LEADING * 25.4 / 72

    @property
    def height(self) -> float:
        return len(self.lines) * self.line_height + self.after


def ticket_pdf(facts: TicketFacts) -> bytes:
    """The ticket in its language, on one page unless what it says of accessibility fills more.

    The same facts give the same bytes.
    """
    facts = _writable(facts)
    pdf = FPDF(format=(_WIDTH, _HEIGHT))
    pdf.set_auto_page_break(False)
    pdf.set_title(f"{facts.tour} – {texts.TICKET.to(facts.language)} {facts.reference}")
    pdf.set_lang(facts.language)
    pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
    pdf.set_creation_date(facts.starts_at)  # the only moment that a ticket knows
    typeface.use(pdf, facts.language, _characters(facts))
    pdf.add_page()
    _Sheet(pdf, facts).draw()
    return bytes(pdf.output())


def _writable(facts: TicketFacts) -> TicketFacts:
    """The facts, cleared of characters the typeface lacks."""
    changes: dict[str, Any] = {}
    for field in fields(facts):
        value = getattr(facts, field.name)
        if isinstance(value, str) and field.name not in ("language", "code"):
            paragraphs = (typeface.writable(paragraph) for paragraph in value.splitlines())
            changes[field.name] = "\n".join(paragraphs)
    return replace(facts, **changes)


def _characters(facts: TicketFacts) -> set[str]:
    """All that may be drawn for the facts."""
    words = [value.to(facts.language) for value in vars(texts).values() if isinstance(value, Text)]
    own = [value for value in vars(facts).values() if isinstance(value, str)]
    said = [wording.when(facts), wording.guide_language(facts), wording.price(facts.price, facts.language)]
    return set(typeface.writable("".join(words + own + said)))


class _Sheet:
    """A page being filled from top to bottom."""

    def __init__(self, pdf: FPDF, facts: TicketFacts) -> None:
        self.pdf = pdf
        self.facts = facts
        self.scale = 1.0

    def draw(self) -> None:
        for self.scale in _SCALES:
            head, beside, below = self._head(), self._beside(), self._below()
            middle = max(_CODE + _BELOW_CODE, sum(block.height for block in beside)) + 7
            height = sum(block.height for block in (*head, *below)) + middle
            if height <= _HEIGHT - 2 * _MARGIN:
                break

        self.pdf.set_fill_color(*_ACCENT)
        self.pdf.rect(0, 0, _WIDTH, 3, style="F")
        top = self._write(head, _MARGIN, _MARGIN)
        self._draw_code(_MARGIN, top)
        self._write(beside, _MARGIN + _CODE + _GUTTER, top)
        rule = top + middle - 3.5
        self.pdf.set_draw_color(*_RULE)
        self.pdf.set_line_width(0.25)
        self.pdf.line(_MARGIN, rule, _WIDTH - _MARGIN, rule)
        self._write(below, _MARGIN, top + middle)

    def _head(self) -> list[_Block]:
        return [
            self._block(texts.TICKET.to(self.facts.language), 10, color=_ACCENT, after=1),
            self._block(self.facts.tour, 20, after=2),
            self._block(wording.when(self.facts), 13, after=7),
        ]

    def _beside(self) -> list[_Block]:
        facts, language = self.facts, self.facts.language
        said = (
            (texts.REFERENCE, facts.reference, 16),
            (texts.HOLDER, facts.holder, 11),
            (texts.UNIT, facts.unit, 11),
            (texts.PRICE, typeface.writable(wording.price(facts.price, language)), 11),
            (texts.GUIDE_LANGUAGE, wording.guide_language(facts), 11),
            (texts.ORDER, facts.order_number, 11),
        )
        width = _TEXT_WIDTH - _CODE - _GUTTER
        return [block for label, value, size in said for block in self._labelled(label, value, size, width)]

    def _below(self) -> list[_Block]:
        facts = self.facts
        blocks = [
            self._block(texts.SHOW_THE_CODE.to(facts.language), 11, color=_ACCENT, after=4),
            *self._labelled(texts.MEETING_POINT, f"{facts.meeting_point}\n{facts.address}", 11, _TEXT_WIDTH),
        ]
        if facts.accessibility:
            blocks += self._labelled(texts.ACCESSIBILITY, facts.accessibility, 10, _TEXT_WIDTH)
        return blocks

    def _labelled(self, label: Text, value: str, size: float, width: float) -> Iterable[_Block]:
        yield self._block(label.to(self.facts.language), 8.5, color=_QUIET, width=width)
        yield self._block(value, size, width=width, after=2.4)

    def _block(
        self,
        text: str,
        size: float,
        *,
        color: tuple[int, int, int] = _INK,
        width: float = _TEXT_WIDTH,
        after: float = 0,
    ) -> _Block:
        size *= self.scale
        self.pdf.set_font(typeface.NAME, size=size)
        return _Block(typeface.lines(text, width, self.pdf.get_string_width), size, color, after * self.scale)

    def _write(self, blocks: Iterable[_Block], x: float, y: float) -> float:
        """Where the next thing may stand."""
        for block in blocks:
            self.pdf.set_font(typeface.NAME, size=block.size)
            self.pdf.set_text_color(*block.color)
            for line in block.lines:
                if y + block.line_height > _HEIGHT - _MARGIN:
                    self.pdf.add_page()
                    y = _MARGIN
                self.pdf.text(x, y + 0.76 * block.line_height, line)
                y += block.line_height
            y += block.after
        return y

    def _draw_code(self, x: float, y: float) -> None:
        """The modules as one shape: apart, hairlines would part them. The white around is its quiet zone."""
        matrix = qr.encode(self.facts.code).matrix
        module = _CODE / len(matrix)
        path = PaintedPath()
        path.style.fill_color = "#000000"
        path.style.stroke_color = None
        path.style.auto_close = False
        for row, modules in enumerate(matrix):
            column = 0
            for dark, run in groupby(modules):
                length = len(list(run))
                if dark:
                    path.rectangle(x + column * module, y + row * module, length * module, module)
                column += length
        with self.pdf.drawing_context() as drawing:
            drawing.add_item(path, clone=False)  # nobody else has it, and a copy takes as long as all the rest

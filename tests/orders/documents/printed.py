"""What stands on the pages of a PDF, read from its drawing operations."""

import re
from dataclasses import dataclass
from functools import cache, cached_property
from io import BytesIO

from fontTools.cffLib import CFFFontSet
from fontTools.pens.boundsPen import BoundsPen
from PIL import Image, ImageDraw
from pypdf import PdfReader

from shop.orders.documents.pdf import ticket_pdf


@dataclass(frozen=True)
class Line:
    """A line of text; lengths in points, from the lower left corner of its page."""

    page: int
    text: str
    codes: tuple[int, ...]
    x: float
    y: float
    size: float
    width: float

    @property
    def right(self):
        return self.x + self.width


@cache
def printed(facts):
    """The ticket with these facts, as somebody holds it in hands."""
    return Printed(ticket_pdf(facts))


class Printed:
    """A PDF of which all pages have the same font."""

    def __init__(self, pdf):
        self.reader = PdfReader(BytesIO(pdf))
        self.pages = self.reader.pages
        page = self.pages[0]
        self.width, self.height = float(page.mediabox.width), float(page.mediabox.height)
        (self._font,) = page["/Resources"]["/Font"].values()
        self._descendant = self._font["/DescendantFonts"][0]

    @cached_property
    def lines(self):
        return [line for number in range(len(self.pages)) for line in self._lines_of(number)]

    @property
    def text(self):
        return "\n".join(line.text for line in self.lines)

    @cached_property
    def glyphs(self):
        """For each code in the text: its character, its embedded glyph, and the bounds of that glyph."""
        embedded = CFFFontSet()
        embedded.decompile(BytesIO(self._descendant["/FontDescriptor"]["/FontFile3"].get_data()), None)
        drawings = embedded[0].CharStrings
        found = {}
        for code in {code for line in self.lines for code in line.codes}:
            name = f"cid{self._cids[code]:05d}"
            pen = BoundsPen(None)
            drawings[name].draw(pen)
            found[code] = (self._characters[code], name, pen.bounds)
        return found

    def code(self):
        """The QR code as a picture."""
        scale = 4
        picture = Image.new("L", (round(self.width * scale), round(self.height * scale)), 255)
        drawing = ImageDraw.Draw(picture)
        a, d, e, f = 1.0, 1.0, 0.0, 0.0
        rectangles = []
        for operands, operator in self.pages[0].get_contents().operations:
            if operator == b"cm":
                a, _, _, d, e, f = map(float, operands)
            elif operator == b"re":
                x, y, width, height = map(float, operands)
                xs = sorted((a * x + e, a * (x + width) + e))
                ys = sorted((self.height - d * y - f, self.height - d * (y + height) - f))
                rectangles.append([v * scale for v in (xs[0], ys[0], xs[1], ys[1])])
            elif operator in (b"f", b"f*"):
                for left, top, right, bottom in rectangles:
                    drawing.rectangle((left, top, right - 1, bottom - 1), fill=0)
                rectangles = []
        return picture

    @cached_property
    def _characters(self):
        table = self._font["/ToUnicode"].get_data().decode("ascii")
        return {
            int(code, 16): bytes.fromhex(character).decode("utf-16-be")
            for code, character in re.findall(r"<([0-9A-F]{4})> <([0-9A-F]+)>\n", table)
        }

    @cached_property
    def _cids(self):
        table = self._font["/Encoding"].get_data().decode("ascii")
        return {int(code, 16): int(cid) for code, cid in re.findall(r"<([0-9A-F]{4})> (\d+)", table)}

    @cached_property
    def _widths(self):
        """Widths by CID, in thousandths of the size (ISO 32000-1, 9.7.4.3)."""
        rest, widths = list(self._descendant["/W"]), {}
        while rest:
            first, second = int(rest.pop(0)), rest.pop(0)
            if isinstance(second, list):
                widths |= {first + at: float(width) for at, width in enumerate(second)}
            else:
                widths |= dict.fromkeys(range(first, int(second) + 1), float(rest.pop(0)))
        return widths

    def _lines_of(self, number):
        size = x = y = 0.0
        for operands, operator in self.pages[number].get_contents().operations:
            if operator == b"Tf":
                size = float(operands[1])
            elif operator == b"Td":
                x, y = map(float, operands)
            elif operator == b"Tj":
                data = operands[0].original_bytes
                codes = tuple(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))
                width = sum(self._widths[self._cids[code]] for code in codes) * size / 1000
                text = "".join(self._characters[code] for code in codes)
                yield Line(number, text, codes, x, y, size, width)

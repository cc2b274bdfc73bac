"""The part of the typeface that documents have asked for so far, in a file of its own: with all 30,000 characters, a
document takes about four times as long to draw (docs/performance.md).

Which other characters the part holds changes no byte of a document. It has none of the hints for screens of few
pixels. Where the disk takes no file, documents are drawn with the whole.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from io import BytesIO
from threading import Lock
from typing import IO

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from pylopdf_fonts_zh_cn import sans_path

MOST = 4_000  # characters of a part; then it begins anew
WORTH = 300  # characters that are copied in the time that the whole takes for one document

_ALWAYS = frozenset(range(0x20, 0x180))  # Latin letters, digits and marks


class SmallFont:
    """The part that a process keeps."""

    def __init__(self) -> None:
        self._known: frozenset[int] = frozenset()
        self._missed = 0
        self._file: IO[bytes] | None = None
        self._turn = Lock()

    @contextmanager
    def holding(self, wanted: Collection[int], glyphs: Collection[str]) -> Iterator[str]:
        """The path of a font that has these characters, until the block ends; whoever has it open may go on.

        Args:
            wanted: code points.
            glyphs: names of glyphs that it holds besides.
        """
        with self._turn:
            kept = self._kept(wanted, glyphs)
            if kept is not None:
                yield kept.name
                return
        alone = _written(part(wanted, glyphs))
        if alone is None:
            yield str(sans_path())
            return
        with alone:
            yield alone.name

    def _kept(self, wanted: Collection[int], glyphs: Collection[str]) -> IO[bytes] | None:
        """The part that is kept, made anew if it lacks something and that is worth it; None if it is not."""
        if self._file is not None and self._known.issuperset(wanted):
            return self._file
        self._missed += 1
        if self._missed * WORTH <= len(self._known):
            return None  # a larger part takes longer to make: it waits for more documents that need it
        known = self._known | _ALWAYS.union(wanted)
        if len(known) > MOST:
            known = _ALWAYS.union(wanted)
        file = _written(part(known, glyphs))
        if file is not None:
            if self._file is not None:
                self._file.close()
            self._known, self._missed, self._file = known, 0, file
        return file


@cache
def small_font() -> SmallFont:
    """The one of this process."""
    return SmallFont()


def part(wanted: Collection[int], glyphs: Collection[str]) -> bytes:
    """A font with these characters and glyphs of the typeface."""
    options = Options(
        notdef_outline=True,
        recommended_glyphs=True,
        layout_features=[],
        name_IDs=["*"],
        desubroutinize=True,
        hinting=False,
    )
    with TTFont(sans_path(), lazy=True, recalcBBoxes=False, recalcTimestamp=False) as font, BytesIO() as written:
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=wanted, glyphs=glyphs)
        subsetter.subset(font)
        font.save(written)
        return written.getvalue()


def _written(content: bytes) -> IO[bytes] | None:
    """A file that is gone when it is closed; None if the disk takes none, and the whole typeface does instead."""
    try:
        file = tempfile.NamedTemporaryFile(prefix="insolite-typeface-", suffix=".otf")  # noqa: SIM115 -- it is kept
    except OSError:
        return None
    try:
        file.write(content)
        file.flush()
    except OSError:
        with suppress(OSError):
            file.close()
        return None
    return file

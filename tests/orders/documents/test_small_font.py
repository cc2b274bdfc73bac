"""The part of the typeface that a process keeps changes no document, whatever was drawn before."""

from io import BytesIO
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from shop.orders.documents import small_font as module
from shop.orders.documents.pdf import ticket_pdf
from shop.orders.documents.small_font import SmallFont

from .conftest import CHINESE, FRENCH

RARE = "龘靐齉"


@pytest.fixture
def font(monkeypatch):
    """A process that has drawn nothing yet."""
    fresh = SmallFont()
    monkeypatch.setattr(module, "small_font", lambda: fresh)
    return fresh


def _characters(path):
    with TTFont(path) as font:
        return set(font.getBestCmap())


def _ask(font, text):
    with font.holding([ord(character) for character in text], []) as path:
        return path, _characters(path)


def test_the_same_ticket_is_the_same_to_the_byte_whatever_was_drawn_before(font, monkeypatch):
    alone = ticket_pdf(CHINESE)
    another = SmallFont()
    monkeypatch.setattr(module, "small_font", lambda: another)
    _ask(another, RARE)
    ticket_pdf(FRENCH)
    assert ticket_pdf(CHINESE) == alone


def test_a_part_is_kept_for_documents_that_need_no_more(font):
    first, held = _ask(font, "门票 王")
    assert set(map(ord, "门票王é’")) - held == {ord("’")}
    assert _ask(font, "王 Zoë")[0] == first


def test_what_is_missing_is_drawn_and_soon_kept(font):
    _ask(font, "门票")
    paths = []
    for _ in range(6):
        path, held = _ask(font, RARE)
        assert set(map(ord, RARE)) <= held
        paths.append(path)
    assert paths[-1] == paths[-2]
    assert _ask(font, f"门票{RARE}")[0] == paths[-1]


def test_a_part_that_grows_too_large_begins_anew(font, monkeypatch):
    monkeypatch.setattr(module, "MOST", 353)
    monkeypatch.setattr(module, "WORTH", 1000)
    _ask(font, "门")
    _, held = _ask(font, "票王")
    assert ord("门") not in held
    assert {ord("票"), ord("王")} <= held


def test_nothing_stays_of_a_part_that_is_not_needed_any_more(font, monkeypatch):
    monkeypatch.setattr(module, "WORTH", 1000)
    first, _ = _ask(font, "门")
    second, _ = _ask(font, "票")
    assert not Path(first).exists()
    assert Path(second).exists()


def test_where_the_disk_takes_no_file_the_whole_typeface_is_used_and_nothing_is_believed_kept(font, monkeypatch):
    _ask(font, "a")
    with monkeypatch.context() as full:
        full.setattr(module.tempfile, "NamedTemporaryFile", _no_room)
        path, held = _ask(font, RARE)
        assert path == str(module.sans_path())
        assert set(map(ord, RARE)) <= held
    for _ in range(3):
        assert set(map(ord, RARE)) <= _ask(font, RARE)[1]


def _no_room(**_facts):
    raise OSError(28, "No space left on device")


def test_glyphs_are_held_that_no_character_names(font):
    with TTFont(module.sans_path(), lazy=True) as whole:
        glyph = whole.getGlyphName(20_000)
    with TTFont(BytesIO(module.part([ord("a")], [glyph]))) as small:
        assert glyph in small.getGlyphOrder()

from dataclasses import replace
from datetime import datetime

import pytest
import zxingcpp
from fontTools.ttLib import TTFont
from pylopdf_fonts_zh_cn import sans_path

from shop.core.money import Money
from shop.orders.documents.pdf import ticket_pdf

from .conftest import CHINESE, CODE, ENGLISH, FRENCH, PARIS, TICKETS
from .printed import printed

MARGIN = 14 / 25.4 * 72

LONG = (
    "L’Île Saint-Germain insolite : de la tour aux figures de Jean Dubuffet aux ateliers d’artistes et aux "
    "péniches des bords de Seine, à l’heure où tout s’éveille…"
)
LONG_CHINESE = "圣日耳曼岛秘境之旅：从“人像塔”到塞纳河畔的艺术家工作室与驳船，在万物苏醒的清晨漫步。" * 2
EXTREMES = {
    "a long French title": replace(FRENCH, tour=LONG),
    "a long Chinese title": replace(CHINESE, tour=LONG_CHINESE),
    "a word without end": replace(ENGLISH, tour="Llanfairpwllgwyngyll" * 6, holder="Wolfeschlegelstein" * 5),
    "everything long": replace(
        FRENCH,
        tour=LONG,
        holder="Marie-Charlotte de La Rochefoucauld-Liancourt " * 2,
        accessibility=LONG * 12,
    ),
}

SAID = {
    "fr": (
        "Billet",
        "L’Île Saint-Germain insolite",
        "Samedi 1er mai 2027, de 14\u00a0h\u00a030 à 16\u00a0h",
        "482-193-0574/2",
        "Zoë L’Hénoret",
        "Étudiant",
        "19,50\u00a0€",
        "Chinois",
        "482-193-0574",
        "Présentez ce code au point de rendez-vous, 10 minutes avant le début.",
        "Devant l’entrée du parc, côté « boulevard »",
        "170 quai de Stalingrad, 92130 Issy-les-Moulineaux",
        "Accessibilité",
        "Parcours de plain-pied ; deux passages pavés.",
    ),
    "zh-CN": (
        "门票",
        "圣日耳曼岛秘境之旅：让·杜布菲的“人像塔”",
        "2027年5月1日星期六 14:30–16:00",
        "482-193-0574/2",
        "王小明",
        "成人",
        "€19.50",
        "中文",
        "482-193-0574",
        "请于开始前 10 分钟到达集合地点，并出示此二维码。",
        "Parc de l’Île Saint-Germain 公园入口",
        "170 quai de Stalingrad, 92130 Issy-les-Moulineaux",
        "无障碍信息",
        "全程无台阶，轮椅可通行。",
    ),
    "en": (
        "Ticket",
        "The hidden side of Île Saint-Germain",
        "Saturday 1 May 2027, 14:30 to 16:00",
        "482-193-0574/2",
        "Jane O’Neill",
        "Student",
        "€19.50",
        "Chinese",
        "482-193-0574",
        "Show this code at the meeting point 10 minutes before the start.",
        "In front of the park’s gate",
        "170 quai de Stalingrad, 92130 Issy-les-Moulineaux",
        "Accessibility",
        "Step-free; two cobbled passages.",
    ),
}


@pytest.mark.parametrize("language", TICKETS)
def test_a_ticket_says_all_there_is_to_know(language):
    text = " ".join(line.text for line in printed(TICKETS[language]).lines)
    if language == "zh-CN":
        text = text.replace("的 “", "的“")  # where the title goes on in a second line

    assert [said for said in SAID[language] if said not in text] == []


def test_the_text_of_a_ticket_can_be_searched(facts):
    text = printed(facts).pages[0].extract_text()

    found = "".join(text.replace("\0", "").split())  # pypdf takes the first byte of a code for a character
    assert "".join(facts.tour.split()) in found
    assert facts.reference in found
    assert ("2027年5月1日" if facts.language == "zh-CN" else "2027") in found


def test_a_ticket_is_one_page_of_a5(facts):
    page = printed(facts)

    assert len(page.pages) == 1
    assert (page.width, page.height) == pytest.approx((419.53, 595.28))


def test_a_ticket_names_its_language_and_title(facts):
    reader = printed(facts).reader

    assert reader.root_object["/Lang"] == facts.language
    assert reader.metadata.title.startswith(facts.tour)
    assert facts.reference in reader.metadata.title
    assert reader.viewer_preferences.display_doctitle


def test_the_printed_code_is_read_back(facts):
    (read,) = zxingcpp.read_barcodes(printed(facts).code())

    assert read.text == CODE


def test_the_same_ticket_is_the_same_file(facts):
    assert ticket_pdf(facts) == ticket_pdf(facts)


def test_every_character_has_its_glyph(facts):
    page = printed(facts)
    with TTFont(sans_path(), lazy=True) as font:
        cmap = font.getBestCmap()

    assert {character for line in page.lines for character in line.text} <= {chr(code) for code in cmap}
    for character, glyph, outline in page.glyphs.values():
        assert glyph != "cid00000"
        assert (outline is None) == character.isspace()
        if character not in "’‘“”…":
            assert glyph == cmap[ord(character)]


@pytest.mark.parametrize("language", ["fr", "zh-CN", "en"])
def test_the_apostrophe_of_a_french_name_is_as_narrow_as_itself(language):
    page = printed(replace(TICKETS[language], tour="l’Île"))
    (line,) = (line for line in page.lines if line.text == "l’Île")

    assert line.width < 2 * line.size


def test_chinese_quotation_marks_are_as_wide_as_chinese():
    page = printed(replace(CHINESE, tour="“人像塔”"))
    (line,) = (line for line in page.lines if line.text == "“人像塔”")

    assert line.width == pytest.approx(5 * line.size)


def test_french_quotation_marks_are_not():
    page = printed(replace(FRENCH, tour="“A”"))
    (line,) = (line for line in page.lines if line.text == "“A”")

    assert line.width < 2 * line.size


@pytest.mark.parametrize("facts", EXTREMES.values(), ids=EXTREMES)
def test_nothing_leaves_the_page(facts):
    page = printed(facts)

    assert "".join(facts.tour.split()) in "".join(page.text.split())
    for line in page.lines:
        assert line.x >= MARGIN - 0.01
        assert line.right <= page.width - MARGIN + 0.01
        assert MARGIN <= line.y <= page.height - MARGIN


@pytest.mark.parametrize("facts", EXTREMES.values(), ids=EXTREMES)
def test_lines_do_not_run_into_each_other(facts):
    lines = printed(facts).lines

    for at, line in enumerate(lines):
        for other in lines[at + 1 :]:
            aside = line.right <= other.x or other.right <= line.x
            assert line.page != other.page or aside or abs(line.y - other.y) >= max(line.size, other.size)


def test_chinese_punctuation_never_begins_a_line():
    lines = printed(EXTREMES["a long Chinese title"]).lines

    assert not [line.text for line in lines if line.text[0] in "，。：、”·" or line.text[-1] in "“（"]


def test_words_stay_whole():
    page = printed(EXTREMES["a long French title"])
    words = {word for line in page.lines for word in line.text.split(" ")}

    assert set(LONG.split(" ")) <= words


def test_much_about_accessibility_is_set_smaller_before_it_takes_a_second_page():
    usual = printed(FRENCH)
    fuller = printed(replace(FRENCH, tour=LONG, accessibility=LONG * 4))
    too_full = printed(replace(FRENCH, tour=LONG, accessibility=LONG * 12))

    assert len(fuller.pages) == 1
    assert max(line.size for line in fuller.lines) < max(line.size for line in usual.lines)
    assert len(too_full.pages) == 2
    assert "".join(too_full.text.split()).count("".join(LONG.split())) == 13


def test_nothing_is_said_of_accessibility_where_nothing_is_known(facts):
    text = printed(replace(facts, accessibility=None)).text

    assert not any(label in text for label in ("Accessibilité", "无障碍信息", "Accessibility"))


@pytest.mark.parametrize(("language", "said"), [("fr", "Gratuit"), ("zh-CN", "免费"), ("en", "Free")])
def test_a_free_ticket_says_so(language, said):
    page = printed(replace(TICKETS[language], price=Money(0, "EUR")))

    assert said in [line.text for line in page.lines]


def test_a_large_amount_keeps_its_thousands_apart():
    page = printed(replace(FRENCH, price=Money(123450, "EUR")))

    assert "1\u00a0234,50\u00a0€" in [line.text for line in page.lines]


@pytest.mark.parametrize(
    ("guide_language", "said"),
    [("zh-CN", "Chinois"), ("en", "Anglais"), ("pt_BR", "Portugais"), ("qya", "Qya")],
)
def test_the_guide_s_language_has_a_name(guide_language, said):
    page = printed(replace(FRENCH, guide_language=guide_language))

    assert said in [line.text for line in page.lines]


def test_hours_are_those_of_the_place():
    winter = replace(
        FRENCH,
        starts_at=datetime(2027, 1, 9, 9, 5, tzinfo=PARIS),
        ends_at=datetime(2027, 1, 9, 10, 0, tzinfo=PARIS),
    )

    assert "Samedi 9 janvier 2027, de 9\u00a0h\u00a005 à 10\u00a0h" in printed(winter).text


@pytest.mark.parametrize(
    ("holder", "printed_as"),
    [
        ("Nguyễn Thị Hoa", "Nguyễn Thị Hoa"),
        ("Zoe\u0308", "Zoë"),
        ("Ǫ̈ruk", "Oruk"),
        ("Ḱaro Łuck", "Karo Luck"),
        ("Jane 😀", "Jane □"),
        ("Jaĳn", "Jaijn"),
        ("Jane\u200b\u200e Doe\tJr\x07", "Jane Doe Jr"),
        ("Иван", "Иван"),
    ],
)
def test_a_name_is_printed_as_well_as_the_typeface_can(holder, printed_as):
    lines = [line.text for line in printed(replace(ENGLISH, holder=holder)).lines]

    assert printed_as in lines


def test_the_paragraphs_of_accessibility_stay_apart():
    page = printed(replace(ENGLISH, accessibility="No steps.\r\n\nNo dogs."))

    assert [line.text for line in page.lines[-2:]] == ["No steps.", "No dogs."]

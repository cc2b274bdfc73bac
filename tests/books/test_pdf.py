"""Receipts and credit notes on paper, in three languages."""

import pytest

from shop.books.documents.pdf import document_pdf
from tests.orders.documents.printed import Printed

LANGUAGES = ("fr", "zh-CN", "en")
MARGIN = 18 / 25.4 * 72
SELLER = {
    "name": "Office de tourisme d’Issy",
    "address": "62 rue du Général-Leclerc\n92130 Issy-les-Moulineaux",
    "siren": "123 456 789",
    "vat_number": "FR00123456789",
    "registration": "IM092000000",
    "guarantor": "APST, 75017 Paris",
    "insurer": "Assurances, contrat 42",
    "mediator": "MTV Médiation Tourisme Voyage",
}
LONG = (
    "L’Île Saint-Germain insolite : de la tour aux figures de Jean Dubuffet aux ateliers d’artistes et aux péniches "
    "des bords de Seine, à l’heure où tout s’éveille… – Plein tarif"
)
TITLE = {"fr": LONG, "zh-CN": "圣日耳曼岛秘境之旅：从“人像塔”到塞纳河畔 – 成人", "en": "The hidden island – Adult"}
CHILD = {"fr": "Le Bouddha – Enfant", "zh-CN": "乐山大佛 – 儿童", "en": "The Buddha – Child"}


def line(text, quantity, price, vat, /, **changes):
    start = "2027-05-01T14:30:00+02:00"
    facts = {"text": text, "on": start, "quantity": quantity, "price": price, "amount": quantity * price, "vat": vat}
    return facts | changes


RECEIPT = {
    "kind": "receipt",
    "number": "R2027-000042",
    "issued_at": "2027-04-30T10:00:00+02:00",
    "seller": SELLER,
    "client": "Marie-Charlotte de La Rochefoucauld-Liancourt 王小梅",
    "order": "482-193-0574",
    "currency": "EUR",
    "lines": [line(TITLE, 2, 1900, "FR_STD_20"), line(CHILD, 1, 900, "FR_RED_10"), line(CHILD, 1, 500, "OUT_OF_SCOPE")],
    "vat": [
        {"vat": "FR_STD_20", "rate": 20, "net": 3167, "tax": 633, "gross": 3800},
        {"vat": "FR_RED_10", "rate": 10, "net": 818, "tax": 82, "gross": 900},
        {"vat": "OUT_OF_SCOPE", "rate": 0, "net": 500, "tax": 0, "gross": 500},
    ],
    "means": ["wechat_pay", "cash"],
    "corrects": None,
    "reason": None,
}
CREDIT_NOTE = RECEIPT | {
    "kind": "credit_note",
    "number": "A2027-000007",
    "means": [],
    "corrects": {"number": "R2027-000042", "issued_at": "2027-05-01T10:00:00+02:00"},
    "reason": "double",
    "lines": [line(TITLE, 3, 0, "FR_STD_20", price=None, amount=1000, on=None)],
    "vat": [{"vat": "FR_STD_20", "rate": 20, "net": 833, "tax": 167, "gross": 1000}],
}
BARE = RECEIPT | {"seller": {"name": "Office"}, "means": ["wechat_gift"], "reason": None}
MANY = RECEIPT | {"lines": [line(TITLE, 2, 1900, "FR_STD_20") for _ in range(40)]}
EXTREMES = {
    "many lines": MANY,
    "words without end": RECEIPT
    | {
        "client": "Wolfeschlegelstein" * 9,
        "seller": SELLER | {"name": "Llanfairpwllgwyngyll" * 6, "guarantor": "x" * 200},
        "lines": [line({"fr": "Llanfairpwllgwyngyll" * 9}, 1, 1900, "OUT_OF_SCOPE")],
    },
    "large amounts": RECEIPT | {"lines": [line(TITLE, 1000, 10_000_000, "FR_STD_20")]},
    "much to say": CREDIT_NOTE | {"reason": LONG * 30},
}

SAID = {
    "fr": (
        *("Reçu", "R2027-000042", "30 avril 2027", "482-193-0574", "62 rue du Général-Leclerc", "SIREN 123 456 789"),
        *("N° de TVA FR00123456789", "Immatriculation Atout France IM092000000", "Garant : APST, 75017 Paris"),
        *("Assureur : Assurances, contrat 42", "Médiateur de la consommation : MTV Médiation Tourisme Voyage"),
        *("Le Bouddha – Enfant", "1er mai 2027 14\u00a0h\u00a030", "19,00\u00a0€", "38,00\u00a0€", "20 %", "10 %"),
        *("hors champ", "Total HT", "44,85\u00a0€", "TVA 20 % sur 31,67\u00a0€", "6,33\u00a0€", "Total TTC"),
        *("52,00\u00a0€", "Payé par WeChat Pay et espèces."),
        "Opération hors du champ d’application de la TVA : 5,00\u00a0€.",
    ),
    "zh-CN": (
        *("收据", "R2027-000042", "2027年4月30日", "482-193-0574", "62 rue du Général-Leclerc", "乐山大佛 – 儿童"),
        *("企业识别号（SIREN）123 456 789", "2027年5月1日 14:30", "€19.00", "20%", "不征税", "不含税合计"),
        *("增值税 20%（计税额 €31.67）", "含税合计", "€52.00", "付款方式：微信支付、现金。"),
        "不属于增值税征税范围：€5.00。",
    ),
    "en": (
        *("Receipt", "R2027-000042", "30 April 2027", "482-193-0574", "62 rue du Général-Leclerc"),
        *("Company number (SIREN) 123 456 789", "The Buddha – Child", "1 May 2027 14:30", "€19.00", "20%"),
        *("Total excl. VAT", "VAT 20% on €31.67", "Total incl. VAT", "€52.00", "Paid by WeChat Pay and cash."),
        "Outside the scope of VAT: €5.00.",
    ),
}
CORRECTED = {
    "fr": ("Avoir", "Corrige le reçu R2027-000042 du 1er mai 2027.", "Motif : Payé deux fois", "10,00\u00a0€"),
    "zh-CN": ("贷项通知单（退款凭证）", "更正 2027年5月1日 开具的收据 R2027-000042。", "原因：重复付款", "€10.00"),
    "en": ("Credit note", "Corrects receipt R2027-000042 of 1 May 2027.", "Reason: Paid twice", "€10.00"),
}


_printed = {}


def printed(said, language="fr"):
    """One of the documents above as somebody holds it in hands; each is made once."""
    key = id(said), language
    if key not in _printed:
        _printed[key] = Printed(document_pdf(said, language))
    return _printed[key]


def without_spaces(text):
    return "".join(text.split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_receipt_says_all_that_the_law_asks(language):
    lines = [line.text for line in printed(RECEIPT, language).lines]
    text = " ".join(lines)

    assert [said for said in SAID[language] if said not in text] == []
    assert without_spaces(TITLE[language]) in without_spaces(text)
    assert without_spaces(RECEIPT["client"]) in without_spaces(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_credit_note_says_what_it_corrects_and_why(language):
    text = printed(CREDIT_NOTE, language).text

    assert [said for said in CORRECTED[language] if said not in text] == []


def test_what_is_not_known_of_the_seller_is_not_mentioned():
    text = printed(BARE).text

    assert "Office" in text
    assert not any(word in text for word in ("SIREN", "Garant", "Assureur", "Médiateur", "Immatriculation"))
    assert "Payé par wechat_gift." in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("said", [RECEIPT, CREDIT_NOTE], ids=["receipt", "credit note"])
def test_it_is_one_page_of_a4_that_names_its_language_and_number(said, language):
    page = printed(said, language)

    assert len(page.pages) == 1
    assert (page.width, page.height) == pytest.approx((595.28, 841.89), abs=0.01)
    assert page.reader.root_object["/Lang"] == language
    assert page.reader.metadata.title.endswith(said["number"])
    assert page.reader.viewer_preferences.display_doctitle


def test_the_same_document_is_the_same_file():
    assert document_pdf(RECEIPT, "fr") == document_pdf(RECEIPT, "fr")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("said", [RECEIPT, CREDIT_NOTE, *EXTREMES.values()], ids=["receipt", "credit", *EXTREMES])
def test_nothing_leaves_the_page_or_runs_into_anything(said, language):
    page = printed(said, language)
    lines = page.lines

    for at, line in enumerate(lines):
        assert line.x >= MARGIN - 0.01
        assert line.right <= page.width - MARGIN + 0.01
        assert 36 <= line.y <= page.height - MARGIN
        for other in lines[at + 1 :]:
            aside = line.right <= other.x or other.right <= line.x
            assert line.page != other.page or aside or abs(line.y - other.y) >= max(line.size, other.size), line.text


def test_many_lines_take_more_pages_each_with_its_header_and_number():
    page = printed(MANY)
    pages = len(page.pages)

    assert pages > 2
    for number in range(pages):
        texts = [line.text for line in page.lines if line.page == number]
        assert f"R2027-000042 · Page {number + 1} sur {pages}" in texts
        assert ("Désignation" in texts) == (number < pages)
    assert without_spaces(page.text).count(without_spaces(LONG)) == 40


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_character_has_its_glyph(language):
    for said in (RECEIPT, CREDIT_NOTE):
        assert "cid00000" not in {glyph for _, glyph, _ in printed(said, language).glyphs.values()}

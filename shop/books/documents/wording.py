"""A receipt or a credit note put into words: every string that is printed, in one language."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.dates import format_datetime

from shop.core.i18n import Language, pick
from shop.core.locales import LOCALES
from shop.core.money import Money
from shop.orders.documents.typeface import writable
from shop.orders.texts import REFUND_REASONS

from . import texts


@dataclass(frozen=True)
class Row:
    """A line of the table, cell by cell; `detail` stands below the text."""

    text: str
    detail: str
    quantity: str
    price: str
    vat: str
    amount: str

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands beside the text."""
        return (self.quantity, self.price, self.vat, self.amount)


@dataclass(frozen=True)
class Wording:
    """All that is printed."""

    language: Language
    title: str
    number: str
    issued: datetime
    facts: tuple[tuple[str, str], ...]
    seller: tuple[str, ...]  # the name first
    client: tuple[str, str]
    introduction: tuple[str, ...]
    header: Row
    rows: tuple[Row, ...]
    sums: tuple[tuple[str, str], ...]  # the last is the total
    notes: tuple[str, ...]
    footer: str  # with {page} and {pages}

    def strings(self) -> Iterator[str]:
        """Every string of it."""
        pairs = (*self.facts, *self.sums, self.client)
        yield from (self.title, self.number, *self.seller, *self.introduction, *self.notes, self.footer, "0123456789")
        yield from (part for pair in pairs for part in pair)
        for row in (self.header, *self.rows):
            yield from (row.text, row.detail, *row.cells)


def put_into_words(said: Mapping[str, Any], language: Language) -> Wording:
    """The words of a document.

    Args:
        said: all it says, as it was issued (`Document.said`).
    """
    issued = datetime.fromisoformat(said["issued_at"])
    facts = (
        (texts.NUMBER.to(language), said["number"]),
        (texts.DATE.to(language), _day(issued, language)),
        (texts.ORDER.to(language), said["order"]),
    )
    return Wording(
        language=language,
        title=texts.TITLES[said["kind"]].to(language),
        number=said["number"],
        issued=issued,
        facts=tuple((label, writable(value)) for label, value in facts),
        seller=tuple(writable(line) for line in _seller(said["seller"], language)),
        client=(texts.CLIENT.to(language), writable(said["client"])),
        introduction=tuple(writable(line) for line in _introduction(said, language)),
        header=Row(
            text=texts.ITEM.to(language),
            detail="",
            quantity=texts.QUANTITY.to(language),
            price=texts.UNIT_PRICE.to(language),
            vat=texts.VAT.to(language),
            amount=texts.AMOUNT.to(language),
        ),
        rows=tuple(_row(line, said["currency"], language) for line in said["lines"]),
        sums=tuple(_sums(said, language)),
        notes=tuple(writable(line) for line in _notes(said, language)),
        footer=f"{said['number']} · {texts.PAGE.to(language)}",
    )


def _seller(seller: Mapping[str, str], language: Language) -> Iterator[str]:
    yield seller["name"]
    yield from filter(None, seller.get("address", "").splitlines())
    for name, text in texts.SELLER_FACTS.items():
        if value := seller.get(name):
            yield text.to(language, value=value)


def _introduction(said: Mapping[str, Any], language: Language) -> Iterator[str]:
    if corrected := said["corrects"]:
        day = _day(datetime.fromisoformat(corrected["issued_at"]), language)
        yield texts.CORRECTS.to(language, number=corrected["number"], day=day)
    if reason := said["reason"]:
        known = REFUND_REASONS.get(reason)
        yield texts.REASON.to(language, reason=known.to(language) if known else reason)


def _row(line: Mapping[str, Any], currency: str, language: Language) -> Row:
    start = datetime.fromisoformat(line["on"]) if line["on"] else None
    return Row(
        text=writable(pick(line["text"], language) or ""),
        detail=f"{_day(start, language)} {_hour(start, language)}" if start else "",
        quantity=str(line["quantity"]),
        price=writable(_money(line["price"], currency, language)) if line["price"] is not None else "",
        vat=writable(_vat(line["vat"], language)),
        amount=writable(_money(line["amount"], currency, language)),
    )


def _vat(code: str, language: Language) -> str:
    short = texts.SHORT_WITHOUT_VAT.get(code)
    return short.to(language) if short else texts.PERCENT.to(language, rate=texts.PRINTED_RATES[code])


def _sums(said: Mapping[str, Any], language: Language) -> Iterator[tuple[str, str]]:
    def money(amount: int) -> str:
        return writable(_money(amount, said["currency"], language))

    yield texts.NET.to(language), money(sum(group["net"] for group in said["vat"]))
    for group in said["vat"]:
        if group["rate"]:
            label = texts.TAX.to(language, rate=group["rate"], net=_money(group["net"], said["currency"], language))
            yield writable(label), money(group["tax"])
    yield texts.GROSS[said["kind"]].to(language), money(sum(group["gross"] for group in said["vat"]))


def _notes(said: Mapping[str, Any], language: Language) -> Iterator[str]:
    if said["means"]:
        names = [texts.MEANS_NAMES[mean].to(language) if mean in texts.MEANS_NAMES else mean for mean in said["means"]]
        yield texts.MEANS.to(language, means=texts.AND.to(language).join(names))
    for group in said["vat"]:
        if text := texts.WITHOUT_VAT.get(group["vat"]):
            yield text.to(language, gross=_money(group["gross"], said["currency"], language))


def _money(amount: int, currency: str, language: Language) -> str:
    return Money(amount, currency).to(language)


def _day(moment: datetime, language: Language) -> str:
    if language == "fr":  # in French the first of a month is an ordinal
        pattern = "d'er' MMMM y" if moment.day == 1 else "d MMMM y"
    else:
        pattern = {"zh-CN": "y年M月d日", "en": "d MMMM y"}[language]
    return format_datetime(moment, pattern, locale=LOCALES[language])


def _hour(moment: datetime, language: Language) -> str:
    pattern = "H\u00a0'h'\u00a0mm" if language == "fr" else "HH:mm"
    return format_datetime(moment, pattern, locale=LOCALES[language])

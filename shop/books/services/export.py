"""What the accountant and the comptable take out of the books: journal, day, FEC. Reads only.

Headers are French: these tables are handed in under French law.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from shop.books.accounts import Account, account_of
from shop.books.errors import NoSiren
from shop.books.models import Document, JournalEntry, JournalLine
from shop.books.rules import Period
from shop.books.sheets import Cell, harmless, major
from shop.core.db import db
from shop.core.settings import settings
from shop.orders.models import Order

JOURNAL_HEADER = (
    *("numéro", "date", "heure", "opération", "commande", "pièce", "compte", "libellé du compte", "débit", "crédit"),
    *("monnaie", "code TVA", "moyen", "référence", "empreinte"),
)
DAY_HEADER = ("rubrique", "libellé", "moyen", "code TVA", "quantité", "montant HT", "TVA", "montant TTC", "monnaie")
FEC_HEADER = (
    *("JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum"),
    *("CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate"),
    *("Montantdevise", "Idevise"),
)
FEC_CURRENCY = "EUR"


@dataclass(frozen=True)
class Year:
    """A year of the journal.

    Args:
        others: how many lines are in no euros, by currency: the FEC leaves them out.
    """

    year: int
    entries: int
    others: Mapping[str, int]


OPERATIONS = {
    "sale": "Vente",
    "credit": "Avoir",
    "payment": "Encaissement",
    "refund": "Remboursement",
    "fee": "Commission",
    "dispute": "Litige",
}
_JOURNALS = {"sale": ("VT", "Ventes"), "credit": ("VT", "Ventes"), "fee": ("OD", "Opérations diverses")}
_JOURNALS_OF_MEANS = {"wechat_pay": ("WX", "WeChat Pay"), "stripe": ("ST", "Stripe"), "cash": ("CA", "Caisse")}


@dataclass(frozen=True)
class Movement:
    """One line of the journal with what belongs to it.

    Args:
        at: on the clocks of the Office.
        piece: the number of its receipt or credit note.
        reference: the number of the payment, refund or dispute; the day of a fee.
    """

    entry: int
    at: datetime
    kind: str
    order: str | None
    piece: str | None
    gateway: str | None
    reference: str | None
    hash: str
    account: str
    debit: int
    credit: int
    currency: str
    vat: str | None


def journal_rows(*, first: date, last: date, plan: Mapping[str, Account]) -> Iterator[Sequence[Cell]]:
    """Every line of the journal from one day to another, both included."""
    for one in _movements(first, last):
        account = account_of(plan, one.account)
        debit, credit = (major(amount, one.currency) for amount in (one.debit, one.credit))
        told = (one.entry, one.at.date(), f"{one.at:%H:%M:%S}", OPERATIONS[one.kind], one.order, one.piece)
        yield (
            *told,
            account.number,
            account.label,
            debit,
            credit,
            one.currency,
            one.vat,
            one.gateway,
            one.reference,
            one.hash,
        )


def day_rows(day: date) -> Iterator[Sequence[Cell]]:
    """A day for the régie: sales by tariff and means, credit notes apart, VAT, money by means, refunds apart."""
    yield from _by_tariff(day, "receipt", "Ventes par tarif")
    yield from _by_tariff(day, "credit_note", "Avoirs")
    yield from _by_vat(day, "receipt", "TVA des ventes")
    yield from _by_vat(day, "credit_note", "TVA des avoirs")
    for kind, title in (
        ("payment", "Encaissements"),
        ("refund", "Remboursements"),
        ("dispute", "Litiges"),
        ("fee", "Commissions"),
    ):
        sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        for one in _movements(day, day):
            if one.kind == kind and one.account.startswith("gateway:"):
                total = sums[one.account.partition(":")[2], one.currency]
                total[0] += 1
                total[1] += one.debit - one.credit
        for (means, currency), (count, amount) in sorted(sums.items()):
            yield title, None, means, None, count, None, None, major(amount, currency), currency


def fec_rows(year: int, plan: Mapping[str, Account]) -> Iterator[Sequence[str]]:
    """The entries of a year in euros as the tax office reads them (livre des procédures fiscales, A47 A-1)."""
    for one in _movements(date(year, 1, 1), date(year, 12, 31)):
        if one.currency != FEC_CURRENCY:
            continue
        account, day = account_of(plan, one.account), f"{one.at:%Y%m%d}"
        journal = _JOURNALS.get(one.kind) or _JOURNALS_OF_MEANS.get(one.gateway or "", ("OD", "Opérations diverses"))
        auxiliary = (f"C{one.order}", f"Commande {one.order}") if one.order and one.account == "customer" else ("", "")
        piece = one.piece or one.reference or str(one.entry)
        label = " ".join(filter(None, (OPERATIONS[one.kind], one.gateway, one.order)))
        yield tuple(
            " ".join(harmless(cell).split())
            for cell in (
                *(*journal, str(one.entry), day, account.number, account.label, *auxiliary, piece, day, label),
                *(_comma(one.debit), _comma(one.credit), "", "", day, "", ""),
            )
        )


def fec_name(year: int, siren: str) -> str:
    """What the file of a year is to be called.

    Raises:
        NoSiren: the seller has no number of nine digits.
    """
    digits = "".join(siren.split())
    if not (digits.isascii() and digits.isdigit() and len(digits) == 9):
        raise NoSiren
    return f"{digits}FEC{year}1231.txt"


def fec_file(rows: Iterable[Sequence[str]]) -> bytes:
    """The file of some rows: tabs, each line ended by CR and LF, UTF-8."""
    return "".join("\t".join(row) + "\r\n" for row in (FEC_HEADER, *rows)).encode()


def other_currencies(year: int) -> Mapping[str, int]:
    """How many lines of a year are in no euros, by currency: the FEC is in euros, and the shop knows no rates."""
    return next((one.others for one in years() if one.year == year), {})


def years() -> list[Year]:
    """The years in which there are entries, the newest first."""
    zone = ZoneInfo(settings().timezone)
    year = sa.cast(sa.func.extract("year", sa.func.timezone(zone.key, JournalEntry.at)), sa.Integer)
    entries: dict[int, int] = {}
    others: dict[int, dict[str, int]] = defaultdict(dict)
    counted = sa.select(year, JournalLine.currency, sa.func.count(JournalEntry.number.distinct()), sa.func.count())
    of_lines = counted.join(JournalLine, JournalLine.entry == JournalEntry.number).group_by(year, JournalLine.currency)
    for which, currency, some, lines in db.session.execute(of_lines):
        entries[which] = entries.get(which, 0) + some
        if currency != FEC_CURRENCY:
            others[which][currency] = lines
    return [Year(which, entries[which], others[which]) for which in sorted(entries, reverse=True)]


def _by_tariff(day: date, kind: str, title: str) -> Iterator[Sequence[Cell]]:
    sums: dict[tuple[str, str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for said in _documents(day, kind):
        means = " + ".join(said["means"])
        for line in said["lines"]:
            total = sums[line["text"]["fr"], means, line["vat"], said["currency"]]
            total[0] += line["quantity"]
            total[1] += line["amount"]
    for (label, means, vat, currency), (quantity, amount) in sorted(sums.items()):
        yield title, label, means or None, vat, quantity, None, None, major(amount, currency), currency


def _by_vat(day: date, kind: str, title: str) -> Iterator[Sequence[Cell]]:
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for said in _documents(day, kind):
        for group in said["vat"]:
            total = sums[group["vat"], said["currency"]]
            for place, name in enumerate(("net", "tax", "gross")):
                total[place] += group[name]
    for (vat, currency), amounts in sorted(sums.items()):
        yield title, None, None, vat, None, *(major(amount, currency) for amount in amounts), currency


def _documents(day: date, kind: str) -> list[dict[str, Any]]:
    first, after = Period(day, day).moments(ZoneInfo(settings().timezone))
    found = sa.select(Document).where(Document.kind == kind, Document.issued_at >= first, Document.issued_at < after)
    return [document.said for document in db.session.scalars(found.order_by(Document.year, Document.serial))]


def _movements(first: date, last: date) -> Iterator[Movement]:
    zone = ZoneInfo(settings().timezone)
    begin, after = Period(first, last).moments(zone)
    rows = db.session.execute(
        sa.select(JournalEntry, JournalLine, Order.number, Document.number)
        .join(JournalLine, JournalLine.entry == JournalEntry.number)
        .outerjoin(Order, Order.id == JournalEntry.order_id)
        .outerjoin(Document, Document.id == JournalEntry.document_id)
        .where(JournalEntry.at >= begin, JournalEntry.at < after)
        .order_by(JournalEntry.number, JournalLine.position)
        .execution_options(yield_per=1000)
    )
    for entry, line, order, piece in rows:
        facts = entry.told["facts"]
        yield Movement(
            entry=entry.number,
            at=entry.at.astimezone(zone),
            kind=entry.kind,
            order=order,
            piece=piece,
            gateway=facts.get("gateway"),
            reference=facts.get("number") or facts.get("day"),
            hash=entry.hash,
            account=line.account,
            debit=line.debit,
            credit=line.credit,
            currency=line.currency,
            vat=line.vat,
        )


def _comma(amount: int) -> str:
    return f"{major(amount, FEC_CURRENCY):.2f}".replace(".", ",")

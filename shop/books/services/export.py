"""What the accountant and the comptable take out of the books: journal, day, FEC. Reads only.

Headers are French: these tables are handed in under French law.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from shop.books.accounts import Account, account_of
from shop.books.errors import NoSiren
from shop.books.models import Document, JournalEntry, JournalHead, JournalLine
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


class Movement(NamedTuple):
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
        told = (one.entry, one.at.date(), one.at.strftime("%H:%M:%S"), OPERATIONS[one.kind], one.order, one.piece)
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
    moved = _by_means(day)
    for kind, title in (
        ("payment", "Encaissements"),
        ("refund", "Remboursements"),
        ("dispute", "Litiges"),
        ("fee", "Commissions"),
    ):
        for means, currency, count, amount in sorted(moved.get(kind, ())):
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
    head, first = db.session.get(JournalHead, 1), db.session.get(JournalEntry, 1)
    if head is None or first is None:
        return []
    found, last = [], head.number
    for year in range(head.at.astimezone(zone).year, first.at.astimezone(zone).year - 1, -1):
        before = _last_before(datetime(year, 1, 1, tzinfo=zone))
        if last > before:
            found.append(Year(year, last - before, _in_no_euros(before + 1, last)))
        last = before
    return found


def _last_before(moment: datetime) -> int:
    """The number of the last entry before a moment; as time never goes back in the journal, how many there were."""
    earlier = sa.select(JournalEntry.number).where(JournalEntry.at < moment)
    return db.session.scalar(earlier.order_by(JournalEntry.at.desc(), JournalEntry.number.desc()).limit(1)) or 0


def _in_no_euros(first: int, last: int) -> dict[str, int]:
    # Written out: the index is of these lines only.
    lines = sa.select(JournalLine.currency, sa.func.count()).where(sa.text("currency <> 'EUR'"))
    lines = lines.where(JournalLine.entry >= first, JournalLine.entry <= last)
    return {row[0]: row[1] for row in db.session.execute(lines.group_by(JournalLine.currency))}


_OF_THE_DAY = """
    WITH papers AS MATERIALIZED (
        SELECT CAST(content AS jsonb) AS said, currency FROM documents
        WHERE kind = :kind AND issued_at >= :begin AND issued_at < :after)
"""
_BY_TARIFF = sa.text(
    f"""
    {_OF_THE_DAY}
    SELECT line -> 'text' ->> 'fr' AS label, means.named, line ->> 'vat' AS vat, currency,
           sum(CAST(line ->> 'quantity' AS bigint)) AS quantity, sum(CAST(line ->> 'amount' AS bigint)) AS amount
    FROM papers, jsonb_array_elements(said -> 'lines') AS line, LATERAL (
        SELECT coalesce(string_agg(name, ' + ' ORDER BY place), '') AS named
        FROM jsonb_array_elements_text(said -> 'means') WITH ORDINALITY AS one (name, place)) AS means
    GROUP BY 1, 2, 3, 4
    """  # noqa: S608 -- put together of constants of the shop
)
_BY_VAT = sa.text(
    f"""
    {_OF_THE_DAY}
    SELECT one ->> 'vat' AS vat, currency, sum(CAST(one ->> 'net' AS bigint)) AS net,
           sum(CAST(one ->> 'tax' AS bigint)) AS tax, sum(CAST(one ->> 'gross' AS bigint)) AS gross
    FROM papers, jsonb_array_elements(said -> 'vat') AS one GROUP BY 1, 2
    """  # noqa: S608 -- put together of constants of the shop
)


def _by_tariff(day: date, kind: str, title: str) -> Iterator[Sequence[Cell]]:
    for label, means, vat, currency, quantity, amount in _summed(_BY_TARIFF, day, kind):
        yield title, label, means or None, vat, int(quantity), None, None, major(int(amount), currency), currency


def _by_vat(day: date, kind: str, title: str) -> Iterator[Sequence[Cell]]:
    for vat, currency, *amounts in _summed(_BY_VAT, day, kind):
        yield title, None, None, vat, None, *(major(int(amount), currency) for amount in amounts), currency


def _summed(statement: sa.TextClause, day: date, kind: str) -> list[tuple[Any, ...]]:
    """The sums of a day's documents, in the order of what they are summed by."""
    begin, after = Period(day, day).moments(ZoneInfo(settings().timezone))
    found = db.session.execute(statement, {"kind": kind, "begin": begin, "after": after})
    return sorted(tuple(row) for row in found)


def _by_means(day: date) -> dict[str, list[tuple[str, str, int, int]]]:
    """By kind of entry: means, currency, how often, and minor units that came, of one day."""
    begin, after = Period(day, day).moments(ZoneInfo(settings().timezone))
    moved = sa.func.sum(JournalLine.debit - JournalLine.credit)
    rows = db.session.execute(
        sa.select(JournalEntry.kind, JournalLine.account, JournalLine.currency, sa.func.count(), moved)
        .join(JournalLine, JournalLine.entry == JournalEntry.number)
        .where(JournalEntry.at >= begin, JournalEntry.at < after, JournalLine.account.startswith("gateway:"))
        .group_by(JournalEntry.kind, JournalLine.account, JournalLine.currency)
    )
    found: dict[str, list[tuple[str, str, int, int]]] = defaultdict(list)
    for kind, account, currency, count, amount in rows:
        found[kind].append((account.partition(":")[2], currency, count, int(amount)))
    return found


def _movements(first: date, last: date) -> Iterator[Movement]:
    zone = ZoneInfo(settings().timezone)
    begin, after = Period(first, last).moments(zone)
    rows = db.session.execute(
        sa.select(
            JournalEntry.number,
            JournalEntry.at,
            JournalEntry.kind,
            JournalEntry.body,
            JournalEntry.hash,
            *(JournalLine.account, JournalLine.debit, JournalLine.credit, JournalLine.currency, JournalLine.vat),
            Order.number,
            Document.number,
        )
        .select_from(JournalEntry)
        .join(JournalLine, JournalLine.entry == JournalEntry.number)
        .outerjoin(Order, Order.id == JournalEntry.order_id)
        .outerjoin(Document, Document.id == JournalEntry.document_id)
        # By number, in whose order they are read: a cursor would rather walk all entries in that order than sort some.
        .where(JournalEntry.number > _last_before(begin), JournalEntry.number <= _last_before(after))
        .order_by(JournalEntry.number, JournalLine.position)
        .execution_options(yield_per=1000)
    )
    told, facts = 0, {}
    for number, at, kind, body, digest, account, debit, credit, currency, vat, order, piece in rows:
        if number != told:
            told, facts = number, json.loads(body)["facts"]
        yield Movement(
            entry=number,
            at=at.astimezone(zone),
            kind=kind,
            order=order,
            piece=piece,
            gateway=facts.get("gateway"),
            reference=facts.get("number") or facts.get("day"),
            hash=digest,
            account=account,
            debit=debit,
            credit=credit,
            currency=currency,
            vat=vat,
        )


def _comma(amount: int) -> str:
    return f"{major(amount, FEC_CURRENCY):.2f}".replace(".", ",")

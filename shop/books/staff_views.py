"""Pages about the books, for a manager: closings, a day's journal, documents, exports, the check of the chain."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from flask import Response, request
from werkzeug.exceptions import NotFound

from shop.books import sheets
from shop.books.accounts import Account, read_plan
from shop.books.documents.texts import MEANS_NAMES
from shop.books.invariants import INVARIANTS
from shop.books.models import Closing
from shop.books.rules import FIRST_YEAR, LAST_YEAR, RATES, Period, read_day, read_period
from shop.books.services import export
from shop.books.services.close import PERIODS, find_head, list_closings
from shop.books.services.documents import PREFIXES, get_numbered, list_documents
from shop.books.staff_texts import BOOKS
from shop.core import clock, invariants, late
from shop.core.db import transaction
from shop.core.errors import Refusal
from shop.core.locales import LOCALES
from shop.core.money import Money
from shop.core.problems import status_of
from shop.core.settings import settings
from shop.staff.audience import for_staff, record, record_reading, staff_language
from shop.staff.forms import Form, Nothing
from shop.staff.pages import MenuEntry, StaffPages, page

MOST_DAYS = 366  # of a journal taken away at once: a workbook holds about a million lines
MOST_SHOWN = 20  # broken links of each rule
PARTS = (
    ("books_desk.closings", "closings"),
    ("books_desk.day", "day"),
    ("books_desk.documents", "documents"),
    ("books_desk.exports", "exports"),
    ("books_desk.check", "check"),
    ("reconciliation.month", "reconciliation"),  # the one part that lives further up
)
KINDS = {"csv": sheets.CSV, "xlsx": sheets.XLSX}

document_pdf = late.function("shop.books.documents.pdf:document_pdf")
blp = StaffPages(
    "books_desk", __name__, menu=(MenuEntry("books_desk.closings", BOOKS["books"], 67, "journal-bookmark"),)
)


@blp.get("/staff/books")
@for_staff("manager")
def closings() -> Response:
    """The days, months or years that are over, with their sums and hashes."""
    period = request.args.get("period", PERIODS[0])
    if period not in PERIODS:
        raise NotFound
    found = list_closings(period, cursor=request.args.get("cursor"))
    head = find_head()
    return _page(
        "closings",
        period=period,
        periods=PERIODS,
        closings=found["items"],
        next=found["next"],
        head=head,
        totals=_totals,
        told=_period_told,
    )


@blp.get("/staff/books/day")
@for_staff("manager")
def day() -> Response:
    """One day by tariff, means of payment and VAT."""
    asked = request.args.get("on", "")
    try:
        on = read_day(asked) if asked else _today()
    except Refusal as refusal:
        return _page("day", status=status_of(type(refusal)), refused=_explained(refusal), on=asked)
    around = {"earlier": on - timedelta(days=1), "later": on + timedelta(days=1)}
    reachable = {name: one.isoformat() for name, one in around.items() if FIRST_YEAR <= one.year <= LAST_YEAR}
    return _page(
        "day",
        refused=None,
        on=on.isoformat(),
        told=_day(on),
        parts_of_day=_parts(on),
        around=reachable,
    )


@blp.get("/staff/books/documents")
@for_staff("manager")
def documents() -> Response:
    """Receipts and credit notes by number, without the names that stand in them."""
    number = re.sub(r"[^0-9A-Za-z-]", "", request.args.get("number", ""))[:40]
    kind = request.args.get("kind", "receipt")
    if kind not in PREFIXES:
        raise NotFound
    found = list_documents(kind=None if number else kind, number=number, cursor=request.args.get("cursor"))
    return _page("documents", number=number, kind=kind, documents=found["items"], next=found["next"])


@blp.get("/staff/books/documents/<number>.pdf")
@for_staff("manager")
def document(number: str) -> Response:
    """A receipt or a credit note as it was issued; it names the customer, so that reading it is recorded."""
    found = get_numbered(re.sub(r"[^0-9A-Za-z-]", "", number))
    record_reading("books.document-read", found.number)
    response = Response(document_pdf(found.said, staff_language()), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{found.number}.pdf"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response


@blp.get("/staff/books/exports")
@for_staff("manager")
def exports() -> Response:
    """What can be taken out of the books."""
    return _exports()


@blp.get("/staff/books/exports/journal.<kind>")
@for_staff("manager")
def export_journal(kind: str) -> Response:
    """Every line of the journal of a period as a file."""
    if kind not in KINDS:
        raise NotFound
    try:
        period = read_period(request.args.get("from", ""), request.args.get("to", ""), most=MOST_DAYS)
        plan = _plan()
    except Refusal as refusal:
        return _exports(refusal)
    _record("journal", kind, period)
    rows = export.journal_rows(first=period.first, last=period.last, plan=plan)
    return _file("journal", kind, export.JOURNAL_HEADER, rows, period)


@blp.get("/staff/books/exports/day.<kind>")
@for_staff("manager")
def export_day(kind: str) -> Response:
    """One day for the cash office as a file."""
    if kind not in KINDS:
        raise NotFound
    try:
        on = read_day(request.args.get("on", ""))
    except Refusal as refusal:
        return _exports(refusal)
    _record("day", kind, Period(on, on))
    return _file("journée", kind, export.DAY_HEADER, export.day_rows(on), Period(on, on))


@blp.get("/staff/books/exports/fec")
@for_staff("manager")
def export_fec() -> Response:
    """The entries of a year as the tax office reads them."""
    try:
        year = read_day(f"{request.args.get('year', '')}-01-01").year
        name, plan = export.fec_name(year, settings().seller.siren), _plan()
    except Refusal as refusal:
        return _exports(refusal)
    _record("fec", "txt", Period(date(year, 1, 1), date(year, 12, 31)))
    return sheets.attachment(export.fec_file(export.fec_rows(year, plan)), name, "text/plain; charset=utf-8")


@blp.route("/staff/books/check", methods=["GET", "POST"])
@for_staff("manager")
def check() -> Response:
    """Read all of the books again, and say whether they hold."""
    form = Form(Nothing)
    broken: dict[str, list[str]] = defaultdict(list)

    def carry_out() -> None:
        for invariant, row in invariants.check(INVARIANTS, now=clock.now()):
            broken[invariant.name].append(row)
        record("books.checked", "journal", after={"broken": sum(map(len, broken.values()))})

    done = form.done(carry_out)
    return _page(
        "check",
        status=422 if form.errors else 200,
        form=form,
        done=done,
        at=_moment(clock.now()),
        rules=[(one, one.claim.to(staff_language()), broken.get(one.name, [])) for one in INVARIANTS],
        broken=sum(map(len, broken.values())),
        most=MOST_SHOWN,
    )


def _parts(on: date) -> list[dict[str, Any]]:
    """The parts of a day, each with the columns that say something in it."""
    found: dict[str, list[Sequence[sheets.Cell]]] = defaultdict(list)
    for row in export.day_rows(on):
        found[str(row[0])].append(row)
    parts = []
    for title, rows in found.items():
        columns = [place for place in range(1, len(export.DAY_HEADER)) if any(row[place] is not None for row in rows)]
        numbers = {place for place in columns if any(isinstance(row[place], int | Decimal) for row in rows)}
        header = [(export.DAY_HEADER[place], place in numbers) for place in columns]
        cells = [[(_shown(row[place]), place in numbers) for place in columns] for row in rows]
        parts.append({"title": title, "header": header, "rows": cells})
    return parts


def _page(part: str, *, status: int = 200, **facts: Any) -> Response:
    return page(
        f"books/{part}.html",
        BOOKS,
        status=status,
        part=part,
        book_parts=PARTS,
        moment=_moment,
        means=lambda name: MEANS_NAMES[name].to(staff_language()) if name in MEANS_NAMES else name,
        **facts,
    )


def _exports(refusal: Refusal | None = None) -> Response:
    today = _today()
    return _page(
        "exports",
        status=status_of(type(refusal)) if refusal else 200,
        refused=_explained(refusal) if refusal else None,
        first=request.args.get("from") or today.replace(day=1).isoformat(),
        last=request.args.get("to") or today.isoformat(),
        on=request.args.get("on") or today.isoformat(),
        years=export.years(),
    )


def _file(name: str, kind: str, header: Sequence[str], rows: Any, period: Period) -> Response:
    content = sheets.to_csv(header, rows) if kind == "csv" else sheets.to_xlsx(name, header, rows)
    plain = {"journée": "journee"}.get(name, name)
    days = f"{period.first}" if period.days == 1 else f"{period.first}-{period.last}"
    return sheets.attachment(content, f"{plain}-{days}.{kind}", KINDS[kind])


def _record(what: str, kind: str, period: Period) -> None:
    """A download is written to the trail before it begins."""
    with transaction():
        record("books.exported", what, after={"from": str(period.first), "to": str(period.last), "kind": kind})


def _plan() -> Mapping[str, Account]:
    return read_plan(settings().accounts)


def _explained(refusal: Refusal) -> str:
    return refusal.explain(staff_language())


def _today() -> date:
    return clock.now().astimezone(ZoneInfo(settings().timezone)).date()


def _locale() -> Locale:
    return LOCALES[staff_language()]


def _day(on: date) -> str:
    return str(format_date(on, "full", locale=_locale()))


def _moment(at: datetime) -> str:
    return str(format_datetime(at.astimezone(ZoneInfo(settings().timezone)), "medium", locale=_locale()))


def _period_told(closing: Closing) -> str:
    if closing.period == "day":
        return _day(closing.starts_on)
    pattern = {"month": "LLLL y", "year": "y"}[closing.period]
    if staff_language() == "zh-CN":
        pattern = {"month": "y年M月", "year": "y年"}[closing.period]
    return str(format_date(closing.starts_on, pattern, locale=_locale()))


def _totals(closing: Closing) -> dict[str, Any]:
    """The sums of a closing as people read them."""

    def money(amount: int) -> str:
        return Money(amount, closing.currency).to(staff_language())

    totals, since = closing.totals, closing.perpetual
    return {
        "sold": money(totals["sold"]),
        "credited": money(totals["credited"]),
        "revenue": money(totals["sold"] - totals["credited"]),
        "since": {name: money(since[name]) for name in ("sold", "credited")},
        "vat": [(vat, money(sums["net"]), money(sums["tax"])) for vat, sums in _by_rate(totals["by_vat"])],
        "gateways": [
            (name, money(sums["in"]), money(sums["out"])) for name, sums in sorted(totals["by_gateway"].items())
        ],
    }


def _by_rate(by_vat: Mapping[str, Any]) -> list[tuple[str, Any]]:
    order = list(RATES)
    return sorted(by_vat.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order))


def _shown(cell: sheets.Cell) -> str:
    if cell is None:
        return ""
    return f"{cell:f}".replace(".", ",") if isinstance(cell, Decimal) else str(cell)

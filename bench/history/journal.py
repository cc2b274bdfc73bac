"""The books of a history: entries in the order of their moments, chained, with receipts, credit notes and closings.

What is entered waits until everything before it is known. The rules of VAT and of chaining are the shop's own.
"""

import base64
import heapq
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from random import Random
from zoneinfo import ZoneInfo

from bench.history.forms import DAY, HOUR, MINUTE, NULL, Identifiers, at, escaped, iso, of, quoted
from bench.history.stock import Date, SoldUnit
from config.default import Seller
from shop.books import rules
from shop.books.services.close import LENGTHS, PERIODS

BEIJING = 8 * HOUR  # before UTC: the clocks of the gateway
COMPARED = 10 * HOUR + 5 * MINUTE  # after the end of a day its statement is compared
GATEWAY = "wechat_pay"
_tax_in = lru_cache(maxsize=None)(rules.tax_in)

Line = tuple[str, int, int, str | None]  # account, debit, credit, VAT code


@dataclass(slots=True)
class Sale:
    """What somebody ordered, as far as the books must know it."""

    order_id: str
    number: str
    locale: str
    client: str
    date: Date
    units: list[tuple[SoldUnit, int]]
    amount: int
    currency: str
    means: list[str] = field(default_factory=list)
    receipt: tuple[str, str, str] | None = None  # its id, its number, when it was issued
    credited: dict[str, rules.Taxed] = field(default_factory=dict)

    @property
    def spoken(self) -> str:
        """Its number as it is printed."""
        return f"{self.number[:3]}-{self.number[3:6]}-{self.number[6:]}"


@dataclass(frozen=True, slots=True)
class Movement:
    """What is to be entered once its moment has come; `credit` lines are text (JSON), amount and VAT code."""

    kind: str
    sale: Sale | None
    gateway: str = ""
    amount: int = 0
    number: str = ""
    credit: tuple[tuple[str, int, str], ...] = ()
    reason: str = ""
    day: str = ""
    currency: str = ""


@dataclass(slots=True)
class _Sums:
    first: int
    last: int = 0
    sold: int = 0
    credited: int = 0
    by_vat: dict[str, list[int]] = field(default_factory=dict)
    by_gateway: dict[str, list[int]] = field(default_factory=dict)

    def add(self, kind: str, lines: Sequence[Line]) -> None:
        for account, debit, credit, vat in lines:
            if vat is not None:
                self.by_vat.setdefault(vat, [0, 0])[account[0] == "v"] += credit - debit
            elif account == "customer":
                self.sold += debit if kind == "sale" else 0
                self.credited += credit if kind == "credit" else 0
            elif account.startswith("gateway:"):
                moved = self.by_gateway.setdefault(account[8:], [0, 0])
                moved[0] += debit
                moved[1] += credit

    def take_in(self, other: "_Sums") -> None:
        self.last = other.last
        self.sold += other.sold
        self.credited += other.credited
        for mine, theirs in ((self.by_vat, other.by_vat), (self.by_gateway, other.by_gateway)):
            for key, (one, two) in theirs.items():
                found = mine.setdefault(key, [0, 0])
                found[0] += one
                found[1] += two

    @property
    def totals(self) -> dict[str, object]:
        return {
            "sold": self.sold,
            "credited": self.credited,
            "by_vat": {vat: {"net": net, "tax": tax} for vat, (net, tax) in self.by_vat.items()},
            "by_gateway": {name: {"in": came, "out": went} for name, (came, went) in self.by_gateway.items()},
        }


class Journal:
    """Writes the books into the lines of their tables."""

    def __init__(self, lines: dict[str, list[str]], chance: Random, *, zone: str, now: int) -> None:
        self._lines, self._chance, self._now = lines, chance, now
        self._ids, self._zone = Identifiers(chance), ZoneInfo(zone)
        self._seller = quoted(asdict(Seller()))
        self._waiting: list[tuple[int, int, Movement]] = []
        self._told = 0
        self._number, self._hash, self._at = 0, rules.NOTHING_BEFORE, 0
        self._serials: dict[tuple[str, int], int] = {}
        self._day: date | None = None
        self._tomorrow = 0  # the first moment of the next day on the Office's clocks
        self._sums: dict[str, dict[str, _Sums]] = {period: {} for period in PERIODS}  # by currency
        self._perpetual: dict[tuple[str, str], list[int]] = {}
        self._closings, self._closed_hash, self._closed_until = 0, rules.NOTHING_BEFORE, 0
        self._gateway_day = -1
        self._received: dict[str, int] = {}

    def tell(self, moment: int, movement: Movement) -> None:
        """Enter something at a moment: none before those that were written already."""
        self._told += 1
        heapq.heappush(self._waiting, (moment, self._told, movement))

    def write_until(self, moment: int) -> None:
        """Write everything up to a moment: nothing earlier will be told any more."""
        waiting = self._waiting
        while waiting and waiting[0][0] <= moment:
            if waiting[0][0] >= self._next_day_of_gateway():
                self._next_gateway_day(waiting[0][0])
                continue
            at_moment, _, movement = heapq.heappop(waiting)
            self._write(at_moment, movement)

    def end(self) -> None:
        """Write what is left, close what is over, and the head of the journal."""
        self.write_until(self._now)
        while self._number and self._next_day_of_gateway() + COMPARED + MINUTE < self._now:
            self._next_gateway_day(self._next_day_of_gateway())
            self.write_until(self._now)
        if self._tomorrow + HOUR <= self._now:
            self._close_until(at(self._now - HOUR).astimezone(self._zone).date())
        last = max(self._at, self._closed_until)
        if self._number:
            self._lines["journal_head"].append(f"1\t{self._number}\t{self._hash}\t{iso(last)}")

    def _write(self, moment: int, told: Movement) -> None:
        self._at = moment
        if moment >= self._tomorrow:
            self._begin_day(moment)
        sale, kind = told.sale, told.kind
        if kind == "sale":
            assert sale is not None
            groups = self._sold_by_vat(sale)
            lines = self._lines_of(groups)
            document = self._receipt(moment, sale, groups)
            self._enter(moment, kind, sale.order_id, sale.currency, "{}", lines, document)
        elif kind == "credit":
            assert sale is not None
            self._credit(moment, sale, told)
        elif kind == "fee":
            pair: list[Line] = [("fees", told.amount, 0, None), (f"gateway:{GATEWAY}", 0, told.amount, None)]
            facts = f'{{"day":"{told.day}","gateway":"{GATEWAY}"}}'
            self._enter(moment, kind, None, told.currency, facts, pair)
        else:
            assert sale is not None
            there, amount = f"gateway:{told.gateway}", told.amount
            if kind == "payment":
                pair = [(there, amount, 0, None), ("customer", 0, amount, None)]
                if told.gateway not in sale.means:
                    sale.means.append(told.gateway)
                if told.gateway == GATEWAY:
                    self._received[sale.currency] = self._received.get(sale.currency, 0) + amount
            else:
                pair = [("customer", amount, 0, None), (there, 0, amount, None)]
            facts = f'{{"gateway":"{told.gateway}","number":"{told.number}"}}'
            self._enter(moment, kind, sale.order_id, sale.currency, facts, pair)

    def _credit(self, moment: int, sale: Sale, told: Movement) -> None:
        groups = rules.taxed_back(rules.gross_by_vat((vat, amount) for _, amount, vat in told.credit), sale.credited)
        for group in groups:
            before = sale.credited.get(group.vat, rules.Taxed(group.vat, 0, 0))
            sale.credited[group.vat] = rules.Taxed(group.vat, before.gross + group.gross, before.tax + group.tax)
        lines: list[Line] = [(one, credit, debit, vat) for one, debit, credit, vat in self._lines_of(groups)]
        said = ",".join(
            f'{{"amount":{amount},"on":null,"price":{amount},"quantity":1,"text":{text},"vat":"{vat}"}}'
            for text, amount, vat in told.credit
        )
        document = self._document(moment, "credit_note", sale, groups, said, told.reason)
        self._enter(moment, "credit", sale.order_id, sale.currency, f'{{"reason":"{told.reason}"}}', lines, document)

    def _enter(
        self,
        moment: int,
        kind: str,
        order_id: str | None,
        currency: str,
        facts: str,
        lines: Sequence[Line],
        document: tuple[str, str] | None = None,
    ) -> None:
        self._number = number = self._number + 1
        entered = iso(moment)
        rows = self._lines["journal_lines"]
        said = []
        for position, (account, debit, credit, vat) in enumerate(lines, start=1):
            code = "null" if vat is None else f'"{vat}"'
            said.append(
                f'{{"account":"{account}","credit":{credit},"currency":"{currency}","debit":{debit},"vat":{code}}}'
            )
            rows.append(f"{number}\t{position}\t{account}\t{debit}\t{credit}\t{currency}\t{vat or NULL}")
        order = "null" if order_id is None else f'"{order_id}"'
        document_id, paper = document or (NULL, "null")
        body = (
            f'{{"at":"{entered}","document":{paper},"facts":{facts},"kind":"{kind}","lines":[{",".join(said)}],'
            f'"number":{number},"order":{order}}}'
        )
        before, self._hash = self._hash, sha256((self._hash + body).encode()).hexdigest()
        self._lines["journal_entries"].append(
            f"{number}\t{entered}\t{kind}\t{order_id or NULL}\t{document_id}\t{body}\t{before}\t{self._hash}"
        )
        sums = self._sums["day"].get(currency)
        if sums is None:
            sums = self._sums["day"][currency] = _Sums(number)
        sums.last = number
        sums.add(kind, lines)

    # Receipts and credit notes

    def _receipt(self, moment: int, sale: Sale, groups: Sequence[rules.Taxed]) -> tuple[str, str]:
        said = ",".join(
            f'{{"amount":{unit.price * quantity},"on":"{sale.date.local}","price":{unit.price},"quantity":{quantity},'
            f'"text":{unit.text},"vat":"{unit.vat}"}}'
            for unit, quantity in sale.units
        )
        return self._document(moment, "receipt", sale, groups, said, None)

    def _document(
        self, moment: int, kind: str, sale: Sale, groups: Sequence[rules.Taxed], said: str, reason: str | None
    ) -> tuple[str, str]:
        issued = at(moment).astimezone(self._zone)
        serial = self._serials[kind, issued.year] = self._serials.get((kind, issued.year), 0) + 1
        letter = "R" if kind == "receipt" else "A"
        number = f"{letter}{issued.year}-{serial:06}"
        vats = ",".join(
            f'{{"gross":{one.gross},"net":{one.net},"rate":{rules.RATES[one.vat]},"tax":{one.tax},"vat":"{one.vat}"}}'
            for one in groups
        )
        document_id, corrected, corrects = self._ids.of(moment), NULL, "null"
        means = ",".join(f'"{one}"' for one in sale.means) if kind == "receipt" else ""
        if kind == "receipt":
            sale.receipt = document_id, number, issued.isoformat()
        elif sale.receipt is not None:
            corrected = sale.receipt[0]
            corrects = f'{{"issued_at":"{sale.receipt[2]}","number":"{sale.receipt[1]}"}}'
        said_reason = "null" if reason is None else f'"{reason}"'
        content = (
            f'{{"client":{sale.client},"corrects":{corrects},"currency":"{sale.currency}",'
            f'"issued_at":"{issued.isoformat()}","kind":"{kind}","lines":[{said}],"means":[{means}],'
            f'"number":"{number}","order":"{sale.spoken}","reason":{said_reason},"seller":{self._seller},'
            f'"vat":[{vats}]}}'
        )
        code = base64.urlsafe_b64encode(self._chance.randbytes(24)).decode()
        amount = sum(one.gross for one in groups)
        self._lines["documents"].append(
            f"{document_id}\t{kind}\t{number}\t{issued.year}\t{serial}\t{sale.order_id}\t{corrected}\t{iso(moment)}"
            f"\t{sale.locale}\t{code}\t{amount}\t{sale.currency}\t{escaped(content)}"
        )
        digest = sha256(content.encode()).hexdigest()
        return document_id, f'{{"kind":"{kind}","number":"{number}","sha256":"{digest}"}}'

    @staticmethod
    def _sold_by_vat(sale: Sale) -> list[rules.Taxed]:
        gross: dict[str, int] = {}
        for unit, quantity in sale.units:
            if unit.price:
                gross[unit.vat] = gross.get(unit.vat, 0) + unit.price * quantity
        if len(gross) > 1:
            gross = rules.gross_by_vat(gross.items())
        return [rules.Taxed(vat, amount, _tax_in(amount, vat)) for vat, amount in gross.items()]

    @staticmethod
    def _lines_of(groups: Sequence[rules.Taxed]) -> list[Line]:
        lines: list[Line] = [("customer", sum(group.gross for group in groups), 0, None)]
        for group in groups:
            if group.net:
                lines.append((f"revenue:{group.vat}", 0, group.net, group.vat))
            if group.tax:
                lines.append((f"vat:{group.vat}", 0, group.tax, group.vat))
        return lines

    # The gateway's days

    def _next_day_of_gateway(self) -> int:
        return (self._gateway_day + 1) * DAY - BEIJING

    def _next_gateway_day(self, moment: int) -> None:
        """The day before a moment is over on the gateway's clocks: it is compared, and its fees are booked."""
        over, self._gateway_day = self._gateway_day, (moment + BEIJING) // DAY
        compared = (over + 1) * DAY - BEIJING + COMPARED
        if over < 0 or compared > self._now:
            return
        fees = {currency: amount * 6 // 1000 for currency, amount in self._received.items() if amount * 6 >= 1000}
        self._received = {}
        day = iso(over * DAY)[:10]
        for currency, amount in fees.items():
            self.tell(compared, Movement("fee", None, amount=amount, day=day, currency=currency))
        for passed in range(over, self._gateway_day):
            said = (passed + 1) * DAY - BEIJING + COMPARED
            if said <= self._now:
                digest = sha256(str(passed).encode()).hexdigest()
                booked = quoted(fees) if passed == over else "{}"
                self._lines["reconciliations"].append(
                    f"{GATEWAY}\t{iso(passed * DAY)[:10]}\tclean\t1\t{iso(said - 5 * MINUTE)}\t{iso(said)}\t{digest}"
                    f"\t{booked}"
                )

    # Closings

    def _begin_day(self, moment: int) -> None:
        today = at(moment).astimezone(self._zone).date()
        self._close_until(today)
        self._day, self._tomorrow = today, self._midnight(today + timedelta(days=1))

    def _midnight(self, day: date) -> int:
        return of(datetime(day.year, day.month, day.day, tzinfo=self._zone).astimezone(UTC))

    def _close_until(self, today: date) -> None:
        """Close the last day with entries, if it is over, and its month and year, if they are."""
        day = self._day
        if day is None or day >= today:
            return
        self._close("day", day)
        if day.replace(day=1) < today.replace(day=1):
            self._close("month", day.replace(day=1))
        if day.year < today.year:
            self._close("year", day.replace(month=1, day=1))

    def _close(self, period: str, starts_on: date) -> None:
        end = starts_on + LENGTHS[period]
        closed_at = self._midnight(end) + 77 * MINUTE
        self._closed_until = max(self._closed_until, self._midnight(end))
        longer = {"day": "month", "month": "year"}.get(period)
        for currency, sums in sorted(self._sums[period].items()):
            if longer:
                self._sums[longer].setdefault(currency, _Sums(sums.first)).take_in(sums)
            perpetual = self._perpetual.setdefault((period, currency), [0, 0])
            perpetual[0] += sums.sold
            perpetual[1] += sums.credited
            self._closings += 1
            carried = {"sold": perpetual[0], "credited": perpetual[1]}
            body = rules.canonical(
                {
                    "number": self._closings,
                    "period": period,
                    "starts_on": starts_on.isoformat(),
                    "currency": currency,
                    "first_entry": sums.first,
                    "last_entry": sums.last,
                    "totals": sums.totals,
                    "perpetual": carried,
                    "closed_at": iso(closed_at),
                }
            )
            before, self._closed_hash = self._closed_hash, rules.link(self._closed_hash, body)
            self._lines["closings"].append(
                f"{self._closings}\t{period}\t{starts_on}\t{currency}\t{sums.first}\t{sums.last}"
                f"\t{quoted(sums.totals)}\t{quoted(carried)}\t{iso(closed_at)}\t{body}\t{before}\t{self._closed_hash}"
            )
        self._sums[period] = {}

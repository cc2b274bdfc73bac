"""The shop's books of a day beside the gateway's own: read only."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal
from uuid import UUID

import sqlalchemy as sa

from shop.core.db import db
from shop.core.i18n import Language
from shop.core.money import Money
from shop.gateways.payment import Statement, StatementLine
from shop.payments.models import Dispute, Payment, Reconciliation, Refund
from shop.payments.texts import DIFFERENCES

DifferenceKind = Literal[
    "payment-missing-there",
    "payment-unknown",
    "payment-not-received",
    "payment-doubled",
    "payment-amount",
    "refund-missing-there",
    "refund-elsewhere",
    "refund-unknown",
    "refund-doubled",
    "refund-amount",
    "dispute-unknown",
    "books",
]
# Clocks differ by so much at most: what moved in the last minutes of a day may stand in the next day's statement.
MARGIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Difference:
    """One thing that the two books do not say alike. Amounts in minor units.

    Args:
        number: of the payment or refund; for `books`, the broken rule.
        order: its order's number, if it is one of ours.
        there, here: what the gateway and what the shop have.
    """

    kind: DifferenceKind
    number: str
    order: str | None = None
    there: int | None = None
    here: int | None = None
    currency: str | None = None


@dataclass(frozen=True)
class Comparison:
    """What a comparison found, and what can be mended by itself.

    Args:
        not_received: payments of ours that the gateway has and we have not: it is to be asked about them.
        elsewhere: refunds that somebody made at the gateway.
        under_way: refunds of ours that are done there, and to be asked about.
        listed_payments, listed_refunds: ours that the statement lists.
    """

    differences: tuple[Difference, ...]
    not_received: tuple[UUID, ...]
    elsewhere: tuple[StatementLine, ...]
    under_way: tuple[UUID, ...]
    listed_payments: frozenset[UUID] = frozenset()
    listed_refunds: frozenset[UUID] = frozenset()


def compare(gateway: str, statement: Statement, *, zone: tzinfo) -> Comparison:
    """Lay a statement beside the shop's payments, refunds and disputes; nothing is changed.

    Args:
        zone: the clocks by which the gateway counts its days.
    """
    return _Comparing(gateway, statement, zone).run()


class _Comparing:
    def __init__(self, gateway: str, statement: Statement, zone: tzinfo) -> None:
        self.gateway, self.day = gateway, statement.day
        self.lines = statement.lines
        start = datetime.combine(statement.day, time(), zone)
        self.window = start - MARGIN, datetime.combine(statement.day + timedelta(days=1), time(), zone) - MARGIN
        self.found: list[Difference] = []
        self.not_received: list[UUID] = []
        self.elsewhere: list[StatementLine] = []
        self.under_way: list[UUID] = []

    def run(self) -> Comparison:
        listed_payments = self._payments([line for line in self.lines if line.kind == "payment"])
        listed_refunds = self._refunds([line for line in self.lines if line.kind == "refund"])
        self._missing(Payment, listed_payments)
        self._missing(Refund, listed_refunds)
        self._disputes([line for line in self.lines if line.kind == "dispute"])
        return Comparison(
            tuple(self.found),
            tuple(self.not_received),
            tuple(self.elsewhere),
            tuple(self.under_way),
            frozenset(listed_payments),
            frozenset(listed_refunds),
        )

    def _payments(self, lines: Sequence[StatementLine]) -> set[UUID]:
        listed = Counter[UUID]()
        for line in lines:
            payment = self._find_payment(line)
            name = line.number or line.transaction_id or "?"
            if payment is None:
                self._note("payment-unknown", name, None, there=line)
            elif payment.status != "succeeded":
                self.not_received.append(payment.id)
                self._note("payment-not-received", name, payment, there=line)
            elif listed[payment.id] or payment.statement_day not in (None, self.day):
                self._note("payment-doubled", name, payment, there=line)
            elif payment.received != line.amount:
                self._note("payment-amount", name, payment, there=line, here=payment.received.amount)
            if payment is not None:
                listed[payment.id] += 1
        return set(listed)

    def _refunds(self, lines: Sequence[StatementLine]) -> set[UUID]:
        listed = Counter[UUID]()
        for line in lines:
            refund = self._find_refund(line)
            name = line.refund_number or line.refund_id or "?"
            if refund is None:
                payment = self._find_payment(line)
                if payment is None:
                    self._note("refund-unknown", name, None, there=line)
                else:
                    self.elsewhere.append(line)
                    self._note("refund-elsewhere", name, payment, there=line)
                continue
            if listed[refund.id] or refund.statement_day not in (None, self.day):
                self._note("refund-doubled", name, refund.payment, there=line)
            elif refund.money != line.amount or refund.status == "superseded":
                self._note("refund-amount", name, refund.payment, there=line, here=refund.amount)
            elif refund.status != "succeeded" and line.succeeded:
                self.under_way.append(refund.id)
            listed[refund.id] += 1
        return set(listed)

    def _disputes(self, lines: Sequence[StatementLine]) -> None:
        """Money that a bank took back, of which the shop was never told."""
        for line in lines:
            payment = self._find_payment(line)
            known = payment and db.session.scalar(
                sa.select(Dispute.id).where(Dispute.payment_id == payment.id).limit(1)
            )
            if not known:
                self._note("dispute-unknown", line.transaction_id or "?", payment, there=line)

    def _missing(self, table: type[Payment] | type[Refund], listed: Iterable[UUID]) -> None:
        """What the shop has of the day, or found in this day's statement before, and the statement does not list."""
        moved = Payment.succeeded_at if table is Payment else Refund.accepted_at
        mine = sa.select(table).where(
            table.gateway == self.gateway,
            table.status == "succeeded" if table is Payment else table.status.in_(("pending", "succeeded")),
            moved.is_not(None),
            sa.or_(
                table.statement_day == self.day,
                sa.and_(table.statement_day.is_(None), moved >= self.window[0], moved < self.window[1]),
            ),
            table.id.not_in(list(listed)),
        )
        for row in db.session.scalars(mine.order_by(table.id)):
            if isinstance(row, Payment):
                self._note("payment-missing-there", row.number, row, here=row.received.amount)
            elif isinstance(row, Refund):
                self._note("refund-missing-there", row.number, row.payment, here=row.amount)

    def _find_payment(self, line: StatementLine) -> Payment | None:
        known = [Payment.number == line.number] if line.number else []
        if line.transaction_id:
            known.append(Payment.transaction_id == line.transaction_id)
        wanted = sa.select(Payment).where(Payment.gateway == self.gateway, sa.or_(sa.false(), *known))
        return db.session.scalars(wanted.limit(1)).first()

    def _find_refund(self, line: StatementLine) -> Refund | None:
        known = [Refund.number == line.refund_number] if line.refund_number else []
        if line.refund_id:
            known.append(Refund.gateway_refund_id == line.refund_id)
        wanted = sa.select(Refund).where(Refund.gateway == self.gateway, sa.or_(sa.false(), *known))
        return db.session.scalars(wanted.limit(1)).first()

    def _note(
        self,
        kind: DifferenceKind,
        number: str,
        payment: Payment | None,
        *,
        there: StatementLine | None = None,
        here: int | None = None,
    ) -> None:
        currency = there.amount.currency if there else (payment.received_currency if payment else None)
        self.found.append(
            Difference(
                kind,
                number,
                order=payment.order.spoken_number if payment else None,
                there=there.amount.amount if there else None,
                here=here,
                currency=currency,
            )
        )


def fees_of(statement: Statement) -> dict[str, int]:
    """What the gateway kept of a day's money, by currency, in minor units."""
    fees = Counter[str]()
    for line in statement.lines:
        if line.kind == "fee":
            fees[line.amount.currency] += line.amount.amount if line.succeeded else -line.amount.amount
        else:
            fees[line.amount.currency] += line.fee
    return {currency: amount for currency, amount in fees.items() if amount}


def as_json(differences: Iterable[Difference]) -> list[dict[str, object]]:
    """Differences as they are kept."""
    return [{name: value for name, value in asdict(one).items() if value is not None} for one in differences]


def explain(one: Difference, language: Language) -> str:
    """A difference as a sentence, with what to do about it."""

    def money(amount: int | None) -> str:
        return "–" if amount is None else Money(amount, one.currency or "EUR").to(language)

    facts = {"number": one.number, "order": one.order or "–", "there": money(one.there), "here": money(one.here)}
    return DIFFERENCES[one.kind].to(language, **facts)


def kept(row: Reconciliation) -> list[Difference]:
    """The differences that were found on a day; those of a kind that this shop does not know are left out."""
    return [Difference(**one) for one in row.differences if one.get("kind") in DIFFERENCES]


def list_days(first: date, last: date) -> list[Reconciliation]:
    """What was compared of some days, both included, by gateway and day."""
    days = sa.select(Reconciliation).where(Reconciliation.day >= first, Reconciliation.day <= last)
    return list(db.session.scalars(days.order_by(Reconciliation.gateway, Reconciliation.day)))


def find_day(gateway: str, day: date) -> Reconciliation | None:
    """What was compared of one day; None if nothing was yet."""
    return db.session.get(Reconciliation, (gateway, day))


def first_days() -> dict[str, datetime]:
    """The moment of the first money of every gateway."""
    found, last = {}, ""
    while first := db.session.execute(
        sa.select(Payment.gateway, Payment.succeeded_at)
        .where(Payment.gateway > last, Payment.succeeded_at.is_not(None))
        .order_by(Payment.gateway, Payment.succeeded_at)
        .limit(1)
    ).one_or_none():  # from one gateway to the next: there are few, and payments without number
        last = first.gateway
        found[last] = first.succeeded_at
    return found


def first_day(gateway: str, zone: tzinfo) -> date | None:
    """The gateway's day of the first money that came through it."""
    first = db.session.scalar(
        sa.select(sa.func.min(Payment.succeeded_at)).where(
            Payment.gateway == gateway, Payment.succeeded_at.is_not(None)
        )
    )
    return first.astimezone(zone).date() if first else None

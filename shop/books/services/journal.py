"""Writing the journal: what happened to money, in double entry. The caller owns the transaction, and has locked the
order; entries are appended at the transaction's end."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

import sqlalchemy as sa

from shop.books import rules
from shop.books.models import JournalEntry, JournalLine
from shop.books.services.documents import Paper, issue
from shop.books.services.posting import Content, Draft, Head, register
from shop.core.db import db
from shop.core.money import Money
from shop.orders.models import Order


def sold(order: Order, *, now: datetime) -> None:
    """An order became certain: its customer owes, revenue and VAT are earned, a receipt is issued.

    What costs nothing is no movement and gets no receipt.
    """
    paper = Paper.of_sale(order)
    groups = rules.taxed(rules.gross_by_vat((line.vat, line.amount) for line in paper.lines))

    def write(head: Head) -> Content:
        if not groups:
            return Content([])
        return Content(rules.sale_lines(groups, order.currency), issue("receipt", paper, groups, head))

    register(Draft("sale", now, order.id, {}, write))


def credited(order: Order, lines: Sequence[rules.CreditLine], *, reason: str, now: datetime) -> None:
    """Something sold is taken back: revenue and VAT with it, and a credit note is issued.

    Nothing happens if the lines come to nothing, or if the order was never sold.

    Args:
        lines: what goes back; a fee that is kept is simply not among it.
        reason: a key of the orders' texts.REFUND_REASONS, or words.
    """
    paper = Paper.of_credit(order, lines, reason)
    gross = rules.gross_by_vat((line.vat, line.amount) for line in paper.lines)

    def write(head: Head) -> Content:
        sold_before = "sale" in head.kinds_of(order.id)
        if not gross or not sold_before:
            return Content([])
        head.write_down()  # what is credited before may be of this very transaction
        groups = rules.taxed_back(gross, credited_before(order))
        return Content(rules.credit_lines(groups, order.currency), issue("credit_note", paper, groups, head))

    register(Draft("credit", now, order.id, {"reason": reason}, write))


def money_came(order: Order, *, gateway: str, money: Money, number: str, now: datetime) -> None:
    """A gateway received money for an order, whether or not it was owed.

    Args:
        number: ours of the payment.
    """
    lines = rules.two_sided(f"gateway:{gateway}", "customer", money.amount, money.currency)
    _register("payment", order, {"gateway": gateway, "number": number}, lines, now)


def money_went(order: Order, *, gateway: str, money: Money, number: str, now: datetime) -> None:
    """A gateway has given money back.

    Args:
        number: ours of the refund.
    """
    lines = rules.two_sided("customer", f"gateway:{gateway}", money.amount, money.currency)
    _register("refund", order, {"gateway": gateway, "number": number}, lines, now)


def fee_taken(*, gateway: str, money: Money, day: date, now: datetime) -> None:
    """What a gateway kept for itself on one of its days; a negative amount was given back.

    Args:
        day: of the gateway's statement.
    """
    lines = rules.two_sided("fees", f"gateway:{gateway}", money.amount, money.currency)
    _register("fee", None, {"gateway": gateway, "day": day.isoformat()}, lines, now)


def disputed(
    order: Order,
    *,
    gateway: str,
    money: Money,
    number: str,
    outcome: Literal["withheld", "won", "lost"],
    now: datetime,
) -> None:
    """A buyer's bank takes money back for the time of a dispute, gives it back, or keeps it.

    Args:
        number: the gateway's own of the dispute.
    """
    debit, credit = {
        "withheld": ("disputes", f"gateway:{gateway}"),
        "won": (f"gateway:{gateway}", "disputes"),
        "lost": ("losses", "disputes"),
    }[outcome]
    lines = rules.two_sided(debit, credit, money.amount, money.currency)
    _register("dispute", order, {"gateway": gateway, "number": number, "outcome": outcome}, lines, now)


def credited_before(order: Order) -> dict[str, rules.Taxed]:
    """What was credited of an order's sale already, by VAT code."""
    found: dict[str, rules.Taxed] = {}
    rows = db.session.execute(
        sa.select(JournalLine.vat, JournalLine.account, sa.func.sum(JournalLine.debit))
        .join(JournalEntry, JournalEntry.number == JournalLine.entry)
        .where(JournalEntry.order_id == order.id, JournalEntry.kind == "credit", JournalLine.vat.is_not(None))
        .group_by(JournalLine.vat, JournalLine.account)
    )
    for vat, account, amount in rows:
        assert vat is not None
        before = found.get(vat, rules.Taxed(vat, 0, 0))
        tax = int(amount) if account.startswith("vat:") else 0
        found[vat] = rules.Taxed(vat, before.gross + int(amount), before.tax + tax)
    return found


def credited_gross(order: Order) -> dict[str, int]:
    """What was credited of an order's sale already, taxes included, by VAT code."""
    return {vat: taxed.gross for vat, taxed in credited_before(order).items()}


def _register(kind: str, order: Order | None, facts: dict[str, str], lines: list[rules.Line], now: datetime) -> None:
    if lines[0].debit:
        register(Draft(kind, now, order.id if order else None, facts, lambda _head: Content(lines)))

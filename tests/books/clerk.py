"""What payments have the books do, without a gateway: each act in a transaction of its own."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import Flask

from shop.books.invariants import INVARIANTS
from shop.books.rules import CreditLine, spread
from shop.books.services import journal
from shop.books.services.close import close_due
from shop.core import clock
from shop.core.db import transaction
from shop.core.invariants import check
from shop.core.money import Money
from shop.orders.models import Order
from shop.orders.services.settle import lock_order
from tests.factories.rows import rows


class Clerk:
    """Keeps the books of a shop."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def act(self, order_id: str, work: Callable[[Order], Any]) -> Any:
        """Do something with a locked order."""
        with self.app.app_context(), transaction():
            return work(lock_order(UUID(order_id)))

    def sell(self, order_id: str, *, gateway: str = "wechat_pay") -> None:
        """An order is paid and sold, as when a callback tells it."""

        def work(order: Order) -> None:
            journal.sold(order, now=clock.now())
            journal.money_came(order, gateway=gateway, money=order.total, number=f"P{order.number}", now=clock.now())

        self.act(order_id, work)

    def credit(self, order_id: str, amount: int, *, reason: str = "double", gateway: str | None = "wechat_pay") -> None:
        """A part of the price is credited as goodwill, and goes back unless no gateway is named."""

        def work(order: Order) -> None:
            journal.credited(order, spread(order, amount), reason=reason, now=clock.now())
            if gateway:
                money = Money(amount, order.currency)
                journal.money_went(order, gateway=gateway, money=money, number=f"B{order.number}", now=clock.now())

        self.act(order_id, work)

    def credit_lines(self, order_id: str, lines: Sequence[CreditLine], reason: str = "double") -> None:
        """Lines of an order are credited."""
        self.act(order_id, lambda order: journal.credited(order, lines, reason=reason, now=clock.now()))

    def close(self) -> list[tuple[str, str, str]]:
        """Close what is due; gives period, first day and currency of each closing."""
        with self.app.app_context(), transaction():
            return [(one.period, str(one.starts_on), one.currency) for one in close_due(clock.now())]

    def lines(self) -> list[tuple[int, str, int, int]]:
        """Entry, account, debit and credit of every line."""
        found = rows(self.app, "SELECT entry, account, debit, credit FROM journal_lines ORDER BY entry, position")
        return [(row["entry"], row["account"], row["debit"], row["credit"]) for row in found]

    def balances(self) -> dict[str, int]:
        """Debit less credit of every account that is not level."""
        statement = "SELECT account, sum(debit - credit) AS sum FROM journal_lines GROUP BY account"
        return {row["account"]: int(row["sum"]) for row in rows(self.app, statement) if row["sum"]}

    def documents(self) -> list[str]:
        """The numbers of all documents, in the order of the journal."""
        statement = (
            "SELECT documents.number FROM journal_entries e JOIN documents ON documents.id = document_id"
            " ORDER BY e.number"
        )
        return [row["number"] for row in rows(self.app, statement)]

    def violations(self) -> list[str]:
        """What the audit of the books says."""
        with self.app.app_context():
            found = check(INVARIANTS, now=clock.now())
        return [f"{invariant.name}: {row}" for invariant, row in found]

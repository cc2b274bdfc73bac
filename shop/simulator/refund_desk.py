"""Giving money back: taking refunds, deciding what becomes of them, and telling the merchant."""

import contextlib
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from shop.simulator import refund_notices, refunds, refusals
from shop.simulator.courier import Courier
from shop.simulator.credentials import Account, Credentials
from shop.simulator.orders import Order, find_order, mark_refunded
from shop.simulator.refunds import STATES, Outcome, Refund
from shop.simulator.store import Store


class AlreadyEnded(Exception):
    """The refund has succeeded or was closed; nothing becomes of it any more."""


@dataclass(frozen=True)
class RefundHandling:
    """What becomes of every refund asked for from now on.

    Args:
        outcome: how it ends, at once unless delayed; one on hold waits to be settled.
        notify: whether the merchant is told of the end.
        not_enough: nothing is accepted, for want of balance.
        delay_seconds: between accepting and the end, by the machine's own clock; forgotten when it stops.
    """

    outcome: Outcome = "succeed"
    notify: bool = True
    not_enough: bool = False
    delay_seconds: float = 0


class RefundDesk:
    """Takes refunds of the paid orders of all merchants."""

    def __init__(self, store: Store, courier: Courier, credentials: Credentials, *, now: Callable[[], float]) -> None:
        self._store = store
        self._courier = courier
        self._credentials = credentials
        self._now = now
        self._timers: set[threading.Timer] = set()
        self.handling = RefundHandling()

    def ask(self, account: Account, asked: dict[str, Any]) -> tuple[Refund, Order]:
        """Accept a refund, and let happen to it what is to happen; the same request again gives the same refund.

        Returns:
            The refund as it was when accepted, or as it now is if it was asked for before; and its order.

        Raises:
            Refusal: the order was not paid, does not allow it, or the number was used for something else.
        """
        now, handling = self._now(), self.handling
        key = account.mode, account.merchant, asked["out_refund_no"]
        with self._store.transaction() as db:
            known = refunds.find_refund(db, key)
            if known is not None:
                if known.asked != asked:
                    raise refusals.refund_number_used(account.mode)
                return known, self._order_of(db, known)
            order = self._find_paid(db, account, asked)
            refunds.check_amount(order, asked["amount"])
            earlier = refunds.refunds_of(db, order)
            refunds.check_refundable(order, earlier, asked["amount"]["refund"], now)
            refunds.check_pace(earlier, now)
            if handling.not_enough:
                raise refusals.not_enough()
            refund = refunds.new_refund(order, asked["out_refund_no"], asked["amount"]["refund"], asked, now)
            refunds.insert(db, refund)
            mark_refunded(db, order)
            event_id = None
            if handling.outcome != "hold" and not handling.delay_seconds:
                _, event_id = self._end(db, refund, order, handling.outcome, notify=handling.notify)
        if event_id is not None:
            self._courier.add(event_id)
        if handling.outcome != "hold" and handling.delay_seconds:
            self._end_later(refund, handling)
        return refund, order

    def from_console(self, order: Order, amount: int, notify: bool = True, outcome: Outcome = "succeed") -> Refund:
        """Refund an order as somebody in the merchant's console does: under a number of WeChat Pay's choice.

        Raises:
            Refusal: the order was not paid, or does not allow it.
        """
        now = self._now()
        with self._store.transaction() as db:
            kept = find_order(db, "WHERE mode=? AND merchant=? AND out_trade_no=?", order.key, now)
            if kept is None or not kept.is_paid:
                raise refusals.not_refundable(order.mode)
            refunds.check_refundable(kept, refunds.refunds_of(db, kept), amount, now)
            refund = refunds.new_refund(kept, refunds.new_refund_id(now), amount, {}, now)
            refunds.insert(db, refund)
            mark_refunded(db, kept)
            event_id = None
            if outcome != "hold":
                refund, event_id = self._end(db, refund, kept, outcome, notify=notify)
        if event_id is not None:
            self._courier.add(event_id)
        return refund

    def settle(self, out_refund_no: str, outcome: Outcome, notify: bool = True, mode: str | None = None) -> Refund:
        """End a refund on hold, or an abnormal one.

        Raises:
            KeyError: no refund has this number.
            AlreadyEnded: it has ended for good.
        """
        found = self.find(out_refund_no, mode)
        if found is None:
            raise KeyError(out_refund_no)
        with self._store.transaction() as db:
            refund = refunds.find_refund(db, found.key)
            if refund is None or not refund.may_end:
                raise AlreadyEnded(out_refund_no)
            refund, event_id = self._end(db, refund, self._order_of(db, refund), outcome, notify=notify)
        if event_id is not None:
            self._courier.add(event_id)
        return refund

    def find(self, out_refund_no: str, mode: str | None = None) -> Refund | None:
        """The newest refund of this number, of any merchant or of one mode."""
        return self._one("WHERE out_refund_no=? AND mode=coalesce(?, mode)", out_refund_no, mode)

    def find_of(self, account: Account, field: str, number: str) -> tuple[Refund, Order] | None:
        """The merchant's refund whose `out_refund_no` or `refund_id` this is, and its order."""
        found = self._one(f"WHERE mode=? AND merchant=? AND {field}=?", account.mode, account.merchant, number)
        return None if found is None else (found, self.order_of(found))

    def of_order(self, order: Order) -> list[Refund]:
        """Every refund of an order, oldest first."""
        with self._store.transaction() as db:
            return refunds.refunds_of(db, order)

    def order_of(self, refund: Refund) -> Order:
        """The order a refund is of."""
        with self._store.transaction() as db:
            return self._order_of(db, refund)

    def stop(self) -> None:
        """Forget what was to happen later."""
        for timer in self._timers:
            timer.cancel()
            timer.join()

    def _one(self, condition: str, *values: Any) -> Refund | None:
        rows = self._store.rows(f"SELECT * FROM refunds {condition} ORDER BY made_at DESC LIMIT 1", *values)
        return refunds.read(rows[0]) if rows else None

    def _find_paid(self, db: sqlite3.Connection, account: Account, asked: dict[str, Any]) -> Order:
        field = "transaction_id" if "transaction_id" in asked else "out_trade_no"
        condition = f"WHERE mode=? AND merchant=? AND {field}=?"
        order = find_order(db, condition, (account.mode, account.merchant, asked[field]), self._now())
        if order is None or not order.is_paid:
            raise refusals.not_refundable(account.mode)
        return order

    def _order_of(self, db: sqlite3.Connection, refund: Refund) -> Order:
        key = refund.mode, refund.merchant, refund.out_trade_no
        order = find_order(db, "WHERE mode=? AND merchant=? AND out_trade_no=?", key, self._now())
        assert order is not None
        return order

    def _end(
        self, db: sqlite3.Connection, refund: Refund, order: Order, outcome: Outcome, *, notify: bool
    ) -> tuple[Refund, str | None]:
        now = self._now()
        ended = replace(refund, state=STATES[outcome], ended_at=now)
        refunds.record(db, ended)
        if not notify:
            return ended, None
        return ended, refund_notices.queue(db, ended, order, self._credentials.accounts[order.mode], now)

    def _end_later(self, refund: Refund, handling: RefundHandling) -> None:
        def end() -> None:
            with contextlib.suppress(AlreadyEnded):  # somebody settled it meanwhile
                self.settle(refund.out_refund_no, handling.outcome, handling.notify, refund.mode)

        timer = threading.Timer(handling.delay_seconds, end)
        timer.daemon = True
        timer.start()
        self._timers.add(timer)

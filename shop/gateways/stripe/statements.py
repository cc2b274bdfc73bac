"""Stripe's own books of a day: its balance transactions, in the shop's words.

Amounts are the buyers', fees what Stripe took. A line whose money came back is there with `succeeded` False: a
dispute that ended well, a fee returned.

https://docs.stripe.com/reports/balance-transaction-types
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import structlog
from stripe.params import BalanceTransactionListParamsCreated

from shop.core.money import Money
from shop.gateways.fields import Fields, find_object, find_text, get_text
from shop.gateways.payment import Statement, StatementLine
from shop.gateways.stripe.fields import find_id, find_moment, find_number, get_amount, get_signed
from shop.gateways.stripe.refunds import find_transaction, read_refund

EXPANDED = ["data.source"]
# Money on its way to the shop's bank or from it, and kept aside: none of it is a buyer's.
OURS_ALREADY = frozenset({"payout", "payout_cancel", "payout_failure", "payout_minimum_balance_hold", "topup"})
UNDONE = frozenset({"refund_failure"})  # the refund's own line, of an earlier day, says by now that it failed
PAYMENTS = frozenset({"charge", "payment"})
REFUNDS = frozenset({"refund", "payment_refund"})
FEES = frozenset({"stripe_fee", "stripe_fx_fee", "tax_fee", "network_cost", "application_fee"})

log = structlog.get_logger(__name__)


def bounds(day: date) -> BalanceTransactionListParamsCreated:
    """The first second of a UTC day, and that of the next."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return {"gte": int(start.timestamp()), "lt": int((start + timedelta(days=1)).timestamp())}


def read_statement(day: date, movements: Iterable[Fields]) -> Statement:
    """A day of books.

    Raises:
        Malformed: a field is missing or not of its type.
    """
    movements = list(movements)
    written = json.dumps(movements, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    lines = tuple(line for movement in movements for line in _lines(movement))
    return Statement(day, lines, hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest())


def _lines(movement: Fields) -> Iterator[StatementLine]:
    """The line of one movement; a second one where its fee is in another currency than what the buyer paid."""
    kind, source = get_text(movement, "type"), find_object(movement, "source")
    if kind in OURS_ALREADY or kind in UNDONE:
        return
    if kind in PAYMENTS:
        transaction_id = find_id(source, "payment_intent") or get_text(source, "id")
        line = StatementLine(
            "payment", get_amount(source, "amount"), number=find_number(source), transaction_id=transaction_id
        )
        yield from _with_fee(line, movement)
    elif kind in REFUNDS:
        refund = read_refund(source)
        line = StatementLine(
            "refund",
            get_amount(source, "amount"),
            number=refund.payment_number,
            transaction_id=refund.transaction_id,
            refund_number=refund.number,
            refund_id=refund.refund_id,
            succeeded=refund.state == "succeeded",
        )
        yield from _with_fee(line, movement)
    elif kind == "adjustment" and find_text(source, "object") == "dispute":
        withheld = get_signed(movement, "amount") < 0
        line = StatementLine(
            "dispute",
            get_amount(source, "amount"),
            transaction_id=find_transaction(source),
            succeeded=withheld,
        )
        yield from _with_fee(line, movement)
    elif kind in FEES:
        yield _fee(movement, -get_signed(movement, "amount"), find_transaction(source))
    else:
        log.warning("stripe_movement_not_understood", movement=get_text(movement, "id"), type=kind)


def _with_fee(line: StatementLine, movement: Fields) -> Iterator[StatementLine]:
    fee, at = get_signed(movement, "fee"), find_moment(movement)
    if get_text(movement, "currency").upper() == line.amount.currency:
        yield replace(line, fee=fee, at=at)
        return
    yield replace(line, at=at)
    if fee:
        yield _fee(movement, fee, line.transaction_id)


def _fee(movement: Fields, fee: int, transaction_id: str | None) -> StatementLine:
    amount = Money(abs(fee), get_text(movement, "currency").upper())
    return StatementLine("fee", amount, transaction_id=transaction_id, at=find_moment(movement), succeeded=fee >= 0)

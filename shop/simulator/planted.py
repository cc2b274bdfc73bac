"""Differences put into a day's statement on request: what a merchant's reconciliation is to find."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from shop.simulator.credentials import PRICING_CURRENCY, Account
from shop.simulator.movements import Movement, begin_of, payment_of, refund_of
from shop.simulator.orders import Order, Payer, new_order
from shop.simulator.refunds import new_refund, new_refund_id

Kind = Literal["missing", "doubled", "other-amount", "unknown-order", "unknown-refund"]
NOON_SECONDS = 12 * 3600
NOBODY = "o" + "0" * 27


@dataclass(frozen=True)
class Difference:
    """One thing a statement tells otherwise than it was.

    Args:
        number: the out_trade_no of a payment, or the out_refund_no of a refund.
        amount: told in place of the true one, in the minor unit.
        invented: what never moved, and is told.
    """

    kind: Kind
    number: str = ""
    amount: int = 0
    invented: Movement | None = None


def stray_payment(account: Account, amount: int, day: date) -> Movement:
    """A payment of an order nobody placed."""
    noon = begin_of(day) + NOON_SECONDS
    asked = {
        "out_trade_no": f"stray{new_refund_id(noon)[-10:]}",
        "description": "?",
        "amount": {"total": amount, "currency": PRICING_CURRENCY if account.mode == "global" else "CNY"},
    }
    return payment_of(replace(new_order(account, asked, Payer(account.app_id, NOBODY), noon), paid_at=noon))


def stray_refund(order: Order, amount: int, day: date) -> Movement:
    """A refund of a known order that nobody asked for."""
    noon = begin_of(day) + NOON_SECONDS
    return refund_of(replace(new_refund(order, new_refund_id(noon), amount, {}, noon), state="SUCCESS"), order)


def altered(movements: Sequence[Movement], differences: Sequence[Difference]) -> list[Movement]:
    """The movements as the statement tells them; a number that did not move on the day changes nothing."""
    told = list(movements)
    for one in differences:
        hit = [movement for movement in told if one.number and movement.number == one.number]
        if one.invented is not None:
            told.append(one.invented)
        elif one.kind == "doubled":
            told += hit
        else:
            told = [movement for movement in told if movement not in hit]
        if one.kind == "other-amount":
            told += [replace(movement, amount=one.amount) for movement in hit]
    return sorted(told, key=lambda movement: movement.at)

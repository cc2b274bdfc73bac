"""What the shop asks of any payment gateway, in the shop's words.

A gateway knows no database and no order: it is told a number and an amount, and tells facts back. What
follows from the facts is decided in `shop.payments`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from shop.core.money import Money

State = Literal["unpaid", "paying", "paid", "closed", "unknown"]
NoticeKind = Literal["payment", "refund", "other"]


@dataclass(frozen=True)
class Charge:
    """What a buyer is asked to pay.

    Args:
        number: our own number of the attempt, unique at the gateway for ever.
        payer: the gateway's own name for the buyer (an openid); None where the gateway asks the buyer.
        expires_at: the last moment it may be paid.
    """

    number: str
    amount: Money
    description: str
    payer: str | None
    expires_at: datetime
    notify_url: str


@dataclass(frozen=True)
class GatewayPayment:
    """What a gateway says of one attempt, from a verified notice or a verified answer to our question.

    Args:
        state: `unknown` means the gateway has never heard of the number; `paying` that it cannot be closed now.
        amount: what the buyer owed in the currency of the order; None before payment.
        refund_asked: somebody has asked the gateway to give money of it back, not necessarily the shop.
        merchant_is_ours: False if the fact names another merchant, sub-merchant or appid than ours.
        facts: what may be logged and shown to staff; never an openid.
    """

    number: str
    state: State
    transaction_id: str | None = None
    amount: Money | None = None
    paid_at: datetime | None = None
    merchant_is_ours: bool = True
    refund_asked: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Notice:
    """A verified, fresh and decrypted message from a gateway."""

    event_id: str
    event_type: str
    kind: NoticeKind
    payment: GatewayPayment | None
    facts: Mapping[str, Any] = field(default_factory=dict)


class PaymentGateway(Protocol):
    """A way to be paid. Every method may raise PaymentProviderDown; none may be called inside a transaction."""

    name: str
    currencies: frozenset[str]

    def open(self, charge: Charge) -> str:
        """Announce a charge; repeatable with the same charge.

        Returns:
            The gateway's reference to it, from which `client` is made.
        """
        ...

    def client(self, reference: str) -> dict[str, str]:
        """What the buyer's device needs to pay; made anew each time, no call is made."""
        ...

    def find(self, number: str) -> GatewayPayment:
        """Ask what became of a charge."""
        ...

    def close(self, number: str) -> None:
        """Ask that a charge can no longer be paid. Not a proof that it cannot: ask again with `find`."""
        ...

    def read_notice(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice:
        """Verify and decrypt a callback; makes no call and writes nothing.

        Raises:
            NoticeRefused: it is not genuine, not fresh, or not well formed.
            NoticeUnreadable: it is genuine, but our key does not open it.
        """
        ...

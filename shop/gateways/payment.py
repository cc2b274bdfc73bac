"""What the shop asks of any payment gateway, in the shop's words.

A gateway knows no database and no order: it is told a number and an amount, and tells facts back. What
follows from the facts is decided in `shop.payments`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Literal, Protocol, runtime_checkable

from shop.core.money import Money

State = Literal["unpaid", "paying", "paid", "closed", "unknown"]
RefundState = Literal["processing", "succeeded", "closed", "abnormal", "unknown"]
DisputeState = Literal["open", "won", "lost"]
LineKind = Literal["payment", "refund", "dispute", "fee"]
NoticeKind = Literal["payment", "refund", "dispute", "other"]


@dataclass(frozen=True)
class Charge:
    """What a buyer is asked to pay.

    Args:
        number: our own number of the attempt, unique at the gateway for ever.
        payer: the gateway's own name for the buyer (an openid); None where the gateway asks the buyer.
        expires_at: the last moment it may be paid.
        return_url: the page a buyer who pays in a browser comes back to.
    """

    number: str
    amount: Money
    description: str
    payer: str | None
    expires_at: datetime
    notify_url: str
    return_url: str = ""


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
class Repayment:
    """Money that is to go back to a buyer.

    Args:
        number: our own number of the refund, unique at the gateway for ever; asked again with the same number, the
            gateway refunds once.
        transaction_id: the gateway's number of the payment.
        paid: all that was received by the payment.
        refund_id: the gateway's number of the refund, if it has told us.
        reason: a few words for the buyer, in the language of the order.
    """

    number: str
    payment_number: str
    transaction_id: str
    amount: Money
    paid: Money
    refund_id: str | None
    reason: str
    notify_url: str


@dataclass(frozen=True)
class GatewayRefund:
    """What a gateway says of one refund, from a verified notice or a verified answer.

    Args:
        number: ours; None if the gateway knows it under no number of a merchant (made in its console).
        payment_number: ours of the payment, if told.
        state: `unknown` means the gateway has never heard of it; `abnormal` and `closed` that it failed for good:
            after `closed` the money never left, after `abnormal` it waits at the gateway for somebody to decide.
        amount: what goes back, in the currency of the order.
        facts: what may be logged and shown to staff; never an openid.
    """

    number: str | None
    state: RefundState
    payment_number: str | None = None
    transaction_id: str | None = None
    refund_id: str | None = None
    amount: Money | None = None
    succeeded_at: datetime | None = None
    merchant_is_ours: bool = True
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class GatewayDispute:
    """A buyer's bank takes a payment back, or wants to.

    Args:
        amount: what is disputed.
        withheld: the gateway keeps it while the dispute is open; after a mere inquiry it does not.
    """

    dispute_id: str
    transaction_id: str
    state: DisputeState
    amount: Money
    reason: str
    withheld: bool = True
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Subject:
    """What a notice is about, where the notice itself is only a reason to ask: one of these is known."""

    payment_number: str | None = None
    transaction_id: str | None = None
    refund_id: str | None = None
    dispute_id: str | None = None


@dataclass(frozen=True)
class Notice:
    """A verified, fresh and decrypted message from a gateway.

    Args:
        payment, refund: what it says, if it may be acted upon as it is.
        subject: what must be asked about before anything is done.
        harmless: nobody needs to know of it.
        sealed: its body is encrypted, and may be kept as it came; any other may hold what is the buyer's alone.
    """

    event_id: str
    event_type: str
    kind: NoticeKind
    payment: GatewayPayment | None
    facts: Mapping[str, Any] = field(default_factory=dict)
    refund: GatewayRefund | None = None
    subject: Subject | None = None
    harmless: bool = False
    sealed: bool = False


@dataclass(frozen=True)
class StatementLine:
    """One movement of money in a gateway's own books.

    Args:
        amount: never negative; `kind` says which way it went.
        number: ours of the payment, if the statement tells it.
        refund_number: ours of the refund, if it tells it.
        fee: what the gateway keeps of it, minor units of the same currency; negative if given back.
        succeeded: whether the money has moved for good; a refund may be listed while it is under way.
    """

    kind: LineKind
    amount: Money
    number: str | None = None
    transaction_id: str | None = None
    refund_number: str | None = None
    refund_id: str | None = None
    fee: int = 0
    at: datetime | None = None
    succeeded: bool = True


@dataclass(frozen=True)
class Statement:
    """A gateway's own books of one of its days, complete.

    Args:
        digest: SHA-256 of what was downloaded, hex.
        is_absent: the gateway says that there is none for the day.
    """

    day: date
    lines: tuple[StatementLine, ...]
    digest: str
    is_absent: bool = False


class PaymentGateway(Protocol):
    """A way to be paid. Every method may raise PaymentProviderDown; none may be called inside a transaction.

    Args:
        callback: the last part of the path where its notices are received.
        zone: the clocks by which its days are counted.
        shortest: the least time it gives a buyer to pay; anything shorter is silently made so long.
    """

    name: str
    currencies: frozenset[str]
    callback: str
    zone: tzinfo
    shortest: timedelta

    def open(self, charge: Charge) -> str:
        """Announce a charge; repeatable with the same charge.

        Returns:
            The gateway's reference to it, from which `client` is made.
        """
        ...

    def client(self, reference: str) -> dict[str, str]:
        """What the buyer's device needs to pay; made anew each time, no call is made."""
        ...

    def find(self, number: str, reference: str | None = None) -> GatewayPayment:
        """Ask what became of a charge.

        Args:
            reference: what `open` gave, if its answer came.
        """
        ...

    def close(self, number: str, reference: str | None = None) -> None:
        """Ask that a charge can no longer be paid. Not a proof that it cannot: ask again with `find`."""
        ...

    def refund(self, repayment: Repayment) -> GatewayRefund:
        """Ask that money goes back; repeatable with the same repayment. Accepted is not yet done.

        Raises:
            RefundNotNow: the same repayment may be asked for again later.
            RefundRefused: it never will be done under this number.
        """
        ...

    def find_refund(self, repayment: Repayment) -> GatewayRefund:
        """Ask what became of a refund."""
        ...

    def statement_due(self, day: date) -> datetime:
        """When the statement of one of its days is published."""
        ...

    def statement(self, day: date) -> Statement:
        """Its own books of one of its days; empty if nothing moved.

        Raises:
            StatementNotReady: it is not published yet, or not in a form that can be believed.
        """
        ...

    def read_notice(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice:
        """Verify and decrypt a callback; makes no call and writes nothing.

        Raises:
            NoticeRefused: it is not genuine, not fresh, or not well formed.
            NoticeUnreadable: it is genuine, but our key does not open it.
        """
        ...


@runtime_checkable
class TellsDisputes(Protocol):
    """A gateway whose payments can be disputed by the buyer's bank."""

    def find_dispute(self, dispute_id: str) -> GatewayDispute:
        """Ask how a dispute stands."""
        ...


@runtime_checkable
class TellsRefunds(Protocol):
    """A gateway that can list the refunds of a payment, also those somebody made in its console."""

    def refunds_of(self, transaction_id: str) -> list[GatewayRefund]:
        """Ask for all refunds of a payment."""
        ...

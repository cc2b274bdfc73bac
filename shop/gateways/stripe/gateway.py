"""Stripe Checkout as a way to be paid: https://docs.stripe.com/payments/accept-a-payment?ui=stripe-hosted"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import partial
from typing import TypeVar, cast

import stripe
from stripe.params import BalanceTransactionListParams, RefundListParams

from shop.core import clock as shop_clock
from shop.gateways.errors import PaymentProviderDown, RefundNotNow, RefundRefused, StatementNotReady, StillBeingPaid
from shop.gateways.fields import Fields, Malformed, find_text, get_text
from shop.gateways.payment import Charge, GatewayDispute, GatewayPayment, GatewayRefund, Notice, Repayment, Statement
from shop.gateways.stripe import notices, params, statements
from shop.gateways.stripe.client import Client, Refused, not_understood
from shop.gateways.stripe.fields import find_number
from shop.gateways.stripe.refunds import read_dispute, read_refund
from shop.gateways.stripe.sessions import EXPANDED, read_session
from shop.gateways.stripe.settings import StripeSettings

LATE = timedelta(hours=2)
NOT_NOW = {
    "balance_insufficient": "not-enough",
    "insufficient_funds": "not-enough",
    "rate_limit": "too-often",
    "lock_timeout": "too-often",
}

Read = TypeVar("Read")


class StripeCheckout:
    """Payments on Stripe's own page, through one account; thread-safe.

    Euros and yuan are what the shop's prices are in; a card of any currency pays both.

    Args:
        http: given by tests.
    """

    name = "stripe"
    callback = "stripe"
    zone: tzinfo = UTC
    currencies = frozenset({"EUR", "CNY"})
    shortest = params.SHORTEST + timedelta(minutes=1)

    def __init__(
        self,
        settings: StripeSettings,
        clock: Callable[[], datetime] = shop_clock.now,
        http: stripe.HTTPClient | None = None,
    ) -> None:
        self._settings = settings
        self._client = Client(settings, http)
        self._api = self._client.api
        self._clock = clock

    def open(self, charge: Charge) -> str:
        """Open a session. The same charge again, a day long, is the same session: an idempotency key sees to it.

        A repetition that would have to end later, because the charge leaves less than Stripe's half hour, is refused
        by Stripe; then nobody knows the session, and another attempt under another number is in order.

        Returns:
            The session's id and, behind a bar, the page on which it is paid.

        Raises:
            PaymentProviderDown: it was not opened, or nobody knows; unknown to the buyer, it cannot be paid.
            ValueError: the charge is in another currency.
        """
        if charge.amount.currency not in self.currencies:
            raise ValueError("The charge is in a currency that is not offered at Stripe")
        wanted, options = params.session(charge, self._clock())
        session = self._client.ask("open", charge.number, lambda: self._api.checkout.sessions.create(wanted, options))
        return self._read("open", charge.number, lambda: f"{get_text(session, 'id')}|{get_text(session, 'url')}")

    def client(self, reference: str) -> dict[str, str]:
        """The page to which the buyer is sent."""
        return {"url": reference.partition("|")[2]}

    def find(self, number: str, reference: str | None = None) -> GatewayPayment:
        """Ask what became of a session.

        Without a reference its address never came here, so no buyer has ever seen it: as good as unknown, and it
        ends by itself.

        Raises:
            PaymentProviderDown: no answer, or one that does not tell.
        """
        if not reference:
            return GatewayPayment(number=number, state="unknown")
        session = self._session("find", number, reference)
        payment = self._read("find", number, lambda: read_session(session, is_live=self._settings.is_live))
        if payment.number != number:
            raise not_understood("find", number, "client_reference_id")
        return payment

    def close(self, number: str, reference: str | None = None) -> None:
        """End a session; that it is paid or over already is no failure.

        https://docs.stripe.com/api/checkout/sessions/expire

        Raises:
            StillBeingPaid: Stripe will not end it now.
            PaymentProviderDown: it is not certain that it was done.
        """
        if not reference:
            return
        try:
            self._client.call("close", number, lambda: self._api.checkout.sessions.expire(_id(reference)))
        except Refused as refusal:
            if refusal.status != 400:
                raise PaymentProviderDown from None
            session = self._session("close", number, reference)
            if session.get("status") == "open":
                raise StillBeingPaid from None

    def refund(self, repayment: Repayment) -> GatewayRefund:
        """Ask that money goes back, unless a refund of this number is there already.

        Stripe forgets idempotency keys after a day, so the list of the payment's refunds is read first; the key
        keeps two calls at the same moment apart.

        Raises:
            RefundNotNow: the balance does not suffice, or too much is asked at once.
            RefundRefused: Stripe will not, for instance because the buyer's bank already has.
            PaymentProviderDown: nobody knows.
        """
        try:
            return self._made(repayment) or self._make(repayment)
        except Refused as refusal:
            if refusal.code in NOT_NOW:
                raise RefundNotNow(NOT_NOW[refusal.code]) from None
            raise RefundRefused(refusal.code) from None

    def find_refund(self, repayment: Repayment) -> GatewayRefund:
        """Ask what became of a refund.

        Raises:
            PaymentProviderDown: no answer, or one that does not tell.
        """
        with _nothing_refused():
            return self._made(repayment) or GatewayRefund(number=repayment.number, state="unknown")

    def refunds_of(self, transaction_id: str) -> list[GatewayRefund]:
        """All refunds of a payment, those made in the dashboard too, which have no number of ours.

        Raises:
            PaymentProviderDown: no answer, or one that does not tell.
        """
        with _nothing_refused():
            listed = list(self._refunds(transaction_id))
        return self._read("refunds_of", transaction_id, lambda: [read_refund(refund) for refund in listed])

    def find_dispute(self, dispute_id: str) -> GatewayDispute:
        """Ask how a dispute stands.

        Raises:
            PaymentProviderDown: no answer, or one that does not tell.
        """
        dispute = self._client.ask("find_dispute", dispute_id, lambda: self._api.disputes.retrieve(dispute_id))
        return self._read("find_dispute", dispute_id, lambda: read_dispute(dispute))

    def statement_due(self, day: date) -> datetime:
        """Two hours after the day: what moved in its last minutes, and what a retry wrote late, is in by then."""
        return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1) + LATE

    def statement(self, day: date) -> Statement:
        """Stripe's books of a day in UTC.

        Raises:
            StatementNotReady: the day is not over, or something in them cannot be understood.
            PaymentProviderDown: no answer.
        """
        if self._clock() < self.statement_due(day) - LATE:
            raise StatementNotReady("too-early")
        wanted: BalanceTransactionListParams = {"created": statements.bounds(day), "expand": statements.EXPANDED}
        movements = self._client.pages(
            "statement",
            day.isoformat(),
            lambda page: self._api.balance_transactions.list(cast(BalanceTransactionListParams, {**wanted, **page})),
        )
        try:
            with _nothing_refused():
                return statements.read_statement(day, movements)
        except Malformed as problem:
            raise StatementNotReady(f"not-understood: {problem}") from None

    def read_notice(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice:
        """Verify an event; makes no call and writes nothing.

        Raises:
            NoticeRefused: it is not genuine, not fresh, or not well formed.
        """
        return notices.read_notice(headers, body, now, settings=self._settings)

    def _session(self, operation: str, number: str, reference: str) -> Fields:
        return self._client.ask(
            operation,
            number,
            lambda: self._api.checkout.sessions.retrieve(_id(reference), {"expand": EXPANDED}),
        )

    def _make(self, repayment: Repayment) -> GatewayRefund:
        wanted, options = params.refund(repayment)
        refund = self._client.call("refund", repayment.number, lambda: self._api.refunds.create(wanted, options))
        return self._read("refund", repayment.number, lambda: read_refund(refund))

    def _made(self, repayment: Repayment) -> GatewayRefund | None:
        for refund in self._refunds(repayment.transaction_id):
            made = self._read("refund", repayment.number, partial(_of, repayment, refund))
            if made:
                return made
        return None

    def _refunds(self, transaction_id: str) -> Iterator[Fields]:
        wanted: RefundListParams = {"payment_intent": transaction_id}
        return self._client.pages(
            "refunds_of",
            transaction_id,
            lambda page: self._api.refunds.list(cast(RefundListParams, {**wanted, **page})),
        )

    def _read(self, operation: str, subject: str, read: Callable[[], Read]) -> Read:
        try:
            return read()
        except Malformed as problem:
            raise not_understood(operation, subject, str(problem)) from None


def build_stripe(settings: StripeSettings) -> StripeCheckout:
    """The gateway of these settings."""
    return StripeCheckout(settings)


@contextmanager
def _nothing_refused() -> Iterator[None]:
    """Questions that have no reason to be refused; where they are, nobody knows the answer."""
    try:
        yield
    except Refused:
        raise PaymentProviderDown from None


def _of(repayment: Repayment, refund: Fields) -> GatewayRefund | None:
    """The refund, if it is the one that was asked for; others need not be understood."""
    names = {find_number(refund), find_text(refund, "id")} - {None}
    return read_refund(refund) if names & {repayment.number, repayment.refund_id} else None


def _id(reference: str) -> str:
    """The session's id in a reference."""
    return reference.partition("|")[0]

"""Stripe, played on this machine: its API over real HTTP, buyers and banks by method calls, events on demand.

Its clock is the process's, so a test that moves time moves it too. It answers as
https://docs.stripe.com/api describes; it was written from that description, not from an account.
"""

import hmac
import json
import secrets
import threading
import time
from collections import deque
from types import TracebackType
from typing import Any, Literal

import requests

from tests.simulators.stripe_account import Account
from tests.simulators.stripe_api import Api
from tests.simulators.stripe_forms import Problem
from tests.simulators.stripe_http import FaultKind, Server

Fields = dict[str, Any]


class SimulatedStripe:
    """An account at Stripe with a server in front of it; use it in a `with` statement.

    Attributes:
        events: what happened and was not delivered yet, oldest first; tests may change, double or drop them.
        movements: the account's balance transactions; tests may plant mistakes in them.
        calls: method and path of each request that came.
    """

    def __init__(self) -> None:
        self.api_key = f"sk_test_{secrets.token_hex(16)}"
        self.webhook_secret = f"whsec_{secrets.token_hex(16)}"
        self.account = Account()
        self.api = Api(self.account)
        self._lock = threading.RLock()
        self._server = Server(self.api, self.api_key, self._lock)
        self.address = self._server.address

    def __enter__(self) -> "SimulatedStripe":
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()

    @property
    def events(self) -> list[Fields]:
        return self.account.events

    @property
    def movements(self) -> list[Fields]:
        return self.account.movements

    @property
    def calls(self) -> list[tuple[str, str]]:
        return [(seen.method, seen.path) for seen in self._server.seen]

    @property
    def requests(self) -> list[Any]:
        """Each request that came, with its headers and fields."""
        return list(self._server.seen)

    # Sessions

    @property
    def sessions(self) -> list[Fields]:
        """Newest first."""
        return self.account.all_of("checkout.session")

    def session_of(self, number: str) -> Fields:
        """The one session opened for a number of the shop's."""
        [session] = [one for one in self.sessions if one["client_reference_id"] == number]
        return session

    def pay(
        self, session_id: str, amount: int | None = None, currency: str | None = None, method: str = "card"
    ) -> Fields:
        """The buyer pays, as asked or something else; tells the payment.

        Raises:
            Problem: the session is not open.
        """
        with self._lock:
            self.pay_later(session_id, amount, currency, method)
            self.events.pop()
            session = self.account.objects[session_id]
            self.account.receive(session)
            self.account.tell("checkout.session.completed", session)
            return self.account.objects[session["payment_intent"]]

    def pay_later(
        self, session_id: str, amount: int | None = None, currency: str | None = None, method: str = "wechat_pay"
    ) -> Fields:
        """The buyer has done their part, but the money is not certain yet; tells the payment.

        Raises:
            Problem: the session is not open.
        """
        with self._lock:
            self.account.let_expire()
            session = self.api.find("checkout.session", session_id)
            if session["status"] != "open":
                raise Problem(400, f"The page says it is {session['status']}")
            session["amount_total"] = amount or session["amount_total"]
            session["currency"] = currency or session["currency"]
            intent = self.account.confirm(session, method)
            self.account.tell("checkout.session.completed", session)
            return intent

    def end_payment(self, session_id: str, *, succeeded: bool) -> None:
        """What `pay_later` began comes to its end."""
        with self._lock:
            session = self.api.find("checkout.session", session_id)
            if succeeded:
                self.account.receive(session)
            else:
                intent = self.account.objects[session["payment_intent"]]
                intent["status"] = "requires_payment_method"
                self.account.tell("payment_intent.payment_failed", intent)
            end = "succeeded" if succeeded else "failed"
            self.account.tell(f"checkout.session.async_payment_{end}", session)

    def expire(self, session_id: str) -> None:
        """Its time is over."""
        with self._lock:
            self.account.end_session(self.api.find("checkout.session", session_id))

    def hold_open(self, session_id: str) -> None:
        """The buyer is at it: Stripe will not end the session now."""
        with self._lock:
            self.api.find("checkout.session", session_id)["held_open"] = True

    # Refunds and disputes

    @property
    def refunds(self) -> list[Fields]:
        """Newest first."""
        return self.account.all_of("refund")

    def refuse_refunds(self, code: str | None, *, status: int = 400, kept: bool = False) -> None:
        """Refuse all that are asked for, until it is called with None.

        Args:
            kept: whether the answer is repeated to the same idempotency key for a day.
        """
        refusal = Problem(status, "Refused by the test", code=code, kept=kept) if code else None
        self.api.refund_refusal = refusal

    def let_refunds(self, status: Literal["succeeded", "pending"]) -> None:
        """How refunds begin from now on."""
        self.account.refunds_are = status

    def settle_refund(self, refund_id: str, status: Literal["succeeded", "failed", "canceled"]) -> None:
        with self._lock:
            self.account.settle_refund(self.api.find("refund", refund_id), status)

    def refund_in_dashboard(self, payment_intent: str, amount: int) -> Fields:
        """Somebody refunds there, without a number of the shop's."""
        with self._lock:
            return self.account.add_refund(self.api.find("payment_intent", payment_intent), amount, {}, None)

    def dispute(self, payment_intent: str, amount: int | None = None, status: str = "needs_response") -> Fields:
        """The buyer's bank takes the money back, or with a `warning_…` status asks first."""
        with self._lock:
            intent = self.api.find("payment_intent", payment_intent)
            return self.account.add_dispute(intent, amount or intent["amount"], status)

    def close_dispute(self, dispute_id: str, status: Literal["won", "lost", "warning_closed"]) -> None:
        with self._lock:
            self.account.close_dispute(self.api.find("dispute", dispute_id), status)

    # Events

    def signed(self, event: Fields, secret: str | None = None, at: float | None = None) -> tuple[Fields, bytes]:
        """Headers and body of an event as Stripe sends it.

        Args:
            at: seconds since 1970; None: now.
        """
        body = json.dumps(event, indent=2, ensure_ascii=False).encode()
        seconds = int(time.time() if at is None else at)
        signature = hmac.new((secret or self.webhook_secret).encode(), b"%d." % seconds + body, "sha256").hexdigest()
        headers = {"Content-Type": "application/json", "Stripe-Signature": f"t={seconds},v1={signature}"}
        return headers, body

    def deliver(self, url: str) -> list[int]:
        """Send what was not delivered yet, once, in order; what is not acknowledged stays. Tells the answers."""
        with self._lock:
            waiting = deque(self.events)
            self.events.clear()
        answers = []
        for event in waiting:
            headers, body = self.signed(event)
            answer = requests.post(url, data=body, headers=headers, timeout=10)
            answers.append(answer.status_code)
            if not answer.ok:
                self.events.append(event)
        return answers

    # Trouble

    def fail(self, kind: FaultKind, path: str = "", times: int = 2) -> None:
        """Answer the next requests wrongly; a call of the shop's makes up to two.

        Args:
            path: of which requests: what their method and path contain, `POST /v1/refunds`.
        """
        self._server.fail(kind, path, times)

    def behave(self) -> None:
        """Everything well again."""
        self._server.faults.clear()
        self.refuse_refunds(None)
        self.let_refunds("succeeded")

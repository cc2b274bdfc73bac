"""One account at the simulated Stripe: what is in it, and what happens to it. Knows no HTTP.

Objects are shaped as https://docs.stripe.com/api shows them, with what buyers told Stripe about themselves.
"""

import copy
import secrets
import time
from typing import Any

API_VERSION = "2026-10-28.endive"
BUYER = {"email": "mei@example.com", "name": "Mei Lin", "phone": "+33612345678"}
CARD = {"brand": "visa", "last4": "4242", "fingerprint": "fp4242424242424242", "exp_month": 12, "exp_year": 2031}
FEE_PERCENT, FEE_FIXED = 1.5, 25
DISPUTE_FEE = 2000
SETTLES_IN = "eur"
RATES = {"eur": 1.0, "cny": 0.13}

Fields = dict[str, Any]


class Account:
    """Objects by id in the order they were made, movements of money, and events not yet told."""

    def __init__(self) -> None:
        self.objects: dict[str, Fields] = {}
        self.movements: list[Fields] = []
        self.events: list[Fields] = []
        self.refunds_are = "succeeded"

    # What the API makes

    def add(self, prefix: str, kind: str, **fields: Any) -> Fields:
        made = {"id": f"{prefix}_{secrets.token_hex(12)}", "object": kind, "created": int(time.time()), **fields}
        self.objects[made["id"]] = made
        return made

    def all_of(self, kind: str) -> list[Fields]:
        """Newest first, as Stripe lists."""
        return [one for one in reversed(self.objects.values()) if one["object"] == kind]

    def add_session(self, *, amount: int, currency: str, expires_at: int, **fields: Any) -> Fields:
        session = self.add(
            "cs_test",
            "checkout.session",
            amount_total=amount,
            currency=currency,
            customer_details=None,
            expires_at=expires_at,
            livemode=False,
            mode="payment",
            payment_intent=None,
            payment_status="unpaid",
            status="open",
            **fields,
        )
        session["url"] = f"https://checkout.stripe.com/c/pay/{session['id']}#fid{secrets.token_hex(40)}"
        return session

    def add_refund(self, intent: Fields, amount: int, metadata: Fields, reason: str | None) -> Fields:
        charge = self.objects[intent["latest_charge"]]
        refund = self.add(
            "re",
            "refund",
            amount=amount,
            charge=charge["id"],
            currency=charge["currency"],
            failure_reason=None,
            metadata=metadata,
            payment_intent=intent["id"],
            pending_reason="processing" if self.refunds_are == "pending" else None,
            reason=reason,
            status=self.refunds_are,
        )
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self.move("refund" if self._by_card(charge) else "payment_refund", -amount, refund)
        self.tell("refund.created", refund)
        self.tell("charge.refunded", charge)
        return refund

    # What buyers, banks and time do

    def let_expire(self) -> None:
        """End the sessions whose time is over."""
        for session in self.all_of("checkout.session"):
            if session["status"] == "open" and session["expires_at"] <= time.time():
                self.end_session(session)

    def end_session(self, session: Fields) -> None:
        session.update(status="expired", url=None)
        self.tell("checkout.session.expired", session)

    def confirm(self, session: Fields, method: str) -> Fields:
        """The buyer has told how to pay; the money is not there yet."""
        session.update(status="complete", url=None, customer_details=BUYER)
        intent = self.add(
            "pi",
            "payment_intent",
            amount=session["amount_total"],
            amount_received=0,
            client_secret=secrets.token_hex(12),
            currency=session["currency"],
            latest_charge=None,
            livemode=False,
            metadata=session["payment_intent_data"]["metadata"],
            payment_method_types=[method],
            receipt_email=BUYER["email"],
            status="processing",
        )
        session["payment_intent"] = intent["id"]
        return intent

    def receive(self, session: Fields) -> None:
        """The money is there."""
        intent = self.objects[session["payment_intent"]]
        method = intent["payment_method_types"][0]
        charge = self.add(
            "ch",
            "charge",
            amount=intent["amount"],
            amount_refunded=0,
            billing_details=BUYER,
            currency=intent["currency"],
            disputed=False,
            livemode=False,
            metadata=intent["metadata"],
            paid=True,
            payment_intent=intent["id"],
            payment_method_details={"type": method, method: CARD if method == "card" else {}},
            refunded=False,
            status="succeeded",
        )
        intent.update(status="succeeded", amount_received=intent["amount"], latest_charge=charge["id"])
        session["payment_status"] = "paid"
        fee = round(charge["amount"] * RATES[charge["currency"]] * FEE_PERCENT / 100) + FEE_FIXED
        self.move("charge" if method == "card" else "payment", charge["amount"], charge, fee=fee)
        self.tell("charge.succeeded", charge)
        self.tell("payment_intent.succeeded", intent)

    def settle_refund(self, refund: Fields, status: str) -> None:
        refund.update(status=status, pending_reason=None)
        if status == "failed":
            refund["failure_reason"] = "expired_or_canceled_card"
            self.objects[refund["charge"]]["amount_refunded"] -= refund["amount"]
            self.move("refund_failure", refund["amount"], refund)
        self.tell("refund.failed" if status == "failed" else "refund.updated", refund)

    def add_dispute(self, intent: Fields, amount: int, status: str) -> Fields:
        charge = self.objects[intent["latest_charge"]]
        charge["disputed"] = True
        dispute = self.add(
            "du",
            "dispute",
            amount=amount,
            charge=charge["id"],
            currency=charge["currency"],
            evidence={"customer_email_address": BUYER["email"]},
            is_charge_refundable=False,
            livemode=False,
            payment_intent=intent["id"],
            reason="fraudulent",
            status=status,
        )
        self.tell("charge.dispute.created", dispute)
        if not status.startswith("warning"):
            self.move("adjustment", -amount, dispute, fee=DISPUTE_FEE)
            self.tell("charge.dispute.funds_withdrawn", dispute)
        return dispute

    def close_dispute(self, dispute: Fields, status: str) -> None:
        dispute["status"] = status
        if status == "won":
            self.move("adjustment", dispute["amount"], dispute)
            self.tell("charge.dispute.funds_reinstated", dispute)
        self.tell("charge.dispute.closed", dispute)

    # What it writes down

    def move(self, kind: str, amount: int, source: Fields | None = None, fee: int = 0) -> Fields:
        """A balance transaction, in the currency in which the account is settled."""
        rate = RATES[source["currency"]] if source else 1.0
        settled = round(amount * rate)
        movement = {
            "id": f"txn_{secrets.token_hex(12)}",
            "object": "balance_transaction",
            "amount": settled,
            "created": int(time.time()),
            "currency": SETTLES_IN,
            "exchange_rate": None if rate == 1 else rate,
            "fee": fee,
            "net": settled - fee,
            "source": source["id"] if source else None,
            "status": "pending",
            "type": kind,
        }
        self.movements.append(movement)
        return movement

    def tell(self, kind: str, about: Fields, **changed: Any) -> Fields:
        """An event, with the object as it is now."""
        event = {
            "id": f"evt_{secrets.token_hex(12)}",
            "object": "event",
            "api_version": API_VERSION,
            "created": int(time.time()),
            "data": {"object": copy.deepcopy(about)},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        } | changed
        self.events.append(event)
        return event

    def _by_card(self, charge: Fields) -> bool:
        return charge["payment_method_details"]["type"] == "card"

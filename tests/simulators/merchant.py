"""The shop's side of the simulated Stripe: a gateway, and what it is asked to do."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from shop.core import clock
from shop.core.money import Money
from shop.gateways.payment import Charge, GatewayPayment, Repayment
from shop.gateways.stripe import StripeCheckout, StripeSettings
from shop.gateways.stripe.transport import Transport
from tests.simulators.stripe import SimulatedStripe

NUMBER = "P20260714ABCDEF01"
REFUND = "R20260714ABCDEF01"
BACK = "https://shop.example/orders/019a"


class Hasty(Transport):
    """Does not wait before it sends again, and not long for an answer."""

    INITIAL_DELAY = 0

    def __init__(self) -> None:
        super().__init__((2.0, 0.3))


def settings_for(stripe: SimulatedStripe, **changed: str) -> StripeSettings:
    told = StripeSettings(api_key=stripe.api_key, webhook_secret=stripe.webhook_secret, api_base=stripe.address)
    return replace(told, **changed)


def gateway_at(stripe: SimulatedStripe, **changed: str) -> StripeCheckout:
    """The gateway of the account, or of settings that differ in something."""
    return StripeCheckout(settings_for(stripe, **changed), http=Hasty())


def charge(**changed: Any) -> Charge:
    asked = Charge(
        number=NUMBER,
        amount=Money(3800, "EUR"),
        description="Le jardin secret · 隐秘花园",
        payer=None,
        expires_at=clock.now() + timedelta(minutes=40),
        notify_url="https://shop.example/callbacks/stripe",
        return_url=BACK,
    )
    return replace(asked, **changed)


def repayment(transaction_id: str, **changed: Any) -> Repayment:
    asked = Repayment(
        number=REFUND,
        payment_number=NUMBER,
        transaction_id=transaction_id,
        amount=Money(1900, "EUR"),
        paid=Money(3800, "EUR"),
        refund_id=None,
        reason="Annulation",
        notify_url="https://shop.example/callbacks/stripe",
    )
    return replace(asked, **changed)


def bought(stripe: SimulatedStripe, gateway: StripeCheckout, method: str = "card", **changed: Any) -> GatewayPayment:
    """A payment that was made."""
    asked = charge(**changed)
    reference = gateway.open(asked)
    stripe.pay(stripe.session_of(asked.number)["id"], method=method)
    return gateway.find(asked.number, reference)

"""The ways to pay that are set up: a method's name in the API, and the gateway behind it."""

from collections.abc import Mapping, Sequence

from flask import current_app

from shop.core.money import Money
from shop.gateways.payment import PaymentGateway
from shop.payments.errors import MethodNotOffered


def gateways() -> Mapping[str, PaymentGateway]:
    """The gateways of the running shop, by method."""
    found: Mapping[str, PaymentGateway] = current_app.extensions["payment_gateways"]
    return found


def methods_for(total: Money) -> Sequence[str]:
    """The methods that can take an amount."""
    if total.amount == 0:
        return []
    return [method for method, gateway in gateways().items() if total.currency in gateway.currencies]


def gateway_for(method: str, total: Money) -> PaymentGateway:
    """The gateway behind a method.

    Raises:
        MethodNotOffered: it is not set up, or cannot take the amount.
    """
    if method not in methods_for(total):
        raise MethodNotOffered
    return gateways()[method]


def gateway_named(name: str) -> PaymentGateway | None:
    """The gateway of a name, as payments remember it; None if it is no longer set up."""
    return next((gateway for gateway in gateways().values() if gateway.name == name), None)

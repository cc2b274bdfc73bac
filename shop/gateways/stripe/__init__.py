"""Stripe Checkout: paying on a page of Stripe's, by card or by what else the account offers there.

The library `stripe` speaks the protocol; what is kept here is what it leaves to us: which call may be repeated, what
each answer means to the shop, and that nothing of it leaks. Card numbers are typed at Stripe and stay there: of what
comes back only listed fields are read. Protocol: https://docs.stripe.com/payments/checkout
"""

from shop.gateways.stripe.gateway import StripeCheckout, build_stripe
from shop.gateways.stripe.settings import StripeSettings

__all__ = ["StripeCheckout", "StripeSettings", "build_stripe"]

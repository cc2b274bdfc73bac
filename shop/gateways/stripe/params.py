"""What Stripe is asked to do, word by word, and under which idempotency key."""

from datetime import datetime, timedelta

import stripe
from stripe.params import RefundCreateParams
from stripe.params.checkout import SessionCreateParams

from shop.gateways.payment import Charge, Repayment

SHORTEST = timedelta(minutes=30)  # https://docs.stripe.com/api/checkout/sessions/create
MARGIN = timedelta(seconds=30)  # so that a slow call and two clocks do not fall below it
NAME_LENGTH = 250  # of what is sold, on Stripe's page


def session(charge: Charge, now: datetime) -> tuple[SessionCreateParams, stripe.RequestOptions]:
    """A session for one charge. Which methods it offers is for the account's dashboard to say.

    WeChat Pay, where the account has it, demands to be told its client, and Stripe offers no mini-program:
    https://docs.stripe.com/payments/wechat-pay/accept-a-payment?ui=checkout
    """
    expires_at = max(charge.expires_at, now + SHORTEST + MARGIN)
    params: SessionCreateParams = {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": charge.amount.currency.lower(),
                    "unit_amount": charge.amount.amount,
                    "product_data": {"name": charge.description[:NAME_LENGTH] or charge.number},
                },
            }
        ],
        "client_reference_id": charge.number,
        "metadata": {"number": charge.number},
        "payment_intent_data": {"metadata": {"number": charge.number}},
        "payment_method_options": {"wechat_pay": {"client": "web"}},
        "expires_at": int(expires_at.timestamp()),
        "success_url": charge.return_url,
        "cancel_url": charge.return_url,
    }
    return params, {"idempotency_key": f"payment-{charge.number}"}


def refund(repayment: Repayment) -> tuple[RefundCreateParams, stripe.RequestOptions]:
    """A refund of a part of a payment, or of all of it."""
    params: RefundCreateParams = {
        "payment_intent": repayment.transaction_id,
        "amount": repayment.amount.amount,
        "reason": "requested_by_customer",
        "metadata": {"number": repayment.number, "payment": repayment.payment_number},
    }
    return params, {"idempotency_key": f"refund-{repayment.number}"}

"""What Stripe says of a Checkout Session, in the shop's words.

https://docs.stripe.com/api/checkout/sessions/object
"""

from shop.gateways.fields import Fields, Malformed, find_integer, find_object, find_text, get_text
from shop.gateways.payment import GatewayPayment, State
from shop.gateways.stripe.fields import choose, find_moment, get_amount, get_flag

EXPANDED = ["payment_intent.latest_charge"]
# A session ends with the buyer's first confirmed try: when that fails later, there is no second one in it.
FAILED = frozenset({"requires_payment_method", "canceled"})


def read_session(session: Fields, *, is_live: bool) -> GatewayPayment:
    """A session as Stripe describes it, its payment expanded; what only a payment has is asked of paid ones only.

    Raises:
        Malformed: a field is missing or not of its type.
    """
    intent = find_object(session, "payment_intent")
    charge = find_object(intent, "latest_charge")
    state = _state(session, intent)
    paid = state == "paid"
    facts = choose(session, "id", "status", "payment_status", "amount_total", "currency", "livemode")
    facts |= {f"intent_{name}": value for name, value in choose(intent, "id", "status", "amount_received").items()}
    facts |= {f"charge_{name}": value for name, value in choose(charge, "amount_refunded", "disputed").items()}
    return GatewayPayment(
        number=get_text(session, "client_reference_id"),
        state=state,
        transaction_id=(get_text if paid else find_text)(intent, "id"),
        amount=get_amount(session, "amount_total") if paid else None,
        paid_at=find_moment(charge) if paid else None,
        merchant_is_ours=get_flag(session, "livemode") == is_live,
        refund_asked=bool(find_integer(charge, "amount_refunded")),
        facts=facts,
    )


def _state(session: Fields, intent: Fields) -> State:
    """Where it stands. A method such as WeChat Pay completes a session before its money is certain."""
    status, payment_status = get_text(session, "status"), get_text(session, "payment_status")
    if payment_status == "paid":
        return "paid"
    if payment_status != "unpaid":
        raise Malformed("payment_status")
    if status == "open":
        return "unpaid"
    if status == "expired":
        return "closed"
    if status == "complete":
        return "closed" if get_text(intent, "status") in FAILED else "paying"
    raise Malformed("status")

"""What Stripe says of money that goes back: refunds that were asked for, disputes that were not.

https://docs.stripe.com/api/refunds/object, https://docs.stripe.com/api/disputes/object
"""

from collections.abc import Mapping

from shop.gateways.fields import Fields, Malformed, find_text, get_text
from shop.gateways.payment import DisputeState, GatewayDispute, GatewayRefund, RefundState
from shop.gateways.stripe.fields import choose, find_id, find_moment, find_number, get_amount

STATES: Mapping[str, RefundState] = {
    "pending": "processing",
    "requires_action": "processing",
    "succeeded": "succeeded",
    "failed": "closed",  # the money is back in the shop's balance; only another refund can still bring it
    "canceled": "closed",
}
# A warning is an inquiry: nothing is withheld. `prevented` is a dispute that a refund made needless.
DISPUTES: Mapping[str, DisputeState] = {
    "warning_needs_response": "open",
    "warning_under_review": "open",
    "warning_closed": "won",
    "needs_response": "open",
    "under_review": "open",
    "appeal_needs_response": "open",
    "appeal_under_review": "open",
    "prevented": "won",
    "won": "won",
    "lost": "lost",
}


def read_refund(refund: Fields) -> GatewayRefund:
    """A refund as Stripe describes it. Of the moments it knows only the first, which is also its day in the books.

    Raises:
        Malformed: a field is missing or not of its type.
    """
    state = STATES.get(get_text(refund, "status"))
    if state is None:
        raise Malformed("status")
    return GatewayRefund(
        number=find_number(refund),
        state=state,
        payment_number=find_number(refund, "payment"),
        transaction_id=find_transaction(refund),
        refund_id=get_text(refund, "id"),
        amount=get_amount(refund, "amount"),
        succeeded_at=find_moment(refund) if state == "succeeded" else None,
        facts=choose(refund, "id", "status", "amount", "currency", "reason", "pending_reason", "failure_reason"),
    )


def read_dispute(dispute: Fields) -> GatewayDispute:
    """A dispute as Stripe describes it.

    Raises:
        Malformed: a field is missing or not of its type.
    """
    state, transaction_id = DISPUTES.get(get_text(dispute, "status")), find_transaction(dispute)
    if state is None:
        raise Malformed("status")
    if transaction_id is None:
        raise Malformed("payment_intent")
    return GatewayDispute(
        dispute_id=get_text(dispute, "id"),
        transaction_id=transaction_id,
        state=state,
        amount=get_amount(dispute, "amount"),
        reason=find_text(dispute, "reason") or "general",
        withheld=not get_text(dispute, "status").startswith("warning"),
        facts=choose(dispute, "id", "status", "amount", "currency", "reason", "is_charge_refundable"),
    )


def find_transaction(fields: Fields) -> str | None:
    """The payment that a refund or dispute is of; a charge from before there were payments, by its own id.

    Raises:
        Malformed: it is named by something else.
    """
    return find_id(fields, "payment_intent") or find_id(fields, "charge")

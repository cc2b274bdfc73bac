"""What WeChat Pay says of a refund, in the shop's words: the same in answers and in notices, in both modes.

https://pay.weixin.qq.com/doc/v3/merchant/4012791865 (domestic),
https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter3_4_3.shtml (global)
"""

from collections.abc import Mapping

from shop.core.money import Money
from shop.gateways.fields import Fields, Malformed, find_integer, find_object, find_text, get_text
from shop.gateways.payment import GatewayRefund, RefundState
from shop.gateways.wechat_pay.dialect import Dialect
from shop.gateways.wechat_pay.transactions import is_ours, read_facts, read_moment

STATES: Mapping[str, RefundState] = {
    "PROCESSING": "processing",
    "SUCCESS": "succeeded",
    "CLOSED": "closed",
    "REFUNDCLOSE": "closed",
    "ABNORMAL": "abnormal",
}


def read_refund(fields: Fields, dialect: Dialect, *, names_merchant: bool = False) -> GatewayRefund:
    """A refund as WeChat Pay describes it; one whose state is not told was accepted.

    Args:
        names_merchant: a notice says whose it is, an answer does not.

    Raises:
        Malformed: a field is missing or not of its type.
    """
    written = find_text(fields, "refund_status", "status")
    state = STATES.get(written or "PROCESSING")
    if state is None:
        raise Malformed("status")
    facts = read_facts(fields) | {"out_refund_no": get_text(fields, "out_refund_no")}
    if refund_id := find_text(fields, "refund_id", "id"):
        facts["refund_id"] = refund_id
    if written:
        facts["refund_status"] = written
    return GatewayRefund(
        number=facts["out_refund_no"],
        state=state,
        payment_number=facts.get("out_trade_no"),
        transaction_id=facts.get("transaction_id"),
        refund_id=refund_id,
        amount=_amount(find_object(fields, "amount"), dialect),
        succeeded_at=read_moment(find_text(fields, "success_time")),
        merchant_is_ours=is_ours(fields, dialect) if names_merchant else True,
        facts=facts,
    )


def _amount(amount: Fields, dialect: Dialect) -> Money | None:
    """What goes back; domestic notices name no currency, because there is only one."""
    refund = find_integer(amount, "refund")
    currency = find_text(amount, "currency") or dialect.currency
    return Money(refund, currency) if refund is not None else None

"""What WeChat Pay says of an order, in the shop's words: the same fields in answers and in notices.

https://pay.weixin.qq.com/doc/v3/merchant/4013070356
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from shop.core.money import Money
from shop.gateways.fields import Fields, Malformed, find_integer, find_object, find_text, get_text
from shop.gateways.payment import GatewayPayment, State
from shop.gateways.wechat_pay.dialect import Dialect

STATES: Mapping[str, State] = {
    "SUCCESS": "paid",
    "REFUND": "paid",
    "NOTPAY": "unpaid",
    "PAYERROR": "unpaid",
    "USERPAYING": "paying",
    "CLOSED": "closed",
    "REVOKED": "closed",
}
LARGEST_AMOUNT = 2**31 - 1  # minor units; an `int` in the documentation, and at least 1
_MERCHANTS = ("mchid", "sp_mchid", "sub_mchid")
_AMOUNTS = ("total", "payer_total", "refund", "payer_refund")
_CURRENCIES = ("currency", "payer_currency")


def read_transaction(fields: Fields, dialect: Dialect) -> GatewayPayment:
    """An order as WeChat Pay describes it; what only a payment has is asked of paid ones only.

    Raises:
        Malformed: a field is missing or not of its type.
    """
    number = get_text(fields, "out_trade_no")
    state = STATES.get(get_text(fields, "trade_state"))
    if state is None:
        raise Malformed("trade_state")
    paid = state == "paid"
    transaction_id = (get_text if paid else find_text)(fields, "transaction_id", "id")
    facts = read_facts(fields) | {"trade_state": fields["trade_state"]}
    if transaction_id:
        facts["transaction_id"] = transaction_id
    return GatewayPayment(
        number=number,
        state=state,
        transaction_id=transaction_id,
        amount=_amount(find_object(fields, "amount")) if paid else None,
        paid_at=read_moment(find_text(fields, "success_time")) if paid else None,
        merchant_is_ours=is_ours(fields, dialect),
        refund_asked=fields["trade_state"] == "REFUND",
        facts=facts,
    )


def read_facts(fields: Fields) -> dict[str, Any]:
    """The numbers, amounts and merchants that orders and refunds have in common.

    Raises:
        Malformed: one of them is not of its type.
    """
    amount = find_object(fields, "amount")
    facts: dict[str, Any] = {"out_trade_no": find_text(fields, "out_trade_no")}
    facts["transaction_id"] = find_text(fields, "transaction_id")
    facts |= {name: find_text(fields, name) for name in _MERCHANTS}
    facts |= {name: find_integer(amount, name) for name in _AMOUNTS}
    facts |= {name: find_text(amount, name) for name in _CURRENCIES}
    return {name: value for name, value in facts.items() if value is not None}


def _amount(amount: Fields) -> Money:
    total, currency = find_integer(amount, "total"), get_text(amount, "currency")
    if total is None or not 1 <= total <= LARGEST_AMOUNT:
        raise Malformed("total")
    return Money(total, currency)


def read_moment(written: str | None) -> datetime | None:
    """When, in UTC; a date in another form than documented is no reason to doubt a payment."""
    try:
        moment = datetime.fromisoformat(written or "")
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None


def is_ours(fields: Fields, dialect: Dialect) -> bool:
    """Whether every merchant is named and is ours, and so is every appid that is named.

    Raises:
        Malformed: no merchant is named at all.
    """
    get_text(fields, "mchid", "sp_mchid")
    merchants = all(find_text(fields, name) == ours for name, ours in dialect.merchants.items())
    return merchants and all(find_text(fields, name) in (None, ours) for name, ours in dialect.apps.items())

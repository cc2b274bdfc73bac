"""How an order looks in WeChat Pay's answers and notices.

Domestic: https://pay.weixin.qq.com/doc/v3/merchant/4012791897
Global: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_2_11.shtml
"""

from datetime import datetime, timedelta, timezone
from typing import Any

from shop.simulator.credentials import Account
from shop.simulator.orders import Order

BEIJING = timezone(timedelta(hours=8))
CNY_PER_UNIT = {"CNY": 1_00000000, "EUR": 7_80000000}
RATE_SCALE = 1_00000000
STATE_TEXTS = {"NOTPAY": "订单未支付", "SUCCESS": "支付成功", "CLOSED": "订单已关闭", "REFUND": "订单发生过退款"}


def moment(at: float) -> str:
    """Unix seconds as RFC 3339 in Beijing time."""
    return datetime.fromtimestamp(int(at), BEIJING).isoformat()


def answer(order: Order, account: Account) -> dict[str, Any]:
    """The order as a query finds it; overseas the transaction's number is called ``id`` here."""
    told = _order(order, account, order.state)
    if order.mode == "global" and order.is_paid:
        told["id"] = told.pop("transaction_id")
    return told


def notice(order: Order, account: Account) -> dict[str, Any]:
    """The order as a notice tells it, before encryption: of a refund made since, it knows nothing."""
    return _order(order, account, "SUCCESS" if order.is_paid else order.state)


def exchange_rate(currency: str) -> int:
    """Yuan for a unit of the currency, times `RATE_SCALE`."""
    return CNY_PER_UNIT.get(currency, RATE_SCALE)


def payer_amount(amount: int, currency: str) -> int:
    """What an amount is to the payer, who pays and is repaid in yuan."""
    return amount * exchange_rate(currency) // RATE_SCALE


def _order(order: Order, account: Account, state: str) -> dict[str, Any]:
    """What only a payment brings is absent before it."""
    told = _merchant(order, account) | {
        "out_trade_no": order.out_trade_no,
        "trade_state": state,
        "trade_state_desc": STATE_TEXTS[state],
        "amount": {"total": order.total, "currency": order.currency},
    }
    if order.mode == "domestic":
        told["promotion_detail"] = []
    return told | _payment(order) if order.is_paid else told


def _merchant(order: Order, account: Account) -> dict[str, Any]:
    if order.mode == "domestic":
        return {"appid": account.app_id, "mchid": account.numbers.merchant_id}
    told = {
        "sp_mchid": account.numbers.merchant_id,
        "sub_mchid": account.numbers.sub_merchant_id,
        "sp_appid": account.numbers.service_app_id,
    }
    if "sub_appid" in order.asked:
        told["sub_appid"] = order.asked["sub_appid"]
    return told


def _payment(order: Order) -> dict[str, Any]:
    amount: dict[str, Any] = {
        "total": order.total,
        "currency": order.currency,
        "payer_total": payer_amount(order.total, order.currency),
        "payer_currency": "CNY",
    }
    if order.mode == "global":
        amount["exchange_rate"] = {"type": "SETTLEMENT_RATE", "rate": exchange_rate(order.currency)}
    told: dict[str, Any] = {
        "transaction_id": order.transaction_id,
        "trade_type": "JSAPI",
        "bank_type": "OTHERS",
        "success_time": moment(order.paid_at or order.made_at),
        "payer": order.asked["payer"],
        "amount": amount,
    }
    if "attach" in order.asked:
        told["attach"] = order.asked["attach"]
    return told

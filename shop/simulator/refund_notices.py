"""How a refund looks in WeChat Pay's answers and notices.

Domestic: https://pay.weixin.qq.com/wiki/doc/apiv3/apis/chapter3_1_11.shtml (notice)
Global: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter3_1_9.shtml (notice)
"""

import sqlite3
from typing import Any

from shop.simulator import notices
from shop.simulator.credentials import Account
from shop.simulator.notices import Topic
from shop.simulator.orders import Order
from shop.simulator.refunds import Refund
from shop.simulator.transactions import exchange_rate, moment, payer_amount

RECEIVER = "支付用户零钱"
TOPICS = {
    "SUCCESS": Topic("REFUND.SUCCESS", "refund", "退款成功"),
    "ABNORMAL": Topic("REFUND.ABNORMAL", "refund", "退款异常"),
    "CLOSED": Topic("REFUND.CLOSED", "refund", "退款关闭"),
}


def acceptance(refund: Refund, order: Order) -> dict[str, Any]:
    """What asking for a refund answers; overseas without its state."""
    if refund.mode == "domestic":
        return answer(refund, order)
    told = answer(refund, order)
    return {name: told[name] for name in ("id", "out_refund_no", "create_time", "amount")}


def answer(refund: Refund, order: Order) -> dict[str, Any]:
    """The refund as a query finds it."""
    told: dict[str, Any] = {
        "out_refund_no": refund.out_refund_no,
        "transaction_id": order.transaction_id,
        "out_trade_no": order.out_trade_no,
        "channel": "ORIGINAL",
        "create_time": moment(refund.made_at),
        "status": refund.state,
    }
    if refund.state == "SUCCESS":
        told["success_time"] = moment(refund.ended_at or refund.made_at)
    return told | (_domestic(refund, order) if refund.mode == "domestic" else _global(refund))


def notice(refund: Refund, order: Order, account: Account) -> dict[str, Any]:
    """The refund as a notice tells it, before encryption: its state has another name here than in answers."""
    told: dict[str, Any] = {"mchid": account.numbers.merchant_id}
    if refund.mode == "global":
        told = {"sp_mchid": account.numbers.merchant_id, "sub_mchid": account.numbers.sub_merchant_id}
    told |= {
        "transaction_id": order.transaction_id,
        "out_trade_no": order.out_trade_no,
        "refund_id": refund.refund_id,
        "out_refund_no": refund.out_refund_no,
        "refund_status": refund.state,
        "user_received_account": RECEIVER,
        "amount": {
            "total": order.total,
            "refund": refund.amount,
            "payer_total": payer_amount(order.total, order.currency),
            "payer_refund": payer_amount(refund.amount, refund.currency),
        },
    }
    if refund.mode == "global":
        told["amount"] |= {"currency": refund.currency, "payer_currency": "CNY"}
    if refund.state == "SUCCESS":
        told["success_time"] = moment(refund.ended_at or refund.made_at)
    return told


def envelope(
    refund: Refund,
    plaintext: dict[str, Any],
    account: Account,
    overrides: dict[str, Any] | None = None,
    *,
    now: float | None = None,
) -> dict[str, Any]:
    """A notice about a refund that has ended, ready to be signed; see `notices.envelope`."""
    return notices.envelope(plaintext, account, overrides, now=now, topic=TOPICS[refund.state])


def queue(db: sqlite3.Connection, refund: Refund, order: Order, account: Account, now: float) -> str:
    """Write down, in the transaction that ends a refund, that the merchant is to be told; gives the event id."""
    sealed = envelope(refund, notice(refund, order, account), account, now=now)
    return notices.keep(db, order, sealed, notify_url=refund.notify_url, now=now)


def _domestic(refund: Refund, order: Order) -> dict[str, Any]:
    return {
        "refund_id": refund.refund_id,
        "user_received_account": RECEIVER,
        "funds_account": refund.asked.get("funds_account", "UNSETTLED"),
        "amount": {
            "total": order.total,
            "refund": refund.amount,
            "from": [],
            "payer_total": payer_amount(order.total, order.currency),
            "payer_refund": payer_amount(refund.amount, refund.currency),
            "settlement_total": order.total,
            "settlement_refund": refund.amount,
            "discount_refund": 0,
            "currency": refund.currency,
        },
        "promotion_detail": [],
    }


def _global(refund: Refund) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": refund.refund_id,
        "recv_account": RECEIVER,
        "fund_source": refund.asked.get("source", "REFUND_SOURCE_UNSETTLED_FUNDS"),
        "amount": {
            "refund": refund.amount,
            "currency": refund.currency,
            "payer_refund": payer_amount(refund.amount, refund.currency),
            "payer_currency": "CNY",
            "exchange_rate": {"type": "SETTLEMENT_RATE", "rate": exchange_rate(refund.currency)},
        },
    }
    if refund.state == "CLOSED":
        told["status"] = "REFUNDCLOSE"
    return told

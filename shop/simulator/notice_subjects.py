"""What a crafted notice is about: an order or a refund as kept, or one made up for the occasion."""

from dataclasses import replace
from typing import Any

from werkzeug.exceptions import BadRequest

from shop.simulator import refund_notices, transactions
from shop.simulator.credentials import Account
from shop.simulator.notices import PAYMENT, Topic
from shop.simulator.orders import Order, Payer, new_order
from shop.simulator.refund_notices import TOPICS
from shop.simulator.refunds import Refund, new_refund
from shop.simulator.simulation import current

STRANGER = "a customer nobody knows"
Subject = tuple[dict[str, Any], Topic, Account, str]


def subject_of(wanted: dict[str, Any]) -> Subject:
    """The plaintext of a wanted notice, its topic, whose account it is for, and where it goes."""
    if "out_refund_no" in wanted:
        return _refund_subject(wanted)
    if "out_trade_no" in wanted:
        return _payment_subject(wanted)
    raise BadRequest("a notice is about an out_trade_no or an out_refund_no")


def _payment_subject(wanted: dict[str, Any]) -> Subject:
    order, account = _order(wanted)
    return transactions.notice(order, account), PAYMENT, account, order.asked["notify_url"]


def _refund_subject(wanted: dict[str, Any]) -> Subject:
    """One under way is told as succeeded; one nobody asked for, as of the whole order named beside it."""
    refund = current().refunds.find(wanted["out_refund_no"], wanted.get("mode"))
    if refund is not None:
        order, account = current().refunds.order_of(refund), current().credentials.accounts[refund.mode]
    elif "out_trade_no" in wanted:
        order, account = _order(wanted)
        refund = new_refund(order, wanted["out_refund_no"], order.total, {}, current().clock.now())
    else:
        raise BadRequest("a refund nobody asked for needs the out_trade_no of its order")
    refund = _ended(refund)
    return refund_notices.notice(refund, order, account), TOPICS[refund.state], account, refund.notify_url


def _ended(refund: Refund) -> Refund:
    if refund.state != "PROCESSING":
        return refund
    return replace(refund, state="SUCCESS", ended_at=current().clock.now())


def _order(wanted: dict[str, Any]) -> tuple[Order, Account]:
    """The order of this number as paid; one nobody placed is made up, and not kept."""
    order = current().orders.find_by_number(wanted["out_trade_no"], wanted.get("mode"))
    if order is None:
        if "notify_url" not in wanted or "mode" not in wanted:
            raise BadRequest("an order nobody placed needs notify_url and mode")
        order = _made_up(wanted, current().credentials.accounts[wanted["mode"]])
    if not order.is_paid:
        order = replace(order, state="SUCCESS", paid_at=current().clock.now())
    return order, current().credentials.accounts[order.mode]


def _made_up(wanted: dict[str, Any], account: Account) -> Order:
    openid = current().visitors.openid(account.app_id, STRANGER)
    asked: dict[str, Any] = {
        "out_trade_no": wanted["out_trade_no"],
        "notify_url": wanted["notify_url"],
        "amount": {"total": 1, "currency": "EUR" if account.mode == "global" else "CNY"},
        "payer": {"sub_openid": openid} if account.mode == "global" else {"openid": openid},
    }
    if account.mode == "global":
        asked["sub_appid"] = account.app_id
    return new_order(account, asked, Payer(account.app_id, openid), current().clock.now())

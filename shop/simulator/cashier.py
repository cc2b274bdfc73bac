"""What happens on the customer's phone: the payment sheet, and the money moving.

https://pay.weixin.qq.com/doc/v3/merchant/4012791898 (wx.requestPayment in a mini-program)
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from shop.simulator import notices
from shop.simulator.authorization import is_signed
from shop.simulator.courier import Courier
from shop.simulator.credentials import Credentials
from shop.simulator.orders import PREPAY_LIFE_SECONDS, Order, OrderBook, mark_paid
from shop.simulator.store import Store
from shop.simulator.visitors import Visitors

CLIENT_FIELDS = ("timeStamp", "nonceStr", "package", "signType", "paySign")
PACKAGE_START = "prepay_id="


class NotPayable(Exception):
    """The sheet does not open or the payment does not go through; the text is what the phone shows."""

    def __init__(self, reason: str, code: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


class Cashier:
    """Takes payments for orders."""

    def __init__(
        self,
        store: Store,
        orders: OrderBook,
        visitors: Visitors,
        courier: Courier,
        credentials: Credentials,
        *,
        now: Callable[[], float],
    ) -> None:
        self._store = store
        self._orders = orders
        self._visitors = visitors
        self._courier = courier
        self._credentials = credentials
        self._now = now

    def request_payment(self, name: str, client: dict[str, Any], outcome: str) -> str:
        """What wx.requestPayment reports when this person pays, or cancels, with these parameters."""
        try:
            order = self._open_sheet(name, client)
            if outcome == "cancel":
                return "requestPayment:fail cancel"
            self.pay(order)
        except NotPayable as refused:
            return f"requestPayment:fail {refused.reason}"
        return "requestPayment:ok"

    def sheet(self, prepay_id: str) -> Order:
        """The order whose payment sheet a prepay_id opens.

        Raises:
            NotPayable: with the code unknown, paid, closed or expired.
        """
        found = self._orders.find_by_prepay(prepay_id)
        if found is None:
            raise NotPayable("支付验证签名失败，prepay_id 不存在", "unknown")
        order, made_at = found
        now = self._now()
        if order.is_paid:
            raise NotPayable("该订单已支付", "paid")
        if order.state == "CLOSED":
            raise NotPayable("该订单已关闭", "closed")
        if now >= made_at + PREPAY_LIFE_SECONDS or now > order.pay_until:
            raise NotPayable("该订单已过期，请重新下单", "expired")
        return order

    def pay(
        self,
        order: Order,
        *,
        total: int | None = None,
        currency: str | None = None,
        notify: bool = True,
        even_if_closed: bool = False,
    ) -> Order:
        """Move the money, and tell the merchant unless asked not to.

        Args:
            total: another amount than ordered, in the minor unit.
            even_if_closed: as when a payment crossed with the closing.

        Raises:
            NotPayable: the order was paid or closed meanwhile.
        """
        paid = replace(
            order,
            state="SUCCESS",
            paid_at=self._now(),
            total=order.total if total is None else total,
            currency=currency or order.currency,
        )
        account = self._credentials.accounts[order.mode]
        if order.state == "CLOSED" and not even_if_closed:
            raise NotPayable("该订单已关闭", "closed")
        with self._store.transaction() as db:
            if not mark_paid(db, paid, from_states=("NOTPAY", "CLOSED") if even_if_closed else ("NOTPAY",)):
                raise NotPayable("该订单已支付或已关闭", "paid")
            event_id = notices.queue(db, paid, account, self._now()) if notify else None
        if event_id is not None:
            self._courier.add(event_id)
        return paid

    def _open_sheet(self, name: str, client: dict[str, Any]) -> Order:
        for field in CLIENT_FIELDS:
            if not isinstance(client.get(field), str) or not client[field]:
                raise NotPayable(f"parameter error: parameter.{field} should be String", "malformed")
        if set(client) != set(CLIENT_FIELDS):
            raise NotPayable("parameter error: unexpected parameter", "malformed")
        if client["signType"] != "RSA" or not client["package"].startswith(PACKAGE_START):
            raise NotPayable("支付验证签名失败", "malformed")
        if not (client["timeStamp"].isascii() and client["timeStamp"].isdigit() and len(client["nonceStr"]) <= 32):
            raise NotPayable("支付验证签名失败", "malformed")
        prepay_id = client["package"].removeprefix(PACKAGE_START)
        found = self._orders.find_by_prepay(prepay_id)
        if found is None or not self._is_launch_signed(found[0], client):
            raise NotPayable("支付验证签名失败", "forged")
        order = self.sheet(prepay_id)
        if self._visitors.openid(order.app_id, name) != order.openid:
            raise NotPayable("支付用户与下单用户不一致", "other-payer")
        return order

    def _is_launch_signed(self, order: Order, client: dict[str, Any]) -> bool:
        """Whether paySign is the merchant's, over the mini-program's appid and this launch."""
        lines = [self._credentials.app_id, client["timeStamp"], client["nonceStr"], client["package"]]
        message = "".join(f"{line}\n" for line in lines).encode()
        return is_signed(self._credentials.accounts[order.mode].public_key, message, client["paySign"])

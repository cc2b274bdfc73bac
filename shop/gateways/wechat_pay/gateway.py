"""WeChat Pay as a way to be paid: https://pay.weixin.qq.com/doc/v3/merchant/4012791897"""

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

import structlog

from shop.core import clock as shop_clock
from shop.gateways.errors import PaymentProviderDown, RefundNotNow, RefundRefused
from shop.gateways.fields import Malformed, get_text, parse_object
from shop.gateways.payment import Charge, GatewayPayment, GatewayRefund, Notice, Repayment, Statement
from shop.gateways.wechat_pay import notices, signing, statements
from shop.gateways.wechat_pay.client import Client
from shop.gateways.wechat_pay.dialect import dialect_of
from shop.gateways.wechat_pay.keyring import KeyRing
from shop.gateways.wechat_pay.refunds import read_refund
from shop.gateways.wechat_pay.settings import WeChatPaySettings
from shop.gateways.wechat_pay.sources import DownloadedKeys, FolderKeys, KeyStore
from shop.gateways.wechat_pay.transactions import read_transaction
from shop.gateways.wechat_pay.transport import Answer, Transport

DESCRIPTION_BYTES = 127
REASON_BYTES = 80
# A merchant who is paid from abroad refunds out of what has not been exchanged yet: too little is a normal answer.
NOT_NOW = {"NOT_ENOUGH": "not-enough", "NOTENOUGH": "not-enough", "BIZERR_NEED_RETRY": "again", "USER_PAYING": "again"}
UNKNOWN_ORDER = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST"})
NOTHING_TO_CLOSE = frozenset({"ORDER_PAID", "ORDERPAID", "ORDER_CLOSED", "ORDERCLOSED"})

log = structlog.get_logger(__name__)


class WeChatPay:
    """Payments in the mini-program, through one merchant account; thread-safe.

    Args:
        keyring: also to be refreshed now and then by whoever runs periodic work.

    Raises:
        ValueError: the merchant's private key cannot be read.
    """

    name = "wechat_pay"
    callback = "wechat-pay"
    zone: tzinfo = statements.BEIJING
    shortest = timedelta(minutes=1)

    def __init__(
        self, settings: WeChatPaySettings, keyring: KeyRing, clock: Callable[[], datetime] = shop_clock.now
    ) -> None:
        self.currencies = frozenset({settings.currency})
        self.keyring = keyring
        self._app_id = settings.app_id
        self._api_v3_key = settings.api_v3_key
        self._private_key = signing.load_private_key(settings.private_key)
        self._dialect = dialect_of(settings)
        self._client = Client(Transport(settings, clock), keyring, clock)
        self._clock = clock

    def open(self, charge: Charge) -> str:
        """Place the order; the same charge may be placed again, for a fresh reference.

        Returns:
            The `prepay_id`, good for two hours.

        Raises:
            PaymentProviderDown: it was not placed; perhaps it is paid or closed, which `find` tells.
            ValueError: the charge is in another currency, or names no payer.
        """
        answer = self._client.call("POST", self._dialect.prepay, self._order(charge))
        if answer.status != 200:
            raise _refused("open", charge.number, answer)
        try:
            return get_text(parse_object(answer.body), "prepay_id")
        except Malformed:
            raise _refused("open", charge.number, answer) from None

    def client(self, reference: str) -> dict[str, str]:
        """The parameters of wx.requestPayment, signed now."""
        timestamp, nonce = str(int(self._clock().timestamp())), secrets.token_hex(16)
        package = f"prepay_id={reference}"
        message = signing.launch_message(self._app_id, timestamp, nonce, package)
        return {
            "timeStamp": timestamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": signing.sign(self._private_key, message),
        }

    def find(self, number: str, reference: str | None = None) -> GatewayPayment:
        """Ask what became of an order; its number is all that is needed.

        Raises:
            PaymentProviderDown: no answer, or one that does not tell.
        """
        answer = self._client.call("GET", self._dialect.question(number))
        if answer.status == 404 and answer.code in UNKNOWN_ORDER:
            return GatewayPayment(number=number, state="unknown")
        if answer.status != 200:
            raise _refused("find", number, answer)
        try:
            payment = read_transaction(parse_object(answer.body), self._dialect)
        except Malformed:
            raise _refused("find", number, answer) from None
        if payment.number != number:
            raise _refused("find", number, answer)
        return payment

    def close(self, number: str, reference: str | None = None) -> None:
        """Ask that an order can no longer be paid; that it is paid or closed already is no failure.

        https://pay.weixin.qq.com/doc/v3/merchant/4012556398

        Raises:
            PaymentProviderDown: it is not certain that it was done.
        """
        answer = self._client.call("POST", self._dialect.closing(number), self._dialect.merchants)
        if answer.status == 204 or (answer.status >= 400 and answer.code in NOTHING_TO_CLOSE):
            return
        raise _refused("close", number, answer)

    def refund(self, repayment: Repayment) -> GatewayRefund:
        """Ask that money goes back: https://pay.weixin.qq.com/doc/v3/merchant/4012791862

        Raises:
            RefundNotNow: WeChat Pay asks for the same again later, or the merchant's balance is too low.
            RefundRefused: it cannot be made under this number.
            PaymentProviderDown: nobody knows whether it was accepted; the same may be asked again.
        """
        answer = self._client.call("POST", self._dialect.refunds, self._refund(repayment))
        if answer.status in (200, 201):
            return self._read_refund("refund", repayment.number, answer)
        failure = _refused("refund", repayment.number, answer)
        if answer.code in NOT_NOW:
            raise RefundNotNow(NOT_NOW[answer.code])
        if answer.status == 401 or answer.code is None:
            raise failure
        raise RefundRefused(answer.code)

    def find_refund(self, repayment: Repayment) -> GatewayRefund:
        """Ask what became of a refund.

        Raises:
            PaymentProviderDown: no answer, or one that does not tell.
        """
        answer = self._client.call("GET", self._dialect.refund_question(repayment.number))
        if answer.status == 404:
            return GatewayRefund(number=repayment.number, state="unknown")
        if answer.status != 200:
            raise _refused("find_refund", repayment.number, answer)
        return self._read_refund("find_refund", repayment.number, answer)

    def statement_due(self, day: date) -> datetime:
        """Ten in the morning of the next day, in Beijing."""
        return statements.published_at(day)

    def statement(self, day: date) -> Statement:
        """All payments and refunds of a day in Beijing.

        Raises:
            StatementNotReady: not published yet, or not in the form that is documented.
            PaymentProviderDown: no answer, or none that can be trusted.
        """
        return statements.download(self._client, self._dialect, day)

    def read_notice(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice:
        """Verify and decrypt a callback; makes no call and writes nothing.

        Raises:
            NoticeRefused: it is not genuine, not fresh, or not well formed.
            NoticeUnreadable: it is genuine, but our key does not open it.
        """
        return notices.read_notice(
            headers, body, now, keyring=self.keyring, api_v3_key=self._api_v3_key, dialect=self._dialect
        )

    def _read_refund(self, operation: str, number: str, answer: Answer) -> GatewayRefund:
        try:
            refund = read_refund(parse_object(answer.body), self._dialect)
        except Malformed:
            raise _refused(operation, number, answer) from None
        if refund.number != number:
            raise _refused(operation, number, answer)
        return refund

    def _refund(self, repayment: Repayment) -> dict[str, Any]:
        amount, paid = repayment.amount, repayment.paid
        return {
            **self._dialect.refund,
            "transaction_id": repayment.transaction_id,
            "out_refund_no": repayment.number,
            "reason": _cut(repayment.reason, REASON_BYTES),
            "notify_url": repayment.notify_url,
            "amount": {"refund": amount.amount, "total": paid.amount, "currency": paid.currency},
        }

    def _order(self, charge: Charge) -> dict[str, Any]:
        if charge.amount.currency not in self.currencies:
            raise ValueError("The charge is in a currency this account is not paid in")
        if not charge.payer:
            raise ValueError("A charge in the mini-program names its payer")
        return {
            **self._dialect.merchants,
            **self._dialect.apps,
            **self._dialect.order,
            "description": _cut(charge.description, DESCRIPTION_BYTES),
            "out_trade_no": charge.number,
            "time_expire": charge.expires_at.astimezone(UTC).isoformat(timespec="seconds"),
            "notify_url": charge.notify_url,
            "amount": {"total": charge.amount.amount, "currency": charge.amount.currency},
            "payer": {self._dialect.payer: charge.payer},
        }


def build_wechat_pay(settings: WeChatPaySettings, store: KeyStore) -> WeChatPay:
    """The gateway of these settings, its keys from their folder or else downloaded.

    Args:
        store: keeps what is downloaded; not used with a folder.

    Raises:
        ValueError: the merchant's private key cannot be read.
    """
    clock = shop_clock.now
    if settings.platform_keys:
        return WeChatPay(settings, KeyRing(FolderKeys(settings.platform_keys), clock), clock)
    transport, path = Transport(settings, clock), dialect_of(settings).certificates
    downloaded = DownloadedKeys(transport, path, settings.api_v3_key, store, clock)
    return WeChatPay(settings, KeyRing(downloaded, clock), clock)


def _cut(text: str, most: int) -> str:
    """As much of the text as fits, whole characters only."""
    return text.encode("utf-8", "ignore")[:most].decode("utf-8", "ignore")


def _refused(operation: str, number: str, answer: Answer) -> PaymentProviderDown:
    log.warning(
        "wechat_pay_refused",
        operation=operation,
        number=number,
        status=answer.status,
        code=answer.code,
        request_id=answer.request_id,
    )
    return PaymentProviderDown()

"""Refusals and failures of other people's systems, in the shop's own words."""

from typing import Literal

from shop.core.errors import Unauthenticated, Unavailable
from shop.core.i18n import Text

NoticeFault = Literal["missing-header", "stale", "unknown-key", "bad-signature", "malformed"]


class PaymentProviderDown(Unavailable):
    """The payment gateway did not answer, or not in a way that can be trusted."""

    code = "payment-provider-down"
    detail = Text(
        fr="Le service de paiement ne répond pas. Rien n’a été débité ; réessayez dans un instant.",
        zh="支付服务暂时没有响应。没有扣款，请稍后重试。",
        en="The payment service does not answer. Nothing was charged; please try again in a moment.",
    )


class StillBeingPaid(PaymentProviderDown):
    """The gateway answers, but will not close a payment now: the buyer is at it."""


class WeChatCodeRefused(Unauthenticated):
    """WeChat does not accept the login code: wrong, used, expired, or of a blocked user."""

    code = "wechat-code-refused"
    detail = Text(
        fr="WeChat n’a pas reconnu cette connexion. Fermez puis rouvrez le mini-programme.",
        zh="微信未能识别此次登录，请关闭小程序后重新打开。",
        en="WeChat did not recognise this sign-in. Please close and reopen the mini-program.",
    )


class WeChatUnavailable(Unavailable):
    """WeChat did not answer a sign-in, or refused it for a reason that is not the visitor's."""

    code = "wechat-unavailable"
    detail = Text(
        fr="WeChat ne répond pas. Réessayez dans un instant.",
        zh="微信暂时没有响应，请稍后重试。",
        en="WeChat does not answer. Please try again in a moment.",
    )


class NoticeRefused(Exception):
    """A callback that is not verified, not fresh or not well formed: it changes nothing.

    Args:
        fault: why, as counted in the metrics.
    """

    def __init__(self, fault: NoticeFault) -> None:
        super().__init__(fault)
        self.fault = fault


class NoticeUnreadable(Exception):
    """A genuine callback that our key does not decrypt: the key set up here is not the merchant's."""


class RefundNotNow(Exception):
    """A refund cannot be made at this moment; the same one, under the same number, can be later.

    Args:
        reason: `not-enough` (the merchant's balance), `too-often`, or another word for the staff.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RefundRefused(Exception):
    """A refund will never be made under this number.

    Args:
        reason: the gateway's own code.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StatementNotReady(Exception):
    """The statement of a day is not published yet, or what came cannot be believed.

    Args:
        reason: a word for the staff.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

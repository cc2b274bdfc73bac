"""One signed request to WeChat Pay and its answer, not yet trusted."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import requests
import structlog

from shop.gateways.errors import PaymentProviderDown
from shop.gateways.fields import Malformed, find_text, parse_object
from shop.gateways.http import TooLong, pooled_session, read_body, slot
from shop.gateways.wechat_pay import signing
from shop.gateways.wechat_pay.settings import WeChatPaySettings

CONNECT_AND_READ_SECONDS = (3.0, 10.0)  # a buyer waits; and four calls may follow each other
LARGEST_ANSWER = 1024 * 1024

log = structlog.get_logger(__name__)


class NoAnswer(Exception):
    """The network failed; nobody knows whether the request arrived."""


@dataclass(frozen=True)
class Answer:
    """What came back, signed or not."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def code(self) -> str | None:
        """WeChat Pay's own code of an error, if the body has one."""
        try:
            return find_text(parse_object(self.body), "code")
        except Malformed:
            return None

    @property
    def request_id(self) -> str | None:
        """What WeChat Pay's support asks for; its end is the internal number of the error."""
        return self.headers.get("Request-ID")


class Transport:
    """Signs and sends; thread-safe, its connections are pooled.

    Args:
        timeout: seconds to connect, and for the whole answer.
    """

    def __init__(
        self,
        settings: WeChatPaySettings,
        clock: Callable[[], datetime],
        timeout: tuple[float, float] = CONNECT_AND_READ_SECONDS,
    ) -> None:
        self._base = settings.api_base.rstrip("/")
        self._timeout = timeout
        self._sign = _Signature(settings, clock)
        self._session = pooled_session()

    def send(
        self,
        method: Literal["GET", "POST"],
        target: str,
        body: bytes = b"",
        *,
        signed_with: str | None = None,
        largest: int = LARGEST_ANSWER,
    ) -> Answer:
        """Send once, signed now; redirects are not followed.

        Args:
            target: path and query.
            signed_with: the public key whose signature the answer should carry.
            largest: bytes that an answer may have.

        Raises:
            NoAnswer: the network failed, or the answer broke off.
            PaymentProviderDown: the answer is larger.
        """
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Accept-Language": "en",
            "Content-Type": "application/json",
            "User-Agent": "Insolite",
        }
        if signed_with:
            headers["Wechatpay-Serial"] = signed_with
        try:
            with (
                slot(),
                self._session.request(
                    method,
                    self._base + target,
                    data=body or None,
                    headers=headers,
                    auth=self._sign,
                    timeout=self._timeout,
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                return Answer(response.status_code, response.headers, read_body(response, largest))
        except TooLong:
            log.warning("wechat_pay_answer_too_large", status=response.status_code)
            raise PaymentProviderDown from None
        except requests.RequestException as failure:
            raise NoAnswer(type(failure).__name__) from None


class _Signature(requests.auth.AuthBase):
    """Signs a request once it is prepared, so that what is signed is what is sent.

    https://github.com/wechatpay-apiv3/wechatpay-skills, `签名与验签规则.md`
    """

    def __init__(self, settings: WeChatPaySettings, clock: Callable[[], datetime]) -> None:
        self._mch_id, self._serial = settings.mch_id, settings.cert_serial
        self._key = signing.load_private_key(settings.private_key)
        self._clock = clock

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        timestamp, nonce = str(int(self._clock().timestamp())), secrets.token_hex(16)
        body = request.body if isinstance(request.body, bytes) else b""
        message = signing.request_message(request.method or "", request.path_url, timestamp, nonce, body)
        request.headers["Authorization"] = signing.authorization(
            mch_id=self._mch_id,
            serial=self._serial,
            timestamp=timestamp,
            nonce=nonce,
            signature=signing.sign(self._key, message),
        )
        return request

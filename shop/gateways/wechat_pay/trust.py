"""Whether a message comes from WeChat Pay, and comes now: the same for answers and for callbacks.

https://pay.weixin.qq.com/docs/merchant/development/interface-rules/signature-verification.html
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from shop.gateways.errors import NoticeFault
from shop.gateways.wechat_pay import signing

TOLERANCE_SECONDS = 300
_SECONDS = re.compile(r"[0-9]{1,12}")

FindKey = Callable[[str], RSAPublicKey | None]


@dataclass(frozen=True)
class Seal:
    """The headers that carry a signature; empty where one is missing."""

    timestamp: str
    nonce: str
    signature: str
    serial: str
    scheme: str

    @property
    def is_probe(self) -> bool:
        """Whether the signature is one of those WeChat Pay falsifies on purpose, to see that we look.

        https://pay.weixin.qq.com/doc/v3/merchant/4013053420
        """
        return self.signature.startswith(signing.PROBE)


def read_seal(headers: Mapping[str, str]) -> Seal:
    """The signature headers, however their names are capitalised."""
    lowered = {name.lower(): value for name, value in headers.items()}
    timestamp, nonce, signature, serial = (
        lowered.get(f"wechatpay-{name}", "") for name in ("timestamp", "nonce", "signature", "serial")
    )
    scheme = lowered.get("wechatpay-signature-type", signing.SCHEME)
    return Seal(timestamp, nonce, signature, serial, scheme)


def find_fault(seal: Seal, body: bytes, find_key: FindKey, now: datetime) -> NoticeFault | None:
    """Why a message is not to be trusted; None if it is genuine and fresh."""
    if not (seal.timestamp and seal.nonce and seal.signature and seal.serial):
        return "missing-header"
    if seal.scheme != signing.SCHEME or not seal.nonce.isascii() or not _SECONDS.fullmatch(seal.timestamp):
        return "malformed"
    if abs(now.timestamp() - int(seal.timestamp)) > TOLERANCE_SECONDS:
        return "stale"
    key = find_key(seal.serial)
    if key is None:
        return "unknown-key"
    if not signing.verify(key, signing.answer_message(seal.timestamp, seal.nonce, body), seal.signature):
        return "bad-signature"
    return None

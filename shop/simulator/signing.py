"""Signing answers and notices as WeChat Pay does, and in the wrong ways a shop must see through.

https://pay.weixin.qq.com/docs/merchant/development/interface-rules/signature-verification.html
"""

import base64
import functools
import secrets
import time
from typing import Literal, get_args

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from shop.simulator import keys
from shop.simulator.platform_keys import PlatformKeys, SigningKey

ALGORITHM = "WECHATPAY2-SHA256-RSA2048"
PROBE = "WECHATPAY/SIGNTEST/"
STALE_SECONDS = 600

Flaw = Literal["unsigned", "signtest", "wrong-key", "stale", "other-body"]
FLAWS: dict[str, Flaw] = {flaw: flaw for flaw in get_args(Flaw)}
SIGNINGS = ("certificate", "public-key", *FLAWS)


def signed_headers(
    signer: SigningKey,
    body: bytes,
    *,
    now: float | None = None,
    age_seconds: float = 0,
    flaw: Flaw | None = None,
) -> dict[str, str]:
    """The Wechatpay headers that go with a body.

    Args:
        now: the signer's time in Unix seconds; None for the machine's.
        age_seconds: how old the signature claims to be; negative for the future.
        flaw: what is wrong with it; None signs faithfully.
    """
    if flaw == "unsigned":
        return {}
    age = age_seconds + (STALE_SECONDS if flaw == "stale" else 0)
    timestamp = str(int((time.time() if now is None else now) - age))
    nonce = secrets.token_hex(16)
    covered = body + b" " if flaw == "other-body" else body
    key = stray_key() if flaw == "wrong-key" else signer.key
    signature = sign(key, f"{timestamp}\n{nonce}\n".encode() + covered + b"\n")
    if flaw == "signtest":
        signature = PROBE + signature[len(PROBE) :]
    return {
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": signature,
        "Wechatpay-Serial": signer.serial,
        "Wechatpay-Signature-Type": ALGORITHM,
    }


def notice_headers(
    platform: PlatformKeys, body: bytes, *, now: float, signing: str | None = None, age_seconds: float = 0
) -> dict[str, str]:
    """The Wechatpay headers of one letter.

    Args:
        signing: one of `SIGNINGS`; None for the key whose turn it is.
    """
    if signing is None:
        signer = platform.notice_signer()
    else:
        signer = platform.public_key if signing == "public-key" else platform.current
    return signed_headers(signer, body, now=now, age_seconds=age_seconds, flaw=FLAWS.get(signing or ""))


def sign(key: RSAPrivateKey, message: bytes) -> str:
    """RSA PKCS#1 v1.5 over SHA-256, in base64."""
    return base64.b64encode(key.sign(message, PKCS1v15(), hashes.SHA256())).decode()


@functools.cache
def stray_key() -> RSAPrivateKey:
    """A key that belongs to nobody."""
    return keys.new_key()

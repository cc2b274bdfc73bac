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
from shop.simulator.platform_keys import SigningKey

ALGORITHM = "WECHATPAY2-SHA256-RSA2048"
PROBE = "WECHATPAY/SIGNTEST/"
STALE_SECONDS = 600

Flaw = Literal["unsigned", "signtest", "wrong-key", "stale", "other-body"]
FLAWS: tuple[str, ...] = get_args(Flaw)


def signed_headers(
    signer: SigningKey, body: bytes, *, age_seconds: float = 0, flaw: Flaw | None = None
) -> dict[str, str]:
    """The Wechatpay headers that go with a body.

    Args:
        age_seconds: how old the signature claims to be; negative for the future.
        flaw: what is wrong with it; None signs faithfully.
    """
    if flaw == "unsigned":
        return {}
    age = age_seconds + (STALE_SECONDS if flaw == "stale" else 0)
    timestamp = str(int(time.time() - age))
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


def sign(key: RSAPrivateKey, message: bytes) -> str:
    """RSA PKCS#1 v1.5 over SHA-256, in base64."""
    return base64.b64encode(key.sign(message, PKCS1v15(), hashes.SHA256())).decode()


@functools.cache
def stray_key() -> RSAPrivateKey:
    """A key that belongs to nobody."""
    return keys.new_key()

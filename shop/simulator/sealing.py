"""AES-256-GCM under the merchant's APIv3 key.

https://pay.weixin.qq.com/wiki/doc/apiv3/apis/chapter3_2_5.shtml
"""

import base64
import secrets
import string

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ALGORITHM = "AEAD_AES_256_GCM"


def seal(api_v3_key: str, plaintext: bytes, associated_data: str) -> dict[str, str]:
    """The encrypted form of a plaintext: algorithm, nonce, associated_data and ciphertext."""
    nonce = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(12))
    ciphertext = AESGCM(api_v3_key.encode()).encrypt(nonce.encode(), plaintext, associated_data.encode())
    return {
        "algorithm": ALGORITHM,
        "nonce": nonce,
        "associated_data": associated_data,
        "ciphertext": base64.b64encode(ciphertext).decode(),
    }

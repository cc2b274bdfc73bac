"""The cryptography of APIv3, and nothing else: what is signed, how it is signed, verified and decrypted.

https://pay.weixin.qq.com/docs/merchant/development/interface-rules/signature-verification.html
"""

from base64 import b64decode, b64encode
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

SCHEME = "WECHATPAY2-SHA256-RSA2048"
ALGORITHM = "AEAD_AES_256_GCM"
PROBE = "WECHATPAY/SIGNTEST/"


@lru_cache(maxsize=4)
def load_private_key(pem: str) -> RSAPrivateKey:
    """The merchant's key, PKCS#8 or PKCS#1; remembered, because checking it takes a twentieth of a second.

    Raises:
        ValueError: the text holds no unencrypted RSA key; the message repeats nothing of it.
    """
    try:
        key = load_pem_private_key(pem.strip().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, RSAPrivateKey):
        return key
    raise ValueError("The private key of the merchant is not an unencrypted RSA key in PEM")


def request_message(method: str, target: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """What is signed of a request.

    Args:
        target: path and query exactly as sent, percent-encoded.
    """
    return f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


def answer_message(timestamp: str, nonce: str, body: bytes) -> bytes:
    """What WeChat Pay signs of an answer or a callback."""
    return f"{timestamp}\n{nonce}\n".encode() + body + b"\n"


def launch_message(app_id: str, timestamp: str, nonce: str, package: str) -> bytes:
    """What is signed for wx.requestPayment; `signType` is not part of it."""
    return f"{app_id}\n{timestamp}\n{nonce}\n{package}\n".encode()


def sign(key: RSAPrivateKey, message: bytes) -> str:
    """The base64 signature of a message, RSASSA-PKCS1-v1_5 with SHA-256."""
    return b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()


def verify(key: RSAPublicKey, message: bytes, signature: str) -> bool:
    """Whether the base64 signature is that of the message; what is not strictly base64 is no signature."""
    try:
        key.verify(b64decode(signature, validate=True), message, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def authorization(*, mch_id: str, serial: str, timestamp: str, nonce: str, signature: str) -> str:
    """The Authorization header of a signed request.

    Args:
        serial: of the merchant API certificate.
    """
    return (
        f'{SCHEME} mchid="{mch_id}",nonce_str="{nonce}",timestamp="{timestamp}",'
        f'serial_no="{serial}",signature="{signature}"'
    )


def decrypt(api_v3_key: str, *, nonce: str, associated_data: str, ciphertext: str) -> bytes:
    """The plaintext of an encrypted resource, AES-256-GCM.

    https://pay.weixin.qq.com/wiki/doc/apiv3/apis/chapter3_2_5.shtml

    Raises:
        ValueError: nonce or ciphertext cannot be of this algorithm.
        cryptography.exceptions.InvalidTag: it was encrypted with another key, or altered.
    """
    sealed = b64decode(ciphertext, validate=True)
    return AESGCM(api_v3_key.encode()).decrypt(nonce.encode(), sealed, associated_data.encode())

"""Who sent a request to WeChat Pay, proved by its Authorization header over the raw bytes.

https://pay.weixin.qq.com/docs/merchant/development/interface-rules/signature-generation.html
"""

import base64
import binascii
import re
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from flask import Request

from shop.simulator.credentials import Account, Credentials
from shop.simulator.refusals import Refusal
from shop.simulator.signing import ALGORITHM

MAXIMUM_SKEW_SECONDS = 300
SHOWN_BODY_BYTES = 8
PARTS = frozenset({"mchid", "nonce_str", "timestamp", "serial_no", "signature"})
_PART = re.compile(r'([a-z_]+)="([^"]*)"')


def raw_target(request: Request) -> str:
    """The path and query exactly as sent."""
    return str(request.environ["REQUEST_URI"])


def authenticate(request: Request, credentials: Credentials, now: float) -> Account:
    """The account that signed the request.

    Raises:
        Refusal: 401 SIGN_ERROR, saying what is wrong with the Authorization.
    """
    parts = _read_parts(request.headers.get("Authorization"))
    account = credentials.account_of(parts["mchid"])
    if account is None:
        raise sign_error("商户号不存在，请确认Authorization中的mchid", field="mchid")
    if parts["serial_no"] != account.numbers.certificate_serial:
        raise sign_error("商户证书序列号有误，请使用签名私钥匹配的证书序列号", field="serial_no")
    if not re.fullmatch("[0-9A-Za-z]{1,32}", parts["nonce_str"]):
        raise sign_error("Http头Authorization中的nonce_str格式错误", field="nonce_str")
    if not re.fullmatch("[0-9]{1,12}", parts["timestamp"]):
        raise sign_error("Http头Authorization中的timestamp格式错误", field="timestamp")
    if abs(now - int(parts["timestamp"])) > MAXIMUM_SKEW_SECONDS:
        raise sign_error("Http头Authorization中的timestamp与发起请求的时间不得超过5分钟", field="timestamp")
    body = request.get_data(cache=True)
    head = f"{request.method}\n{raw_target(request)}\n{parts['timestamp']}\n{parts['nonce_str']}\n"
    if not is_signed(account.public_key, head.encode() + body + b"\n", parts["signature"]):
        raise _not_matching(request, head, body)
    return account


def is_signed(key: RSAPublicKey, message: bytes, signature: str) -> bool:
    """Whether the base64 signature over the message was made with the key's private half."""
    try:
        key.verify(base64.b64decode(signature, validate=True), message, PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def sign_error(message: str, *, field: str, information: dict[str, Any] | None = None) -> Refusal:
    """401 SIGN_ERROR about one part of the Authorization header."""
    detail: dict[str, Any] = {"field": field, "location": "authorization", "detail": {"issue": message}}
    if information is not None:
        detail["detail"] = {"issue": "sign not match"}
        detail["sign_information"] = information
    return Refusal(401, "SIGN_ERROR", message, detail=detail)


def _read_parts(header: str | None) -> dict[str, str]:
    if not header:
        raise sign_error("Http头缺少Authorization", field="Authorization")
    scheme, _, rest = header.partition(" ")
    if scheme != ALGORITHM:
        raise sign_error("Http头Authorization认证类型不正确", field="Authorization")
    found = [_PART.fullmatch(part.strip()) for part in rest.split(",")]
    parts = {match[1]: match[2] for match in found if match}
    if len(found) != len(PARTS) or set(parts) != PARTS:
        raise sign_error("Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》", field="Authorization")
    return parts


def _not_matching(request: Request, head: str, body: bytes) -> Refusal:
    shown = body[:SHOWN_BODY_BYTES].decode(errors="replace")
    information = {
        "method": request.method,
        "url": raw_target(request),
        "truncated_sign_message": f"{head}{shown}\n",
        "sign_message_length": len(head.encode()) + len(body) + 1,
    }
    return sign_error("错误的签名，验签失败", field="signature", information=information)

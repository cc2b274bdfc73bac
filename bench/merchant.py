"""A merchant account made for one run: keys, settings, and notices of payments as WeChat Pay seals them."""

import base64
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench.load import Request
from shop.simulator import keys
from shop.simulator.sealing import seal

APP_ID, MERCHANT, SERIAL = "wx00000000000bench", "1900000001", "PUB_KEY_ID_0100000000000000000000000000000001"


@dataclass(frozen=True)
class Merchant:
    """Keys in a folder of the run's own."""

    folder: Path
    api_v3_key: str

    @classmethod
    def make(cls, folder: Path) -> "Merchant":
        """Make the keys."""
        platform, merchant = keys.new_key(), keys.new_key()
        keys.write_private(folder / "platform-private.pem", keys.private_pem(platform))
        keys.write_private(folder / "merchant.pem", keys.private_pem(merchant))
        keys.write_private(folder / "platform" / f"{SERIAL}.pem", keys.public_pem(platform.public_key()))
        return cls(folder, secrets.token_hex(16))

    def settings(self, gateway: str) -> dict[str, str]:
        """What the shop is told of the account."""
        return {
            "WECHAT_APP_ID": APP_ID,
            "WECHAT_APP_SECRET": secrets.token_hex(16),
            "WECHAT_API_BASE": gateway,
            "WECHAT_PAY_API_BASE": gateway,
            "WECHAT_PAY_MODE": "domestic",
            "WECHAT_PAY_MCH_ID": MERCHANT,
            "WECHAT_PAY_CERT_SERIAL": "5F" + "0" * 38,
            "WECHAT_PAY_PRIVATE_KEY": str(self.folder / "merchant.pem"),
            "WECHAT_PAY_API_V3_KEY": self.api_v3_key,
            "WECHAT_PAY_PLATFORM_KEYS": str(self.folder / "platform"),
        }

    @cached_property
    def platform_key(self) -> Path:
        """Where the platform's private key is."""
        return self.folder / "platform-private.pem"

    def notice(self, number: str, amount: int, openid: str) -> Request:
        """The callback that tells of a payment."""
        paid = datetime.now(UTC).isoformat(timespec="seconds")
        plaintext = {
            "appid": APP_ID,
            "mchid": MERCHANT,
            "out_trade_no": number,
            "transaction_id": "42000" + str(secrets.randbelow(10**23)).zfill(23),
            "trade_type": "JSAPI",
            "trade_state": "SUCCESS",
            "trade_state_desc": "支付成功",
            "bank_type": "OTHERS",
            "success_time": paid,
            "payer": {"openid": openid},
            "amount": {"total": amount, "payer_total": amount, "currency": "CNY", "payer_currency": "CNY"},
        }
        sealed = seal(self.api_v3_key, json.dumps(plaintext).encode(), "transaction") | {"original_type": "transaction"}
        event = {
            "id": secrets.token_hex(16),
            "create_time": paid,
            "resource_type": "encrypt-resource",
            "event_type": "TRANSACTION.SUCCESS",
            "summary": "支付成功",
            "resource": sealed,
        }
        body = json.dumps(event)
        return Request("/callbacks/wechat-pay", "POST", self._signed(body), body)

    def _signed(self, body: str) -> Mapping[str, str]:
        timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
        signature = self._key.sign(f"{timestamp}\n{nonce}\n{body}\n".encode(), PKCS1v15(), hashes.SHA256())
        return {
            "Content-Type": "application/json",
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": base64.b64encode(signature).decode(),
            "Wechatpay-Serial": SERIAL,
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        }

    @cached_property
    def _key(self) -> RSAPrivateKey:
        return keys.read_private_key(self.platform_key)


def verify_and_decrypt_rate(seconds: float) -> float:
    """Yardstick V: RSA-2048 verifications with an AES-GCM decryption each, a second, in one thread."""
    key, secret = keys.new_key(), secrets.token_bytes(32)
    message, nonce = secrets.token_bytes(900), secrets.token_bytes(12)
    signature, cipher = key.sign(message, PKCS1v15(), hashes.SHA256()), AESGCM(secret)
    sealed, public = cipher.encrypt(nonce, message, b"transaction"), key.public_key()
    count, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        public.verify(signature, message, PKCS1v15(), hashes.SHA256())
        cipher.decrypt(nonce, sealed, b"transaction")
        count += 1
    return count / seconds

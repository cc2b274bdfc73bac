"""A merchant that talks to the simulated WeChat the documented way, or slightly wrongly when asked."""

import base64
import json
import secrets
import time
from pathlib import Path
from typing import Any

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HEADERS = {"Accept": "application/json", "User-Agent": "merchant-tests/1"}
REFUNDS = {"domestic": "/v3/refund/domestic/refunds", "global": "/v3/global/refunds"}
ORDERS = {"domestic": "/v3/pay/transactions", "global": "/v3/global/transactions"}


class Merchant:
    """One merchant account, its key and its way of signing."""

    def __init__(self, settings: dict[str, str]) -> None:
        self.settings = settings
        self.base = settings["WECHAT_PAY_API_BASE"]
        self.mode = settings["WECHAT_PAY_MODE"]
        self.app_id = settings["WECHAT_APP_ID"]
        self.number = settings["WECHAT_PAY_MCH_ID"]
        self.orders = ORDERS[self.mode]
        self.refunds = REFUNDS[self.mode]
        self.currency = "CNY" if self.mode == "domestic" else "EUR"
        pem = Path(settings["WECHAT_PAY_PRIVATE_KEY"]).read_bytes()
        key = serialization.load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
        assert isinstance(key, RSAPrivateKey)
        self.key = key

    # signing

    def sign(self, message: bytes) -> str:
        return base64.b64encode(self.key.sign(message, PKCS1v15(), hashes.SHA256())).decode()

    def authorization(self, method: str, target: str, body: bytes, **changes: str) -> str:
        parts = {
            "mchid": self.number,
            "nonce_str": secrets.token_hex(16),
            "timestamp": str(int(time.time())),
            "serial_no": self.settings["WECHAT_PAY_CERT_SERIAL"],
        } | changes
        message = f"{method}\n{target}\n{parts['timestamp']}\n{parts['nonce_str']}\n".encode() + body + b"\n"
        parts.setdefault("signature", self.sign(message))
        return "WECHATPAY2-SHA256-RSA2048 " + ",".join(f'{name}="{value}"' for name, value in parts.items())

    def call(
        self,
        method: str,
        target: str,
        body: Any = b"",
        *,
        headers: dict[str, str | None] | None = None,
        timeout: float = 5,
        **changes: str,
    ) -> requests.Response:
        sent = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        wanted: dict[str, Any] = {
            **HEADERS,
            "Authorization": self.authorization(method, target, sent, **changes),
        }
        if method == "POST":
            wanted["Content-Type"] = "application/json"
        wanted |= headers or {}
        return requests.request(method, self.base + target, data=sent, headers=wanted, timeout=timeout)

    # orders

    def control(self, path: str, told: Any = None, method: str = "POST") -> Any:
        answer = requests.request(method, f"{self.base}/control{path}", json=told, timeout=10)
        return answer.json() if answer.content else answer.status_code

    def openid(self, user: str = "Li Wei") -> str:
        return str(self.control("/codes", {"user": user})["openid"])

    def order(self, out_trade_no: str = "order-0001", **changes: Any) -> dict[str, Any]:
        told: dict[str, Any] = {
            "description": "大佛漫步",
            "out_trade_no": out_trade_no,
            "notify_url": "http://127.0.0.1:9/callbacks/wechat-pay",
            "amount": {"total": 3800, "currency": self.currency},
        }
        if self.mode == "domestic":
            told |= {"appid": self.app_id, "mchid": self.number, "payer": {"openid": self.openid()}}
        else:
            told |= {
                "sp_mchid": self.number,
                "sp_appid": self.settings["WECHAT_PAY_SP_APP_ID"],
                "sub_mchid": self.settings["WECHAT_PAY_SUB_MCH_ID"],
                "sub_appid": self.app_id,
                "trade_type": "JSAPI",
                "merchant_category_code": self.settings["WECHAT_PAY_MCC"],
                "payer": {"sub_openid": self.openid()},
            }
        return told | changes

    def post(self, told: Any, **options: Any) -> requests.Response:
        return self.call("POST", f"{self.orders}/jsapi", told, **options)

    def prepay(self, out_trade_no: str = "order-0001", **changes: Any) -> str:
        answer = self.post(self.order(out_trade_no, **changes))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["prepay_id"])

    def own_numbers(self) -> dict[str, str]:
        if self.mode == "domestic":
            return {"mchid": self.number}
        return {"sp_mchid": self.number, "sub_mchid": self.settings["WECHAT_PAY_SUB_MCH_ID"]}

    def query(self, out_trade_no: str = "order-0001", by: str = "out-trade-no", **options: Any) -> requests.Response:
        numbers = "&".join(f"{name}={value}" for name, value in self.own_numbers().items())
        return self.call("GET", f"{self.orders}/{by}/{out_trade_no}?{numbers}", **options)

    def close(self, out_trade_no: str = "order-0001") -> requests.Response:
        return self.call("POST", f"{self.orders}/out-trade-no/{out_trade_no}/close", self.own_numbers())

    def launch(self, prepay_id: str, **changes: str) -> dict[str, str]:
        """What the mini-program hands to wx.requestPayment."""
        client = {
            "timeStamp": str(int(time.time())),
            "nonceStr": secrets.token_hex(16),
            "package": f"prepay_id={prepay_id}",
            "signType": "RSA",
        } | changes
        lines = [self.app_id, client["timeStamp"], client["nonceStr"], client["package"]]
        client.setdefault("paySign", self.sign("".join(f"{line}\n" for line in lines).encode()))
        return client

    def pay(self, prepay_id: str, user: str = "Li Wei", outcome: str = "pay", **changes: Any) -> str:
        told = {"user": user, "client": self.launch(prepay_id, **changes), "outcome": outcome}
        return str(self.control("/request-payment", told)["errMsg"])

    # refunds

    def paid(self, out_trade_no: str = "order-0001", **changes: Any) -> None:
        """An order that was paid, of which no notice goes out."""
        self.prepay(out_trade_no, **changes)
        assert self.control(f"/orders/{out_trade_no}/pay", {"notify": False, "mode": self.mode})["state"] == "SUCCESS"

    def repayment(self, out_refund_no: str = "refund-0001", refund: int = 900, **changes: Any) -> dict[str, Any]:
        told: dict[str, Any] = {
            "out_trade_no": "order-0001",
            "out_refund_no": out_refund_no,
            "amount": {"refund": refund, "total": 3800, "currency": self.currency},
        }
        if self.mode == "global":
            told |= self.own_numbers()
        return told | changes

    def ask(self, told: Any, **options: Any) -> requests.Response:
        return self.call("POST", self.refunds, told, **options)

    def refund(self, out_refund_no: str = "refund-0001", refund: int = 900, **changes: Any) -> dict[str, Any]:
        answer = self.ask(self.repayment(out_refund_no, refund, **changes))
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def query_refund(self, out_refund_no: str = "refund-0001", **options: Any) -> requests.Response:
        if self.mode == "domestic":
            return self.call("GET", f"{self.refunds}/{out_refund_no}", **options)
        numbers = "&".join(f"{name}={value}" for name, value in self.own_numbers().items())
        return self.call("GET", f"{self.refunds}/out-refund-no/{out_refund_no}?{numbers}", **options)

    # verifying

    def platform_key(self, serial: str) -> RSAPublicKey:
        pem = (Path(self.settings["WECHAT_PAY_PLATFORM_KEYS"]) / f"{serial}.pem").read_bytes()
        if serial.startswith("PUB_KEY_ID_"):
            key = serialization.load_pem_public_key(pem)
        else:
            key = x509.load_pem_x509_certificate(pem).public_key()
        assert isinstance(key, RSAPublicKey)
        return key

    def verify(self, headers: Any, body: bytes, key: RSAPublicKey | None = None) -> None:
        """Raises unless the headers sign the body freshly."""
        timestamp, nonce = headers["Wechatpay-Timestamp"], headers["Wechatpay-Nonce"]
        assert abs(time.time() - int(timestamp)) < 300
        signature = base64.b64decode(headers["Wechatpay-Signature"], validate=True)
        message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        verifying = key or self.platform_key(headers["Wechatpay-Serial"])
        verifying.verify(signature, message, PKCS1v15(), hashes.SHA256())

    def decrypt(self, resource: dict[str, str]) -> bytes:
        assert resource["algorithm"] == "AEAD_AES_256_GCM"
        key = AESGCM(self.settings["WECHAT_PAY_API_V3_KEY"].encode())
        sealed = base64.b64decode(resource["ciphertext"], validate=True)
        return key.decrypt(resource["nonce"].encode(), sealed, resource.get("associated_data", "").encode())

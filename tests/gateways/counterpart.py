"""WeChat's side in these tests: keys, seals, and a server that says what it is told to."""

import contextlib
import json
import secrets
import threading
from base64 import b64encode
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, BinaryIO

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID

API_V3_KEY = "an-api-v3-key-of-thirty-two-char"
NOW = datetime(2026, 7, 14, 9, 30, 15, tzinfo=UTC)
SIGNTEST = "WECHATPAY/SIGNTEST/"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(frozen=True)
class SigningKey:
    """A key of WeChat Pay, and the PEM by which merchants know it."""

    serial: str
    private: RSAPrivateKey
    pem: str

    def headers(self, body: bytes, at: datetime = NOW, **changed: str | None) -> dict[str, str]:
        """The signature headers of a message; a header changed to None is left out."""
        timestamp, nonce = str(int(at.timestamp())), secrets.token_hex(8)
        message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        signature = b64encode(self.private.sign(message, PKCS1v15(), hashes.SHA256())).decode()
        headers: dict[str, str | None] = {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": signature,
            "Wechatpay-Serial": self.serial,
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        }
        headers |= {f"Wechatpay-{name.replace('_', '-').title()}": value for name, value in changed.items()}
        return {name: value for name, value in headers.items() if value is not None}


def make_certificate(private: RSAPrivateKey, number: int, expires_at: datetime | None = None) -> SigningKey:
    """A platform certificate with this serial number."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Platform")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(number)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(expires_at or datetime(2046, 1, 1, tzinfo=UTC))
        .sign(private, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    return SigningKey(f"{number:X}", private, pem)


def make_public_key(private: RSAPrivateKey, serial: str) -> SigningKey:
    """A public key with this id."""
    pem = private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return SigningKey(serial, private, pem.decode())


def private_pem(private: RSAPrivateKey) -> str:
    """A private key as WeChat Pay hands it out."""
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def seal(plaintext: bytes, associated_data: str = "transaction", key: str = API_V3_KEY) -> dict[str, str]:
    """An encrypted resource."""
    nonce = secrets.token_hex(6)
    ciphertext = AESGCM(key.encode()).encrypt(nonce.encode(), plaintext, associated_data.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "nonce": nonce,
        "associated_data": associated_data,
        "ciphertext": b64encode(ciphertext).decode(),
    }


def encode(fields: Any) -> bytes:
    """JSON bytes."""
    return json.dumps(fields, ensure_ascii=False).encode()


def notice(
    plaintext: Any,
    event_type: str = "TRANSACTION.SUCCESS",
    original_type: str | None = "transaction",
    associated_data: str = "transaction",
    key: str = API_V3_KEY,
    resource: dict[str, Any] | None = None,
    **changed: Any,
) -> bytes:
    """The body of a callback."""
    sealed = seal(plaintext if isinstance(plaintext, bytes) else encode(plaintext), associated_data, key)
    envelope = {
        "id": "EV-2026071409301500001",
        "create_time": "2026-07-14T17:30:15+08:00",
        "resource_type": "encrypt-resource",
        "event_type": event_type,
        "summary": "支付成功",
        "resource": {"original_type": original_type, **sealed, **(resource or {})},
    }
    return encode(envelope | changed)


def certificate_list(*keys: SigningKey, api_v3_key: str = API_V3_KEY) -> bytes:
    """What /v3/certificates lists."""
    entries = [
        {
            "serial_no": key.serial,
            "effective_time": "2020-01-01T08:00:00+08:00",
            "expire_time": "2046-01-01T08:00:00+08:00",
            "encrypt_certificate": seal(key.pem.encode(), "certificate", api_v3_key),
        }
        for key in keys
    ]
    return encode({"data": entries})


@dataclass(frozen=True)
class Reply:
    """What the server says to one request.

    Args:
        claims: bytes announced beyond those sent.
        silent: never answer.
        slow: which part comes byte by byte: interim answers before it, its head or its body.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    claims: int = 0
    silent: bool = False
    slow: str = ""


@dataclass(frozen=True)
class Request:
    """What the server was asked."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    port: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def say_slowly(file: BinaryIO, reply: Reply, over: threading.Event) -> None:
    """Say a part of the reply byte by byte; each byte comes soon enough."""
    named = {**reply.headers, "Content-Length": str(len(reply.body))}
    lines = [f"HTTP/1.1 {reply.status} Said", *(f"{name}: {value}" for name, value in named.items()), "", ""]
    parts = {"interim": b"HTTP/1.1 100 Continue\r\n\r\n" * 20, "head": "\r\n".join(lines).encode(), "body": reply.body}
    if reply.slow != "interim":
        del parts["interim"]
    with contextlib.suppress(OSError):  # the caller hangs up
        for part, said in parts.items():
            if part != reply.slow:
                file.write(said)
                continue
            for byte in said:
                over.wait(0.005)
                file.write(bytes([byte]))


class Counterpart:
    """A server on the loopback interface that replies in the order it was told, and then with 500."""

    def __init__(self) -> None:
        self.replies: deque[Reply] = deque()
        self.requests: list[Request] = []
        self._over = threading.Event()
        counterpart = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers, port = dict(self.headers.items()), self.client_address[1]
                request = Request(self.command, self.path, headers, body, port)
                counterpart.requests.append(request)
                reply = counterpart.replies.popleft() if counterpart.replies else Reply(500)
                if reply.silent:
                    counterpart._over.wait()
                    self.close_connection = True
                    return
                if reply.slow:
                    say_slowly(self.wfile, reply, counterpart._over)
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.status != 204:
                    self.send_header("Content-Length", str(len(reply.body) + reply.claims))
                self.end_headers()
                self.wfile.write(reply.body)
                self.close_connection = bool(reply.claims)

            def do_GET(self) -> None:
                self.answer()

            def do_POST(self) -> None:
                self.answer()

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.base = f"http://127.0.0.1:{self._server.server_port}"

    def say(self, *replies: Reply) -> None:
        self.replies.extend(replies)

    def stop(self) -> None:
        self._over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class MemoryKeyStore:
    """A key store that counts how often it is read."""

    def __init__(self, **keys: str) -> None:
        self.keys = dict(keys)
        self.loads = 0

    def load(self) -> dict[str, str]:
        self.loads += 1
        return dict(self.keys)

    def save(self, keys: dict[str, str]) -> None:
        self.keys = dict(keys)

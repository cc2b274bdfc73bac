"""A simulated WeChat Pay that answers every order 20 ms later, at next to no cost of CPU: one signature a second."""

import asyncio
import base64
import json
import sys
import time
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

DELAY = 0.02  # seconds
BODY = json.dumps({"prepay_id": "wx28194501234567890bench0000000000"}).encode()
NONCE = "benchbenchbenchbenchbenchbench00"


class Answers:
    """The one answer, signed anew each second."""

    def __init__(self, key: RSAPrivateKey, serial: str) -> None:
        self._key, self._serial = key, serial
        self._second, self._answer = 0, b""

    def now(self) -> bytes:
        """The whole HTTP answer."""
        second = int(time.time())
        if second != self._second:
            signed = f"{second}\n{NONCE}\n".encode() + BODY + b"\n"
            signature = base64.b64encode(self._key.sign(signed, PKCS1v15(), hashes.SHA256())).decode()
            head = (
                f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(BODY)}\r\n"
                f"Wechatpay-Timestamp: {second}\r\nWechatpay-Nonce: {NONCE}\r\nWechatpay-Serial: {self._serial}\r\n"
                f"Wechatpay-Signature: {signature}\r\nWechatpay-Signature-Type: WECHATPAY2-SHA256-RSA2048\r\n\r\n"
            )
            self._second, self._answer = second, head.encode() + BODY
        return self._answer


class Connection(asyncio.Protocol):
    """Waits for whole requests, and answers each after the delay."""

    def __init__(self, answers: Answers) -> None:
        self._answers, self._data = answers, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, found, body = self._data.partition(b"\r\n\r\n")
        if not found:
            return
        _, _, after = head.lower().partition(b"content-length:")
        length = int(after.partition(b"\r\n")[0] or 0)
        if len(body) >= length:
            self._data = body[length:]
            asyncio.get_running_loop().call_later(DELAY, self._answer)

    def _answer(self) -> None:
        assert isinstance(self._transport, asyncio.Transport)
        if not self._transport.is_closing():
            self._transport.write(self._answers.now())


async def serve(port: int, key: RSAPrivateKey, serial: str) -> None:
    """Serve on loopback until the process is ended."""
    answers = Answers(key, serial)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(answers), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    loaded = serialization.load_pem_private_key(Path(sys.argv[2]).read_bytes(), password=None)
    assert isinstance(loaded, RSAPrivateKey)
    asyncio.run(serve(int(sys.argv[1]), loaded, sys.argv[3]))

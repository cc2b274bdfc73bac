"""A merchant's callback address on this machine that keeps what it is told and answers as told."""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Letter:
    """One notice as it arrived."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.body)
        return value


class Mailbox:
    """Answers with the statuses given, the last one for ever."""

    def __init__(self, *statuses: int) -> None:
        self.letters: list[Letter] = []
        self._statuses = list(statuses) or [200]
        self._arrived = threading.Condition()
        box = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = box.put(Letter(dict(self.headers.items()), body))
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(b'{"code":"SUCCESS"}' if status == 200 else b"")

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/callbacks/wechat-pay"

    def put(self, letter: Letter) -> int:
        with self._arrived:
            self.letters.append(letter)
            self._arrived.notify_all()
            return self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]

    def wait_for(self, number: int, seconds: float = 5) -> list[Letter]:
        """So many letters, once they have come."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.letters) >= number, seconds), len(self.letters)
            return list(self.letters)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def eventually(claim: Any, seconds: float = 5) -> Any:
    """The claim's value once it holds."""
    until = time.monotonic() + seconds
    while not (value := claim()):
        assert time.monotonic() < until, "it never came true"
        time.sleep(0.01)
    return value

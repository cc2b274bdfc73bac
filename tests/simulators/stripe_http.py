"""The server in front of the simulated Stripe: who calls, in which version, under which key; and its bad days.

https://docs.stripe.com/api/authentication, /versioning, /idempotent_requests
"""

import json
import secrets
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import urlsplit

from tests.simulators.stripe_account import API_VERSION
from tests.simulators.stripe_api import Api
from tests.simulators.stripe_forms import Problem, decode

FaultKind = Literal[
    "500-before", "500-after", "429", "409", "timeout-before", "timeout-after", "cut", "not-json", "odd"
]
KEYS_LIVE = 24 * 60 * 60
ODD = ([], {"id": 1}, {"error": "odd"}, "[" * 5000)


@dataclass(frozen=True)
class Seen:
    """A request that came."""

    method: str
    path: str
    headers: dict[str, str]
    fields: dict[str, Any]


@dataclass
class Fault:
    kind: FaultKind
    path: str
    times: int


@dataclass(frozen=True)
class Kept:
    """What an idempotency key remembers."""

    asked: Any
    status: int
    body: Any
    at: float


class Server:
    """Serves one account on the loopback interface; one call at a time touches it."""

    def __init__(self, api: Api, api_key: str, lock: threading.RLock) -> None:
        self.api, self.api_key = api, api_key
        self.seen: list[Seen] = []
        self.faults: list[Fault] = []
        self._lock = lock
        self._keys: dict[str, Kept] = {}
        self._over = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                server._serve(self, urlsplit(self.path).query)

            def do_POST(self) -> None:
                server._serve(self, self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())

            def log_message(self, *_: Any) -> None: ...

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads, self._http.block_on_close = True, False
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self.address = f"http://127.0.0.1:{self._http.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def fail(self, kind: FaultKind, path: str, times: int) -> None:
        self.faults.append(Fault(kind, path, times))

    def _serve(self, handler: BaseHTTPRequestHandler, written: str) -> None:
        asked = Seen(handler.command, urlsplit(handler.path).path, dict(handler.headers.items()), decode(written))
        with self._lock:
            self.seen.append(asked)
            fault = self._next_fault(asked)
            status, body, headers = self._answer(asked, fault)
        if fault in ("timeout-before", "timeout-after", "cut"):
            if fault != "cut":
                self._over.wait()
            handler.close_connection = True
            return
        if fault == "odd":
            body = ODD[secrets.randbelow(len(ODD))]
        content = b"<html>Bad gateway</html>" if fault == "not-json" else json.dumps(body).encode()
        if isinstance(body, str):
            content = body.encode()
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Request-Id", f"req_{secrets.token_hex(7)}")
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def _next_fault(self, asked: Seen) -> FaultKind | None:
        for fault in self.faults:
            if fault.path in f"{asked.method} {asked.path}" and fault.times > 0:
                fault.times -= 1
                return fault.kind
        return None

    def _answer(self, asked: Seen, fault: FaultKind | None) -> tuple[int, Any, dict[str, str]]:
        troubled = {
            "500-before": Problem(500, "Something went wrong", kind="api_error"),
            "timeout-before": Problem(500, "Never sent", kind="api_error"),
            "429": Problem(429, "Too many requests", code="rate_limit"),
            "409": Problem(
                409, "Another request is under way", code="idempotency_key_in_use", kind="idempotency_error"
            ),
        }
        if fault in troubled:
            return troubled[fault].status, troubled[fault].body, {}
        try:
            self._check_caller(asked)
        except Problem as problem:
            return problem.status, problem.body, {}
        key = asked.headers.get("Idempotency-Key") if asked.method == "POST" else None
        kept = self._keys.get(key) if key else None
        if kept and kept.at > time.time() - KEYS_LIVE:
            if kept.asked != (asked.path, asked.fields):
                message = "Keys for idempotent requests can only be used with the parameters of their first use."
                return 400, Problem(400, message, kind="idempotency_error").body, {}
            return kept.status, kept.body, {"Idempotent-Replayed": "true"}
        status, body, keep = self._work(asked)
        if fault == "500-after":
            status, body = 500, Problem(500, "Something went wrong", kind="api_error").body
        if key and keep:
            self._keys[key] = Kept((asked.path, asked.fields), status, body, time.time())
        return status, body, {}

    def _work(self, asked: Seen) -> tuple[int, Any, bool]:
        try:
            return 200, self.api.answer(asked.method, asked.path, asked.fields), True
        except Problem as problem:
            return problem.status, problem.body, problem.kept

    def _check_caller(self, asked: Seen) -> None:
        if asked.headers.get("Authorization") != f"Bearer {self.api_key}":
            raise Problem(401, "Invalid API Key provided")
        if asked.headers.get("Stripe-Version") != API_VERSION:
            raise Problem(400, "Invalid Stripe API version")
        if asked.method == "POST" and asked.headers.get("Content-Type") != "application/x-www-form-urlencoded":
            raise Problem(400, "Invalid content type")

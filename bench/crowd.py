"""Buyers who want the same seats at the same moment, and ask again when they got no answer, under the same key."""

import http.client
import json
import queue
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from bench.machines import Cluster

PATIENCE = 60.0  # seconds after which a buyer gives up one step
LOST = "lost"  # no answer came
AGAIN = {"shop-busy", "shop-silent", "idempotency-key-in-use", "payment-in-progress", "payment-provider-down"}


class Outcome(StrEnum):
    """How it ended for a buyer."""

    HELD = "held"
    PAID = "paid"
    SOLD_OUT = "sold out"
    SURPRISED = "surprised"


@dataclass
class Buyer:
    """One customer, signed in."""

    name: str
    token: str = field(repr=False)
    pays: bool  # at once, if they get a seat
    outcome: Outcome | None = None
    surprise: str = ""


class _Surprise(Exception):
    """An answer that a customer should never see."""


class Crowd:
    """All buyers, over so many connections: each takes the next buyer when one is done."""

    def __init__(self, cluster: Cluster, departure: str, buyers: Sequence[Buyer], *, connections: int) -> None:
        self.answers = 0
        self.told: Counter[str] = Counter()  # what made somebody ask again
        self._cluster, self._departure, self._buyers = cluster, departure, buyers
        self._connections = connections
        self._waiting: queue.SimpleQueue[Buyer] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._held = 0

    def rush(self, after_each_seat: Callable[[int], None]) -> None:
        """Let all of them in at once, and wait until each has had an end.

        Args:
            after_each_seat: told how many seats were had so far, one call at a time.
        """
        for buyer in self._buyers:
            self._waiting.put(buyer)
        threads = [
            threading.Thread(target=self._serve_buyers, args=(after_each_seat,)) for _ in range(self._connections)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def who(self, outcome: Outcome) -> list[Buyer]:
        """Those for whom it ended like this."""
        return [buyer for buyer in self._buyers if buyer.outcome == outcome]

    def surprises(self) -> list[str]:
        """What nobody should have met, each once with its number."""
        found = Counter(buyer.surprise or "no end" for buyer in self._buyers if buyer.outcome not in _ENDS)
        return [f"{number} × {what}" for what, number in found.most_common(5)]

    def story(self) -> str:
        """What made buyers ask again, in words."""
        told = ", ".join(f"{number} {what}" for what, number in self.told.most_common())
        return f"asked again: {told}" if told else "nobody had to ask again"

    def _serve_buyers(self, after_each_seat: Callable[[int], None]) -> None:
        line = _Connection(self._cluster.address)
        while True:
            try:
                buyer = self._waiting.get_nowait()
            except queue.Empty:
                line.close()
                return
            try:
                self._buy(buyer, line, after_each_seat)
            except _Surprise as surprise:
                buyer.outcome, buyer.surprise = Outcome.SURPRISED, str(surprise)

    def _buy(self, buyer: Buyer, line: "_Connection", after_each_seat: Callable[[int], None]) -> None:
        wanted = {"departure_id": self._departure, "units": [{"code": "adult", "quantity": 1}]}
        status, booking = self._ask(buyer, line, "/bookings", wanted)
        if status == 409 and _is_clean(booking):
            buyer.outcome = Outcome.SOLD_OUT
            return
        _expect(201, status, booking)
        buyer.outcome = Outcome.HELD
        with self._lock:
            self._held += 1
            after_each_seat(self._held)
        if buyer.pays:
            self._pay(buyer, line, booking)
            buyer.outcome = Outcome.PAID

    def _pay(self, buyer: Buyer, line: "_Connection", booking: dict[str, Any]) -> None:
        placing = {"booking_ids": [booking["id"]], "contact": {"name": "王小梅"}, "accept_terms": True}
        status, order = self._ask(buyer, line, "/orders", placing)
        _expect(201, status, order)
        paying = {"method": "wechat_mini_program"}
        status, payment = self._ask(buyer, line, f"/orders/{order['id']}/payments", paying)
        _expect(201, status, payment)
        phone = {"user": buyer.name, "client": payment["client"], "outcome": "pay"}
        said = self._cluster.control("/request-payment", phone)["errMsg"]
        if said != "requestPayment:ok":
            raise _Surprise(said)

    def _ask(self, buyer: Buyer, line: "_Connection", path: str, body: Any) -> tuple[int, dict[str, Any]]:
        """Ask, and ask again where there was no answer or the answer was "in a moment"; always under one key."""
        headers = {"Authorization": f"Bearer {buyer.token}", "Idempotency-Key": str(uuid.uuid4())}
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                status, answer, wait = line.post(path, body, headers)
                why = str(answer.get("code", status))
            except (OSError, http.client.HTTPException):
                status, answer, wait, why = 0, {}, 0.2, LOST
            with self._lock:
                self.answers += status > 0
                if why == LOST or why in AGAIN:
                    self.told[why] += 1
            if why != LOST and why not in AGAIN:
                return status, answer
            if time.monotonic() > deadline:
                raise _Surprise(f"gave up {path}: {why}")
            time.sleep(wait)


_ENDS = {Outcome.HELD, Outcome.PAID, Outcome.SOLD_OUT}


def _is_clean(refusal: dict[str, Any]) -> bool:
    """Whether somebody who comes too late is told so, and what else there is."""
    return refusal.get("code") == "sold-out" and refusal.get("seats_left") == 0 and bool(refusal.get("alternatives"))


def _expect(wanted: int, status: int, answer: dict[str, Any]) -> None:
    if status != wanted:
        raise _Surprise(f"{status} {answer.get('code')}: {answer.get('detail')}")


class _Connection:
    """One kept-alive connection to the shop; opened anew when it broke."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        assert parts.hostname
        self._http = http.client.HTTPConnection(parts.hostname, parts.port, timeout=40)

    def post(self, path: str, body: Any, headers: dict[str, str]) -> tuple[int, dict[str, Any], float]:
        """The status, the answer, and how many seconds the shop asks to wait."""
        content = {"Content-Type": "application/json", "Accept-Language": "zh-CN", **headers}
        try:
            self._http.request("POST", f"/api/v1{path}", json.dumps(body), content)
            answer = self._http.getresponse()
            text = answer.read()
        except BaseException:
            self._http.close()
            raise
        wait = float(answer.headers.get("Retry-After", "0.2"))
        return answer.status, (json.loads(text) if text else {}), wait

    def close(self) -> None:
        """Hang up."""
        self._http.close()

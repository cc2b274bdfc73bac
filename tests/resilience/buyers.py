"""Customers with phones who do not give up: what is not answered is asked again, with the same key."""

import random
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.resilience.site import Site

PATIENCE = 60  # seconds for one step to succeed
LOOKS = 15  # seconds at the order's page, until it says that it is paid
# Refusals that only say: not at this moment.
PASSING = {"idempotency-key-in-use", "payment-in-progress", "shop-busy", "payment-provider-down", "wechat-unavailable"}


@dataclass
class Figures:
    """What happened to all of them together."""

    answers: int = 0
    cut_off: int = 0
    asked_to_come_back: int = 0
    replays: int = 0
    failures: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Buyer:
    """One customer, who wants two seats at a departure."""

    def __init__(self, site: Site, figures: Figures, name: str, departure_id: object) -> None:
        self.name = name
        self.order: dict[str, Any] = {}
        self.paid_on_the_phone = False
        self._site, self._figures = site, figures
        self.departure_id = str(departure_id)
        self._chance = random.Random(name)
        self._http = requests.Session()
        self._http.trust_env = False

    def buy(self) -> None:
        """From signing in to a paid order."""
        self.sign_in()
        if self._chance.random() < 0.15:  # some change their mind first
            self.place(self.hold())
            self.call("POST", f"/orders/{self.order['id']}/cancel", expected=200)
        self.place(self.hold())
        if self._chance.random() < 0.1:  # some lose the payment's page and open another
            self.open_payment()
        self.pay(self.open_payment())
        self.look_until_paid()

    def sign_in(self) -> None:
        """A code works once: who gets no answer asks WeChat for another."""
        deadline = time.monotonic() + PATIENCE
        while True:
            code = self._site.control("/codes", {"user": self.name})["code"]
            answer = self._once("POST", "/auth/wechat", {"code": code}, {})
            if answer is not None and answer.status_code == 200:
                self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
                return
            self._wait(deadline, "signing in")

    def hold(self) -> dict[str, Any]:
        wanted = {"departure_id": self.departure_id, "units": [{"code": "adult", "quantity": 2}]}
        return self.call("POST", "/bookings", wanted)

    def place(self, booking: dict[str, Any]) -> None:
        wanted = {"booking_ids": [booking["id"]], "contact": {"name": "王小梅"}, "accept_terms": True}
        self.order = self.call("POST", "/orders", wanted)

    def open_payment(self) -> dict[str, Any]:
        return self.call("POST", f"/orders/{self.order['id']}/payments", {"method": "wechat_mini_program"})

    def pay(self, payment: dict[str, Any]) -> None:
        phone = {"user": self.name, "client": payment["client"], "outcome": "pay"}
        assert self._site.control("/request-payment", phone)["errMsg"] == "requestPayment:ok"
        self.paid_on_the_phone = True

    def look_until_paid(self) -> None:
        """Look at the order's page for a while, then put the phone away."""
        deadline = time.monotonic() + LOOKS
        while self.look()["status"] == "pending" and time.monotonic() < deadline:
            time.sleep(0.6)

    def look(self) -> dict[str, Any]:
        self.order = self.call("GET", f"/orders/{self.order['id']}", expected=200)
        return self.order

    def tickets(self) -> list[dict[str, Any]]:
        return list(self.call("GET", f"/orders/{self.order['id']}/tickets", expected=200)["items"])

    def call(self, method: str, path: str, body: Any = None, *, expected: int = 201) -> dict[str, Any]:
        """Ask until there is an answer that is not "come back later"; always under one key."""
        headers = {"Idempotency-Key": str(uuid.uuid4())} if method == "POST" else {}
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self._once(method, path, body, headers)
            if answer is not None and answer.status_code == expected:
                found: dict[str, Any] = answer.json()
                return found
            if answer is not None and answer.json().get("code") not in PASSING:
                raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
            self._wait(deadline, f"{method} {path}")

    def _once(self, method: str, path: str, body: Any, headers: dict[str, str]) -> requests.Response | None:
        """One attempt; None if there is no answer, or none that counts."""
        address = f"{self._site.address}/api/v1{path}"
        try:
            answer = self._http.request(method, address, json=body, headers=headers, timeout=30)
        except requests.RequestException:
            with self._figures.lock:
                self._figures.cut_off += 1
            return None
        with self._figures.lock:
            self._figures.answers += 1
            self._figures.replays += answer.headers.get("Idempotent-Replayed") == "true"
            if answer.status_code == 503 and "Retry-After" in answer.headers:
                self._figures.asked_to_come_back += 1
            elif answer.status_code >= 500:
                self._figures.failures.append(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
                return None
        return answer

    def _wait(self, deadline: float, what: str) -> None:
        assert time.monotonic() < deadline, f"{self.name} gave up {what}"
        time.sleep(self._chance.uniform(0.1, 0.5))

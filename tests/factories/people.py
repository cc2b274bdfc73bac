"""Tourists with phones: what a mini-program does, over HTTP."""

from typing import Any
from uuid import UUID

import requests
from flask import Flask
from werkzeug.test import TestResponse

from shop.simulator import SimulatedWeChat

API = "/api/v1"


class Tourist:
    """A customer: calls the shop's API with their token, and pays on their phone."""

    def __init__(self, app: Flask, wechat: SimulatedWeChat, name: str) -> None:
        self.app = app
        self.wechat = wechat.address
        self._here = wechat if isinstance(wechat, SimulatedWeChat) else None
        self.name = name
        self.client = app.test_client()
        self.headers: dict[str, str] = {"Accept-Language": "en"}

    def sign_in(self) -> "Tourist":
        answer = self.post("/auth/wechat", {"code": self.login_code()})
        assert answer.status_code == 200, answer.text
        self.headers["Authorization"] = f"Bearer {answer.json['access_token']}"
        self.id = answer.json["customer"]["id"]
        return self

    def login_code(self) -> str:
        if self._here is None:
            return self.control("/codes", {"user": self.name})["code"]
        simulation = self._here.simulation  # in this process: no need to ask over HTTP
        code, _openid = simulation.visitors.new_code(simulation.credentials.app_id, self.name)
        return code

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(API + path, headers=self.headers | headers)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(API + path, json=body, headers=self.headers | named)

    def patch(self, path: str, body: Any) -> TestResponse:
        return self.client.patch(API + path, json=body, headers=self.headers)

    def delete(self, path: str) -> TestResponse:
        return self.client.delete(API + path, headers=self.headers)

    def hold(self, departure_id: UUID, *, adults: int = 2, infants: int = 0, **headers: str) -> TestResponse:
        units = [{"code": "adult", "quantity": adults}]
        if infants:
            units.append({"code": "infant", "quantity": infants})
        return self.post("/bookings", {"departure_id": str(departure_id), "units": units}, **headers)

    def held(self, departure_id: UUID, *, adults: int = 2, infants: int = 0) -> dict[str, Any]:
        return created(self.hold(departure_id, adults=adults, infants=infants))

    def place(self, *booking_ids: str, accept_terms: Any = True, **headers: str) -> TestResponse:
        contact = {"name": "王小梅", "email": "mei@example.com", "phone": "+86 138 0013 8000"}
        wanted = {"booking_ids": list(booking_ids), "contact": contact, "accept_terms": accept_terms}
        return self.post("/orders", wanted, **headers)

    def ordered(self, departure_id: UUID, *, adults: int = 2, infants: int = 0) -> dict[str, Any]:
        return created(self.place(self.held(departure_id, adults=adults, infants=infants)["id"]))

    def order(self, order_id: str) -> dict[str, Any]:
        answer = self.get(f"/orders/{order_id}")
        assert answer.status_code == 200, answer.text
        return answer.json

    def open_payment(self, order_id: str, **headers: str) -> TestResponse:
        return self.post(f"/orders/{order_id}/payments", {"method": "wechat_mini_program"}, **headers)

    def payment(self, order_id: str) -> dict[str, Any]:
        return created(self.open_payment(order_id))

    def pay_on_phone(self, payment: dict[str, Any], outcome: str = "pay") -> str:
        asked = {"user": self.name, "client": payment["client"], "outcome": outcome}
        return self.control("/request-payment", asked)["errMsg"]

    def tickets(self, order_id: str) -> list[dict[str, Any]]:
        return self.get(f"/orders/{order_id}/tickets").json["items"]

    def control(self, path: str, body: Any) -> Any:
        answer = requests.post(f"{self.wechat}/control{path}", json=body, timeout=20)
        assert answer.ok, answer.text
        return answer.json()


def created(answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    return answer.json

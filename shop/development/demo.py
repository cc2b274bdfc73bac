"""`flask --app wsgi demo`: a tourist buys a ticket from the shop that `make run` started, step by step.

A client like any other: it knows the shop and the simulated WeChat by their addresses only.
"""

import io
import time
from collections.abc import Callable
from typing import Any

import click
import requests
import segno
from flask.cli import with_appcontext

from shop.core.commands import language_option
from shop.core.i18n import Language, Text
from shop.core.money import Money
from shop.core.settings import settings

PATIENCE = 30  # seconds for the callback to arrive
TIMEOUT = 20  # seconds for any answer

SIGN_IN = Text(
    fr="1. Mei ouvre le mini-programme et se connecte avec WeChat.",
    zh="1. 小梅打开小程序，用微信登录。",
    en="1. Mei opens the mini-program and signs in with WeChat.",
)
BROWSE = Text(
    fr="2. Elle lit le catalogue en chinois :",
    zh="2. 她用中文浏览目录：",
    en="2. She reads the catalogue in Chinese:",
)
HOLD = Text(
    fr="3. Elle retient {seats} places pour « {title} », le {start}. Total : {total} ; retenu jusqu’à {until}.",
    zh="3. 她为“{title}”保留了 {seats} 个座位，时间 {start}。合计 {total}；保留至 {until}。",
    en="3. She holds {seats} seats for “{title}”, {start}. Total {total}; held until {until}.",
)
ORDER = Text(
    fr="4. Elle commande et accepte les conditions de vente : commande {number}.",
    zh="4. 她下单并接受销售条款：订单号 {number}。",
    en="4. She orders and accepts the conditions of sale: order {number}.",
)
PAY = Text(
    fr="5. Elle paie dans WeChat : {answer}.",
    zh="5. 她在微信中付款：{answer}。",
    en="5. She pays in WeChat: {answer}.",
)
CALLBACK = Text(
    fr="6. WeChat Pay prévient la boutique ; la commande est payée. Son histoire :",
    zh="6. 微信支付通知商店；订单已支付。订单记录：",
    en="6. WeChat Pay tells the shop; the order is paid. Its story:",
)
TICKETS = Text(
    fr="7. Ses billets. Celui-ci est à montrer à l’entrée ({reference}) :",
    zh="7. 她的门票。入场时请出示此码（{reference}）：",
    en="7. Her tickets. This one is to be shown at the door ({reference}):",
)
FAILED = Text(fr="La démonstration a échoué : {why}", zh="演示失败：{why}", en="The demonstration failed: {why}")


class StepFailed(Exception):
    """A step did not go as it should; the message says how."""


@click.command("demo")
@language_option
@with_appcontext
def demo(language: Language) -> None:
    """Walk the whole way of a tourist against the shop that runs here; exit 1 if a step fails."""
    try:
        Journey(settings().public_url, settings().wechat_api_base, language).walk()
    except (StepFailed, requests.RequestException) as failure:
        click.echo(FAILED.to(language, why=failure), err=True)
        raise SystemExit(1) from None


class Journey:
    """One tourist's way from the catalogue to a ticket."""

    def __init__(self, shop: str, wechat: str, language: Language) -> None:
        self._shop = shop
        self._wechat = wechat
        self._language = language
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.headers["Accept-Language"] = "zh-CN"

    def walk(self) -> None:
        """Take every step, telling each as a person would read it."""
        self._sign_in()
        departure = self._browse()
        order = self._order(self._hold(departure))
        self._pay(order)
        self._wait_until_paid(order)
        self._show_tickets(order)

    def _sign_in(self) -> None:
        self._say(SIGN_IN)
        code = self._call("POST", f"{self._wechat}/control/codes", {"user": "mei"}, 200)["code"]
        token = self._api("POST", "/auth/wechat", {"code": code}, 200)["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def _browse(self) -> dict[str, Any]:
        self._say(BROWSE)
        tours = self._api("GET", "/tours", None, 200)["items"]
        for tour in tours:
            click.echo(f"   · {tour['title']}  {self._money(tour['price_from'])}")
        for tour in tours:
            if tour["price_from"] and tour["price_from"]["amount"]:
                found = self._api("GET", f"/tours/{tour['slug']}/departures?seats=2", None, 200)["items"]
                if found:
                    units = self._api("GET", f"/tours/{tour['slug']}", None, 200)["units"]
                    return {**found[0], "title": tour["title"], "units": units}
        raise StepFailed("no departure with two seats")

    def _hold(self, departure: dict[str, Any]) -> dict[str, Any]:
        unit = next(unit for unit in departure["units"] if unit["seats"] == 1 and unit["price"]["amount"])
        wanted = {"departure_id": departure["id"], "units": [{"code": unit["code"], "quantity": 2}]}
        booking = self._api("POST", "/bookings", wanted, 201)
        self._say(
            HOLD,
            seats=booking["seats"],
            title=departure["title"],
            start=departure["starts_at"][:16].replace("T", " "),
            total=self._money(booking["total"]),
            until=booking["expires_at"][11:19],
        )
        return booking

    def _order(self, booking: dict[str, Any]) -> dict[str, Any]:
        wanted = {"booking_ids": [booking["id"]], "contact": {"name": "王小梅"}, "accept_terms": True}
        order = self._api("POST", "/orders", wanted, 201)
        self._say(ORDER, number=order["number"])
        return order

    def _pay(self, order: dict[str, Any]) -> None:
        payment = self._api("POST", f"/orders/{order['id']}/payments", {"method": "wechat_mini_program"}, 201)
        phone = {"user": "mei", "client": payment["client"], "outcome": "pay"}
        answer = self._call("POST", f"{self._wechat}/control/request-payment", phone, 200)["errMsg"]
        self._say(PAY, answer=answer)
        if answer != "requestPayment:ok":
            raise StepFailed(answer)

    def _wait_until_paid(self, order: dict[str, Any]) -> None:
        path = f"/orders/{order['id']}?lang={self._language}"
        found = self._until(lambda: self._api("GET", path, None, 200), "paid")
        self._say(CALLBACK)
        for event in found["timeline"]:
            click.echo(f"   {event['at'][11:19]}  {event['text']}")

    def _show_tickets(self, order: dict[str, Any]) -> None:
        tickets = self._api("GET", f"/orders/{order['id']}/tickets", None, 200)["items"]
        if len(tickets) != 2 or any(ticket["status"] != "valid" for ticket in tickets):
            raise StepFailed("tickets are missing")
        self._say(TICKETS, reference=tickets[0]["reference"])
        picture = io.StringIO()
        segno.make(tickets[0]["code"], error="m").terminal(out=picture, border=2, compact=True)
        click.echo(picture.getvalue())
        for kind in ("qr", "pdf", "ics"):
            answer = self._http.get(tickets[0][kind], timeout=TIMEOUT)
            if answer.status_code != 200:
                raise StepFailed(f"{kind}: {answer.status_code}")
            click.echo(f"   {kind.upper()}: {tickets[0][kind]}")

    def _until(self, look: Callable[[], dict[str, Any]], status: str) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while (found := look())["status"] != status:
            if time.monotonic() > deadline:
                raise StepFailed(f"status {found['status']} after {PATIENCE} s")
            time.sleep(0.2)
        return found

    def _api(self, method: str, path: str, body: dict[str, Any] | None, expected: int) -> dict[str, Any]:
        return self._call(method, f"{self._shop}/api/v1{path}", body, expected)

    def _call(self, method: str, url: str, body: dict[str, Any] | None, expected: int) -> dict[str, Any]:
        answer = self._http.request(method, url, json=body, timeout=TIMEOUT)
        if answer.status_code != expected:
            raise StepFailed(f"{method} {url}: {answer.status_code} {answer.text[:300]}")
        found: dict[str, Any] = answer.json()
        return found

    def _money(self, money: dict[str, Any] | None) -> str:
        return "-" if money is None else Money(**money).to(self._language)

    def _say(self, text: Text, **facts: Any) -> None:
        click.echo(text.to(self._language, **facts))

"""Everything the shop can be asked over HTTP, each with a thing it is asked about."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from shop.customers.rules import CONSENT_VERSION, PURPOSES
from tests.factories.people import API
from tests.payments.world import World

Call = Callable[[], TestResponse]
CONSENTS = {"items": [{"purpose": PURPOSES[0], "given": True, "version": CONSENT_VERSION}]}
UNIT = {"code": "adult", "quantity": 1}
# What stands on no database.
STATIC = {"/api/v1/terms", "/api/v1/docs", "/api/v1/openapi.json", "/paid"}


class Midway:
    """A customer in the middle of everything, made while all is well: something held, ordered, paid, and told of."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._mei = world.mei
        self._departure = world.departure()
        self._held = self._mei.held(self._departure, adults=1)["id"]
        self._pending = world.order(adults=1)["id"]
        self._paid = world.paid()["id"]
        self._ticket = self._mei.tickets(self._paid)[0]
        self._receipt = self._mei.get(f"/orders/{self._paid}/documents").json["items"][0]
        self._tour = world.sql("SELECT slug FROM tours ORDER BY id LIMIT 1")[0][0]
        world.sql("INSERT INTO images (digest, media_type, content) VALUES ('aa', 'image/svg+xml', '<svg/>')")
        self._told_of, _, number = world.opened()
        world.pay(number)
        self._notice = world.genuine(number)

    def reading(self) -> Mapping[str, Call]:
        """What changes nothing, by the rule of its address."""
        paths = {
            f"{API}/tours": f"{API}/tours",
            f"{API}/tours/<slug>": f"{API}/tours/{self._tour}",
            f"{API}/tours/<slug>/departures": f"{API}/tours/{self._tour}/departures",
            "/images/<digest>": "/images/aa",
            f"{API}/bookings/<booking_id>": f"{API}/bookings/{self._held}",
            f"{API}/orders": f"{API}/orders",
            f"{API}/orders/<order_id>": f"{API}/orders/{self._pending}",
            f"{API}/orders/<order_id>/tickets": f"{API}/orders/{self._paid}/tickets",
            f"{API}/orders/<order_id>/cancellation": f"{API}/orders/{self._paid}/cancellation",
            f"{API}/orders/<order_id>/documents": f"{API}/orders/{self._paid}/documents",
            "/documents/<code>.pdf": urlsplit(self._receipt["pdf"]).path,
            f"{API}/me": f"{API}/me",
            f"{API}/me/consents": f"{API}/me/consents",
            "/tickets/<code>.svg": urlsplit(self._ticket["qr"]).path,
            "/tickets/<code>.pdf": urlsplit(self._ticket["pdf"]).path,
            "/tickets/<code>.ics": urlsplit(self._ticket["ics"]).path,
        }
        return {f"GET {rule}": self._asking("GET", path) for rule, path in paths.items()}

    def writing(self) -> Mapping[str, Call]:
        """What changes something, by method and rule."""
        hold = {"departure_id": str(self._departure), "units": [UNIT]}
        place = {"booking_ids": [self._held], "contact": {"name": "Mei"}, "accept_terms": True}
        pay = {"method": "wechat_mini_program"}
        booking, order = f"{API}/bookings/{self._held}", f"{API}/orders/{self._pending}"
        wanted: dict[str, tuple[str, Any]] = {
            f"POST {API}/auth/wechat": (f"{API}/auth/wechat", {"code": self._mei.login_code()}),
            f"POST {API}/bookings": (f"{API}/bookings", hold),
            f"POST {API}/bookings/<booking_id>/extend": (f"{booking}/extend", None),
            f"POST {API}/orders": (f"{API}/orders", place),
            f"POST {API}/orders/<order_id>/payments": (f"{order}/payments", pay),
            f"POST {API}/orders/<order_id>/cancel": (f"{order}/cancel", None),
            f"PATCH {API}/me": (f"{API}/me", {"locale": "fr"}),
            f"PUT {API}/me/consents": (f"{API}/me/consents", CONSENTS),
            f"DELETE {API}/bookings/<booking_id>": (booking, None),
            f"POST {API}/auth/logout": (f"{API}/auth/logout", None),
        }
        return {name: self._asking(name.split()[0], *asked) for name, asked in wanted.items()}

    def declined(self) -> Mapping[str, Call]:
        """What would change something, but not for somebody who stands like this: it is declined after a look. And what
        only the trail is told of."""
        rebook = {"booking_id": self._held, "departure_id": str(self._departure)}
        return {
            f"GET {API}/me/export": self._asking("GET", f"{API}/me/export"),
            f"DELETE {API}/me": self._asking("DELETE", f"{API}/me"),
            f"POST {API}/orders/<order_id>/rebook": self._asking("POST", f"{API}/orders/{self._paid}/rebook", rebook),
        }

    def notice(self) -> tuple[int, str]:
        """WeChat Pay tells of money that came; the status and the code of the answer."""
        headers, body = self._notice
        answer = self._world.app.test_client().post("/callbacks/wechat-pay", data=body, headers=headers)
        return answer.status_code, answer.json["code"]

    def what_the_notice_did(self) -> str:
        """The status of the order whose money it told of."""
        return self._world.status(self._told_of)

    def probes(self) -> tuple[int, int, int]:
        """What who operates the shop is told: alive, ready, counting."""
        client = self._world.app.test_client()
        health, ready, metrics = (client.get(path).status_code for path in ("/healthz", "/readyz", "/metrics"))
        return health, ready, metrics

    def _asking(self, method: str, path: str, body: Any = None) -> Call:
        client = self._world.app.test_client
        return lambda: client().open(path, method=method, json=body, headers=self._mei.headers)


def manner(answer: TestResponse) -> str:
    """`answered`, or the code with which the caller is politely asked to come back."""
    if answer.status_code < 500:
        return "answered" if answer.status_code < 400 else f"{answer.status_code} {answer.json['code']}"
    assert answer.status_code == 503, (answer.status_code, answer.text)
    assert answer.content_type == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0
    return str(answer.json["code"])

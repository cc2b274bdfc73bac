"""A whole purchase and its refund, with all that can go wrong, leave no secret where it has no place."""

import base64
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shop.payments.sweep import sweep
from tests import conftest as root
from tests.core.watching import another_shop
from tests.factories.catalogue import Catalogue
from tests.factories.people import API, Tourist
from tests.factories.rows import change
from tests.payments.world import SUCCESS, World
from tests.secrets.places import contents, everything_logged, tapped, where

CONTACT = {"name": "王小梅 Zoé Ångström", "email": "zoe.angstrom@gmail.com", "phone": "+33612345678"}
NOBODY = "Bearer " + secrets.token_urlsafe(40)

# Where each secret may stand; in logs, metrics and refusals none may.
ALLOWED = {
    "secret key": set(),
    "app secret": set(),
    "APIv3 key": set(),
    "merchant's private key": set(),
    "database password": set(),
    "request signature": set(),
    "login code": set(),
    "session key": set(),
    "access token": set(),
    "openid": {"customers.openid"},
    "prepay id": {"payments.reference"},
    "launch signature": set(),
    "ticket code": {"tickets.code"},
    "document code": {"documents.code"},
    "client's name": {"orders.contact", "documents.content"},  # receipts are made out to somebody
    "contact": {"orders.contact"},
    "payload": set(),
    "sealed payload": {"gateway_events.body"},
}
KEPT_A_DAY = {"prepay id", "launch signature", "client's name", "contact"}  # in answers kept for those who ask twice


@dataclass(frozen=True)
class Found:
    """All that a purchase left behind, and all that is to be looked for in it."""

    places: dict[str, str]
    secrets: dict[str, list[str]]

    def where(self, name: str) -> set[str]:
        assert self.secrets[name], "nothing to look for"
        return set().union(*(where(one, self.places) for one in self.secrets[name]))


@pytest.fixture(scope="module")
def found(settings, global_app, wechat) -> Iterator[Found]:
    """Every secret of a purchase, and the places it was found in."""
    key = secrets.token_urlsafe(32)
    with another_shop(settings, secret_key=key) as app, everything_logged() as log:
        root._behind[:] = [app]
        with tapped(app) as wire:
            purchase = Purchase(World(app, wechat, "global", None))
            purchase.happen()
        places = {
            **contents(app),
            "log": log.getvalue(),
            "metrics": app.test_client().get("/metrics").text,
            "refusals": "\n".join(purchase.refusals),
        }
        yield Found(places, dict(secrets_of(purchase, wire)))
        root._empty(app)


def secrets_of(purchase, wire):
    """What must not be found: what is made at random, from what was really sent and received."""
    settings = purchase.world.settings
    answers = [json.loads(body) for body in wire.answers if body.startswith(b"{")]
    asked = [parse_qs(urlsplit(request.url).query) for request in wire.requests]
    yield "secret key", [settings.secret_key]
    yield "app secret", [settings.wechat_app_secret]
    yield "APIv3 key", [settings.wechat_pay.api_v3_key]
    yield "merchant's private key", settings.wechat_pay.private_key.splitlines()[1:-2]
    yield "database password", [urlsplit(settings.database_url).password]
    yield "request signature", [one.split('signature="')[1][:60] for one in wire.headers("Authorization")]
    yield "login code", [code for query in asked for code in query.get("js_code", [])]
    yield "session key", [one["session_key"] for one in answers if "session_key" in one]
    yield "access token", [one.headers["Authorization"].split()[1] for one in purchase.tourists] + [NOBODY.split()[1]]
    yield "openid", [one["openid"] for one in answers if "openid" in one]
    yield "prepay id", [one["prepay_id"] for one in answers if "prepay_id" in one]
    yield "launch signature", [one["client"]["paySign"][:60] for one in purchase.payments]
    yield "ticket code", [one["code"] for one in purchase.tickets]
    yield "document code", purchase.document_codes
    yield "client's name", [CONTACT["name"], CONTACT["name"].split()[0]]
    yield "contact", [CONTACT["email"], CONTACT["phone"]]
    yield "payload", [*purchase.plaintexts, '"bank_type"', '"success_time"', '"sub_openid"']
    yield "sealed payload", purchase.ciphertexts


@contextmanager
def broken(app, table, condition):
    """The table takes no row but those of a condition; the database's complaint quotes the row."""
    change(app, f"ALTER TABLE {table} ADD CONSTRAINT broken CHECK ({condition}) NOT VALID")
    try:
        yield
    finally:
        change(app, f"ALTER TABLE {table} DROP CONSTRAINT broken")


@contextmanager
def renamed(app, table, column):
    """A column that is not where the shop looks for it."""
    change(app, f"ALTER TABLE {table} RENAME COLUMN {column} TO away")
    try:
        yield
    finally:
        change(app, f"ALTER TABLE {table} RENAME COLUMN away TO {column}")


class Purchase:
    """Two customers, an order that is paid and given back, and every kind of failure on the way."""

    def __init__(self, world):
        self.world = world
        self.app = world.app
        self.departure = Catalogue(self.app).departure()
        self.refusals, self.tourists, self.payments, self.tickets = [], [], [], []
        self.plaintexts, self.ciphertexts, self.document_codes = [], [], []

    def happen(self):
        self.sign_in()
        order = self.order()
        self.quarrel(order)
        self.pay(order)
        self.fail_in_the_database()
        self.read_tickets(order)
        self.give_back(order)
        self.read_documents(order)
        for command in ("attention", "audit"):
            self.refusals.append(self.app.test_cli_runner().invoke(args=[command]).output)

    def sign_in(self):
        for fault in ("500-before", "not-json", "timeout-after"):
            self.world.control("/faults", {"path_prefix": "/sns/", "kind": fault, "delay_seconds": 0.05})
            stranger = Tourist(self.app, self.world.wechat, "mei")
            self.refused(stranger.post("/auth/wechat", {"code": stranger.login_code()}))
        self.refused(stranger.post("/auth/wechat", {"code": "a code nobody was given"}))
        self.tourists += [Tourist(self.app, self.world.wechat, name).sign_in() for name in ("mei", "lei")]

    def order(self):
        mei = self.tourists[0]
        booking = mei.held(self.departure)
        wanted = {"booking_ids": [booking["id"]], "contact": CONTACT, "accept_terms": True}
        self.refused(mei.post("/orders", wanted | {"contact": CONTACT | {"email": CONTACT["email"] + "@"}}))
        self.refused(mei.post("/orders", wanted | {"accept_terms": CONTACT["name"]}))
        self.refused(mei.post("/orders", wanted | {"remark": CONTACT["phone"] + "\0"}))
        with broken(self.app, "orders", "contact IS NULL"):
            self.refused(mei.post("/orders", wanted), 500)
        answer = mei.post("/orders", wanted, Idempotency_Key="order-once")
        assert answer.status_code == 201, answer.text
        return answer.json

    def quarrel(self, order):
        mei, lei = self.tourists
        here = f"{API}/orders/{order['id']}"
        self.refused(lei.get(f"/orders/{order['id']}"), 404)
        for header in (NOBODY, mei.headers["Authorization"] + "x", mei.headers["Authorization"].split()[1]):
            self.refused(self.app.test_client().get(here, headers={"Authorization": header}), 401)
        self.refused(mei.client.post(f"{here}/payments", data=json.dumps(CONTACT) + "}", headers=mei.headers))
        self.refused(mei.client.get(f"/{CONTACT['name']}?{mei.headers['Authorization']}", headers=mei.headers), 404)
        path = self.world.paths
        for fault in ("500-after", "timeout-after", "close-connection", "unsigned", "signtest", "not-json", "429"):
            self.world.control("/faults", {"path_prefix": path, "kind": fault, "times": 2, "delay_seconds": 0.05})
            self.refused(mei.open_payment(order["id"]), 503)
            self.world.behave()

    def pay(self, order):
        mei = self.tourists[0]
        self.payments.append(mei.open_payment(order["id"], Idempotency_Key="pay-once").json)
        number = self.world.number(order)
        self.world.pay(number)
        for signing in ("unsigned", "wrong-key", "signtest", "stale"):
            assert self.world.notify(number, signing=signing)["status"] in {400, 401}
        damaged = {"envelope": {"resource": {"nonce": "000000000000"}}}
        assert self.world.notify(number, **damaged)["status"] == 500
        with broken(self.app, "gateway_events", "body IS NULL"):
            assert self.world.notify(number)["status"] == 500
        self.world.fault("wrong-key")
        change(self.app, "UPDATE payments SET next_check_at = created_at")
        self.sweep()
        self.world.behave()
        with broken(self.app, "order_events", "event <> 'order.paid'"):
            change(self.app, "UPDATE payments SET next_check_at = created_at")
            self.sweep()
        for overrides in ({"out_trade_no": "nobodys-order"}, {"sub_mchid": "1700000000"}):
            assert self.world.notify(number, overrides=overrides) == SUCCESS
        self.receive(number)
        assert mei.order(order["id"])["status"] == "paid"

    def fail_in_the_database(self):
        with broken(self.app, "customers", "openid IS NULL"):
            stranger = Tourist(self.app, self.world.wechat, "zoé")
            self.refused(stranger.post("/auth/wechat", {"code": stranger.login_code()}), 500)
        lei = self.tourists[1]
        with broken(self.app, "bookings", "customer_id IS NULL"):
            self.refused(lei.hold(self.departure), 500)

    def read_tickets(self, order):
        self.tickets = self.tourists[0].tickets(order["id"])
        client = self.app.test_client()
        for kind in ("svg", "pdf", "ics"):
            assert client.get(f"/tickets/{self.tickets[0]['code']}.{kind}").status_code == 200
        self.refused(client.get(f"/tickets/{self.tickets[0]['code']}x.svg"), 404)
        self.refused(client.delete(f"/tickets/{self.tickets[0]['code']}.svg"), 405)
        with renamed(self.app, "tickets", "code"):
            self.refused(client.get(f"/tickets/{self.tickets[0]['code']}.svg"), 500)

    def give_back(self, order):
        mei, path = self.tourists[0], f"/orders/{order['id']}"
        quote = mei.get(f"{path}/cancellation").json["quote"]
        self.refused(mei.post(f"{path}/cancel", {"quote": CONTACT["name"]}), 409)
        with broken(self.app, "refunds", "note IS NOT NULL"):
            self.refused(mei.post(f"{path}/cancel", {"quote": quote}), 500)
        assert mei.post(f"{path}/cancel", {"quote": quote}).status_code == 200
        for fault in ("unsigned", "not-json", "500-after"):
            self.world.control("/faults", {"path_prefix": "/v3/global/refunds", "kind": fault, "times": 2})
            self.send_refunds()
            self.world.behave()
        with broken(self.app, "journal_entries", "kind <> 'refund'"):
            for _ in ("asked for", "asked about"):
                self.send_refunds()
        self.send_refunds()
        assert mei.order(order["id"])["status"] == "refunded"

    def send_refunds(self):
        change(self.app, "UPDATE refunds SET next_check_at = created_at")
        change(self.app, "UPDATE payments SET refund_sent_at = NULL")
        self.sweep()

    def read_documents(self, order):
        items = self.tourists[0].get(f"/orders/{order['id']}/documents").json["items"]
        assert [item["kind"] for item in items] == ["receipt", "credit_note"]
        self.document_codes = [item["pdf"].rpartition("/")[2].removesuffix(".pdf") for item in items]
        client, code = self.app.test_client(), self.document_codes[0]
        for one in self.document_codes:
            assert client.get(f"/documents/{one}.pdf").status_code == 200
        self.refused(client.get(f"/documents/{code}x.pdf"), 404)
        self.refused(client.delete(f"/documents/{code}.pdf"), 405)
        with renamed(self.app, "documents", "code"):
            self.refused(client.get(f"/documents/{code}.pdf"), 500)

    def sweep(self):
        with self.app.app_context():
            sweep()

    def receive(self, number):
        """The genuine notice, of which we know what it says, sealed and open."""
        headers, body = self.world.genuine(number)
        address = f"{self.world.settings.public_url}/callbacks/wechat-pay"
        assert requests.post(address, data=body, headers=headers, timeout=10).status_code == 200
        sealed = json.loads(body)["resource"]
        key = AESGCM(self.world.settings.wechat_pay.api_v3_key.encode())
        told = key.decrypt(sealed["nonce"].encode(), base64.b64decode(sealed["ciphertext"]), b"transaction")
        self.plaintexts.append(told.decode()[:60])
        self.ciphertexts.append(sealed["ciphertext"])

    def refused(self, answer, status=None):
        assert answer.status_code in ([status] if status else range(400, 600)), answer.text
        self.refusals.append(answer.text + str(answer.headers))


@pytest.mark.parametrize("name", ALLOWED)
def test_a_secret_stands_only_where_it_has_a_place(found, name):
    kept = {"idempotency_keys.body"} if name in KEPT_A_DAY else set()

    assert found.where(name) == ALLOWED[name] | kept


@pytest.mark.parametrize(
    "event",
    [
        *("request_failed", "callback_not_stored", "callback_refused", "sweep_failed", "attention"),
        *("wechat_unavailable", "wechat_code_refused", "wechat_pay_call_failed", "wechat_pay_answer_not_trusted"),
        *('"logger": "urllib3', "undecryptable", "IntegrityError", "UndefinedColumn"),
    ],
)
def test_what_was_searched_tells_of_every_failure(found, event):
    assert event in found.places["log"]


def test_what_was_searched_is_all_there_is(found):
    assert {"internal-error", "payment-provider-down", "wechat-unavailable", "sign-in-required", "not-found"} <= {
        code for code in found.places["refusals"].replace('"', " ").split() if "-" in code
    }
    assert "shop_callbacks_total" in found.places["metrics"]
    assert {place.partition(".")[0] for place in found.places} >= {"payments", "procrastinate_jobs", "attention"}


def test_the_web_server_writes_no_log_of_its_own(here):
    assert "accesslog = None" in (here / "config" / "gunicorn.py").read_text()

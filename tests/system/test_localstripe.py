"""Our gateway against `localstripe`, which others wrote from Stripe's API: https://github.com/adrienverge/localstripe

What it knows: payments, refunds and their lists, movements, signed events. It has no Checkout and no disputes, keeps
no idempotency keys, sends events in the version 2017-08-15 only and of payments
only, and knows neither `reason` of a refund nor `created` of a list of movements, which are taken out on their way.
It is installed from PyPI into an environment of its own, and is skipped where PyPI cannot be reached.
"""

import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from shop.core import clock
from shop.core.money import Money
from shop.gateways.errors import NoticeRefused, PaymentProviderDown, RefundRefused
from shop.gateways.payment import Subject
from shop.gateways.stripe import StripeCheckout, StripeSettings
from shop.gateways.stripe.transport import Transport
from tests.factories.waiting import wait_until
from tests.simulators.merchant import repayment

pytestmark = pytest.mark.system

REQUIREMENT = "localstripe==1.15.10"
KEY = "sk_test_" + secrets.token_hex(12)
SECRET = "whsec_" + secrets.token_hex(12)
UNREACHABLE = ("No matching distribution", "Could not find a version", "Connection", "Temporary failure", "timed out")
LEFT_BEHIND = Path("/tmp/localstripe.pickle")
TEST_CARD = {"number": "4242" * 4, "exp_month": 12, "exp_year": 2031, "cvc": "123"}
NUMBER, REFUND = "P20260714ABCDEF01", "R20260714ABCDEF01"


class Abridged(Transport):
    """Leaves out what localstripe does not know."""

    def request(self, method: str, url: str, headers: Any, post_data: Any = None, **more: Any) -> Any:
        if post_data and "/refunds" in url:
            post_data = post_data.replace("&reason=requested_by_customer", "")
        if "/balance_transactions" in url:
            path, _, query = url.partition("?")
            url = f"{path}?" + "&".join(part for part in query.split("&") if not part.startswith("created["))
        return super().request(method, url, headers, post_data, **more)


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> Path:
    """An interpreter that has localstripe."""
    folder = tmp_path_factory.mktemp("localstripe")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True, timeout=120)
    interpreter = folder / "venv" / "bin" / "python"
    install = [interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", REQUIREMENT]
    done = subprocess.run(install, capture_output=True, text=True, timeout=600)
    if done.returncode and any(sign in done.stderr for sign in UNREACHABLE):
        pytest.skip(f"PyPI cannot be reached: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    return interpreter


@pytest.fixture(scope="module")
def address(python) -> Iterator[str]:
    """Where localstripe listens."""
    was_there = LEFT_BEHIND.exists()
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    server = subprocess.Popen(
        [python, "-m", "localstripe", "--port", str(port), "--from-scratch"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: _listens(port), 30)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)
        if not was_there:
            LEFT_BEHIND.unlink(missing_ok=True)


def _listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def gateway(address) -> StripeCheckout:
    settings = StripeSettings(api_key=KEY, webhook_secret=SECRET, api_base=address)
    return StripeCheckout(settings, http=Abridged())


@pytest.fixture
def received(address) -> Iterator[list[tuple[Mapping[str, str], bytes]]]:
    """What localstripe sends to our address for events."""
    messages: list[tuple[Mapping[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            messages.append((dict(self.headers.items()), body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/callbacks/stripe"
    answer = requests.post(
        f"{address}/_config/webhooks/shop", json={"url": url, "secret": SECRET, "events": None}, timeout=10
    )
    assert answer.ok, answer.text
    yield messages
    server.shutdown()
    thread.join()
    server.server_close()


def call(address: str, path: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    answer = requests.post(f"{address}/v1/{path}", json=fields, auth=(KEY, ""), timeout=10)
    assert answer.ok, answer.text
    found: dict[str, Any] = answer.json()
    return found


def paid(address: str, amount: int = 3800) -> str:
    """A payment by card, and its id."""
    method = call(address, "payment_methods", {"type": "card", "card": TEST_CARD})
    intent = call(
        address,
        "payment_intents",
        {"amount": amount, "currency": "eur", "payment_method": method["id"], "metadata": {"number": NUMBER}},
    )
    confirmed = call(address, f"payment_intents/{intent['id']}/confirm", {})
    assert confirmed["status"] == "succeeded"
    return str(intent["id"])


def test_a_refund_is_made_once_although_no_key_is_kept(address, gateway):
    payment = paid(address)
    made = gateway.refund(repayment(payment))

    assert (made.number, made.payment_number, made.state) == (REFUND, NUMBER, "succeeded")
    assert made.amount == Money(1900, "EUR")
    assert gateway.refund(repayment(payment)) == made
    assert gateway.find_refund(repayment(payment)) == made
    assert gateway.refunds_of(payment) == [made]


def test_refunds_that_others_made_are_listed_without_number(address, gateway):
    payment = paid(address)
    call(address, "refunds", {"payment_intent": payment, "amount": 500})
    gateway.refund(repayment(payment))

    assert sorted((one.number or "", one.amount.amount) for one in gateway.refunds_of(payment)) == [
        ("", 500),
        (REFUND, 1900),
    ]


def test_a_payment_that_is_not_there_is_refused(gateway):
    with pytest.raises(RefundRefused):
        gateway.refund(repayment("pi_of_somebody_else"))


def test_what_it_does_not_know_is_a_provider_that_is_down(gateway):
    with pytest.raises(PaymentProviderDown):
        gateway.find(NUMBER, "cs_test_1|https://checkout.stripe.com/c/pay/cs_test_1")
    with pytest.raises(PaymentProviderDown):
        gateway.find_dispute("du_1")


def test_movements_are_read_as_a_statement(address, gateway):
    payment = paid(address, amount=4200)
    made = gateway.refund(repayment(payment, number="R-STATEMENT"))
    lines = gateway.statement(clock.now().date() - timedelta(days=1)).lines

    [charged] = [line for line in lines if line.kind == "payment" and line.transaction_id == payment]
    assert charged.amount == Money(4200, "EUR")
    [given_back] = [line for line in lines if line.refund_number == "R-STATEMENT"]
    assert (given_back.refund_id, given_back.amount) == (made.refund_id, Money(1900, "EUR"))


def test_a_signed_event_is_a_reason_to_ask_about_the_payment(address, gateway, received):
    payment = paid(address)
    wait_until(lambda: any(payment.encode() in body for _, body in received))
    headers, body = next(message for message in received if payment.encode() in message[1])
    notice = gateway.read_notice(headers, body, clock.now())

    assert (notice.event_type, notice.kind) == ("payment_intent.succeeded", "payment")
    assert notice.subject == Subject(payment_number=NUMBER, transaction_id=payment)
    assert notice.facts["api_version"] == "2017-08-15"
    with pytest.raises(NoticeRefused, match="bad-signature"):
        gateway.read_notice(headers, body.replace(b"3800", b"1"), clock.now())
    with pytest.raises(NoticeRefused, match="stale"):
        gateway.read_notice(headers, body, clock.now() + timedelta(minutes=6))

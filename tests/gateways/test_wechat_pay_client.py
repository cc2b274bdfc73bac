import base64
import re
import threading
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from structlog.testing import capture_logs

from shop.gateways import http
from shop.gateways.errors import PaymentProviderDown
from shop.gateways.wechat_pay import DownloadedKeys, FolderKeys, KeyRing
from shop.gateways.wechat_pay.client import Client
from shop.gateways.wechat_pay.transport import CONNECT_AND_READ_SECONDS, LARGEST_ANSWER, Transport

from .counterpart import NOW, SIGNTEST, MemoryKeyStore, Reply, certificate_list, encode


@pytest.fixture
def client(settings, keyring, clock):
    return Client(Transport(settings, clock, (2.0, 2.0)), keyring, clock)


def check_signature(request, merchant_key):
    """Read the Authorization as the documentation has it, and verify it over what arrived."""
    scheme, _, rest = request.headers["Authorization"].partition(" ")
    parts = dict(re.findall(r'([a-z_]+)="([^"]*)"', rest))
    assert scheme == "WECHATPAY2-SHA256-RSA2048"
    assert set(parts) == {"mchid", "nonce_str", "timestamp", "serial_no", "signature"}
    assert re.fullmatch("[0-9A-Za-z]{1,32}", parts["nonce_str"])
    head = f"{request.method}\n{request.target}\n{parts['timestamp']}\n{parts['nonce_str']}\n".encode()
    message = head + request.body + b"\n"
    merchant_key.public_key().verify(base64.b64decode(parts["signature"]), message, PKCS1v15(), SHA256())
    return parts


def test_what_is_signed_is_what_is_sent(counterpart, client, signed, merchant_key, settings):
    counterpart.say(signed({}), signed({}))
    client.call("POST", "/v3/pay/transactions/jsapi", {"description": "隐秘花园 « Été »", "amount": {"total": 1900}})
    client.call("GET", "/v3/pay/transactions/out-trade-no/a%7Cb*c?mchid=1&note=%E8%8A%B1")

    posted, asked = (check_signature(request, merchant_key) for request in counterpart.requests)
    assert posted["mchid"] == settings.mch_id
    assert posted["serial_no"] == settings.cert_serial
    assert posted["timestamp"] == str(int(NOW.timestamp()))
    assert posted["nonce_str"] != asked["nonce_str"]
    assert counterpart.requests[0].body == '{"description":"隐秘花园 « Été »","amount":{"total":1900}}'.encode()
    assert counterpart.requests[1].body == b""


def test_requests_carry_the_headers_wechat_pay_demands(counterpart, client, signed):
    counterpart.say(signed({}))
    client.call("POST", "/x", {})

    headers = counterpart.requests[0].headers
    assert headers["Accept"] == headers["Content-Type"] == "application/json"
    assert headers["User-Agent"]
    assert headers["Accept-Language"] == "en"
    assert "Wechatpay-Serial" not in headers


def test_a_known_public_key_is_named_so_that_answers_are_signed_with_it(
    counterpart, client, signed, folder, public_key
):
    (folder / f"{public_key.serial}.pem").write_text(public_key.pem)
    counterpart.say(signed({"ok": 1}, key=public_key))

    assert client.call("GET", "/x").body == b'{"ok": 1}'
    assert counterpart.requests[0].headers["Wechatpay-Serial"] == public_key.serial


def test_connections_are_reused(counterpart, client, signed):
    counterpart.say(signed({}), signed({}), signed({}))
    for _ in range(3):
        client.call("GET", "/x")

    assert len({request.port for request in counterpart.requests}) == 1


def test_an_empty_answer_is_signed_too(counterpart, client, certificate):
    counterpart.say(Reply(204, b"", certificate.headers(b"")))

    assert client.call("POST", "/close", {}).status == 204


def test_a_refusal_is_given_back_without_a_signature(counterpart, client):
    counterpart.say(Reply(404, encode({"code": "ORDER_NOT_EXIST"}), {"Request-ID": "08-268578704"}))
    answer = client.call("GET", "/x")

    assert (answer.status, answer.code, answer.request_id) == (404, "ORDER_NOT_EXIST", "08-268578704")


UNTRUSTED = {
    "unsigned": lambda body, key, other: Reply(200, body),
    "unsigned and empty": lambda body, key, other: Reply(204),
    "signature missing": lambda body, key, other: Reply(200, body, key.headers(body, signature=None)),
    "nonce missing": lambda body, key, other: Reply(200, body, key.headers(body, nonce=None)),
    "timestamp missing": lambda body, key, other: Reply(200, body, key.headers(body, timestamp=None)),
    "serial missing": lambda body, key, other: Reply(200, body, key.headers(body, serial=None)),
    "another scheme": lambda body, key, other: Reply(200, body, key.headers(body, signature_type="WECHATPAY2-SM2")),
    "another body": lambda body, key, other: Reply(200, body, key.headers(b"{}")),
    "in another's name": lambda body, key, other: Reply(200, body, other.headers(body, serial=key.serial)),
    "unknown serial": lambda body, key, other: Reply(200, body, other.headers(body)),
    "stale": lambda body, key, other: Reply(200, body, key.headers(body, NOW - timedelta(seconds=302))),
    "from the future": lambda body, key, other: Reply(200, body, key.headers(body, NOW + timedelta(seconds=302))),
    "redirected": lambda body, key, other: Reply(302, body, key.headers(body) | {"Location": "/elsewhere"}),
}


@pytest.mark.parametrize("make", UNTRUSTED.values(), ids=UNTRUSTED)
def test_an_answer_that_does_not_prove_itself_is_no_answer(counterpart, client, certificate, next_certificate, make):
    counterpart.say(make(b'{"prepay_id": "wx1"}', certificate, next_certificate))

    with pytest.raises(PaymentProviderDown):
        client.call("GET", "/x")
    assert len(counterpart.requests) == 1


LONG = encode({"long": "o" * 200})
PASSING = {
    "probe": lambda body, key: Reply(200, body, key.headers(body, signature=SIGNTEST + "AAAA")),
    "probe in an unknown name": lambda body, key: Reply(
        200, body, key.headers(body, signature=SIGNTEST + "AAAA", serial="ABCDEF")
    ),
    "500": lambda body, key: Reply(500, encode({"code": "SYSTEM_ERROR"})),
    "429": lambda body, key: Reply(429, encode({"code": "FREQUENCY_LIMITED"})),
    "cut": lambda body, key: Reply(200, body, key.headers(body), claims=10),
    "silence": lambda body, key: Reply(silent=True),
    "slow before it begins": lambda body, key: Reply(200, body, key.headers(body), slow="interim"),
    "slow head": lambda body, key: Reply(200, body, key.headers(body), slow="head"),
    "slow body": lambda _, key: Reply(200, LONG, key.headers(LONG), slow="body"),
}


@pytest.fixture
def hasty(settings, keyring, clock):
    return Client(Transport(settings, clock, (2.0, 0.1)), keyring, clock)


@pytest.mark.parametrize("make", PASSING.values(), ids=PASSING)
def test_what_may_pass_is_tried_once_more_with_the_same_bytes(
    counterpart, hasty, signed, certificate, merchant_key, make
):
    counterpart.say(make(b"{}", certificate), signed({"ok": 1}))

    assert hasty.call("POST", "/x", {"total": 1}).body == b'{"ok": 1}'

    first, second = counterpart.requests
    assert first.body == second.body
    assert check_signature(first, merchant_key)["nonce_str"] != check_signature(second, merchant_key)["nonce_str"]


@pytest.mark.parametrize("make", PASSING.values(), ids=PASSING)
def test_what_does_not_pass_is_given_up_after_two_requests(counterpart, hasty, certificate, make):
    counterpart.say(make(b"{}", certificate), make(b"{}", certificate), Reply(500))

    with pytest.raises(PaymentProviderDown):
        hasty.call("POST", "/x", {"total": 1})
    assert len(counterpart.requests) == 2


def test_nobody_listening_is_no_answer(settings, keyring, clock):
    client = Client(Transport(replace(settings, api_base="http://127.0.0.1:9"), clock, (1.0, 1.0)), keyring, clock)

    with pytest.raises(PaymentProviderDown):
        client.call("GET", "/x")


def test_waiting_has_an_end():
    connect, read = CONNECT_AND_READ_SECONDS
    assert 0 < connect + read <= 15


def test_a_call_too_many_is_not_made_and_does_not_wait_for_ever(counterpart, client, signed, monkeypatch):
    monkeypatch.setattr(http, "PATIENCE", 0.05)
    counterpart.say(signed(b"{}"))

    with ExitStack() as under_way:
        for _ in range(http.SLOTS):
            under_way.enter_context(http.slot())
        with pytest.raises(PaymentProviderDown):
            client.call("GET", "/x")
    assert counterpart.requests == []

    assert client.call("GET", "/x").body == b"{}"


def test_an_answer_after_a_slow_one_has_all_its_time(counterpart, client, signed):
    counterpart.say(signed(b'{"n": 1}'), signed(b'{"n": 2}'))
    counterpart.replies[0] = replace(counterpart.replies[0], slow="body")

    assert [client.call("GET", "/x").body for _ in range(2)] == [b'{"n": 1}', b'{"n": 2}']
    assert len({request.port for request in counterpart.requests}) == 1


def test_an_answer_larger_than_any_is_not_read_to_its_end(counterpart, client, signed):
    counterpart.say(signed(b" " * (LARGEST_ANSWER + 1)))

    with pytest.raises(PaymentProviderDown):
        client.call("GET", "/x")
    assert len(counterpart.requests) == 1


def test_an_answer_in_a_new_name_has_the_keys_downloaded_once(
    counterpart, settings, clock, signed, certificate, next_certificate
):
    store = MemoryKeyStore(**{certificate.serial: certificate.pem})
    transport = Transport(settings, clock, (2.0, 2.0))
    ring = KeyRing(DownloadedKeys(transport, "/v3/certificates", settings.api_v3_key, store, clock), clock)
    client = Client(transport, ring, clock)
    counterpart.say(
        signed({"n": 1}, key=next_certificate),
        signed(certificate_list(certificate, next_certificate)),
        signed({"n": 2}, key=next_certificate),
        signed({"n": 3}, serial="ABCDEF"),
    )

    assert client.call("GET", "/x").body == b'{"n": 1}'
    assert client.call("GET", "/x").body == b'{"n": 2}'
    with pytest.raises(PaymentProviderDown):
        client.call("GET", "/x")
    assert [request.target for request in counterpart.requests] == ["/x", "/v3/certificates", "/x", "/x"]


def test_nothing_secret_is_logged(counterpart, client, settings, certificate):
    counterpart.say(Reply(500, encode({"code": "SYSTEM_ERROR"}), {"Request-ID": "08-1"}))
    counterpart.say(Reply(500, encode({"code": "SYSTEM_ERROR", "message": "openid o-secret"}), {"Request-ID": "08-2"}))
    with capture_logs() as logs, pytest.raises(PaymentProviderDown):
        client.call("POST", "/v3/pay/transactions/jsapi?mchid=1", {"payer": {"openid": "o-secret"}})

    assert [entry["event"] for entry in logs] == ["wechat_pay_call_repeated", "wechat_pay_call_failed"]
    assert logs[1]["request_id"] == "08-2"
    assert logs[1]["code"] == "SYSTEM_ERROR"
    written = repr(logs)
    for secret in ("o-secret", "WECHATPAY2", settings.api_v3_key, "PRIVATE"):
        assert secret not in written


def test_threads_share_a_client(counterpart, client, signed):
    counterpart.say(*(signed({"ok": 1}) for _ in range(32)))
    statuses = []

    def call():
        statuses.extend(client.call("POST", "/x", {"a": 1}).status for _ in range(4))

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [200] * 32


def test_keys_of_a_folder_are_read_again_for_an_answer_in_a_new_name(
    counterpart, settings, folder, clock, signed, certificate, next_certificate
):
    ring = KeyRing(FolderKeys(folder), clock)
    assert ring.find(certificate.serial)
    (folder / f"{next_certificate.serial}.pem").write_text(next_certificate.pem)
    counterpart.say(signed({}, key=next_certificate))

    assert Client(Transport(settings, clock), ring, clock).call("GET", "/x").status == 200


def test_a_probe_in_a_new_name_has_nothing_downloaded(counterpart, settings, clock, signed, certificate):
    store = MemoryKeyStore(**{certificate.serial: certificate.pem})
    transport = Transport(settings, clock)
    ring = KeyRing(DownloadedKeys(transport, "/v3/certificates", settings.api_v3_key, store, clock), clock)
    counterpart.say(signed({}, signature=SIGNTEST + "AAAA", serial="ABCDEF"), signed({}))

    assert Client(transport, ring, clock).call("GET", "/x").status == 200
    assert [request.target for request in counterpart.requests] == ["/x", "/x"]

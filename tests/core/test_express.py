"""The short way past Flask: the same answers, counted, logged and limited as all others."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from flask import request_started
from limits import parse

from shop.core import caching, express
from shop.core.caching import MANY, Proven
from shop.core.express import Express
from tests.core.watching import another_shop, nothing_there, what_is_logged
from tests.factories.crowd import tokens
from tests.factories.rows import change

API = "/api/v1"
CHINESE = {"Accept-Language": "zh-CN"}


def at(monkeypatch, moment):
    for module in (express, caching):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: moment))


@pytest.fixture(autouse=True)
def leisure(monkeypatch, app):
    """A second that never ends: nothing here depends on how fast the machine is, and nothing stays."""
    at(monkeypatch, 1000.0)

    def forget():
        app.extensions["express"].forget()
        app.extensions.get("kept_answers", {}).clear()

    forget()
    yield
    forget()


@pytest.fixture
def client(app, catalogue):
    catalogue.departure(catalogue.tour(slug="leshan", title={"fr": "Le bouddha", "zh-CN": "乐山大佛"}), capacity=9)
    return app.test_client()


@contextmanager
def through_flask(app):
    """How many requests Flask sees."""
    seen = []

    def note(_sender, **_facts):
        seen.append(1)

    with request_started.connected_to(note, app):
        yield seen


def ask_often(client, path, headers=CHINESE):
    """As many as are asked themselves, and one more."""
    return [client.get(path, headers=headers) for _ in range(MANY + 1)][-1]


@pytest.mark.parametrize(
    ("path", "language", "words"),
    [
        ("/tours", "zh-CN", "乐山大佛"),
        ("/tours?page_size=5", "zh-CN", "乐山大佛"),
        ("/tours/leshan", "zh-CN", "乐山大佛"),
        ("/tours/leshan?lang=fr", "fr", "Le bouddha"),
        ("/tours/leshan/departures", "zh-CN", '"seats_left":9'),
    ],
)
def test_what_many_ask_for_is_answered_past_flask_and_the_same(app, client, path, language, words):
    slow = ask_often(client, API + path)
    with through_flask(app) as seen:
        quick = client.get(API + path, headers={**CHINESE, "X-Request-ID": "quick"})
    assert (seen, quick.data, quick.status) == ([], slow.data, slow.status)
    assert quick.headers["X-Request-ID"] == "quick"
    told = [dict(one.headers) | {"X-Request-ID": ""} for one in (slow, quick)]
    assert told[0] == told[1]
    assert words in quick.text
    assert quick.headers["Content-Language"] == language


def test_who_has_the_answer_gets_none_and_who_has_an_old_one_gets_it(app, client):
    etag = ask_often(client, f"{API}/tours").headers["ETag"]
    with through_flask(app) as seen:
        same = client.get(f"{API}/tours", headers={**CHINESE, "If-None-Match": etag})
        assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", etag)
        assert seen == []
        other = client.get(f"{API}/tours", headers={**CHINESE, "If-None-Match": '"older"'})
        assert (other.status_code, seen) == (200, [1])
        listed = client.get(f"{API}/tours", headers={**CHINESE, "If-None-Match": f'"older", {etag}'})
        assert (listed.status_code, seen) == (304, [1, 1])


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", CHINESE),
        ("OPTIONS", CHINESE),
        ("POST", CHINESE),
        ("GET", {**CHINESE, "Authorization": "Bearer nonsense"}),
        ("GET", {"Accept-Language": "fr"}),
        ("GET", {}),
    ],
)
def test_whatever_is_asked_otherwise_goes_through_flask(app, client, method, headers):
    ask_often(client, f"{API}/tours")
    with through_flask(app) as seen:
        client.open(f"{API}/tours", method=method, headers=headers)
    assert seen == [1]


def test_a_customer_s_own_language_is_found_also_in_a_crowd(app, client):
    (token,) = tokens(app, 1)
    ask_often(client, f"{API}/tours/leshan", headers={})
    change(app, "UPDATE customers SET locale = 'zh-CN'")
    signed_in = client.get(f"{API}/tours/leshan", headers={"Authorization": f"Bearer {token}"})
    assert signed_in.headers["Content-Language"] == "zh-CN"
    assert client.get(f"{API}/tours/leshan").headers["Content-Language"] == "fr"


def test_what_was_not_proven_for_a_second_is_looked_at_again(app, client, catalogue, monkeypatch):
    ask_often(client, f"{API}/tours/leshan/departures")
    catalogue.change(
        str(client.get(f"{API}/tours/leshan/departures", headers=CHINESE).json["items"][0]["id"]), capacity=7
    )
    at(monkeypatch, 1001.0)
    assert client.get(f"{API}/tours/leshan/departures", headers=CHINESE).json["items"][0]["seats_left"] == 7


@pytest.mark.parametrize(("now", "believed"), [(100.6, True), (100.5 + 0.39, True), (100.91, False), (101.51, False)])
def test_an_answer_is_believed_while_its_proof_and_its_second_last(now, believed):
    assert Proven(second=100.5, asked=MANY, proven_at=100.0).is_believed(now) is believed


def test_each_address_behind_a_proxy_is_counted_apart(settings, global_app, monkeypatch, catalogue):
    monkeypatch.setattr("shop.core.limits.BY_ADDRESS", parse(f"{MANY + 2}/minute"))
    catalogue.tour(slug="leshan")
    with another_shop(settings, rate_limits=True, trusted_proxies=1) as shop:
        client = shop.test_client()

        def ask(address):
            return client.get(f"{API}/tours", headers={**CHINESE, "X-Forwarded-For": address}).status_code

        assert [ask("192.0.2.1") for _ in range(MANY + 3)] == [200] * (MANY + 2) + [429]
        assert ask("192.0.2.2") == 200


def test_what_limits_warn_of_has_the_id_of_its_request(settings, global_app, catalogue):
    catalogue.tour(slug="leshan")
    with nothing_there() as address:
        port = address.partition("127.0.0.1:")[2].partition("/")[0]
        with another_shop(settings, rate_limits=True, redis_url=f"redis://127.0.0.1:{port}/0") as shop:
            client = shop.test_client()
            ask_often(client, f"{API}/tours")
            shop.extensions["limits"]._shared_again_at = 0.0
            with what_is_logged() as logged:
                client.get(f"{API}/tours", headers={**CHINESE, "X-Request-ID": "quick"})
    (line,) = logged.named("limits_not_shared")
    assert line["request_id"] == "quick"


@pytest.mark.parametrize("environ", [{"REQUEST_METHOD": "GET"}, {"REQUEST_METHOD": "GET", "QUERY_STRING": "x" * 500}])
def test_odd_requests_are_left_to_flask(environ):
    assert Express().find(environ) is None


def test_few_are_never_answered_past_flask(app, client):
    with through_flask(app) as seen:
        for _ in range(MANY):
            client.get(f"{API}/tours", headers=CHINESE)
    assert len(seen) == MANY


def test_it_is_counted_and_logged_as_all_others(client):
    def counted():
        lines = client.get("/metrics").text.splitlines()
        line = f'shop_http_requests_total{{method="GET",route="{API}/tours/<slug>",status="200"}} '
        return next(float(one.removeprefix(line)) for one in lines if one.startswith(line))

    ask_often(client, f"{API}/tours/leshan")
    before = counted()
    with what_is_logged() as logged:
        client.get(f"{API}/tours/leshan", headers={**CHINESE, "X-Request-ID": "quick"})
    (line,) = logged.named("request")
    assert (line["route"], line["status"], line["customer"]) == (f"{API}/tours/<slug>", 200, None)
    assert (line["request_id"], counted()) == ("quick", before + 1)


def test_who_asks_too_often_is_told_so(settings, global_app, monkeypatch, catalogue):
    monkeypatch.setattr("shop.core.limits.BY_ADDRESS", parse(f"{MANY + 5}/minute"))
    catalogue.tour(slug="leshan")
    with another_shop(settings, rate_limits=True) as shop:
        client = shop.test_client()
        answers = [client.get(f"{API}/tours", headers=CHINESE) for _ in range(MANY + 8)]
    assert [one.status_code for one in answers] == [200] * (MANY + 5) + [429] * 3
    assert answers[-1].headers["Content-Language"] == "zh-CN"
    assert "Retry-After" in answers[-1].headers


def test_no_more_questions_are_known_than_there_is_room_for(app, client, monkeypatch):
    monkeypatch.setattr(express, "MOST", 2)
    for language in ("fr", "en", "zh"):
        ask_often(client, f"{API}/tours", headers={"Accept-Language": language})
    assert len(app.extensions["express"]._known) == 2
    with through_flask(app) as seen:
        client.get(f"{API}/tours", headers={"Accept-Language": "zh"})
    assert seen == []

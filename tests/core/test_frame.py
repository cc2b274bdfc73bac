"""What surrounds every request: ids, log lines, metrics, headers, caching, limits."""

import json
import logging
import os
import subprocess
import sys

import pytest
import time_machine
from flask import request
from prometheus_client.parser import text_string_to_metric_families

from shop.core import clock
from tests.core.watching import another_shop, nothing_there, what_is_logged

API = "/api/v1"


@pytest.fixture
def client(app):
    return app.test_client()


def test_a_request_id_that_is_given_is_kept(client):
    assert client.get("/healthz", headers={"X-Request-ID": "from.the-proxy_1"}).headers["X-Request-ID"] == (
        "from.the-proxy_1"
    )


@pytest.mark.parametrize("given", ["", "x" * 65, "with blanks", 'quo"te', "é"])
def test_a_request_id_that_is_none_is_replaced(client, given):
    made = client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"]

    assert made != given
    assert len(made) == 32


def test_every_request_has_an_id_of_its_own(client):
    assert client.get("/healthz").headers["X-Request-ID"] != client.get("/healthz").headers["X-Request-ID"]


@pytest.mark.parametrize(
    "path", ["/healthz", "/nowhere", f"{API}/me", f"{API}/tours", f"{API}/docs", "/callbacks/none"]
)
def test_every_answer_is_guarded_by_headers(client, path):
    headers = client.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers


def test_behind_https_browsers_are_told_to_stay_there(settings, global_app):
    with another_shop(settings, public_url="https://visit.example") as shop:
        assert "max-age" in shop.test_client().get("/healthz").headers["Strict-Transport-Security"]


def test_what_is_a_customers_own_is_kept_by_no_cache(tourist):
    assert tourist.get("/me").headers["Cache-Control"] == "no-store"
    assert tourist.get("/orders").headers["Cache-Control"] == "no-store"


def test_an_answer_that_did_not_change_is_not_sent_again(client, catalogue):
    departure = catalogue.departure(catalogue.tour(slug="leshan"))
    for path, control in [
        ("/tours", "public, max-age=30"),
        ("/tours/leshan", "public, max-age=30"),
        ("/tours/leshan/departures", "no-cache"),
        ("/docs", "public, max-age=60"),
    ]:
        first = client.get(API + path)
        again = client.get(API + path, headers={"If-None-Match": first.headers["ETag"]})

        assert first.headers["Cache-Control"] == control
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]

    before = client.get(f"{API}/tours/leshan/departures").headers["ETag"]
    catalogue.change(departure, capacity=7)
    changed = client.get(f"{API}/tours/leshan/departures", headers={"If-None-Match": before})
    assert changed.status_code == 200
    assert changed.json["items"][0]["capacity"] == 7


def test_who_has_another_answer_changes_nothing_for_the_others(client, catalogue):
    catalogue.tour()

    def told():
        answer = client.get(f"{API}/tours?lang=fr")
        return {name: value for name, value in answer.headers if name != "X-Request-ID"}

    first = told()
    for tag in ('"of another"', 'W/"weak"', "*", "nonsense"):
        client.get(f"{API}/tours?lang=fr", headers={"If-None-Match": tag})
        client.head(f"{API}/tours?lang=fr")

        assert told() == first


def test_another_language_is_another_answer(client, catalogue):
    catalogue.tour()
    tag = client.get(f"{API}/tours?lang=fr").headers["ETag"]

    assert client.get(f"{API}/tours?lang=en", headers={"If-None-Match": tag}).status_code == 200


def test_each_request_is_one_line_of_json(client):
    with what_is_logged() as logged:
        answer = client.get(f"{API}/tours/secret-name?q=secret-word")

    (line,) = logged.text.splitlines()
    told = json.loads(line)
    assert told["event"] == "request"
    assert (told["method"], told["route"], told["status"]) == ("GET", f"{API}/tours/<slug>", 404)
    assert told["request_id"] == answer.headers["X-Request-ID"]
    assert told["milliseconds"] >= 0
    assert told["customer"] is None
    assert told["level"] == "info"
    assert told["timestamp"].endswith("Z")
    assert "secret" not in line


def test_the_log_names_the_customer_and_no_secret(tourist, catalogue):
    with what_is_logged() as logged:
        code = tourist.login_code()
        tourist.post("/auth/wechat", {"code": code})
        tourist.post("/auth/wechat", {"code": code})
        tourist.get("/me")
        tourist.get("/orders/secret-order")
        tourist.client.get("/tickets/SECRET-CODE.svg")
        tourist.client.get("/secret-path?token=secret-token", headers={"Cookie": "secret-cookie"})

    assert tourist.id in logged.text
    assert code not in logged.text
    assert tourist.headers["Authorization"].split()[1] not in logged.text
    assert "secret" not in logged.text.lower()
    assert [line["route"] for line in logged.named("request")][-1] == "unknown"


def test_what_libraries_log_is_json_too(app):
    with what_is_logged() as logged:
        logging.getLogger("some.library").warning("it happened %s times", 3)
        try:
            raise ValueError("badly")
        except ValueError:
            logging.getLogger("some.library").exception("it failed")

    warning, failure = (json.loads(line) for line in logged.text.splitlines())
    assert (warning["event"], warning["level"], warning["logger"]) == ("it happened 3 times", "warning", "some.library")
    assert "ValueError: badly" in failure["exception"]


def counted(client, name, **labels):
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for sample in family.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                return sample.value
    return 0


def test_requests_are_counted_by_route_method_and_status(client):
    labels = {"route": f"{API}/tours/<slug>", "method": "GET", "status": "404"}
    before = counted(client, "shop_http_requests_total", **labels)

    client.get(f"{API}/tours/one")
    client.get(f"{API}/tours/two")

    assert counted(client, "shop_http_requests_total", **labels) == before + 2
    assert counted(client, "shop_http_request_seconds_count", route=f"{API}/tours/<slug>") >= 2


def test_holds_are_counted_by_outcome(client, tourist, catalogue):
    departure = catalogue.departure(capacity=2)
    held = counted(client, "shop_holds_total", outcome="held")
    refused = counted(client, "shop_holds_total", outcome="sold_out")

    tourist.hold(departure)
    tourist.hold(departure)

    assert counted(client, "shop_holds_total", outcome="held") == held + 1
    assert counted(client, "shop_holds_total", outcome="sold_out") == refused + 1


def test_what_callers_make_up_makes_no_new_series(client):
    for made_up in ("PURGE", "XYZZY", "MADE-UP"):
        client.open(f"{API}/tours", method=made_up)
        client.get(f"/{made_up}")

    text = client.get("/metrics").text
    assert not [made_up for made_up in ("PURGE", "XYZZY", "MADE-UP") if made_up in text]


def test_metrics_are_given_without_a_database_as_well(settings, global_app):
    with nothing_there() as address, another_shop(settings, database_url=address) as alone:
        answer = alone.test_client().get("/metrics")

    assert answer.status_code == 200
    assert "shop_http_requests" in answer.text
    assert "shop_attention_open{" not in answer.text


MULTIPROCESS = """
import os, sys
from config.default import read
from shop.app import create_app

app = create_app(read(os.environ))
for _ in range(int(sys.argv[1])):
    app.test_client().get("/healthz")
print(app.test_client().get("/metrics").text)
"""


def test_the_counts_of_several_processes_add_up(here, settings, global_app, wechat, tmp_path):
    environ = {
        "PATH": os.environ["PATH"],
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
        "SHOP_ENV": "testing",
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "SHOP_PUBLIC_URL": settings.public_url,
        "WECHAT_APP_ID": settings.wechat_app_id,
        "WECHAT_APP_SECRET": "x",
    }
    for times in ("2", "3"):
        told = subprocess.run(
            [sys.executable, "-c", MULTIPROCESS, times],
            cwd=here,
            env=environ,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    assert 'shop_http_requests_total{method="GET",route="/healthz",status="200"} 5.0' in told


@pytest.fixture
def limited(settings, global_app, tourist, other_tourist):
    """The shop with its rate limits on, at a moment that stands still."""
    with another_shop(settings, rate_limits=True) as shop, time_machine.travel(clock.now(), tick=False):
        tourist.client = shop.test_client()
        other_tourist.client = shop.test_client()
        yield shop


def test_too_many_calls_of_one_customer_are_refused_and_nobody_elses(limited, tourist, other_tourist):
    answers = [tourist.post("/bookings", {}).status_code for _ in range(60)]
    over = tourist.post("/bookings", {})

    assert set(answers) == {422}
    assert (over.status_code, over.json["code"]) == (429, "too-many-requests")
    assert over.content_type == "application/problem+json"
    assert int(over.headers["Retry-After"]) > 0
    assert other_tourist.post("/bookings", {}).status_code == 422
    assert tourist.get("/me").status_code == 200


def test_limits_fall_by_themselves(limited, tourist):
    for _ in range(61):
        refused = tourist.post("/bookings", {})

    with time_machine.travel(clock.now().replace(microsecond=0), tick=False) as traveller:
        traveller.shift(int(refused.headers["Retry-After"]) + 1)
        assert refused.status_code == 429
        assert tourist.post("/bookings", {}).status_code == 422


def test_who_operates_the_shop_is_never_limited(limited):
    client = limited.test_client()

    assert {client.get("/healthz").status_code for _ in range(300)} == {200}


def test_the_proxy_in_front_is_believed_only_where_there_is_one(settings, global_app):
    for proxies, address in ((0, "127.0.0.1"), (1, "203.0.113.9")):
        with another_shop(settings, trusted_proxies=proxies) as shop:
            shop.add_url_rule("/who", view_func=lambda: str(request.remote_addr))
            told = shop.test_client().get("/who", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
            assert told.text == address

"""Limits: a crowd behind one address is many customers; Redis may fail; what operates the shop is never counted."""

import dataclasses

import pytest
from limits import parse

from shop.core.limits import REDIS_REST, Limits, TooManyRequests, per_address
from tests.core.watching import another_shop, nothing_there
from tests.factories.crowd import tokens

API = "/api/v1"


@pytest.fixture
def narrow(settings, global_app, monkeypatch):
    """The shop with limits that are soon reached."""
    monkeypatch.setattr("shop.core.limits.BY_ADDRESS", parse("5/minute"))
    monkeypatch.setattr("shop.core.limits.BY_CALLER", parse("3/minute"))
    with another_shop(settings, rate_limits=True) as shop:
        yield shop


def test_each_customer_of_a_crowd_behind_one_address_has_a_count_of_their_own(app, narrow):
    client = narrow.test_client()
    statuses = [
        client.get(f"{API}/tours", headers={"Authorization": f"Bearer {token}"}).status_code
        for token in tokens(app, 10)
        for _ in range(3)
    ]

    assert set(statuses) == {200}


def test_a_customer_who_calls_too_often_is_refused_on_every_page(app, narrow):
    client, (token,) = narrow.test_client(), tokens(app, 1)
    headers = {"Authorization": f"Bearer {token}"}
    statuses = [client.get(f"{API}/{path}", headers=headers).status_code for path in ("tours", "me", "orders", "tours")]

    assert statuses == [200, 200, 200, 429]


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer forged"}, {"Authorization": "Basic x"}])
def test_whoever_has_no_token_of_ours_is_counted_by_address(narrow, header):
    client = narrow.test_client()
    answers = [client.get(f"{API}/tours", headers=header) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[-1].json["code"] == "too-many-requests"
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60


def test_where_guessing_must_be_slow_an_address_is_counted_whatever_tokens_are_sent(app, settings, global_app):
    with another_shop(settings, rate_limits=True) as shop:
        shop.add_url_rule("/guess", view_func=per_address("2/minute")(lambda: "no"))
        statuses = [
            shop.test_client().get("/guess", headers={"Authorization": f"Bearer {token}"}).status_code
            for token in tokens(app, 3)
        ]

    assert statuses == [200, 200, 429]


def test_redis_that_is_away_lets_each_process_count_alone(settings):
    with nothing_there() as address:
        port = address.rpartition(":")[2].partition("/")[0]
        limits = Limits(dataclasses.replace(settings, rate_limits=True, redis_url=f"redis://127.0.0.1:{port}/0"))
        for _ in range(2):
            limits.count(parse("2/minute"), "call", "somebody")
        with pytest.raises(TooManyRequests):
            limits.count(parse("2/minute"), "call", "somebody")
    assert REDIS_REST < 60

"""Misbehaviour on request, with the work done or not."""

import time
from typing import Any

import pytest
import requests
from cryptography.exceptions import InvalidSignature

from tests.simulator.merchant import Merchant


def misbehave(merchant: Merchant, kind: str, path: str | None = None, **wanted: Any) -> None:
    told = {"path_prefix": path or f"{merchant.orders}/jsapi", "method": "POST", "kind": kind} | wanted
    assert merchant.control("/faults", told)["kind"] == kind


def is_placed(merchant: Merchant) -> bool:
    return bool(merchant.query().status_code == 200)


@pytest.mark.parametrize(
    ("kind", "status", "placed"), [("500-before", 500, False), ("500-after", 500, True), ("429", 429, False)]
)
def test_an_error_comes_before_or_after_the_work(merchant: Merchant, kind: str, status: int, placed: bool) -> None:
    misbehave(merchant, kind)

    answer = merchant.post(merchant.order())

    assert answer.status_code == status
    assert set(answer.json()) == {"code", "message"}
    assert is_placed(merchant) == placed


def test_a_timeout_comes_after_the_work(merchant: Merchant) -> None:
    misbehave(merchant, "timeout-after")

    with pytest.raises(requests.Timeout):
        merchant.post(merchant.order(), timeout=0.3)

    assert is_placed(merchant)


def test_a_silence_ends_by_hanging_up(merchant: Merchant) -> None:
    misbehave(merchant, "timeout-after", delay_seconds=0.1)

    with pytest.raises(requests.ConnectionError):
        merchant.post(merchant.order())

    assert is_placed(merchant)


def test_a_closed_connection_comes_before_the_work(merchant: Merchant) -> None:
    misbehave(merchant, "close-connection")

    with pytest.raises(requests.ConnectionError):
        merchant.post(merchant.order())

    assert not is_placed(merchant)


def test_an_answer_can_be_late(merchant: Merchant) -> None:
    misbehave(merchant, "500-before", delay_seconds=0.2)
    began = time.monotonic()

    merchant.post(merchant.order())

    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("kind", ["signtest", "wrong-key"])
def test_an_answer_can_be_badly_signed(merchant: Merchant, kind: str) -> None:
    misbehave(merchant, kind)

    answer = merchant.post(merchant.order())

    assert answer.status_code == 200
    with pytest.raises(InvalidSignature):
        merchant.verify(answer.headers, answer.content)


def test_an_answer_can_be_unsigned(merchant: Merchant) -> None:
    misbehave(merchant, "unsigned")

    answer = merchant.post(merchant.order())

    assert answer.json()["prepay_id"]
    assert "Wechatpay-Signature" not in answer.headers


def test_an_answer_can_be_stale(merchant: Merchant) -> None:
    misbehave(merchant, "stale")

    answer = merchant.post(merchant.order())

    assert time.time() - int(answer.headers["Wechatpay-Timestamp"]) > 300


def test_an_answer_can_be_no_json_though_signed(merchant: Merchant) -> None:
    misbehave(merchant, "not-json")

    answer = merchant.post(merchant.order())

    assert answer.status_code == 200
    assert answer.text.startswith("<html>")
    merchant.verify(answer.headers, answer.content)


def test_an_answer_can_come_byte_by_byte(merchant: Merchant) -> None:
    misbehave(merchant, "slow", delay_seconds=0.001)

    answer = merchant.post(merchant.order())

    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert answer.json()["prepay_id"]
    merchant.verify(answer.headers, answer.content)


def test_a_slow_answer_outlasts_who_waits_only_for_the_next_byte(merchant: Merchant) -> None:
    misbehave(merchant, "slow", delay_seconds=0.01)
    began = time.monotonic()

    assert merchant.post(merchant.order(), timeout=0.3).status_code == 200

    assert time.monotonic() - began >= 0.4


def test_a_fault_strikes_as_often_as_asked_and_only_there(merchant: Merchant) -> None:
    misbehave(merchant, "429", times=2)
    assert not is_placed(merchant)

    statuses = [merchant.post(merchant.order()).status_code for _ in range(3)]

    assert statuses == [429, 429, 200]


def test_faults_are_listed_and_cleared(merchant: Merchant) -> None:
    merchant.control("/faults", {"path_prefix": "/v3/", "kind": "429"})
    listed = merchant.control("/faults", method="GET")["faults"]
    assert listed == [{"path_prefix": "/v3/", "method": None, "kind": "429", "times": 1, "delay_seconds": 0}]

    assert merchant.control("/faults", method="DELETE") == 204

    assert merchant.post(merchant.order()).status_code == 200


def test_faults_strike_the_mini_programs_half_too(merchant: Merchant) -> None:
    misbehave(merchant, "500-before", path="/sns/jscode2session", method="GET")
    misbehave(merchant, "not-json", path="/sns/", method="GET")

    answers = [requests.get(f"{merchant.base}/sns/jscode2session", timeout=5) for _ in range(3)]

    assert answers[0].status_code == 500
    assert answers[1].text.startswith("<html>")
    assert "Wechatpay-Signature" not in answers[1].headers
    assert answers[2].json()["errcode"] == 41002


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"path_prefix": "v3", "kind": "429"},
        {"path_prefix": "/v3", "kind": "earthquake"},
        {"path_prefix": "/v3", "kind": "429", "times": 0},
        {"path_prefix": "/v3", "kind": "429", "delay_seconds": -1},
        {"path_prefix": "/v3", "kind": "429", "delay_seconds": "1"},
    ],
)
def test_a_fault_nobody_can_cause_is_refused(merchant: Merchant, fault: dict[str, Any]) -> None:
    assert merchant.control("/faults", fault)["code"] == "PARAM_ERROR"


@pytest.mark.parametrize("path", ["/orders/none", "/orders/none/pay"])
def test_an_unknown_order_cannot_be_shown_or_paid(merchant: Merchant, path: str) -> None:
    told = merchant.control(path, {} if path.endswith("pay") else None, "POST" if path.endswith("pay") else "GET")

    assert told["message"] == "no order is numbered none"


def test_a_launch_is_an_object(merchant: Merchant) -> None:
    told = merchant.control("/request-payment", {"user": "Li Wei", "client": "prepay", "outcome": "pay"})

    assert told["code"] == "PARAM_ERROR"

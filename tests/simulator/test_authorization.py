"""Who may call WeChat Pay: signatures over the raw bytes, in time, by the right merchant."""

import time

import pytest
import requests

from tests.simulator.merchant import HEADERS, Merchant


def refused(answer: requests.Response, status: int, code: str) -> dict[str, object]:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert "Wechatpay-Signature" not in answer.headers
    told: dict[str, object] = answer.json()
    return told


def test_a_signed_request_is_answered(merchant: Merchant) -> None:
    assert merchant.prepay().startswith("wx")


def test_an_unsigned_request_is_refused(merchant: Merchant) -> None:
    refused(merchant.post(merchant.order(), headers={"Authorization": None}), 401, "SIGN_ERROR")


@pytest.mark.parametrize(
    "header",
    [
        "Bearer abc",
        "WECHATPAY2-SHA256-RSA2048",
        'WECHATPAY2-SHA256-RSA2048 mchid="1"',
        'WECHATPAY2-SHA256-RSA2048 mchid="1",mchid="1",timestamp="1",serial_no="1",signature=""',
        'WECHATPAY2-SHA256-RSA2048 mchid="1",nonce_str=1,timestamp="1",serial_no="1",signature="1"',
        'WECHATPAY2-SHA256-RSA2048 mchid="1",nonce_str="1",timestamp="1",serial_no="1",signature="",a="1"',
    ],
)
def test_a_malformed_authorization_is_refused(merchant: Merchant, header: str) -> None:
    refused(merchant.query(headers={"Authorization": header}), 401, "SIGN_ERROR")


@pytest.mark.parametrize(
    "change",
    [
        {"mchid": "9999999999"},
        {"serial_no": "ABCDEF"},
        {"nonce_str": "x" * 33},
        {"nonce_str": ""},
        {"nonce_str": "a-b"},
        {"timestamp": "now"},
        {"timestamp": "-5"},
        {"signature": "AAAA"},
        {"signature": "not base64!"},
        {"signature": ""},
    ],
)
def test_a_wrong_part_of_the_authorization_is_refused(merchant: Merchant, change: dict[str, str]) -> None:
    refused(merchant.post(merchant.order(), **change), 401, "SIGN_ERROR")


@pytest.mark.parametrize("offset", [-301, 302])
def test_a_request_signed_more_than_five_minutes_away_is_refused(merchant: Merchant, offset: int) -> None:
    timestamp = str(int(time.time()) + offset)

    told = refused(merchant.post(merchant.order(), timestamp=timestamp), 401, "SIGN_ERROR")

    assert "5分钟" in str(told["message"])


@pytest.mark.parametrize("offset", [-290, 290])
def test_a_request_signed_within_five_minutes_is_answered(merchant: Merchant, offset: int) -> None:
    assert merchant.post(merchant.order(), timestamp=str(int(time.time()) + offset)).status_code == 200


def test_a_body_changed_after_signing_is_refused_with_what_was_expected(merchant: Merchant) -> None:
    target = f"{merchant.orders}/jsapi"
    headers = {**HEADERS, "Content-Type": "application/json"}
    headers["Authorization"] = merchant.authorization("POST", target, b"{}")

    answer = requests.post(merchant.base + target, data=b'{"a":"b","c":1}', headers=headers, timeout=5)

    detail = refused(answer, 401, "SIGN_ERROR")["detail"]
    assert isinstance(detail, dict)
    assert detail["detail"] == {"issue": "sign not match"}
    assert (detail["field"], detail["location"]) == ("signature", "authorization")
    shown = detail["sign_information"]
    assert shown["method"] == "POST"
    assert shown["url"] == target
    assert shown["truncated_sign_message"].startswith(f"POST\n{target}\n")
    assert shown["truncated_sign_message"].endswith('\n{"a":"b"\n')
    assert shown["sign_message_length"] == len(shown["truncated_sign_message"]) + 7


def test_the_query_string_is_part_of_what_is_signed(merchant: Merchant) -> None:
    target = f"{merchant.orders}/out-trade-no/order-0001"
    signed_without_query = merchant.authorization("GET", target, b"")

    refused(merchant.query(headers={"Authorization": signed_without_query}), 401, "SIGN_ERROR")


def test_the_target_is_signed_as_sent_not_as_decoded(merchant: Merchant) -> None:
    numbers = "&".join(f"{name}={value}" for name, value in merchant.own_numbers().items())
    encoded = f"{merchant.orders}/out-trade-no/order%7C0001?{numbers}"
    decoded = merchant.authorization("GET", encoded.replace("%7C", "|"), b"")

    assert merchant.call("GET", encoded).json()["code"].startswith("ORDER")
    refused(merchant.call("GET", encoded, headers={"Authorization": decoded}), 401, "SIGN_ERROR")


@pytest.mark.parametrize("missing", ["Accept", "User-Agent", "Content-Type"])
def test_a_request_without_the_usual_headers_is_refused(merchant: Merchant, missing: str) -> None:
    told = refused(merchant.post(merchant.order(), headers={missing: ""}), 400, "PARAM_ERROR")

    assert told["detail"] == {"location": "header", "field": missing}


def test_an_accept_header_without_json_is_refused(merchant: Merchant) -> None:
    refused(merchant.query(headers={"Accept": "*/*"}), 400, "PARAM_ERROR")


def test_the_other_mode_is_not_open_to_a_domestic_account(domestic: Merchant) -> None:
    refused(domestic.call("GET", "/v3/global/certificates"), 403, "NO_AUTH")


@pytest.mark.parametrize("target", ["/v3/certificates", "/v3/pay/transactions/id/1?mchid=1"])
def test_an_overseas_account_must_use_the_global_paths(overseas: Merchant, target: str) -> None:
    answer = overseas.call("GET", target)

    assert refused(answer, 400, "INVALID_REQUEST")["message"] == "V3 API 暂不支持境外支付"
    assert answer.headers["Request-ID"].endswith("-268501838")


@pytest.mark.parametrize(("method", "status"), [("GET", 404), ("PUT", 405)])
def test_unknown_paths_and_methods_are_refused_in_json(merchant: Merchant, method: str, status: int) -> None:
    path = "/v3/nowhere" if status == 404 else f"{merchant.orders}/jsapi"

    answer = merchant.call(method, path)

    assert answer.status_code == status
    assert set(answer.json()) == {"code", "message"}
    assert answer.headers["Request-ID"]


def test_a_body_larger_than_any_order_is_refused(merchant: Merchant) -> None:
    assert merchant.post({"attach": "x" * 70_000}).status_code == 413

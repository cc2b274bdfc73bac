"""The mini-program's server interfaces: login codes and access tokens."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import time_machine

from tests.simulator.merchant import Merchant


def session_of(merchant: Merchant, code: str | None, **changes: str | None) -> dict[str, Any]:
    query = {
        "appid": merchant.app_id,
        "secret": merchant.settings["WECHAT_APP_SECRET"],
        "js_code": code,
        "grant_type": "authorization_code",
    } | changes
    answer = requests.get(f"{merchant.base}/sns/jscode2session", params=query, timeout=5)
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def token_of(merchant: Merchant, **changes: Any) -> dict[str, Any]:
    body = {
        "grant_type": "client_credential",
        "appid": merchant.app_id,
        "secret": merchant.settings["WECHAT_APP_SECRET"],
    } | changes
    told: dict[str, Any] = requests.post(f"{merchant.base}/cgi-bin/stable_token", json=body, timeout=5).json()
    return told


def new_code(merchant: Merchant, user: str = "Li Wei") -> str:
    return str(merchant.control("/codes", {"user": user})["code"])


def after(seconds: float) -> time_machine.travel:
    return time_machine.travel(datetime.now(UTC) + timedelta(seconds=seconds))


def test_a_code_tells_the_persons_openid_and_nothing_of_errors(domestic: Merchant) -> None:
    told = session_of(domestic, new_code(domestic))

    assert set(told) == {"openid", "session_key"}
    assert told["openid"] == domestic.openid()
    assert told["openid"] != domestic.openid("Zoé")


def test_a_code_is_good_once(domestic: Merchant) -> None:
    code = new_code(domestic)

    assert "openid" in session_of(domestic, code)
    assert session_of(domestic, code)["errcode"] == 40163


def test_a_code_is_good_for_five_minutes(domestic: Merchant) -> None:
    code = new_code(domestic)

    with after(301):
        assert session_of(domestic, code)["errcode"] == 40029


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"js_code": "unknown"}, 40029),
        ({"js_code": None}, 41008),
        ({"appid": "wx0"}, 40013),
        ({"appid": None}, 41002),
        ({"secret": "wrong"}, 40125),
        ({"secret": None}, 41004),
        ({"grant_type": "client_credential"}, 40002),
    ],
)
def test_a_wrong_sign_in_is_refused_by_number(domestic: Merchant, changes: dict[str, str | None], errcode: int) -> None:
    told = session_of(domestic, new_code(domestic), **changes)

    assert told["errcode"] == errcode
    assert "rid: " in told["errmsg"]


def test_a_refused_sign_in_leaves_the_code_good(domestic: Merchant) -> None:
    code = new_code(domestic)
    session_of(domestic, code, secret="wrong")

    assert "openid" in session_of(domestic, code)


def test_a_token_stays_the_same_until_its_last_five_minutes(domestic: Merchant) -> None:
    first = token_of(domestic)
    assert first["expires_in"] == 7200

    with after(6800):
        assert token_of(domestic)["access_token"] == first["access_token"]
    with after(6950):
        assert token_of(domestic)["access_token"] != first["access_token"]


def test_a_token_can_be_forced_now_and_then(domestic: Merchant) -> None:
    first = token_of(domestic)
    forced = token_of(domestic, force_refresh=True)

    assert forced["access_token"] != first["access_token"]
    assert token_of(domestic)["access_token"] == forced["access_token"]
    assert token_of(domestic, force_refresh=True)["errcode"] == 45011


def test_a_token_is_forced_twenty_times_a_day(domestic: Merchant) -> None:
    for turn in range(20):
        with after(turn * 60):
            assert "access_token" in token_of(domestic, force_refresh=True)
    with after(3600):
        assert token_of(domestic, force_refresh=True)["errcode"] == 45009


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [({"grant_type": "x"}, 40002), ({"secret": "x"}, 40125), ({"force_refresh": "yes"}, 47001)],
)
def test_a_wrong_token_request_is_refused_by_number(domestic: Merchant, changes: dict[str, str], errcode: int) -> None:
    assert token_of(domestic, **changes)["errcode"] == errcode


@pytest.mark.parametrize("body", [b"", b"[]", b"appid=1"])
def test_a_token_request_is_a_json_object(domestic: Merchant, body: bytes) -> None:
    answer = requests.post(f"{domestic.base}/cgi-bin/stable_token", data=body, timeout=5)

    assert answer.json()["errcode"] == 47001


def test_a_token_is_asked_for_by_post(domestic: Merchant) -> None:
    assert requests.get(f"{domestic.base}/cgi-bin/stable_token", timeout=5).json()["errcode"] == 43002

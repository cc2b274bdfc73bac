"""What an order may contain: nothing unknown, nothing null, nothing too long or of the wrong type."""

from typing import Any

import pytest

from tests.simulator.merchant import Merchant


def refusal(merchant: Merchant, told: Any, status: int = 400) -> dict[str, Any]:
    answer = merchant.post(told)
    assert answer.status_code == status, answer.text
    known: dict[str, Any] = answer.json()
    return known


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("extra", "field"),
        ("attach", None),
        ("attach", ""),
        ("attach", "x" * 129),
        ("attach", "a\0b"),
        ("description", "x" * 128),
        ("description", "大" * 43),
        ("description", 5),
        ("out_trade_no", "x" * 33),
        ("out_trade_no", "order 0001"),
        ("out_trade_no", "order/0001"),
        ("out_trade_no", "commande-é1"),
        ("notify_url", "https://shop.example/notify?from=wechat"),
        ("notify_url", "https://shop.example/notify#here"),
        ("notify_url", "https://shop.example"),
        ("notify_url", "shop.example/notify"),
        ("notify_url", "https://shop.example/" + "x" * 256),
        ("amount", 3800),
        ("amount", {"total": "3800", "currency": "CNY"}),
        ("amount", {"total": 38.0, "currency": "CNY"}),
        ("amount", {"total": True, "currency": "CNY"}),
        ("amount", {"total": 0, "currency": "CNY"}),
        ("amount", {"total": 10**10, "currency": "CNY"}),
        ("amount", {"total": 1, "currency": "USD"}),
        ("amount", {"total": 1, "currency": None}),
        ("amount", {"currency": "CNY"}),
        ("payer", {}),
        ("payer", {"openid": ""}),
        ("time_expire", "2026-11-22 10:15:00"),
        ("time_expire", "2026-11-22T10:15:00"),
        ("time_expire", "2026-13-22T10:15:00+08:00"),
        ("detail", "a walk"),
        ("scene_info", []),
    ],
)
def test_an_unfitting_field_is_refused(merchant: Merchant, field: str, value: Any) -> None:
    told = refusal(merchant, merchant.order(**{field: value}))

    assert told["code"] == "PARAM_ERROR"
    assert told["detail"]["location"] == "body"
    assert told["detail"]["field"].startswith(f"/body/{field}")


@pytest.mark.parametrize("field", ["description", "out_trade_no", "notify_url", "amount", "payer"])
def test_a_missing_field_is_refused(merchant: Merchant, field: str) -> None:
    order = merchant.order()
    del order[field]

    assert refusal(merchant, order)["detail"]["field"] == f"/body/{field}"


@pytest.mark.parametrize("field", ["trade_type", "merchant_category_code", "sp_mchid", "sub_mchid"])
def test_a_global_order_needs_its_own_fields(overseas: Merchant, field: str) -> None:
    order = overseas.order()
    del order[field]

    assert refusal(overseas, order)["detail"]["field"] == f"/body/{field}"


@pytest.mark.parametrize("field", ["trade_type", "merchant_category_code"])
def test_a_domestic_order_may_not_carry_global_fields(domestic: Merchant, field: str) -> None:
    answer = domestic.post(domestic.order(**{field: "JSAPI"}))

    assert answer.json()["message"].endswith("参数中含有非法的额外参数")
    assert answer.headers["Request-ID"].endswith("-270924358")


@pytest.mark.parametrize("body", [b"", b"[]", b"not json", b'{"a":NaN}', b"\xff{}", b'{"mchid":"1","mchid":"1"}'])
def test_a_body_that_is_no_plain_object_is_refused(merchant: Merchant, body: bytes) -> None:
    assert refusal(merchant, body)["code"] == "PARAM_ERROR"


def test_half_a_character_is_refused(merchant: Merchant) -> None:
    order = b'{"description":"\\ud800"}'

    assert refusal(merchant, order)["detail"]["field"] == "/body/description"


def test_a_domestic_order_number_has_at_least_six_characters(domestic: Merchant) -> None:
    assert "字节数 5，小于最小值 6" in refusal(domestic, domestic.order("order"))["message"]


def test_a_domestic_order_is_in_yuan_only(domestic: Merchant) -> None:
    assert refusal(domestic, domestic.order(amount={"total": 1, "currency": "EUR"}))["code"] == "PARAM_ERROR"


@pytest.mark.parametrize("currency", ["EUR", "CNY"])
def test_a_global_order_is_in_euros_or_yuan(overseas: Merchant, currency: str) -> None:
    assert overseas.prepay(amount={"total": 1, "currency": currency})


def test_a_domestic_order_may_carry_everything_documented(domestic: Merchant) -> None:
    goods = {"merchant_goods_id": "walk", "goods_name": "大佛漫步", "quantity": 2, "unit_price": 1900}
    store = {"id": "1", "name": "Issy", "area_code": "440305", "address": "rue"}
    assert domestic.prepay(
        attach="a note",
        goods_tag="spring",
        support_fapiao=True,
        time_expire="2099-01-01T10:00:00+08:00",
        detail={"cost_price": 3800, "invoice_id": "f1", "goods_detail": [goods]},
        scene_info={"payer_client_ip": "127.0.0.1", "device_id": "d", "store_info": store},
        settle_info={"profit_sharing": False},
    )


def test_a_global_order_may_carry_everything_documented(overseas: Merchant) -> None:
    goods = {"goods_id": "walk", "goods_name": "大佛漫步", "quantity": 2, "price": 1900}
    assert overseas.prepay(
        attach="a note",
        goods_tag="spring",
        limit_pay="no_credit",
        time_start="2026-01-01T10:00:00+08:00",
        time_expire="2099-01-01T10:00:00Z",
        detail=[{"cost_price": 3800, "receipt_id": "r", "goods_detail": [goods]}],
        scene_info={"device_ip": "::1", "store_info": {"name": "Issy", "address": "rue"}},
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("support_fapiao", "true"),
        ("detail", {"goods_detail": []}),
        ("detail", {"goods_detail": "walk"}),
        ("scene_info", {"payer_client_ip": "here"}),
        ("mchid", "1900000109"),
    ],
)
def test_an_unfitting_domestic_field_is_refused(domestic: Merchant, field: str, value: Any) -> None:
    assert refusal(domestic, domestic.order(**{field: value}))["detail"]["field"].startswith(f"/body/{field}")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"sp_mchid": "1800000000"}, 400, "PARAM_ERROR"),
        ({"sub_mchid": "1700000000"}, 403, "NO_AUTH"),
        ({"sp_appid": "wx0000000000000000"}, 400, "APPID_MCHID_NOT_MATCH"),
        ({"sub_appid": "wx0000000000000000"}, 400, "APPID_MCHID_NOT_MATCH"),
        ({"payer": {"sub_openid": "o1", "sp_openid": "o1"}}, 400, "PARAM_ERROR"),
        ({"payer": {"sub_openid": "oNobody"}}, 400, "PARAM_ERROR"),
    ],
)
def test_a_global_order_names_the_account_it_belongs_to(
    overseas: Merchant, changes: dict[str, Any], status: int, code: str
) -> None:
    assert refusal(overseas, overseas.order(**changes), status)["code"] == code


def test_a_domestic_order_names_the_merchants_own_app(domestic: Merchant) -> None:
    told = refusal(domestic, domestic.order(appid="wx0000000000000000"))

    assert told["code"] == "APPID_MCHID_NOT_MATCH"


def test_a_payer_of_the_sub_merchants_app_needs_that_app_named(overseas: Merchant) -> None:
    order = overseas.order()
    del order["sub_appid"]

    assert refusal(overseas, order)["detail"]["field"] == "/body/sub_appid"


def test_an_openid_is_good_only_with_the_app_it_was_issued_for(overseas: Merchant) -> None:
    told = refusal(overseas, overseas.order(payer={"sp_openid": overseas.openid()}))

    assert (told["code"], told["message"]) == ("INVALID_REQUEST", "appid和openid不匹配")


@pytest.mark.parametrize("query", ["", "?nothing=1", "{own}&extra=1", "{own}&{first}", "?{first}0"])
def test_a_query_carries_exactly_the_merchants_numbers(merchant: Merchant, query: str) -> None:
    pairs = [f"{name}={value}" for name, value in merchant.own_numbers().items()]
    target = query.format(own="?" + "&".join(pairs), first=pairs[0])

    answer = merchant.call("GET", f"{merchant.orders}/out-trade-no/order-0001{target}")

    assert (answer.status_code, answer.json()["code"]) == (400, "PARAM_ERROR")


@pytest.mark.parametrize("by", ["out-trade-no", "id"])
def test_a_number_in_the_path_is_checked_too(merchant: Merchant, by: str) -> None:
    answer = merchant.query("x" * 33, by=by)

    assert (answer.status_code, answer.json()["detail"]["location"]) == (400, "uri_template")

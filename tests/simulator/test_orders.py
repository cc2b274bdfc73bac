"""The life of an order: placed, placed again, queried, paid, closed, forgotten."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import time_machine

from shop.simulator import SimulatedWeChat
from tests.simulator.merchant import Merchant


def code_of(answer: requests.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["code"])


def in_seconds(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def test_an_answer_is_signed_json_in_utf8(merchant: Merchant) -> None:
    answer = merchant.post(merchant.order())

    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.headers["Request-ID"].endswith("-0")
    merchant.verify(answer.headers, answer.content)


def test_the_same_order_again_gives_another_prepay_id(merchant: Merchant) -> None:
    order = merchant.order()

    given = {merchant.post(order).json()["prepay_id"] for _ in range(3)}

    assert len(given) == 3
    assert all(merchant.pay(one, outcome="cancel") == "requestPayment:fail cancel" for one in given)


@pytest.mark.parametrize("change", [{"description": "autre"}, {"attach": "x"}, {"notify_url": "http://a.example/b"}])
def test_the_same_number_with_other_parameters_is_refused(merchant: Merchant, change: dict[str, str]) -> None:
    merchant.prepay()

    answer = merchant.post(merchant.order(**change))

    assert code_of(answer, 400) == "INVALID_REQUEST"
    assert answer.json()["message"] == "请求重入时，参数与首次请求时不一致"
    assert answer.headers["Request-ID"].endswith("-268498688")


def test_both_modes_number_their_orders_apart(domestic: Merchant, overseas: Merchant) -> None:
    domestic.prepay()
    overseas.prepay()

    modes = {order["mode"] for order in domestic.control("/orders", method="GET")["orders"]}

    assert modes == {"domestic", "global"}
    assert domestic.control("/orders/order-0001?mode=domestic", method="GET")["mode"] == "domestic"


def test_an_unpaid_order_tells_nothing_of_a_payment(merchant: Merchant) -> None:
    merchant.prepay(attach="a note")

    answer = merchant.query()

    merchant.verify(answer.headers, answer.content)
    told = answer.json()
    assert (told["trade_state"], told["out_trade_no"]) == ("NOTPAY", "order-0001")
    absent = {"transaction_id", "id", "success_time", "payer", "bank_type", "trade_type", "attach"}
    assert not absent & told.keys()
    assert set(told["amount"]) == {"total", "currency"}


def test_a_paid_domestic_order_is_told_in_full(domestic: Merchant) -> None:
    order = domestic.order(attach="a note")
    domestic.pay(domestic.post(order).json()["prepay_id"])

    told = domestic.query().json()

    assert (told["appid"], told["mchid"]) == (domestic.app_id, domestic.number)
    assert told["trade_state"] == "SUCCESS"
    assert told["payer"] == order["payer"]
    assert told["attach"] == "a note"
    assert told["amount"] == {"total": 3800, "payer_total": 3800, "currency": "CNY", "payer_currency": "CNY"}
    assert told["success_time"].endswith("+08:00")
    assert domestic.query(told["transaction_id"], by="id").json() == told


def test_a_paid_global_order_is_told_with_its_exchange_rate_and_id(overseas: Merchant) -> None:
    order = overseas.order()
    overseas.pay(overseas.post(order).json()["prepay_id"])

    told = overseas.query().json()

    assert (told["sp_mchid"], told["sub_mchid"]) == (order["sp_mchid"], order["sub_mchid"])
    assert (told["sp_appid"], told["sub_appid"]) == (order["sp_appid"], order["sub_appid"])
    assert told["payer"] == order["payer"]
    assert "transaction_id" not in told
    assert (told["amount"]["total"], told["amount"]["currency"]) == (3800, "EUR")
    assert (told["amount"]["payer_total"], told["amount"]["payer_currency"]) == (29640, "CNY")
    assert told["amount"]["exchange_rate"] == {"type": "SETTLEMENT_RATE", "rate": 780000000}
    assert overseas.query(told["id"], by="id").json() == told


def test_an_order_paid_by_the_institutions_openid_has_no_sub_appid(overseas: Merchant, wechat: SimulatedWeChat) -> None:
    service_app = overseas.settings["WECHAT_PAY_SP_APP_ID"]
    order = overseas.order(payer={"sp_openid": wechat.simulation.visitors.openid(service_app, "Zoé")})
    del order["sub_appid"]

    assert overseas.post(order).status_code == 200
    assert "sub_appid" not in overseas.query().json()


@pytest.mark.parametrize("by", ["out-trade-no", "id"])
def test_an_unknown_order_is_not_found(merchant: Merchant, by: str) -> None:
    expected = "ORDERNOTEXIST" if merchant.mode == "global" else "ORDER_NOT_EXIST"

    assert code_of(merchant.query("4200000000", by=by), 404) == expected


def test_a_transaction_cannot_be_found_before_the_payment(wechat: SimulatedWeChat, merchant: Merchant) -> None:
    merchant.prepay()
    order = wechat.simulation.orders.find_by_number("order-0001")
    assert order is not None

    assert merchant.query(order.transaction_id, by="id").status_code == 404


def test_closing_answers_with_a_signed_empty_body(merchant: Merchant) -> None:
    merchant.prepay()

    answer = merchant.close()

    assert (answer.status_code, answer.content) == (204, b"")
    merchant.verify(answer.headers, b"")
    assert merchant.query().json()["trade_state"] == "CLOSED"


def test_closing_twice_answers_alike(merchant: Merchant) -> None:
    merchant.prepay()

    assert [merchant.close().status_code for _ in range(2)] == [204, 204]


def test_a_closed_order_cannot_be_placed_again(merchant: Merchant) -> None:
    order = merchant.order()
    merchant.post(order)
    merchant.close()

    assert code_of(merchant.post(order), 400) == "ORDER_CLOSED"


def test_closing_an_unknown_number_answers_alike_and_uses_it_up(merchant: Merchant) -> None:
    assert [merchant.close().status_code for _ in range(2)] == [204, 204]
    assert merchant.query().status_code == 404
    assert merchant.post(merchant.order()).json()["message"] == "请求重入时，参数与首次请求时不一致"


@pytest.mark.parametrize("body", [{}, {"mchid": "1"}, {"mchid": "1", "reason": "tired"}])
def test_closing_needs_exactly_the_merchants_numbers(merchant: Merchant, body: dict[str, str]) -> None:
    merchant.prepay()

    answer = merchant.call("POST", f"{merchant.orders}/out-trade-no/order-0001/close", body)

    assert code_of(answer, 400) == "PARAM_ERROR"


def test_a_paid_order_cannot_be_closed(merchant: Merchant) -> None:
    merchant.pay(merchant.prepay())

    assert code_of(merchant.close(), 400) == ("ORDERPAID" if merchant.mode == "global" else "ORDER_PAID")
    assert merchant.query().json()["trade_state"] == "SUCCESS"


def test_a_paid_order_cannot_be_placed_again(merchant: Merchant) -> None:
    order = merchant.order()
    merchant.pay(merchant.post(order).json()["prepay_id"])
    expected = (400, "ORDERPAID") if merchant.mode == "global" else (403, "OUT_TRADE_NO_USED")

    answer = merchant.post(order)

    assert (answer.status_code, answer.json()["code"]) == expected


def test_an_early_time_expire_is_silently_moved_to_a_minute(merchant: Merchant) -> None:
    past = in_seconds(-3600).strftime("%Y-%m-%dT%H:%M:%SZ")
    prepay_id = merchant.prepay(time_expire=past)

    with time_machine.travel(in_seconds(50)):
        assert merchant.pay(prepay_id, outcome="cancel") == "requestPayment:fail cancel"
    with time_machine.travel(in_seconds(70)):
        assert "已过期" in merchant.pay(prepay_id)
        assert merchant.query().json()["trade_state"] == "NOTPAY"


def test_a_time_expire_is_the_last_moment_to_pay(merchant: Merchant) -> None:
    until = in_seconds(900).astimezone().replace(microsecond=0)
    prepay_id = merchant.prepay(time_expire=until.isoformat())

    with time_machine.travel(until + timedelta(seconds=1)):
        assert "已过期" in merchant.pay(prepay_id)
    with time_machine.travel(until - timedelta(seconds=5)):
        assert merchant.pay(prepay_id) == "requestPayment:ok"


def test_a_prepay_id_lives_two_hours_and_is_had_again(merchant: Merchant) -> None:
    order = merchant.order()
    first = merchant.post(order).json()["prepay_id"]

    with time_machine.travel(in_seconds(7201)):
        assert "已过期" in merchant.pay(first)
        assert merchant.pay(merchant.post(order).json()["prepay_id"]) == "requestPayment:ok"


def test_an_unpaid_order_is_closed_after_seven_days(merchant: Merchant) -> None:
    order = merchant.order()
    prepay_id = merchant.post(order).json()["prepay_id"]

    with time_machine.travel(in_seconds(7 * 24 * 3600 + 1)):
        assert merchant.query().json()["trade_state"] == "CLOSED"
        assert code_of(merchant.post(order), 400) == "ORDER_CLOSED"
        assert "已关闭" in merchant.pay(prepay_id)
        assert merchant.control("/orders/order-0001/pay", {})["message"] == "该订单已关闭"


def test_orders_and_users_survive_a_restart(wechat: SimulatedWeChat, merchant: Merchant) -> None:
    openid = merchant.openid()
    merchant.prepay()
    port = int(merchant.base.rpartition(":")[2])

    wechat.stop()
    wechat.start(port)

    assert merchant.query().json()["trade_state"] == "NOTPAY"
    assert merchant.openid() == openid


@pytest.mark.parametrize(
    "changes",
    [
        {"signType": "MD5"},
        {"package": "wx123"},
        {"package": "prepay_id=wx123"},
        {"timeStamp": ""},
        {"timeStamp": "soon"},
        {"nonceStr": "x" * 33},
        {"paySign": "AAAA"},
        {"appId": "wx123"},
        {"user": "Somebody else"},
    ],
)
def test_a_wrong_launch_does_not_pay(merchant: Merchant, changes: dict[str, str]) -> None:
    prepay_id = merchant.prepay()

    told = merchant.pay(prepay_id, **changes)

    assert told.startswith("requestPayment:fail ")
    assert told != "requestPayment:fail cancel"
    assert merchant.query().json()["trade_state"] == "NOTPAY"


def test_a_launch_whose_values_are_no_strings_does_not_pay(merchant: Merchant) -> None:
    client: dict[str, Any] = merchant.launch(merchant.prepay())
    client["timeStamp"] = int(client["timeStamp"])

    told = merchant.control("/request-payment", {"user": "Li Wei", "client": client, "outcome": "pay"})

    assert told == {"errMsg": "requestPayment:fail parameter error: parameter.timeStamp should be String"}


def test_an_order_is_paid_once(merchant: Merchant) -> None:
    prepay_id = merchant.prepay()

    assert merchant.pay(prepay_id) == "requestPayment:ok"
    assert merchant.pay(prepay_id) == "requestPayment:fail 该订单已支付"


def test_a_closed_order_cannot_be_paid(merchant: Merchant) -> None:
    prepay_id = merchant.prepay()
    merchant.close()

    assert merchant.pay(prepay_id) == "requestPayment:fail 该订单已关闭"

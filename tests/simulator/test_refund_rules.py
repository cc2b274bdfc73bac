"""What WeChat Pay does not refund, and says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from shop.simulator.refunds import REFUNDS_PER_ORDER
from shop.simulator.simulation import Simulation
from tests.simulator.downloads import code_of
from tests.simulator.merchant import Merchant


@contextmanager
def later(**delta: float) -> Iterator[None]:
    with time_machine.travel(datetime.now(UTC) + timedelta(**delta)):
        yield


def handle(merchant: Merchant, **wanted: Any) -> None:
    assert wanted.items() <= merchant.control("/refunds/handling", wanted).items()


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": "autre"},
        {"notify_url": "http://a.example/b"},
        {"amount": {"refund": 901, "total": 3800, "currency": "EUR"}},
    ],
)
def test_a_used_number_with_other_parameters_is_refused(paid: Merchant, changes: dict[str, Any]) -> None:
    paid.refund()

    expected = "OUT_REFUND_NO_USED" if paid.mode == "global" else "INVALID_REQUEST"
    assert code_of(paid.ask(paid.repayment(**changes)), 400) == expected


def test_an_unknown_or_unpaid_order_is_not_refunded(merchant: Merchant) -> None:
    expected = "ORDERNOTEXIST" if merchant.mode == "global" else "RESOURCE_NOT_EXISTS"

    assert code_of(merchant.ask(merchant.repayment()), 404) == expected
    merchant.prepay()
    assert code_of(merchant.ask(merchant.repayment()), 404) == expected


@pytest.mark.parametrize("amount", [{"total": 3801}, {"currency": "USD"}])
def test_a_refund_tells_what_was_paid(paid: Merchant, amount: dict[str, Any]) -> None:
    told = paid.repayment()
    told["amount"] |= amount

    assert code_of(paid.ask(told), 400) == "INVALID_REQUEST"


def test_a_payment_of_another_currency_is_refunded_in_it(merchant: Merchant) -> None:
    merchant.prepay()
    merchant.control("/orders/order-0001/pay", {"total": 5, "currency": "USD", "notify": False})

    merchant.refund(refund=5, amount={"refund": 5, "total": 5, "currency": "USD"})

    assert merchant.control("/refunds/refund-0001", method="GET")["currency"] == "USD"


def test_refunds_never_exceed_what_was_paid(paid: Merchant) -> None:
    paid.refund("refund-0001", 3000)

    with later(seconds=61):
        assert code_of(paid.ask(paid.repayment("refund-0002", 801)), 400) == "INVALID_REQUEST"
        paid.refund("refund-0002", 800)


def test_a_closed_refund_leaves_room_for_another(paid: Merchant) -> None:
    handle(paid, outcome="close")
    paid.refund("refund-0001", 3800)
    handle(paid)

    with later(seconds=61):
        paid.refund("refund-0002", 3800)


def test_refunds_of_an_order_are_a_minute_apart(paid: Merchant) -> None:
    paid.refund("refund-0001", 1)

    with later(seconds=50):
        assert code_of(paid.ask(paid.repayment("refund-0002", 1)), 429) == "FREQUENCY_LIMITED"
        assert paid.refund("refund-0001", 1)
    paid.control("/clock", {"skew_seconds": 61})
    paid.refund("refund-0002", 1)


def test_an_order_has_fifty_refunds(paid: Merchant, simulation: Simulation) -> None:
    order = simulation.orders.find_by_number("order-0001")
    assert order is not None
    for _ in range(REFUNDS_PER_ORDER):
        simulation.refunds.from_console(order, 1, notify=False)

    with later(seconds=61):
        assert code_of(paid.ask(paid.repayment(refund=1)), 400) == "INVALID_REQUEST"


@pytest.mark.parametrize(("days", "status"), [(364, 200), (366, 400)])
def test_a_payment_is_refunded_within_a_year(paid: Merchant, days: int, status: int) -> None:
    with later(days=days):
        assert paid.ask(paid.repayment()).status_code == status


def test_want_of_balance_keeps_nothing(paid: Merchant) -> None:
    handle(paid, not_enough=True)
    assert code_of(paid.ask(paid.repayment()), 403) == "NOT_ENOUGH"
    assert paid.query_refund().status_code == 404
    assert paid.query().json()["trade_state"] == "SUCCESS"

    assert paid.control("/refunds/handling", method="DELETE") == 204

    paid.refund()


def test_the_console_refunds_no_more_than_was_paid(merchant: Merchant) -> None:
    merchant.prepay()
    assert merchant.control("/orders/order-0001/refund", {"amount": 1})["message"] == "订单不存在或未支付"
    merchant.control("/orders/order-0001/pay", {"notify": False})

    assert merchant.control("/orders/order-0001/refund", {"amount": 3801})["code"] == "INVALID_REQUEST"
    assert merchant.control("/orders/order-0001/refund", {"amount": 1, "outcome": "hold"})["state"] == "PROCESSING"


@pytest.mark.parametrize(
    "changes",
    [
        {"out_refund_no": "n°1"},
        {"out_refund_no": "x" * 65},
        {"out_refund_no": None},
        {"out_trade_no": ""},
        {"reason": "长" * 27},
        {"notify_url": "http://shop.example"},
        {"amount": {"refund": 0, "total": 3800, "currency": "EUR"}},
        {"amount": {"refund": "1", "total": 3800, "currency": "EUR"}},
        {"amount": {"refund": 1, "total": 3800}},
        {"amount": {"refund": 1, "total": 3800, "currency": "eur"}},
        {"amount": {"refund": 1, "total": 3800, "currency": "EUR", "tip": 1}},
        {"colour": "red"},
    ],
)
def test_an_unfitting_request_is_refused(paid: Merchant, changes: dict[str, Any]) -> None:
    assert code_of(paid.ask(paid.repayment(**changes)), 400) == "PARAM_ERROR"


def test_each_mode_has_its_own_fields_and_paths(domestic: Merchant, overseas: Merchant) -> None:
    domestic.paid()
    overseas.paid()

    assert code_of(domestic.ask(domestic.repayment(mchid=domestic.number)), 400) == "PARAM_ERROR"
    assert code_of(overseas.ask(overseas.repayment(funds_account="AVAILABLE")), 400) == "PARAM_ERROR"
    assert code_of(overseas.ask(overseas.repayment(sp_mchid="1")), 400) == "PARAM_ERROR"
    assert code_of(overseas.ask(overseas.repayment(sub_mchid="1")), 403) == "NO_AUTH"
    assert code_of(overseas.ask(overseas.repayment(sub_appid="wx1")), 400) == "APPID_MCHID_NOT_MATCH"
    assert code_of(overseas.call("GET", "/v3/global/refunds/out-refund-no/refund-0001"), 400) == "PARAM_ERROR"
    assert code_of(domestic.call("GET", f"{domestic.refunds}/refund-0001?mchid=1"), 400) == "PARAM_ERROR"
    assert code_of(overseas.call("POST", domestic.refunds, domestic.repayment()), 400) == "INVALID_REQUEST"
    assert code_of(domestic.call("POST", overseas.refunds, overseas.repayment()), 403) == "NO_AUTH"
    assert domestic.refund(reason="取消", funds_account="AVAILABLE")["funds_account"] == "AVAILABLE"
    told = {"source": "REFUND_SOURCE_RECHARGE_FUNDS", "sub_appid": overseas.app_id}
    assert overseas.refund(**told)["id"]
    assert overseas.query_refund().json()["fund_source"] == "REFUND_SOURCE_RECHARGE_FUNDS"

"""Refunds: asked for, asked for again, refused, found, ended, made in the console."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from shop.simulator import SimulatedWeChat
from shop.simulator.refund_desk import AlreadyEnded, RefundHandling
from shop.simulator.simulation import Simulation
from tests.simulator.downloads import code_of
from tests.simulator.mailbox import Mailbox, eventually
from tests.simulator.merchant import Merchant

OpenMailbox = Callable[..., Mailbox]
BEHAVED = {"outcome": "succeed", "notify": True, "not_enough": False, "delay_seconds": 0}


def handle(merchant: Merchant, **wanted: Any) -> None:
    assert wanted.items() <= merchant.control("/refunds/handling", wanted).items()


def shown(merchant: Merchant, number: str = "refund-0001") -> dict[str, Any]:
    found: dict[str, Any] = merchant.control(f"/refunds/{number}", method="GET")
    return found


def settle(merchant: Merchant, outcome: str, **wanted: Any) -> dict[str, Any]:
    told: dict[str, Any] = merchant.control("/refunds/refund-0001/settle", {"outcome": outcome} | wanted)
    return told


def test_a_domestic_refund_is_accepted_and_then_succeeds(domestic: Merchant) -> None:
    domestic.paid()

    answer = domestic.ask(domestic.repayment(reason="取消"))

    domestic.verify(answer.headers, answer.content)
    told = answer.json()
    assert (told["status"], told["out_refund_no"], told["out_trade_no"]) == ("PROCESSING", "refund-0001", "order-0001")
    assert "success_time" not in told
    assert told["amount"] == {
        "total": 3800,
        "refund": 900,
        "from": [],
        "payer_total": 3800,
        "payer_refund": 900,
        "settlement_total": 3800,
        "settlement_refund": 900,
        "discount_refund": 0,
        "currency": "CNY",
    }
    found = domestic.query_refund()
    domestic.verify(found.headers, found.content)
    assert found.json() == told | {"status": "SUCCESS", "success_time": found.json()["success_time"]}


def test_a_global_refund_is_accepted_without_a_state_and_then_succeeds(overseas: Merchant) -> None:
    overseas.paid()

    told = overseas.refund()

    assert set(told) == {"id", "out_refund_no", "create_time", "amount"}
    assert told["amount"] == {
        "refund": 900,
        "currency": "EUR",
        "payer_refund": 7020,
        "payer_currency": "CNY",
        "exchange_rate": {"type": "SETTLEMENT_RATE", "rate": 780000000},
    }
    found = overseas.query_refund().json()
    assert told.items() <= found.items()
    assert (found["status"], found["out_trade_no"]) == ("SUCCESS", "order-0001")
    numbers = "&".join(f"{name}={value}" for name, value in overseas.own_numbers().items())
    assert overseas.call("GET", f"/v3/global/refunds/id/{told['id']}?{numbers}").json() == found


def test_a_refund_names_its_order_by_either_number_but_not_both(paid: Merchant) -> None:
    paid_as = paid.query().json()
    transaction_id = paid_as.get("transaction_id") or paid_as["id"]
    told = paid.repayment(transaction_id=transaction_id)

    assert code_of(paid.ask(told), 400) == "PARAM_ERROR"
    del told["out_trade_no"]
    assert paid.ask(told).status_code == 200
    del told["transaction_id"]
    assert code_of(paid.ask(told), 400) == "PARAM_ERROR"


def test_a_refunded_order_is_still_paid(paid: Merchant) -> None:
    before = paid.query().json()

    paid.refund()

    after = paid.query().json()
    assert after == before | {"trade_state": "REFUND", "trade_state_desc": after["trade_state_desc"]}
    assert code_of(paid.close(), 400).replace("_", "") == "ORDERPAID"
    assert paid.post(paid.order()).json()["code"] in ("ORDERPAID", "OUT_TRADE_NO_USED")
    assert paid.control("/orders/order-0001/pay", {})["message"] == "该订单已支付或已关闭"


def test_the_same_refund_again_is_the_same_refund(paid: Merchant) -> None:
    first = paid.refund()

    again = paid.refund()

    number = "refund_id" if paid.mode == "domestic" else "id"
    assert again[number] == first[number]
    assert len(paid.control("/refunds?out_trade_no=order-0001", method="GET")["refunds"]) == 1


def test_both_modes_number_their_refunds_apart(domestic: Merchant, overseas: Merchant) -> None:
    for merchant in (domestic, overseas):
        merchant.paid()
        merchant.refund()

    modes = [
        domestic.control(f"/refunds/refund-0001?mode={mode}", method="GET")["mode"] for mode in ("global", "domestic")
    ]
    assert modes == ["global", "domestic"]


def test_an_unknown_refund_is_not_found(paid: Merchant) -> None:
    assert code_of(paid.query_refund(), 404) == "RESOURCE_NOT_EXISTS"
    assert paid.control("/refunds/none", method="GET")["message"] == "no refund is numbered none"
    assert paid.control("/refunds/none/settle", {"outcome": "close"})["message"] == "no refund is numbered none"


@pytest.mark.parametrize(("outcome", "state"), [("succeed", "SUCCESS"), ("abnormal", "ABNORMAL"), ("close", "CLOSED")])
def test_a_refund_on_hold_is_settled(paid: Merchant, outcome: str, state: str) -> None:
    handle(paid, outcome="hold")
    paid.refund()
    assert paid.query_refund().json()["status"] == "PROCESSING"

    assert settle(paid, outcome)["state"] == state

    expected = "REFUNDCLOSE" if (state, paid.mode) == ("CLOSED", "global") else state
    assert paid.query_refund().json()["status"] == expected
    assert ("success_time" in paid.query_refund().json()) == (state == "SUCCESS")


def test_an_abnormal_refund_may_still_succeed_and_an_ended_one_stays_so(paid: Merchant) -> None:
    handle(paid, outcome="abnormal")
    paid.refund()

    assert settle(paid, "succeed", mode=paid.mode)["state"] == "SUCCESS"
    assert settle(paid, "close")["message"] == "the refund has ended"


def test_a_refund_ends_late(paid: Merchant) -> None:
    handle(paid, delay_seconds=0.2)
    paid.refund()
    assert shown(paid)["state"] == "PROCESSING"

    assert eventually(lambda: shown(paid)["state"] == "SUCCESS")


def test_a_refund_settled_before_its_time_stays_as_it_is(simulation: Simulation, paid: Merchant) -> None:
    simulation.refunds.handling = RefundHandling(delay_seconds=0.2)
    paid.refund()
    simulation.refunds.settle("refund-0001", "close")

    eventually(lambda: not any(timer.is_alive() for timer in simulation.refunds._timers))

    assert shown(paid)["state"] == "CLOSED"


def test_what_was_to_happen_later_does_not_hold_up_a_stop(wechat: SimulatedWeChat, paid: Merchant) -> None:
    handle(paid, delay_seconds=3600)
    paid.refund()
    port = int(paid.base.rpartition(":")[2])

    wechat.stop()
    wechat.start(port)

    assert shown(paid)["state"] == "PROCESSING"
    assert settle(paid, "succeed")["state"] == "SUCCESS"


def test_the_handling_of_refunds_is_shown_and_behaves_again(paid: Merchant) -> None:
    handle(paid, outcome="hold", notify=False, not_enough=True, delay_seconds=3)

    paid.control("/behave")

    assert paid.control("/refunds/handling", method="GET") == BEHAVED


@pytest.mark.parametrize("handling", [{"outcome": "explode"}, {"delay_seconds": -1}, {"notify": 1}, {"speed": 1}])
def test_a_handling_nobody_can_give_is_refused(paid: Merchant, handling: dict[str, Any]) -> None:
    assert paid.control("/refunds/handling", handling)["code"] == "PARAM_ERROR"
    assert paid.control("/refunds/handling", method="GET") == BEHAVED


def test_the_console_refunds_under_a_number_of_its_own(paid: Merchant) -> None:
    told = paid.control("/orders/order-0001/refund", {"amount": 900, "mode": paid.mode})

    assert told["out_refund_no"].startswith("50300")
    assert (told["state"], told["amount"], told["currency"]) == ("SUCCESS", 900, paid.currency)
    assert paid.query().json()["trade_state"] == "REFUND"
    assert paid.query_refund(told["out_refund_no"]).json()["status"] == "SUCCESS"
    listed = paid.control(f"/refunds?out_trade_no=order-0001&mode={paid.mode}", method="GET")["refunds"]
    assert listed == [told]
    assert "out_trade_no" in paid.control("/refunds", method="GET")["message"]


def test_the_desk_is_moved_without_http(simulation: Simulation, paid: Merchant) -> None:
    desk = simulation.refunds
    desk.handling = RefundHandling(outcome="hold")
    paid.refund()
    order = simulation.orders.find_by_number("order-0001", paid.mode)
    assert order is not None

    assert desk.settle("refund-0001", "succeed", notify=False) == desk.find("refund-0001", paid.mode)
    assert [one.state for one in desk.of_order(order)] == ["SUCCESS"]
    with pytest.raises(AlreadyEnded):
        desk.settle("refund-0001", "close")
    with pytest.raises(KeyError):
        desk.settle("none", "close")
    assert desk.find("none") is None


@pytest.mark.parametrize(("kind", "done"), [("500-before", False), ("500-after", True), ("429", False)])
def test_faults_strike_refunds_too(paid: Merchant, kind: str, done: bool) -> None:
    paid.control("/faults", {"path_prefix": paid.refunds, "kind": kind, "method": "POST"})

    assert paid.ask(paid.repayment()).status_code >= 429

    assert (paid.query_refund().status_code == 200) == done


def test_an_answer_about_a_refund_can_be_lost_or_unsigned(paid: Merchant) -> None:
    paid.control("/faults", {"path_prefix": paid.refunds, "kind": "timeout-after"})
    with pytest.raises(requests.Timeout):
        paid.ask(paid.repayment(), timeout=0.3)
    paid.control("/faults", {"path_prefix": paid.refunds, "kind": "unsigned"})

    answer = paid.query_refund()

    assert answer.json()["out_refund_no"] == "refund-0001"
    assert "Wechatpay-Signature" not in answer.headers


def test_refunds_survive_a_restart(wechat: SimulatedWeChat, paid: Merchant) -> None:
    paid.refund()
    told = paid.query_refund().json()
    port = int(paid.base.rpartition(":")[2])

    wechat.stop()
    wechat.start(port)

    assert paid.query_refund().json() == told

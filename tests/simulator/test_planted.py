"""Differences planted in a statement, for a reconciliation to find."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from tests.simulator.downloads import BEIJING_NOON, DAY, READY, bill, code_of, told
from tests.simulator.merchant import Merchant

COLUMNS = {
    "domestic": ("商户订单号", "商户退款单号", "交易状态", "订单金额", "退款金额"),
    "global": (
        "Vendor order No.",
        "merchant refund No.",
        "transaction status",
        "settlement order amount",
        "refund settlement order amount",
    ),
}


@pytest.fixture
def sold(merchant: Merchant) -> Iterator[Merchant]:
    """A merchant with two payments of 38.00, the first with a refund of 9.00, on a day whose statement is there."""
    with time_machine.travel(BEIJING_NOON, tick=False) as clock:
        merchant.paid("order-0001")
        clock.shift(60)
        merchant.paid("order-0002")
        clock.shift(60)
        merchant.refund()
        clock.move_to(READY)
        yield merchant


def plant(merchant: Merchant, *differences: dict[str, Any], **wanted: Any) -> Any:
    asked = {"date": DAY, "mode": merchant.mode, "differences": differences} | wanted
    return merchant.control("/statements/plant", asked)


def lines(merchant: Merchant) -> list[tuple[str, str]]:
    """Of every movement told: its number and amount."""
    order, refund, state, paid, repaid = COLUMNS[merchant.mode]
    shown = [line for line in told(merchant) if state in line]
    return [(line[refund], line[repaid]) if line[state] == "REFUND" else (line[order], line[paid]) for line in shown]


TRUE = [("order-0001", "38.00"), ("order-0002", "38.00"), ("refund-0001", "9.00")]


@pytest.mark.parametrize(
    ("difference", "expected"),
    [
        ({"kind": "missing", "number": "order-0001"}, [TRUE[1], TRUE[2]]),
        ({"kind": "missing", "number": "refund-0001"}, [TRUE[0], TRUE[1]]),
        ({"kind": "missing", "number": "order-0009"}, TRUE),
        ({"kind": "doubled", "number": "order-0001"}, [TRUE[0], *TRUE]),
        ({"kind": "doubled", "number": "refund-0001"}, [*TRUE, TRUE[2]]),
        ({"kind": "other-amount", "number": "order-0002", "amount": 123}, [TRUE[0], ("order-0002", "1.23"), TRUE[2]]),
        ({"kind": "other-amount", "number": "refund-0001", "amount": 1}, [TRUE[0], TRUE[1], ("refund-0001", "0.01")]),
    ],
)
def test_what_moved_is_told_otherwise(
    sold: Merchant, difference: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert plant(sold, difference)["differences"] == [difference]

    assert lines(sold) == expected


def test_an_order_nobody_placed_is_told(sold: Merchant) -> None:
    planted = plant(sold, {"kind": "unknown-order", "amount": 500})["differences"][0]

    assert sorted(lines(sold)) == [*TRUE, (planted["number"], "5.00")]
    assert lines(sold) == lines(sold)
    assert sold.query(planted["number"]).status_code == 404


def test_a_refund_nobody_asked_for_is_told(sold: Merchant) -> None:
    wanted = {"kind": "unknown-refund", "amount": 300, "number": "order-0002"}

    planted = plant(sold, wanted)["differences"][0]

    assert planted["number"].startswith("50300")
    assert (planted["number"], "3.00") in lines(sold)
    assert len(lines(sold)) == 4
    assert sold.query_refund(planted["number"]).status_code == 404
    assert "no order is numbered" in plant(sold, wanted | {"number": "order-0009"})["message"]


def test_differences_are_of_their_day_and_mode_and_replaced_by_the_next(sold: Merchant) -> None:
    other = "global" if sold.mode == "domestic" else "domestic"
    difference = {"kind": "missing", "number": "order-0001"}
    plant(sold, difference, date="2027-04-30")
    plant(sold, difference, mode=other)
    assert lines(sold) == TRUE

    plant(sold, difference)
    plant(sold, {"kind": "missing", "number": "order-0002"}, {"kind": "doubled", "number": "order-0001"})

    assert lines(sold) == [TRUE[0], TRUE[0], TRUE[2]]


@pytest.mark.parametrize(("path", "method"), [("/statements/plant", "DELETE"), ("/behave", "POST")])
def test_planted_differences_are_taken_out(sold: Merchant, path: str, method: str) -> None:
    plant(sold, {"kind": "missing", "number": "order-0001"})

    assert sold.control(path, method=method) == 204

    assert lines(sold) == TRUE


def test_a_day_of_which_all_is_missing_has_no_trade_bill(domestic: Merchant) -> None:
    with time_machine.travel(BEIJING_NOON, tick=False) as clock:
        domestic.paid()
        clock.move_to(READY)
        plant(domestic, {"kind": "missing", "number": "order-0001"})

        assert code_of(bill(domestic), 400) == "NO_STATEMENT_EXIST"


@pytest.mark.parametrize(
    "wanted",
    [
        {"date": "2027-02-30"},
        {"date": "20270501"},
        {"mode": "both"},
        {"mode": None},
        {"differences": []},
        {"differences": ["missing"]},
        {"differences": [{"kind": "stolen"}]},
        {"differences": [{"number": "order-0001"}]},
        {"differences": [{"kind": "missing"}]},
        {"differences": [{"kind": "missing", "number": "order-0001", "amount": 1}]},
        {"differences": [{"kind": "other-amount", "number": "order-0001"}]},
        {"differences": [{"kind": "unknown-order", "amount": 0}]},
    ],
)
def test_a_difference_nobody_can_plant_is_refused(merchant: Merchant, wanted: dict[str, Any]) -> None:
    assert plant(merchant, {"kind": "missing", "number": "order-0001"}, **wanted)["code"] == "PARAM_ERROR"

"""Notices of refunds: sent when one ends, carried like all others, and crafted on request."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from shop.simulator import SimulatedWeChat, notices, refund_notices
from tests.simulator.mailbox import Letter, Mailbox, eventually
from tests.simulator.merchant import Merchant

OpenMailbox = Callable[..., Mailbox]


def plaintext(merchant: Merchant, letter: Letter) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(merchant.decrypt(letter.told["resource"]))
    return told


def notices_about(merchant: Merchant) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = merchant.control("/orders/order-0001", method="GET")["notices"]
    return found


def craft(merchant: Merchant, **wanted: Any) -> list[dict[str, Any]]:
    told = merchant.control("/notices", wanted)
    assert "answers" in told, told
    answers: list[dict[str, Any]] = told["answers"]
    return answers


def refunded(merchant: Merchant, box: Mailbox, **handling: Any) -> None:
    """A refund of a paid order, told to the box."""
    merchant.control("/refunds/handling", handling)
    merchant.paid()
    merchant.refund(notify_url=box.url)


def test_a_refund_that_succeeded_is_told(merchant: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox()
    refunded(merchant, box)

    letter = box.wait_for(1)[0]

    merchant.verify(letter.headers, letter.body)
    assert letter.told["event_type"] == "REFUND.SUCCESS"
    resource = letter.told["resource"]
    assert (resource["original_type"], resource["associated_data"]) == ("refund", "refund")
    told = plaintext(merchant, letter)
    found = merchant.query_refund().json()
    rate = 1 if merchant.mode == "domestic" else 7.8
    amount = {"total": 3800, "refund": 900, "payer_total": 3800 * rate, "payer_refund": 900 * rate}
    if merchant.mode == "global":
        amount |= {"currency": "EUR", "payer_currency": "CNY"}
    assert told == merchant.own_numbers() | {
        "transaction_id": found["transaction_id"],
        "out_trade_no": "order-0001",
        "refund_id": found.get("refund_id") or found["id"],
        "out_refund_no": "refund-0001",
        "refund_status": "SUCCESS",
        "success_time": found["success_time"],
        "user_received_account": "支付用户零钱",
        "amount": amount,
    }


@pytest.mark.parametrize(("outcome", "state"), [("abnormal", "ABNORMAL"), ("close", "CLOSED")])
def test_a_refund_that_failed_is_told(merchant: Merchant, mailbox: OpenMailbox, outcome: str, state: str) -> None:
    box = mailbox()
    refunded(merchant, box, outcome=outcome)

    letter = box.wait_for(1)[0]

    assert letter.told["event_type"] == f"REFUND.{state}"
    told = plaintext(merchant, letter)
    assert told["refund_status"] == state
    assert "success_time" not in told


def test_a_settled_refund_is_told_when_it_is_settled(merchant: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox()
    refunded(merchant, box, outcome="hold")
    assert notices_about(merchant) == []

    merchant.control("/refunds/refund-0001/settle", {"outcome": "succeed"})

    assert box.wait_for(1)[0].told["event_type"] == "REFUND.SUCCESS"


def test_a_refund_can_be_kept_quiet(merchant: Merchant, mailbox: OpenMailbox) -> None:
    refunded(merchant, mailbox(), notify=False)
    merchant.control("/orders/order-0001/refund", {"amount": 1, "notify": False})

    assert notices_about(merchant) == []


def test_a_refund_that_names_no_address_is_told_to_the_orders(merchant: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox()
    merchant.paid(notify_url=box.url)
    merchant.refund()
    merchant.control("/orders/order-0001/refund", {"amount": 100})

    told = [plaintext(merchant, letter) for letter in box.wait_for(2)]

    assert {one["amount"]["refund"] for one in told} == {900, 100}
    assert len([one for one in told if one["out_refund_no"].startswith("50300")]) == 1


def test_notices_of_refunds_are_carried_like_the_others(merchant: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox(500, 200)
    merchant.control("/notices/pause")
    merchant.control("/notices/handling", {"turn": "last-first"})
    merchant.pay(merchant.prepay(notify_url=box.url))
    merchant.refund()

    told = [merchant.control("/notices/deliver")["notices"] for _ in range(2)]

    assert [one["event_type"] for one in told[0]] == ["REFUND.SUCCESS", "TRANSACTION.SUCCESS"]
    assert [(one["state"], one["attempts"]) for one in told[1]] == [("delivered", 2)]
    assert [one["event_type"] for one in notices_about(merchant)] == ["TRANSACTION.SUCCESS", "REFUND.SUCCESS"]


def test_a_dropped_notice_of_a_refund_never_comes(merchant: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox()
    merchant.control("/notices/handling", {"drop": 1})
    refunded(merchant, box)

    assert eventually(lambda: notices_about(merchant)[0]["last_answer"] == "dropped")
    assert box.letters == []


def test_a_payment_told_after_its_refund_was_a_success(merchant: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox()
    merchant.paid(notify_url=box.url)
    merchant.refund(notify_url="http://127.0.0.1:9/elsewhere")

    craft(merchant, out_trade_no="order-0001")

    assert plaintext(merchant, box.letters[0])["trade_state"] == "SUCCESS"


def test_a_crafted_notice_tells_of_a_refund(merchant: Merchant, mailbox: OpenMailbox) -> None:
    box, elsewhere = mailbox(), mailbox(418)
    refunded(merchant, box, outcome="hold")

    answers = craft(merchant, out_refund_no="refund-0001", times=2, mode=merchant.mode)
    answers += craft(
        merchant,
        out_refund_no="refund-0001",
        overrides={"amount": {"refund": 1}, "refund_status": "CLOSED"},
        envelope={"event_type": "REFUND.CLOSED", "resource": {"associated_data": ""}},
        signing="public-key",
        notify_url=elsewhere.url,
    )

    assert [answer["status"] for answer in answers] == [200, 200, 418]
    assert [letter.told["event_type"] for letter in box.letters] == ["REFUND.SUCCESS"] * 2
    told = plaintext(merchant, elsewhere.letters[0])
    assert (told["amount"]["refund"], told["amount"]["total"], told["refund_status"]) == (1, 3800, "CLOSED")
    assert elsewhere.letters[0].told["event_type"] == "REFUND.CLOSED"
    merchant.verify(elsewhere.letters[0].headers, elsewhere.letters[0].body)
    assert merchant.query_refund().json()["status"] == "PROCESSING"


def test_a_crafted_notice_tells_how_a_refund_ended(merchant: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox()
    refunded(merchant, box, outcome="abnormal", notify=False)

    craft(merchant, out_refund_no="refund-0001")

    assert box.letters[0].told["event_type"] == "REFUND.ABNORMAL"


def test_a_crafted_notice_tells_of_a_refund_nobody_asked_for(merchant: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox()
    assert "needs the out_trade_no" in merchant.control("/notices", {"out_refund_no": "unheard-of"})["message"]
    assert "is about an out_trade_no" in merchant.control("/notices", {})["message"]

    craft(merchant, out_refund_no="unheard-of", out_trade_no="order-0009", notify_url=box.url, mode=merchant.mode)

    told = plaintext(merchant, box.letters[0])
    assert (told["out_refund_no"], told["out_trade_no"]) == ("unheard-of", "order-0009")
    assert merchant.query_refund("unheard-of").status_code == 404


def test_a_notice_can_be_sealed_by_who_delivers_it(wechat: SimulatedWeChat, merchant: Merchant) -> None:
    merchant.control("/refunds/handling", {"notify": False})
    merchant.paid()
    merchant.refund()
    simulation = wechat.simulation
    account = simulation.credentials.accounts["global" if merchant.mode == "global" else "domestic"]
    refund = simulation.refunds.find("refund-0001")
    assert refund is not None

    told = refund_notices.notice(refund, simulation.refunds.order_of(refund), account)
    sealed = refund_notices.envelope(refund, told, account)

    assert sealed["event_type"] == "REFUND.SUCCESS"
    assert merchant.decrypt(sealed["resource"]) == notices.encode(told)

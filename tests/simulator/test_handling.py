"""Queued notices carried badly on request: doubled, late, out of order, lost, badly signed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature

from tests.simulator.mailbox import Mailbox, eventually
from tests.simulator.merchant import Merchant

OpenMailbox = Callable[..., Mailbox]
BEHAVED = {
    "copies": 1,
    "at_once": False,
    "delay_seconds": 0,
    "turn": "first-first",
    "drop": 0,
    "beside": [],
    "signing": None,
}


def handle(merchant: Merchant, **wanted: Any) -> None:
    assert wanted.items() <= merchant.control("/notices/handling", wanted).items()


def pay(merchant: Merchant, *numbers: str, at: Mailbox) -> None:
    for number in numbers:
        merchant.pay(merchant.prepay(number, notify_url=at.url))


def notices_about(merchant: Merchant, number: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = merchant.control(f"/orders/{number}", method="GET")["notices"]
    return found


def delivered(merchant: Merchant, **wanted: Any) -> list[str]:
    return [one["out_trade_no"] for one in merchant.control("/notices/deliver", wanted)["notices"]]


def is_genuine(merchant: Merchant, letter: Any) -> bool:
    try:
        merchant.verify(letter.headers, letter.body)
    except (InvalidSignature, KeyError, AssertionError):
        return False
    return True


@pytest.mark.parametrize("at_once", [True, False])
def test_a_notice_comes_so_many_times(domestic: Merchant, mailbox: OpenMailbox, at_once: bool) -> None:
    box = mailbox()
    handle(domestic, copies=3, at_once=at_once)

    pay(domestic, "order-0001", at=box)

    letters = box.wait_for(3)
    assert len({letter.body for letter in letters}) == 1
    assert len({letter.headers["Wechatpay-Nonce"] for letter in letters}) == 3
    assert all(is_genuine(domestic, letter) for letter in letters)
    eventually(lambda: notices_about(domestic, "order-0001")[0]["state"] == "delivered")
    assert notices_about(domestic, "order-0001")[0]["attempts"] == 1


def test_one_copy_acknowledged_is_enough(domestic: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox(500, 200, 500)
    handle(domestic, copies=3)

    pay(domestic, "order-0001", at=box)

    eventually(lambda: notices_about(domestic, "order-0001")[0]["state"] == "delivered")
    assert len(box.letters) == 3


def test_a_notice_comes_late(domestic: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox()
    handle(domestic, delay_seconds=3600)
    pay(domestic, "order-0001", at=box)
    assert domestic.control("/health", method="GET")["notices_waiting"] == 1

    assert delivered(domestic) == ["order-0001"]
    assert len(box.letters) == 1


def test_paused_notices_go_last_first(domestic: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox()
    numbers = [f"order-000{one}" for one in range(5)]
    handle(domestic, turn="last-first")
    domestic.control("/notices/pause")
    pay(domestic, *numbers, at=box)

    domestic.control("/notices/resume")

    bodies = [letter.body for letter in box.wait_for(5)]
    first = [notices_about(domestic, number)[0]["event_id"].encode() in bodies[0] for number in numbers]
    assert first == [False] * 4 + [True]


@pytest.mark.parametrize("turn", ["first-first", "last-first", "shuffled"])
def test_notices_are_delivered_step_by_step_even_while_paused(
    domestic: Merchant, mailbox: OpenMailbox, turn: str
) -> None:
    box = mailbox()
    numbers = ["order-0001", "order-0002", "order-0003"]
    handle(domestic, turn=turn)
    domestic.control("/notices/pause")
    pay(domestic, *numbers, at=box)

    steps = delivered(domestic, most=2)
    assert len(box.letters) == 2
    steps += delivered(domestic)

    assert sorted(steps) == numbers
    assert turn == "shuffled" or steps == (numbers if turn == "first-first" else numbers[::-1])
    assert delivered(domestic) == []


def test_a_refused_notice_is_delivered_once_a_step(domestic: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox(500, 200)
    domestic.control("/notices/pause")
    pay(domestic, "order-0001", at=box)

    told = [domestic.control("/notices/deliver")["notices"][0] for _ in range(2)]

    assert [(one["state"], one["attempts"]) for one in told] == [("waiting", 1), ("delivered", 2)]


def test_some_notices_are_dropped(domestic: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox()
    domestic.control("/notices/pause")
    pay(domestic, "order-0001", "order-0002", at=box)
    handle(domestic, drop=1)

    told = domestic.control("/notices/deliver")["notices"]

    assert (told[0]["state"], told[0]["last_answer"]) == ("given-up", "dropped")
    assert told[1]["state"] == "delivered"
    assert len(box.letters) == 1
    assert domestic.control("/notices/handling", method="GET")["drop"] == 0


def test_letters_of_other_signatures_come_beside_the_genuine_one(merchant: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox(401, 401, 400, 200)
    handle(merchant, beside=["signtest", "wrong-key", "unsigned"])

    pay(merchant, "order-0001", at=box)

    letters = box.wait_for(4)
    assert [is_genuine(merchant, letter) for letter in letters] == [False, False, False, True]
    assert letters[0].headers["Wechatpay-Signature"].startswith("WECHATPAY/SIGNTEST/")
    eventually(lambda: notices_about(merchant, "order-0001")[0]["last_answer"].startswith("200"))


def test_a_badly_signed_notice_comes_again_well_signed_once_wechat_pay_behaves(
    domestic: Merchant, mailbox: OpenMailbox
) -> None:
    box = mailbox(401, 200)
    domestic.control("/notices/pause")
    handle(domestic, signing="wrong-key")
    pay(domestic, "order-0001", at=box)
    delivered(domestic)

    assert domestic.control("/notices/handling", method="DELETE") == 204
    delivered(domestic)

    assert [is_genuine(domestic, letter) for letter in box.letters] == [False, True]


def test_waiting_notices_can_be_given_up(domestic: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox(500)
    domestic.control("/notices/pause")
    pay(domestic, "order-0001", at=box)

    assert domestic.control("/notices", method="DELETE") == 204
    domestic.control("/notices/resume")

    assert domestic.control("/health", method="GET")["notices_waiting"] == 0
    assert notices_about(domestic, "order-0001")[0]["state"] == "given-up"
    assert (delivered(domestic), box.letters) == ([], [])


@pytest.mark.parametrize(
    "handling",
    [
        {"copies": 0},
        {"drop": -1},
        {"turn": "backwards"},
        {"beside": []},
        {"beside": ["certificate"]},
        {"signing": "nobody"},
        {"speed": 1},
    ],
)
def test_a_handling_nobody_can_give_is_refused(domestic: Merchant, handling: dict[str, Any]) -> None:
    assert domestic.control("/notices/handling", handling)["code"] == "PARAM_ERROR"
    assert domestic.control("/notices/handling", method="GET") == BEHAVED


def test_every_misbehaviour_ends_at_once(domestic: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox()
    handle(domestic, copies=2, drop=3)
    domestic.control("/faults", {"path_prefix": "/v3/", "kind": "429"})
    domestic.control("/keys/switch", {"share": 1})
    domestic.control("/clock", {"skew_seconds": 600})
    domestic.control("/notices/pause")

    assert domestic.control("/behave") == 204

    pay(domestic, "order-0001", at=box)
    letter = box.wait_for(1)[0]
    assert is_genuine(domestic, letter)
    assert not letter.headers["Wechatpay-Serial"].startswith("PUB_KEY_ID_")
    assert domestic.control("/notices/handling", method="GET") == BEHAVED


def test_every_control_is_described(here: Path) -> None:
    described = (here / "docs" / "simulator.md").read_text()
    sources = "".join(path.read_text() for path in (here / "shop" / "simulator").glob("control_*.py"))
    paths = {line.split('"')[1] for line in sources.splitlines() if line.startswith("@blueprint.")}

    assert len(paths) > 20
    assert [path for path in sorted(paths) if f"/control{path.partition('<')[0]}" not in described] == []

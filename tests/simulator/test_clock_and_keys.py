"""A switch from certificate to public key in the middle of things, and a clock that is off."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from shop.simulator.credentials import Credentials
from tests.simulator.mailbox import Mailbox
from tests.simulator.merchant import Merchant

OpenMailbox = Callable[..., Mailbox]
NOTICES = {0: 0, 0.01: 2, 0.5: 55, 1: 110}


def crafted(merchant: Merchant, box: Mailbox, **wanted: Any) -> None:
    merchant.control("/notices", {"out_trade_no": "order-0001", "notify_url": box.url} | wanted)


@pytest.mark.parametrize(("share", "expected"), NOTICES.items())
def test_a_share_of_the_notices_is_signed_with_the_public_key(folder: Path, share: float, expected: int) -> None:
    platform = Credentials.load_or_make(folder).accounts["domestic"].platform
    platform.switch(share)

    serials = Counter(platform.notice_signer().serial for _ in range(110))

    assert serials[platform.public_key.serial] == expected


def test_in_the_middle_of_a_switch_either_key_signs(domestic: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox()
    domestic.prepay()

    assert domestic.control("/keys/switch", {"share": 0.5}) == {"share": 0.5}
    crafted(domestic, box, times=4)

    kinds = [letter.headers["Wechatpay-Serial"].startswith("PUB_KEY_ID_") for letter in box.letters]
    assert kinds == [True, False, True, False]
    for letter in box.letters:
        domestic.verify(letter.headers, letter.body)


def test_a_switch_moves_the_notices_of_one_mode_and_no_answers(
    domestic: Merchant, overseas: Merchant, mailbox: OpenMailbox
) -> None:
    domestic.control("/keys/switch", {"share": 1, "mode": "domestic"})
    serials = []
    for merchant in (domestic, overseas):
        box = mailbox()
        merchant.pay(merchant.prepay(notify_url=box.url))
        serials.append(box.wait_for(1)[0].headers["Wechatpay-Serial"][:3])

    assert serials[0] == "PUB" != serials[1]
    assert not domestic.query().headers["Wechatpay-Serial"].startswith("PUB")


def test_a_named_signature_is_not_switched(domestic: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox()
    domestic.prepay()
    domestic.control("/keys/switch", {"share": 1})

    crafted(domestic, box, signing="certificate")

    assert not box.letters[0].headers["Wechatpay-Serial"].startswith("PUB")


@pytest.mark.parametrize("share", [-0.1, 1.1, "1", None])
def test_a_share_is_between_nothing_and_all(domestic: Merchant, share: Any) -> None:
    assert domestic.control("/keys/switch", {"share": share})["code"] == "PARAM_ERROR"


@pytest.mark.parametrize("skew", [-240, 240])
def test_a_clock_that_is_off_shows_in_signatures_and_bodies(
    merchant: Merchant, mailbox: OpenMailbox, skew: int
) -> None:
    box = mailbox()
    assert merchant.control("/clock", {"skew_seconds": skew})["skew_seconds"] == skew
    merchant.pay(merchant.prepay(notify_url=box.url))

    answer, letter = merchant.query(), box.wait_for(1)[0]

    for told in (answer.headers["Wechatpay-Timestamp"], letter.headers["Wechatpay-Timestamp"]):
        assert abs(int(told) - time.time() - skew) < 60
    for told in (answer.json()["success_time"], letter.told["create_time"]):
        assert abs(datetime.fromisoformat(told).timestamp() - time.time() - skew) < 60


@pytest.mark.parametrize("skew", [-600, 600])
def test_requests_are_judged_by_wechats_clock(merchant: Merchant, skew: int) -> None:
    merchant.prepay()
    merchant.control("/clock", {"skew_seconds": skew})

    answer = merchant.query()

    assert (answer.status_code, answer.json()["detail"]["field"]) == (401, "timestamp")
    assert merchant.query(timestamp=str(int(time.time()) + skew)).status_code == 200

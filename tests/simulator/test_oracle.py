"""A public library for the domestic interfaces gets on with the simulated WeChat."""

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import time_machine
from wechatpayv3 import WeChatPay, WeChatPayType

from tests.simulator.downloads import BEIJING_NOON, DAY, READY
from tests.simulator.merchant import Merchant


@pytest.fixture
def library(domestic: Merchant) -> Any:
    """The library as a domestic merchant sets it up, talking to this machine."""
    settings = domestic.settings
    public_key = next(Path(settings["WECHAT_PAY_PLATFORM_KEYS"]).glob("PUB_KEY_ID_*.pem"))
    library = WeChatPay(
        wechatpay_type=WeChatPayType.MINIPROG,
        mchid=domestic.number,
        private_key=Path(settings["WECHAT_PAY_PRIVATE_KEY"]).read_text(),
        cert_serial_no=settings["WECHAT_PAY_CERT_SERIAL"],
        apiv3_key=settings["WECHAT_PAY_API_V3_KEY"],
        appid=domestic.app_id,
        notify_url="http://127.0.0.1:9/callbacks/wechat-pay",
        public_key=public_key.read_text(),
        public_key_id=public_key.stem,
        timeout=5,
    )
    library._core._gate_way = domestic.base
    return library


def test_the_library_refunds_and_asks(domestic: Merchant, library: Any) -> None:
    domestic.paid()
    transaction_id = domestic.query().json()["transaction_id"]
    amount = {"refund": 900, "total": 3800, "currency": "CNY"}

    status, body = library.refund(
        out_refund_no="refund-0001", amount=amount, transaction_id=transaction_id, reason="取消"
    )

    assert (status, json.loads(body)["status"]) == (200, "PROCESSING")
    status, body = library.query_refund("refund-0001")
    assert (status, json.loads(body)["status"]) == (200, "SUCCESS")


def test_the_library_fetches_a_trade_bill(domestic: Merchant, library: Any) -> None:
    with time_machine.travel(BEIJING_NOON, tick=False) as clock:
        domestic.paid()
        clock.move_to(READY)

        status, body = library.trade_bill(DAY)
        offered = json.loads(body)
        fetched, file = library.download_bill(offered["download_url"])

    assert (status, fetched) == (200, 200)
    assert hashlib.sha1(gzip.decompress(file)).hexdigest() == offered["hash_value"]


def test_the_library_reads_a_notice_of_a_refund(domestic: Merchant, library: Any, mailbox: Any) -> None:
    box = mailbox()
    domestic.paid()
    domestic.control("/keys/switch", {"share": 1})
    domestic.refund(notify_url=box.url)

    letter = box.wait_for(1)[0]

    read = library.callback(letter.headers, letter.body.decode())
    assert read["event_type"] == "REFUND.SUCCESS"
    assert read["resource"]["out_refund_no"] == "refund-0001"

"""Notices: signed, sealed, sent again until acknowledged, and crafted on request."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from shop.simulator import SimulatedWeChat, courier
from tests.simulator.mailbox import Letter, Mailbox, eventually
from tests.simulator.merchant import Merchant

OpenMailbox = Callable[..., Mailbox]


def plaintext(merchant: Merchant, letter: Letter) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(merchant.decrypt(letter.told["resource"]))
    return told


def craft(merchant: Merchant, **wanted: Any) -> list[dict[str, Any]]:
    told = merchant.control("/notices", {"out_trade_no": "order-0001"} | wanted)
    assert "answers" in told, told
    answers: list[dict[str, Any]] = told["answers"]
    return answers


def notices_about(merchant: Merchant) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = merchant.control("/orders/order-0001", method="GET")["notices"]
    return found


def test_a_payment_is_told_by_a_signed_and_sealed_notice(merchant: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox()
    merchant.pay(merchant.prepay(notify_url=box.url, attach="a note"))

    letter = box.wait_for(1)[0]

    merchant.verify(letter.headers, letter.body)
    assert letter.headers["Wechatpay-Signature-Type"] == "WECHATPAY2-SHA256-RSA2048"
    assert letter.headers["Content-Type"] == "application/json"
    told = letter.told
    assert len(str(uuid.UUID(told["id"]))) == 36
    assert (told["resource_type"], told["event_type"]) == ("encrypt-resource", "TRANSACTION.SUCCESS")
    assert (told["resource"]["original_type"], told["resource"]["associated_data"]) == ("transaction",) * 2
    assert told["resource"]["nonce"] != letter.headers["Wechatpay-Nonce"]
    paid = plaintext(merchant, letter)
    query = merchant.query().json()
    if merchant.mode == "global":
        query["transaction_id"] = query.pop("id")
    assert paid == query
    assert eventually(lambda: notices_about(merchant)[0]["state"] == "delivered")


@pytest.mark.parametrize("refusal", [500, 401, 302])
def test_a_notice_is_sent_again_until_acknowledged(merchant: Merchant, mailbox: OpenMailbox, refusal: int) -> None:
    box = mailbox(refusal, refusal, 204)
    merchant.pay(merchant.prepay(notify_url=box.url))

    letters = box.wait_for(3)

    assert len({letter.told["id"] for letter in letters}) == 1
    assert len({letter.headers["Wechatpay-Nonce"] for letter in letters}) == 3
    for letter in letters:
        merchant.verify(letter.headers, letter.body)
    known = eventually(lambda: [one for one in notices_about(merchant) if one["state"] == "delivered"])
    assert (known[0]["attempts"], known[0]["last_answer"]) == (3, "204")


def test_a_notice_is_given_up_after_fifteen_retries(
    merchant: Merchant, mailbox: OpenMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "RETRY_SECONDS", (1,) * len(courier.RETRY_SECONDS))
    box = mailbox(500)
    merchant.pay(merchant.prepay(notify_url=box.url))

    assert eventually(lambda: notices_about(merchant)[0]["state"] == "given-up")
    assert len(box.letters) == 16


def test_the_documented_schedule_takes_a_day() -> None:
    assert len(courier.RETRY_SECONDS) == 15
    assert sum(courier.RETRY_SECONDS) == 24 * 3600 + 4 * 60


def test_paused_notices_wait(merchant: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox()
    assert merchant.control("/notices/pause") == {"paused": True}
    merchant.pay(merchant.prepay(notify_url=box.url))
    assert merchant.control("/health", method="GET") == {
        "status": "ok",
        "notices_waiting": 1,
        "notices_paused": True,
    }
    assert box.letters == []

    assert merchant.control("/notices/resume") == {"paused": False}

    box.wait_for(1)


def test_an_undelivered_notice_survives_a_restart(
    wechat: SimulatedWeChat, merchant: Merchant, mailbox: OpenMailbox
) -> None:
    box = mailbox()
    merchant.control("/notices/pause")
    merchant.pay(merchant.prepay(notify_url=box.url))
    port = int(merchant.base.rpartition(":")[2])

    wechat.stop()
    wechat.start(port)

    assert plaintext(merchant, box.wait_for(1)[0])["out_trade_no"] == "order-0001"


def test_a_merchant_that_cannot_be_reached_is_noted(merchant: Merchant) -> None:
    merchant.control("/notices/pause")
    merchant.pay(merchant.prepay())
    merchant.control("/notices/resume")

    assert eventually(lambda: notices_about(merchant)[0]["last_answer"] == "ConnectionError")


def test_a_payment_can_be_kept_quiet(merchant: Merchant) -> None:
    merchant.prepay()

    paid = merchant.control("/orders/order-0001/pay", {"notify": False})

    assert paid["state"] == "SUCCESS"
    assert paid["transaction_id"]
    assert notices_about(merchant) == []


def test_a_payment_can_be_of_another_amount_and_currency(merchant: Merchant) -> None:
    merchant.prepay()

    merchant.control("/orders/order-0001/pay", {"total": 1, "currency": "USD", "notify": False})

    amount = merchant.query().json()["amount"]
    assert (amount["total"], amount["currency"]) == (1, "USD")


def test_a_closed_order_is_paid_only_if_asked_for(merchant: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox()
    merchant.prepay(notify_url=box.url)
    merchant.close()

    assert "message" in merchant.control("/orders/order-0001/pay", {})
    assert merchant.control("/orders/order-0001/pay", {"even_if_closed": True})["state"] == "SUCCESS"
    box.wait_for(1)
    assert "message" in merchant.control("/orders/order-0001/pay", {"even_if_closed": True, "mode": merchant.mode})


def test_a_crafted_notice_is_sent_at_once_and_answered(merchant: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox(418, 200)
    merchant.prepay(notify_url=box.url)

    assert craft(merchant) == [{"status": 418, "body": ""}]

    letter = box.letters[0]
    merchant.verify(letter.headers, letter.body)
    told = plaintext(merchant, letter)
    assert (told["trade_state"], told["out_trade_no"]) == ("SUCCESS", "order-0001")
    assert merchant.query().json()["trade_state"] == "NOTPAY"
    assert notices_about(merchant) == []


def test_a_crafted_notice_about_a_paid_order_tells_of_that_payment(merchant: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox()
    merchant.prepay(notify_url=box.url)
    paid = merchant.control("/orders/order-0001/pay", {"notify": False})

    craft(merchant)

    assert plaintext(merchant, box.letters[0])["transaction_id"] == paid["transaction_id"]


@pytest.mark.parametrize("concurrent", [True, False])
def test_a_crafted_notice_is_sent_many_times(merchant: Merchant, mailbox: OpenMailbox, concurrent: bool) -> None:
    box = mailbox()
    merchant.prepay(notify_url=box.url)

    answers = craft(merchant, times=5, concurrent=concurrent)

    assert [answer["status"] for answer in answers] == [200] * 5
    assert len({letter.told["id"] for letter in box.letters}) == 1


def test_a_crafted_notice_is_changed_inside_and_outside(merchant: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox()
    merchant.prepay(notify_url="http://127.0.0.1:9/elsewhere")

    craft(
        merchant,
        notify_url=box.url,
        overrides={"amount": {"total": 1}, "success_time": None, "attach": "x"},
        envelope={"id": "EV-1", "event_type": "REFUND.SUCCESS", "resource": {"original_type": "refund"}},
        headers={"Wechatpay-Serial": "ABC", "Wechatpay-Signature-Type": None},
    )

    letter = box.letters[0]
    told = plaintext(merchant, letter)
    assert told["amount"]["total"] == 1
    assert told["amount"]["payer_currency"] == "CNY"
    assert told["attach"] == "x"
    assert "success_time" not in told
    assert (letter.told["id"], letter.told["event_type"]) == ("EV-1", "REFUND.SUCCESS")
    assert letter.told["resource"]["original_type"] == "refund"
    assert letter.headers["Wechatpay-Serial"] == "ABC"
    assert "Wechatpay-Signature-Type" not in letter.headers


@pytest.mark.parametrize("associated_data", ["", None, "other"])
def test_a_crafted_notice_is_sealed_with_the_associated_data_given(
    merchant: Merchant, mailbox: OpenMailbox, associated_data: str | None
) -> None:
    box = mailbox()
    merchant.prepay(notify_url=box.url)

    craft(merchant, envelope={"resource": {"associated_data": associated_data}})

    assert plaintext(merchant, box.letters[0])["out_trade_no"] == "order-0001"


def test_a_crafted_notice_can_be_undecryptable_or_without_content(merchant: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox()
    merchant.prepay(notify_url=box.url)

    craft(merchant, envelope={"resource": {"nonce": "x" * 12}})
    craft(merchant, envelope={"resource": None})

    with pytest.raises(InvalidTag):
        plaintext(merchant, box.letters[0])
    assert "resource" not in box.letters[1].told


@pytest.mark.parametrize("signing", ["wrong-key", "signtest", "other-body"])
def test_a_badly_signed_notice_does_not_verify(merchant: Merchant, mailbox: OpenMailbox, signing: str) -> None:
    box = mailbox()
    merchant.prepay(notify_url=box.url)

    craft(merchant, signing=signing)

    letter = box.letters[0]
    assert letter.headers["Wechatpay-Signature"].startswith("WECHATPAY/SIGNTEST/") == (signing == "signtest")
    with pytest.raises(InvalidSignature):
        merchant.verify(letter.headers, letter.body)


def test_an_unsigned_notice_has_no_signature(merchant: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox()
    merchant.prepay(notify_url=box.url)

    craft(merchant, signing="unsigned")

    assert not [name for name in box.letters[0].headers if name.lower().startswith("wechatpay")]


def test_a_notice_can_be_signed_with_the_public_key(merchant: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox()
    merchant.prepay(notify_url=box.url)

    craft(merchant, signing="public-key")

    letter = box.letters[0]
    assert letter.headers["Wechatpay-Serial"].startswith("PUB_KEY_ID_")
    merchant.verify(letter.headers, letter.body)


@pytest.mark.parametrize("wanted", [{"age_seconds": 400}, {"age_seconds": -400}, {"signing": "stale"}])
def test_a_notice_can_be_of_another_time(merchant: Merchant, mailbox: OpenMailbox, wanted: dict[str, Any]) -> None:
    box = mailbox()
    merchant.prepay(notify_url=box.url)

    craft(merchant, **wanted)

    with pytest.raises(AssertionError):
        merchant.verify(box.letters[0].headers, box.letters[0].body)


def test_a_notice_about_an_unknown_order_needs_an_address_and_a_mode(merchant: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox()

    assert "notify_url and mode" in merchant.control("/notices", {"out_trade_no": "order-0001"})["message"]
    assert craft(merchant, notify_url=box.url, mode=merchant.mode)[0]["status"] == 200

    told = plaintext(merchant, box.letters[0])
    assert (told["out_trade_no"], told["trade_state"]) == ("order-0001", "SUCCESS")
    assert merchant.control("/orders", method="GET") == {"orders": []}


def test_a_crafted_notice_tells_when_nobody_answers(merchant: Merchant) -> None:
    merchant.prepay()

    assert craft(merchant) == [{"status": None, "body": "ConnectionError"}]


def test_a_rotated_certificate_signs_and_can_be_downloaded(merchant: Merchant, mailbox: OpenMailbox) -> None:
    box = mailbox()
    prepay_id = merchant.prepay(notify_url=box.url)

    added = merchant.control("/keys/rotate", {"mode": merchant.mode})["serials"][merchant.mode]
    merchant.pay(prepay_id)

    letter = box.wait_for(1)[0]
    assert letter.headers["Wechatpay-Serial"] == added
    path = "/v3/global/certificates" if merchant.mode == "global" else "/v3/certificates"
    answer = merchant.call("GET", path)
    listed = {one["serial_no"]: one for one in answer.json()["data"]}
    assert len(listed) == 2
    downloaded = x509.load_pem_x509_certificate(merchant.decrypt(listed[added]["encrypt_certificate"]))
    assert f"{downloaded.serial_number:X}" == added
    assert listed[added]["encrypt_certificate"]["associated_data"] == "certificate"
    key = downloaded.public_key()
    assert isinstance(key, RSAPublicKey)
    merchant.verify(answer.headers, answer.content, key)
    merchant.verify(letter.headers, letter.body, key)


def test_a_rotated_certificate_survives_a_restart(wechat: SimulatedWeChat, merchant: Merchant) -> None:
    added = merchant.control("/keys/rotate")["serials"]
    port = int(merchant.base.rpartition(":")[2])

    wechat.stop()
    wechat.start(port)

    assert merchant.post(merchant.order()).headers["Wechatpay-Serial"] == added[merchant.mode]


def test_the_request_chooses_between_certificate_and_public_key(merchant: Merchant) -> None:
    published = [path.stem for path in sorted(merchant_keys(merchant))]
    public_key = next(serial for serial in published if serial.startswith("PUB_KEY_ID_"))
    certificate = next(serial for serial in published if serial != public_key)

    by_key = merchant.post(merchant.order(), headers={"Wechatpay-Serial": public_key})
    by_certificate = merchant.post(merchant.order(), headers={"Wechatpay-Serial": certificate})
    by_default = merchant.post(merchant.order())

    assert by_key.headers["Wechatpay-Serial"] == public_key
    merchant.verify(by_key.headers, by_key.content)
    assert by_certificate.headers["Wechatpay-Serial"] == by_default.headers["Wechatpay-Serial"] == certificate


def merchant_keys(merchant: Merchant) -> list[Path]:
    return list(Path(merchant.settings["WECHAT_PAY_PLATFORM_KEYS"]).glob("*.pem"))


@pytest.mark.parametrize("serial", ["PUB_KEY_ID_0", "ABCDEF"])
def test_a_request_naming_an_unknown_key_is_refused(merchant: Merchant, serial: str) -> None:
    answer = merchant.post(merchant.order(), headers={"Wechatpay-Serial": serial})

    assert answer.json()["detail"] == {"location": "header", "field": "Wechatpay-Serial"}

"""The phone page: what can be paid, in three languages, and what became of it."""

from datetime import UTC, datetime, timedelta

import pytest
import requests
import time_machine

from shop.simulator.phone_texts import LANGUAGES, amount
from tests.simulator.merchant import Merchant


def page(merchant: Merchant, path: str = "/phone", language: str = "", status: int = 200) -> str:
    headers = {"Accept-Language": language} if language else {}
    answer = requests.get(merchant.base + path, headers=headers, timeout=5)
    assert answer.status_code == status
    return answer.text


def press(merchant: Merchant, prepay_id: str, outcome: str, query: str = "") -> requests.Response:
    address = f"{merchant.base}/phone/{prepay_id}{query}"
    return requests.post(address, data={"outcome": outcome}, timeout=5)


@pytest.mark.parametrize(
    ("asked", "language", "label"),
    [
        ("", "fr", "Paiement simulé"),
        ("de", "fr", "Paiement simulé"),
        ("fr-CA,fr;q=0.9", "fr", "Paiement simulé"),
        ("zh-TW,zh;q=0.9,en;q=0.1", "zh-CN", "模拟支付"),
        ("de,en-GB;q=0.5", "en", "Simulated payment"),
    ],
)
def test_the_page_speaks_the_phones_language(merchant: Merchant, asked: str, language: str, label: str) -> None:
    text = page(merchant, language=asked)

    assert f'<html lang="{language}">' in text
    assert label in text
    assert LANGUAGES[language].nothing in text


@pytest.mark.parametrize("language", ["fr", "zh-CN", "en"])
def test_a_language_asked_for_in_the_address_wins_and_stays(merchant: Merchant, language: str) -> None:
    prepay_id = merchant.prepay()
    texts = LANGUAGES[language]

    text = page(merchant, f"/phone?lang={language}", language="de")
    assert f"lang={language}" in text
    for word in (texts.pay, texts.cancel, texts.number, texts.customer, texts.to_pay):
        assert word in text
    assert texts.paid in press(merchant, prepay_id, "pay", f"?lang={language}").text


def test_a_waiting_order_shows_who_what_and_how_much(overseas: Merchant) -> None:
    overseas.prepay(description="Le grand <bouddha>")

    text = page(overseas)

    assert "Insolite" in text
    assert "Le grand &lt;bouddha&gt;" in text
    assert "38,00\u00a0€" in text
    assert "Li Wei" in text


def test_paying_on_the_phone_pays_the_order(merchant: Merchant) -> None:
    prepay_id = merchant.prepay()

    answer = press(merchant, prepay_id, "pay")

    assert [step.status_code for step in answer.history] == [303]
    assert LANGUAGES["fr"].paid in answer.text
    assert merchant.query().json()["trade_state"] == "SUCCESS"
    assert LANGUAGES["fr"].nothing in page(merchant)
    assert press(merchant, prepay_id, "pay").status_code == 200


def test_cancelling_on_the_phone_leaves_the_order_to_be_paid(merchant: Merchant) -> None:
    prepay_id = merchant.prepay()

    answer = press(merchant, prepay_id, "cancel")

    assert LANGUAGES["fr"].cancelled in answer.text
    assert LANGUAGES["fr"].try_again in answer.text
    assert merchant.query().json()["trade_state"] == "NOTPAY"
    assert LANGUAGES["fr"].pay in page(merchant, f"/phone/{prepay_id}")


def test_a_closed_order_is_shown_as_closed(merchant: Merchant) -> None:
    prepay_id = merchant.prepay()
    merchant.close()

    assert LANGUAGES["fr"].closed in page(merchant, f"/phone/{prepay_id}")
    assert LANGUAGES["fr"].nothing in page(merchant)


def test_a_late_order_is_shown_as_late(merchant: Merchant) -> None:
    prepay_id = merchant.prepay()

    with time_machine.travel(datetime.now(UTC) + timedelta(hours=3)):
        assert LANGUAGES["en"].expired in page(merchant, f"/phone/{prepay_id}?lang=en")


@pytest.mark.parametrize("language", ["fr", "zh", "en-US"])
def test_an_unknown_payment_is_an_error_page(merchant: Merchant, language: str) -> None:
    texts = {text.language[:2]: text for text in LANGUAGES.values()}[language[:2]]

    assert texts.unknown in page(merchant, f"/phone/none?lang={language}", status=404)


def test_only_the_newest_orders_are_shown(merchant: Merchant) -> None:
    for number in range(12):
        merchant.prepay(f"order-{number:04}")

    text = page(merchant)

    assert text.count('value="pay"') == 10
    assert "order-0011" in text
    assert "order-0001" not in text


def test_the_style_is_served_apart(merchant: Merchant) -> None:
    answer = requests.get(f"{merchant.base}/phone.css", timeout=5)

    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "style=" not in page(merchant)


def test_every_language_says_everything() -> None:
    for texts in LANGUAGES.values():
        assert all(vars(texts).values())
    for name in vars(LANGUAGES["fr"]):
        assert len({vars(texts)[name] for texts in LANGUAGES.values()}) >= 2


@pytest.mark.parametrize(
    ("minor_units", "currency", "language", "written"),
    [
        (3800, "EUR", "fr", "38,00\u00a0€"),
        (123456, "EUR", "fr", "1\u202f234,56\u00a0€"),
        (3805, "CNY", "zh-CN", "¥38.05"),
        (123456, "EUR", "en", "€1,234.56"),
        (5, "USD", "en", "USD 0.05"),
    ],
)
def test_an_amount_is_written_as_people_write_it(minor_units: int, currency: str, language: str, written: str) -> None:
    assert amount(minor_units, currency, language) == written

"""Statements: when they are there, what they tell in each mode, and how they are fetched."""

import gzip
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from tests.simulator.downloads import BEIJING_NOON, DAY, READY, bill, code_of, fetch, statement, told
from tests.simulator.merchant import Merchant


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Noon in Beijing of the day the statements are of; it moves only when told."""
    with time_machine.travel(BEIJING_NOON, tick=False) as traveller:
        yield traveller


def test_a_trade_bill_tells_payments_refunds_and_their_sum(domestic: Merchant, clock: time_machine.Traveller) -> None:
    domestic.paid(description="Visite, en chinois `大佛`\nau jardin", attach="a note")
    refund = domestic.refund()
    clock.move_to(READY)

    lines = told(domestic)

    assert len(lines) == 3
    payment, repaid, summary = lines
    assert payment["交易时间"] == "2027-05-01 12:00:00"
    assert (payment["公众账号ID"], payment["商户号"]) == (domestic.app_id, domestic.number)
    assert (payment["商户订单号"], payment["交易状态"], payment["货币种类"]) == ("order-0001", "SUCCESS", "CNY")
    assert payment["微信订单号"] == domestic.query().json()["transaction_id"]
    assert payment["用户标识"] == domestic.openid()
    assert (payment["订单金额"], payment["应结订单金额"], payment["退款金额"]) == ("38.00", "38.00", "0.00")
    assert (payment["手续费"], payment["费率"], payment["商户退款单号"]) == ("0.23000", "0.60%", "0")
    assert (payment["商品名称"], payment["商户数据包"]) == ("Visite, en chinois 大佛 au jardin", "a note")
    assert (repaid["交易状态"], repaid["退款状态"], repaid["退款类型"]) == ("REFUND", "SUCCESS", "ORIGINAL")
    assert (repaid["商户订单号"], repaid["商户退款单号"]) == ("order-0001", "refund-0001")
    assert repaid["微信退款单号"] == refund["refund_id"]
    assert (repaid["订单金额"], repaid["退款金额"], repaid["申请退款金额"]) == ("0.00", "9.00", "9.00")
    assert repaid["手续费"] == "-0.05000"
    assert summary == {
        "总交易单数": "2",
        "应结订单总金额": "38.00",
        "退款总金额": "9.00",
        "充值券退款总金额": "0.00",
        "手续费总金额": "0.18000",
        "订单总金额": "38.00",
        "申请退款总金额": "9.00",
    }


def test_a_trade_bill_is_fetched_where_its_signed_answer_says(
    domestic: Merchant, clock: time_machine.Traveller
) -> None:
    domestic.paid()
    clock.move_to(READY)

    answer = bill(domestic)

    domestic.verify(answer.headers, answer.content)
    offered = answer.json()
    assert set(offered) == {"hash_type", "hash_value", "download_url"}
    file = fetch(domestic, offered["download_url"])
    assert "Wechatpay-Signature" not in file.headers
    assert file.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert hashlib.sha1(file.content).hexdigest() == offered["hash_value"]
    assert file.content.startswith(b"\xef\xbb\xbf\xe4\xba\xa4")


def test_a_packed_trade_bill_is_announced_by_the_digest_of_what_is_inside(
    domestic: Merchant, clock: time_machine.Traveller
) -> None:
    domestic.paid()
    clock.move_to(READY)
    plain = bill(domestic).json()

    offered = bill(domestic, tar_type="GZIP").json()

    file = fetch(domestic, offered["download_url"])
    assert "Content-Encoding" not in file.headers
    assert hashlib.sha1(gzip.decompress(file.content)).hexdigest() == offered["hash_value"] == plain["hash_value"]


@pytest.mark.parametrize(
    ("bill_type", "states", "columns"), [("SUCCESS", ["SUCCESS"], 20), ("REFUND", ["REFUND"], 29), ("ALL", None, 27)]
)
def test_a_trade_bill_can_be_of_one_kind(
    domestic: Merchant, clock: time_machine.Traveller, bill_type: str, states: list[str] | None, columns: int
) -> None:
    domestic.paid()
    domestic.refund()
    clock.move_to(READY)

    lines = told(domestic, bill_type=bill_type)[:-1]

    assert [line["交易状态"] for line in lines] == (states or ["SUCCESS", "REFUND"])
    assert {len(line) for line in lines} == {columns}


def test_a_global_statement_tells_payments_and_refunds(overseas: Merchant, clock: time_machine.Traveller) -> None:
    overseas.paid(attach="a note")
    refund = overseas.refund()
    clock.move_to(READY)

    payment, repaid = told(overseas)

    assert payment["transaction time"] == "2027-05-01 12:00:00"
    numbers = (overseas.number, overseas.settings["WECHAT_PAY_SUB_MCH_ID"])
    assert (payment["Vendor ID"], payment["Sub vendor ID"]) == numbers
    assert payment["Official Account ID"] == overseas.settings["WECHAT_PAY_SP_APP_ID"]
    assert payment["WeChat order No."] == overseas.query().json()["id"]
    assert (payment["Vendor order No."], payment["transaction status"]) == ("order-0001", "SUCCESS")
    assert (payment["priced currency"], payment["order amount (priced currency)"]) == ("EUR", "38.00")
    assert (payment["user payment currency"], payment["user payment amount"]) == ("CNY", "296.40")
    assert (payment["payment exchange rate"], payment["settlement order amount"]) == ("7.80000000", "38.00")
    assert (payment["service fee"], payment["rate"]) == ("0.23000", "0.60%")
    assert (payment["merchant refund No."], payment["refund amount (priced currency)"]) == ("", "")
    assert (repaid["transaction status"], repaid["refund status"]) == ("REFUND", "SUCCESS")
    assert (repaid["WeChat refund No."], repaid["merchant refund No."]) == (refund["id"], "refund-0001")
    assert (repaid["Vendor order No."], repaid["order amount (priced currency)"]) == ("order-0001", "0.00")
    assert (repaid["refund amount (priced currency)"], repaid["user refund amount"]) == ("9.00", "70.20")
    assert repaid["service fee"] == "-0.05000"
    assert len(payment) == 38


def test_a_global_statement_is_proved_by_its_digest(overseas: Merchant, clock: time_machine.Traveller) -> None:
    overseas.paid()
    clock.move_to(READY)

    answer = statement(overseas)

    digest = hashlib.sha1(answer.content).hexdigest()
    assert answer.headers["Wechatpay-Statement-Sha1"] == digest
    overseas.verify(answer.headers, f'{{"sha1":"{digest}"}}'.encode())
    packed = statement(overseas, **{"Accept-Encoding": "gzip, deflate"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.content == answer.content
    overseas.verify(packed.headers, f'{{"sha1":"{digest}"}}'.encode())
    assert "Content-Encoding" not in answer.headers


def test_a_global_statement_is_of_all_sub_merchants_or_one(overseas: Merchant, clock: time_machine.Traveller) -> None:
    overseas.paid()
    clock.move_to(READY)

    whole = overseas.call("GET", f"/v3/global/statements?date=20270501&sp_mchid={overseas.number}")

    assert whole.content == statement(overseas).content
    other = overseas.call("GET", f"/v3/global/statements?date=20270501&sp_mchid={overseas.number}&sub_mchid=1")
    assert code_of(other, 403) == "NO_AUTH"


def test_days_are_those_of_beijing(merchant: Merchant, clock: time_machine.Traveller) -> None:
    clock.move_to(datetime(2027, 5, 1, 15, 59, 59, tzinfo=UTC))
    merchant.paid("order-0001")
    clock.move_to(datetime(2027, 5, 1, 16, 0, 0, tzinfo=UTC))
    merchant.paid("order-0002")
    merchant.refund(out_trade_no="order-0001")
    clock.move_to(datetime(2027, 5, 3, 2, tzinfo=UTC))

    name = "商户订单号" if merchant.mode == "domestic" else "Vendor order No."
    days = [[line.get(name) for line in told(merchant, day)] for day in (DAY, "2027-05-02")]

    assert [[number for number in day if number] for day in days] == [["order-0001"], ["order-0002", "order-0001"]]


def test_a_statement_is_there_from_ten_the_next_day(merchant: Merchant, clock: time_machine.Traveller) -> None:
    merchant.paid()
    ask, code = (bill, "STATEMENT_CREATING") if merchant.mode == "domestic" else (statement, "INVALID_REQUEST")
    clock.move_to(datetime(2027, 5, 2, 1, 59, 50, tzinfo=UTC))
    assert code_of(ask(merchant), 400) == code

    merchant.control("/clock", {"skew_seconds": 20})

    assert ask(merchant).status_code == 200


def test_an_old_statement_is_not_given_any_more(merchant: Merchant, clock: time_machine.Traveller) -> None:
    merchant.paid()
    ask = bill if merchant.mode == "domestic" else statement
    clock.move_to(datetime(2027, 11, 1, tzinfo=UTC))

    assert code_of(ask(merchant), 400) == "INVALID_REQUEST"


def test_a_day_without_movement(domestic: Merchant, overseas: Merchant, clock: time_machine.Traveller) -> None:
    overseas.prepay()
    domestic.paid()
    clock.move_to(READY)

    assert told(overseas) == []
    assert code_of(bill(domestic, bill_type="REFUND"), 400) == "NO_STATEMENT_EXIST"
    assert code_of(bill(domestic, "2027-04-30"), 400) == "NO_STATEMENT_EXIST"


@pytest.mark.parametrize(
    ("outcome", "state", "fee"),
    [("hold", "PROCESSING", "-0.05000"), ("abnormal", "ABNORMAL", "-0.05000"), ("close", "CLOSED", "0.00000")],
)
def test_a_refund_is_told_with_its_state(
    merchant: Merchant, clock: time_machine.Traveller, outcome: str, state: str, fee: str
) -> None:
    merchant.paid()
    merchant.control("/refunds/handling", {"outcome": outcome})
    merchant.refund()
    clock.move_to(READY)

    line = told(merchant)[1]

    if merchant.mode == "domestic":
        assert (line["退款状态"], line["手续费"]) == (state, fee)
    else:
        assert (line["refund status"], line["service fee"]) == (state.replace("CLOSED", "REFUNDCLOSE"), fee)


@pytest.mark.parametrize(("total", "fee"), [(83, "0.00000"), (84, "0.01000"), (250, "0.02000"), (1, "0.00000")])
def test_fees_are_rounded_half_up(domestic: Merchant, clock: time_machine.Traveller, total: int, fee: str) -> None:
    domestic.paid(amount={"total": total, "currency": "CNY"})
    clock.move_to(READY)

    assert told(domestic)[0]["手续费"] == fee


def test_the_address_of_a_file_is_its_merchants_and_runs_out(
    domestic: Merchant, overseas: Merchant, clock: time_machine.Traveller
) -> None:
    domestic.paid()
    clock.move_to(READY)
    address = bill(domestic).json()["download_url"]

    assert code_of(fetch(overseas, address), 400) == "INVALID_REQUEST"
    assert code_of(fetch(domestic, address, signature="AAAA"), 401) == "SIGN_ERROR"
    assert code_of(domestic.call("GET", "/v3/billdownload/file?token=unknown"), 404) == "RESOURCE_NOT_EXISTS"
    assert code_of(domestic.call("GET", "/v3/billdownload/file"), 400) == "PARAM_ERROR"
    clock.shift(301)
    assert code_of(fetch(domestic, address), 404) == "RESOURCE_NOT_EXISTS"


@pytest.mark.parametrize(
    "asked",
    [
        "bill_type=ALL",
        "bill_date=20270501",
        "bill_date=2027-02-30",
        "bill_date=2027-05-01&bill_type=SOME",
        "bill_date=2027-05-01&tar_type=ZIP",
        "bill_date=2027-05-01&mchid=1",
        "bill_date=2027-05-01&bill_date=2027-05-02",
    ],
)
def test_an_unfitting_question_for_a_bill_is_refused(domestic: Merchant, asked: str) -> None:
    assert code_of(domestic.call("GET", f"/v3/bill/tradebill?{asked}"), 400) == "PARAM_ERROR"


@pytest.mark.parametrize("day", ["2027-02-30", "99990101", "2027050", "x"])
def test_an_unfitting_day_is_refused(overseas: Merchant, day: str) -> None:
    assert code_of(statement(overseas, day), 400) == "PARAM_ERROR"


@pytest.mark.parametrize("kind", ["other-file", "not-json"])
def test_a_file_can_be_another_than_announced(merchant: Merchant, clock: time_machine.Traveller, kind: str) -> None:
    merchant.paid()
    clock.move_to(READY)
    path = "/v3/billdownload" if merchant.mode == "domestic" else "/v3/global/statements"
    merchant.control("/faults", {"path_prefix": path, "kind": kind})

    if merchant.mode == "domestic":
        offered = bill(merchant).json()
        file, digest = fetch(merchant, offered["download_url"]), offered["hash_value"]
    else:
        file = statement(merchant)
        digest = file.headers.get("Wechatpay-Statement-Sha1", "")

    assert file.status_code == 200
    assert hashlib.sha1(file.content).hexdigest() != digest
    assert "order-0001" not in file.text


def test_an_empty_file_can_be_another_than_announced(overseas: Merchant, clock: time_machine.Traveller) -> None:
    clock.move_to(READY)
    overseas.control("/faults", {"path_prefix": "/v3/global/statements", "kind": "other-file"})

    answer = statement(overseas)

    assert hashlib.sha1(answer.content).hexdigest() != answer.headers["Wechatpay-Statement-Sha1"]


@pytest.mark.parametrize("kind", ["unsigned", "wrong-key"])
def test_a_global_statement_can_be_badly_signed(overseas: Merchant, clock: time_machine.Traveller, kind: str) -> None:
    clock.move_to(READY)
    honest = statement(overseas)
    overseas.control("/faults", {"path_prefix": "/v3/global/statements", "kind": kind})

    answer = statement(overseas)

    assert answer.content == honest.content
    assert answer.headers.get("Wechatpay-Signature") != honest.headers["Wechatpay-Signature"]

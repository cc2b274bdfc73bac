"""WeChat Pay's books of a day: believed only if they are proved to be its own, and read to the minor unit."""

import gzip
import hashlib
from datetime import UTC, date, datetime

import pytest

from shop.core.money import Money
from shop.gateways.errors import PaymentProviderDown, StatementNotReady
from shop.gateways.payment import StatementLine
from shop.gateways.wechat_pay import WeChatPay

from .counterpart import Reply, encode
from .test_wechat_pay_gateway import merchants

DAY = date(2026, 7, 13)
PAID_AT = datetime(2026, 7, 13, 4, 5, 6, tzinfo=UTC)
DOMESTIC = (
    "交易时间,微信订单号,商户订单号,交易状态,货币种类,微信退款单号,商户退款单号,退款状态,"
    "商品名称,手续费,订单金额,申请退款金额"
)
GLOBAL = (
    "transaction time,WeChat order No.,Vendor order No.,transaction status,priced currency,WeChat refund No.,"
    "merchant refund No.,refund status,commodity name,service fee,order amount (priced currency),"
    "refund amount (priced currency)"
)
SUMMARY = "总交易单数,订单总金额\n`2,`38.00\n"
PAYMENT = StatementLine("payment", Money(1900, "EUR"), "P1", "4200", fee=11, at=PAID_AT)
REPAID = StatementLine("refund", Money(905, "EUR"), "P1", "4200", "P1-r1", "5030", fee=-5, at=PAID_AT)


def row(*, currency="EUR", **changed):
    """A line of a statement: a payment, unless said otherwise."""
    cells = {
        "at": "2026-07-13 12:05:06",
        "transaction_id": "4200",
        "number": "P1",
        "state": "SUCCESS",
        "currency": currency,
        "refund_id": "0",
        "refund_number": "0",
        "refund_state": "",
        "name": "Le jardin secret, l’autre",
        "fee": "0.11000",
        "amount": "19.00",
        "refunded": "0.00",
    } | changed
    return ",".join(f"`{cell}" for cell in cells.values())


def refund_row(**changed):
    of_a_refund = {"state": "REFUND", "refund_id": "5030", "refund_number": "P1-r1", "refund_state": "SUCCESS"}
    return row(**of_a_refund | {"amount": "0.00", "refunded": "9.05", "fee": "-0.05000"} | changed)


def text(header, *rows, more=""):
    return "".join(f"{line}\n" for line in (header, *rows)) + more


def sha1(content):
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


@pytest.fixture
def abroad(global_account, keyring, clock):
    return WeChatPay(global_account, keyring, clock)


@pytest.fixture
def streamed(certificate, clock):
    """A statement from abroad: what is signed is its announced digest."""

    def make(content, announced=None, key=certificate):
        announced = announced or sha1(content)
        proof = key.headers(f'{{"sha1":"{announced}"}}'.encode(), clock.now)
        return Reply(200, content, proof | {"Wechatpay-Statement-Sha1": announced})

    return make


@pytest.fixture
def announced(counterpart, signed):
    """A statement at home: first announced, then fetched."""

    def make(content, sent=None, **changed):
        told = {"hash_type": "SHA1", "hash_value": sha1(content), "download_url": f"{counterpart.base}/bill?token=t"}
        return signed(told | changed), Reply(200, content if sent is None else sent)

    return make


def test_a_statement_from_abroad_is_read_to_the_cent(counterpart, streamed, abroad, global_account):
    content = text(GLOBAL, row(), refund_row()).encode()
    counterpart.say(streamed(content))

    found = abroad.statement(DAY)

    assert (found.day, found.lines, found.is_absent) == (DAY, (PAYMENT, REPAID), False)
    assert found.digest == hashlib.sha256(content).hexdigest()
    query = "&".join(f"{name}={value}" for name, value in merchants(global_account).items())
    assert [one.target for one in counterpart.requests] == [f"/v3/global/statements?date=20260713&{query}"]


@pytest.mark.parametrize("end", ["\n", "\u2028", "\x0b", "\r"])
def test_a_name_with_a_lines_end_in_it_hides_no_movement(counterpart, streamed, abroad, end):
    counterpart.say(streamed(text(GLOBAL, row(name=f"Le jardin{end}secret"), refund_row()).encode()))

    assert abroad.statement(DAY).lines == (PAYMENT, REPAID)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_statement_at_home_is_announced_fetched_and_read(counterpart, announced, gateway, pack):
    content = ("\ufeff" + text(DOMESTIC, row(currency="CNY"), more=SUMMARY)).replace("\n", "\r\n").encode()
    counterpart.say(*announced(content, sent=pack(content)))

    found = gateway.statement(DAY)

    assert [(line.amount, line.fee, line.at) for line in found.lines] == [(Money(1900, "CNY"), 11, PAID_AT)]
    asked = [one.target for one in counterpart.requests]
    assert asked == ["/v3/bill/tradebill?bill_date=2026-07-13&bill_type=ALL", "/bill?token=t"]


def test_it_is_published_at_ten_in_beijing_the_next_day(gateway):
    assert gateway.statement_due(DAY) == datetime(2026, 7, 14, 2, tzinfo=UTC)


@pytest.mark.parametrize("code", ["NO_STATEMENT_EXIST", "NO_BILL_EXIST"])
def test_a_day_on_which_nothing_moved_has_none(counterpart, gateway, abroad, code):
    for pay in (gateway, abroad):
        counterpart.say(Reply(400, encode({"code": code})))
        found = pay.statement(DAY)
        assert (found.lines, found.is_absent) == ((), True)


@pytest.mark.parametrize(("status", "code"), [(400, "STATEMENT_CREATING"), (400, None), (404, "NOT_FOUND")])
def test_one_that_is_not_published_is_waited_for(counterpart, gateway, abroad, status, code):
    for pay in (gateway, abroad):
        counterpart.say(Reply(status, encode({"code": code})))
        with pytest.raises(StatementNotReady):
            pay.statement(DAY)


def test_one_from_abroad_that_was_altered_is_not_believed(counterpart, streamed, abroad, next_certificate):
    content = text(GLOBAL, row()).encode()
    counterpart.say(streamed(content.replace(b"19.00", b"18.00"), announced=sha1(content)))
    with pytest.raises(StatementNotReady, match="damaged"):
        abroad.statement(DAY)

    counterpart.say(streamed(content, key=next_certificate), Reply(200, content))
    for _ in ("signed by a stranger", "not signed"):
        with pytest.raises(PaymentProviderDown):
            abroad.statement(DAY)


def test_one_at_home_that_was_altered_is_not_believed(counterpart, announced, gateway):
    content = text(DOMESTIC, row(currency="CNY")).encode()
    packed = gzip.compress(content)
    garbled = packed[:10] + bytes(255 - byte for byte in packed[10:20]) + packed[20:]
    for sent in (content.replace(b"19.00", b"18.00"), content[:-10], b"", packed[:-9], garbled):
        counterpart.say(*announced(content, sent=sent))
        with pytest.raises(StatementNotReady, match="damaged"):
            gateway.statement(DAY)


@pytest.mark.parametrize("changed", [{"hash_type": "MD5"}, {"hash_value": None}, {"download_url": 5}])
def test_one_that_is_announced_otherwise_than_documented_is_not_fetched(counterpart, announced, gateway, changed):
    counterpart.say(announced(b"x", **changed)[0])

    with pytest.raises(StatementNotReady, match="unreadable"):
        gateway.statement(DAY)
    assert len(counterpart.requests) == 1


@pytest.mark.parametrize(
    "content",
    [
        text(GLOBAL.replace("Vendor order No.", "elsewhere"), row()).encode(),
        text(GLOBAL, row(amount="a lot")).encode(),
        text(GLOBAL, row(amount="NaN")).encode(),
        text(GLOBAL, "`2026-07-13 12:05:06,`4200").encode(),
        text(GLOBAL, row()).encode("utf-16"),
        b"<html>",
    ],
)
def test_one_in_another_form_than_documented_is_not_believed(counterpart, streamed, abroad, content):
    counterpart.say(streamed(content))

    with pytest.raises(StatementNotReady, match="unreadable"):
        abroad.statement(DAY)


@pytest.mark.parametrize(
    ("refund_state", "succeeded"), [("SUCCESS", True), ("", True), ("PROCESSING", False), ("REFUNDCLOSE", False)]
)
def test_a_refund_that_is_listed_has_not_always_gone(counterpart, streamed, abroad, refund_state, succeeded):
    counterpart.say(streamed(text(GLOBAL, refund_row(refund_state=refund_state)).encode()))

    assert [line.succeeded for line in abroad.statement(DAY).lines] == [succeeded]


@pytest.mark.parametrize(
    ("currency", "written", "minor"),
    [("EUR", "19.005", 1901), ("EUR", "-19.00", 1900), ("JPY", "1900", 1900), ("CNY", "0.01", 1)],
)
def test_amounts_are_in_the_minor_units_of_their_currency(counterpart, streamed, abroad, currency, written, minor):
    counterpart.say(streamed(text(GLOBAL, row(currency=currency, amount=written)).encode()))

    assert [line.amount for line in abroad.statement(DAY).lines] == [Money(minor, currency)]

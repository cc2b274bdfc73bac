"""Refunds at WeChat Pay: what is asked of it, and what is made of what it says."""

from datetime import UTC, datetime

import pytest

from shop.core.money import Money
from shop.gateways.errors import PaymentProviderDown, RefundNotNow, RefundRefused
from shop.gateways.payment import Repayment
from shop.gateways.wechat_pay import WeChatPay

from .counterpart import Reply, encode
from .test_wechat_pay_gateway import NUMBER, apps, merchants

REFUND = f"{NUMBER}-r1"
ASKED_AT = {"domestic": "/v3/refund/domestic/refunds", "global": "/v3/global/refunds"}
ODD_BODIES = [b"", b"[]", b"null", b"{", b"\xff"]


def repayment(settings, **changed):
    values = {
        "number": REFUND,
        "payment_number": NUMBER,
        "transaction_id": "4200001234202607140000000001",
        "amount": Money(900, settings.currency),
        "paid": Money(1900, settings.currency),
        "refund_id": None,
        "reason": "按游览条款取消",
        "notify_url": "https://shop.example/callbacks/wechat-pay",
    }
    return Repayment(**values | changed)


def refunded(settings, **changed):
    """A refund as WeChat Pay's answers describe it."""
    return {
        "refund_id": "50300000382026071409732678859",
        "out_refund_no": REFUND,
        "transaction_id": "4200001234202607140000000001",
        "out_trade_no": NUMBER,
        "user_received_account": "招商银行信用卡0403",
        "success_time": "2026-07-14T17:29:50+08:00",
        "status": "SUCCESS",
        "amount": {"refund": 900, "total": 1900, "payer_refund": 7020, "currency": settings.currency},
    } | changed


def asker(settings):
    """How a merchant says who is asking; at home its signature says it, but for an institution's merchant."""
    if settings.mode == "global":
        return merchants(settings) | apps(settings)
    return {"sub_mchid": settings.sub_mch_id} if settings.sub_mch_id else {}


@pytest.fixture
def pay(account, keyring, clock):
    """The gateway of each kind of account."""
    return WeChatPay(account, keyring, clock)


def test_a_refund_is_asked_for_as_each_kind_of_account_must(counterpart, signed, account, pay):
    counterpart.say(signed(refunded(account)))

    found = pay.refund(repayment(account))

    assert (found.number, found.state, found.payment_number) == (REFUND, "succeeded", NUMBER)
    assert (found.refund_id, found.amount) == ("50300000382026071409732678859", Money(900, account.currency))
    assert found.succeeded_at == datetime(2026, 7, 14, 9, 29, 50, tzinfo=UTC)
    assert found.merchant_is_ours
    request = counterpart.requests[0]
    assert (request.method, request.target) == ("POST", ASKED_AT[account.mode])
    assert request.json == asker(account) | {
        "transaction_id": "4200001234202607140000000001",
        "out_refund_no": REFUND,
        "reason": "按游览条款取消",
        "notify_url": "https://shop.example/callbacks/wechat-pay",
        "amount": {"refund": 900, "total": 1900, "currency": account.currency},
    }


def test_what_a_refund_says_of_the_buyer_is_not_kept(counterpart, signed, settings, gateway):
    counterpart.say(signed(refunded(settings)))

    assert "0403" not in repr(gateway.refund(repayment(settings)))


def test_a_refund_accepted_abroad_without_a_state_is_under_way(counterpart, signed, global_account, keyring, clock):
    told = {"id": "5030", "out_refund_no": REFUND, "amount": {"refund": 900, "currency": "EUR"}}
    counterpart.say(signed(told, status=201))

    found = WeChatPay(global_account, keyring, clock).refund(repayment(global_account))

    assert (found.state, found.refund_id, found.amount) == ("processing", "5030", Money(900, "EUR"))
    assert found.succeeded_at is None


def test_a_long_reason_is_cut_between_letters(counterpart, signed, settings, gateway):
    counterpart.say(signed(refunded(settings)))

    gateway.refund(repayment(settings, reason="票" * 50))

    assert counterpart.requests[0].json["reason"] == "票" * 26


def test_a_refund_is_asked_about_as_each_kind_of_account_must(counterpart, signed, account, pay):
    counterpart.say(signed(refunded(account, status="PROCESSING", success_time=None)))

    assert pay.find_refund(repayment(account)).state == "processing"

    request = counterpart.requests[0]
    path, _, query = request.target.partition("?")
    place = f"/out-refund-no/{REFUND}" if account.mode == "global" else f"/{REFUND}"
    assert (request.method, path) == ("GET", ASKED_AT[account.mode] + place)
    named = merchants(account) if account.mode == "global" else asker(account)
    assert query == "&".join(f"{name}={value}" for name, value in named.items())


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ("SUCCESS", "succeeded"),
        ("PROCESSING", "processing"),
        ("ABNORMAL", "abnormal"),
        ("CLOSED", "closed"),
        ("REFUNDCLOSE", "closed"),
    ],
)
def test_every_state_of_a_refund_has_its_meaning(counterpart, signed, settings, gateway, told, state):
    counterpart.say(signed(refunded(settings, status=told)))

    assert gateway.find_refund(repayment(settings)).state == state


def test_a_refund_nobody_asked_for_is_unknown(counterpart, settings, gateway):
    counterpart.say(Reply(404, encode({"code": "RESOURCE_NOT_EXISTS", "message": "退款单不存在"})))

    found = gateway.find_refund(repayment(settings))

    assert (found.number, found.state) == (REFUND, "unknown")


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (403, "NOT_ENOUGH", "not-enough"),
        (400, "NOTENOUGH", "not-enough"),
        (400, "BIZERR_NEED_RETRY", "again"),
        (202, "USER_PAYING", "again"),
    ],
)
def test_what_can_be_done_later_is_told_so(counterpart, signed, settings, gateway, status, code, reason):
    counterpart.say(signed({"code": code}, status=status))

    with pytest.raises(RefundNotNow) as refused:
        gateway.refund(repayment(settings))
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "INVALID_REQUEST"), (400, "PARAM_ERROR"), (403, "USER_ACCOUNT_ABNORMAL"), (404, "RESOURCE_NOT_EXISTS")],
)
def test_what_will_never_be_done_is_told_so(counterpart, settings, gateway, status, code):
    counterpart.say(Reply(status, encode({"code": code})))

    with pytest.raises(RefundRefused) as refused:
        gateway.refund(repayment(settings))
    assert refused.value.reason == code


@pytest.mark.parametrize(("status", "code"), [(401, "SIGN_ERROR"), (400, None), (404, None)])
def test_any_other_refusal_leaves_it_open_whether_money_goes_back(counterpart, settings, gateway, status, code):
    counterpart.say(Reply(status, encode({"code": code})))

    with pytest.raises(PaymentProviderDown):
        gateway.refund(repayment(settings))


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_question_that_is_refused_tells_nothing(counterpart, settings, gateway, status):
    counterpart.say(Reply(status, encode({"code": "INVALID_REQUEST"})))

    with pytest.raises(PaymentProviderDown):
        gateway.find_refund(repayment(settings))


@pytest.mark.parametrize("call", ["refund", "find_refund"])
@pytest.mark.parametrize(
    "changed",
    [
        {"out_refund_no": f"{NUMBER}-r2"},
        {"out_refund_no": None},
        {"out_refund_no": 5},
        {"status": "PERHAPS"},
        {"status": 5},
        {"amount": "900"},
        {"amount": {"refund": "900"}},
        {"amount": {"refund": 9.0}},
        {"amount": {"refund": -1}},
        {"amount": {"refund": 900, "currency": 156}},
        {"refund_id": 5},
    ],
)
def test_an_answer_that_is_not_about_this_refund_is_no_answer(counterpart, signed, settings, gateway, call, changed):
    counterpart.say(signed(refunded(settings, **changed)))

    with pytest.raises(PaymentProviderDown):
        getattr(gateway, call)(repayment(settings))


@pytest.mark.parametrize("call", ["refund", "find_refund"])
@pytest.mark.parametrize("body", ODD_BODIES)
def test_an_answer_that_is_no_refund_is_no_answer(counterpart, signed, settings, gateway, call, body):
    counterpart.say(signed(body))

    with pytest.raises(PaymentProviderDown):
        getattr(gateway, call)(repayment(settings))


@pytest.mark.parametrize("call", ["refund", "find_refund"])
def test_an_answer_nobody_signed_is_no_answer(counterpart, settings, gateway, call):
    counterpart.say(Reply(200, encode(refunded(settings))))

    with pytest.raises(PaymentProviderDown):
        getattr(gateway, call)(repayment(settings))

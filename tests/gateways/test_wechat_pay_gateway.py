import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from structlog.testing import capture_logs

from shop.core.money import Money
from shop.gateways.errors import PaymentProviderDown
from shop.gateways.payment import Charge, PaymentGateway
from shop.gateways.wechat_pay import WeChatPay, build_wechat_pay

from .counterpart import NOW, MemoryKeyStore, Reply, encode

NUMBER = "P20260714ABCDEF01"
PREFIXES = {
    "domestic-direct": "/v3/pay/transactions",
    "domestic-institution": "/v3/pay/partner/transactions",
    "global-direct": "/v3/global/transactions",
    "global-institution": "/v3/global/transactions",
}


def kind(settings):
    return f"{settings.mode}-{'institution' if settings.sub_mch_id else 'direct'}"


def merchants(settings):
    if settings.sub_mch_id:
        return {"sp_mchid": settings.mch_id, "sub_mchid": settings.sub_mch_id}
    return {"mchid": settings.mch_id}


def apps(settings):
    if settings.sub_mch_id:
        return {"sp_appid": settings.sp_app_id, "sub_appid": settings.app_id}
    return {"appid": settings.app_id}


def paid(settings, **changed):
    """A paid order as WeChat Pay describes it."""
    return {
        **merchants(settings),
        **apps(settings),
        "out_trade_no": NUMBER,
        "transaction_id": "4200001234202607140000000001",
        "trade_type": "JSAPI",
        "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功",
        "bank_type": "OTHERS",
        "attach": "attached",
        "success_time": "2026-07-14T17:29:50+08:00",
        "payer": {"openid": "o-of-the-payer"},
        "amount": {
            "total": 1900,
            "payer_total": 14820,
            "currency": settings.currency,
            "payer_currency": "CNY",
        },
    } | changed


def charge(settings, **changed):
    values = {
        "number": NUMBER,
        "amount": Money(1900, settings.currency),
        "description": "Le jardin secret · 隐秘花园",
        "payer": "o-of-the-payer",
        "expires_at": datetime(2026, 7, 14, 9, 45, 15, 999999, UTC),
        "notify_url": "https://shop.example/callbacks/wechat-pay",
    }
    return Charge(**values | changed)


@pytest.fixture
def pay(account, keyring, clock):
    """The gateway of each kind of account."""
    return WeChatPay(account, keyring, clock)


def test_it_is_a_payment_gateway(gateway):
    typed: PaymentGateway = gateway

    assert typed.name == "wechat_pay"
    assert typed.currencies == {"CNY"}


def test_an_order_is_placed_as_each_kind_of_account_must(counterpart, signed, account, pay):
    counterpart.say(signed({"prepay_id": "wx14093015"}))

    assert pay.open(charge(account)) == "wx14093015"

    request = counterpart.requests[0]
    assert (request.method, request.target) == ("POST", PREFIXES[kind(account)] + "/jsapi")
    expected = merchants(account) | apps(account)
    expected |= {
        "description": "Le jardin secret · 隐秘花园",
        "out_trade_no": NUMBER,
        "time_expire": "2026-07-14T09:45:15+00:00",
        "notify_url": "https://shop.example/callbacks/wechat-pay",
        "amount": {"total": 1900, "currency": account.currency},
        "payer": {"sub_openid" if account.sub_mch_id else "openid": "o-of-the-payer"},
    }
    if account.mode == "global":
        expected |= {"trade_type": "JSAPI", "merchant_category_code": "4722"}
    assert request.json == expected


def test_the_same_charge_is_sent_in_the_same_bytes(counterpart, signed, settings, gateway, clock):
    counterpart.say(signed({"prepay_id": "wx1"}))
    gateway.open(charge(settings))
    clock.forward(seconds=90)
    counterpart.say(signed({"prepay_id": "wx2"}))
    gateway.open(charge(settings))

    assert counterpart.requests[0].body == counterpart.requests[1].body


def test_the_end_of_payment_is_written_with_its_offset(counterpart, signed, settings, gateway):
    counterpart.say(signed({"prepay_id": "wx1"}))
    gateway.open(charge(settings, expires_at=datetime(2026, 7, 14, 17, 45, tzinfo=timezone(timedelta(hours=8)))))

    assert counterpart.requests[0].json["time_expire"] == "2026-07-14T09:45:00+00:00"


@pytest.mark.parametrize(
    ("description", "sent"),
    [
        ("花" * 50, "花" * 42),
        ("a" * 200, "a" * 127),
        ("a" * 126 + "é", "a" * 126),
        ("a\ud800b", "ab"),
    ],
)
def test_a_long_description_is_cut_between_characters(counterpart, signed, settings, gateway, description, sent):
    counterpart.say(signed({"prepay_id": "wx1"}))
    gateway.open(charge(settings, description=description))

    assert counterpart.requests[0].json["description"] == sent


def test_a_charge_this_account_cannot_make_is_a_mistake_of_the_caller(counterpart, settings, gateway):
    with pytest.raises(ValueError, match="currency"):
        gateway.open(charge(settings, amount=Money(1900, "EUR")))
    with pytest.raises(ValueError, match="payer"):
        gateway.open(charge(settings, payer=None))
    assert counterpart.requests == []


@pytest.mark.parametrize(
    "code",
    [
        "ORDER_CLOSED",
        "ORDERPAID",
        "OUT_TRADE_NO_USED",
        "PARAM_ERROR",
        "INVALID_REQUEST",
        "SIGN_ERROR",
        None,
        5,
    ],
)
def test_an_order_refused_is_logged_and_tells_nothing(counterpart, settings, gateway, code):
    counterpart.say(Reply(400, encode({"code": code, "message": "订单"}), {"Request-ID": "08C3-268498688"}))
    with capture_logs() as logs, pytest.raises(PaymentProviderDown):
        gateway.open(charge(settings))

    assert logs == [
        {
            "event": "wechat_pay_refused",
            "log_level": "warning",
            "operation": "open",
            "number": NUMBER,
            "status": 400,
            "code": code if isinstance(code, str) else None,
            "request_id": "08C3-268498688",
        }
    ]


ODD_BODIES = [
    b"",
    b"null",
    b"[]",
    b'"wx"',
    b"<html>",
    b"[" * 60_000,
    b'{"n":' + b"9" * 5000 + b"}",
    b"\xff\xfe",
    b"{}",
]


@pytest.mark.parametrize("body", [*ODD_BODIES, b'{"prepay_id":5}', b'{"prepay_id":""}', b'{"prepay_id":"a\\u0000"}'])
def test_an_answer_without_a_reference_is_no_answer(counterpart, signed, settings, gateway, body):
    counterpart.say(signed(body))

    with pytest.raises(PaymentProviderDown):
        gateway.open(charge(settings))


def test_the_device_is_given_what_it_signs_with(account, pay, merchant_key):
    client = pay.client("wx14093015")

    assert set(client) == {"timeStamp", "nonceStr", "package", "signType", "paySign"}
    assert client["package"] == "prepay_id=wx14093015"
    assert client["signType"] == "RSA"
    assert client["timeStamp"] == str(int(NOW.timestamp()))
    message = f"{account.app_id}\n{client['timeStamp']}\n{client['nonceStr']}\n{client['package']}\n".encode()
    merchant_key.public_key().verify(base64.b64decode(client["paySign"]), message, PKCS1v15(), SHA256())
    assert pay.client("wx14093015")["nonceStr"] != client["nonceStr"]


def test_a_paid_order_is_found(counterpart, signed, account, pay):
    counterpart.say(signed(paid(account)))
    found = pay.find(NUMBER)

    assert found.number == NUMBER
    assert found.state == "paid"
    assert found.transaction_id == "4200001234202607140000000001"
    assert found.amount == Money(1900, account.currency)
    assert found.paid_at == datetime(2026, 7, 14, 9, 29, 50, tzinfo=UTC)
    assert found.merchant_is_ours
    assert found.facts == merchants(account) | {
        "out_trade_no": NUMBER,
        "transaction_id": "4200001234202607140000000001",
        "trade_state": "SUCCESS",
        "total": 1900,
        "payer_total": 14820,
        "currency": account.currency,
        "payer_currency": "CNY",
    }
    request = counterpart.requests[0]
    path, _, query = request.target.partition("?")
    assert (request.method, path) == ("GET", f"{PREFIXES[kind(account)]}/out-trade-no/{NUMBER}")
    assert query == "&".join(f"{name}={value}" for name, value in merchants(account).items())


def test_the_older_name_of_the_transaction_id_is_read_too(counterpart, signed, account, pay):
    told = paid(account)
    told["id"] = told.pop("transaction_id")
    counterpart.say(signed(told))
    found = pay.find(NUMBER)

    assert found.transaction_id == found.facts["transaction_id"] == "4200001234202607140000000001"


@pytest.mark.parametrize(
    ("trade_state", "state"),
    [
        ("SUCCESS", "paid"),
        ("REFUND", "paid"),
        ("NOTPAY", "unpaid"),
        ("PAYERROR", "unpaid"),
        ("USERPAYING", "paying"),
        ("CLOSED", "closed"),
        ("REVOKED", "closed"),
    ],
)
def test_every_state_has_its_meaning(counterpart, signed, settings, gateway, trade_state, state):
    counterpart.say(signed(paid(settings, trade_state=trade_state)))

    found = gateway.find(NUMBER)

    assert (found.state, found.refund_asked) == (state, trade_state == "REFUND")


def test_an_unpaid_order_needs_nothing_that_only_payment_brings(counterpart, signed, settings, gateway):
    told = merchants(settings) | {"out_trade_no": NUMBER, "trade_state": "NOTPAY", "amount": {"total": 1900}}
    counterpart.say(signed(told | {"transaction_id": "", "success_time": None}))
    found = gateway.find(NUMBER)

    assert (found.state, found.transaction_id, found.amount, found.paid_at) == ("unpaid", None, None, None)
    assert found.merchant_is_ours


@pytest.mark.parametrize("code", ["ORDER_NOT_EXIST", "ORDERNOTEXIST"])
def test_an_order_nobody_placed_is_unknown(counterpart, pay, code):
    counterpart.say(Reply(404, encode({"code": code, "message": "订单不存在"})))

    assert pay.find(NUMBER).state == "unknown"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (404, "RESOURCE_NOT_EXISTS"),
        (400, "ORDER_NOT_EXIST"),
        (401, "SIGN_ERROR"),
        (403, "NO_AUTH"),
        (404, None),
    ],
)
def test_any_other_refusal_leaves_it_open_what_became_of_the_order(counterpart, gateway, status, code):
    counterpart.say(Reply(status, encode({"code": code})))

    with pytest.raises(PaymentProviderDown):
        gateway.find(NUMBER)


@pytest.mark.parametrize("status", [400, 404])
def test_a_refusal_without_a_signature_is_believed_in_nothing_it_says_besides(counterpart, settings, gateway, status):
    counterpart.say(Reply(status, encode(paid(settings))), Reply(status, encode({"prepay_id": "wx26"})))

    with pytest.raises(PaymentProviderDown):
        gateway.find(NUMBER)
    with pytest.raises(PaymentProviderDown):
        gateway.open(charge(settings))


def test_a_question_not_answered_for_good_is_no_answer(counterpart, signed, gateway):
    counterpart.say(signed({"code": "USER_PAYING"}, status=202))

    with pytest.raises(PaymentProviderDown):
        gateway.find(NUMBER)


def test_an_answer_about_another_order_is_not_trusted(counterpart, signed, settings, gateway):
    counterpart.say(signed(paid(settings, out_trade_no="P20260714ABCDEF02")))

    with pytest.raises(PaymentProviderDown):
        gateway.find(NUMBER)


@pytest.mark.parametrize(
    "changed",
    [
        {"out_trade_no": 5},
        {"out_trade_no": None},
        {"trade_state": None},
        {"trade_state": "PERHAPS"},
        {"trade_state": ["SUCCESS"]},
        {"transaction_id": None},
        {"transaction_id": {"a": 1}},
        {"transaction_id": "42\x00"},
        {"amount": None},
        {"amount": "1900"},
        {"amount": {"currency": "CNY"}},
        {"amount": {"total": 1900}},
        {"amount": {"total": "1900", "currency": "CNY"}},
        {"amount": {"total": 19.0, "currency": "CNY"}},
        {"amount": {"total": True, "currency": "CNY"}},
        {"amount": {"total": -1, "currency": "CNY"}},
        {"amount": {"total": 1900, "currency": 156}},
        {"amount": {"total": 1900, "currency": "CNY", "payer_total": []}},
        {"success_time": 1784021390},
        {"mchid": None},
        {"mchid": 1900000001},
        {"appid": 7},
        {"sub_mchid": False},
    ],
)
def test_an_answer_with_wrong_types_is_no_answer(counterpart, signed, settings, gateway, changed):
    counterpart.say(signed(paid(settings, **changed)))

    with pytest.raises(PaymentProviderDown):
        gateway.find(NUMBER)


@pytest.mark.parametrize("body", ODD_BODIES)
def test_an_answer_that_is_no_order_is_no_answer(counterpart, signed, gateway, body):
    counterpart.say(signed(body))

    with pytest.raises(PaymentProviderDown):
        gateway.find(NUMBER)


@pytest.mark.parametrize("written", ["yesterday", "2026-07-14T17:29:50", ""])
def test_an_odd_date_does_not_put_a_payment_in_doubt(counterpart, signed, settings, gateway, written):
    counterpart.say(signed(paid(settings, success_time=written)))
    found = gateway.find(NUMBER)

    assert (found.state, found.paid_at) == ("paid", None)


def test_another_merchant_is_noticed(counterpart, signed, account, pay):
    for name in merchants(account) | apps(account):
        counterpart.say(signed(paid(account, **{name: "1999999999"})))
        assert not pay.find(NUMBER).merchant_is_ours


def test_an_appid_left_out_is_no_other_merchant(counterpart, signed, account, pay):
    counterpart.say(signed(paid(account, **dict.fromkeys(apps(account)))))

    assert pay.find(NUMBER).merchant_is_ours


def test_a_direct_payment_is_not_an_institutions(counterpart, signed, settings, global_account, keyring, clock):
    counterpart.say(signed(paid(settings, mchid=global_account.mch_id)))

    assert not WeChatPay(global_account, keyring, clock).find(NUMBER).merchant_is_ours


def test_an_order_is_closed(counterpart, certificate, account, pay):
    counterpart.say(Reply(204, b"", certificate.headers(b"")))
    pay.close(NUMBER)

    request = counterpart.requests[0]
    assert (request.method, request.target) == (
        "POST",
        f"{PREFIXES[kind(account)]}/out-trade-no/{NUMBER}/close",
    )
    assert request.json == merchants(account)


@pytest.mark.parametrize("code", ["ORDER_PAID", "ORDERPAID", "ORDER_CLOSED", "ORDERCLOSED"])
def test_an_order_that_is_over_already_is_no_failure_to_close(counterpart, gateway, code):
    counterpart.say(Reply(400, encode({"code": code})))

    gateway.close(NUMBER)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_an_order_that_could_not_be_closed_is_told(counterpart, gateway, status):
    counterpart.say(Reply(status, encode({"code": "INVALID_REQUEST"})))

    with pytest.raises(PaymentProviderDown):
        gateway.close(NUMBER)


def test_a_closing_answered_otherwise_is_not_taken_for_done(counterpart, signed, gateway):
    counterpart.say(signed({"code": "ORDER_CLOSED"}), Reply(204))

    for _ in range(2):
        with pytest.raises(PaymentProviderDown):
            gateway.close(NUMBER)


def test_a_number_is_escaped_in_the_path(counterpart, certificate, gateway):
    counterpart.say(Reply(204, b"", certificate.headers(b"")))
    gateway.close("a/b?c|d")

    assert counterpart.requests[0].target == "/v3/pay/transactions/out-trade-no/a%2Fb%3Fc%7Cd/close"


def test_a_gateway_is_built_from_settings_alone(counterpart, settings, certificate):
    gateway = build_wechat_pay(settings, MemoryKeyStore())
    with time_machine.travel(NOW, tick=False):
        counterpart.say(Reply(204, b"", certificate.headers(b"")))
        gateway.close(NUMBER)

    assert gateway.keyring.find(certificate.serial)


def test_a_gateway_without_a_folder_takes_its_keys_from_the_store(counterpart, settings, certificate):
    store = MemoryKeyStore(**{certificate.serial: certificate.pem})
    gateway = build_wechat_pay(replace(settings, platform_keys=None), store)
    with time_machine.travel(NOW, tick=False):
        counterpart.say(Reply(204, b"", certificate.headers(b"")))
        gateway.close(NUMBER)

    assert store.loads == 1

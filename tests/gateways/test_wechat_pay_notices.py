from datetime import UTC, datetime, timedelta

import pytest

from shop.core.money import Money
from shop.gateways.errors import NoticeRefused, NoticeUnreadable
from shop.gateways.fields import Malformed, find_integer
from shop.gateways.payment import GatewayRefund
from shop.gateways.wechat_pay import DownloadedKeys, KeyRing, WeChatPay
from shop.gateways.wechat_pay.notices import LARGEST_NOTICE
from shop.gateways.wechat_pay.transport import Transport

from .counterpart import NOW, SIGNTEST, MemoryKeyStore, encode, notice, seal
from .test_wechat_pay_gateway import NUMBER, merchants, paid

REFUND = {
    "mchid": "1900000001",
    "out_trade_no": NUMBER,
    "transaction_id": "4200001234202607140000000001",
    "refund_id": "50000000382019052709732678859",
    "out_refund_no": "R20260714ABCDEF01",
    "refund_status": "SUCCESS",
    "success_time": "2026-07-14T17:29:50+08:00",
    "user_received_account": "招商银行信用卡0403",
    "amount": {"total": 1900, "refund": 1900, "payer_total": 1900, "payer_refund": 1900},
}


def refused(gateway, headers, body, now=NOW):
    with pytest.raises(NoticeRefused) as refusal:
        gateway.read_notice(headers, body, now)
    return refusal.value.fault


def test_a_payment_is_read_from_each_kind_of_account(account, keyring, clock, certificate):
    body = notice(paid(account))
    read = WeChatPay(account, keyring, clock).read_notice(certificate.headers(body), body, NOW)

    assert (read.event_id, read.event_type, read.kind) == (
        "EV-2026071409301500001",
        "TRANSACTION.SUCCESS",
        "payment",
    )
    assert read.payment.number == NUMBER
    assert read.payment.state == "paid"
    assert read.payment.amount == Money(1900, account.currency)
    assert read.payment.paid_at == datetime(2026, 7, 14, 9, 29, 50, tzinfo=UTC)
    assert read.payment.merchant_is_ours
    assert read.facts == read.payment.facts
    assert read.facts.items() >= merchants(account).items()
    written = repr(read)
    assert "o-of-the-payer" not in written
    assert "attached" not in written


def test_a_notice_of_another_merchant_says_so(settings, gateway, certificate):
    body = notice(paid(settings, mchid="1999999999"))

    assert not gateway.read_notice(certificate.headers(body), body, NOW).payment.merchant_is_ours


@pytest.mark.parametrize("event_type", ["REFUND.SUCCESS", "REFUND.ABNORMAL", "REFUND.CLOSED"])
def test_a_refund_is_read_without_what_is_the_buyers(gateway, certificate, event_type):
    body = notice(REFUND, event_type, "refund")
    read = gateway.read_notice(certificate.headers(body), body, NOW)

    assert (read.kind, read.payment, read.event_type) == ("refund", None, event_type)
    expected = {name: REFUND[name] for name in ("mchid", "out_trade_no", "transaction_id", "refund_id")}
    expected |= {"out_refund_no": "R20260714ABCDEF01", "refund_status": "SUCCESS"}
    assert read.facts == expected | REFUND["amount"]
    assert read.refund == GatewayRefund(
        number="R20260714ABCDEF01",
        state="succeeded",
        payment_number=NUMBER,
        transaction_id="4200001234202607140000000001",
        refund_id="50000000382019052709732678859",
        amount=Money(1900, "CNY"),
        succeeded_at=datetime(2026, 7, 14, 9, 29, 50, tzinfo=UTC),
        merchant_is_ours=True,
        facts=read.facts,
    )


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ("SUCCESS", "succeeded"),
        ("ABNORMAL", "abnormal"),
        ("CLOSED", "closed"),
        ("REFUNDCLOSE", "closed"),
        ("PROCESSING", "processing"),
    ],
)
def test_what_became_of_a_refund_is_what_its_state_says(gateway, certificate, told, state):
    body = notice(REFUND | {"refund_status": told}, "REFUND.SUCCESS", "refund")

    assert gateway.read_notice(certificate.headers(body), body, NOW).refund.state == state


def test_a_refund_told_in_few_words_is_read(gateway, certificate):
    few = {"out_refund_no": "R1", "mchid": REFUND["mchid"]}
    body = notice(few, "REFUND.SUCCESS", "refund")
    read = gateway.read_notice(certificate.headers(body), body, NOW)

    assert read.facts == few
    assert read.refund == GatewayRefund(number="R1", state="processing", facts=few)


def test_a_refund_of_another_merchant_says_so(gateway, certificate):
    body = notice(REFUND | {"mchid": "1999999999"}, "REFUND.SUCCESS", "refund")

    assert not gateway.read_notice(certificate.headers(body), body, NOW).refund.merchant_is_ours


def test_only_what_came_encrypted_may_be_kept_as_it_came(settings, gateway, certificate):
    for body in (notice(paid(settings)), notice(REFUND, "REFUND.SUCCESS", "refund"), notice({}, "COUPON.USE", "x")):
        assert gateway.read_notice(certificate.headers(body), body, NOW).sealed


@pytest.mark.parametrize(
    ("event_type", "original_type", "plaintext"),
    [
        ("SECURITY_ECHO.SUCCESS", "security", b"not even JSON"),
        ("TRANSACTION.SUCCESS", "refund", REFUND),
        ("TRANSACTION.SUCCESS", None, REFUND),
        ("REFUND.SUCCESS", "transaction", REFUND),
        ("REFUND.SUCCESS", None, REFUND),
        ("TRANSACTION.PAYING", "transaction", {}),
    ],
)
def test_anything_else_is_other(gateway, certificate, event_type, original_type, plaintext):
    body = notice(plaintext, event_type, original_type)
    read = gateway.read_notice(certificate.headers(body), body, NOW)

    assert (read.kind, read.payment, read.refund, dict(read.facts)) == ("other", None, None, {})


def test_headers_are_read_however_they_are_written(settings, gateway, certificate):
    body = notice(paid(settings))
    headers = {name.upper(): value for name, value in certificate.headers(body).items()}

    assert gateway.read_notice(headers, body, NOW).kind == "payment"


def test_the_type_of_signature_may_be_left_out_but_not_be_another(settings, gateway, certificate):
    body = notice(paid(settings))

    assert gateway.read_notice(certificate.headers(body, signature_type=None), body, NOW).kind == "payment"
    assert refused(gateway, certificate.headers(body, signature_type="WECHATPAY2-SM2-WITH-SM3"), body) == "malformed"


def test_empty_associated_data_is_accepted(settings, gateway, certificate):
    for body in (
        notice(paid(settings), associated_data=""),
        notice(paid(settings), associated_data="", resource={"associated_data": None}),
    ):
        assert gateway.read_notice(certificate.headers(body), body, NOW).kind == "payment"


@pytest.mark.parametrize("missing", ["timestamp", "nonce", "signature", "serial"])
def test_without_one_of_the_four_headers_it_is_refused(settings, gateway, certificate, missing):
    body = notice(paid(settings))

    assert refused(gateway, certificate.headers(body, **{missing: None}), body) == "missing-header"
    assert refused(gateway, certificate.headers(body, **{missing: ""}), body) == "missing-header"


@pytest.mark.parametrize(
    ("age", "fault"),
    [(-301, "stale"), (-300, None), (0, None), (300, None), (301, "stale"), (864000, "stale")],
)
def test_it_is_fresh_for_five_minutes_either_way(settings, gateway, certificate, age, fault):
    body = notice(paid(settings))
    headers, now = certificate.headers(body), datetime.fromtimestamp(int(NOW.timestamp()) + age, UTC)
    if fault is None:
        assert gateway.read_notice(headers, body, now)
    else:
        assert refused(gateway, headers, body, now) == fault


@pytest.mark.parametrize("timestamp", ["soon", "1e9", "-1784021415", "１７８４０２１４１５", "9" * 400, "1784021415.0"])
def test_a_timestamp_that_is_no_number_of_seconds_is_refused(settings, gateway, certificate, timestamp):
    body = notice(paid(settings))

    assert refused(gateway, certificate.headers(body, timestamp=timestamp), body) == "malformed"


@pytest.mark.parametrize("nonce", ["é", "\ud800"])
def test_a_nonce_no_header_can_carry_is_refused(settings, gateway, certificate, nonce):
    body = notice(paid(settings))

    assert refused(gateway, certificate.headers(body, nonce=nonce), body) == "malformed"


@pytest.mark.parametrize(
    "signature",
    [SIGNTEST + "AAAA", "AAAA", "not base64!", "é", "\ud800", "====", " "],
)
def test_a_false_signature_is_refused_whatever_it_looks_like(settings, gateway, certificate, signature):
    body = notice(paid(settings))

    assert refused(gateway, certificate.headers(body, signature=signature), body) == "bad-signature"


def test_a_signature_with_anything_added_is_refused(settings, gateway, certificate):
    body = notice(paid(settings))
    headers = certificate.headers(body)
    genuine = headers["Wechatpay-Signature"]
    for altered in (genuine + "\n", " " + genuine, genuine + "=", genuine[:-1]):
        assert refused(gateway, headers | {"Wechatpay-Signature": altered}, body) == "bad-signature"
    assert gateway.read_notice(headers, body, NOW)


def test_the_headers_of_one_notice_do_not_vouch_for_another_body(settings, gateway, certificate):
    genuine = notice(paid(settings))
    forged = notice(paid(settings, out_trade_no="P20260714ABCDEF99"))

    assert refused(gateway, certificate.headers(genuine), forged) == "bad-signature"
    assert refused(gateway, certificate.headers(genuine), genuine + b" ") == "bad-signature"


def test_another_key_in_our_keys_name_is_refused(settings, gateway, certificate, next_certificate):
    body = notice(paid(settings))

    assert refused(gateway, next_certificate.headers(body, serial=certificate.serial), body) == "bad-signature"


def test_both_kinds_of_key_verify_at_once(settings, gateway, folder, certificate, public_key):
    (folder / f"{public_key.serial}.pem").write_text(public_key.pem)
    body = notice(paid(settings))

    for key in (certificate, public_key):
        assert gateway.read_notice(key.headers(body), body, NOW).kind == "payment"


@pytest.mark.parametrize("serial", ["ZZ", "PUB_KEY_ID_1", "PUB_KEY_ID_", "ABCDEF0123456789", "é", "0x10"])
def test_an_unknown_serial_is_refused_without_a_call(counterpart, settings, gateway, certificate, serial):
    body = notice(paid(settings))

    for _ in range(20):
        assert refused(gateway, certificate.headers(body, serial=serial), body) == "unknown-key"
    assert counterpart.requests == []


class Refreshes:
    """A ring that knows nothing, and counts what is asked of it."""

    public_key_id = None

    def __init__(self):
        self.asked = 0

    def find(self, serial):
        return None

    def refresh_soon(self):
        self.asked += 1


def test_an_unknown_serial_has_the_keys_refreshed_in_the_background(settings, clock, certificate):
    ring = Refreshes()
    body = notice(paid(settings))

    assert refused(WeChatPay(settings, ring, clock), certificate.headers(body), body) == "unknown-key"
    assert ring.asked == 1


def test_what_is_stale_or_malformed_does_not_even_look_for_a_key(settings, clock, certificate):
    ring = Refreshes()
    gateway = WeChatPay(settings, ring, clock)
    body = notice(paid(settings))

    assert refused(gateway, certificate.headers(body, NOW - timedelta(hours=1)), body) == "stale"
    assert refused(gateway, {}, body) == "missing-header"
    assert ring.asked == 0


def test_a_flood_of_unknown_serials_makes_one_call_a_minute(counterpart, settings, clock, certificate):
    store = MemoryKeyStore(**{certificate.serial: certificate.pem})
    source = DownloadedKeys(Transport(settings, clock), "/v3/certificates", settings.api_v3_key, store, clock)
    ring = KeyRing(source, clock)
    gateway = WeChatPay(settings, ring, clock)
    body = notice(paid(settings))
    for number in range(100):
        assert refused(gateway, certificate.headers(body, serial=f"{number:X}"), body) == "unknown-key"

    assert len(counterpart.requests) <= 1
    assert gateway.read_notice(certificate.headers(body), body, NOW).kind == "payment"
    assert store.loads == 1


def test_a_body_larger_than_any_notice_is_refused_unread(settings, gateway, certificate):
    body = notice(paid(settings, attach="a" * LARGEST_NOTICE))

    assert refused(gateway, certificate.headers(body), body) == "malformed"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff",
        b"[" * 60_000,
        b'{"id":' + b"9" * 5000 + b"}",
        notice({}, id=None),
        notice({}, id=7),
        notice({}, event_type=""),
        notice(REFUND, "REFUND.SUCCESS", "refund", resource_type="plain"),
        notice(REFUND, "REFUND.SUCCESS", "refund", resource_type=None),
        encode({"id": "EV-1", "event_type": "TRANSACTION.SUCCESS", "resource_type": "encrypt-resource"}),
        encode(
            {
                "id": "E",
                "event_type": "TRANSACTION.SUCCESS",
                "resource_type": "encrypt-resource",
                "resource": [],
            }
        ),
        notice(REFUND, "REFUND.SUCCESS", "refund", resource={"algorithm": "AEAD_SM4_GCM"}),
        notice(REFUND, "REFUND.SUCCESS", "refund", resource={"algorithm": None}),
        notice({}, resource={"nonce": "short"}),
        notice({}, resource={"nonce": None}),
        notice({}, resource={"ciphertext": "*"}),
        notice({}, resource={"ciphertext": "é"}),
        notice({}, resource={"ciphertext": 5}),
        notice({}, resource={"associated_data": []}),
        notice({}, resource={"original_type": 5}),
        notice({}, "TRANSACTION.SUCCESS"),
        notice(b"[]", "TRANSACTION.SUCCESS"),
        notice(b"\xff\xff", "TRANSACTION.SUCCESS"),
        notice({}, "REFUND.SUCCESS", "refund"),
        notice(REFUND | {"refund_status": 5}, "REFUND.SUCCESS", "refund"),
        notice(REFUND | {"refund_status": "HAPPY"}, "REFUND.SUCCESS", "refund"),
        notice(REFUND | {"mchid": None}, "REFUND.SUCCESS", "refund"),
        notice(REFUND | {"out_refund_no": None}, "REFUND.SUCCESS", "refund"),
        notice(REFUND | {"amount": 5}, "REFUND.SUCCESS", "refund"),
        notice(b"not JSON", "REFUND.SUCCESS", "refund"),
    ],
)
def test_a_genuine_message_that_is_not_as_documented_is_refused(gateway, certificate, body):
    assert refused(gateway, certificate.headers(body), body) == "malformed"


@pytest.mark.parametrize("missing", ["out_trade_no", "transaction_id", "trade_state", "amount", "mchid"])
def test_a_payment_with_something_missing_or_of_another_type_is_refused(settings, gateway, certificate, missing):
    for value in (None, 5, [], ""):
        body = notice(paid(settings, **{missing: value}))
        assert refused(gateway, certificate.headers(body), body) == "malformed"


def test_a_genuine_notice_our_key_does_not_open_is_another_matter(settings, gateway, certificate):
    for body in (
        notice(paid(settings), key="another-api-v3-key-of-32-charact"),
        notice(paid(settings), resource={"associated_data": "altered"}),
        notice(paid(settings), resource={"ciphertext": seal(b"x")["ciphertext"]}),
        notice(paid(settings), "SECURITY_ECHO.SUCCESS", key="another-api-v3-key-of-32-charact"),
    ):
        with pytest.raises(NoticeUnreadable):
            gateway.read_notice(certificate.headers(body), body, NOW)


@pytest.mark.parametrize("amount", [-1, True, 1.0, "1"])
def test_what_is_no_whole_number_of_cents_is_no_amount(amount):
    with pytest.raises(Malformed):
        find_integer({"total": amount}, "total")

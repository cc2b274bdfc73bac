"""What the library wechatpayv3 makes of the same messages: agreement, and where we refuse what it accepts."""

import json
import re
from datetime import timedelta

import pytest
import time_machine
from wechatpayv3.core import Core
from wechatpayv3.utils import build_authorization, rsa_verify

from shop.gateways.errors import NoticeRefused
from shop.gateways.wechat_pay import signing
from shop.gateways.wechat_pay.trust import read_seal

from .counterpart import API_V3_KEY, NOW, notice
from .test_wechat_pay_gateway import charge, paid


@pytest.fixture
def certificate_oracle(settings, folder):
    """The library in certificate mode, its certificates from the same folder."""
    return Core(settings.mch_id, settings.cert_serial, settings.private_key, API_V3_KEY, cert_dir=str(folder))


@pytest.fixture
def public_key_oracle(settings, public_key):
    """The library in public-key mode."""
    return Core(
        settings.mch_id,
        settings.cert_serial,
        settings.private_key,
        API_V3_KEY,
        public_key=public_key.pem,
        public_key_id=public_key.serial,
    )


@pytest.fixture
def both_keys(folder, public_key):
    (folder / f"{public_key.serial}.pem").write_text(public_key.pem)


def test_requests_are_signed_alike(counterpart, signed, settings, gateway, certificate_oracle):
    counterpart.say(signed({"prepay_id": "wx1"}))
    gateway.open(charge(settings))

    request = counterpart.requests[0]
    ours = dict(re.findall(r'([a-z_]+)="([^"]*)"', request.headers["Authorization"]))
    with time_machine.travel(NOW, tick=False):
        theirs = build_authorization(
            request.target,
            request.method,
            settings.mch_id,
            settings.cert_serial,
            certificate_oracle._private_key,
            data=request.body.decode(),
            nonce_str=ours["nonce_str"],
        )
    assert dict(re.findall(r'([a-z_]+)="([^"]*)"', theirs)) == ours


def test_payments_are_launched_alike(settings, gateway, certificate_oracle):
    client = gateway.client("wx14093015")
    theirs = certificate_oracle.sign([settings.app_id, client["timeStamp"], client["nonceStr"], client["package"]])

    assert theirs == client["paySign"]


def test_answers_are_verified_alike(certificate):
    body = '{"prepay_id": "wx1", "说明": "隐秘花园"}'
    seal = read_seal(certificate.headers(body.encode()))
    key = certificate.private.public_key()
    for tried in (body, body + " ", ""):
        message = signing.answer_message(seal.timestamp, seal.nonce, tried.encode())
        theirs = rsa_verify(seal.timestamp, seal.nonce, tried, seal.signature, key)
        assert signing.verify(key, message, seal.signature) is theirs is (tried == body)


@pytest.mark.parametrize("mode", ["certificate", "public_key"])
@pytest.mark.usefixtures("both_keys")
def test_callbacks_are_verified_and_decrypted_alike(request, settings, gateway, mode):
    oracle, key = request.getfixturevalue(f"{mode}_oracle"), request.getfixturevalue(mode)
    told = paid(settings)
    body = notice(told)
    theirs = oracle.callback(key.headers(body), body)
    ours = gateway.read_notice(key.headers(body), body, NOW)

    assert theirs["resource"] == told
    assert ours.payment.number == theirs["resource"]["out_trade_no"]
    assert ours.payment.amount.amount == theirs["resource"]["amount"]["total"]
    assert ours.event_id == theirs["id"]


@pytest.mark.parametrize("mode", ["certificate", "public_key"])
@pytest.mark.usefixtures("both_keys")
def test_forgeries_are_refused_alike(request, settings, gateway, next_certificate, mode):
    oracle, key = request.getfixturevalue(f"{mode}_oracle"), request.getfixturevalue(mode)
    body = notice(paid(settings))
    altered = json.dumps(json.loads(body)).encode()
    for headers, sent in (
        (next_certificate.headers(body, serial=key.serial), body),
        (key.headers(body), altered),
        (key.headers(body, nonce="another"), body),
    ):
        assert oracle.callback(headers, sent) is None
        with pytest.raises(NoticeRefused) as refused:
            gateway.read_notice(headers, sent, NOW)
        assert refused.value.fault == "bad-signature"


@pytest.mark.parametrize("mode", ["certificate", "public_key"])
@pytest.mark.usefixtures("both_keys")
def test_an_old_callback_is_accepted_by_the_library_and_refused_by_us(request, settings, gateway, mode):
    oracle, key = request.getfixturevalue(f"{mode}_oracle"), request.getfixturevalue(mode)
    body = notice(paid(settings))
    headers = key.headers(body, NOW - timedelta(days=10))

    assert oracle.callback(headers, body)
    with pytest.raises(NoticeRefused) as refused:
        gateway.read_notice(headers, body, NOW)
    assert refused.value.fault == "stale"


@pytest.mark.parametrize("missing", ["nonce", "timestamp"])
def test_a_callback_signed_over_nothing_is_accepted_by_the_library_and_refused_by_us(
    settings, gateway, certificate, certificate_oracle, missing
):
    body = notice(paid(settings))
    headers = certificate.headers(body)
    parts = {"timestamp": headers["Wechatpay-Timestamp"], "nonce": headers["Wechatpay-Nonce"]} | {missing: ""}
    message = signing.answer_message(parts["timestamp"], parts["nonce"], body)
    signature = signing.sign(certificate.private, message)
    headers = certificate.headers(body, **parts, signature=signature) | {f"Wechatpay-{missing.title()}": None}
    headers = {name: value for name, value in headers.items() if value is not None}

    assert certificate_oracle.callback(headers, body)
    with pytest.raises(NoticeRefused) as refused:
        gateway.read_notice(headers, body, NOW)
    assert refused.value.fault == "missing-header"


@pytest.mark.parametrize("serial", ["ZZ", "PUB_KEY_ID_1"])
def test_a_serial_that_is_not_hexadecimal_breaks_the_library_and_is_refused_by_us(
    settings, gateway, certificate, certificate_oracle, serial
):
    body = notice(paid(settings))
    headers = certificate.headers(body, serial=serial)

    with pytest.raises(ValueError, match="invalid literal"):
        certificate_oracle.callback(headers, body)
    with pytest.raises(NoticeRefused) as refused:
        gateway.read_notice(headers, body, NOW)
    assert refused.value.fault == "unknown-key"


def test_a_callback_signed_otherwise_during_the_change_of_keys_is_lost_to_the_library(
    settings, gateway, folder, certificate, public_key, certificate_oracle
):
    (folder / f"{public_key.serial}.pem").write_text(public_key.pem)
    body = notice(paid(settings))
    headers = public_key.headers(body)

    with pytest.raises(ValueError, match="invalid literal"):
        certificate_oracle.callback(headers, body)
    assert gateway.read_notice(headers, body, NOW).kind == "payment"

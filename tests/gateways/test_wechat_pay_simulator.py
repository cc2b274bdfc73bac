"""Both modes against the simulated WeChat, whose checks are as strict as WeChat's."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
import time_machine

from shop.core.money import Money
from shop.gateways.errors import NoticeRefused, PaymentProviderDown, WeChatCodeRefused
from shop.gateways.mini_program import MiniProgram
from shop.gateways.payment import Charge
from shop.gateways.wechat_pay import WeChatPaySettings, build_wechat_pay
from shop.simulator import SimulatedWeChat

from .counterpart import MemoryKeyStore, Reply


class World:
    """The simulated WeChat, moved from outside."""

    def __init__(self, simulated, base):
        self.simulated, self.base = simulated, base

    def move(self, path, **fields):
        answer = requests.post(f"{self.base}/control{path}", json=fields, timeout=10)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def settings(self, mode):
        given = self.simulated.credentials.settings(mode, self.base)
        return WeChatPaySettings(
            api_base=given["WECHAT_PAY_API_BASE"],
            mode=mode,
            mch_id=given["WECHAT_PAY_MCH_ID"],
            app_id=given["WECHAT_APP_ID"],
            sp_app_id=given.get("WECHAT_PAY_SP_APP_ID"),
            sub_mch_id=given.get("WECHAT_PAY_SUB_MCH_ID"),
            mcc=given.get("WECHAT_PAY_MCC"),
            currency=given.get("WECHAT_PAY_CURRENCY", "CNY"),
            cert_serial=given["WECHAT_PAY_CERT_SERIAL"],
            private_key=Path(given["WECHAT_PAY_PRIVATE_KEY"]).read_text(),
            api_v3_key=given["WECHAT_PAY_API_V3_KEY"],
            platform_keys=Path(given["WECHAT_PAY_PLATFORM_KEYS"]),
        )

    def program(self):
        given = self.simulated.credentials.settings("domestic", self.base)
        return MiniProgram(given["WECHAT_API_BASE"], given["WECHAT_APP_ID"], given["WECHAT_APP_SECRET"])


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with SimulatedWeChat(tmp_path_factory.mktemp("wechat")) as simulated:
        yield World(simulated, simulated.start())


@pytest.fixture(params=["domestic", "global"])
def settings(request, world):
    return world.settings(request.param)


@pytest.fixture(params=["keys in a folder", "keys downloaded"])
def gateway(request, settings):
    if request.param == "keys downloaded":
        return build_wechat_pay(replace(settings, platform_keys=None), MemoryKeyStore())
    return build_wechat_pay(settings, MemoryKeyStore())


@pytest.fixture
def charge(world, settings):
    openid = world.program().sign_in(world.move("/codes", user="Lin")["code"]).openid
    return Charge(
        number=f"P{secrets.token_hex(12)}",
        amount=Money(1900, settings.currency),
        description="Le jardin secret · 隐秘花园 " * 9,
        payer=openid,
        expires_at=datetime.now(UTC) + timedelta(minutes=15),
        notify_url="http://127.0.0.1:9/callbacks/wechat-pay",
    )


def test_a_visitor_signs_in_once_with_a_code(world):
    given = world.move("/codes", user="Lin")

    assert world.program().sign_in(given["code"]).openid == given["openid"]
    with pytest.raises(WeChatCodeRefused):
        world.program().sign_in(given["code"])
    with pytest.raises(WeChatCodeRefused):
        world.program().sign_in("nonsense")


def test_an_order_is_placed_launched_paid_and_found(world, gateway, charge):
    assert gateway.find(charge.number).state == "unknown"
    gateway.open(charge)
    client = gateway.client(gateway.open(charge))
    assert gateway.find(charge.number).state == "unpaid"

    told = world.move("/request-payment", user="Lin", client=client, outcome="pay")
    assert told == {"errMsg": "requestPayment:ok"}

    found = gateway.find(charge.number)
    assert (found.state, found.amount, found.merchant_is_ours) == ("paid", charge.amount, True)
    assert found.transaction_id
    assert abs(found.paid_at - datetime.now(UTC)) < timedelta(minutes=1)
    gateway.close(charge.number)
    with pytest.raises(PaymentProviderDown):
        gateway.open(charge)


def test_an_order_is_closed_and_stays_closed(gateway, charge):
    gateway.open(charge)
    gateway.close(charge.number)
    gateway.close(charge.number)

    assert gateway.find(charge.number).state == "closed"
    with pytest.raises(PaymentProviderDown):
        gateway.open(charge)


def test_a_number_nobody_ordered_is_closed_too(gateway, charge):
    gateway.close(charge.number)


def test_other_parameters_under_the_same_number_are_refused(gateway, charge):
    gateway.open(charge)

    with pytest.raises(PaymentProviderDown):
        gateway.open(replace(charge, amount=Money(2000, charge.amount.currency)))


@pytest.mark.parametrize("kind", ["500-before", "500-after", "close-connection", "429", "signtest"])
def test_one_passing_fault_is_not_noticed(world, gateway, charge, kind):
    gateway.find(charge.number)
    world.move("/faults", path_prefix="/v3/", kind=kind, method="POST")

    assert gateway.open(charge)


@pytest.mark.parametrize("kind", ["unsigned", "wrong-key", "stale", "not-json"])
def test_an_answer_that_cannot_be_trusted_is_no_answer(world, gateway, charge, kind):
    gateway.find(charge.number)
    world.move("/faults", path_prefix="/v3/", kind=kind, method="POST", times=1)
    try:
        with pytest.raises(PaymentProviderDown):
            gateway.open(charge)
    finally:
        requests.delete(f"{world.base}/control/faults", timeout=10)

    assert gateway.open(charge)


@pytest.fixture
def posted(world, counterpart, gateway, charge):
    """Has a notice about a paid order sent, and gives what arrived."""
    gateway.open(charge)

    def send(**crafted):
        counterpart.say(Reply(200))
        world.move(
            "/notices",
            out_trade_no=charge.number,
            notify_url=f"{counterpart.base}/callbacks/wechat-pay",
            **crafted,
        )
        return counterpart.requests[-1]

    return send


def test_a_notice_is_read(gateway, charge, posted):
    arrived = posted(signing="certificate")
    read = gateway.read_notice(arrived.headers, arrived.body, datetime.now(UTC))

    assert (read.kind, read.payment.number, read.payment.amount) == ("payment", charge.number, charge.amount)
    assert read.payment.merchant_is_ours


def test_a_notice_signed_with_the_public_key_is_read(settings, charge, posted):
    gateway = build_wechat_pay(settings, MemoryKeyStore())
    arrived = posted(signing="public-key", envelope={"resource": {"associated_data": ""}})

    assert gateway.read_notice(arrived.headers, arrived.body, datetime.now(UTC)).kind == "payment"


@pytest.mark.parametrize(
    ("crafted", "fault"),
    [
        ({"signing": "unsigned"}, "missing-header"),
        ({"signing": "signtest"}, "bad-signature"),
        ({"signing": "wrong-key"}, "bad-signature"),
        ({"signing": "other-body"}, "bad-signature"),
        ({"signing": "stale"}, "stale"),
        ({"age_seconds": -302}, "stale"),
        ({"headers": {"Wechatpay-Serial": "ABCDEF"}}, "unknown-key"),
        ({"overrides": {"amount": {"total": "1900"}}}, "malformed"),
    ],
)
def test_a_crafted_notice_is_refused(gateway, posted, crafted, fault):
    arrived = posted(**crafted)

    with pytest.raises(NoticeRefused) as refused:
        gateway.read_notice(arrived.headers, arrived.body, datetime.now(UTC))
    assert refused.value.fault == fault


@pytest.mark.parametrize("name", ["mchid", "sp_mchid", "sub_mchid", "appid", "sub_appid"])
def test_a_notice_of_another_merchant_says_so(gateway, settings, posted, name):
    named = name in ("mchid", "appid") if settings.mode == "domestic" else name.startswith("s")
    arrived = posted(overrides={name: "1999999999"})
    read = gateway.read_notice(arrived.headers, arrived.body, datetime.now(UTC))

    assert read.payment.merchant_is_ours is not named


@pytest.mark.parametrize("mode", ["domestic", "global"])
def test_a_new_platform_certificate_is_learnt(tmp_path, mode):
    with SimulatedWeChat(tmp_path / "wechat") as simulated:
        world = World(simulated, simulated.start())
        gateway = build_wechat_pay(replace(world.settings(mode), platform_keys=None), MemoryKeyStore())
        assert gateway.find("P20260714ABCDEF01").state == "unknown"
        gateway.close("P20260714ABCDEF01")
        world.move("/keys/rotate", mode=mode)

        with time_machine.travel(datetime.now(UTC) + timedelta(seconds=61)):
            gateway.close("P20260714ABCDEF01")

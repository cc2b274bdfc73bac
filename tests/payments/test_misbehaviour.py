"""WeChat Pay misbehaves: whatever it does, a payment is kept once, and nothing is lost or asked for twice."""

from dataclasses import asdict, replace
from pathlib import Path
from uuid import UUID

import pytest

from shop.gateways.wechat_pay import FolderKeys, KeyRing, WeChatPay, WeChatPaySettings
from shop.gateways.wechat_pay.client import Client
from shop.gateways.wechat_pay.transport import Transport
from tests.payments.conftest import both_modes
from tests.payments.world import OTHER_CURRENCY, SUCCESS, at_once, counted

WRONG = ("unsigned", "signtest", "wrong-key", "stale", "other-body")
BROKEN_ANSWERS = (
    *("500-before", "500-after", "timeout-after", "close-connection", "429"),
    *("unsigned", "signtest", "wrong-key", "stale", "not-json", "slow"),
)
CALLS = {"open": "/jsapi", "find": "/out-trade-no/{}?", "close": "/out-trade-no/{}/close"}


@pytest.fixture(autouse=True)
def steps(world):
    """Notices of real payments are delivered when a test says so, and only then."""
    world.control("/notices/pause")


def pay(world, number, **facts):
    """Move the money; the notice about it waits."""
    world.pay(number, notify=True, **facts)


def deliver(world, **wanted):
    """One delivery of each notice that waits; what became of each."""
    return [one["state"] for one in world.control("/notices/deliver", wanted)["notices"]]


def handle(world, **handling):
    world.control("/notices/handling", handling)


def assert_kept_once(world, order, *, told=()):
    """The order is paid, once and for all, and nobody is troubled but for what must be told."""
    assert world.status(order) == "paid"
    assert world.story(order).count("order.paid") + world.story(order).count("order.paid_late") == 1
    assert [ticket["status"] for ticket in world.mei.tickets(order["id"])] == ["valid"] * 2
    assert world.seats_taken(order) == 2
    assert world.refunds(order) == []
    assert world.kinds() == sorted(told)


def assert_untouched(world, order):
    """Nothing came of it: the order waits, its seats are held."""
    assert (world.status(order), world.seats_taken(order)) == ("pending", 2)
    assert world.mei.tickets(order["id"]) == []
    assert world.refunds(order) == []


def set_skew(world, *, minutes):
    world.control("/clock", {"skew_seconds": minutes * 60})


def gateway_of(world, folder, timeout=(2.0, 10.0)):
    """The shop's gateway, set up with other keys or less patience."""
    told = replace(world.settings.wechat_pay, platform_keys=folder)
    account = WeChatPaySettings(**asdict(told), app_id=world.settings.wechat_app_id)
    ring = KeyRing(FolderKeys(folder))
    gateway = WeChatPay(account, ring)
    gateway._client = Client(Transport(account, gateway._clock, timeout), ring, gateway._clock)
    return gateway


# Notices: how often, when, in which order, or never


@both_modes
@pytest.mark.parametrize("at_once", [True, False])
def test_copies_of_a_notice_count_once(world, at_once):
    order, _, number = world.opened()
    handle(world, copies=12, at_once=at_once)
    pay(world, number)
    applied, known = (counted("shop_callbacks", gateway="wechat_pay", verdict=one) for one in ("applied", "known"))

    assert deliver(world) == ["delivered"]

    assert_kept_once(world, order)
    assert world.events() == [("TRANSACTION.SUCCESS", "applied")]
    assert counted("shop_callbacks", gateway="wechat_pay", verdict="applied") == applied + 1
    assert counted("shop_callbacks", gateway="wechat_pay", verdict="known") == known + 11


def test_a_notice_that_comes_after_the_order_was_asked_about_changes_nothing(world):
    order, _, number = world.opened()
    pay(world, number)
    world.go_to(order["expires_at"], seconds=1)
    world.sweep()

    assert deliver(world) == ["delivered"]

    assert_kept_once(world, order)
    assert world.events() == [("TRANSACTION.SUCCESS", "duplicate")]


@both_modes
@pytest.mark.parametrize("sold", [False, True])
def test_a_notice_that_comes_too_late_is_kept_or_owed_back(world, sold):
    order, _, number = world.opened(capacity=2)
    pay(world, number)
    world.fault("500-before")
    world.go_to(world.payment(number).expires_at, seconds=131)
    world.sweep()
    assert (world.status(order), world.kinds()) == ("expired", ["gateway-silent"])
    if sold:
        world.tourist("lei").ordered(UUID(order["bookings"][0]["departure"]["id"]))
    world.later(minutes=14)

    assert deliver(world) == ["delivered"]

    if sold:
        assert (world.status(order), world.seats_taken(order)) == ("expired", 2)
        assert world.refunds(order) == [(3800, world.currency, "late")]
        assert world.attention() == []
        world.sweep()
        assert world.gone(order) == 3800
    else:
        assert_kept_once(world, order)


@both_modes
@pytest.mark.parametrize("turn", ["first-first", "last-first"])
def test_of_two_attempts_paid_the_first_told_of_is_kept_and_the_other_owed_back(world, turn):
    order, _, first = world.opened()
    world.mei.payment(order["id"])
    second = world.number(order)
    handle(world, turn=turn)
    pay(world, first)
    pay(world, second)

    assert deliver(world) == ["delivered"] * 2

    kept, returned = (first, second) if turn == "first-first" else (second, first)
    assert world.status(order) == "paid"
    assert world.seats_taken(order) == 2
    assert world.refunds(order) == [(3800, world.currency, "double")]
    assert world.attention() == []
    owed = world.sql("SELECT payments.number FROM payments JOIN refunds ON refunds.payment_id = payments.id")
    assert owed == [(returned,)] != [(kept,)]
    world.later(hours=1)
    world.sweep()
    assert (len(world.refunds(order)), world.gone(order)) == (1, 3800)


@both_modes
def test_a_notice_that_never_comes_is_made_up_for(world):
    order, _, number = world.opened()
    handle(world, drop=1)
    pay(world, number)
    assert deliver(world) == ["given-up"]
    assert_untouched(world, order)

    world.later(seconds=31)
    world.sweep()

    assert_kept_once(world, order)


def test_a_notice_and_the_question_about_it_at_once_count_once(world):
    order, _, number = world.opened()
    handle(world, copies=4, at_once=True)
    pay(world, number)
    world.later(seconds=31)

    at_once(world.sweep, lambda: deliver(world), world.sweep)

    assert_kept_once(world, order)


# Notices that say something else


@pytest.mark.parametrize("wrong", ["amount", "currency"])
@both_modes
def test_other_money_than_was_asked_for_waits_for_the_staff_and_goes_back_after_a_day(world, wrong):
    order, _, number = world.opened()
    facts = {"amount": {"total": 3799}, "currency": {"currency": OTHER_CURRENCY[world.mode]}}[wrong]
    handle(world, copies=3)
    pay(world, number, **facts)

    assert deliver(world) == ["delivered"]

    assert (world.status(order), world.kinds()) == ("in_review", ["amount-mismatch"])
    assert world.mei.tickets(order["id"]) == []
    world.later(hours=24, seconds=1)
    world.sweep()
    currency = facts.get("currency", world.currency)
    assert world.refunds(order) == [(facts.get("total", 3800), currency, "mismatched")]


@pytest.mark.parametrize("wrong", ["merchant", "order"])
@both_modes
def test_anothers_notice_is_for_the_staff_and_does_not_keep_the_order_from_being_paid(world, wrong):
    order, _, number = world.opened()
    merchant = {"global": {"sub_mchid": "1700000000"}, "domestic": {"mchid": "1900000000"}}[world.mode]
    others, told = {
        "merchant": (merchant, "foreign-merchant"),
        "order": ({"out_trade_no": "nobodys-order"}, "unmatched-payment"),
    }[wrong]
    pay(world, number)

    assert world.notify(number, overrides=others) == SUCCESS
    assert_untouched(world, order)

    assert deliver(world) == ["delivered"]
    assert_kept_once(world, order, told=[told])


# Notices badly signed


@pytest.mark.parametrize("signing", WRONG)
def test_a_notice_badly_signed_waits_for_a_good_one(world, signing):
    order, _, number = world.opened()
    handle(world, signing=signing, copies=2)
    pay(world, number)
    before = world.contents()

    assert deliver(world) == ["waiting"]
    assert world.contents() == before

    handle(world)
    assert deliver(world) == ["delivered"]
    assert_kept_once(world, order)


@pytest.mark.parametrize("signing", ["signtest", "wrong-key"])
def test_notices_that_are_never_well_signed_are_made_up_for(world, signing):
    order, _, number = world.opened()
    handle(world, signing=signing)
    pay(world, number)
    assert deliver(world) == ["waiting"]

    world.later(seconds=31)
    world.sweep()

    assert_kept_once(world, order)


@both_modes
def test_probes_and_forgeries_beside_the_genuine_notice_do_nothing(world):
    order, _, number = world.opened()
    handle(world, beside=list(WRONG), copies=2, at_once=True)
    pay(world, number)
    probes = counted("shop_callbacks", gateway="wechat_pay", verdict="bad-signature")

    assert deliver(world) == ["delivered"]

    assert_kept_once(world, order)
    assert world.events() == [("TRANSACTION.SUCCESS", "applied")]
    assert counted("shop_callbacks", gateway="wechat_pay", verdict="bad-signature") == probes + 3


# From certificate to public key


@pytest.mark.parametrize("share", [0.01, 0.5, 1])
def test_a_shop_with_both_keys_does_not_notice_the_switch(world, share):
    orders = [world.opened() for _ in range(3)]
    world.control("/keys/switch", {"share": share})
    for _, _, number in orders:
        pay(world, number)

    assert deliver(world) == ["delivered"] * 3

    for order, _, _ in orders:
        assert_kept_once(world, order)
    serials = {headers["Wechatpay-Serial"][:11] for (headers,) in world.sql("SELECT headers FROM gateway_events")}
    assert len(serials) == (1 if share == 1 else 2)
    assert "PUB_KEY_ID_" in serials


def test_a_switch_taken_back_is_not_noticed_either(world):
    orders = [world.opened() for _ in range(2)]
    for share, (_, _, number) in zip((1, 0), orders, strict=True):
        world.control("/keys/switch", {"share": share})
        pay(world, number)
        assert deliver(world) == ["delivered"]

    for order, _, _ in orders:
        assert_kept_once(world, order)


@pytest.fixture(params=["certificates", "public key"])
def half_the_keys(request, world, tmp_path):
    """The shop was given only one kind of key; and the share of notices that are then not signed with it."""
    for pem in Path(world.settings.wechat_pay.platform_keys).glob("*.pem"):
        if pem.name.startswith("PUB_KEY_ID_") == (request.param == "public key"):
            (tmp_path / pem.name).write_text(pem.read_text())
    world.gateway = gateway_of(world, tmp_path)
    return 1 if request.param == "certificates" else 0


def test_a_shop_with_one_kind_of_key_loses_nothing_when_notices_are_signed_with_the_other(world, half_the_keys):
    order, _, number = world.opened()
    world.control("/keys/switch", {"share": half_the_keys})
    pay(world, number)
    unknown = counted("shop_callbacks", gateway="wechat_pay", verdict="unknown-key")

    assert deliver(world) == ["waiting"]
    assert_untouched(world, order)
    assert counted("shop_callbacks", gateway="wechat_pay", verdict="unknown-key") == unknown + 1
    world.later(seconds=31)
    world.sweep()

    assert_kept_once(world, order)


# Answers


@pytest.fixture
def impatient(world):
    """The shop waits only a moment for an answer."""
    world.gateway = gateway_of(world, Path(world.settings.wechat_pay.platform_keys), (2.0, 0.4))


def break_answers(world, kind, path="", **facts):
    delay = {"timeout-after": 0.05, "slow": 0.05}.get(kind, 0)
    world.fault(kind, path, delay_seconds=delay, **facts)


@pytest.mark.parametrize("kind", BROKEN_ANSWERS)
def test_a_question_badly_answered_is_asked_again_and_nothing_is_lost(world, impatient, kind):
    order, _, number = world.opened()
    handle(world, drop=1)
    pay(world, number)
    deliver(world)
    break_answers(world, kind)
    world.later(seconds=31)
    world.sweep()
    assert_untouched(world, order)
    assert world.attention() == []

    world.behave()
    world.later(seconds=31)
    world.sweep()

    assert_kept_once(world, order)


@pytest.mark.parametrize("kind", ["500-before", "500-after", "timeout-after", "unsigned", "slow"])
def test_an_order_whose_opening_was_badly_answered_is_still_paid_once(world, impatient, kind):
    order = world.order()
    break_answers(world, kind, "/jsapi")
    assert world.mei.open_payment(order["id"]).status_code == 503
    world.behave()
    first = world.number(order)
    placed = world.at_gateway(first)["state"] == "NOTPAY"
    assert placed == (kind != "500-before")

    world.mei.payment(order["id"])
    second = world.number(order)
    assert world.at_gateway(first)["state"] in {"CLOSED", None}
    pay(world, second)
    assert deliver(world) == ["delivered"]

    assert_kept_once(world, order)
    if placed:
        pay(world, first)
        assert deliver(world) == ["delivered"]
        assert world.refunds(order) == [(3800, world.currency, "double")]


@pytest.mark.parametrize("kind", ["500-after", "timeout-after", "close-connection", "429", "unsigned", "signtest"])
def test_seats_stay_until_a_close_that_was_badly_answered_is_certain(world, impatient, kind):
    order, _, number = world.opened()
    break_answers(world, kind, f"/out-trade-no/{number}/close")
    world.go_to(order["expires_at"], seconds=1)
    world.sweep()
    assert (world.status(order), world.seats_taken(order)) == ("pending", 2)

    world.behave()
    world.later(seconds=20)
    world.sweep()

    assert (world.status(order), world.seats_taken(order)) == ("expired", 0)
    assert world.at_gateway(number)["state"] == "CLOSED"
    assert world.story(order).count("order.expired") == 1


@pytest.mark.parametrize("path", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("kind", ["500-after", "signtest", "429"])
def test_one_bad_answer_is_not_noticed_by_the_customer(world, kind, path):
    order, _, number = world.opened()
    world.fault(kind, path.partition("?")[0].format(number), times=1)

    assert world.mei.open_payment(order["id"]).status_code == 201

    second = world.number(order)
    assert [one.status for one in world.payments(order)] == ["closed", "pending"]
    pay(world, second)
    deliver(world)
    assert_kept_once(world, order)


# Clocks


@both_modes
@pytest.mark.parametrize("minutes", [-4, 4])
def test_clocks_four_minutes_apart_do_no_harm(world, minutes):
    set_skew(world, minutes=minutes)
    order, payment, number = world.opened()
    other, _, another = world.opened()

    assert world.mei.pay_on_phone(payment) == "requestPayment:ok"
    assert deliver(world) == ["delivered"]
    world.pay(another)
    world.later(seconds=31)
    world.sweep()

    assert_kept_once(world, order)
    assert_kept_once(world, other)
    assert world.payment(number).status == "succeeded"


@both_modes
@pytest.mark.parametrize("minutes", [-10, 10])
def test_clocks_ten_minutes_apart_lose_nothing(world, minutes):
    order, _, number = world.opened()
    other = world.order()
    pay(world, number)
    set_skew(world, minutes=minutes)

    assert world.mei.open_payment(other["id"]).status_code == 503
    assert deliver(world) == ["waiting"]
    world.later(seconds=31)
    world.sweep()
    assert_untouched(world, order)

    set_skew(world, minutes=0)
    world.later(seconds=31)
    world.sweep()
    assert_kept_once(world, order)
    assert deliver(world) == ["delivered"]
    assert world.mei.open_payment(other["id"]).status_code == 201


def test_money_that_came_while_the_clocks_disagreed_until_the_end_is_not_lost(world):
    order, _, number = world.opened()
    pay(world, number)
    set_skew(world, minutes=10)
    world.go_to(world.payment(number).expires_at, seconds=131)
    world.sweep()
    assert deliver(world) == ["waiting"]
    assert (world.status(order), world.kinds()) == ("expired", ["gateway-silent"])

    set_skew(world, minutes=0)
    assert deliver(world) == ["delivered"]

    assert_kept_once(world, order)

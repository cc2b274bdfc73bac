"""Callbacks of WeChat Pay: only a verified, fresh and matching notice changes anything."""

import json
import time
from dataclasses import replace

import pytest
import requests

from config.default import read
from shop.app import create_app
from shop.core.db import db
from shop.payments.webhooks import KEPT_HEADERS
from tests import conftest as root
from tests.payments.conftest import both_modes
from tests.payments.world import OTHER_CURRENCY, SUCCESS, at_once, counted

OTHERS = {"global": {"sub_mchid": "1700000000"}, "domestic": {"mchid": "1900000000"}}


def post(world, body=b"{}", headers=None, path="/callbacks/wechat-pay"):
    return requests.post(f"{world.settings.public_url}{path}", data=body, headers=headers or {}, timeout=10)


def failed(answer, status, message):
    assert answer["status"] == status, answer
    assert json.loads(answer["body"]) == {"code": "FAIL", "message": message}


# Genuine


@both_modes
def test_a_callback_is_acknowledged_with_its_effect_visible(world):
    order, _, number = world.opened(capacity=20)
    world.pay(number)
    before = counted("shop_callbacks", gateway="wechat_pay", verdict="applied")

    answer = world.notify(number)

    assert answer == SUCCESS
    assert world.status(order) == "paid"
    assert [ticket["status"] for ticket in world.mei.tickets(order["id"])] == ["valid", "valid"]
    assert world.mei.get(f"/bookings/{order['bookings'][0]['id']}").json["status"] == "confirmed"
    assert world.seats_taken(order) == 2
    assert world.events() == [("TRANSACTION.SUCCESS", "applied")]
    assert world.attention() == []
    assert counted("shop_callbacks", gateway="wechat_pay", verdict="applied") == before + 1


def test_the_callback_is_answered_in_json_without_a_cookie(world):
    _, _, number = world.opened()
    world.pay(number)
    headers, body = world.genuine(number)

    answer = post(world, body, headers)

    assert (answer.status_code, answer.json()) == (200, {"code": "SUCCESS", "message": "成功"})
    assert answer.headers["Content-Type"] == "application/json"
    assert "Set-Cookie" not in answer.headers


def test_what_proves_a_notice_is_kept_and_nothing_else(world):
    _, _, number = world.opened()
    world.pay(number)
    headers, body = world.genuine(number)

    assert post(world, body, {**headers, "Cookie": "a=b", "Authorization": "Bearer x"}).status_code == 200

    [(kept, text, facts)] = world.sql("SELECT headers, body, facts FROM gateway_events")
    assert set(kept) <= set(KEPT_HEADERS)
    assert kept["Wechatpay-Signature"] == headers["Wechatpay-Signature"]
    assert text.encode() == body
    assert "openid" not in json.dumps(facts)


@both_modes
def test_a_notice_signed_with_the_public_key_counts_as_well(world):
    order, _, number = world.opened()
    world.pay(number)

    assert world.notify(number, signing="public-key") == SUCCESS
    assert world.status(order) == "paid"


@pytest.mark.parametrize("age", [-290, 290])
def test_a_notice_within_five_minutes_is_fresh(world, age):
    order, _, number = world.opened()
    world.pay(number)

    assert world.notify(number, age_seconds=age) == SUCCESS
    assert world.status(order) == "paid"


# Not genuine, not fresh, not well formed

FORGED = {
    "unsigned": ({"signing": "unsigned"}, 400, "missing-header"),
    "probe": ({"signing": "signtest"}, 401, "bad-signature"),
    "wrong key": ({"signing": "wrong-key"}, 401, "bad-signature"),
    "other body": ({"signing": "other-body"}, 401, "bad-signature"),
    "stale": ({"signing": "stale"}, 401, "stale"),
    "old": ({"age_seconds": 310}, 401, "stale"),
    "future": ({"age_seconds": -310}, 401, "stale"),
    "unknown serial": ({"headers": {"Wechatpay-Serial": "4" * 40}}, 401, "unknown-key"),
    "unknown public key": ({"headers": {"Wechatpay-Serial": "PUB_KEY_ID_0" + "1" * 20}}, 401, "unknown-key"),
    "other nonce": ({"headers": {"Wechatpay-Nonce": "0" * 32}}, 401, "bad-signature"),
    "no base64": ({"headers": {"Wechatpay-Signature": "*"}}, 401, "bad-signature"),
    "other algorithm": ({"headers": {"Wechatpay-Signature-Type": "MD5"}}, 400, "malformed"),
    "no signature": ({"headers": {"Wechatpay-Signature": None}}, 400, "missing-header"),
    "no timestamp": ({"headers": {"Wechatpay-Timestamp": None}}, 400, "missing-header"),
    "no nonce": ({"headers": {"Wechatpay-Nonce": None}}, 400, "missing-header"),
    "no serial": ({"headers": {"Wechatpay-Serial": None}}, 400, "missing-header"),
    "no id": ({"envelope": {"id": None}}, 400, "malformed"),
    "an id that is no text": ({"envelope": {"id": 7}}, 400, "malformed"),
    "no type": ({"envelope": {"event_type": None}}, 400, "malformed"),
    "other resource": ({"envelope": {"resource_type": "plain"}}, 400, "malformed"),
    "no resource": ({"envelope": {"resource": None}}, 400, "malformed"),
    "other cipher": ({"envelope": {"resource": {"algorithm": "AES-128-ECB"}}}, 400, "malformed"),
    "no cipher text": ({"envelope": {"resource": {"ciphertext": None}}}, 400, "malformed"),
    "no number": ({"overrides": {"out_trade_no": None}}, 400, "malformed"),
    "no state": ({"overrides": {"trade_state": None}}, 400, "malformed"),
    "odd state": ({"overrides": {"trade_state": "HAPPY"}}, 400, "malformed"),
    "no transaction": ({"overrides": {"transaction_id": None}}, 400, "malformed"),
    "no amount": ({"overrides": {"amount": None}}, 400, "malformed"),
    "amount as text": ({"overrides": {"amount": {"total": "3800"}}}, 400, "malformed"),
    "amount as decimal": ({"overrides": {"amount": {"total": 3800.0}}}, 400, "malformed"),
    "no currency": ({"overrides": {"amount": {"currency": None}}}, 400, "malformed"),
    "no merchant": ({"overrides": {"mchid": None, "sp_mchid": None}}, 400, "malformed"),
    "an id with a zero byte": ({"envelope": {"id": "EV\x00"}}, 400, "malformed"),
    "a number with a zero byte": ({"overrides": {"out_trade_no": "1\x00"}}, 400, "malformed"),
}


@pytest.mark.parametrize("verdict", sorted({verdict for _, _, verdict in FORGED.values()}))
def test_a_notice_that_is_not_genuine_or_not_well_formed_changes_nothing(world, verdict):
    _, _, number = world.opened()
    world.pay(number)
    before = world.contents()
    for crafted, (wanted, status, expected) in FORGED.items():
        if expected != verdict:
            continue
        count = counted("shop_callbacks", gateway="wechat_pay", verdict=verdict)

        answer = world.notify(number, **wanted)

        assert answer["status"] == status, crafted
        assert json.loads(answer["body"]) == {"code": "FAIL", "message": verdict}, crafted
        assert world.contents() == before, crafted
        assert counted("shop_callbacks", gateway="wechat_pay", verdict=verdict) == count + 1, crafted


@pytest.mark.parametrize("wanted", [{"signing": "wrong-key"}, {"signing": "stale"}, {"overrides": {"mchid": None}}])
@pytest.mark.parametrize("mode", ["domestic"])
def test_the_same_goes_for_a_merchant_in_china(world, wanted):
    _, _, number = world.opened()
    world.pay(number)
    before = world.contents()

    assert world.notify(number, **wanted)["status"] in {400, 401}
    assert world.contents() == before


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 400), (b"{}", 400), (b"[]", 400), (b"\xff\xfe", 400), (b"x" * 65537, 413)]
)
def test_anything_else_is_refused_too(world, body, status):
    before = world.contents()

    answer = post(world, body)

    assert (answer.status_code, answer.json()["code"]) == (status, "FAIL")
    assert world.contents() == before


def test_a_signed_body_that_is_no_notice_is_malformed(world):
    before = world.contents()
    for body in (b"[]", b"not json", b'{"id": "1"}', '{"id": "1"}'.encode("utf-16"), b"\xff", b"[" * 50_000):
        answer = post(world, body, world.sign(body))

        assert (answer.status_code, answer.json()["message"]) == (400, "malformed"), body[:20]
    assert world.contents() == before


def test_a_signed_body_in_another_encoding_is_malformed(world):
    _, _, number = world.opened()
    world.pay(number)
    _, body = world.genuine(number)
    other = body.decode().encode("utf-16")

    answer = post(world, other, world.sign(other))

    assert (answer.status_code, answer.json()["code"]) == (400, "FAIL")


def test_a_notice_whose_id_is_half_a_character_is_malformed(world):
    _, _, number = world.opened()
    world.pay(number)
    _, body = world.genuine(number)
    event_id = json.loads(body)["id"]
    other = body.replace(event_id.encode(), rb"\ud800")

    answer = post(world, other, world.sign(other))

    assert (answer.status_code, answer.json()["code"]) == (400, "FAIL")


def test_an_account_that_is_not_set_up_is_not_called_back(world):
    world.app.extensions["payment_gateways"].clear()

    answer = post(world)

    assert (answer.status_code, answer.json()) == (404, {"code": "FAIL", "message": "not-set-up"})


# Genuine, but not to be read or not to be stored


def test_a_notice_our_key_does_not_open_is_sent_again_and_the_staff_told(world):
    _, _, number = world.opened()
    world.pay(number)
    damaged = {"envelope": {"resource": {"nonce": "000000000000"}}}

    failed(world.notify(number, **damaged), 500, "undecryptable")
    failed(world.notify(number, **damaged), 500, "undecryptable")

    assert world.attention() == [("undecryptable-notice", "wechat_pay")]
    assert world.events() == []


@pytest.fixture
def without_database(world, closed_port):
    """The same shop, whose database is away."""
    environ = {
        "SHOP_ENV": "testing",
        "DATABASE_URL": f"postgresql://shop@127.0.0.1:{closed_port}/shop",
        "SECRET_KEY": world.settings.secret_key,
        "SHOP_PUBLIC_URL": world.settings.public_url,
        **world.wechat.credentials.settings(world.mode, world.wechat.address),
    }
    app = create_app(replace(read(environ), rate_limits=False))

    def leave():
        root._behind[:] = [app]

    yield leave
    root._behind[:] = [world.app]
    with app.app_context():
        db.engine.dispose()


@both_modes
def test_a_notice_that_cannot_be_stored_is_sent_again(world, without_database):
    order, _, number = world.opened()
    world.pay(number)
    without_database()
    failed(world.notify(number), 500, "not-stored")
    failed(world.notify(number, signing="wrong-key"), 401, "bad-signature")

    root._behind[:] = [world.app]
    assert world.notify(number) == SUCCESS
    assert world.status(order) == "paid"


def test_a_notice_that_can_neither_be_read_nor_told_is_sent_again(world, without_database):
    _, _, number = world.opened()
    world.pay(number)
    without_database()

    answer = world.notify(number, envelope={"resource": {"nonce": "000000000000"}})

    assert (answer["status"], json.loads(answer["body"])["code"]) == (500, "FAIL")


def test_a_notice_waits_for_its_order_no_longer_than_wechat_pay_waits_for_us(world):
    order, _, number = world.opened()
    world.pay(number)
    with world.app.app_context(), db.engine.begin() as other:
        other.exec_driver_sql("SELECT FROM orders FOR UPDATE")
        began = time.monotonic()
        failed(world.notify(number), 500, "not-stored")
        assert time.monotonic() - began < 5

    assert world.events() == []
    assert world.notify(number) == SUCCESS
    assert world.status(order) == "paid"


# Again and again


@both_modes
def test_a_notice_that_comes_again_is_acknowledged_and_changes_nothing(world):
    order, _, number = world.opened()
    world.pay(number)

    assert world.notices(number, times=3) == [SUCCESS] * 3

    assert world.events() == [("TRANSACTION.SUCCESS", "applied")]
    assert world.story(order)[-2:] == ["payment.succeeded", "order.paid"]
    assert len(world.mei.tickets(order["id"])) == 2


def test_fifty_copies_at_once_confirm_once(world):
    order, _, number = world.opened()
    world.pay(number)

    answers = world.notices(number, times=50, concurrent=True)

    assert answers == [SUCCESS] * 50
    assert world.events() == [("TRANSACTION.SUCCESS", "applied")]
    assert world.story(order).count("order.paid") == 1
    assert len(world.mei.tickets(order["id"])) == 2
    assert world.seats_taken(order) == 2


def test_ten_notices_of_one_payment_at_once_confirm_once(world):
    order, _, number = world.opened()
    world.pay(number)

    answers = at_once(*[lambda: world.notify(number)] * 10)

    assert answers == [SUCCESS] * 10
    assert sorted(outcome for _, outcome in world.events()) == ["applied"] + ["duplicate"] * 9
    assert world.story(order).count("order.paid") == 1
    assert world.attention() == []


def test_an_event_id_known_already_is_not_acted_upon_whatever_it_says_now(world):
    order, _, number = world.opened()
    other, _, another = world.opened()
    world.pay(number)
    world.pay(another)

    assert world.notify(number, envelope={"id": "EV-1"}) == SUCCESS
    assert world.notify(another, envelope={"id": "EV-1"}) == SUCCESS

    assert (world.status(order), world.status(other)) == ("paid", "pending")
    assert world.attention() == []


@both_modes
@pytest.mark.parametrize("changed", ["amount", "currency", "transaction"])
def test_other_news_of_a_payment_that_is_known_is_for_the_staff(world, changed):
    _order, _, number = world.opened()
    world.arrive(number)
    news = {
        "amount": {"amount": {"total": 1}},
        "currency": {"amount": {"currency": OTHER_CURRENCY[world.mode]}},
        "transaction": {"transaction_id": "4200000000202611220000000000"},
    }[changed]
    before = {name: digest for name, digest in world.contents().items() if name in {"orders", "payments", "refunds"}}

    assert world.notify(number, overrides=news) == SUCCESS

    assert world.attention() == [("changed-payment", number)]
    after = world.contents()
    assert {name: after[name] for name in before} == before
    assert world.events()[-1] == ("TRANSACTION.SUCCESS", "contradiction")


def test_a_transaction_counted_for_one_attempt_is_not_counted_for_another(world):
    _order, _, number = world.opened()
    world.arrive(number)
    other, _, another = world.opened()
    taken = world.payment(number).transaction_id

    assert world.notify(another, overrides={"transaction_id": taken}) == SUCCESS

    assert world.status(other) == "pending"
    assert world.attention() == [("changed-payment", another)]


def test_two_gateways_may_give_two_transactions_the_same_id(world):
    world.falsified = True
    _order, _, number = world.opened()
    world.arrive(number)
    world.sql("UPDATE payments SET gateway = 'another'")
    other, _, another = world.opened()
    world.pay(another)

    assert world.notify(another, overrides={"transaction_id": world.payment(number).transaction_id}) == SUCCESS

    assert world.status(other) == "paid"


# Genuine, but not what was expected


def test_a_notice_of_one_gateway_is_not_for_a_payment_of_another(world):
    order, _, number = world.opened()
    world.pay(number)
    world.sql("UPDATE payments SET gateway = 'another'")

    assert world.notify(number) == SUCCESS

    assert world.status(order) == "pending"
    assert world.attention() == [("unmatched-payment", number)]


def test_money_that_somebody_else_sent_back_is_for_the_staff(world):
    order, _, number = world.opened()
    world.pay(number)

    assert world.notify(number, overrides={"trade_state": "REFUND"}) == SUCCESS

    assert world.status(order) == "paid"
    assert world.kinds() == ["refunded-elsewhere"]


@both_modes
@pytest.mark.parametrize("less_or_more", [-1, 1])
def test_another_amount_puts_the_order_in_review(world, less_or_more):
    order, _, number = world.opened()

    world.arrive(number, total=3800 + less_or_more)

    assert world.status(order) == "in_review"
    assert world.seats_taken(order) == 2
    assert world.mei.tickets(order["id"]) == []
    assert world.refunds(order) == []
    [(kind, subject)] = world.attention()
    assert (kind, subject.replace("-", "")) == ("amount-mismatch", number[:10])
    assert "order.in_review" in world.story(order)


@both_modes
def test_another_currency_puts_the_order_in_review(world):
    order, _, number = world.opened()

    world.arrive(number, currency=OTHER_CURRENCY[world.mode])

    assert world.status(order) == "in_review"
    assert world.kinds() == ["amount-mismatch"]


@both_modes
@pytest.mark.parametrize("field", ["merchant", "app"])
def test_a_notice_of_another_merchant_leaves_the_order_alone(world, field):
    order, _, number = world.opened()
    world.pay(number)
    app = {"global": "sub_appid", "domestic": "appid"}[world.mode]
    others = OTHERS[world.mode] if field == "merchant" else {app: "wx0000000000000000"}

    assert world.notify(number, overrides=others) == SUCCESS

    assert world.status(order) == "pending"
    assert world.attention() == [("foreign-merchant", number)]
    assert world.events() == [("TRANSACTION.SUCCESS", "foreign-merchant")]


@both_modes
def test_money_for_an_order_nobody_placed_is_for_the_staff(world):
    before = counted("shop_attention", kind="unmatched-payment")

    assert world.notify("nobodys-order") == SUCCESS
    assert world.notify("nobodys-order") == SUCCESS

    assert world.attention() == [("unmatched-payment", "nobodys-order")]
    assert world.sql("SELECT times FROM attention") == [(2,)]
    assert counted("shop_attention", kind="unmatched-payment") == before + 2


ELSEWHERE = {
    "SUCCESS": ("refunded-elsewhere", ["refunded-elsewhere"], "refunded", "succeeded"),
    "ABNORMAL": ("refunded-elsewhere", ["refund-failed", "refunded-elsewhere"], "paid", "needs_attention"),
    "CLOSED": ("unknown-refund", ["unmatched-refund"], "paid", None),
}


@both_modes
@pytest.mark.parametrize("told", ELSEWHERE)
def test_a_refund_we_did_not_ask_for_is_recorded_for_the_staff(world, told):
    order = world.paid()
    event, (outcome, kinds, status, recorded) = f"REFUND.{told}", ELSEWHERE[told]

    answer = world.notify(
        world.number(order),
        out_refund_no="by-hand-1",
        overrides={"refund_status": told},
        envelope={"id": "EV-R", "event_type": event},
    )

    assert answer == SUCCESS
    assert world.events()[-1] == (event, outcome)
    assert world.kinds() == kinds
    assert world.status(order) == status
    rows = [(row.amount, row.status, row.origin, row.reason) for row in world.refund_rows(order)]
    assert rows == ([(3800, recorded, "gateway", "elsewhere")] if recorded else [])
    assert [ticket["status"] for ticket in world.mei.tickets(order["id"])] == ["valid", "valid"]


@both_modes
def test_a_refund_of_another_merchant_is_not_ours(world):
    order = world.paid()

    assert world.notify(world.number(order), out_refund_no="by-hand-1", overrides=OTHERS[world.mode]) == SUCCESS

    assert world.events()[-1] == ("REFUND.SUCCESS", "foreign-merchant")
    assert world.attention() == [("foreign-merchant", "by-hand-1")]
    assert (world.refunds(order), world.status(order)) == ([], "paid")


def test_an_event_of_a_kind_nobody_knows_is_recorded_for_the_staff(world):
    order, _, number = world.opened()

    assert world.notify(number, envelope={"id": "EV-X", "event_type": "COUPON.USE"}) == SUCCESS

    assert world.attention() == [("unexpected-notice", "EV-X")]
    assert world.status(order) == "pending"


def test_a_notice_that_says_the_money_did_not_come_changes_nothing(world):
    order, _, number = world.opened()

    assert world.notify(number, overrides={"trade_state": "NOTPAY"}) == SUCCESS

    assert world.status(order) == "pending"
    assert world.events() == [("TRANSACTION.SUCCESS", "not-acted-upon")]
    assert [kind for kind, _ in world.attention()] == ["unexpected-notice"]


@pytest.mark.parametrize("total", [0, -1, 2**31, 2**63])
def test_an_amount_no_buyer_can_have_paid_is_malformed_or_for_the_staff(world, total):
    order, _, number = world.opened()
    other, _, another = world.opened()
    world.arrive(another, total=1)

    answer = world.notify(number, overrides={"amount": {"total": total}})

    assert answer["status"] in {200, 400}
    assert ("amount-mismatch" in world.kinds()) or world.status(order) == "pending"
    world.later(hours=25)
    world.sweep()
    assert world.status(order) in {"expired", "cancelled"}
    assert world.status(other) == "cancelled"


# Too late


@both_modes
def test_a_payment_that_comes_late_is_kept_if_the_seats_are_free(world):
    order, _, number = world.opened()
    world.go_to(order["expires_at"], seconds=1)
    world.sweep()
    assert (world.status(order), world.seats_taken(order)) == ("expired", 0)

    world.arrive(number)

    assert world.status(order) == "paid"
    assert world.seats_taken(order) == 2
    assert world.story(order)[-1] == "order.paid_late"
    assert world.refunds(order) == []
    assert len(world.mei.tickets(order["id"])) == 2


@both_modes
def test_a_payment_that_comes_when_the_seats_are_sold_is_owed_back(world):
    departure = world.departure(capacity=2)
    order = world.mei.ordered(departure)
    world.mei.payment(order["id"])
    number = world.number(order)
    world.go_to(order["expires_at"], seconds=1)
    world.sweep()
    world.tourist("lei").held(departure)

    world.arrive(number)

    assert world.status(order) == "expired"
    assert world.refunds(order) == [(3800, world.currency, "late")]
    assert world.attention() == []
    assert world.seats_taken(order) == 2
    assert world.mei.tickets(order["id"]) == []
    text = {one["reason"] for one in world.mei.order(order["id"])["refunds"]}
    assert text == {"Payment came too late, seats no longer free"}


def test_a_payment_that_comes_when_some_of_its_seats_are_sold_takes_none(world):
    free, full = world.departure(), world.departure(capacity=2)
    bookings = [world.mei.held(free)["id"], world.mei.held(full)["id"]]
    order = world.mei.place(*bookings).json
    world.mei.payment(order["id"])
    world.go_to(order["expires_at"], seconds=1)
    world.sweep()
    world.tourist("lei").held(full)

    world.arrive(world.number(order))

    assert world.refunds(order) == [(7600, "EUR", "late")]
    assert (world.catalogue.seats_taken(free), world.catalogue.seats_taken(full)) == (0, 2)


@pytest.mark.parametrize("change", ["cancelled", "started"])
def test_a_payment_that_comes_when_the_departure_is_off_sale_is_owed_back(world, change):
    departure = world.departure()
    order = world.mei.ordered(departure)
    world.mei.payment(order["id"])
    world.go_to(order["expires_at"], seconds=1)
    world.sweep()
    if change == "cancelled":
        world.catalogue.change(departure, status="cancelled")
    else:
        world.later(days=6.9)
        world.catalogue.change(departure, starts_at=world.stored(order).created_at)

    world.arrive(world.number(order))

    assert world.status(order) == "expired"
    assert world.refunds(order) == [(3800, "EUR", "late")]


@both_modes
@pytest.mark.parametrize(("amount", "status"), [({}, "paid"), ({"total": 1}, "in_review")])
def test_what_is_still_open_of_an_order_that_needs_no_more_money_is_closed_by_the_next_sweep(world, amount, status):
    """The first attempt was paid at the moment it was closed for the second: nobody should pay both."""
    order, _, first = world.opened()
    world.mei.payment(order["id"])
    second = world.number(order)
    world.arrive(first, **amount)
    assert (world.status(order), world.at_gateway(second)["state"]) == (status, "NOTPAY")

    world.sweep()

    assert (world.status(order), world.at_gateway(second)["state"]) == (status, "CLOSED")
    assert world.payment(second).status == "closed"


@both_modes
def test_a_second_payment_is_owed_back(world):
    order, _, first = world.opened()
    world.mei.payment(order["id"])
    second = world.number(order)
    world.arrive(second)

    world.arrive(first)

    assert world.status(order) == "paid"
    assert world.refunds(order) == [(3800, world.currency, "double")]
    assert world.attention() == []
    assert world.story(order)[-2:] == ["payment.double", "refund.owed"]
    assert world.notify(first) == SUCCESS
    assert len(world.refunds(order)) == 1


@both_modes
def test_a_payment_of_a_cancelled_order_is_owed_back(world):
    order, _, number = world.opened()
    assert world.mei.post(f"/orders/{order['id']}/cancel").status_code == 200

    world.arrive(number)

    assert world.status(order) == "cancelled"
    assert world.refunds(order) == [(3800, world.currency, "late")]
    assert world.seats_taken(order) == 0


@both_modes
def test_a_late_payment_of_another_amount_is_owed_back_as_it_came(world):
    order, _, number = world.opened()
    world.go_to(order["expires_at"], seconds=1)
    world.sweep()

    world.arrive(number, total=3700, currency=OTHER_CURRENCY[world.mode])

    assert world.status(order) == "expired"
    assert world.refunds(order) == [(3700, OTHER_CURRENCY[world.mode], "mismatched")]


@both_modes
def test_the_last_seat_goes_to_one_of_a_late_payer_and_a_new_buyer(world):
    departure = world.departure(capacity=2)
    order = world.mei.ordered(departure)
    world.mei.payment(order["id"])
    number = world.number(order)
    world.go_to(order["expires_at"], seconds=1)
    world.sweep()
    world.pay(number)
    lei = world.tourist("lei")

    notified, held = at_once(lambda: world.notify(number), lambda: lei.hold(departure).status_code)

    assert notified == SUCCESS
    assert (world.status(order), held) in {("paid", 409), ("expired", 201)}
    assert world.catalogue.seats_taken(departure) == 2
    assert len(world.refunds(order)) == (held == 201)


@both_modes
def test_a_callback_calls_nobody(world):
    order, _, number = world.opened()
    world.pay(number)
    watched = world.watch()
    world.control("/faults", {"path_prefix": "/", "kind": "500-before", "times": 1000})

    assert world.notify(number, headers={"Wechatpay-Serial": "4" * 40})["status"] == 401
    assert world.notify(number, signing="wrong-key")["status"] == 401
    assert world.notify(number) == SUCCESS
    assert world.notify("nobodys-order") == SUCCESS

    assert world.faults_left() == [1000]
    assert watched.calls == []
    assert world.status(order) == "paid"

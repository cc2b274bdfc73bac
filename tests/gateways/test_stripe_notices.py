"""Events of Stripe: only what is genuine, fresh and ours is a reason to ask, and nothing is more than that."""

import copy
import hmac
import json
import secrets
from datetime import UTC, datetime, timedelta

import pytest
import stripe as library

from shop.core import clock
from shop.gateways.errors import NoticeRefused
from shop.gateways.payment import Subject
from shop.gateways.stripe.notices import LARGEST_NOTICE
from tests.simulators.merchant import NUMBER, REFUND, bought, charge, gateway_at, repayment
from tests.simulators.stripe import SimulatedStripe

NOW = datetime(2026, 7, 14, 9, 30, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def now(time_machine):
    """The moment of these tests."""
    time_machine.move_to(NOW, tick=False)


@pytest.fixture(scope="module")
def stripe():
    with SimulatedStripe() as simulated:
        yield simulated


@pytest.fixture
def gateway(stripe):
    stripe.events.clear()
    return gateway_at(stripe)


@pytest.fixture
def paid(stripe, gateway):
    """The gateway's number of a payment that was made in this test."""
    return bought(stripe, gateway, number=f"P{secrets.token_hex(12)}").transaction_id


@pytest.fixture
def event(stripe, gateway, paid):
    """The event that a session was paid."""
    return stripe.events[-1]


def read(gateway, message, now=NOW):
    headers, body = message
    return gateway.read_notice(headers, body, now)


def refused(gateway, message, now=NOW):
    with pytest.raises(NoticeRefused) as refusal:
        read(gateway, message, now)
    return refusal.value.fault


def signed_text(stripe, body):
    """Any body, duly signed, by Stripe's own library."""
    header = library.WebhookSignature.generate_signature_header(body, stripe.webhook_secret, int(NOW.timestamp()))
    return {"Stripe-Signature": header}, body.encode()


def test_a_paid_session_is_a_reason_to_ask_about_its_number(stripe, gateway, event):
    notice = read(gateway, stripe.signed(event))

    assert (notice.event_id, notice.event_type) == (event["id"], "checkout.session.completed")
    number = event["data"]["object"]["client_reference_id"]
    assert (notice.kind, notice.subject) == ("payment", Subject(payment_number=number))
    assert (notice.payment, notice.refund) == (None, None)
    assert notice.facts["amount_total"] == 3800


def test_what_the_buyer_told_stripe_does_not_come_along(stripe, gateway, paid):
    stripe.dispute(paid)
    for event in stripe.events:
        notice = read(gateway, stripe.signed(event))
        for secret in ("mei@", "Mei Lin", "4242", "fp42", "+336", "client_secret"):
            assert secret not in repr(notice), event["type"]


def test_a_message_the_library_signs_is_read(stripe, gateway, event):
    assert read(gateway, signed_text(stripe, json.dumps(event))).event_id == event["id"]


def test_the_header_is_found_however_it_is_capitalised(stripe, gateway, event):
    headers, body = stripe.signed(event)

    assert gateway.read_notice({"STRIPE-SIGNATURE": headers["Stripe-Signature"]}, body, NOW).event_id == event["id"]


def test_a_session_that_is_paid_later_tells_each_step(stripe, gateway):
    for number, succeeded in (("P-LATER-1", True), ("P-LATER-2", False)):
        gateway.open(charge(number=number, expires_at=clock.now() + timedelta(minutes=40)))
        session = stripe.session_of(number)
        stripe.pay_later(session["id"])
        stripe.end_payment(session["id"], succeeded=succeeded)
    told = [read(gateway, stripe.signed(event)) for event in stripe.events]

    about = [(one.event_type, one.subject.payment_number) for one in told if one.event_type.startswith("checkout")]
    assert about == [
        ("checkout.session.completed", "P-LATER-1"),
        ("checkout.session.async_payment_succeeded", "P-LATER-1"),
        ("checkout.session.completed", "P-LATER-2"),
        ("checkout.session.async_payment_failed", "P-LATER-2"),
    ]
    assert {one.kind for one in told if one.event_type.startswith("payment_intent")} == {"payment"}


def test_a_session_that_ended_is_a_reason_to_ask(stripe, gateway):
    gateway.open(charge(number="P-ENDED"))
    stripe.expire(stripe.session_of("P-ENDED")["id"])

    assert read(gateway, stripe.signed(stripe.events[-1])).subject == Subject(payment_number="P-ENDED")


def test_a_payment_names_our_number_and_stripes(stripe, gateway, paid):
    [event] = [one for one in stripe.events if one["type"] == "payment_intent.succeeded"]
    number = event["data"]["object"]["metadata"]["number"]

    assert read(gateway, stripe.signed(event)).subject == Subject(payment_number=number, transaction_id=paid)
    event["data"]["object"]["metadata"] = {}
    assert read(gateway, stripe.signed(event)).subject == Subject(transaction_id=paid)


def test_a_session_somebody_else_opened_is_not_asked_about(stripe, gateway, event):
    event["data"]["object"]["client_reference_id"] = None
    notice = read(gateway, stripe.signed(event))

    assert (notice.kind, notice.subject) == ("other", None)


def test_refunds_are_asked_about_by_payment_and_by_refund(stripe, gateway, paid):
    stripe.let_refunds("pending")
    stripe.events.clear()
    made = gateway.refund(repayment(paid, number=f"{REFUND}{paid}"))
    stripe.settle_refund(made.refund_id, "failed")
    stripe.let_refunds("succeeded")
    told = {event["type"]: read(gateway, stripe.signed(event)) for event in stripe.events}

    assert {one.kind for one in told.values()} == {"refund"}
    by_refund = Subject(transaction_id=paid, refund_id=made.refund_id)
    assert told["refund.created"].subject == told["refund.failed"].subject == by_refund
    assert told["charge.refunded"].subject == Subject(transaction_id=paid)


@pytest.mark.parametrize("kind", ["refund.updated", "charge.refund.updated"])
def test_a_refund_that_changed_is_asked_about(stripe, gateway, paid, kind):
    refund = stripe.refund_in_dashboard(paid, 100)
    notice = read(gateway, stripe.signed(stripe.account.tell(kind, refund)))

    assert (notice.kind, notice.subject) == ("refund", Subject(transaction_id=paid, refund_id=refund["id"]))


@pytest.mark.parametrize("expanded", [True, False], ids=["whole", "by its id"])
def test_a_payment_is_found_whole_or_by_its_id(stripe, gateway, paid, expanded):
    refund = dict(stripe.refund_in_dashboard(paid, 100))
    refund["payment_intent"] = {"id": paid} if expanded else paid

    assert read(gateway, stripe.signed(stripe.account.tell("refund.created", refund))).subject.transaction_id == paid


def test_disputes_are_asked_about(stripe, gateway, paid):
    stripe.events.clear()
    dispute = stripe.dispute(paid)
    stripe.close_dispute(dispute["id"], "won")
    told = [read(gateway, stripe.signed(event)) for event in stripe.events]

    assert [one.event_type for one in told] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
    ]
    assert {one.kind for one in told} == {"dispute"}
    assert {one.subject for one in told} == {Subject(transaction_id=paid, dispute_id=dispute["id"])}


@pytest.mark.parametrize("kind", ["charge.succeeded", "payout.paid", "customer.created", "checkout.session.unheard"])
def test_anything_else_is_received_and_is_about_nothing(stripe, gateway, event, kind):
    event["type"] = kind
    notice = read(gateway, stripe.signed(event))

    assert (notice.kind, notice.subject) == ("other", None)


@pytest.mark.parametrize("changed", [{"livemode": True}, {"account": "acct_of_somebody"}], ids=str)
def test_an_event_of_another_mode_or_account_is_about_nothing_of_ours(stripe, gateway, event, changed):
    notice = read(gateway, stripe.signed(event | changed))

    assert (notice.kind, notice.subject) == ("other", None)
    assert notice.facts["merchant_is_ours"] is False


def test_an_account_with_real_money_does_not_listen_to_tests(stripe, event):
    live = gateway_at(stripe, api_key="sk_live_made_up")

    assert read(live, stripe.signed(event)).kind == "other"
    assert read(live, stripe.signed(event | {"livemode": True})).kind == "payment"


@pytest.mark.parametrize("version", ["2017-08-15", None])
def test_an_event_in_another_version_is_only_believed_for_what_to_ask_about(stripe, gateway, event, version):
    notice = read(gateway, stripe.signed(event | {"api_version": version}))

    assert notice.subject.payment_number
    assert "amount_total" not in notice.facts
    assert notice.facts["api_version"] == version


def test_an_event_in_another_version_that_is_not_understood_is_about_nothing(stripe, gateway, event):
    event["data"]["object"]["client_reference_id"] = {"now": "an object"}

    assert refused(gateway, stripe.signed(event)) == "malformed"
    assert read(gateway, stripe.signed(event | {"api_version": "2031-01-01.fern"})).kind == "other"


@pytest.mark.parametrize("header", ["", None])
def test_no_signature_is_refused(stripe, gateway, event, header):
    body = stripe.signed(event)[1]

    assert refused(gateway, ({"Stripe-Signature": header} if header is not None else {}, body)) == "missing-header"


@pytest.mark.parametrize(
    "header",
    [
        "nonsense",
        "t=,v1=00",
        "t=abc,v1=00",
        "t=-5,v1=00",
        "t=1_784_021_415,v1=00",
        "t=1784021415",
        "v1=00",
        "t=1784021415,v0=00",
        "t=1784021415,t=1784021416,v1=00",
        "t=" + "9" * 400 + ",v1=00",
    ],
)
def test_a_signature_that_is_not_one_is_refused(gateway, header):
    assert refused(gateway, ({"Stripe-Signature": header}, b"{}")) == "malformed"


@pytest.mark.parametrize("signature", ["00", "é", "", "0" * 64, "🂡"])
def test_a_false_signature_is_refused(gateway, signature):
    header = f"t={int(NOW.timestamp())},v1={signature}"

    assert refused(gateway, ({"Stripe-Signature": header}, b"{}")) == "bad-signature"


def test_another_secret_body_or_time_is_refused(stripe, gateway, event):
    headers, body = stripe.signed(event)

    assert refused(gateway, stripe.signed(event, secret="whsec_of_somebody_else")) == "bad-signature"
    assert refused(gateway, (headers, body.replace(b"3800", b"1"))) == "bad-signature"
    later = headers["Stripe-Signature"].replace(f"t={int(NOW.timestamp())}", f"t={int(NOW.timestamp()) + 1}")
    assert refused(gateway, ({"Stripe-Signature": later}, body)) == "bad-signature"


def test_the_old_scheme_alone_is_refused(stripe, gateway, event):
    headers, body = stripe.signed(event)

    assert refused(gateway, ({"Stripe-Signature": headers["Stripe-Signature"].replace("v1=", "v0=")}, body))


def test_while_a_secret_is_replaced_either_signature_will_do(stripe, gateway, event):
    headers, body = stripe.signed(event)
    ours = headers["Stripe-Signature"]
    seconds, signature = ours.split(",")

    for header in (f"{ours},v1={'0' * 64}", f"{seconds},v1={'0' * 64},{signature}", f"{seconds}, {signature}"):
        assert gateway.read_notice({"Stripe-Signature": header}, body, NOW).event_id == event["id"]


@pytest.mark.parametrize("seconds", [-300, 300])
def test_five_minutes_are_fresh_on_both_sides(stripe, gateway, event, seconds):
    assert read(gateway, stripe.signed(event, at=NOW.timestamp() + seconds)).event_id == event["id"]


@pytest.mark.parametrize("seconds", [-301, 301, -86400, 86400])
def test_older_and_from_the_future_are_refused(stripe, gateway, event, seconds):
    assert refused(gateway, stripe.signed(event, at=NOW.timestamp() + seconds)) == "stale"


@pytest.mark.parametrize(
    "body",
    ["", "null", "[]", "5", '"text"', "{", "{}", "[" * 100_000, '{"id": "evt_1"}', '{"id": 5, "type": "x"}'],
    ids=lambda body: body[:12],
)
def test_a_signed_body_that_is_no_event_is_refused(stripe, gateway, body):
    assert refused(gateway, signed_text(stripe, body)) == "malformed"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("id",), None),
        (("id",), "evt\n1"),
        (("type",), ["checkout.session.completed"]),
        (("livemode",), "false"),
        (("livemode",), None),
        (("data",), []),
        (("data", "object"), "cs_test_1"),
        (("data", "object", "client_reference_id"), 5),
        (("api_version",), 5),
    ],
    ids=str,
)
def test_an_event_with_an_odd_field_is_refused(stripe, gateway, event, path, value):
    odd = copy.deepcopy(event)
    inner = odd
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value

    assert refused(gateway, stripe.signed(odd)) == "malformed"


def test_bytes_that_are_no_text_are_refused(stripe, gateway, event):
    body = b"\xff\xfe"
    seconds = int(NOW.timestamp())
    signature = hmac.new(stripe.webhook_secret.encode(), b"%d." % seconds + body, "sha256").hexdigest()

    assert refused(gateway, ({"Stripe-Signature": f"t={seconds},v1={signature}"}, body)) == "malformed"


def test_a_body_without_end_is_not_read(stripe, gateway, event):
    assert refused(gateway, stripe.signed(event | {"padding": "x" * LARGEST_NOTICE})) == "malformed"


def test_an_unpaid_number_stays_what_it_is(stripe, gateway):
    """An event is no proof: what it says of its number is asked anew."""
    reference = gateway.open(charge(number=f"{NUMBER}-UNPAID"))
    session = copy.deepcopy(stripe.session_of(f"{NUMBER}-UNPAID"))
    claimed = stripe.account.tell("checkout.session.completed", session | {"payment_status": "paid"})

    assert read(gateway, stripe.signed(claimed)).payment is None
    assert gateway.find(f"{NUMBER}-UNPAID", reference).state == "unpaid"

"""Stripe beside WeChat Pay: a second way to pay, whose events are only a reason to ask."""

import pytest

from shop.core import clock
from shop.payments.reconcile import reconcile_due
from tests.payments.test_cancelling_paid import finish, ticket_states
from tests.payments.world import SUCCESS, WatchedGateway
from tests.simulators.merchant import gateway_at
from tests.simulators.stripe import SimulatedStripe

METHOD = "stripe_checkout"


@pytest.fixture
def stripe(world):
    """A simulated Stripe, set up as the shop's second gateway."""
    with SimulatedStripe() as simulated:
        world.app.extensions["payment_gateways"][METHOD] = gateway_at(simulated)
        yield simulated


def opened(world, **departure):
    """An order with a payment open at Stripe, and its number there."""
    order = world.order(**departure)
    answer = world.mei.post(f"/orders/{order['id']}/payments", {"method": METHOD})
    assert answer.status_code == 201, answer.text
    return order, world.number(order), answer.json


def deliver(world, stripe):
    """Let Stripe tell all it has to tell."""
    return stripe.deliver(f"{world.settings.public_url}/callbacks/stripe")


def paid(world, stripe, **departure):
    order, number, _ = opened(world, **departure)
    stripe.pay(stripe.session_of(number)["id"])
    assert set(deliver(world, stripe)) == {200}
    world.sweep()
    assert world.status(order) == "paid"
    return order


def intent(world, order):
    return world.payments(order)[-1].transaction_id


def test_an_order_is_paid_on_a_page_of_stripes(world, stripe):
    order, number, payment = opened(world)
    assert sorted(order["payment_methods"]) == ["stripe_checkout", "wechat_mini_program"]
    assert payment["client"] == {"url": stripe.session_of(number)["url"]}

    stripe.pay(stripe.session_of(number)["id"])
    assert set(deliver(world, stripe)) == {200}
    assert world.status(order) == "pending"
    world.sweep()

    assert world.status(order) == "paid"
    assert ticket_states(world, order) == ["valid", "valid"]
    assert {outcome for _, outcome in world.events()} <= {"applied", "duplicate", "unpaid", "not-acted-upon"}
    assert world.attention() == []


def test_an_event_is_only_a_reason_to_ask(world, stripe):
    order, number, _ = opened(world)
    session = stripe.session_of(number)
    stripe.account.tell("checkout.session.completed", {**session, "payment_status": "paid"})

    assert set(deliver(world, stripe)) == {200}
    world.sweep()

    assert world.status(order) == "pending"


def test_an_event_told_again_is_asked_about_once(world, stripe):
    order = paid(world, stripe)
    events = stripe.events
    asked = len(stripe.calls)

    for event in events:
        headers, body = stripe.signed(event)
        answer = world.app.test_client().post("/callbacks/stripe", data=body, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (200, "SUCCESS")
    world.sweep()

    assert len(stripe.calls) == asked
    assert world.status(order) == "paid"


@pytest.mark.parametrize("wrong", ["secret", "old", "future", "body", "none"])
def test_an_event_that_proves_nothing_is_refused(world, stripe, wrong):
    opened(world)
    stripe.account.tell("checkout.session.completed", {"id": "cs_1", "object": "checkout.session"})
    at = {"old": -301, "future": 330}.get(wrong, 0) + clock.now().timestamp()
    headers, body = stripe.signed(stripe.events[-1], "whsec_other" if wrong == "secret" else None, at)
    headers = {} if wrong == "none" else headers
    before = world.contents()

    answer = world.app.test_client().post(
        "/callbacks/stripe", data=body + (b" " if wrong == "body" else b""), headers=headers
    )

    assert 400 <= answer.status_code < 500
    assert answer.json["code"] == "FAIL"
    assert world.contents() == before


def test_without_stripe_nobody_receives_its_events(world):
    answer = world.app.test_client().post("/callbacks/stripe", data=b"{}")

    assert (answer.status_code, answer.json["code"]) == (404, "FAIL")


def test_nothing_of_the_buyers_is_kept_of_an_event(world, stripe):
    paid(world, stripe)

    bodies = [body for (body,) in world.sql("SELECT body FROM gateway_events")]
    assert bodies
    assert all(body.startswith("sha256:") for body in bodies)


def test_a_payment_nobody_told_of_is_found_by_asking(world, stripe):
    order, number, _ = opened(world)
    stripe.pay(stripe.session_of(number)["id"])

    world.later(seconds=31)
    world.sweep()

    assert world.status(order) == "paid"


def test_an_order_that_is_not_paid_in_time_closes_its_page(world, stripe):
    order, number, _ = opened(world)
    world.go_to(world.mei.order(order["id"])["expires_at"], seconds=1)

    world.sweep()

    assert world.status(order) == "expired"
    assert stripe.session_of(number)["status"] == "expired"


def test_paid_at_both_gateways_the_second_goes_back(world, stripe):
    order, number, _ = opened(world)
    session = stripe.session_of(number)
    world.mei.payment(order["id"])
    assert session["status"] == "expired"
    world.arrive(world.number(order))
    session["status"] = "open"  # paid in the very moment in which it was closed
    stripe.pay(session["id"])

    deliver(world, stripe)
    world.sweep()
    finish(world)

    assert world.status(order) == "paid"
    (row,) = world.refund_rows(order)
    assert (row.gateway, row.reason, row.status) == ("stripe", "double", "succeeded")
    assert sum(refund["amount"] for refund in stripe.refunds) == 3800


def test_a_page_that_stripe_will_not_close_is_not_overtaken(world, stripe):
    order, number, _ = opened(world)
    stripe.hold_open(stripe.session_of(number)["id"])

    answer = world.mei.open_payment(order["id"])

    assert (answer.status_code, answer.json["code"]) == (503, "payment-provider-down")
    assert len(world.payments(order)) == 1


def test_refunds_go_through_the_gateway_of_their_payment(world, stripe):
    order = paid(world, stripe)
    assert world.cancel(order).status_code == 200

    finish(world)

    assert world.status(order) == "refunded"
    (refund,) = stripe.refunds
    assert refund["metadata"]["number"] == world.refund_row(order).number


def test_a_refund_under_way_at_stripe_is_waited_for(world, stripe):
    order = paid(world, stripe)
    stripe.let_refunds("pending")
    world.cancel(order)
    world.sweep()
    assert world.refund_row(order).status == "pending"

    stripe.settle_refund(stripe.refunds[0]["id"], "succeeded")
    deliver(world, stripe)
    world.sweep()

    assert world.status(order) == "refunded"


def test_a_refund_without_balance_is_retried_under_its_number(world, stripe):
    order = paid(world, stripe)
    stripe.refuse_refunds("balance_insufficient")
    world.cancel(order)
    world.sweep()
    assert (world.refund_row(order).status, world.refund_row(order).failure) == ("pending", "not-enough")
    stripe.refuse_refunds(None)

    world.later(minutes=2)
    finish(world)

    assert world.status(order) == "refunded"
    assert len(stripe.refunds) == 1


def test_a_refund_made_in_the_dashboard_is_recorded(world, stripe):
    order = paid(world, stripe)
    stripe.refund_in_dashboard(intent(world, order), 1900)

    deliver(world, stripe)
    world.sweep()

    assert (world.refund_row(order).origin, world.refund_row(order).amount) == ("gateway", 1900)
    assert world.status(order) == "partially_refunded"
    assert world.kinds() == ["refunded-elsewhere"]


def test_one_that_is_not_done_at_once_is_not_made_again(world, stripe):
    order = paid(world, stripe)
    stripe.let_refunds("pending")
    stripe.refund_in_dashboard(intent(world, order), 1000)
    deliver(world, stripe)
    world.sweep()
    for _ in range(3):
        world.later(minutes=2)
        world.sweep()

    assert [refund["amount"] for refund in stripe.refunds] == [1000]
    assert world.refund_row(order).status == "pending"
    stripe.settle_refund(stripe.refunds[0]["id"], "succeeded")
    world.later(hours=1)
    world.sweep()
    assert world.status(order) == "partially_refunded"


def test_a_refund_that_fails_days_later_is_owed_again(world, stripe):
    order = paid(world, stripe)
    world.cancel(order)
    finish(world)
    assert world.status(order) == "refunded"

    stripe.settle_refund(stripe.refunds[0]["id"], "failed")
    deliver(world, stripe)
    world.sweep()

    assert world.status(order) == "paid"
    first = world.refund_row(order)
    assert (first.status, first.failure) == ("needs_attention", "closed")
    assert world.kinds() == ["refund-failed"]
    assert world.violations() == []
    done = world.app.test_cli_runner().invoke(args=["refund", "retry", first.number, "--by", "anne@issy"])
    assert done.exit_code == 0, done.output
    finish(world)
    assert world.status(order) == "refunded"
    assert [refund["status"] for refund in reversed(stripe.refunds)] == ["failed", "succeeded"]


def test_a_silent_gateway_does_not_keep_the_others_refunds_waiting(world, stripe):
    at_stripe = [paid(world, stripe) for _ in range(3)]
    at_wechat = world.paid()
    for order in (*at_stripe, at_wechat):
        world.cancel(order)
    stripe.fail("500-before", times=1000)
    failing = world.app.extensions["payment_gateways"][METHOD] = WatchedGateway(gateway_at(stripe))

    world.sweep()

    assert world.gone(at_wechat) == 3800
    assert [call for call, _ in failing.calls] == ["refund"] * 2
    stripe.behave()
    finish(world)


def withheld(world):
    """What the books say a bank holds."""
    lines = "SELECT coalesce(sum(debit - credit), 0) FROM journal_lines WHERE account = 'disputes'"
    return world.sql(lines)[0][0]


class TestDisputes:
    def test_the_tickets_are_blocked_while_it_is_open_and_valid_again_once_won(self, world, stripe):
        order = paid(world, stripe)
        dispute = stripe.dispute(intent(world, order))
        deliver(world, stripe)
        world.sweep()
        assert ticket_states(world, order) == ["void", "void"]
        assert world.kinds() == ["dispute-opened"]
        assert world.seats_taken(order) == 2
        assert world.cancel(order).json["code"] == "nothing-to-cancel"

        stripe.close_dispute(dispute if isinstance(dispute, str) else dispute["id"], "won")
        deliver(world, stripe)
        world.sweep()

        assert ticket_states(world, order) == ["valid", "valid"]
        assert world.attention() == []
        assert [event for event in world.story(order) if event.startswith("dispute")] == [
            "dispute.opened",
            "dispute.won",
        ]

    def test_one_that_is_lost_is_for_the_staff(self, world, stripe):
        order = paid(world, stripe)
        dispute = stripe.dispute(intent(world, order))
        stripe.close_dispute(dispute if isinstance(dispute, str) else dispute["id"], "lost")
        deliver(world, stripe)
        world.sweep()

        assert ticket_states(world, order) == ["void", "void"]
        assert world.kinds() == ["dispute-lost"]
        assert world.sql("SELECT status, amount FROM disputes") == [("lost", 3800)]
        lost = world.sql("SELECT sum(debit) - sum(credit) FROM journal_lines WHERE account = 'losses'")[0][0]
        assert lost == 3800

    def test_an_inquiry_withholds_nothing_until_it_becomes_a_dispute(self, world, stripe):
        order = paid(world, stripe)
        dispute = stripe.dispute(intent(world, order), status="warning_needs_response")
        deliver(world, stripe)
        world.sweep()
        assert withheld(world) == 0

        dispute["status"] = "needs_response"
        stripe.account.tell("charge.dispute.updated", dispute)
        deliver(world, stripe)
        world.sweep()

        assert withheld(world) == 3800
        assert world.story(order).count("dispute.opened") == 1
        assert world.violations() == []

    def test_two_have_to_be_won_before_the_tickets_are_valid_again(self, world, stripe):
        order = paid(world, stripe)
        first, second = (stripe.dispute(intent(world, order), 1000) for _ in range(2))
        deliver(world, stripe)
        world.sweep()
        for dispute, states in ((first, ["void", "void"]), (second, ["valid", "valid"])):
            stripe.close_dispute(dispute["id"], "won")
            deliver(world, stripe)
            world.sweep()
            assert ticket_states(world, order) == states

    def test_one_about_money_that_was_not_kept_for_the_order_blocks_no_ticket(self, world, stripe):
        order = paid(world, stripe)
        stripe.dispute(intent(world, order), 1000)
        world.sql("UPDATE payments SET disposition = 'surplus'")
        deliver(world, stripe)
        world.sweep()

        assert ticket_states(world, order) == ["valid", "valid"]
        world.sql("UPDATE payments SET disposition = 'applied'")

    def test_a_ticket_cancelled_before_stays_void_when_it_is_won(self, world, stripe):
        order = paid(world, stripe)
        gone = world.mei.tickets(order["id"])[1]["id"]
        assert world.cancel(order, world.quote(order, [gone]).json["quote"]).status_code == 200
        dispute = stripe.dispute(intent(world, order), 1000)
        deliver(world, stripe)
        world.sweep()

        stripe.close_dispute(dispute["id"], "won")
        deliver(world, stripe)
        world.sweep()

        assert ticket_states(world, order) == ["valid", "void"]

    def test_what_is_told_otherwise_after_its_end_is_for_the_staff(self, world, stripe):
        order = paid(world, stripe)
        dispute = stripe.dispute(intent(world, order))
        stripe.close_dispute(dispute["id"], "lost")
        deliver(world, stripe)
        world.sweep()

        dispute["status"] = "won"
        stripe.account.tell("charge.dispute.updated", dispute)
        deliver(world, stripe)
        world.sweep()

        assert "changed-dispute" in world.kinds()
        assert ticket_states(world, order) == ["void", "void"]

    def test_one_of_nothing_of_ours_is_for_the_staff(self, world, stripe):
        order = paid(world, stripe)
        world.sql("UPDATE payments SET transaction_id = 'another'")
        stripe.dispute(stripe.sessions[0]["payment_intent"])
        deliver(world, stripe)
        world.sweep()

        assert "unmatched-dispute" in world.kinds()
        assert ticket_states(world, order) == ["valid", "valid"]


def test_events_wait_while_stripe_does_not_answer(world, stripe):
    order, number, _ = opened(world)
    stripe.pay(stripe.session_of(number)["id"])
    deliver(world, stripe)
    stripe.fail("500-before", times=1000)
    world.sweep()
    assert world.status(order) == "pending"
    assert "asked-for" in {outcome for _, outcome in world.events()}
    stripe.behave()

    world.later(minutes=2)
    world.sweep()

    assert world.status(order) == "paid"
    assert "asked-for" not in {outcome for _, outcome in world.events()}


def test_an_event_that_breaks_the_code_keeps_no_other_waiting(world, stripe):
    orders = [opened(world) for _ in range(2)]
    for _, number, _ in orders:
        stripe.pay(stripe.session_of(number)["id"])
    deliver(world, stripe)
    broken = orders[0][1]
    watched = world.app.extensions["payment_gateways"][METHOD] = WatchedGateway(gateway_at(stripe))

    def stumble(_call, number):
        if number == broken:
            raise ValueError(number)

    watched.before = stumble
    world.sweep()
    assert [world.status(order) for order, _, _ in orders] == ["pending", "paid"]

    watched.before = lambda _call, _number: None
    world.later(seconds=46)
    world.sweep()
    assert [world.status(order) for order, _, _ in orders] == ["paid", "paid"]


def test_an_event_that_was_asked_about_is_asked_about_no_more(world, stripe):
    paid(world, stripe)
    asked = len(stripe.calls)

    world.later(minutes=2)
    world.sweep()

    assert len(stripe.calls) == asked


def test_money_at_stripe_for_no_order_of_ours_is_told(world, stripe):
    _, number, _ = opened(world)
    session = stripe.session_of(number)
    session["client_reference_id"] = session["metadata"]["number"] = "strange-1"
    stripe.pay(session["id"])
    deliver(world, stripe)
    world.sweep()

    assert "unmatched-payment" in world.kinds()


def test_stripes_own_books_say_the_same(world, stripe):
    orders = [paid(world, stripe) for _ in range(2)]
    world.cancel(orders[0])
    finish(world)
    day = clock.now().date()
    world.later(hours=30)

    with world.app.app_context():
        reconcile_due()

    told = world.sql(
        "SELECT gateway, day, status, differences FROM reconciliations WHERE gateway = 'stripe' ORDER BY day"
    )
    # Thirty hours after an evening two days are over, not one: each is compared, the day of the sale first.
    assert {(row.gateway, row.status, *row.differences) for row in told} == {("stripe", "clean")}
    assert told[0].day == day


def test_what_moved_at_stripe_alone_is_found(world, stripe):
    order = paid(world, stripe)
    day = clock.now().date()
    stripe.account.objects[stripe.movements[-1]["source"]]["amount"] = 3700
    world.later(hours=30)

    with world.app.app_context():
        reconcile_due()

    told = world.sql("SELECT differences FROM reconciliations WHERE gateway = 'stripe' AND day = :day", day=day)
    (difference,) = told[0][0]
    assert (difference["kind"], difference["there"], difference["here"]) == ("payment-amount", 3700, 3800)
    assert difference["order"] == order["number"]


def test_a_dispute_nobody_told_of_is_found_in_the_night(world, stripe):
    order = paid(world, stripe)
    stripe.dispute(intent(world, order))
    stripe.account.events.clear()
    day = clock.now().date()
    world.later(hours=30)

    with world.app.app_context():
        reconcile_due()

    told = world.sql("SELECT differences FROM reconciliations WHERE gateway = 'stripe' AND day = :day", day=day)
    (difference,) = told[0][0]
    assert (difference["kind"], difference["there"]) == ("dispute-unknown", 3800)


def test_the_page_a_buyer_comes_back_to_speaks_three_languages(world):
    for language, word in (("fr", "boutique"), ("zh-CN", "商店"), ("en", "shop")):
        answer = world.app.test_client().get(f"/paid?lang={language}")
        assert (answer.status_code, answer.headers["Content-Language"]) == (200, language)
        assert word in answer.text


def test_wechat_pays_notices_still_work_beside_it(world, stripe):
    order, _, number = world.opened()
    world.pay(number)

    assert world.notify(number) == SUCCESS
    assert world.status(order) == "paid"

"""Money that goes back: written down, asked for under one number, looked after until it has arrived."""

from datetime import datetime, timedelta

import pytest

from shop.core import clock
from shop.core.db import db, transaction
from shop.core.money import Money
from shop.gateways.errors import PaymentProviderDown
from shop.gateways.payment import GatewayRefund
from shop.orders.services.settle import lock_order
from shop.payments import rules
from shop.payments.errors import RefundTooLarge, TooManyRefunds
from shop.payments.refunding import send_refunds
from shop.payments.services import refunds
from shop.payments.services.refunded import settle_refund
from shop.simulator.refund_desk import RefundHandling
from tests.payments.conftest import both_modes
from tests.payments.world import SUCCESS, at_once


def handling(world, **facts):
    world.simulation.refunds.handling = RefundHandling(**{"notify": False, **facts})


def refund_notice(world, number, **crafted):
    wanted = {"out_refund_no": number, "mode": world.mode, **crafted}
    wanted.setdefault("notify_url", f"{world.settings.public_url}/callbacks/wechat-pay")
    return world.control("/notices", wanted)["answers"]


def shown(world, order):
    (refund,) = world.mei.order(order["id"])["refunds"]
    return refund


def test_a_refund_that_has_gone_is_told_and_booked_once_however_often_it_is_heard_of(world):
    order = world.late()
    world.sweep()
    world.later(seconds=31)
    world.sweep()
    refund = world.refund_row(order)
    facts = GatewayRefund(number=refund.number, state="succeeded", amount=refund.money)
    booked = world.sql("SELECT count(*) FROM journal_entries")

    with world.app.app_context(), transaction():
        assert settle_refund("wechat_pay", facts, now=clock.now()) == "duplicate"

    assert world.story(order).count("refund.succeeded") == 1
    assert world.sql("SELECT count(*) FROM journal_entries") == booked


@both_modes
def test_what_is_owed_goes_back_by_itself(world):
    order = world.late()
    assert shown(world, order)["status"] == "pending"

    world.sweep()
    assert shown(world, order)["status"] == "pending"
    world.later(seconds=31)
    world.sweep()

    assert shown(world, order)["status"] == "succeeded"
    assert world.gone(order) == 3800
    assert world.story(order)[-3:] == ["refund.owed", "refund.accepted", "refund.succeeded"]
    assert world.status(order) == "expired"
    assert world.attention() == []
    assert world.violations() == []


def test_accepted_is_not_done_and_is_asked_about_until_it_is(world):
    handling(world, outcome="hold")
    order = world.late()
    watched = world.watch()
    for seconds in (0, 31, 61, 301):
        world.later(seconds=seconds)
        world.sweep()
    number = world.refund_row(order).number
    assert watched.calls.count(("refund", number)) == 1
    assert watched.calls.count(("find_refund", number)) == 3
    assert shown(world, order)["status"] == "pending"
    assert shown(world, order)["expected_by"] > clock.now().isoformat()

    world.simulation.refunds.settle(number, "succeed", notify=False)
    world.later(minutes=16)
    world.sweep()

    assert shown(world, order)["status"] == "succeeded"
    assert shown(world, order)["expected_by"] is None


@both_modes
def test_a_callback_tells_that_the_money_has_gone(world):
    handling(world, outcome="hold")
    order = world.late()
    world.sweep()
    number = world.refund_row(order).number
    world.simulation.refunds.settle(number, "succeed", notify=False)

    assert refund_notice(world, number, times=3) == [SUCCESS] * 3

    assert shown(world, order)["status"] == "succeeded"
    assert world.story(order).count("refund.succeeded") == 1
    assert world.violations() == []


@pytest.mark.parametrize("fault", ["500-before", "500-after", "timeout-after", "close-connection", "429", "unsigned"])
def test_a_refund_whose_answer_is_lost_is_asked_for_again_under_its_number(world, fault):
    order = world.late()
    path = {"global": "/v3/global/refunds", "domestic": "/v3/refund/domestic/refunds"}[world.mode]
    delay = {"delay_seconds": 0.01} if fault == "timeout-after" else {}
    world.control("/faults", {"path_prefix": path, "kind": fault, "times": 1 if fault == "unsigned" else 2, **delay})
    world.sweep()
    row = world.refund_row(order)
    assert (row.status, row.accepted_at, row.failure) == ("pending", None, "no-answer")

    world.later(seconds=66)
    world.sweep()
    world.later(seconds=31)
    world.sweep()

    assert shown(world, order)["status"] == "succeeded"
    assert world.refund_row(order).number == row.number
    assert world.gone(order) == 3800


@both_modes
def test_too_little_balance_is_waited_for_and_the_buyer_told(world):
    handling(world, not_enough=True)
    order = world.late()
    world.sweep()

    row = world.refund_row(order)
    assert (row.status, row.failure) == ("pending", "not-enough")
    assert world.story(order)[-1] == "refund.waiting"
    assert datetime.fromisoformat(shown(world, order)["expected_by"]) - clock.now() >= timedelta(days=2)
    for _ in range(12):
        world.later(hours=4)
        world.sweep()
    assert world.story(order).count("refund.waiting") == 1
    assert world.attention() == [("refund-stuck", row.number)]

    handling(world)
    for _ in range(2):
        world.later(hours=12)
        world.sweep()
    assert shown(world, order)["status"] == "succeeded"
    assert world.refund_row(order).number == row.number
    assert world.attention() == []


@both_modes
@pytest.mark.parametrize(("outcome", "failure"), [("abnormal", "abnormal"), ("close", "closed")])
def test_a_refund_that_fails_for_good_is_for_the_staff(world, outcome, failure):
    handling(world, outcome=outcome)
    order = world.late()
    world.sweep()
    world.later(seconds=31)
    world.sweep()

    row = world.refund_row(order)
    assert (row.status, row.failure) == ("needs_attention", failure)
    assert shown(world, order)["status"] == "needs_attention"
    assert world.attention() == [("refund-failed", row.number)]
    assert world.story(order)[-1] == "refund.failed"
    assert world.violations() == []
    world.later(days=2)
    world.sweep()
    assert world.refund_row(order).status == "needs_attention"


def command(world, *args):
    return world.app.test_cli_runner().invoke(args=[*args, "--lang", "en"])


def test_a_closed_refund_is_asked_for_again_under_a_new_number(world):
    handling(world, outcome="close")
    order = world.late()
    world.sweep()
    world.later(seconds=31)
    world.sweep()
    first = world.refund_row(order).number
    handling(world)

    assert command(world, "refund", "retry", first, "--by", "anne@issy").output == "Done.\n"
    world.later(seconds=66)
    world.sweep()
    world.later(seconds=31)
    world.sweep()

    old, new = world.refund_rows(order)
    assert (old.status, new.status, new.asked_by) == ("superseded", "succeeded", "anne@issy")
    assert new.number != first
    assert shown(world, order)["status"] == "succeeded"
    assert world.gone(order) == 3800
    assert world.attention() == []
    assert world.violations() == []


def test_a_refund_that_wechat_pay_refuses_is_asked_for_again_under_its_own_number(world):
    order = world.late()
    payment = world.payments(order)[0]
    world.sql("UPDATE payments SET transaction_id = 'nobody-knows' WHERE id = :id", id=payment.id)
    world.sweep()
    row = world.refund_row(order)
    assert row.status == "needs_attention"
    world.sql("UPDATE payments SET transaction_id = :known WHERE id = :id", known=payment.transaction_id, id=payment.id)

    assert command(world, "refund", "retry", row.number, "--by", "anne@issy").exit_code == 0
    assert "not possible" in command(world, "refund", "retry", row.number, "--by", "anne@issy").output.lower()
    world.later(seconds=66)
    world.sweep()
    world.later(seconds=31)
    world.sweep()

    assert (world.refund_row(order).status, world.refund_row(order).number) == ("succeeded", row.number)


def test_a_refund_nobody_knows_cannot_be_retried(world):
    answer = command(world, "refund", "retry", "R-1", "--by", "anne@issy")

    assert answer.exit_code == 1
    assert "There is no refund R-1" in answer.output


def owe(world, order, amount, **facts):
    """A part of a paid order goes back."""
    with world.app.app_context(), transaction():
        locked = lock_order(order["id"])
        refunds.give_back(locked, amount, reason="goodwill", now=clock.now(), **facts)


def test_refunds_of_one_payment_are_asked_for_a_minute_apart(world):
    order = world.paid()
    for _ in range(3):
        owe(world, order, 100)
    watched = world.watch()

    world.sweep()
    assert len([call for call, _ in watched.calls if call == "refund"]) == 1
    world.later(seconds=40)
    world.sweep()
    assert len([call for call, _ in watched.calls if call == "refund"]) == 1
    for _ in range(2):
        world.later(seconds=70)
        world.sweep()

    assert len([call for call, _ in watched.calls if call == "refund"]) == 3
    world.later(minutes=2)
    world.sweep()
    assert {row.status for row in world.refund_rows(order)} == {"succeeded"}
    assert world.status(order) == "partially_refunded"
    assert world.gone(order) == 300


def test_refunds_of_several_orders_go_in_one_sweep(world):
    orders = [world.late() for _ in range(3)]

    world.sweep()

    assert [world.gone(order) for order in orders] == [3800] * 3


def test_the_sum_of_refunds_never_exceeds_what_was_paid(world):
    order = world.paid()
    owe(world, order, 3000)

    with pytest.raises(RefundTooLarge):
        owe(world, order, 801)

    owe(world, order, 800)
    with pytest.raises(RefundTooLarge):
        owe(world, order, 1)
    assert [row.amount for row in world.refund_rows(order)] == [3000, 800]


def test_refunds_asked_for_at_once_do_not_exceed_what_was_paid(world):
    order = world.paid()

    def ask():
        try:
            owe(world, order, 1500)
        except RefundTooLarge:
            return "refused"
        return "owed"

    assert sorted(at_once(*[ask] * 6)) == ["owed"] * 2 + ["refused"] * 4
    assert [row.amount for row in world.refund_rows(order)] == [1500, 1500]
    assert world.violations() == []


def test_a_payment_is_refunded_in_fifty_parts_at_most(world):
    order = world.paid()
    for _ in range(rules.MOST_REFUNDS):
        owe(world, order, 1)

    with pytest.raises(TooManyRefunds):
        owe(world, order, 1)
    owe(world, order, 3750)

    assert len(world.refund_rows(order)) == rules.MOST_REFUNDS + 1


def test_an_order_is_refunded_once_all_of_it_has_gone(world):
    order = world.paid()
    owe(world, order, 1000)
    world.sweep()
    assert world.status(order) == "paid"
    world.later(minutes=1)
    world.sweep()
    assert world.status(order) == "partially_refunded"
    owe(world, order, 2800)
    for _ in range(2):
        world.later(minutes=2)
        world.sweep()

    assert world.status(order) == "refunded"


def test_what_is_promised_has_not_gone(world):
    order = world.paid()
    owe(world, order, 1000)
    for _ in range(2):
        world.later(minutes=1)
        world.sweep()
    handling(world, outcome="hold")
    owe(world, order, 2800)
    for _ in range(3):
        world.later(minutes=2)
        world.sweep()

    assert world.status(order) == "partially_refunded"


def test_several_workers_send_a_refund_once(world):
    order = world.late()
    watched = world.watch()

    def work():
        with world.app.app_context():
            send_refunds()
            db.session.remove()

    at_once(*[work] * 4)

    assert len([call for call, _ in watched.calls if call == "refund"]) == 1
    assert world.gone(order) == 3800


def test_a_refund_that_is_being_asked_for_is_one_workers_for_a_while(world):
    world.late()

    with world.app.app_context():
        with transaction():
            first = refunds.claim_due(now=clock.now())
        with transaction():
            second = refunds.claim_due(now=clock.now())
        with transaction():
            later = refunds.claim_due(now=clock.now() + timedelta(seconds=66))

    assert first is not None
    assert (second, later) == (None, first)


def test_a_refund_that_succeeded_while_it_was_asked_for_waits_no_more(world):
    order = world.late()
    watched = world.watch()

    def tell_and_break(call, number):
        if call == "refund":
            assert refund_notice(world, number) == [SUCCESS]
            raise PaymentProviderDown

    watched.after = tell_and_break
    world.sweep()

    assert (world.refund_row(order).status, world.refund_row(order).failure) == ("succeeded", None)
    assert world.violations() == []


def test_a_refund_the_gateway_does_not_know_after_all_is_asked_for_again(world):
    order = world.late()
    world.sql("UPDATE refunds SET accepted_at = now()")

    world.sweep()
    world.later(seconds=31)
    world.sweep()

    assert shown(world, order)["status"] == "succeeded"
    assert world.gone(order) == 3800


def test_a_refund_that_somebody_else_made_is_never_asked_for(world):
    order = world.late()
    world.sql("UPDATE refunds SET accepted_at = now(), origin = 'gateway'")
    watched = world.watch()

    world.sweep()

    assert [call for call, _ in watched.calls if call == "refund"] == []
    assert shown(world, order)["status"] == "pending"


class TestMadeInTheConsole:
    @both_modes
    def test_it_is_recorded_and_the_staff_decide_about_the_tickets(self, world):
        order = world.paid()
        at_wechat = world.known(world.number(order))
        made = world.simulation.refunds.from_console(at_wechat, 1900, notify=False)

        assert refund_notice(world, made.out_refund_no, times=2) == [SUCCESS] * 2

        row = world.refund_row(order)
        assert (row.origin, row.status, row.amount) == ("gateway", "succeeded", 1900)
        assert world.status(order) == "partially_refunded"
        assert len(world.mei.tickets(order["id"])) == 2
        assert [kind for kind, _ in world.attention()] == ["refunded-elsewhere"]
        assert world.story(order)[-2:] == ["refund.elsewhere", "refund.succeeded"]
        assert world.violations() == []

    def test_those_who_are_told_at_the_same_moment_record_it_once(self, world):
        order = world.paid()
        payment = world.payment(world.number(order))
        facts = GatewayRefund(
            number="console-1",
            state="succeeded",
            payment_number=payment.number,
            transaction_id=payment.transaction_id,
            refund_id="50300000000001",
            amount=Money(1900, world.currency),
        )

        def told():
            with world.app.app_context(), transaction():
                return settle_refund("wechat_pay", facts, now=clock.now())

        assert sorted(at_once(*[told] * 6)) == ["duplicate"] * 5 + ["refunded-elsewhere"]
        assert world.story(order).count("refund.succeeded") == 1
        assert world.refund_row(order).amount == 1900

    def test_what_the_shop_still_owed_gives_way_to_it(self, world):
        handling(world, not_enough=True)
        order = world.late()
        world.sweep()
        world.later(seconds=50)
        made = world.simulation.refunds.from_console(world.known(world.number(order)), 3000, notify=False)

        assert refund_notice(world, made.out_refund_no) == [SUCCESS]

        assert [(row.status, row.amount) for row in world.refund_rows(order)] == [
            ("superseded", 3800),
            ("pending", 800),
            ("succeeded", 3000),
        ]
        handling(world)
        for _ in range(3):
            world.later(hours=2)
            world.sweep()
        assert world.gone(order) == 3800
        assert sum(one["amount"]["amount"] for one in world.mei.order(order["id"])["refunds"]) == 3800
        assert world.violations() == []

    def test_it_settles_a_refund_that_had_failed(self, world):
        handling(world, outcome="close")
        order = world.late()
        world.sweep()
        world.later(seconds=31)
        world.sweep()
        assert world.refund_row(order).status == "needs_attention"
        made = world.simulation.refunds.from_console(world.known(world.number(order)), 3800, notify=False)

        assert refund_notice(world, made.out_refund_no) == [SUCCESS]

        assert [row.status for row in world.refund_rows(order)] == ["superseded", "succeeded"]
        assert "refund-failed" not in world.kinds()

    def test_one_whose_answer_is_awaited_does_not_give_way(self, world):
        order = world.late()
        world.control("/faults", {"path_prefix": "/v3/global/refunds", "kind": "500-before", "times": 2})
        world.sweep()
        made = world.simulation.refunds.from_console(world.known(world.number(order)), 3800, notify=False)

        assert refund_notice(world, made.out_refund_no) == [SUCCESS]

        assert [row.status for row in world.refund_rows(order)] == ["pending"]
        assert world.kinds() == ["refund-beyond-payment"]

    @pytest.mark.parametrize("overrides", [{"refund_status": "CLOSED"}, {"amount": {"currency": "USD"}}])
    def test_one_that_gave_nothing_back_of_this_payment_is_not_recorded(self, world, overrides):
        order = world.paid()
        made = world.simulation.refunds.from_console(world.known(world.number(order)), 1900, notify=False)

        assert refund_notice(world, made.out_refund_no, overrides=overrides) == [SUCCESS]

        assert world.refund_rows(order) == []
        assert world.attention() == [("unmatched-refund", made.out_refund_no)]

    def test_what_fits_beside_it_stays(self, world):
        order = world.paid()
        owe(world, order, 1000)
        made = world.simulation.refunds.from_console(world.known(world.number(order)), 1900, notify=False)
        refund_notice(world, made.out_refund_no)

        assert [(row.status, row.amount) for row in world.refund_rows(order)] == [
            ("pending", 1000),
            ("succeeded", 1900),
        ]

    def test_what_the_gateway_has_accepted_gives_way_to_nothing(self, world):
        handling(world, outcome="hold")
        order = world.paid()
        owe(world, order, 1900)
        world.sweep()
        order_at_wechat = world.known(world.number(order))
        strange = {"out_refund_no": "beyond-1", "refund_id": "503009", "refund_status": "SUCCESS"}
        number = world.refund_row(order).number

        told = refund_notice(world, number, overrides={**strange, "amount": {"refund": 3000}})

        assert told == [SUCCESS]
        assert order_at_wechat is not None
        assert [(row.status, row.amount) for row in world.refund_rows(order)] == [("pending", 1900)]
        assert world.kinds() == ["refund-beyond-payment"]

    def test_the_credit_note_comes_with_it(self, world):
        order = world.paid()
        made = world.simulation.refunds.from_console(world.known(world.number(order)), 1900, notify=False)
        refund_notice(world, made.out_refund_no)

        papers = world.mei.get(f"/orders/{order['id']}/documents").json["items"]

        assert [(paper["kind"], paper["total"]["amount"]) for paper in papers] == [
            ("receipt", 3800),
            ("credit_note", 1900),
        ]

    def test_a_notice_that_comes_before_that_of_its_payment_is_not_lost(self, world):
        order, _, number = world.opened()
        world.pay(number)
        made = world.simulation.refunds.from_console(world.known(number), 3800, notify=False)

        assert refund_notice(world, made.out_refund_no) == [SUCCESS]
        assert world.events() == [("REFUND.SUCCESS", "waits-for-payment")]
        assert world.refund_rows(order) == []
        assert world.notify(number) == SUCCESS

        assert world.refund_row(order).status == "succeeded"
        assert world.status(order) == "refunded"
        assert world.violations() == []

    def test_the_payment_it_belongs_to_is_asked_about_at_once(self, world):
        order, _, number = world.opened()
        world.pay(number)
        made = world.simulation.refunds.from_console(world.known(number), 3800, notify=False)
        refund_notice(world, made.out_refund_no)

        world.sweep()

        assert world.status(order) == "refunded"


class TestWhatCannotBe:
    def test_a_refund_of_nothing_of_ours_is_for_the_staff(self, world):
        order = world.late()
        world.sweep()
        number = world.refund_row(order).number
        before = world.refund_row(order).status

        strange = {"out_refund_no": "strange-1", "refund_id": "5", "out_trade_no": "strange", "transaction_id": "9"}
        assert refund_notice(world, number, overrides=strange) == [SUCCESS]

        assert world.attention() == [("unmatched-refund", "strange-1")]
        assert world.refund_row(order).status == before

    def test_another_merchants_refund_is_left_alone(self, world):
        handling(world, outcome="hold")
        order = world.late()
        world.sweep()
        number = world.refund_row(order).number

        other = {"sub_mchid": "1900000999"}
        assert refund_notice(world, number, overrides={**other, "refund_status": "SUCCESS"}) == [SUCCESS]

        assert world.attention() == [("foreign-merchant", number)]
        assert shown(world, order)["status"] == "pending"

    @pytest.mark.parametrize(
        "overrides",
        [{"amount": {"refund": 3799}}, {"amount": {"currency": "CNY"}}, {"refund_status": "ABNORMAL"}],
    )
    def test_other_news_of_a_refund_that_is_done_changes_nothing(self, world, overrides):
        order = world.late()
        world.sweep()
        world.later(seconds=31)
        world.sweep()
        number = world.refund_row(order).number

        assert refund_notice(world, number, overrides=overrides) == [SUCCESS]

        assert world.attention() == [("changed-refund", number)]
        assert shown(world, order)["status"] == "succeeded"
        assert world.violations() == []

    def test_more_than_was_paid_is_not_recorded(self, world):
        order = world.late()
        world.sweep()
        world.later(seconds=31)
        world.sweep()
        number = world.refund_row(order).number

        beyond = {"out_refund_no": "beyond-1", "refund_id": "50300999"}
        assert refund_notice(world, number, overrides=beyond) == [SUCCESS]

        assert [kind for kind, _ in world.attention()] == ["refund-beyond-payment"]
        assert len(world.refund_rows(order)) == 1


def test_every_state_of_a_refund_and_all_the_gateway_may_say():
    states = ["pending", "needs_attention", "succeeded", "superseded"]
    news = ["processing", "succeeded", "abnormal", "closed"]
    known = {(state, told): rules.REFUND_TRANSITIONS.get((state, told)) for state in states for told in news}

    assert {pair for pair, after in known.items() if after is None} == {
        *(("superseded", told) for told in news),
        ("succeeded", "abnormal"),
    }
    assert all(after in states for after in known.values() if after is not None)
    assert not any(after == "pending" and state != "pending" for (state, _), after in known.items())

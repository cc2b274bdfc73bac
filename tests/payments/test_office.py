"""What the staff decide about money, and what becomes of a date they cancel."""

from datetime import timedelta

import pytest

from shop.simulator.refund_desk import RefundHandling
from tests.payments.test_cancelling_paid import finish, ticket_states
from tests.payments.test_refunds import refund_notice
from tests.payments.world import OTHER_CURRENCY, SUCCESS

BY = ("--by", "anne@issy.example")


def say(world, *args):
    answer = world.app.test_cli_runner().invoke(args=[*args, *BY, "--lang", "en"])
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
    return answer


def number_of(order):
    return order["number"]


class TestReviews:
    def review(self, world, total, **departure):
        order, _, number = world.opened(**departure)
        world.arrive(number, total=total)
        assert world.status(order) == "in_review"
        return order

    def test_too_much_is_accepted_and_the_rest_goes_back(self, world):
        order = self.review(world, 4000)

        assert say(world, "order", "accept", number_of(order)).exit_code == 0
        finish(world)

        assert world.status(order) == "paid"
        assert ticket_states(world, order) == ["valid", "valid"]
        assert [(row.amount, row.reason) for row in world.refund_rows(order)] == [(200, "excess")]
        assert world.gone(order) == 200
        assert world.attention() == []

    def test_too_little_is_not_accepted(self, world):
        order = self.review(world, 3000)

        answer = say(world, "order", "accept", number_of(order))

        assert (answer.exit_code, "Not possible" in answer.output) == (1, True)
        assert world.status(order) == "in_review"

    def test_money_of_another_currency_is_not_accepted(self, world):
        order, _, number = world.opened()
        world.arrive(number, total=100, currency=OTHER_CURRENCY[world.mode])

        assert say(world, "order", "accept", number_of(order)).exit_code == 1
        assert say(world, "order", "complement", number_of(order)).exit_code == 1
        assert world.status(order) == "in_review"

    def test_what_went_back_in_the_console_is_not_accepted_and_not_given_back_again(self, world):
        order = self.review(world, 4000)
        made = world.simulation.refunds.from_console(world.known(world.number(order)), 300, notify=False)
        assert refund_notice(world, made.out_refund_no) == [SUCCESS]
        assert say(world, "order", "accept", number_of(order)).exit_code == 1

        assert say(world, "order", "refuse", number_of(order)).exit_code == 0
        finish(world)

        assert sorted(row.amount for row in world.refund_rows(order)) == [300, 3700]
        assert world.gone(order) == 4000

    def test_nobody_is_asked_for_the_rest_of_what_was_paid_in_full(self, world):
        order = self.review(world, 4000)

        assert say(world, "order", "complement", number_of(order)).exit_code == 1

    def test_a_second_payment_of_all_of_it_is_not_taken_for_the_rest(self, world):
        order, _, first = world.opened()
        world.mei.payment(order["id"])
        second = world.number(order)
        world.arrive(first, total=3000)
        assert world.status(order) == "in_review"

        world.arrive(second)

        assert world.status(order) == "in_review"
        assert [(row.amount, row.reason) for row in world.refund_rows(order)] == [(3800, "double")]

    def test_what_cannot_be_had_any_more_is_not_accepted(self, world):
        order = self.review(world, 4000)
        world.sql("UPDATE departures SET status = 'cancelled'")

        assert say(world, "order", "accept", number_of(order)).exit_code == 1
        assert {payment.disposition for payment in world.payments(order)} == {"review"}

    def test_a_review_is_not_given_up_while_its_rest_may_still_be_paid(self, world):
        order = self.review(world, 3000)
        say(world, "order", "complement", number_of(order))
        world.later(hours=23, minutes=59)
        world.mei.payment(order["id"])
        world.fault("500-before")
        world.later(minutes=2)

        world.sweep()
        assert world.status(order) == "in_review"
        world.behave()
        world.later(minutes=5)
        world.sweep()
        world.sweep()
        assert world.status(order) == "cancelled"

    def test_what_is_refused_goes_back(self, world):
        order = self.review(world, 3000)

        assert say(world, "order", "refuse", number_of(order)).exit_code == 0
        finish(world)

        assert world.status(order) == "cancelled"
        assert (world.gone(order), world.seats_taken(order)) == (3000, 0)
        assert world.refund_row(order).asked_by == "anne@issy.example"
        assert world.attention() == []

    def test_the_rest_can_be_asked_for_and_paid(self, world):
        order = self.review(world, 3000)
        assert say(world, "order", "complement", number_of(order)).exit_code == 0

        payment = world.mei.payment(order["id"])
        assert payment["amount"]["amount"] == 800
        world.later(minutes=20)
        world.sweep()
        assert world.at_gateway(world.number(order))["state"] == "NOTPAY"
        world.arrive(world.number(order))

        assert world.status(order) == "paid"
        assert ticket_states(world, order) == ["valid", "valid"]
        assert {payment.disposition for payment in world.payments(order)} == {"applied"}
        assert world.attention() == []

    def test_the_rest_that_does_not_come_sends_all_back(self, world):
        order = self.review(world, 3000)
        say(world, "order", "complement", number_of(order))
        world.mei.payment(order["id"])

        world.later(hours=24, minutes=1)
        world.sweep()
        finish(world)

        assert world.status(order) == "cancelled"
        assert world.gone(order) == 3000

    def test_a_wrong_rest_goes_back_by_itself(self, world):
        order = self.review(world, 3000)
        say(world, "order", "complement", number_of(order))
        world.mei.payment(order["id"])

        world.arrive(world.number(order), total=700)

        assert world.status(order) == "in_review"
        assert [(row.amount, row.reason) for row in world.refund_rows(order)] == [(700, "mismatched")]

    @pytest.mark.parametrize("act", ["accept", "refuse", "complement"])
    def test_only_what_is_in_review_is_decided_upon(self, world, act):
        order = world.paid()

        assert say(world, "order", act, number_of(order)).exit_code == 1
        assert world.status(order) == "paid"


class TestGoodwill:
    def test_a_part_goes_back_and_the_tickets_stay(self, world):
        order = world.paid()

        done = say(world, "order", "refund", number_of(order), "--amount", "9.50", "--reason", "La pluie")
        finish(world)

        assert done.exit_code == 0
        assert ticket_states(world, order) == ["valid", "valid"]
        assert world.status(order) == "partially_refunded"
        row = world.refund_row(order)
        assert (row.amount, row.note, row.asked_by) == (950, "La pluie", "anne@issy.example")

    @pytest.mark.parametrize("amount", ["0", "-1", "38.01", "abc", "1.234", "1,000", "٣", "NaN", "1e9"])
    def test_what_cannot_be_given_back_is_refused(self, world, amount):
        order = world.paid()

        assert say(world, "order", "refund", number_of(order), f"--amount={amount}", "--reason", "x").exit_code == 1
        assert world.refund_rows(order) == []

    def test_an_order_nobody_paid_gives_nothing_back(self, world):
        order = world.order()

        assert say(world, "order", "refund", number_of(order), "--amount", "1", "--reason", "x").exit_code == 1

    def test_the_whole_story_is_told_with_who_did_it(self, world):
        order = world.paid()
        say(world, "order", "refund", number_of(order), "--amount", "9.50", "--reason", "La pluie")

        told = world.app.test_cli_runner().invoke(args=["order", "show", number_of(order), "--lang", "en"]).output

        assert "Refund of €9.50 to be made.  [anne@issy.example]" in told
        assert "WeChat Pay received €38.00." in told

    def test_an_unknown_order_is_said_to_be_unknown(self, world):
        assert "There is no order 123" in say(world, "order", "accept", "123").output


class TestCancelling:
    def test_the_office_gives_the_whole_price_back_even_late(self, world):
        order = world.paid(cancellation=[], starts_in=timedelta(days=2))
        world.go_to(order["bookings"][0]["departure"]["starts_at"], hours=1)

        assert say(world, "order", "cancel", number_of(order), "--ticket", "2", "--reason", "x").exit_code == 0
        finish(world)

        assert ticket_states(world, order) == ["valid", "void"]
        assert world.gone(order) == 1900

    def test_infants_are_not_left_alone(self, world):
        booking = world.mei.held(world.departure(), adults=1, infants=1)
        order = world.mei.place(booking["id"]).json
        world.mei.payment(order["id"])
        world.arrive(world.number(order))

        assert say(world, "order", "cancel", number_of(order), "--ticket", "1", "--reason", "x").exit_code == 0

        assert ticket_states(world, order) == ["void", "void"]

    def test_after_goodwill_the_fee_is_what_is_really_kept(self, world):
        order = world.paid()
        say(world, "order", "refund", number_of(order), "--amount", "10", "--reason", "x")
        finish(world)

        offer = world.quote(order).json

        assert (offer["refund"]["amount"], offer["fee"]["amount"]) == (2800, 0)

    def test_nothing_is_cancelled_twice(self, world):
        order = world.paid()
        say(world, "order", "cancel", number_of(order), "--reason", "x")

        assert say(world, "order", "cancel", number_of(order), "--reason", "x").exit_code == 1
        assert len(world.refund_rows(order)) == 1


class TestTheCounter:
    def test_cash_pays_an_order_and_names_who_took_it(self, world):
        order = world.order()

        assert say(world, "order", "cash", number_of(order), "--amount", "38").exit_code == 0

        assert world.status(order) == "paid"
        (payment,) = world.payments(order)
        assert (payment.gateway, payment.received_by) == ("cash", "anne@issy.example")

    def test_an_open_payment_is_closed_before_cash_is_taken(self, world):
        order, payment, number = world.opened()

        assert say(world, "order", "cash", number_of(order), "--amount", "38").exit_code == 0

        assert world.at_gateway(number)["state"] == "CLOSED"
        assert "fail" in world.mei.pay_on_phone(payment)

    def test_cash_that_goes_back_is_handed_out_by_somebody(self, world):
        order = world.order()
        say(world, "order", "cash", number_of(order), "--amount", "38")
        assert world.cancel(order).status_code == 200
        row = world.refund_row(order)
        assert world.attention() == [("refund-by-hand", row.number)]
        assert world.mei.order(order["id"])["refunds"][0]["status"] == "needs_attention"

        assert say(world, "refund", "paid-out", row.number).exit_code == 0

        assert world.status(order) == "refunded"
        assert world.attention() == []
        assert say(world, "refund", "paid-out", row.number).exit_code == 1
        assert say(world, "refund", "retry", row.number).exit_code == 1

    def test_what_came_through_a_gateway_is_not_handed_out(self, world):
        world.simulation.refunds.handling = RefundHandling(outcome="abnormal", notify=False)
        order = world.late()
        finish(world)
        row = world.refund_row(order)
        assert row.status == "needs_attention"

        assert say(world, "refund", "paid-out", row.number).exit_code == 1
        assert world.refund_row(order).status == "needs_attention"

    def test_the_wrong_amount_of_cash_is_in_review(self, world):
        order = world.order()

        say(world, "order", "cash", number_of(order), "--amount", "30")

        assert world.status(order) == "in_review"

    def test_an_order_can_be_given_away(self, world):
        order = world.order()

        assert say(world, "order", "give", number_of(order)).exit_code == 0
        assert world.status(order) == "paid"
        offer = world.quote(order).json
        assert (offer["refund"]["amount"], offer["fee"]["amount"]) == (0, 0)
        assert world.cancel(order, offer["quote"]).json["status"] == "cancelled"
        assert world.refund_rows(order) == []
        assert world.seats_taken(order) == 0

    def test_who_took_it_stands_in_the_story(self, world):
        order = world.order()
        say(world, "order", "cash", number_of(order), "--amount", "38")

        told = world.app.test_cli_runner().invoke(args=["order", "show", number_of(order), "--lang", "en"]).output

        assert "€38.00 received in cash at the counter.  [anne@issy.example]" in told

    def test_the_rest_of_an_order_in_review_can_be_paid_there(self, world):
        order, _, number = world.opened()
        world.arrive(number, total=3000)

        assert say(world, "order", "cash", number_of(order), "--amount", "8").exit_code == 0

        assert world.status(order) == "paid"
        assert world.refund_rows(order) == []

    def test_only_what_was_paid_goes_back_of_an_order_half_given(self, world):
        order, _, number = world.opened(cancellation=[{"until_hours": 0, "refund_percent": 50}])
        world.arrive(number, total=1900)
        assert say(world, "order", "give", number_of(order)).exit_code == 0
        offer = world.quote(order).json
        assert (offer["refund"]["amount"], offer["fee"]["amount"]) == (1900, 0)

        world.cancel(order)
        finish(world)

        assert world.gone(order) == 1900
        assert {row.gateway for row in world.refund_rows(order)} == {"wechat_pay"}

    def test_what_is_paid_is_not_paid_again(self, world):
        order = world.paid()

        assert say(world, "order", "cash", number_of(order), "--amount", "38").exit_code == 1


class TestACancelledDate:
    def cancel(self, world, order):
        departure_id = order["bookings"][0]["departure"]["id"]
        answer = say(world, "departure", "cancel", departure_id)
        assert answer.exit_code == 0, answer.output
        return answer

    def test_everybody_gets_everything_back(self, world):
        departure = world.departure(cancellation=[], capacity=9)
        paid, waiting, reviewed = (world.mei.ordered(departure) for _ in range(3))
        for order in (paid, waiting, reviewed):
            world.mei.payment(order["id"])
        world.arrive(world.number(paid))
        world.arrive(world.number(reviewed), total=100)

        assert "3 order(s)" in self.cancel(world, paid).output
        world.sweep()
        finish(world)

        assert [world.status(order) for order in (paid, waiting, reviewed)] == ["refunded", "cancelled", "cancelled"]
        assert [world.gone(order) for order in (paid, waiting, reviewed)] == [3800, 0, 100]
        assert world.at_gateway(world.number(waiting))["state"] == "CLOSED"
        assert world.seats_taken(paid) == 0
        assert ticket_states(world, paid) == ["void", "void"]
        assert "departure.cancelled" in world.story(paid)

    def test_only_the_tickets_of_that_date_go_back(self, world):
        tickets = [world.mei.held(world.departure(), adults=1)["id"] for _ in range(2)]
        order = world.mei.place(*tickets).json
        world.mei.payment(order["id"])
        world.arrive(world.number(order))

        self.cancel(world, order)
        world.sweep()
        finish(world)

        assert sorted(ticket_states(world, order)) == ["valid", "void"]
        assert world.status(order) == "partially_refunded"
        assert world.gone(order) == 1900

    def test_a_payment_that_comes_afterwards_goes_back(self, world):
        order, _, number = world.opened()
        self.cancel(world, order)
        world.sweep()

        world.arrive(number)
        finish(world)

        assert world.status(order) == "cancelled"
        assert world.gone(order) == 3800

    def test_it_is_found_again_after_wechat_pay_was_silent(self, world):
        order, _, _number = world.opened()
        self.cancel(world, order)
        world.fault("500-before")
        world.sweep()
        assert world.status(order) == "pending"
        world.behave()

        world.later(seconds=10)
        world.sweep()

        assert world.status(order) == "cancelled"

    def test_what_was_given_back_before_is_not_given_back_again(self, world):
        order = world.paid()
        say(world, "order", "refund", number_of(order), "--amount", "30", "--reason", "x")
        self.cancel(world, order)
        world.sweep()
        finish(world)
        finish(world)

        assert world.gone(order) == 3800
        assert world.status(order) == "refunded"

    def test_a_free_order_is_told_who_cancelled_it(self, world):
        order = world.order(units=[{"code": "adult", "kind": "ADULT", "label": {"fr": "Gratuit"}, "price": 0}])
        self.cancel(world, order)

        world.sweep()

        assert world.status(order) == "cancelled"
        assert world.story(order)[-1] == "departure.cancelled"

    def test_who_cancelled_it_stands_in_each_story(self, world):
        order = world.paid()
        self.cancel(world, order)
        world.sweep()

        assert world.refund_row(order).asked_by == "anne@issy.example"

    def test_orders_nobody_is_paying_do_not_wait_for_a_silent_gateway(self, world):
        departure = world.departure(capacity=9)
        waiting, paid = world.mei.ordered(departure), world.mei.ordered(departure)
        for order in (waiting, paid):
            world.mei.payment(order["id"])
        world.arrive(world.number(paid))
        self.cancel(world, paid)
        world.fault("500-before", f"/out-trade-no/{world.number(waiting)}")

        world.sweep()

        assert ticket_states(world, paid) == ["void", "void"]
        assert world.status(waiting) == "pending"

    def test_an_unknown_date_is_said_to_be_unknown(self, world):
        answer = say(world, "departure", "cancel", "nonsense")

        assert (answer.exit_code, "There is no departure nonsense" in answer.output) == (1, True)

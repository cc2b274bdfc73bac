"""The table of what may happen to seats and money, row by row: what becomes of each, and the test that shows it.

`docs/state-table.md` says the same to people; a row that has no test says why.
"""

import re

import pytest

P, B = "tests/payments/", "tests/booking/"

# Row -> (what happens in which state, tests that let it happen). Rows nothing here can cause yet say what is missing.
ROWS: dict[int, tuple[str, tuple[str, ...]]] = {
    1: ("seats are held", (B + "test_holding.py::test_a_hold_looks_as_the_contract_says",)),
    2: ("too few seats are left", (B + "test_sold_out.py::test_the_seats_that_are_left_are_told",)),
    3: ("a hold is extended", (B + "test_letting_go.py::test_twice_a_hold_in_all_is_the_most",)),
    4: ("a payment is opened", (P + "test_opening.py::test_a_second_attempt_asks_about_the_first_and_closes_it",)),
    5: (
        "an attempt ends at the gateway",
        (
            P + "test_sweep.py::test_a_payment_wechat_pay_has_closed_by_itself_is_closed_here"
            "_and_the_order_may_be_paid_anew",
        ),
    ),
    6: ("an order costs nothing", (P + "test_opening.py::test_a_free_order_is_paid_already",)),
    7: ("the right money comes", (P + "test_state_table.py::test_what_becomes_of_money",)),
    8: (
        "the same news again",
        (P + "test_callbacks.py::test_a_notice_that_comes_again_is_acknowledged_and_changes_nothing",),
    ),
    9: (
        "other news of the same",
        (P + "test_callbacks.py::test_other_news_of_a_payment_that_is_known_is_for_the_staff",),
    ),
    10: (
        "paid twice",
        (
            P + "test_callbacks.py::test_a_second_payment_is_owed_back",
            P + "test_stripe.py::test_paid_at_both_gateways_the_second_goes_back",
        ),
    ),
    11: ("other money comes", (P + "test_callbacks.py::test_another_amount_puts_the_order_in_review",)),
    12: ("the staff accept", (P + "test_office.py::test_too_much_is_accepted_and_the_rest_goes_back",)),
    13: ("the staff ask for the rest", (P + "test_office.py::test_the_rest_can_be_asked_for_and_paid",)),
    14: (
        "the staff refuse, or a day passes",
        (
            P + "test_office.py::test_what_is_refused_goes_back",
            P + "test_sweep.py::test_a_review_left_alone_for_a_day_ends_with_the_money_owed_back",
        ),
    ),
    15: (
        "the time to pay is over",
        (
            P + "test_sweep.py::test_an_expired_order_is_asked_about_closed_and_asked_about_again"
            "_before_its_seats_go_back",
        ),
    ),
    16: ("it was paid after all", (P + "test_sweep.py::test_an_order_found_paid_when_it_expires_is_paid",)),
    17: (
        "the gateway is silent, or the buyer at it",
        (
            P + "test_sweep.py::test_a_silent_gateway_keeps_the_seats_until_the_money_can_no_longer_come",
            P + "test_sweep.py::test_a_buyer_typing_the_password_keeps_the_seats",
        ),
    ),
    18: (
        "money comes late, seats are free",
        (P + "test_callbacks.py::test_a_payment_that_comes_late_is_kept_if_the_seats_are_free",),
    ),
    19: ("money comes late, seats are sold", (P + "test_refunds.py::test_what_is_owed_goes_back_by_itself",)),
    20: (
        "wrong money comes late",
        (P + "test_callbacks.py::test_a_late_payment_of_another_amount_is_owed_back_as_it_came",),
    ),
    21: (
        "money comes for a cancelled order",
        (P + "test_callbacks.py::test_a_payment_of_a_cancelled_order_is_owed_back",),
    ),
    22: (
        "the buyer cancels before paying",
        (P + "test_cancelling.py::test_an_order_is_cancelled_once_its_payment_is_closed",),
    ),
    23: (
        "the buyer asks what cancelling gives",
        (P + "test_cancelling_paid.py::test_an_offer_ends_where_the_terms_change",),
    ),
    24: ("the buyer cancels all", (P + "test_cancelling_paid.py::test_all_of_it_goes_back_in_good_time",)),
    25: (
        "the buyer cancels some",
        (P + "test_cancelling_paid.py::test_some_tickets_are_cancelled_and_the_others_stay",),
    ),
    26: (
        "another date",
        (
            P + "test_dates.py::test_another_date_keeps_the_tickets_under_new_codes",
            P + "test_dates.py::test_it_is_given_at_the_same_price",
        ),
    ),
    27: (
        "goodwill; above a limit with a second pair of eyes",
        (
            P + "test_office.py::test_a_part_goes_back_and_the_tickets_stay",
            P + "test_order_pages.py::test_above_the_limit_another_manager_must_agree",
        ),
    ),
    28: (
        "a ticket is scanned",
        ("tests/door/test_checking_in.py::test_a_scanned_ticket_lets_its_holder_in_and_its_buyer_sees_it",),
    ),
    29: (
        "a scan is undone",
        ("tests/door/test_checking_in.py::test_an_admission_is_undone_within_a_quarter_of_an_hour",),
    ),
    30: (
        "a used ticket goes back: the staff alone",
        (P + "test_cancelling_paid.py::test_a_ticket_that_was_used_is_not_cancelled",),
    ),
    31: ("a date is cancelled", (P + "test_office.py::test_everybody_gets_everything_back",)),
    32: ("its orders end", (P + "test_office.py::test_it_is_found_again_after_wechat_pay_was_silent",)),
    33: ("money comes afterwards", (P + "test_office.py::test_a_payment_that_comes_afterwards_goes_back",)),
    34: (
        "a date is moved",
        (P + "test_dates.py::test_those_concerned_are_told_and_may_leave_for_nothing_until_the_deadline",),
    ),
    35: ("a refund is asked for", (P + "test_refunds.py::test_refunds_of_one_payment_are_asked_for_a_minute_apart",)),
    36: ("accepted is not done", (P + "test_refunds.py::test_accepted_is_not_done_and_is_asked_about_until_it_is",)),
    37: ("a refund is done", (P + "test_refunds.py::test_a_callback_tells_that_the_money_has_gone",)),
    38: (
        "no balance, or no answer",
        (
            P + "test_refunds.py::test_too_little_balance_is_waited_for_and_the_buyer_told",
            P + "test_refunds.py::test_a_refund_whose_answer_is_lost_is_asked_for_again_under_its_number",
        ),
    ),
    39: ("a refund fails for good", (P + "test_refunds.py::test_a_refund_that_fails_for_good_is_for_the_staff",)),
    40: (
        "a refund in the console",
        (
            P + "test_refunds.py::test_it_is_recorded_and_the_staff_decide_about_the_tickets",
            P + "test_reconcile.py::test_a_refund_that_stands_only_there_is_found_and_recorded",
        ),
    ),
    41: (
        "a dispute",
        (P + "test_stripe.py::test_the_tickets_are_blocked_while_it_is_open_and_valid_again_once_won",),
    ),
    42: (
        "money for nothing of ours: listed",
        (P + "test_callbacks.py::test_money_for_an_order_nobody_placed_is_for_the_staff",),
    ),
    43: (
        "the tour is over: nothing is written",
        (P + "test_cancelling_paid.py::test_after_the_start_it_is_too_late",),
    ),
}


def test_the_table_is_whole():
    assert sorted(ROWS) == list(range(1, 44))
    assert [row for row, (_, tests) in ROWS.items() if not tests] == []


@pytest.mark.parametrize("row", [row for row, (_, tests) in ROWS.items() if tests])
def test_every_row_happens_in_a_test(here, row):
    for named in ROWS[row][1]:
        file, _, test = named.partition("::")
        text = (here / file).read_text(encoding="utf-8")
        assert re.search(rf"^\s*def {test}\(", text, re.MULTILINE), named

"""The pages about reconciliation: a month at a glance, a day with what differs, comparing again."""

from datetime import timedelta

import pytest

from shop.core import clock
from shop.gateways.errors import PaymentProviderDown, StatementNotReady
from tests.payments.test_reconcile import night, noon, plant, tomorrow  # noqa: F401 -- noon is a fixture

PAGE = "/staff/reconciliation"


def acts(world):
    return [tuple(row) for row in world.sql("SELECT act, subject, after FROM staff_acts ORDER BY id")]


@pytest.fixture
def day(world, noon):  # noqa: F811
    """A day in Beijing on which an order was paid; its statement is published."""
    world.paid()
    tomorrow(world)
    return noon


def address(day, *more):
    return "/".join([PAGE, "wechat_pay", day.isoformat(), *more])


def month_of(day):
    return {"month": f"{day:%Y-%m}"}


def test_a_day_waits_until_it_was_compared_and_is_clean_then(world, day, colleague):
    someone = colleague("manager")
    assert "waiting" in someone.get(address(day)).text

    night(world)

    assert "clean" in someone.get(address(day)).text
    strip = someone.get(PAGE, **month_of(day)).text
    assert f'class="clean" href="{address(day)}"' in strip
    assert "Fees booked this month: €" in strip


def test_differences_are_told_with_what_to_do(world, day, colleague):
    number = world.sql("SELECT number FROM payments")[0][0]
    plant(world, day, "other-amount", number=number, amount=100)
    night(world)
    someone = colleague("cashier")
    shown = someone.get(address(day)).text

    assert f"Payment {number}" in shown
    assert "Compare with the provider" in shown
    strip = someone.get(PAGE, **month_of(day)).text
    assert 'class="differences"' in strip
    assert "1 difference(s)" in strip


def test_a_cashier_reads_and_does_not_compare(world, day, colleague):
    someone = colleague("cashier")

    assert "Compare again" not in someone.get(address(day)).text
    assert someone.get(address(day, "again")).status_code == 403
    assert someone.post(address(day, "again")).status_code == 403
    assert world.sql("SELECT 1 FROM reconciliations") == []


@pytest.mark.parametrize("role", ["stock", "guide"])
def test_who_moves_no_money_sees_none_of_it(world, day, colleague, role):
    someone = colleague(role)

    assert someone.get(PAGE).status_code == someone.get(address(day)).status_code == 403


def test_a_manager_compares_again_and_it_is_written_down(world, day, colleague):
    someone = colleague("manager")
    answer = someone.post(address(day, "again"))

    assert (answer.status_code, answer.location) == (303, address(day))
    assert "Compared: all says the same." in someone.get(address(day)).text
    assert acts(world) == [
        ("reconciliation.asked", f"wechat_pay {day}", None),
        ("reconciliation.done", f"wechat_pay {day}", {"differences": 0}),
    ]
    fees = world.sql("SELECT sum(debit) FROM journal_lines WHERE account = 'fees'")
    assert someone.post(address(day, "again")).status_code == 303
    assert world.sql("SELECT sum(debit) FROM journal_lines WHERE account = 'fees'") == fees


def test_a_password_given_long_ago_is_asked_for_again(world, day, colleague):
    someone = colleague("manager")
    world.later(minutes=11)

    assert someone.get(address(day, "again")).location.startswith("/staff/confirm?next=")
    assert someone.post(address(day, "again")).status_code == 401
    assert acts(world) == []


def test_a_gateway_that_does_not_answer_is_told_on_the_page(world, day, colleague):
    def fail(call, _number):
        if call == "statement":
            raise PaymentProviderDown

    world.watch().before = fail
    answer = colleague("manager").post(address(day, "again"))

    assert answer.status_code == 503
    assert "does not answer" in answer.text
    assert [act for act, *_ in acts(world)] == ["reconciliation.asked"]


def test_a_statement_that_is_not_published_is_told_with_when_it_will_be(world, day, colleague):
    def fail(call, _number):
        if call == "statement":
            raise StatementNotReady("absent")

    world.watch().before = fail
    someone = colleague("manager")
    answer = someone.post(address(day, "again"))
    today = someone.post(address(day + timedelta(days=400), "again"))

    assert (answer.status_code, today.status_code) == (409, 409)
    assert "no statement for the moment (absent)" in answer.text
    assert "not-due" in today.text


def test_a_gateway_that_is_gone_can_be_read_and_not_asked(world, day, colleague):
    night(world)
    world.app.extensions["payment_gateways"].clear()
    someone = colleague("manager")

    assert someone.get(address(day)).status_code == 200
    answer = someone.post(address(day, "again"))
    assert answer.status_code == 409
    assert "not set up here" in answer.text


def test_two_who_compare_at_once_book_the_fees_once(world, day, colleague):
    from tests.factories.crowd import at_once

    people = [colleague("manager", email=f"m{n}@example.com") for n in range(3)]
    for one in people:
        one.get("/staff/account")
    answers = at_once([lambda one=one: one.post(address(day, "again")).status_code for one in people])

    assert answers == [303, 303, 303]
    booked = world.sql("SELECT sum(debit) FROM journal_lines WHERE account = 'fees'")[0][0]
    assert booked == world.sql("SELECT fees FROM reconciliations")[0][0][world.currency]


@pytest.mark.parametrize(
    "path",
    ["wechat_pay/tomorrow", "wechat_pay/9999-01-01", "nobody/2027-01-01", "WECHAT/2027-01-01", "a%00b/2027-01-01"],
)
def test_an_address_of_no_day_or_no_gateway_is_not_found(world, colleague, path):
    someone = colleague("manager")

    assert someone.get(f"{PAGE}/{path}").status_code == 404
    assert someone.get(f"{PAGE}/{path}/again").status_code == 404


@pytest.mark.parametrize("month", ["9999-01", "2027-13", "x", "\x00", "2027-01-01", "<script>alert(1)</script>"])
def test_a_month_that_is_none_is_refused_in_words(world, colleague, month):
    answer = colleague("cashier").get(PAGE, month=month)

    assert answer.status_code == 422
    assert "<script>alert" not in answer.text


def test_a_month_long_ago_and_one_to_come_say_nothing_is_known(world, colleague):
    someone = colleague("cashier")

    assert 'class="none"' in someone.get(PAGE, month="2001-02").text
    assert 'class="future"' in someone.get(PAGE, month="2099-12").text
    assert someone.get(PAGE, month="2000-01").status_code == someone.get(PAGE, month="2100-12").status_code == 200


def test_a_difference_of_a_kind_nobody_knows_any_more_is_no_crash(world, day, colleague):
    night(world)
    world.sql('UPDATE reconciliations SET status = \'differences\', differences = \'[{"kind": "old", "number": "1"}]\'')

    assert colleague("manager").get(address(day)).status_code == 200
    assert clock.now()

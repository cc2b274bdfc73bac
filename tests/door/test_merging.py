"""What a device did without network is told later: once, in order, and nothing passes unnoticed."""

from uuid import uuid4

import pytest

from shop.core import clock
from shop.core.db import transaction
from shop.orders.services.tickets import block, unblock
from tests.door.conftest import act, outcomes, tell
from tests.factories.crowd import violations
from tests.factories.rows import change, rows, value


def attention(app):
    return [(one["kind"], one["subject"]) for one in rows(app, "SELECT * FROM attention WHERE resolved_at IS NULL")]


def test_what_is_told_twice_counts_once(app, colleague, departure, tickets):
    door = colleague("guide")
    acts = [act(entry=ticket["code"], offline=True) for ticket in tickets]

    assert outcomes(tell(door, departure, *acts)) == [("admitted", None)] * 3
    assert outcomes(tell(door, departure, *acts)) == [("admitted", None)] * 3
    assert value(app, "SELECT count(*) FROM redemptions") == 3
    assert not attention(app)
    assert not violations(app)


def test_a_ticket_let_in_at_two_doors_without_network_is_told_to_the_staff(app, colleague, departure, tickets):
    one, other = colleague("guide"), colleague("cashier")
    tell(one, departure, act(entry=tickets[0]["code"], offline=True))

    answer = tell(other, departure, act(entry=tickets[0]["reference"], offline=True), device="phone-2")

    assert outcomes(answer) == [("double", "ticket-used")]
    assert attention(app) == [("double-admission", tickets[0]["reference"])]
    assert "each let somebody in with the same ticket" in colleague("manager").get("/staff/").text
    assert not violations(app)


def test_a_double_admission_is_withdrawn_once_and_the_other_stays_told(app, colleague, departure, tickets):
    one, other, third = colleague("guide"), colleague("cashier"), colleague("manager")
    tell(one, departure, act(entry=tickets[0]["code"], offline=True))
    second = act(entry=tickets[0]["code"], offline=True)
    tell(other, departure, second, device="phone-2")
    tell(third, departure, act(entry=tickets[0]["code"], offline=True), device="phone-3")

    withdrawn = act("undo", ticket=tickets[0]["id"], of=second["id"])
    assert outcomes(tell(other, departure, withdrawn, device="phone-2")) == [("withdrawn", None)]
    assert attention(app) == [("double-admission", tickets[0]["reference"])]
    assert not violations(app)


def test_an_old_code_lets_nobody_in_and_without_network_is_told(app, colleague, departure, other_departure, tickets):
    change(app, "UPDATE tickets SET code = code || 'X'")  # as a change of date gives others

    now = tell(colleague("guide"), departure, act(entry=tickets[0]["code"]))
    later = tell(colleague("cashier"), departure, act(entry=tickets[0]["code"], offline=True))

    assert outcomes(now) == [("refused", "ticket-void")]
    assert outcomes(later) == [("unwarranted", "ticket-void")]
    assert attention(app) == [("unwarranted-admission", tickets[0]["reference"])]


def test_undoing_an_admission_gives_no_valid_ticket_while_its_payment_is_disputed(app, colleague, departure, tickets):
    door = colleague("guide")
    tell(door, departure, act(entry=tickets[0]["code"]))
    order_id = value(app, "SELECT order_id FROM tickets LIMIT 1")
    with app.app_context(), transaction():
        assert block(order_id, now=clock.now()) == 2
    tell(door, departure, act("undo", ticket=tickets[0]["id"]))
    assert {row["status"] for row in rows(app, "SELECT status FROM tickets")} == {"void"}
    with app.app_context(), transaction():
        assert unblock(order_id) == 3


def test_undoing_the_second_admission_leaves_the_first_alone(app, colleague, departure, tickets):
    one, other = colleague("guide"), colleague("cashier")
    tell(one, departure, act(entry=tickets[0]["code"], offline=True))
    second = act(entry=tickets[0]["code"], offline=True)

    answer = tell(other, departure, second, act("undo", ticket=tickets[0]["id"], of=second["id"], offline=True))

    assert outcomes(answer) == [("double", "ticket-used"), ("withdrawn", None)]
    assert not attention(app)
    assert value(app, "SELECT status FROM tickets WHERE id = :id", id=tickets[0]["id"]) == "redeemed"
    assert not violations(app)


def test_an_undo_of_an_admission_that_somebody_else_has_replaced_does_nothing(app, colleague, departure, tickets):
    door, manager = colleague("guide"), colleague("manager")
    first = act(entry=tickets[0]["code"], offline=True)
    tell(door, departure, first)
    tell(manager, departure, act("undo", ticket=tickets[0]["id"]), act(entry=tickets[0]["code"]))

    late = act("undo", ticket=tickets[0]["id"], of=first["id"], offline=True)

    assert outcomes(tell(door, departure, late)) == [("refused", "not-admitted")]
    assert value(app, "SELECT status FROM tickets WHERE id = :id", id=tickets[0]["id"]) == "redeemed"


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE tickets SET status = 'void'", "ticket-void"),
        ("UPDATE tickets SET status = 'void', blocked_at = now()", "ticket-blocked"),
        ("UPDATE departures SET status = 'cancelled'", "ticket-of-cancelled-date"),
    ],
)
def test_who_was_let_in_with_a_ticket_that_was_not_good_is_told_to_the_staff(
    app, colleague, departure, tickets, statement, reason
):
    change(app, statement)

    answer = tell(colleague("guide"), departure, act(entry=tickets[0]["code"], offline=True))

    assert outcomes(answer) == [("unwarranted", reason)]
    assert attention(app) == [("unwarranted-admission", tickets[0]["reference"])]


def test_an_act_refused_unheard_and_then_decided_by_the_device_is_noticed(app, colleague, departure, tickets):
    tell(colleague("cashier"), departure, act(entry=tickets[0]["code"]))
    door, lost = colleague("guide"), act(entry=tickets[0]["code"])
    assert outcomes(tell(door, departure, lost)) == [("refused", "ticket-used")]  # the answer does not arrive

    assert outcomes(tell(door, departure, {**lost, "offline": True})) == [("double", "ticket-used")]
    assert attention(app) == [("double-admission", tickets[0]["reference"])]


def test_an_act_admitted_unheard_is_not_doubled_by_being_told_again(app, colleague, departure, tickets):
    door, lost = colleague("guide"), act(entry=tickets[0]["code"])
    tell(door, departure, lost)

    assert outcomes(tell(door, departure, {**lost, "offline": True})) == [("admitted", None)]
    assert not attention(app)


def test_an_id_used_for_two_acts_is_refused(colleague, departure, tickets):
    door, one = colleague("guide"), act(entry=tickets[0]["code"])
    tell(door, departure, one)

    assert outcomes(tell(door, departure, {**one, "entry": tickets[1]["code"]})) == [("refused", "act-reused")]
    assert outcomes(tell(colleague("cashier"), departure, one)) == [("refused", "act-reused")]


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"acts": []},
        {"acts": "x"},
        {"acts": [{}]},
        {"acts": [None]},
        {"acts": [{"id": "x", "act": "admit", "entry": "x"}]},
        {"acts": [{"id": str(uuid4()), "act": "enter", "entry": "x"}]},
        {"acts": [{"id": str(uuid4()), "act": "admit"}]},
        {"acts": [{"id": str(uuid4()), "act": "admit", "entry": "x", "ticket": str(uuid4())}]},
        {"acts": [{"id": str(uuid4()), "act": "admit", "entry": "x" * 301}]},
        {"acts": [{"id": str(uuid4()), "act": "admit", "entry": "\x00"}]},
        {"acts": [{"id": str(uuid4()), "act": "admit", "entry": "x", "at": "0001-01-01T00:00:00+14:00"}]},
        {"acts": [{"id": str(uuid4()), "act": "admit", "entry": "x", "at": "yesterday"}]},
        {"acts": [{"id": str(uuid4()), "act": "admit", "entry": "x"}] * 101},
        [],
    ],
)
def test_what_is_not_a_list_of_acts_is_declined(colleague, departure, sent):
    door = colleague("guide")
    door.get("/staff/account")
    answer = door.client.post(f"/staff/door/{departure}/merge", json=sent, headers={"X-CSRFToken": door.token})

    assert answer.status_code == 422


def test_nothing_is_taken_from_a_page_of_another_site(app, colleague, departure, tickets):
    door = colleague("guide")
    sent = {"acts": [act(entry=tickets[0]["code"])]}
    for headers in ({}, {"X-CSRFToken": "guessed"}):
        answer = door.client.post(f"/staff/door/{departure}/merge", json=sent, headers=headers)
        assert (answer.status_code, "form-expired" in answer.text) == (422, True)
    assert value(app, "SELECT count(*) FROM redemptions") == 0


def test_a_departure_that_does_not_exist_has_no_door(colleague):
    door = colleague("guide")
    assert tell(door, uuid4(), act(entry="x")).status_code == 404
    for path in ("x", str(uuid4())):
        for page in ("", "/state", "/manifest", "/manifest.pdf"):
            assert door.get(f"/staff/door/{path}{page}").status_code == 404

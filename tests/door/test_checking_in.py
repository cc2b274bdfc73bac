"""Letting people in: by code, by reference, by name; once, whoever asks how often."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine

from shop.core import clock
from shop.core.ids import new_id
from shop.door import rules
from shop.door.services import merge
from tests.door.conftest import act, outcomes, tell
from tests.factories.crowd import at_once, violations, within
from tests.factories.rows import change, rows, value


def status(app, ticket):
    return value(app, "SELECT status FROM tickets WHERE id = :id", id=ticket["id"])


def test_a_scanned_ticket_lets_its_holder_in_and_its_buyer_sees_it(app, colleague, tourist, departure, tickets):
    answer = tell(colleague("guide"), departure, act(entry=tickets[0]["code"]))

    assert outcomes(answer) == [("admitted", None)]
    assert answer.json["acts"][0]["reference"] == tickets[0]["reference"]
    assert answer.json["acts"][0]["who"] == "王小梅"
    assert answer.json["state"][tickets[0]["id"]][0] == "redeemed"
    order = rows(app, "SELECT order_id FROM tickets")[0]["order_id"]
    assert [one["status"] for one in tourist.tickets(str(order))] == ["redeemed", "valid", "valid"]
    assert not violations(app)


@pytest.mark.parametrize("form", ["{}", "  {} ", "{} small"])
def test_a_reference_is_read_however_it_is_typed(colleague, departure, tickets, form):
    typed = tickets[1]["reference"]
    if form.endswith("small"):
        typed = typed.replace("-", " ").translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    else:
        typed = form.format(typed)

    assert outcomes(tell(colleague("cashier"), departure, act(entry=typed))) == [("admitted", None)]


def test_what_is_no_ticket_of_ours_is_refused(app, colleague, departure, tickets):
    door = colleague("guide")
    forged = tickets[0]["code"][:-3] + ("AAA" if tickets[0]["code"][-3:] != "AAA" else "BBB")
    for entry in (
        "x",
        "INS1",
        forged,
        tickets[0]["reference"][:-1] + "9",
        "000-000-0001/1",
        "'; DROP TABLE tickets",
        "\u200b",
    ):
        assert outcomes(tell(door, departure, act(entry=entry))) == [("refused", "not-our-ticket")], entry
    assert outcomes(tell(door, departure, act(ticket=str(uuid4())))) == [("refused", "not-our-ticket")]
    assert status(app, tickets[0]) == "valid"


def test_a_used_ticket_says_when_and_by_whom(app, colleague, departure, tickets):
    tell(colleague("guide"), departure, act(entry=tickets[0]["code"]))
    answer = tell(colleague("cashier"), departure, act(entry=tickets[0]["code"]))

    assert outcomes(answer) == [("refused", "ticket-used")]
    at = value(app, "SELECT to_char(at AT TIME ZONE 'Europe/Paris', 'HH24:MI') FROM redemptions LIMIT 1")
    assert answer.json["acts"][0]["text"] == f"Already used at {at} by Guide."


def test_a_ticket_of_another_date_says_which(colleague, departure, other_departure, tickets):
    answer = tell(colleague("guide"), other_departure, act(entry=tickets[0]["code"]))

    assert outcomes(answer) == [("refused", "ticket-of-other-date")]
    assert "The Leshan Buddha" in answer.json["acts"][0]["text"]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE tickets SET status = 'void'", "ticket-void"),
        ("UPDATE tickets SET status = 'void', blocked_at = now()", "ticket-blocked"),
        ("UPDATE departures SET status = 'cancelled'", "ticket-of-cancelled-date"),
    ],
)
def test_a_ticket_that_is_no_longer_good_says_why(app, colleague, departure, tickets, statement, reason):
    change(app, statement)

    assert outcomes(tell(colleague("guide"), departure, act(entry=tickets[0]["code"]))) == [("refused", reason)]
    assert status(app, tickets[0]) != "redeemed"


def test_an_admission_is_undone_within_a_quarter_of_an_hour(app, colleague, departure, tickets):
    door = colleague("guide")
    tell(door, departure, act(entry=tickets[0]["code"]), act(entry=tickets[1]["code"]))

    assert outcomes(tell(door, departure, act("undo", ticket=tickets[0]["id"]))) == [("undone", None)]
    assert status(app, tickets[0]) == "valid"
    assert outcomes(tell(door, departure, act("undo", ticket=tickets[0]["id"]))) == [("refused", "not-admitted")]
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        late = tell(door, departure, act("undo", ticket=tickets[1]["id"]))
    assert outcomes(late) == [("refused", "undo-too-late")]
    assert outcomes(tell(door, departure, act(entry=tickets[0]["code"]))) == [("admitted", None)]
    assert not violations(app)


def test_a_colleagues_admission_is_undone_by_a_manager_only(app, colleague, departure, tickets):
    tell(colleague("guide"), departure, act(entry=tickets[0]["code"]))

    wanted = act("undo", ticket=tickets[0]["id"])
    assert outcomes(tell(colleague("cashier"), departure, wanted)) == [("refused", "admitted-by-somebody-else")]
    assert outcomes(tell(colleague("manager"), departure, act("undo", ticket=tickets[0]["id"]))) == [("undone", None)]


def test_two_doors_at_once_let_one_ticket_in_once(app, colleague, departure, tickets):
    doors = [colleague("guide", email=f"guide-{n}@example.com") for n in range(6)]
    for door in doors:
        door.get("/staff/account")

    answers = at_once([lambda door=door: tell(door, departure, act(entry=tickets[0]["code"])) for door in doors])

    assert sorted(outcomes(answer)[0] for answer in answers) == [("admitted", None)] + [("refused", "ticket-used")] * 5
    assert value(app, "SELECT count(*) FROM redemptions WHERE outcome = 'admitted'") == 1
    assert not violations(app)


def test_one_act_told_by_many_at_once_counts_once(app, colleague, departure, tickets):
    guide = colleague("guide")
    door = rules.Doorkeeper(guide.id, "guide", departure, "phone-1", "en")
    told = rules.Act(new_id(), "admit", entry=tickets[0]["code"], offline=True)

    answers = at_once([within(app, lambda: merge.carry_out(told, door=door, now=clock.now()))] * 5)

    assert answers == ["done"] * 5
    assert rows(app, "SELECT outcome FROM redemptions") == [{"outcome": "admitted"}]
    assert not rows(app, "SELECT kind FROM attention")


def test_a_ticket_is_not_given_back_and_let_in_at_once(app, catalogue, colleague, tourist, departure):
    door = colleague("guide")
    door.get("/staff/account")
    for _ in range(5):
        order = tourist.ordered(departure, adults=1)
        ticket = tourist.tickets(order["id"])[0]
        came, _ = at_once(
            [
                lambda ticket=ticket: tell(door, departure, act(entry=ticket["code"])).json["acts"][0]["outcome"],
                lambda order=order: tourist.post(f"/orders/{order['id']}/cancel"),
            ]
        )
        assert status(app, ticket) == ("redeemed" if came == "admitted" else "void")
        left = "paid" if came == "admitted" else "cancelled"
        assert tourist.order(order["id"])["status"] == left
        assert not violations(app)


def test_forms_do_the_same_without_script(app, colleague, departure, tickets):
    door = colleague("cashier")
    booking = str(value(app, "SELECT DISTINCT booking_id FROM tickets"))

    assert (
        "Let in: "
        in door.client.get(door.post(f"/staff/door/{departure}/admit", entry=tickets[0]["code"]).location).text
    )
    refused = door.client.get(door.post(f"/staff/door/{departure}/admit", entry=tickets[0]["code"]).location).text
    assert "Already used at" in refused
    assert (
        "People let in: 2"
        in door.client.get(door.post(f"/staff/door/{departure}/admit", booking=booking).location).text
    )
    assert "3 here of 3 expected" in door.get(f"/staff/door/{departure}").text
    undone = door.client.get(door.post(f"/staff/door/{departure}/undo", ticket=tickets[2]["id"]).location).text
    assert "Admission undone" in undone
    for fields in ({}, {"entry": "\x00"}, {"ticket": "x"}, {"booking": str(uuid4())}, {"entry": "y" * 400}):
        answer = door.post(f"/staff/door/{departure}/admit", **fields)
        assert "Not a ticket of this shop" in door.client.get(answer.location).text
    assert not violations(app)


def test_every_act_is_in_the_trail_and_in_a_list_that_is_only_added_to(app, colleague, departure, tickets):
    door = colleague("guide")
    tell(door, departure, act(entry=tickets[0]["code"]), act("undo", ticket=tickets[0]["id"]), act(entry="nothing"))

    trail = rows(app, "SELECT act, subject, who FROM staff_acts WHERE act LIKE 'door.%' ORDER BY id")
    assert [one["act"] for one in trail] == ["door.admitted", "door.undone", "door.refused"]
    assert trail[0]["subject"] == tickets[0]["reference"]
    kept = rows(app, "SELECT act, outcome, device, device_at IS NOT NULL AS told, at FROM redemptions ORDER BY id")
    assert [(one["outcome"], one["device"], one["told"]) for one in kept] == [
        ("admitted", "phone-1", True),
        ("undone", "phone-1", True),
    ]
    for statement in ("UPDATE redemptions SET outcome = 'refused'", "DELETE FROM redemptions", "TRUNCATE redemptions"):
        with pytest.raises(Exception, match="only added to"):
            change(app, statement)
    assert tickets[0]["code"] not in str(rows(app, "SELECT * FROM staff_acts"))


def test_a_used_ticket_is_not_cancelled_by_its_buyer(app, colleague, tourist, departure):
    order = tourist.ordered(departure, adults=1)
    ticket = tourist.tickets(order["id"])[0]
    tell(colleague("guide"), departure, act(entry=ticket["code"]))

    answer = tourist.get(f"/orders/{order['id']}/cancellation?tickets={ticket['id']}")
    assert (answer.status_code, answer.json["code"]) == (409, "ticket-redeemed")

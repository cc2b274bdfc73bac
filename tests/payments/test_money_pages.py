"""The pages about money: what waits for somebody, and where each thing is decided."""

from uuid import uuid4

import pytest
from flask import url_for

from shop.core import clock
from shop.core.db import transaction
from shop.simulator.refund_desk import RefundHandling
from shop.staff.services.attention import tell_staff
from shop.staff.texts import ATTENTION
from tests.core.watching import queries_of
from tests.factories.colleagues import Colleague
from tests.payments.test_cancelling_paid import finish
from tests.payments.test_order_pages import hidden, path_of
from tests.payments.world import at_once


@pytest.fixture
def staff(world):
    return lambda role, **facts: Colleague(world.app, role, **facts).signed_in()


def tell(world, kind, subject, **facts):
    with world.app.app_context(), transaction():
        tell_staff(kind, subject, now=clock.now(), **facts)


def failed(world):
    """An order whose refund could not be made."""
    world.simulation.refunds.handling = RefundHandling(outcome="abnormal", notify=False)
    order = world.late()
    finish(world)
    assert world.refund_row(order).status == "needs_attention"
    return order


def in_cash(world, someone):
    """An order paid in cash whose money is to be handed out."""
    order = world.order()
    form = hidden(someone.get(path_of(order, "/cash")))
    assert someone.post(path_of(order, "/cash"), **form, received="38").status_code == 303
    assert world.cancel(order).status_code == 200
    return order


def test_each_thing_that_needs_a_decision_leads_to_its_page(world, staff):
    order = world.paid()
    manager = staff("manager")
    assert manager.post(path_of(order, "/refund"), form_id="x").status_code == 422
    number = world.number(order)
    cash = in_cash(world, manager)
    refund = world.refund_row(cash).number
    spoken = world.stored(order).spoken_number
    subjects = {"paid": number, "refund": refund, "order": spoken, "review": spoken}
    subjects |= {"calendar": "leshan 2027-05-01 14:30 zh", "statement": "wechat_pay 2026-05-01"}
    from shop.payments.services.decisions import PLACES

    assert PLACES.keys() == ATTENTION.keys()
    for kind in ATTENTION:
        subject = subjects.get(PLACES[kind][0], "something / else?&")
        tell(world, kind, subject, amount=1)
        found = world.app.extensions["decision_links"](kind, subject)
        with world.app.test_request_context():
            path = url_for(found.endpoint, **found.values)
        answer = manager.get(path)
        assert answer.status_code == 200, (kind, path)
        assert all((found.words.fr, found.words.zh, found.words.en))
    for kind, subject in (("amount-mismatch", "?"), ("changed-payment", "x"), ("new-kind", "y")):
        assert world.app.extensions["decision_links"](kind, subject).endpoint == "payments_desk.staff_attention"


def test_what_only_others_can_settle_is_taken_off_with_a_note(world, staff):
    tell(world, "unmatched-payment", "4200-x", amount=100)
    cashier = staff("cashier")
    assert "4200-x" in cashier.get("/staff/money").text
    form = {"kind": "unmatched-payment", "subject": "4200-x"}

    assert cashier.post("/staff/attention", **form).status_code == 422
    assert cashier.post("/staff/attention", **form, note="Rendu dans la console").status_code == 303
    assert cashier.post("/staff/attention", **form, note="Encore").status_code == 404

    assert world.attention() == []
    assert world.sql("SELECT subject, after->>'kind' FROM staff_acts WHERE act = 'attention.done'") == [
        ("4200-x", "unmatched-payment")
    ]
    assert world.sql("SELECT facts->>'note' FROM attention") == [("Rendu dans la console",)]


def test_what_an_act_decides_is_not_taken_off_otherwise(world, staff):
    cashier = staff("cashier")
    order = in_cash(world, cashier)
    number = world.refund_row(order).number

    answer = cashier.post("/staff/attention", kind="refund-by-hand", subject=number, note="x")

    assert answer.status_code == 404
    assert world.attention() == [("refund-by-hand", number)]


def test_cash_is_handed_out_once(world, staff):
    cashier, manager = staff("cashier"), staff("manager")
    order = in_cash(world, cashier)
    number = world.refund_row(order).number
    assert number in cashier.get("/staff/money").text
    form_id = hidden(cashier.get(f"/staff/refunds/{number}"))["form_id"]
    manager.get("/staff/account")

    answers = at_once(
        lambda: cashier.post(f"/staff/refunds/{number}/handed-out", form_id=form_id),
        lambda: manager.post(f"/staff/refunds/{number}/handed-out", form_id=str(uuid4())),
    )

    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert world.refund_row(order).status == "succeeded"
    assert world.attention() == []
    assert cashier.post(f"/staff/refunds/{number}/handed-out", form_id=str(uuid4())).status_code == 409


def test_a_failed_refund_is_asked_for_again_once(world, staff):
    order = failed(world)
    cashier = staff("cashier")
    number = world.refund_row(order).number
    form_id = hidden(cashier.get(f"/staff/refunds/{number}"))["form_id"]

    assert cashier.post(f"/staff/refunds/{number}/handed-out", form_id=str(uuid4())).status_code == 409
    assert cashier.post(f"/staff/refunds/{number}/retry", form_id=form_id).status_code == 303
    assert cashier.post(f"/staff/refunds/{number}/retry", form_id=form_id).status_code == 303
    assert cashier.post(f"/staff/refunds/{number}/retry", form_id=str(uuid4())).status_code == 409

    row = world.refund_row(order)
    assert (row.status, row.asked_by) == ("pending", "cashier@example.com")


def test_refunds_that_do_not_exist_are_not_found(world, staff):
    cashier = staff("cashier")
    assert cashier.get("/staff/refunds/x").status_code == 404
    for act in ("retry", "handed-out"):
        assert cashier.post(f"/staff/refunds/x/{act}", form_id=str(uuid4())).status_code == 404


@pytest.mark.parametrize("role", ["stock", "guide"])
def test_others_do_not_see_money(world, staff, role):
    order = failed(world)
    number = world.refund_row(order).number
    someone = staff(role)
    for path in ("/staff/money", f"/staff/refunds/{number}", "/staff/attention"):
        assert someone.get(path).status_code == 403
    for act in ("retry", "handed-out"):
        assert someone.post(f"/staff/refunds/{number}/{act}", form_id=str(uuid4())).status_code == 403
    assert world.refund_row(order).status == "needs_attention"


def test_the_money_page_asks_no_more_for_more(world, staff):
    cashier = staff("cashier")
    counts = []
    for more in (1, 3):
        for place in range(more):
            in_cash(world, cashier)
            tell(world, "unmatched-payment", f"4200-{len(counts)}-{place}")
        with queries_of(world.app) as sent:
            page = cashier.get("/staff/money")
        counts.append(len(sent))
        assert page.status_code == 200

    assert counts[0] == counts[1]

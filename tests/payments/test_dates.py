"""Dates that are cancelled, moved, or changed for one order: at the staff's pages and at the customer's API."""

import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from shop.catalogue.jobs import decide_minimums
from shop.core import clock
from shop.core.db import db, transaction
from shop.staff import rules as staff_rules
from shop.staff.services import accounts
from tests.factories.catalogue import ADULT
from tests.factories.colleagues import Colleague
from tests.payments.world import at_once, twin

NO_TERMS = {"cancellation": []}  # whatever goes back goes back for another reason


class Dates:
    """The staff's hands on dates, in one world."""

    def __init__(self, world):
        self.world = world
        self.anne = Colleague(world.app, "manager").signed_in()

    def agreed(self, departure_id, who=None):
        page = (who or self.anne).get(f"/staff/dates/{departure_id}/cancel")
        assert page.status_code == 200, page.text
        return re.search(r'name="agreed" value="([^"]+)"', page.text)[1]

    def cancel(self, departure_id, *, who=None, agreed=None, **fields):
        who = who or self.anne
        agreed = agreed or self.agreed(departure_id, who)
        sent = {"reason": "weather", "note": "Orage annoncé", "offer": "date", "days": "3", "agreed": agreed, **fields}
        return who.post(f"/staff/dates/{departure_id}/cancel", **sent)

    def cancelled(self, departure_id, **fields):
        answer = self.cancel(departure_id, **fields)
        assert answer.status_code == 303, answer.text
        self.world.sweep()

    def move(self, departure_id, local, **fields):
        sent = {"starts_at": local, "language": "zh", "reason": "guide", "days": "2", **fields}
        return self.anne.post(f"/staff/dates/{departure_id}/move", **sent)


@pytest.fixture
def dates(world):
    return Dates(world)


class Sold:
    """A tour with two dates; some bought the first."""

    def __init__(self, world, *, capacity=20, other_capacity=20, **tour):
        self.world = world
        self.slug = world.catalogue.tour(**{"currency": world.currency, **NO_TERMS, **tour})
        self.first = world.catalogue.departure(self.slug, capacity=capacity)
        self.other = world.catalogue.departure(self.slug, capacity=other_capacity, starts_in=timedelta(days=9))

    def paid(self, tourist=None, *, adults=2):
        tourist = tourist or self.world.mei
        order = tourist.ordered(self.first, adults=adults)
        tourist.payment(order["id"])
        self.world.arrive(self.world.number(order))
        return order

    def rebook(self, order, departure_id=None, tourist=None):
        sent = {"booking_id": order["bookings"][0]["id"], "departure_id": str(departure_id or self.other)}
        return (tourist or self.world.mei).post(f"/orders/{order['id']}/rebook", sent)

    def seats(self):
        return self.world.catalogue.seats_taken(self.first), self.world.catalogue.seats_taken(self.other)


def finish(world):
    for _ in range(2):
        world.later(seconds=70)
        world.sweep()


class TestTheRehearsal:
    def test_it_shows_who_and_how_much_and_changes_nothing(self, world, dates):
        sold = Sold(world)
        order = sold.paid()
        lei = world.tourist("lei")
        waiting = lei.ordered(sold.first, adults=1)
        lei.payment(waiting["id"])
        before = world.contents()
        page = dates.anne.get(f"/staff/dates/{sold.first}/cancel").text

        assert re.findall(r'<dd class="col-6 col-sm-9">(\d+)</dd>', page) == ["2", "3", "3"]
        assert "€38.00" in page
        assert "€38.00 by WeChat Pay" in page
        assert "€19.00 at WeChat Pay" in page
        assert "王小梅" in page
        assert "+8613800138000" in page
        assert order["number"] in page
        after = world.contents()
        assert {name for name in after if after[name] != before[name]} <= {"staff_acts", "staff_sessions"}
        assert world.sql("SELECT act FROM staff_acts") == [("date.rehearsed",)]

    def test_who_cannot_be_reached_is_named(self, world, dates):
        sold = Sold(world)
        sold.paid()
        world.sql("UPDATE orders SET contact = jsonb_build_object('name', '无名')")

        assert "Neither phone nor e-mail: 1" in dates.anne.get(f"/staff/dates/{sold.first}/cancel").text

    def test_figures_that_changed_are_shown_anew_and_nothing_is_done(self, world, dates):
        sold = Sold(world)
        sold.paid()
        agreed = dates.agreed(sold.first)
        sold.paid(world.tourist("lei"))

        answer = dates.cancel(sold.first, agreed=agreed)

        assert answer.status_code == 409
        assert "The figures have changed" in answer.text
        assert "€76.00" in answer.text
        assert world.sql("SELECT status FROM departures WHERE id = :id", id=sold.first) == [("open",)]
        again = re.search(r'name="agreed" value="([^"]+)"', answer.text)[1]
        assert dates.cancel(sold.first, agreed=again).status_code == 303

    @pytest.mark.parametrize("agreed", ["", "nonsense", "x" * 3999, "[1,2].sig", "é"])
    def test_figures_nobody_showed_are_not_agreed_to(self, world, dates, agreed):
        sold = Sold(world)
        answer = dates.anne.post(f"/staff/dates/{sold.first}/cancel", reason="weather", offer="money", agreed=agreed)

        assert answer.status_code == 409
        assert world.sql("SELECT count(*) FROM date_changes") == [(0,)]

    def test_the_number_of_queries_does_not_grow_with_the_bookings(self, world, dates):
        def queries(departure_id):
            seen = []

            def count(*facts):
                seen.append(facts[2])

            with world.app.app_context():
                engine = db.engine
            sa.event.listen(engine, "before_cursor_execute", count)
            dates.anne.get(f"/staff/dates/{departure_id}/cancel")
            dates.anne.get(f"/staff/dates/{departure_id}/progress")
            sa.event.remove(engine, "before_cursor_execute", count)
            return len(seen)

        few, many = Sold(world), Sold(world)
        few.paid()
        dates.anne.get(f"/staff/dates/{few.first}/cancel")
        one = queries(few.first)
        for _ in range(4):
            many.paid(adults=1)

        assert queries(many.first) <= one


class TestCancelling:
    def test_more_money_than_the_limit_asks_for_a_code_that_is_good_once(self, world, dates):
        sold = Sold(world, units=[{**ADULT, "price": 30_000}])
        sold.paid()
        code = dates.anne.code()

        assert "code-not-right" not in dates.cancel(sold.first).text
        assert dates.cancel(sold.first).status_code == 422
        assert dates.cancel(sold.first, code="000000").status_code == 422
        assert world.sql("SELECT count(*) FROM date_changes") == [(0,)]
        assert dates.cancel(sold.first, code=code).status_code == 303
        dear = Sold(world, units=[{**ADULT, "price": 30_000}])
        dear.paid()
        assert dates.cancel(dear.first, code=code).status_code == 422

    def test_guessing_codes_comes_to_an_end(self, world, dates):
        sold = Sold(world, units=[{**ADULT, "price": 30_000}])
        sold.paid()
        answers = [dates.cancel(sold.first, code="000000").status_code for _ in range(staff_rules.TRIES + 1)]

        assert answers == [422] * staff_rules.TRIES + [429]

    def test_who_has_no_second_factor_sets_one_up_first(self, world, dates):
        sold = Sold(world, units=[{**ADULT, "price": 30_000}])
        sold.paid()
        bob = Colleague(world.app, "stock").signed_in()
        with world.app.app_context(), transaction():
            accounts.get_member(bob.id).totp_secret = None

        assert bob.get(f"/staff/dates/{sold.first}/cancel").location == "/staff/account/second-factor"

    def test_the_password_must_be_fresh(self, world, dates):
        sold = Sold(world)
        world.later(minutes=11)

        assert "/staff/confirm" in dates.anne.get(f"/staff/dates/{sold.first}/cancel").location

    def test_the_buyer_is_offered_another_date_in_their_language_once(self, world, dates):
        sold = Sold(world)
        order = sold.paid()
        dates.cancelled(sold.first)
        world.sweep()

        shown = world.mei.order(order["id"])
        assert shown["status"] == "paid"
        assert shown["choice"]["kind"] == "cancelled"
        assert shown["choice"]["booking_id"] == order["bookings"][0]["id"]
        assert [one["id"] for one in shown["choice"]["alternatives"]] == [str(sold.other)]
        assert datetime.fromisoformat(shown["choice"]["until"]) > clock.now() + timedelta(days=2, hours=23)
        assert world.story(order).count("departure.offered") == world.story(order).count("departure.called_off") == 1
        said = world.mei.get(f"/orders/{order['id']}?lang=zh-CN").json["timeline"][-2]["text"]
        assert said.startswith("旅游局取消了")
        assert "天气原因 – Orage annoncé" in said
        listed = world.mei.get("/orders").json["items"][0]
        assert listed["choice"] == shown["choice"]

    def test_nobody_enters_with_a_ticket_of_a_cancelled_date(self, world, dates):
        sold = Sold(world)
        order = sold.paid()
        (ticket, *_) = world.mei.tickets(order["id"])
        dates.cancelled(sold.first)

        assert {one["status"] for one in world.mei.tickets(order["id"])} == {"void"}
        assert world.app.test_client().get(f"/tickets/{ticket['code']}.pdf").json["code"] == "ticket-void"

    def test_nobody_can_book_or_pay_it_any_more(self, world, dates):
        sold = Sold(world)
        order = world.mei.ordered(sold.first)
        payment = world.mei.payment(order["id"])
        dates.cancelled(sold.first)

        assert payment["status"] == "pending"
        assert world.status(order) == "cancelled"
        assert world.mei.hold(sold.first).json["code"] == "departure-closed"
        assert world.mei.open_payment(order["id"]).json["code"] == "order-not-payable"
        world.arrive(world.number(order))
        finish(world)
        assert (world.gone(order), sold.seats()) == (3800, (0, 0))

    def test_twice_is_refused_and_then_leads_to_the_progress(self, world, dates):
        sold = Sold(world)
        agreed = dates.agreed(sold.first)
        assert dates.cancel(sold.first, agreed=agreed).status_code == 303
        again = dates.cancel(sold.first, agreed=agreed)

        assert (again.status_code, "cancelled already" in again.text) == (409, True)
        assert dates.anne.get(f"/staff/dates/{sold.first}/cancel").location.endswith(f"/dates/{sold.first}/progress")
        assert world.sql("SELECT count(*) FROM date_changes") == [(1,)]

    def test_money_at_once(self, world, dates):
        sold = Sold(world)
        order = sold.paid()
        dates.cancelled(sold.first, offer="money")
        finish(world)

        assert (world.status(order), world.gone(order), sold.seats()) == ("refunded", 3800, (0, 0))
        assert world.story(order).count("departure.called_off") == 1
        assert world.mei.order(order["id"])["choice"] is None
        assert world.refund_row(order).asked_by == dates.anne.email

    def test_after_the_deadline_the_money_goes_back_by_itself(self, world, dates):
        sold = Sold(world)
        order = sold.paid()
        dates.cancelled(sold.first)
        world.later(days=3, seconds=1)
        assert sold.rebook(order).json["code"] == "no-date-to-choose"
        world.sweep()
        finish(world)

        assert (world.status(order), world.gone(order), sold.seats()) == ("refunded", 3800, (0, 0))
        assert world.mei.order(order["id"])["choice"] is None

    def test_who_waits_for_the_worker_is_shown_so(self, world, dates):
        sold = Sold(world)
        sold.paid()
        world.mei.ordered(sold.first)
        assert dates.cancel(sold.first, offer="money").status_code == 303
        page = dates.anne.get(f"/staff/dates/{sold.first}/progress").text

        assert "waiting 2" in page
        assert 'data-over="no"' in page
        world.sweep()
        world.later(minutes=1)

    def test_the_act_and_its_progress_are_told(self, world, dates):
        sold = Sold(world)
        chosen, left, asked = sold.paid(), sold.paid(adults=1), sold.paid(adults=3)
        dates.cancelled(sold.first)
        assert sold.rebook(chosen).status_code == 200
        assert world.cancel(left).status_code == 200
        page = dates.anne.get(f"/staff/dates/{sold.first}/progress").text

        assert all(order["number"] in page for order in (chosen, left, asked))
        assert "took another date" in page
        assert "the buyer chooses 1" in page
        assert "refund under way 1" in page
        finish(world)
        page = dates.anne.get(f"/staff/dates/{sold.first}/progress").text
        assert "done 2" in page
        assert 'data-over="yes"' in page
        ((subject, after),) = world.sql("SELECT subject, after FROM staff_acts WHERE act = 'date.cancelled'")
        assert subject.startswith(sold.slug)
        assert (after["bookings"], after["people"]) == (3, 6)


class TestChoosing:
    def test_another_date_keeps_the_tickets_under_new_codes(self, world, dates):
        sold = Sold(world)
        order = sold.paid()
        old = [one["code"] for one in world.mei.tickets(order["id"])]
        dates.cancelled(sold.first)

        answer = sold.rebook(order)

        assert answer.status_code == 200, answer.text
        assert answer.json["choice"] is None
        assert answer.json["bookings"][0]["departure"]["id"] == str(sold.other)
        assert answer.json["timeline"][-1]["event"] == "date.rebooked"
        tickets = world.mei.tickets(order["id"])
        assert {one["status"] for one in tickets} == {"valid"}
        assert not set(old) & {one["code"] for one in tickets}
        client = world.app.test_client()
        assert client.get(f"/tickets/{old[0]}.pdf").json["code"] == "ticket-not-found"
        assert client.get(f"/tickets/{tickets[0]['code']}.pdf").status_code == 200
        assert sold.seats() == (0, 2)
        assert sold.rebook(order).status_code == 200
        assert sold.seats() == (0, 2)
        world.later(days=4)
        world.sweep()
        assert (world.status(order), world.refunds(order)) == ("paid", [])

    def test_the_money_is_offered_and_taken_in_full(self, world, dates):
        sold = Sold(world)
        order = sold.paid()
        assert world.quote(order).json["refund"]["amount"] == 0
        dates.cancelled(sold.first)
        offer = world.quote(order).json

        assert (offer["refund"]["amount"], offer["fee"]["amount"]) == (3800, 0)
        assert world.cancel(order, offer["quote"]).status_code == 200
        finish(world)
        assert (world.status(order), world.gone(order), sold.seats()) == ("refunded", 3800, (0, 0))
        assert "tickets.left" in world.story(order)
        assert sold.rebook(order).json["code"] == "no-date-to-choose"

    def test_only_a_date_of_the_same_tour_with_room_can_be_had(self, world, dates):
        sold, elsewhere = Sold(world, other_capacity=1), Sold(world)
        order = sold.paid()
        assert sold.rebook(order).json["code"] == "no-date-to-choose"
        dates.cancelled(sold.first)

        assert world.mei.order(order["id"])["choice"]["alternatives"] == []
        refused = sold.rebook(order)
        assert (refused.status_code, refused.json["code"], refused.json["seats_left"]) == (409, "sold-out", 1)
        assert sold.rebook(order, elsewhere.other).json["code"] == "other-tour"
        assert sold.rebook(order, UUID(int=7)).json["code"] == "departure-not-found"
        world.catalogue.change(sold.other, status="closed", capacity=9)
        assert sold.rebook(order).json["code"] == "departure-closed"
        assert sold.rebook(order, sold.first).json["code"] == "departure-closed"
        assert sold.seats() == (2, 0)

    def test_only_its_owner_can_choose(self, world, dates):
        sold = Sold(world)
        order = sold.paid()
        dates.cancelled(sold.first)
        lei = world.tourist("lei")

        assert sold.rebook(order, tourist=lei).json["code"] == "order-not-found"
        other = sold.world.mei.post(
            f"/orders/{order['id']}/rebook", {"booking_id": str(UUID(int=3)), "departure_id": str(sold.other)}
        )
        assert other.json["code"] == "booking-not-found"
        assert world.mei.post(f"/orders/{order['id']}/rebook", {"booking_id": 3}).json["code"] == "invalid-input"

    def test_the_last_seats_are_had_by_one(self, world, dates):
        sold = Sold(world, other_capacity=2)
        mine, lei = sold.paid(), world.tourist("lei")
        theirs = sold.paid(lei)
        dates.cancelled(sold.first)

        answers = at_once(lambda: sold.rebook(mine), lambda: sold.rebook(theirs, tourist=lei))

        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert sold.seats() == (2, 2)
        world.later(days=3, seconds=1)
        world.sweep()
        finish(world)
        assert sorted([world.gone(mine), world.gone(theirs)]) == [0, 3800]

    @pytest.mark.parametrize("meanwhile", ["cancel", "deadline", "rebook"])
    def test_choosing_and_something_else_at_once_ends_one_way(self, world, dates, meanwhile):
        sold = Sold(world)
        order = sold.paid()
        dates.cancelled(sold.first)
        second, quote = twin(world.mei), world.quote(order).json["quote"]
        if meanwhile == "deadline":
            world.sql("UPDATE date_choices SET until = :now", now=clock.now())
            world.sql("UPDATE date_changes SET choose_until = :now", now=clock.now())
        others = {
            "cancel": lambda: second.post(f"/orders/{order['id']}/cancel", {"quote": quote}),
            "deadline": world.sweep,
            "rebook": lambda: sold.rebook(order, tourist=second),
        }

        answer, _ = at_once(lambda: sold.rebook(order), others[meanwhile])
        finish(world)

        moved = answer.status_code == 200 and world.status(order) == "paid"
        assert (world.gone(order), sold.seats()) == ((0, (0, 2)) if moved else (3800, (0, 0)))


class TestMoving:
    def test_those_concerned_are_told_and_may_leave_for_nothing_until_the_deadline(self, world, dates):
        sold = Sold(world)
        staying, leaving, late = sold.paid(), sold.paid(adults=1), sold.paid(adults=3)
        local = (clock.now() + timedelta(days=8)).strftime("%Y-%m-%dT10:30")
        assert dates.move(sold.first, local, note="Le guide est au musée").status_code == 303
        world.sweep()
        world.sweep()

        shown = world.mei.order(staying["id"])
        assert shown["bookings"][0]["departure"]["starts_at"].startswith(local)
        assert (shown["choice"]["kind"], shown["choice"]["alternatives"]) == ("moved", [])
        assert world.story(staying).count("departure.moved") == 1
        assert "Le guide est au musée" in shown["timeline"][-1]["text"]
        assert world.quote(leaving).json["refund"]["amount"] == 1900
        assert world.cancel(leaving).status_code == 200
        finish(world)
        assert (world.status(leaving), world.gone(leaving)) == ("refunded", 1900)
        assert world.refunds(leaving)[0][2] == "moved"

        quote = world.quote(late).json
        world.later(days=2)
        assert world.cancel(late, quote["quote"]).json["code"] == "quote-changed"
        assert world.quote(late).json["refund"]["amount"] == 0
        assert world.mei.order(staying["id"])["choice"] is None
        assert sold.rebook(staying).json["code"] == "no-date-to-choose"

    def test_the_time_to_leave_never_ends_after_the_new_start(self, world, dates):
        sold = Sold(world)
        order = sold.paid()
        local = (clock.now() + timedelta(hours=30)).strftime("%Y-%m-%dT%H:%M")
        dates.move(sold.first, local, days="9")
        choice = world.mei.order(order["id"])["choice"]

        assert choice["until"] == world.mei.order(order["id"])["bookings"][0]["departure"]["starts_at"]

    def test_what_cannot_be(self, world, dates):
        sold = Sold(world)
        world.sql("UPDATE departures SET starts_at = date_trunc('minute', starts_at)")
        start = world.mei.held(sold.first)["departure"]["starts_at"][:16]
        other = world.mei.held(sold.other)["departure"]["starts_at"]

        assert "Nothing changes" in dates.move(sold.first, start).text
        assert "already" in dates.move(sold.first, other[:16]).text
        assert "still to come" in dates.move(sold.first, "2020-01-01T10:00").text
        assert dates.move(sold.first, "2027-03-28T02:30").status_code == 422  # the clocks skip it
        assert dates.move(sold.first, "tomorrow").status_code == 422
        assert dates.move(sold.first, other[:16], language="xx").status_code == 422
        assert world.sql("SELECT count(*) FROM date_changes") == [(0,)]
        world.catalogue.change(sold.first, status="cancelled")
        assert dates.move(sold.first, "2027-05-01T10:30").status_code == 409

    def test_a_moved_date_is_judged_anew_by_its_minimum_and_not_at_once(self, world, dates):
        sold = Sold(world)
        sold.paid()
        weeks_ago = {"minimum_at": clock.now() - timedelta(days=20), "assured_at": clock.now()}
        world.catalogue.change(sold.first, minimum_seats=5, minimum_hours=24, **weeks_ago)
        assert dates.move(sold.first, (clock.now() + timedelta(hours=20)).strftime("%Y-%m-%dT%H:%M")).status_code == 303
        with world.app.app_context():
            decide_minimums()
            db.session.remove()

        assert world.sql("SELECT status, assured_at FROM departures WHERE id = :id", id=sold.first) == [("open", None)]

    def test_a_date_that_has_begun_is_not_moved(self, world, dates):
        sold = Sold(world)
        world.catalogue.change(sold.first, starts_at=clock.now() - timedelta(minutes=1))

        later = (clock.now() + timedelta(days=8)).strftime("%Y-%m-%dT10:30")
        assert dates.move(sold.first, later).status_code == 409

    def test_who_is_still_paying_is_told_too(self, world, dates):
        sold = Sold(world)
        order = world.mei.ordered(sold.first)
        world.mei.payment(order["id"])
        dates.move(sold.first, (clock.now() + timedelta(days=8)).strftime("%Y-%m-%dT10:30"))
        world.sweep()
        world.arrive(world.number(order))

        assert "departure.moved" in world.story(order)
        assert world.quote(order).json["refund"]["amount"] == 3800


class TestAnotherDateForOneOrder:
    def change(self, dates, order, departure_id, **fields):
        path = f"/staff/orders/{order['number']}/bookings/{order['bookings'][0]['id']}/date"
        assert dates.anne.get(path).status_code == 200
        return dates.anne.post(path, departure_id=str(departure_id), **fields)

    def test_it_is_given_at_the_same_price(self, world, dates):
        sold = Sold(world)
        order = sold.paid()
        old = {one["code"] for one in world.mei.tickets(order["id"])}
        assert self.change(dates, order, sold.other).status_code == 303

        assert (sold.seats(), world.status(order), world.refunds(order)) == ((0, 2), "paid", [])
        assert world.story(order)[-1] == "date.changed"
        assert not old & {one["code"] for one in world.mei.tickets(order["id"])}
        assert world.sql("SELECT subject FROM staff_acts WHERE act = 'date.changed'") == [(order["number"],)]

    def test_a_higher_price_must_be_waived(self, world, dates):
        sold = Sold(world)
        order = sold.paid()
        world.sql("UPDATE units SET price = 2500 WHERE code = 'adult'")

        refused = self.change(dates, order, sold.other)
        assert (refused.status_code, "12.00" in refused.text) == (409, True)
        assert self.change(dates, order, sold.other, waive="on").status_code == 303
        assert (sold.seats(), world.refunds(order)) == ((0, 2), [])

    def test_no_money_moves_however_often_the_date_changes(self, world, dates):
        sold = Sold(world)
        order = sold.paid()
        world.sql("UPDATE units SET price = 1500 WHERE code = 'adult'")
        for there in (sold.other, sold.first, sold.other):
            assert self.change(dates, order, there, refund="on").status_code == 303
        finish(world)

        assert (world.status(order), world.refunds(order)) == ("paid", [])

    def test_what_cannot_be(self, world, dates):
        sold, elsewhere = Sold(world, other_capacity=1), Sold(world)
        order, waiting = sold.paid(), world.mei.ordered(elsewhere.first)

        assert self.change(dates, order, sold.other).status_code == 409
        assert self.change(dates, order, elsewhere.other).status_code == 422
        assert self.change(dates, order, "nonsense").status_code == 404
        assert self.change(dates, order, sold.first).status_code == 409
        assert self.change(dates, waiting, elsewhere.other).status_code == 409
        world.falsified = True  # nobody was at the door
        world.sql("UPDATE tickets SET status = 'redeemed' WHERE position = 1")
        world.catalogue.change(sold.other, capacity=9)
        assert self.change(dates, order, sold.other).status_code == 409
        assert sold.seats() == (2, 0)
        assert dates.anne.get(f"/staff/orders/0/bookings/{order['bookings'][0]['id']}/date").status_code == 404

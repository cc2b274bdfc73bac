"""What customers ask about themselves: everything held, being forgotten, and what they agreed to."""

import json
from datetime import timedelta
from itertools import product
from uuid import UUID

import pytest
import sqlalchemy as sa

from shop.core import clock
from shop.core.db import db, transaction
from shop.customers.services import sign_in
from shop.office.services import erasure
from shop.orders.services.settle import lock_order
from shop.payments.services.office import take_at_counter
from tests.core.watching import queries_of
from tests.factories import rows
from tests.factories.crowd import inside, violations, within
from tests.factories.people import Tourist
from tests.races.interleaving import meet
from tests.secrets.places import contents, where

NAME, EMAIL, PHONE = "王小梅", "mei@example.com", "+8613800138000"


def paid_at_the_counter(app, tourist, departure_id):
    order = tourist.ordered(departure_id)
    with app.app_context(), transaction():
        held = lock_order(UUID(order["id"]))
        take_at_counter(held, held.total, gateway="cash", by="anne@example.com", now=clock.now())
    return order


@pytest.fixture
def bought(app, tourist, catalogue, time_machine):
    """A customer who bought a tour, agreed to reminders, and for whom all is over."""
    order = paid_at_the_counter(app, tourist, catalogue.departure())
    agree(tourist, reminders=True)
    time_machine.move_to(clock.now() + timedelta(days=8))
    tourist.sign_in()
    return order


def agree(tourist, **purposes):
    items = [{"purpose": name, "given": given, "version": "2026-11"} for name, given in purposes.items()]
    return tourist.client.put("/api/v1/me/consents", json={"items": items}, headers=tourist.headers)


def openid_of(app, tourist):
    return rows.value(app, "SELECT openid FROM customers WHERE id = :id", id=tourist.id)


# ---- Everything held


def test_everything_held_is_given_as_json(app, tourist, bought):
    answer = tourist.get("/me/export")

    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.headers["Cache-Control"] == "no-store"
    held = json.loads(answer.data)
    assert held["person"][0]["openid"] == openid_of(app, tourist)  # theirs, so they get to read it
    assert held["orders"][0]["contact"] == {"name": NAME, "email": EMAIL, "phone": PHONE}
    assert [one["units"][0]["quantity"] for one in held["bookings"]] == [2]
    assert "Order paid" in held["story"][-1]["text"]
    assert held["payments"][0]["received_amount"] == 3800
    assert len(held["tickets"]) == 2
    assert held["documents"][0]["content"]["client"] == NAME
    assert held["consents"][0]["purpose"] == "reminders"
    assert "anne@example.com" not in answer.text  # somebody else's own data
    assert {"sign_ins", "refunds", "disputes", "gateway_messages", "staff_acts", "about"} <= held.keys()


def test_nothing_of_anybody_else_is_in_it(app, tourist, other_tourist, bought):
    held = json.loads(other_tourist.sign_in().get("/me/export").data)

    assert [one["id"] for one in held["person"]] == [other_tourist.id]
    assert not held["orders"]
    assert NAME not in str(held)


def test_it_is_written_to_the_trail_and_in_their_language(app, tourist, bought):
    held = json.loads(tourist.get("/me/export", **{"Accept-Language": "zh-CN"}).data)

    assert "订单已支付" in held["story"][-1]["text"]
    trail = rows.rows(app, "SELECT act, who, address FROM staff_acts WHERE subject = :id", id=tourist.id)
    assert trail == [{"act": "privacy.exported", "who": "customer", "address": ""}]


def test_it_may_be_large_and_asks_the_database_no_more_often(app, tourist, bought):
    with queries_of(app) as few:
        tourist.get("/me/export")
    rows.change(
        app,
        "INSERT INTO order_events (order_id, at, event, facts) SELECT :id, now(), 'order.cancelled', '{}'"
        " FROM generate_series(1, 30000)",
        id=bought["id"],
    )
    with queries_of(app) as many:
        answer = tourist.get("/me/export")

    assert len(many) == len(few)
    assert len(json.loads(answer.data)["story"]) > 30000
    answer.close()


# ---- Being forgotten


def test_the_person_is_gone_and_the_accounts_stay(app, tourist, bought):
    openid = openid_of(app, tourist)
    tourist.get("/me/export")

    answer = tourist.delete("/me")

    assert (answer.status_code, answer.data) == (204, b"")
    places = contents(app)
    found = {place for secret in (EMAIL, PHONE, openid) for place in where(secret, places)} | where(NAME * 2, places)
    assert not found
    named = {place for place, text in places.items() if NAME in text}
    assert named == {"documents.content"}  # accounting papers, kept by law
    assert violations(app) == []
    assert rows.value(app, "SELECT count(*) FROM journal_entries") == 2
    assert rows.value(app, "SELECT contact ->> 'name' FROM orders") == "Erased person"
    (act,) = rows.rows(app, "SELECT who, after FROM staff_acts WHERE act = 'privacy.erased'")
    assert act == {"who": "customer", "after": {"orders": 1, "papers_kept": 1}}


def test_the_token_is_dead_and_whoever_comes_back_is_new(app, tourist, bought):
    before = tourist.id
    tourist.delete("/me")

    assert tourist.get("/me").status_code == 401
    assert tourist.delete("/me").status_code == 401
    tourist.sign_in()
    assert tourist.id != before
    assert tourist.get("/orders").json["items"] == []
    assert tourist.get(f"/orders/{bought['id']}").status_code == 404
    assert not any(one["given"] for one in tourist.get("/me/consents").json["items"])


def test_what_was_agreed_to_is_withdrawn(app, tourist, bought):
    tourist.delete("/me")

    said = rows.rows(app, "SELECT given, origin FROM consents ORDER BY id")
    assert said == [{"given": True, "origin": "customer"}, {"given": False, "origin": "erasure"}]


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Nothing was erased"), ("fr", "Rien n’a été effacé"), ("zh-CN", "尚未删除任何内容")],
)
def test_a_tour_to_come_keeps_them(app, tourist, catalogue, language, said):
    order = paid_at_the_counter(app, tourist, catalogue.departure())
    tourist.headers["Accept-Language"] = language

    answer = tourist.delete("/me")

    assert (answer.status_code, answer.json["code"]) == (409, "still-needed")
    assert answer.json["open"][0] | {"until": ""} == {
        "kind": "visits",
        "count": 1,
        "orders": [order["number"]],
        "until": "",
    }
    assert said in answer.json["detail"]
    assert order["number"] in answer.json["detail"]
    assert tourist.get("/me").status_code == 200
    assert NAME in contents(app)["orders.contact"]


def test_seats_held_and_orders_to_be_paid_keep_them(app, tourist, catalogue):
    tourist.held(catalogue.departure())
    assert [one["kind"] for one in tourist.delete("/me").json["open"]] == ["holds"]
    order = tourist.ordered(catalogue.departure())
    tourist.payment(order["id"])
    assert [one["kind"] for one in tourist.delete("/me").json["open"]] == ["holds", "unpaid", "payments"]


def test_money_on_its_way_back_keeps_them_until_it_has_gone(app, tourist, bought):
    rows.change(
        app,
        "INSERT INTO refunds (id, order_id, payment_id, gateway, number, status, reason, amount, currency, created_at,"
        " next_check_at, note) SELECT gen_random_uuid(), order_id, id, gateway, number || '-r1', 'needs_attention',"
        " 'goodwill', 100, currency, now(), now(), :note FROM payments",
        note=f"{NAME} was ill",
    )
    assert [one["kind"] for one in tourist.delete("/me").json["open"]] == ["refunds"]

    rows.change(app, "UPDATE refunds SET status = 'succeeded', succeeded_at = now()")

    assert tourist.delete("/me").status_code == 204
    assert rows.value(app, "SELECT count(*) FROM refunds WHERE note IS NOT NULL") == 0


def test_a_decision_of_the_office_keeps_them(app, tourist, bought):
    rows.change(
        app,
        "INSERT INTO attention (id, kind, subject, facts, times, first_at, last_at)"
        " VALUES (gen_random_uuid(), 'gateway-silent', :number, '{}', 1, now(), now())",
        number=bought["number"],
    )

    assert [one["kind"] for one in tourist.delete("/me").json["open"]] == ["decisions"]


# ---- At the same moment as something else


def test_erasing_and_a_new_hold_meet_anywhere(app, tourist, catalogue):
    departure = catalogue.departure()
    key = tourist.headers["Authorization"]
    for at in range(1, 40):
        tourist.sign_in()
        rows.change(app, "UPDATE bookings SET status = 'released', ended_at = now() WHERE status = 'held'")
        rows.change(app, "UPDATE departures SET seats_taken = 0")
        who = UUID(tourist.id)
        forget = within(app, lambda who=who: erasure.erase(who, now=clock.now()))

        met = meet(app, forget, lambda: tourist.hold(departure).status_code, at=at)
        if met is None:
            break
        assert met in {("done", 401), ("still-needed", 201)}, at
        held = rows.value(app, "SELECT count(*) FROM bookings JOIN customers c ON c.id = customer_id"
                               " WHERE status = 'held' AND erased_at IS NOT NULL")  # fmt: skip
        assert held == 0
    assert at > 3
    assert tourist.headers["Authorization"] != key


def test_a_new_hold_and_erasing_meet_anywhere(app, tourist, catalogue):
    departure = catalogue.departure()
    outcomes = set()
    for turned, at in product((False, True), range(1, 40)):
        tourist.sign_in()
        rows.change(app, "UPDATE bookings SET status = 'released', ended_at = now() WHERE status = 'held'")
        rows.change(app, "UPDATE departures SET seats_taken = 0")
        who = UUID(tourist.id)
        forget = within(app, lambda who=who: erasure.erase(who, now=clock.now()))
        pair = (lambda: tourist.hold(departure).status_code, forget)
        met = meet(app, *pair[:: -1 if turned else 1], at=at)
        if met is None:
            continue
        met = met[:: -1 if turned else 1]
        assert met in {(201, "still-needed"), (401, "done")}, at
        outcomes.add(met)
    assert len(outcomes) == 2


def test_placing_an_order_and_erasing_meet_anywhere(app, tourist, catalogue):
    for at in range(1, 60):
        tourist.sign_in()
        booking = tourist.held(catalogue.departure())["id"]
        who = UUID(tourist.id)
        forget = within(app, lambda who=who: erasure.erase(who, now=clock.now()))
        met = meet(app, lambda booking=booking: tourist.place(booking).status_code, forget, at=at)
        rows.change(app, "UPDATE bookings SET status = 'cancelled', ended_at = now() WHERE status = 'held'")
        rows.change(app, "UPDATE orders SET status = 'cancelled' WHERE status = 'pending'")
        if met is None:
            break
        assert met == (201, "still-needed"), at
    assert at > 4


def test_signing_in_and_erasing_meet_anywhere(app, tourist, catalogue):
    """Whoever signs in at that moment is the old customer before, or a new one after; never one who is gone."""
    openid, app_id = openid_of(app, tourist), app.extensions["settings"].wechat_app_id
    key = app.extensions["settings"].secret_key
    for first in ("erase", "sign-in"):
        for at in range(1, 30):
            tourist.sign_in()
            who = UUID(tourist.id)
            forget = within(app, lambda who=who: erasure.erase(who, now=clock.now()))
            come = within(
                app, lambda: sign_in(app_id=app_id, openid=openid, locale="fr", secret_key=key, now=clock.now())
            )
            pair = (forget, come) if first == "erase" else (come, forget)
            met = meet(app, *pair, at=at)
            if met is None:
                break
            assert met == ("done", "done")
            of_the_gone = "SELECT count(*) FROM customer_sessions s JOIN customers c ON c.id = customer_id"
            assert rows.value(app, f"{of_the_gone} WHERE erased_at IS NOT NULL") == 0


def test_erasing_twice_at_once_is_erasing_once(app, tourist, bought):
    who = UUID(tourist.id)
    forget = within(app, lambda: erasure.erase(who, now=clock.now()))
    assert meet(app, forget, forget, at=5) == ("done", "done")

    assert rows.value(app, "SELECT count(*) FROM consents WHERE origin = 'erasure'") == 1


# ---- What they agree to


def test_nothing_is_agreed_to_until_they_say_so(tourist):
    items = tourist.get("/me/consents").json["items"]

    assert [one["purpose"] for one in items] == ["reminders", "news", "partners", "abroad"]
    assert not any(one["given"] or one["said_at"] for one in items)
    assert all(one["text"] and one["version"] == "2026-11" for one in items)


def test_each_word_is_kept_with_version_language_and_time(app, tourist):
    tourist.headers["Accept-Language"] = "zh-CN"
    agree(tourist, reminders=True, abroad=True)
    agree(tourist, reminders=True)  # again: no news
    answer = agree(tourist, abroad=False, news=False)  # news was never agreed to

    shown = {one["purpose"]: one for one in answer.json["items"]}
    assert [name for name, one in shown.items() if one["given"]] == ["reminders"]
    assert shown["abroad"]["said_locale"] == "zh-CN"
    assert shown["news"]["said_at"] is None
    said = rows.rows(app, "SELECT purpose, given, version, locale FROM consents ORDER BY id")
    assert said == [
        {"purpose": "reminders", "given": True, "version": "2026-11", "locale": "zh-CN"},
        {"purpose": "abroad", "given": True, "version": "2026-11", "locale": "zh-CN"},
        {"purpose": "abroad", "given": False, "version": "2026-11", "locale": "zh-CN"},
    ]


@pytest.mark.parametrize(
    "items",
    [
        [{"purpose": "everything", "given": True, "version": "2026-11"}],
        [{"purpose": "news", "given": "yes", "version": "2026-11"}],
        [{"purpose": "news", "given": True, "version": "2019-01"}],
        [{"purpose": "news", "given": True}],
        [],
        [{"purpose": "news", "given": True, "version": "2026-11"}] * 21,
        "news",
        None,
    ],
)
def test_what_cannot_be_understood_is_refused(app, tourist, items):
    answer = tourist.client.put("/api/v1/me/consents", json={"items": items}, headers=tourist.headers)

    assert (answer.status_code, answer.json["code"]) == (422, "invalid-input")
    assert rows.value(app, "SELECT count(*) FROM consents") == 0


def test_consents_are_only_added_to(app, tourist):
    agree(tourist, news=True)

    for statement in ("UPDATE consents SET given = false", "DELETE FROM consents", "TRUNCATE consents"):
        with pytest.raises(sa.exc.IntegrityError, match="only added to"):
            rows.change(app, statement)


def test_nobody_agrees_for_somebody_who_is_gone(app, tourist, bought):
    from shop.customers.services import say_consents

    who = UUID(tourist.id)
    tourist.delete("/me")
    said = within(app, lambda: say_consents({"news": (True, "2026-11")}, customer_id=who, locale="fr", now=clock.now()))

    assert said() == "sign-in-required"


def test_it_cannot_be_asked_for_without_end(settings, wechat, app):
    """Reading everything is work: a person gets to do it some times an hour."""
    from tests.core.watching import another_shop

    with another_shop(settings, rate_limits=True) as shop:
        someone = Tourist(shop, wechat, "mei").sign_in()
        answers = [someone.get("/me/export").status_code for _ in range(21)]

    assert answers == [200] * 20 + [429]


def test_no_session_stays_open_behind_it(app, tourist, bought):
    assert inside(app, lambda: db.session.execute(sa.text("SELECT 1")))() == "done"
    for _ in range(25):  # more than the pool has
        assert tourist.get("/me/export").status_code == 200

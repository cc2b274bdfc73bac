"""A person's request answered at the desk, and what each night lets go of."""

import json
from datetime import timedelta
from uuid import UUID

import pytest

from shop.app import create_app
from shop.core import clock
from shop.core.db import db, transaction
from shop.office.jobs import let_go_of_what_is_over
from shop.office.rules import retention as rules
from shop.office.services import erasure, retention
from shop.payments.sweep import sweep
from tests.core.watching import queries_of, what_is_logged
from tests.customers.test_me import EMAIL, NAME, PHONE, agree, paid_at_the_counter
from tests.factories import rows
from tests.factories.crowd import violations, within
from tests.races.interleaving import meet
from tests.secrets.places import contents

YEAR = timedelta(days=366)


@pytest.fixture
def manager(colleague):
    return colleague("manager")


def bought(app, tourist, catalogue):
    order = paid_at_the_counter(app, tourist, catalogue.departure(starts_in=timedelta(hours=5)))
    agree(tourist, reminders=True)
    rows.change(app, "UPDATE departures SET starts_at = now() - interval '1 day'")
    return order


def acts(app, *names):
    """What the trail holds, without what happens in every test."""
    return rows.rows(app, "SELECT act, subject FROM staff_acts WHERE act = ANY(:names) ORDER BY id", names=list(names))


# ---- Finding


@pytest.mark.parametrize(
    "asked", ["number", "spoken", EMAIL, EMAIL.upper(), PHONE, "0086 138-0013-8000", "+86 13800138000"]
)
def test_a_person_is_found_by_what_they_know(app, manager, tourist, catalogue, asked):
    order = bought(app, tourist, catalogue)
    asked = {"number": order["number"].replace("-", ""), "spoken": f" {order['number']} "}.get(asked, asked)

    page = manager.post("/staff/privacy", asked=asked)

    assert page.status_code == 200
    assert NAME in page.text
    assert f"/staff/privacy/people/{tourist.id}" in page.text


@pytest.mark.parametrize(
    "asked", ["mei@example", "138001380", "王小梅", "123-456-7890", "' OR 1=1 --", "%@%", "", "x" * 300]
)
def test_a_part_or_a_guess_finds_nobody(app, manager, tourist, catalogue, asked):
    bought(app, tourist, catalogue)

    page = manager.post("/staff/privacy", asked=asked)

    assert page.status_code in {200, 422}
    assert NAME not in page.text.replace(asked, "")
    assert tourist.id not in page.text


def test_what_was_looked_for_is_in_the_trail_but_not_what_was_typed(app, manager, tourist, catalogue):
    bought(app, tourist, catalogue)

    manager.post("/staff/privacy", asked=EMAIL)

    assert acts(app, "privacy.searched", "privacy.read") == [
        {"act": "privacy.searched", "subject": "email"},
        {"act": "privacy.read", "subject": tourist.id},
    ]
    assert EMAIL not in contents(app)["staff_acts.subject"]


def test_the_pages_ask_the_database_no_more_often_for_more_orders(app, manager, tourist, catalogue):
    bought(app, tourist, catalogue)
    manager.get("/staff/privacy")
    with queries_of(app) as few:
        manager.post("/staff/privacy", asked=EMAIL)
        manager.get(f"/staff/privacy/people/{tourist.id}")
    for _ in range(4):
        bought(app, tourist, catalogue)
    with queries_of(app) as many:
        manager.post("/staff/privacy", asked=EMAIL)
        manager.get(f"/staff/privacy/people/{tourist.id}")

    assert len(many) == len(few)


# ---- Answering


def test_the_file_of_the_desk_is_the_one_the_person_gets(app, manager, tourist, catalogue):
    bought(app, tourist, catalogue)
    theirs = json.loads(tourist.get("/me/export").data)
    rows.change(app, "INSERT INTO staff_acts (at, who, address, act, subject) VALUES (now(), 'x@example.com', '', "
                     "'privacy.read', :id)", id=tourist.id)  # fmt: skip

    answer = manager.get(f"/staff/privacy/people/{tourist.id}/export")

    ours = json.loads(answer.data)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    changing = {"exported_at", "staff_acts"}
    assert {name: ours[name] for name in ours.keys() - changing} == {
        name: theirs[name] for name in theirs.keys() - changing
    }
    assert "x@example.com" not in answer.text
    assert len(ours["staff_acts"]) > len(theirs["staff_acts"])
    assert acts(app, "privacy.exported")[-1] == {"act": "privacy.exported", "subject": tourist.id}


def test_the_page_says_what_is_held_and_what_was_agreed_to(app, manager, tourist, catalogue):
    bought(app, tourist, catalogue)
    agree(tourist, news=True)
    agree(tourist, news=False)

    page = manager.get(f"/staff/privacy/people/{tourist.id}").text

    for said in (
        "Orders, with contact",
        "Receipts and credit notes",
        "given",
        "withdrawn",
        "2026-11",
        "Erase this person",
    ):
        assert said in page


@pytest.mark.parametrize("role", ["stock", "cashier", "guide"])
def test_no_other_role_gets_anything_of_anybody(app, colleague, tourist, catalogue, role):
    bought(app, tourist, catalogue)
    before = contents(app)
    someone = colleague(role)
    for path in (
        "",
        f"/people/{tourist.id}",
        f"/people/{tourist.id}/export",
        f"/people/{tourist.id}/erase",
        "/retention",
    ):
        answer = someone.get(f"/staff/privacy{path}")
        assert answer.status_code == 403, path
        assert NAME not in answer.text
    for path in ("", f"/people/{tourist.id}/erase"):
        assert someone.post(f"/staff/privacy{path}", asked=EMAIL, identity="desk", understood="on").status_code == 403
    after = contents(app)
    assert after["orders.contact"] == before["orders.contact"]
    assert after["staff_acts.act"] == before["staff_acts.act"]


@pytest.mark.parametrize("name", [str(UUID(int=7)), "x", "../../people", "00000000-0000-0000-0000-000000000000", "%00"])
@pytest.mark.parametrize("page", ["", "/export", "/erase"])
def test_nobody_is_at_a_guessed_address(app, manager, tourist, name, page):
    assert manager.get(f"/staff/privacy/people/{name}{page}").status_code == 404


# ---- Erasing


def test_somebody_is_erased_at_the_desk_once(app, manager, tourist, catalogue):
    bought(app, tourist, catalogue)
    address = f"/staff/privacy/people/{tourist.id}/erase"
    assert manager.get(address).status_code == 200

    answer = manager.post(address, identity="paper", understood="on")

    assert answer.status_code == 303
    assert "The person is erased. Receipts and credit notes kept for the law: 1." in manager.get(answer.location).text
    assert tourist.get("/me").status_code == 401
    assert violations(app) == []
    (act,) = rows.rows(app, "SELECT who, after FROM staff_acts WHERE act = 'privacy.erased'")
    assert act == {"who": manager.email, "after": {"identity": "paper", "orders": 1, "papers_kept": 1}}
    again = manager.post(address, identity="desk", understood="on")
    assert "was erased already" in manager.get(again.location).text
    assert manager.post("/staff/privacy", asked=EMAIL).text.count("Nobody was found")


def test_it_needs_the_password_just_given(app, manager, tourist, catalogue, time_machine):
    bought(app, tourist, catalogue)
    address = f"/staff/privacy/people/{tourist.id}/erase"
    manager.get("/staff/privacy")
    time_machine.move_to(clock.now() + manager.tired())

    assert "/staff/confirm" in manager.get(address).location
    assert manager.post(address, identity="desk", understood="on").status_code == 401
    assert NAME in contents(app)["orders.contact"]


@pytest.mark.parametrize(
    "fields", [{}, {"identity": "desk"}, {"understood": "on"}, {"identity": "no", "understood": "on"}]
)
def test_it_is_not_done_in_passing(app, manager, tourist, catalogue, fields):
    bought(app, tourist, catalogue)

    assert manager.post(f"/staff/privacy/people/{tourist.id}/erase", **fields).status_code == 422
    assert NAME in contents(app)["orders.contact"]


def test_it_is_refused_on_the_page_while_something_is_open(app, manager, tourist, catalogue):
    order = paid_at_the_counter(app, tourist, catalogue.departure())
    assert order["number"] in manager.get(f"/staff/privacy/people/{tourist.id}").text

    answer = manager.post(f"/staff/privacy/people/{tourist.id}/erase", identity="desk", understood="on")

    assert answer.status_code == 409
    assert "Tours to come" in answer.text
    assert acts(app, "privacy.erased") == []


def test_what_is_stored_is_shown_as_text(app, manager, tourist, catalogue):
    order = bought(app, tourist, catalogue)
    name = "<script>alert(1)</script>{{ 7 * 7 }}"
    rows.change(app, "UPDATE orders SET contact = jsonb_build_object('name', CAST(:name AS text))", name=name)

    pages = [manager.post("/staff/privacy", asked=order["number"]).text]
    pages += [manager.get(f"/staff/privacy/people/{tourist.id}{page}").text for page in ("", "/erase")]

    assert not any("<script>alert" in page for page in pages)
    assert all("&lt;script&gt;" in page and "{{ 7 * 7 }}" in page for page in pages)


# ---- Erasing while money moves


def test_a_callback_and_erasing_meet_anywhere(app, wechat, catalogue, time_machine, manager):
    """Paid first, and they are kept; erased first is never possible while the payment is open."""
    from tests.payments.world import World

    world = World(app, wechat, "global", time_machine)
    for at in range(1, 60):
        order, _, number = world.opened()
        world.pay(number)
        headers, body = world.genuine(number)
        who = UUID(world.mei.id)
        forget = within(app, lambda who=who: erasure.erase(who, now=clock.now()))

        def callback(body=body, headers=headers):
            return app.test_client().post("/callbacks/wechat-pay", data=body, headers=headers).status_code

        pair = (forget, callback) if at % 2 else (callback, forget)
        met = meet(app, *pair, at=(at + 1) // 2)
        if met is None:
            break
        assert set(met) == {"still-needed", 200}, at
        assert world.status(order) == "paid"
    assert at > 4
    assert violations(app) == []


def test_money_that_comes_for_somebody_who_is_gone_goes_back(app, wechat, time_machine, manager):
    """The payment was closed, and the provider took it all the same: the books still hold."""
    from tests.payments.world import World

    world = World(app, wechat, "global", time_machine)
    order, _, number = world.opened(capacity=2)
    world.go_to(order["expires_at"], seconds=1)
    world.sweep()
    who = UUID(world.mei.id)
    world.sql("UPDATE departures SET capacity = 1 WHERE seats_taken = 0")
    with app.app_context(), transaction():
        erasure.erase(who, now=clock.now())
    world.arrive(number)

    with app.app_context():
        sweep()
    assert world.gone(order) == 3800
    assert violations(app) == []
    assert NAME not in "".join(text for place, text in contents(app).items() if not place.startswith("documents"))


# ---- Nights


def night(app):
    with app.app_context():
        let_go_of_what_is_over()
        db.session.remove()
    return rows.rows(
        app, "SELECT done, kept, unfinished, ended_at FROM retention_runs ORDER BY started_at DESC LIMIT 1"
    )[0]


@pytest.fixture
def at_night(time_machine):
    """Three in the morning, with a way to the night after so many days."""
    start = clock.now().replace(hour=3, minute=0)

    def go(days=0):
        time_machine.move_to(start + timedelta(days=days))

    go()
    return go


def test_three_years_after_the_last_contact_people_are_forgotten(app, tourist, other_tourist, catalogue, at_night):
    bought(app, tourist, catalogue)
    rows.change(app, "UPDATE departures SET starts_at = :then", then=clock.now() + timedelta(days=20))
    at_night(days=20 + 3 * 365)
    other_tourist.sign_in()
    assert "people" not in night(app)["done"]

    at_night(days=20 + 3 * 366)
    with what_is_logged() as lines:
        run = night(app)

    assert run["done"]["people"] == 1
    assert run["ended_at"] is not None
    assert lines.named("retention_run")[0]["done"]["people"] == 1
    assert NAME not in lines.text
    assert rows.value(app, "SELECT count(*) FROM customers WHERE erased_at IS NULL") == 1
    assert NAME not in contents(app)["orders.contact"]
    assert violations(app) == []
    assert acts(app, "privacy.expired") == [{"act": "privacy.expired", "subject": tourist.id}]


def test_who_is_still_needed_waits(app, tourist, catalogue, at_night):
    bought(app, tourist, catalogue)
    number = rows.value(app, "SELECT number FROM orders")
    spoken = f"{number[:3]}-{number[3:6]}-{number[6:]}"
    rows.change(
        app,
        "INSERT INTO attention (id, kind, subject, facts, times, first_at, last_at)"
        " VALUES (gen_random_uuid(), 'dispute-lost', :number, '{}', 1, now(), now())",
        number=spoken,
    )
    at_night(days=4 * 366)

    run = night(app)

    assert (run["done"].get("people", 0), run["kept"]["people"]) == (0, 1)
    assert NAME in contents(app)["orders.contact"]


def test_everything_else_goes_by_its_own_time(app, colleague, tourist, catalogue, at_night):
    bought(app, tourist, catalogue)
    colleague("guide")
    tourist.held(catalogue.departure())
    rows.change(app, "UPDATE bookings SET status = 'released', ended_at = now() WHERE status = 'held'")
    rows.change(app, "UPDATE departures SET seats_taken = (SELECT coalesce(sum(seats), 0) FROM bookings WHERE"
                     " departure_id = departures.id AND status = 'confirmed')")  # fmt: skip
    insert = (
        "INSERT INTO gateway_events (id, gateway, event_id, event_type, received_at, headers, body, facts, outcome)"
        " SELECT gen_random_uuid(), 'wechat_pay', n::text, 'x', now(), '{\"a\": \"b\"}', 'sealed', '{}', :outcome"
        " FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n"
    )
    rows.change(app, insert, outcome="applied", first=1, last=1200)  # more than one batch
    rows.change(app, insert, outcome="waits-for-payment", first=2001, last=2001)
    rows.change(
        app, "INSERT INTO idempotency_keys VALUES (gen_random_uuid(), 'r', 'k', 'f', 201, :name, now())", name=NAME
    )

    at_night(days=2)
    assert night(app)["done"] == {"repeated_requests": 1}
    at_night(days=60)
    assert night(app)["done"] == {"sign_ins": 1, "staff_sessions": 1}
    at_night(days=420)
    assert night(app)["done"] == {"gateway_messages": 1200}
    left = rows.rows(app, "SELECT body, headers FROM gateway_events WHERE body <> ''")
    assert left == [{"body": "sealed", "headers": {"a": "b"}}]
    at_night(days=11 * 366)
    assert night(app)["kept"]["accounting_papers"] == 1
    assert rows.value(app, "SELECT count(*) FROM documents") == 1


def test_one_night_is_one_run_and_none_begins_by_day(app, time_machine, at_night):
    first = night(app)
    time_machine.move_to(clock.now() + timedelta(hours=5))
    night(app)
    assert first["ended_at"] is not None
    assert rows.value(app, "SELECT count(*) FROM retention_runs") == 1
    time_machine.move_to((clock.now() + timedelta(days=1)).replace(hour=0, minute=13))
    night(app)
    assert rows.value(app, "SELECT count(*) FROM retention_runs") == 1
    time_machine.move_to(clock.now() + timedelta(hours=3))
    night(app)
    assert rows.value(app, "SELECT count(*) FROM retention_runs") == 2


def test_a_night_broken_off_is_gone_on_with(app, catalogue, at_night, settings):
    """A worker dies after one batch: what it counted is what it did, and the next hour does the rest."""
    insert = (
        "INSERT INTO idempotency_keys SELECT gen_random_uuid(), 'r', 'k', 'f', 201, '', now() - interval '3 days'"
        " FROM generate_series(1, 1100)"
    )
    rows.change(app, insert)
    with app.app_context():
        with transaction():
            run_id = retention.begin(now=clock.now())
        with transaction():
            assert retention.let_go_of_rows(run_id, rules.REPEATED_REQUESTS, now=clock.now()) == (500, False)
        db.session.remove()
    assert rows.rows(app, "SELECT done, ended_at FROM retention_runs") == [
        {"done": {"repeated_requests": 500}, "ended_at": None}
    ]

    run = night(app)

    assert run["done"]["repeated_requests"] == 1100
    assert rows.value(app, "SELECT count(*) FROM retention_runs") == 1


def test_two_workers_in_one_night_count_everything_once(app, at_night):
    rows.change(app, "INSERT INTO idempotency_keys SELECT gen_random_uuid(), 'r', 'k', 'f', 201, '', now() - interval"
                     " '3 days' FROM generate_series(1, 1100)")  # fmt: skip

    def work():
        with app.app_context():
            let_go_of_what_is_over()
            db.session.remove()

    meet(app, work, work, at=6)

    assert rows.value(app, "SELECT sum((done ->> 'repeated_requests')::int) FROM retention_runs") == 1100
    assert rows.value(app, "SELECT count(*) FROM retention_runs") == 1


def test_one_person_who_fails_keeps_no_other_waiting(app, tourist, other_tourist, at_night):
    rows.change(app, "CREATE OR REPLACE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS"
                     " $$ BEGIN RAISE EXCEPTION 'no'; END $$")  # fmt: skip
    trigger = (
        "CREATE TRIGGER fails BEFORE UPDATE ON customers FOR EACH ROW WHEN (OLD.id = '{}') EXECUTE FUNCTION fails()"
    )
    rows.change(app, trigger.format(tourist.id))
    at_night(days=4 * 366)
    try:
        with what_is_logged() as lines:
            run = night(app)
    finally:
        rows.change(app, "DROP TRIGGER fails ON customers")
        rows.change(app, "DROP FUNCTION fails()")

    assert run["done"]["people"] == 1
    assert run["unfinished"] == ["people"]
    assert lines.named("sweep_failed")[0]["person"] == tourist.id


def test_the_nights_are_shown_with_the_rules_and_their_reasons(app, at_night, colleague):
    manager = colleague("manager")
    assert "No night yet" in manager.get("/staff/privacy/retention").text
    rows.change(
        app,
        "INSERT INTO idempotency_keys VALUES (gen_random_uuid(), 'r', 'k', 'f', 201, '', now() - interval '3 days')",
    )
    night(app)

    page = manager.get("/staff/privacy/retention").text

    assert "idempotency keys): 1" in page
    assert "finished" in page
    assert all(rule.source.en.replace("'", "&#39;") in page for rule in rules.RETENTION)
    assert "may have stopped" not in page


def test_nights_that_no_longer_come_are_noticed(app, colleague, at_night):
    night(app)
    at_night(days=3)

    assert "may have stopped" in colleague("manager").get("/staff/privacy/retention").text


def test_the_worker_does_it_by_itself(settings, app):
    worker = create_app(settings)
    with worker.app_context():
        tasks = worker.extensions["jobs"].tasks
        db.engine.dispose()

    assert "let_go_of_what_is_over" in {name.rpartition(".")[2] for name in tasks}


# ---- Rules


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("482-193-0571", None),  # the check digit is wrong
        ("Mei@Example.com", ("email", "mei@example.com")),
        ("06 12 34 56 78", ("phone", "+33612345678")),
        ("+86 138 0013 8000", ("phone", PHONE)),
        ("hello", None),
        ("12", None),
    ],
)
def test_what_somebody_gives_to_be_found_by_is_read_as_it_is_kept(asked, found):
    assert rules.read_lookup(asked) == found


def test_every_rule_says_how_long_why_and_by_what_law():
    assert {rule.name for rule in retention.ROWS} | {"people", "accounting_papers"} == {
        rule.name for rule in rules.RETENTION
    }
    now = clock.now()
    assert rules.PEOPLE.limit(now) < now - timedelta(days=3 * 365 - 1)
    assert rules.ACCOUNTING_PAPERS.limit(now) < now - timedelta(days=10 * 365 - 1)

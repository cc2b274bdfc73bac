"""The pages about orders: found by anything, read whole, acted upon once and by those who may."""

import re
from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from shop.core import clock
from shop.core.invariants import check
from tests.core.watching import queries_of
from tests.factories.colleagues import Colleague
from tests.payments.test_cancelling_paid import finish, ticket_states
from tests.payments.world import at_once

PARIS = ZoneInfo("Europe/Paris")

HIDDEN = re.compile(r'name="(form_id|seen|scope|amount|note|positions|total)" value="([^"]*)"')


@pytest.fixture
def staff(world):
    return lambda role, **facts: Colleague(world.app, role, **facts).signed_in()


def hidden(answer):
    """What a page's form would send unseen."""
    assert answer.status_code == 200, answer.text
    found = {}
    for name, value in HIDDEN.findall(answer.text):
        found.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def number_of(order):
    return order["number"].replace("-", "")


def path_of(order, rest=""):
    return f"/staff/orders/{number_of(order)}{rest}"


def rehearsed(someone, order, **fields):
    """The form that would refund, as the rehearsal shows it."""
    answer = someone.post(path_of(order, "/refund/rehearsal"), **{"note": "La pluie", **fields})
    return hidden(answer)


def refund(someone, order, **fields):
    return someone.post(path_of(order, "/refund"), **rehearsed(someone, order, **fields))


def acts(world, name):
    return [row.subject for row in world.sql("SELECT subject FROM staff_acts WHERE act = :act", act=name)]


class TestSearching:
    def found(self, someone, **query):
        answer = someone.get("/staff/orders", **query)
        assert answer.status_code == 200, answer.text
        return set(re.findall(r'href="/staff/orders/(\d{10})"', answer.text))

    def test_an_order_is_found_by_whatever_is_at_hand(self, world, staff):
        order, _, number = world.opened()
        other = world.order(world.tourist("lei"))
        world.sql(
            "UPDATE orders SET contact = CAST(:contact AS jsonb) WHERE number = :number",
            contact='{"name": "Amélie d’Ørsay-Dupré", "email": "Amelie@Example.org", "phone": "+33612345678"}',
            number=number_of(other),
        )
        world.arrive(number)
        cashier = staff("cashier")
        mine, theirs = {number_of(order)}, {number_of(other)}
        transaction = world.payment(number).transaction_id

        spoken = f"{number_of(order)[:3]}-{number_of(order)[3:6]}-{number_of(order)[6:]}"
        for q in (number_of(order), spoken, f"{spoken}/2", number, transaction, "王小梅", "王", "mei@exam"):
            assert self.found(cashier, q=q) == mine, q
        assert self.found(cashier, q="138 0013 8000") == mine
        assert self.found(cashier, q="+86 (138) 0013-8000") == mine
        for q in ("06 12 34 56 78", "+33 (0)6.12.34.56.78", "0033612345678", "5678", "DUPRE", "amelie", "dupré am"):
            assert self.found(cashier, q=q) == theirs, q
        assert self.found(cashier, q="AMELIE@example.org") == theirs
        for q in ("nobody", "1234567890", "%", "_", "' OR 1=1 --", "a", "<script>", "🙂", "&|!:*()", "x" * 200):
            assert self.found(cashier, q=q) == set(), q

        assert self.found(cashier) == mine | theirs
        assert self.found(cashier, status="paid") == mine
        today = clock.now().astimezone(PARIS).date().isoformat()
        assert self.found(cashier, ordered_on=today) == mine | theirs
        tour = (clock.now() + timedelta(days=7)).astimezone(PARIS).date().isoformat()
        assert self.found(cashier, tour_on=tour) == mine | theirs
        assert self.found(cashier, tour_on="2020-01-01") == set()
        assert "name" in acts(world, "orders.searched")
        assert "王小梅" not in acts(world, "orders.searched")

    def test_refunds_are_found_too(self, world, staff):
        order = world.paid()
        manager = staff("manager")
        assert refund(manager, order, scope="amount", amount="5").status_code == 303
        finish(world)
        row = world.refund_row(order)

        assert self.found(manager, q=row.number) == {number_of(order)}
        assert self.found(manager, q=row.gateway_refund_id) == {number_of(order)}

    def test_stock_sees_no_people(self, world, staff):
        order = world.paid()
        stock = staff("stock")

        assert self.found(stock, q=number_of(order)) == {number_of(order)}
        for q in ("王小梅", "mei@example.com", "13800138000"):
            assert self.found(stock, q=q) == set()
        page = stock.get(path_of(order))
        assert page.status_code == 200
        for secret in ("王小梅", "mei@example.com", "138001", "/refund", "/documents/", "/tickets"):
            assert secret not in page.text.replace("138-001", ""), secret

    @pytest.mark.parametrize("query", [{"tour_on": "x"}, {"status": "x"}, {"cursor": "x"}, {"q": "x" * 201}])
    def test_what_cannot_be_searched_is_said(self, world, staff, query):
        assert staff("cashier").get("/staff/orders", **query).status_code == 422

    def test_hostile_text_is_refused(self, world, staff):
        assert staff("cashier").get("/staff/orders", q="a\0b").status_code == 422

    def test_no_number_is_searched_row_by_row(self, world, staff):
        world.paid()
        world.sql(
            """
            INSERT INTO orders (id, number, customer_id, status, amount, currency, contact, terms_version, locale,
                                created_at, expires_at)
            SELECT gen_random_uuid(), 'x' || n, customer_id, 'expired', 0, 'EUR',
                   jsonb_build_object('name', 'n' || n, 'email', 'e' || n, 'phone', '+336' || n), 'x', 'fr',
                   created_at, expires_at
            FROM orders, generate_series(1, 20000) AS n
            """
        )
        world.sql("ANALYZE orders")
        cashier = staff("cashier")
        with queries_of(world.app) as sent:
            cashier.get("/staff/orders", q="0612345678")
            cashier.get("/staff/orders", q="mei@example.com")
            cashier.get("/staff/orders", q="wang xiaomei")
        searched = [statement for statement in sent if "LIMIT" in statement and "FROM orders" in statement]
        assert len(searched) == 3
        for kind, q in (
            ("phone", "0612345678"),
            ("e-mail", "mei@example.com"),
            ("name", "wang xiaomei"),
            ("number", "1234567890"),
        ):
            plan = self.plan(world, q)
            assert "Seq Scan on orders" not in plan, (kind, plan)
        world.sql("SET LOCAL session_replication_role = replica; DELETE FROM orders WHERE number LIKE 'x%'")

    def plan(self, world, q):
        import sqlalchemy as sa
        from sqlalchemy.dialects import postgresql

        from shop.core.db import db
        from shop.orders.models import Order
        from shop.payments.services import search

        with world.app.app_context():
            ids = sa.union(*search._matching(q, True).values())
            statement = sa.select(Order.id).where(Order.id.in_(ids)).order_by(Order.id.desc()).limit(26)
            text = str(statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))
            return "\n".join(db.session.scalars(sa.text("EXPLAIN " + text.replace(":", "\\:"))))

    def test_the_number_of_queries_does_not_grow(self, world, staff):
        cashier = staff("cashier")
        departure = world.departure(capacity=50)
        counts = []
        for more in (1, 5):
            for place in range(more):
                world.tourist(f"t{len(counts)}{place}").ordered(departure, adults=1)
            with queries_of(world.app) as sent:
                cashier.get("/staff/orders")
            counts.append(len(sent))

        assert counts[0] == counts[1]


class TestReading:
    def test_the_whole_of_an_order_is_told(self, world, staff):
        order = world.paid()
        cashier = staff("cashier")
        page = cashier.get(path_of(order))

        for words in ("王小梅", "mei@example.com", "WeChat Pay received €38.00.", "/1", "/2", "R20", "Refund"):
            assert words in page.text, words
        assert acts(world, "order.read") == [world.stored(order).spoken_number]

    def test_an_unknown_number_is_not_found(self, world, staff):
        cashier = staff("cashier")
        for number in ("1234567890", "x", "..%2F", "0"):
            for rest in ("", "/refund", "/review", "/tickets", "/cash"):
                assert cashier.get(f"/staff/orders/{number}{rest}").status_code == 404, (number, rest)

    def test_a_guide_sees_nothing(self, world, staff):
        order = world.paid()
        guide = staff("guide")
        for rest in ("", "/refund", "/review", "/tickets", "/cash"):
            assert guide.get(path_of(order, rest)).status_code == 403

    def test_markup_in_names_and_notes_is_only_text(self, world, staff):
        order = world.paid()
        world.sql(
            "UPDATE orders SET contact = CAST(:contact AS jsonb)", contact='{"name": "<script>alert(1)</script>"}'
        )
        cashier = staff("cashier")
        note = "<img src=x onerror=alert(1)> {{ 7 * 7 }}"
        assert cashier.post(path_of(order, "/notes"), form_id=str(uuid4()), text=note).status_code == 303

        for page in ("", "/tickets", "/refund"):
            text = cashier.get(path_of(order, page)).text
            assert "<script>alert" not in text
            assert "<img src=x" not in text
        assert "{{ 7 * 7 }}" in cashier.get(path_of(order)).text

    def test_a_note_is_for_the_staff_alone_and_written_once(self, world, staff):
        order = world.paid()
        cashier = staff("cashier")
        form_id = str(uuid4())
        for _ in range(2):
            assert cashier.post(path_of(order, "/notes"), form_id=form_id, text="Vient en fauteuil").status_code == 303

        assert cashier.get(path_of(order)).text.count("Vient en fauteuil") == 1
        assert "fauteuil" not in world.mei.get(f"/orders/{order['id']}").text
        assert "fauteuil" not in staff("stock").get(path_of(order)).text
        assert cashier.post(path_of(order, "/notes"), form_id="x", text="y").status_code == 422
        assert cashier.post(path_of(order, "/notes"), form_id=str(uuid4()), text="z" * 1001).status_code == 422

    def test_the_tickets_are_shown_in_the_language_of_their_buyer(self, world, staff):
        order = world.paid()
        world.sql("UPDATE orders SET locale = 'zh-CN'")
        page = staff("cashier", locale="fr").get(path_of(order, "/tickets")).text

        assert "请于开始前 10 分钟到达集合地点" in page
        assert page.count("<svg") >= 2
        assert page.count(".pdf") == 2
        assert acts(world, "order.tickets-shown") == [world.stored(order).spoken_number]


class TestRefunds:
    def test_the_rehearsal_changes_nothing_and_tells_all(self, world, staff):
        order = world.paid()
        cashier = staff("cashier")
        page = cashier.post(path_of(order, "/refund/rehearsal"), scope="tickets", positions=["2"], note="x")

        assert "€19.00 goes back" in page.text
        assert "WeChat Pay" in page.text
        assert world.refund_rows(order) == []
        assert ticket_states(world, order) == ["valid", "valid"]

    def test_some_tickets_go_back(self, world, staff):
        order = world.paid()

        assert refund(staff("cashier"), order, scope="tickets", positions=["2"]).status_code == 303
        finish(world)

        assert ticket_states(world, order) == ["valid", "void"]
        assert world.gone(order) == 1900
        row = world.refund_row(order)
        assert (row.reason, row.note, row.asked_by) == ("office", "La pluie", "cashier@example.com")

    def test_all_of_it_goes_back(self, world, staff):
        order = world.paid()

        assert refund(staff("manager"), order, scope="whole").status_code == 303
        finish(world)

        assert (world.status(order), world.seats_taken(order)) == ("refunded", 0)

    def test_a_free_amount_leaves_the_tickets(self, world, staff):
        order = world.paid()

        assert refund(staff("manager"), order, scope="amount", amount="9,50").status_code == 303

        assert ticket_states(world, order) == ["valid", "valid"]
        assert world.refund_row(order).amount == 950
        assert acts(world, "order.refunded") == [world.stored(order).spoken_number]

    @pytest.mark.parametrize(
        "amount", ["", "0", "-1", "38.01", "abc", "1.234", "1,000", "٣", "NaN", "1e9", "9" * 20, "9999999", " ", "0.00"]
    )
    def test_a_hostile_amount_gives_nothing_back(self, world, staff, amount):
        order = world.paid()
        cashier = staff("cashier")
        fields = {"scope": "amount", "amount": amount, "note": "x"}

        assert cashier.post(path_of(order, "/refund/rehearsal"), **fields).status_code in {409, 422}
        seen = hidden(cashier.get(path_of(order, "/cash")))["seen"]
        done = cashier.post(path_of(order, "/refund"), form_id=str(uuid4()), seen=seen, **fields)
        assert done.status_code in {409, 422}
        assert world.refund_rows(order) == []

    @pytest.mark.parametrize(
        "fields",
        [
            {"scope": "tickets"},
            {"scope": "tickets", "positions": ["3"]},
            {"scope": "tickets", "positions": ["-1"]},
            {"scope": "tickets", "positions": ["x"]},
            {"scope": "tickets", "positions": ["1"] * 201},
            {},
            {"scope": "whole", "positions": ["1"]},
            {"scope": "amount", "amount": "5", "positions": ["1"]},
            {"scope": "everything"},
            {"scope": "whole", "note": ""},
            {"scope": "whole", "note": "x" * 1001},
        ],
    )
    def test_what_makes_no_sense_is_refused(self, world, staff, fields):
        order = world.paid()
        answer = staff("cashier").post(path_of(order, "/refund/rehearsal"), **{"note": "x", **fields})

        assert answer.status_code in {409, 422}
        assert world.refund_rows(order) == []

    def test_a_form_sent_twice_refunds_once(self, world, staff):
        order = world.paid()
        cashier = staff("cashier")
        form = rehearsed(cashier, order, scope="amount", amount="5")

        answers = [cashier.post(path_of(order, "/refund"), **form) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [303, 303]
        assert len(world.refund_rows(order)) == 1
        assert len(acts(world, "order.form-again")) == 1

    def test_a_form_sent_twice_at_once_refunds_once(self, world, staff):
        order = world.paid()
        first, second = staff("cashier"), staff("manager")
        form = rehearsed(first, order, scope="amount", amount="5")
        second.get("/staff/account")

        at_once(
            lambda: first.post(path_of(order, "/refund"), **form),
            lambda: second.post(path_of(order, "/refund"), **form),
        )

        assert len(world.refund_rows(order)) == 1

    def test_two_colleagues_at_once_do_not_give_back_more_than_they_saw(self, world, staff):
        order = world.paid()
        first, second = staff("cashier"), staff("manager")
        forms = [rehearsed(one, order, scope="amount", amount="30") for one in (first, second)]

        answers = at_once(
            lambda: first.post(path_of(order, "/refund"), **forms[0]),
            lambda: second.post(path_of(order, "/refund"), **forms[1]),
        )

        assert sorted(answer.status_code for answer in answers) == [303, 409]
        assert [row.amount for row in world.refund_rows(order)] == [3000]

    def test_what_changed_meanwhile_is_looked_at_again(self, world, staff):
        order = world.paid()
        cashier = staff("cashier")
        form = rehearsed(cashier, order, scope="whole")
        ticket = world.mei.tickets(order["id"])[0]["id"]
        assert world.cancel(order, world.quote(order, [ticket]).json["quote"]).status_code == 200

        answer = cashier.post(path_of(order, "/refund"), **form)

        assert answer.status_code == 409
        assert "order has changed" in answer.text
        assert len(world.refund_rows(order)) == 1

    @pytest.mark.parametrize("role", ["stock", "guide"])
    def test_others_may_not(self, world, staff, role):
        order = world.paid()
        form = rehearsed(staff("cashier"), order, scope="whole")

        for path in ("/refund", "/refund/rehearsal", "/accept", "/refuse", "/complement", "/cash", "/notes"):
            assert (
                staff(role, email=f"{path[1:].replace('/', '')}@x.example")
                .post(path_of(order, path), **form)
                .status_code
                == 403
            )
        assert world.refund_rows(order) == []

    def test_a_password_given_long_ago_is_not_enough(self, world, staff):
        order = world.paid()
        cashier = staff("cashier")
        form = rehearsed(cashier, order, scope="whole")
        world.later(minutes=11)

        assert cashier.post(path_of(order, "/refund"), **form).status_code == 401
        assert cashier.get(path_of(order, "/refund")).status_code == 303
        assert world.refund_rows(order) == []


class TestFourEyes:
    @pytest.fixture(autouse=True)
    def limit(self, world):
        from dataclasses import replace

        before = world.app.extensions["settings"]
        world.app.extensions["settings"] = replace(before, four_eyes_limit=1000)
        yield
        world.app.extensions["settings"] = before

    def asked(self, world, order):
        ((found,),) = world.sql("SELECT id FROM refund_requests WHERE status = 'waiting'")
        return path_of(order, f"/requests/{found}")

    def approve(self, someone, path, **fields):
        form = {name: value for name, value in hidden(someone.get(path)).items() if name in {"form_id", "seen"}}
        return someone.post(f"{path}/approve", **{**form, **fields})

    def test_above_the_limit_another_manager_must_agree(self, world, staff):
        order = world.paid()
        anne, bert = staff("manager", email="anne@x.example"), staff("manager", email="bert@x.example")
        assert refund(anne, order, scope="amount", amount="10.01").status_code == 303
        assert world.refund_rows(order) == []
        assert [kind for kind, _ in world.attention()] == ["refund-to-approve"]
        path = self.asked(world, order)

        page = anne.get(path)
        assert "/approve" not in page.text
        seen = hidden(bert.get(path))["seen"]
        assert anne.post(f"{path}/approve", form_id=str(uuid4()), seen=seen).status_code == 409
        assert self.approve(bert, path).status_code == 303
        assert self.approve(bert, path, form_id=str(uuid4()), seen="x").status_code == 409

        assert [row.amount for row in world.refund_rows(order)] == [1001]
        assert world.refund_row(order).asked_by == "anne@x.example, bert@x.example"
        assert world.attention() == []

    def test_what_is_split_counts_together(self, world, staff):
        order = world.paid()
        cashier = staff("cashier")
        for amount in ("6", "4", "0.01"):
            assert refund(cashier, order, scope="amount", amount=amount).status_code == 303

        assert [row.amount for row in world.refund_rows(order)] == [600, 400]
        assert world.sql("SELECT amount FROM refund_requests") == [(1,)]
        finish(world)
        world.later(days=1, seconds=1)
        other = world.paid()
        assert refund(staff("manager"), other, scope="amount", amount="10").status_code == 303
        assert len(world.refund_rows(other)) == 1

    def test_tickets_count_too_and_only_one_waits(self, world, staff):
        order = world.paid()
        cashier = staff("cashier")
        assert refund(cashier, order, scope="whole").status_code == 303
        assert ticket_states(world, order) == ["valid", "valid"]
        assert refund(cashier, order, scope="whole").status_code == 409

        assert self.approve(staff("manager"), self.asked(world, order)).status_code == 303
        assert ticket_states(world, order) == ["void", "void"]
        assert world.refund_row(order).amount == 3800

    def test_a_cashier_does_not_approve(self, world, staff):
        order = world.paid()
        refund(staff("manager"), order, scope="whole")
        path = self.asked(world, order)
        cashier = staff("cashier")

        assert cashier.post(f"{path}/approve", form_id=str(uuid4()), seen="x").status_code == 403
        assert cashier.post(f"{path}/decline", form_id=str(uuid4())).status_code == 403
        assert world.sql("SELECT status FROM refund_requests") == [("waiting",)]

    def test_approving_twice_at_once_refunds_once(self, world, staff):
        order = world.paid()
        refund(staff("cashier"), order, scope="whole")
        path = self.asked(world, order)
        managers = [staff("manager", email=f"{name}@x.example") for name in ("anne", "bert")]
        forms = [hidden(one.get(path)) for one in managers]

        answers = at_once(
            *(
                lambda one=one, form=form: one.post(f"{path}/approve", form_id=form["form_id"][0], seen=form["seen"])
                for one, form in zip(managers, forms, strict=True)
            )
        )

        assert sorted(answer.status_code for answer in answers) == [303, 409]
        assert len(world.refund_rows(order)) == 1

    def test_what_is_declined_is_not_refunded_and_may_be_asked_again(self, world, staff):
        order = world.paid()
        cashier, manager = staff("cashier"), staff("manager")
        refund(cashier, order, scope="whole")
        path = self.asked(world, order)

        assert manager.post(f"{path}/decline", form_id=str(uuid4()), answer="Non").status_code == 303
        assert self.approve(manager, path, form_id=str(uuid4()), seen="x").status_code == 409
        assert world.refund_rows(order) == []
        assert world.attention() == []
        assert refund(cashier, order, scope="whole").status_code == 303

    def test_a_request_ends_after_a_week(self, world, staff):
        order = world.paid(starts_in=timedelta(days=30))
        cashier = staff("cashier")
        refund(cashier, order, scope="whole")
        path = self.asked(world, order)
        world.later(days=7, seconds=1)
        manager = staff("manager")

        assert manager.post(f"{path}/approve", form_id=str(uuid4()), seen="x").status_code == 409
        from shop.payments.jobs import expire_refund_requests

        with world.app.app_context():
            expire_refund_requests()
        assert world.sql("SELECT status FROM refund_requests") == [("expired",)]
        assert world.attention() == []

    def test_what_would_give_back_something_else_now_is_not_approved(self, world, staff):
        order = world.paid()
        refund(staff("cashier"), order, scope="whole")
        path = self.asked(world, order)
        ticket = world.mei.tickets(order["id"])[0]["id"]
        world.cancel(order, world.quote(order, [ticket]).json["quote"])
        manager = staff("manager")

        assert self.approve(manager, path).status_code == 409
        assert [row.reason for row in world.refund_rows(order)] == ["cancelled"]

    def test_a_request_of_another_order_is_not_found(self, world, staff):
        order, other = world.paid(), world.paid()
        refund(staff("cashier"), order, scope="whole")
        wrong = self.asked(world, order).replace(number_of(order), number_of(other))
        manager = staff("manager")

        assert manager.get(wrong).status_code == 404
        assert manager.post(f"{wrong}/approve", form_id=str(uuid4()), seen="x").status_code in {404, 409}
        assert world.refund_rows(order) == []


class TestReviews:
    def review(self, world, total):
        order, _, number = world.opened()
        world.arrive(number, total=total)
        return order

    def decide(self, someone, order, act):
        form = hidden(someone.get(path_of(order, "/review")))
        seen = form["seen"] if isinstance(form["seen"], str) else form["seen"][0]
        return someone.post(path_of(order, f"/{act}"), form_id=str(uuid4()), seen=seen)

    def test_too_much_is_accepted(self, world, staff):
        order = self.review(world, 4000)
        cashier = staff("cashier")
        assert "€2.00 too much goes back" in cashier.get(path_of(order, "/review")).text

        assert self.decide(cashier, order, "accept").status_code == 303

        assert world.status(order) == "paid"
        assert [(row.amount, row.reason) for row in world.refund_rows(order)] == [(200, "excess")]

    def test_too_little_is_refused_or_its_rest_asked_for(self, world, staff):
        order, other = self.review(world, 3000), self.review(world, 3000)
        cashier = staff("cashier")
        assert self.decide(cashier, order, "accept").status_code == 409
        assert self.decide(cashier, order, "refuse").status_code == 303
        assert self.decide(cashier, other, "complement").status_code == 303

        assert (world.status(order), world.seats_taken(order)) == ("cancelled", 0)
        assert world.mei.payment(other["id"])["amount"]["amount"] == 800

    def test_what_is_not_in_review_is_not_decided(self, world, staff):
        order = world.paid()
        cashier = staff("cashier")
        seen = hidden(cashier.get(path_of(order, "/cash")))["seen"]
        for act in ("accept", "refuse", "complement"):
            assert cashier.post(path_of(order, f"/{act}"), form_id=str(uuid4()), seen=seen).status_code == 409
        assert world.status(order) == "paid"


class TestCash:
    def test_an_order_is_paid_in_cash_once_with_change(self, world, staff):
        order = world.order()
        cashier = staff("cashier")
        form = hidden(cashier.get(path_of(order, "/cash")))
        first = cashier.post(path_of(order, "/cash"), **form, received="50")
        again = cashier.post(path_of(order, "/cash"), **form, received="50")

        assert (first.status_code, again.status_code) == (303, 303)
        assert "€12.00" in cashier.get(path_of(order)).text
        assert world.status(order) == "paid"
        assert len(world.payments(order)) == 1

    @pytest.mark.parametrize("received", ["", "37.99", "-50", "abc", "1e9", "9" * 30, "50.001"])
    def test_too_little_and_nonsense_are_refused(self, world, staff, received):
        order = world.order()
        cashier = staff("cashier")
        form = hidden(cashier.get(path_of(order, "/cash")))

        assert cashier.post(path_of(order, "/cash"), **form, received=received).status_code == 422
        assert world.status(order) == "pending"


def test_the_books_are_in_order_after_all_of_it(world, staff):
    order = world.paid()
    cashier = staff("cashier")
    refund(cashier, order, scope="tickets", positions=["1"])
    refund(cashier, order, scope="amount", amount="3")
    finish(world)

    with world.app.app_context():
        assert not list(check(world.app.extensions["invariants"], now=clock.now()))

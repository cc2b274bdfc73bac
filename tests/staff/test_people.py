"""The team: who is invited, changed and closed, by whom; and the trail that tells of it."""

import re
from datetime import timedelta

import psycopg
import pytest
import sqlalchemy as sa
import time_machine

from shop.core import clock
from shop.core.db import db
from shop.staff import rules
from tests.factories.colleagues import PASSWORD, Colleague
from tests.factories.rows import value


def invited(manager, **fields):
    answer = manager.post(
        "/staff/people/new", **({"email": "new@example.com", "role": "guide", "locale": "fr"} | fields)
    )
    found = re.search(r"/staff/welcome/([\w-]+)", answer.text)
    return answer, found[1] if found else None


def test_a_manager_invites_and_the_link_makes_an_account(app, colleague):
    answer, secret = invited(colleague("manager"), email="Lei.Wang@Example.com ", name="王磊", role="cashier")
    newcomer = Colleague(app, "stock")
    newcomer.get(f"/staff/welcome/{secret}")
    answer = newcomer.post(f"/staff/welcome/{secret}", new_password=PASSWORD)

    assert answer.status_code == 303
    assert "王磊" in newcomer.get("/staff/account/second-factor").text
    assert value(app, "SELECT role FROM staff WHERE email = 'lei.wang@example.com'") == "cashier"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"email": ""}, 422),
        ({"email": "not an address"}, 422),
        ({"email": "a@" + "b" * 300 + ".fr"}, 422),
        ({"role": "king"}, 422),
        ({"role": ""}, 422),
        ({"name": "x" * 81}, 422),
        ({"name": "a\x00b"}, 422),
        ({"locale": "de"}, 422),
        ({"email": "manager@example.com"}, 409),
    ],
)
def test_an_invitation_that_makes_no_sense_is_declined_beside_the_field(app, colleague, fields, status):
    answer, secret = invited(colleague("manager"), **fields)

    assert (answer.status_code, secret) == (status, None)
    assert value(app, "SELECT count(*) FROM staff") == 1


def test_what_is_typed_is_shown_again_and_never_run(colleague):
    hostile = '"><script>alert(1)</script>'
    answer, _ = invited(colleague("manager"), email="wrong", name=hostile)

    assert "<script>alert" not in answer.text
    assert "&#34;&gt;&lt;script&gt;" in answer.text


def test_a_dangerous_act_asks_for_the_password_again(app, colleague):
    manager = colleague("manager")
    with time_machine.travel(clock.now() + manager.tired()):
        page = manager.get("/staff/people/new")
        assert page.location == "/staff/confirm?next=%2Fstaff%2Fpeople%2Fnew"
        manager.get("/staff/confirm")
        refused = manager.post("/staff/people/new", email="new@example.com", role="guide")
        assert (refused.status_code, value(app, "SELECT count(*) FROM staff")) == (401, 1)
        assert manager.post(page.location, password="wrong wrong wrong", code=manager.code()).status_code == 401
        assert manager.post(page.location, password=PASSWORD, code="000000").status_code == 401
        assert manager.post(page.location, password=PASSWORD, code=manager.code()).location == "/staff/people/new"
        assert invited(manager)[1]


def test_a_role_is_changed_at_once(app, colleague):
    manager, guide = colleague("manager"), colleague("guide")
    assert guide.get("/staff/people").status_code == 403
    assert manager.post(f"/staff/people/{guide.id}/role", role="manager").status_code == 303

    assert guide.get("/staff/people").location == "/staff/account/second-factor"  # money moves: a code is needed now


def test_the_last_manager_stays_one(app, colleague):
    manager = colleague("manager")
    demoted = manager.post(f"/staff/people/{manager.id}/role", role="guide")
    closed = manager.post(f"/staff/people/{manager.id}/close")

    assert (demoted.status_code, closed.status_code) == (409, 409)
    assert value(app, "SELECT role FROM staff") == "manager"


def test_a_closed_account_is_out_at_once_and_comes_back_by_a_new_link_only(app, colleague):
    manager, guide = colleague("manager"), colleague("guide")
    manager.post(f"/staff/people/{guide.id}/close")
    assert guide.get("/staff/").status_code == 303
    again = Colleague.sign_in
    with pytest.raises(AssertionError):
        again(guide)
    answer = manager.post(f"/staff/people/{guide.id}/link")
    secret = re.search(r"/staff/welcome/([\w-]+)", answer.text)[1]
    guide.token = None
    guide.get(f"/staff/welcome/{secret}")
    assert guide.post(f"/staff/welcome/{secret}", new_password="another walk under chalk").status_code == 303


def test_a_new_link_makes_the_one_before_useless(app, colleague):
    manager, guide = colleague("manager"), colleague("guide")
    links = [
        re.search(r"/staff/welcome/[\w-]+", manager.post(f"/staff/people/{guide.id}/link").text)[0] for _ in range(2)
    ]

    assert [app.test_client().get(link).status_code for link in links] == [404, 200]


def test_whoever_lost_the_phone_gets_in_by_a_link_and_sets_up_another(app, colleague):
    manager, cashier = colleague("manager"), colleague("cashier")
    answer = manager.post(f"/staff/people/{cashier.id}/link")
    link = re.search(r"/staff/welcome/[\w-]+", answer.text)[0]
    cashier.token = None
    cashier.get(link)
    assert cashier.post(link, new_password=PASSWORD).location == "/staff/account/second-factor"
    assert cashier.get("/staff/").location == "/staff/account/second-factor"


def test_a_password_is_changed_by_who_knows_it_and_ends_the_other_sessions(app, colleague):
    guide = colleague("guide")
    elsewhere = Colleague.signed_in(guide).client
    other = app.test_client()
    other.set_cookie("staff", elsewhere.get_cookie("staff", path="/staff").value, path="/staff")
    guide.signed_in()
    wrong = guide.post("/staff/account/password", password="wrong wrong wrong", new_password="another long sentence")
    weak = guide.post("/staff/account/password", password=PASSWORD, new_password="short")
    right = guide.post("/staff/account/password", password=PASSWORD, new_password="another long sentence")

    assert (wrong.status_code, weak.status_code, right.status_code) == (401, 422, 303)
    assert other.get("/staff/account").status_code == 303
    assert guide.get("/staff/account").status_code == 200


def test_the_language_is_ones_own(colleague):
    guide = colleague("guide", locale="fr")
    assert "Mon compte" in guide.get("/staff/account").text
    answer = guide.post("/staff/language", to="zh-CN", next="/staff/account")

    assert answer.location == "/staff/account"
    page = guide.get("/staff/account")
    assert "我的账户" in page.text
    assert page.headers["Content-Language"] == "zh-CN"


def test_each_act_is_in_the_trail_with_who_when_from_where_before_and_after(app, colleague):
    manager, guide = colleague("manager"), colleague("guide")
    manager.post(f"/staff/people/{guide.id}/role", role="stock")
    page = manager.get("/staff/acts", subject=guide.email).text
    with app.app_context():
        row = db.session.execute(sa.text("SELECT * FROM staff_acts WHERE act = 'staff.role'")).one()

    assert (row.who, row.staff_id, row.subject, row.address) == (manager.email, manager.id, guide.email, "127.0.0.1")
    assert (row.before, row.after) == ({"role": "guide"}, {"role": "stock"})
    assert "changed the role of guide@example.com" in page
    assert value(app, "SELECT count(*) FROM staff_acts WHERE act = 'staff.acts-read'") == 1


@pytest.mark.parametrize(
    "statement", ["UPDATE staff_acts SET who = 'x'", "DELETE FROM staff_acts", "TRUNCATE staff_acts"]
)
def test_nobody_changes_the_trail(app, colleague, settings, statement):
    manager = colleague("manager")
    manager.post("/staff/language", to="fr")
    with (
        psycopg.connect(settings.database_url) as connection,
        pytest.raises(psycopg.errors.RestrictViolation),
    ):
        connection.execute(statement)


def test_pages_of_the_staff_are_kept_by_nobody_and_run_nothing_foreign(colleague):
    headers = colleague("guide").get("/staff/account").headers

    assert headers["Cache-Control"] == "no-store"
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_an_address_of_nothing_says_so_in_the_language_of_who_asks(app, colleague):
    assert "该地址不存在" in colleague("guide", locale="zh-CN").get("/staff/nothing").text
    answer = app.test_client().get("/staff/nothing", headers={"Accept-Language": "fr"})

    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "Cette adresse n’existe pas" in answer.text


def test_old_attempts_and_sign_ins_are_forgotten(app, colleague):
    from shop.staff.jobs import forget_sign_ins

    colleague("guide")
    with (
        time_machine.travel(clock.now() + rules.SESSION_LIFE + rules.SESSION_KEPT + timedelta(hours=1)),
        app.app_context(),
    ):
        forget_sign_ins()

    assert value(app, "SELECT count(*) FROM staff_sessions") == 0


class TestCommands:
    def run(self, app, *words):
        return app.test_cli_runner().invoke(args=["staff", *words, "--lang", "en"])

    def test_an_account_is_made_from_the_command_line(self, app, settings):
        answer = self.run(app, "create", "first@example.com", "--role", "manager")
        link = answer.output.strip()

        assert answer.exit_code == 0
        assert link.startswith(f"{settings.public_url}/staff/welcome/")
        assert app.test_client().get(link.removeprefix(settings.public_url)).status_code == 200
        assert value(app, "SELECT act || ' ' || subject FROM staff_acts") == "staff.invited first@example.com"

    @pytest.mark.parametrize("email", ["", "x", "@", "a@", "@b", "a@b\x07c", "a" * 260 + "@b.fr"])
    def test_what_is_no_address_makes_no_account(self, app, email):
        assert self.run(app, "create", email, "--role", "manager").exit_code == 2
        assert value(app, "SELECT count(*) FROM staff") == 0

    def test_an_address_is_taken_once(self, app):
        self.run(app, "create", "first@example.com", "--role", "manager")
        again = self.run(app, "create", "First@example.com", "--role", "guide")

        assert (again.exit_code, "already" in again.output) == (1, True)

    def test_accounts_are_listed_closed_and_given_a_new_link(self, app, colleague):
        colleague("manager")
        guide = colleague("guide")
        assert self.run(app, "close", guide.email).exit_code == 0
        assert "closed" in self.run(app, "list").output
        assert "/staff/welcome/" in self.run(app, "link", guide.email).output
        assert self.run(app, "link", "nobody@example.com").exit_code == 1
        assert self.run(app, "close", "manager@example.com").exit_code == 1

    def test_a_code_is_told_on_a_development_machine(self, app, colleague):
        cashier = colleague("cashier")

        assert self.run(app, "code", cashier.email).output.strip() == cashier.code()
        assert len(self.run(app, "code", cashier.secret).output.strip()) == 6
        assert self.run(app, "code", colleague("guide").email).exit_code == 1
        assert self.run(app, "code", "not a key").exit_code == 1

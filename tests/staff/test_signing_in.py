"""Signing in to the back office, and who can keep whom from it."""

from datetime import timedelta

import pytest
import time_machine

from shop.core import clock
from shop.core.db import transaction
from shop.staff import rules
from shop.staff.services import accounts
from tests.factories.colleagues import PASSWORD, Colleague
from tests.factories.rows import value


def attempt(app, colleague, *, address="192.0.2.1", browser=None, **fields):
    """A sign-in from a browser of one's own."""
    client = browser or app.test_client()
    page = client.get("/staff/sign-in", environ_overrides={"REMOTE_ADDR": address})
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    sent = {"csrf_token": token, "email": colleague.email, "password": PASSWORD, "code": colleague.code()} | fields
    return client.post("/staff/sign-in", data=sent, environ_overrides={"REMOTE_ADDR": address})


def test_who_signs_in_sees_today(colleague):
    page = colleague("stock").get("/staff/")

    assert page.status_code == 200
    assert "Today" in page.text


def test_who_is_not_signed_in_is_led_to_the_door_and_back(app):
    answer = app.test_client().get("/staff/people?x=1")

    assert answer.status_code == 303
    assert answer.location == "/staff/sign-in?next=%2Fstaff%2Fpeople%3Fx%3D1"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/staff", "//evil.example/staff", "/staff//evil", "/staff\\evil", "/api/v1/tours"]
)
def test_nobody_is_led_out_of_the_back_office(app, elsewhere):
    someone = Colleague(app, "guide")
    client = app.test_client()
    page = client.get("/staff/sign-in", query_string={"next": elsewhere})
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    sent = {"csrf_token": token, "email": someone.email, "password": PASSWORD}
    answer = client.post("/staff/sign-in", query_string={"next": elsewhere}, data=sent)

    assert (answer.status_code, answer.location) == (303, "/staff/")


def test_a_wrong_password_and_a_wrong_code_are_refused_in_the_same_words(app):
    someone = Colleague(app, "cashier")
    answers = [
        attempt(app, someone, password="something else entirely"),
        attempt(app, someone, code="000000"),
        attempt(app, someone, code=""),
        attempt(app, someone, email="nobody@example.com"),
    ]

    assert [answer.status_code for answer in answers] == [401] * 4
    assert len({answer.text.split('role="alert">')[1].split("<")[0] for answer in answers}) == 1


def test_a_code_is_good_once(app):
    someone = Colleague(app, "cashier")
    code = someone.code()

    assert attempt(app, someone, code=code).status_code == 303
    assert attempt(app, someone, code=code).status_code == 401


def test_after_five_failures_an_address_is_told_to_wait(app):
    someone = Colleague(app, "guide")
    failed = [attempt(app, someone, password="wrong wrong wrong").status_code for _ in range(rules.TRIES)]
    answer = attempt(app, someone)

    assert failed == [401] * rules.TRIES
    assert answer.status_code == 429
    with time_machine.travel(clock.now() + rules.WINDOW + timedelta(seconds=1)):
        assert attempt(app, someone).status_code == 303


def test_a_crowd_of_strangers_locks_nobody_out_of_a_browser_they_know(app):
    someone = Colleague(app, "guide")
    known = app.test_client()
    assert attempt(app, someone, browser=known).status_code == 303
    known.delete_cookie("staff", path="/staff")
    for stranger in range(rules.TRIES_ANYWHERE + 1):
        attempt(app, someone, address=f"198.51.100.{stranger}", password="wrong wrong wrong")

    assert attempt(app, someone, address="203.0.113.9").status_code == 429  # a browser nobody has seen
    assert attempt(app, someone, browser=known).status_code == 303


def test_the_cookie_of_one_account_makes_no_known_browser_of_another(app):
    mine, theirs = Colleague(app, "guide"), Colleague(app, "stock")
    browser = app.test_client()
    assert attempt(app, mine, browser=browser).status_code == 303
    browser.delete_cookie("staff", path="/staff")
    answers = [
        attempt(app, theirs, browser=browser, password="wrong wrong wrong").status_code for _ in range(rules.TRIES + 1)
    ]

    assert answers[-1] == 429
    assert attempt(app, theirs, browser=app.test_client()).status_code == 429  # counted by address, as any stranger


def test_signing_in_gives_a_new_cookie_whatever_the_browser_held_before(app):
    someone = Colleague(app, "guide")
    browser = app.test_client()
    browser.get("/staff/sign-in")
    planted = browser.get_cookie("staff", path="/staff").value
    attempt(app, someone, browser=browser)
    stranger = app.test_client()
    stranger.set_cookie("staff", planted, path="/staff")

    assert browser.get_cookie("staff", path="/staff").value != planted
    assert stranger.get("/staff/account").status_code == 303


def test_signing_out_ends_the_session_not_only_the_cookie(app, colleague):
    someone = colleague("guide")
    kept = someone.client.get_cookie("staff", path="/staff").value
    someone.post("/staff/sign-out")
    thief = app.test_client()
    thief.set_cookie("staff", kept, path="/staff")

    assert thief.get("/staff/account").status_code == 303


def test_a_session_ends_after_a_working_day(colleague):
    someone = colleague("guide")
    with time_machine.travel(clock.now() + rules.SESSION_LIFE + timedelta(seconds=1)):
        assert someone.get("/staff/account").status_code == 303


def test_one_can_end_ones_own_sessions_and_nobody_elses(app, colleague):
    mine, other = colleague("guide"), colleague("stock")
    sessions = value(app, "SELECT array_agg(id::text) FROM staff_sessions WHERE staff_id = :id", id=other.id)
    mine.post(f"/staff/account/sessions/{sessions[0]}/end")

    assert other.get("/staff/account").status_code == 200
    other.post(f"/staff/account/sessions/{sessions[0]}/end")
    assert other.get("/staff/account").status_code == 303


def test_the_cookie_is_for_the_back_office_and_for_no_script(app):
    answer = attempt(app, Colleague(app, "guide"))
    cookies = [line for line in answer.headers.getlist("Set-Cookie") if "Expires=Thu, 01 Jan 1970" not in line]

    assert len(cookies) == 2
    for cookie in cookies:
        assert "Path=/staff" in cookie
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie


def test_a_form_without_its_token_does_nothing(app, colleague):
    someone = colleague("guide")
    answer = someone.client.post("/staff/sign-out")

    assert answer.status_code == 422
    assert "form-expired" in answer.text
    assert someone.get("/staff/account").status_code == 200


def test_who_moves_money_sets_up_a_second_factor_before_anything_else(app):
    with app.app_context(), transaction():
        _, secret = accounts.invite(email="new@example.com", name="", role="manager", locale="en", now=clock.now())
    someone = Colleague(app, "guide")  # for its client only
    someone.token = None
    someone.get(f"/staff/welcome/{secret}")
    answer = someone.post(f"/staff/welcome/{secret}", new_password=PASSWORD)

    assert answer.location == "/staff/account/second-factor"
    assert someone.get("/staff/").location == "/staff/account/second-factor"
    page = someone.get("/staff/account/second-factor")
    key = page.text.split('user-select-all text-break">')[1].split("<")[0]
    step = int(clock.now().timestamp()) // 30
    import pyotp

    assert someone.post("/staff/account/second-factor", code="123").status_code == 422
    assert someone.post("/staff/account/second-factor", code=pyotp.TOTP(key).generate_otp(step)).status_code == 303
    assert someone.get("/staff/").status_code == 200


def test_a_one_time_link_is_used_once_and_looking_does_not_use_it(app):
    with app.app_context(), transaction():
        _, secret = accounts.invite(email="new@example.com", name="", role="guide", locale="en", now=clock.now())
    first, second = Colleague(app, "guide"), Colleague(app, "stock")
    assert first.get(f"/staff/welcome/{secret}").status_code == 200
    assert first.get(f"/staff/welcome/{secret}").status_code == 200
    weak = first.post(f"/staff/welcome/{secret}", new_password="short")
    chosen = first.post(f"/staff/welcome/{secret}", new_password=PASSWORD)
    again = second.post(f"/staff/welcome/{secret}", new_password=PASSWORD)

    assert (weak.status_code, chosen.status_code, again.status_code) == (422, 303, 404)


def test_a_link_is_good_for_three_days(app):
    with app.app_context(), transaction():
        _, secret = accounts.invite(email="new@example.com", name="", role="guide", locale="en", now=clock.now())
    with time_machine.travel(clock.now() + rules.LINK_LIFE + timedelta(seconds=1)):
        assert app.test_client().get(f"/staff/welcome/{secret}").status_code == 404


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "guide@example.com", "guide@example.com1"])
def test_weak_passwords(password):
    assert rules.is_weak(password, email="guide@example.com", name="Guide")


def test_a_good_password():
    assert not rules.is_weak(PASSWORD, email="guide@example.com", name="Guide")
    assert not rules.is_weak("一起去看乐山大佛吧我的朋友们", email="guide@example.com", name="Guide")

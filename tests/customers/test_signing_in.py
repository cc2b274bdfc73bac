"""Signing in through WeChat, out again, and one's own profile."""

import threading
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine
from itsdangerous import URLSafeSerializer

from shop.core import clock
from shop.core.db import db, transaction
from shop.core.ids import new_id
from shop.customers import rules
from shop.customers.models import Customer, CustomerSession
from shop.customers.services import forget_old_sessions
from tests.core.watching import another_shop, what_is_logged
from tests.factories.people import Tourist


@pytest.fixture
def visitor(app, wechat):
    """Somebody who has not signed in."""
    return Tourist(app, wechat, "wei")


def sign_in(visitor, **headers):
    return visitor.post("/auth/wechat", {"code": visitor.login_code()}, **headers)


def me(visitor, authorization):
    return visitor.client.get("/api/v1/me", headers={"Authorization": authorization, "Accept-Language": "en"})


def token_of(tourist):
    return tourist.headers["Authorization"].removeprefix("Bearer ")


def test_a_visitor_signs_in_with_the_code_of_wechat(visitor):
    answer = sign_in(visitor)

    assert answer.status_code == 200
    assert set(answer.json) == {"access_token", "token_type", "expires_in", "customer"}
    assert answer.json["token_type"] == "Bearer"
    assert answer.json["expires_in"] == 7 * 24 * 3600
    assert set(answer.json["customer"]) == {"id", "locale"}
    assert me(visitor, f"Bearer {answer.json['access_token']}").json == answer.json["customer"]


def test_a_code_is_good_once(visitor):
    code = visitor.login_code()
    assert visitor.post("/auth/wechat", {"code": code}).status_code == 200

    again = visitor.post("/auth/wechat", {"code": code})

    assert (again.status_code, again.json["code"]) == (401, "wechat-code-refused")


@pytest.mark.parametrize("code", ["made-up", "x" * 200, "a b\n", "🎫", "&appid=other"])
def test_a_code_that_wechat_did_not_give_is_refused(visitor, code):
    answer = visitor.post("/auth/wechat", {"code": code})

    assert (answer.status_code, answer.json["code"]) == (401, "wechat-code-refused")


@pytest.mark.parametrize("kind", ["500-before", "429", "close-connection", "not-json"])
def test_without_wechat_nobody_signs_in(app, visitor, kind):
    code = visitor.login_code()
    visitor.control("/faults", {"path_prefix": "/sns/", "kind": kind})

    answer = visitor.post("/auth/wechat", {"code": code})

    assert (answer.status_code, answer.json["code"]) == (503, "wechat-unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Customer)) == 0
    assert sign_in(visitor).status_code == 200


def test_a_secret_that_is_wrong_is_no_fault_of_the_visitor(settings, visitor):
    with another_shop(settings, wechat_app_secret="wrong") as shop:
        visitor.client = shop.test_client()
        assert sign_in(visitor).json["code"] == "wechat-unavailable"


def test_the_same_person_is_the_same_customer(app, visitor, wechat):
    first, second = sign_in(visitor).json, sign_in(visitor).json
    someone_else = sign_in(Tourist(app, wechat, "someone else")).json

    assert first["customer"] == second["customer"]
    assert first["access_token"] != second["access_token"]
    assert someone_else["customer"]["id"] != first["customer"]["id"]


def test_the_same_person_signing_in_twice_at_once_is_one_customer(app, wechat):
    people = [Tourist(app, wechat, "twice at once") for _ in range(6)]
    threads = [threading.Thread(target=person.sign_in) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({person.id for person in people}) == 1


def test_who_comes_first_keeps_the_language_they_came_with(visitor):
    visitor.headers["Accept-Language"] = "zh-CN"
    assert sign_in(visitor).json["customer"]["locale"] == "zh-CN"
    visitor.headers["Accept-Language"] = "en"
    assert sign_in(visitor).json["customer"]["locale"] == "zh-CN"


def test_signing_out_kills_that_token_and_no_other(app, wechat, tourist):
    other_phone = Tourist(app, wechat, tourist.name).sign_in()

    assert tourist.post("/auth/logout").status_code == 204

    assert tourist.get("/me").json["code"] == "sign-in-required"
    assert tourist.post("/auth/logout").status_code == 401
    assert other_phone.get("/me").status_code == 200


def test_a_token_ends_with_its_time(tourist):
    with time_machine.travel(clock.now() + timedelta(days=7, seconds=-5), tick=False):
        assert tourist.get("/me").status_code == 200
    with time_machine.travel(clock.now() + timedelta(days=7, seconds=5), tick=False):
        assert tourist.get("/me").json["code"] == "sign-in-required"


def forged(settings):
    session = new_id()
    return {
        "of no sign-in": rules.sign_token(session, settings.secret_key),
        "of another key": rules.sign_token(session, "another key"),
        "of another purpose": URLSafeSerializer(settings.secret_key, salt="tickets").dumps(session.hex),
        "signed, of a number": URLSafeSerializer(settings.secret_key, salt="customer-session").dumps(1),
        "signed, of a list": URLSafeSerializer(settings.secret_key, salt="customer-session").dumps([session.hex]),
        "signed, of nothing": URLSafeSerializer(settings.secret_key, salt="customer-session").dumps(None),
        "signed, of a word": URLSafeSerializer(settings.secret_key, salt="customer-session").dumps("word"),
        "a word": "word",
        "dots": "...",
        "accents": "é.é",
        "very long": "x" * 3000,
    }


@pytest.mark.parametrize("kind", list(forged(type("Key", (), {"secret_key": "x"}))))
def test_a_token_that_is_not_ours_is_refused(visitor, settings, kind):
    answer = me(visitor, f"Bearer {forged(settings)[kind]}")

    assert (answer.status_code, answer.json["code"]) == (401, "sign-in-required")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_with_one_letter_changed_is_refused(tourist):
    token = token_of(tourist)
    for place in (0, len(token) // 2, len(token) - 10):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert me(tourist, f"Bearer {changed}").status_code == 401


@pytest.mark.parametrize("scheme", ["", "Bearer", "Bearer ", "Basic {}", "{}", "Token {}"])
def test_the_token_comes_as_a_bearer_token(tourist, scheme):
    assert me(tourist, scheme.format(token_of(tourist))).status_code == 401


def test_the_schemes_case_does_not_matter(tourist):
    assert me(tourist, f"bearer  {token_of(tourist)} ").status_code == 200


def test_another_shops_key_ends_all_tokens(settings, tourist):
    with another_shop(settings, secret_key="a new key") as shop:
        tourist.client = shop.test_client()
        assert tourist.get("/me").status_code == 401


def test_the_openid_and_the_session_key_stay_inside(app, visitor, wechat):
    made = visitor.control("/codes", {"user": visitor.name})
    with what_is_logged() as logged:
        answer = visitor.post("/auth/wechat", {"code": made["code"]})
        visitor.headers["Authorization"] = f"Bearer {answer.json['access_token']}"
        profile = visitor.get("/me")
        orders = visitor.get("/orders")

    told = answer.text + profile.text + orders.text + logged.text
    assert made["openid"] not in told
    assert "session_key" not in told
    assert made["code"] not in told.replace(answer.text, "")
    assert answer.json["access_token"] not in profile.text + orders.text + logged.text
    with app.app_context():
        customer = db.session.get_one(Customer, UUID(answer.json["customer"]["id"]))
        assert customer.openid == made["openid"]
        assert not any("key" in column.name for column in Customer.__table__.columns)


def test_the_customer_chooses_a_language(tourist):
    answer = tourist.patch("/me", {"locale": "zh-CN"})

    assert answer.status_code == 200
    assert answer.json == {"id": tourist.id, "locale": "zh-CN"}
    assert tourist.get("/me").json["locale"] == "zh-CN"


@pytest.mark.parametrize(
    "body", [{}, {"locale": "zh"}, {"locale": "de"}, {"locale": None}, {"locale": "fr", "id": "x"}]
)
def test_a_profile_that_is_not_valid_changes_nothing(tourist, body):
    before = tourist.get("/me").json

    assert tourist.patch("/me", body).json["code"] == "invalid-input"
    assert tourist.get("/me").json == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/me"),
        ("PATCH", "/me"),
        ("POST", "/auth/logout"),
        ("POST", "/bookings"),
        ("GET", "/bookings/x"),
        ("DELETE", "/bookings/x"),
        ("POST", "/bookings/x/extend"),
        ("GET", "/orders"),
        ("POST", "/orders"),
        ("GET", "/orders/x"),
        ("POST", "/orders/x/payments"),
        ("POST", "/orders/x/cancel"),
        ("GET", "/orders/x/tickets"),
    ],
)
def test_what_is_for_customers_needs_a_sign_in(app, method, path):
    answer = app.test_client().open(f"/api/v1{path}", method=method, json={} if method in {"POST", "PATCH"} else None)

    assert (answer.status_code, answer.json["code"]) == (401, "sign-in-required")


def test_sign_ins_that_are_over_are_forgotten(app, tourist, other_tourist):
    with app.app_context():
        with transaction():
            db.session.execute(
                sa.update(CustomerSession)
                .where(CustomerSession.customer_id == UUID(tourist.id))
                .values(expires_at=clock.now() - timedelta(seconds=1))
            )
        with transaction():
            assert forget_old_sessions(now=clock.now()) == 1
    assert other_tourist.get("/me").status_code == 200
    assert tourist.get("/me").status_code == 401

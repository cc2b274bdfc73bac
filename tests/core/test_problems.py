"""Refusals and failures as answers: problem+json."""

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import BadGateway, Gone, NotFound, RequestedRangeNotSatisfiable, TooManyRequests, abort

from shop.core.caller import public
from shop.core.db import db, own_connection
from tests.core.watching import another_shop, nothing_there, what_is_logged

API = "/api/v1"


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def failing(settings, global_app):
    """A shop with a view that fails in the way the test says."""
    with another_shop(settings) as app:

        def view():
            raise app.extensions["failure"]

        app.add_url_rule("/failing", view_func=public(view))

        def fail(failure):
            app.extensions["failure"] = failure
            return app.test_client().get("/failing", headers={"Accept-Language": "en"})

        yield fail


def test_a_refusal_is_problem_json(client):
    answer = client.get(f"{API}/tours/none", headers={"Accept-Language": "en"})

    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json == {
        "type": "urn:insolite:problem:tour-not-found",
        "title": "Not found",
        "status": 404,
        "detail": "There is no such tour.",
        "code": "tour-not-found",
    }


def test_a_refusal_states_its_facts(tourist, catalogue):
    answer = tourist.hold(catalogue.departure(capacity=1), adults=2)

    assert answer.status_code == 409
    assert answer.json["code"] == "sold-out"
    assert answer.json["seats_left"] == 1
    assert answer.json["alternatives"] == []


def test_who_must_sign_in_is_told_how(client):
    answer = client.get(f"{API}/me")

    assert (answer.status_code, answer.json["code"]) == (401, "sign-in-required")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/api/v1/none", 404, "not-found"),
        ("GET", "/%00", 404, "not-found"),
        ("GET", "/api/v1/tours/%00", 404, "not-found"),
        ("GET", "/api/v1/tours/%ff%fe", 404, "tour-not-found"),
        ("GET", "/images/%ed%a0%80", 404, "image-not-found"),
        ("DELETE", "/api/v1/tours", 405, "method-not-allowed"),
        ("PUT", "/api/v1/me", 405, "method-not-allowed"),
        ("FOO", "/api/v1/tours", 405, "method-not-allowed"),
        ("GET", "/api/v1/bookings", 405, "method-not-allowed"),
    ],
)
def test_what_is_refused_before_a_view_is_problem_json_too(client, method, path, status, code):
    answer = client.open(path, method=method)

    assert (answer.status_code, answer.json["code"], answer.json["status"]) == (status, code, status)
    assert answer.content_type == "application/problem+json"
    assert answer.json["type"] == f"urn:insolite:problem:{code}"
    assert answer.headers["X-Request-ID"]


def test_a_method_that_is_not_allowed_says_which_are(client):
    assert "GET" in client.delete(f"{API}/tours").headers["Allow"]


def test_a_body_that_is_too_large_is_refused(client):
    answer = client.post(f"{API}/auth/wechat", json={"code": "x" * 70_000})

    assert (answer.status_code, answer.json["code"]) == (413, "body-too-large")


def test_an_address_with_two_slashes_is_sent_to_the_right_one(client):
    answer = client.get("/api/v1//tours")

    assert answer.status_code == 308
    assert answer.headers["Location"].endswith("/api/v1/tours")


@pytest.mark.parametrize("failure", [RuntimeError("the inside"), KeyError("the inside"), BadGateway("the inside")])
def test_a_failure_of_ours_hides_the_inside(failing, failure):
    with what_is_logged() as logged:
        answer = failing(failure)

    assert answer.status_code == 500
    assert answer.json["code"] == "internal-error"
    assert "the inside" not in answer.text
    told = logged.named("request_failed")[0]
    assert "the inside" in told["exception"]
    assert told["request_id"] == answer.headers["X-Request-ID"]


def test_a_statement_that_is_our_mistake_is_a_failure(failing):
    assert failing(ProgrammingError("SELEC 1", {}, psycopg.errors.SyntaxError())).status_code == 500
    assert failing(sa.exc.InvalidRequestError("the inside")).status_code == 500


@pytest.mark.parametrize(
    "cause",
    [
        psycopg.errors.LockNotAvailable(),
        psycopg.errors.QueryCanceled(),
        psycopg.errors.DeadlockDetected(),
        psycopg.errors.AdminShutdown(),
        psycopg.errors.TooManyConnections(),
        psycopg.errors.ReadOnlySqlTransaction(),
        psycopg.errors.SerializationFailure(),
        psycopg.errors.ProtocolViolation("query_wait_timeout"),  # PgBouncer's word for: too many wait
        psycopg.OperationalError(),
    ],
    ids=lambda cause: type(cause).__name__,
)
def test_a_database_that_cannot_now_is_worth_another_try(failing, cause):
    answer = failing(OperationalError("SELECT 1", {}, cause))

    assert (answer.status_code, answer.json["code"]) == (503, "shop-busy")
    assert int(answer.headers["Retry-After"]) > 0


def test_no_free_connection_is_worth_another_try(failing):
    assert failing(PoolTimeout("the pool is empty")).json["code"] == "shop-busy"


def test_a_ready_made_answer_is_passed_on(failing, global_app):
    with pytest.raises(NotFound) as made, global_app.test_request_context():
        abort(404)
    made.value.code = None
    made.value.response = global_app.response_class("as it is", status=418)

    assert failing(made.value).status_code == 418


def test_an_http_refusal_without_words_of_its_own_has_a_code(failing):
    assert failing(Gone()).json["code"] == "gone"
    assert failing(RequestedRangeNotSatisfiable()).json["status"] == 416
    assert failing(TooManyRequests(retry_after=7)).headers["Retry-After"] == "7"
    assert failing(TooManyRequests()).headers["Retry-After"] == "60"


@pytest.mark.parametrize("path", ["/readyz", "/api/v1/tours", "/api/v1/tours/leshan/departures", "/images/x"])
def test_without_its_database_the_shop_asks_to_come_back(settings, global_app, path):
    with nothing_there() as address, another_shop(settings, database_url=address) as alone:
        client = alone.test_client()
        answer = client.get(path)

        assert (answer.status_code, answer.json["code"]) == (503, "shop-busy")
        assert int(answer.headers["Retry-After"]) > 0
        assert client.get("/healthz").status_code == 200


def test_without_its_database_signed_in_customers_are_not_signed_out(settings, tourist):
    with nothing_there() as address, another_shop(settings, database_url=address) as alone:
        tourist.client = alone.test_client()

        assert tourist.get("/me").status_code == 503
        assert tourist.post("/bookings", {"departure_id": "x", "units": []}).status_code == 503
        assert tourist.post("/auth/wechat", {"code": tourist.login_code()}).status_code == 503


def test_a_row_that_somebody_keeps_locked_is_worth_another_try(app, tourist, catalogue):
    departure = catalogue.departure()
    with app.app_context(), own_connection() as elsewhere:
        elsewhere.execute(sa.text("SELECT 1 FROM departures WHERE id = :id FOR UPDATE"), {"id": departure})

        answer = tourist.hold(departure)

    assert (answer.status_code, answer.json["code"]) == (503, "shop-busy")
    assert catalogue.seats_taken(departure) == 0
    assert tourist.hold(departure).status_code == 201


def test_a_connection_that_was_cut_is_replaced(app, client):
    client.get(f"{API}/tours")
    with app.app_context(), db.engine.connect() as elsewhere:
        elsewhere.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'insolite'"
            )
        )

    assert client.get(f"{API}/tours").status_code == 200


def test_what_failed_is_logged_without_the_values_of_the_statement(app, tourist, wechat):
    """Those of signing in hold the openid."""
    code = tourist.control("/codes", {"user": "never seen before"})
    with app.app_context(), own_connection() as elsewhere:
        elsewhere.execute(sa.text("ALTER TABLE customers ADD CONSTRAINT broken CHECK (locale = 'xx') NOT VALID"))
    try:
        with what_is_logged() as logged:
            answer = tourist.post("/auth/wechat", {"code": code["code"]})
    finally:
        with app.app_context(), own_connection() as elsewhere:
            elsewhere.execute(sa.text("ALTER TABLE customers DROP CONSTRAINT broken"))

    assert answer.status_code == 500
    assert logged.named("request_failed")
    assert code["openid"] not in logged.text

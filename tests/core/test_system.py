"""For who operates the shop and for who reads its documentation."""

import asyncio
import os
import signal
import uuid
from contextlib import asynccontextmanager
from dataclasses import replace

import psycopg
import pytest
import sqlalchemy as sa
import time_machine
from openapi_spec_validator import validate

from shop.core import clock, ids
from shop.core.connections import driver_url, engine_options
from shop.core.db import at_end, db, end_reading, own_connection, transaction
from shop.core.i18n import LANGUAGES
from shop.core.invariants import Invariant, check
from shop.core.system import latest_migration
from shop.staff.models import Attention
from tests.core.watching import another_shop, what_is_logged

API = "/api/v1"


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def empty_database(settings):
    """The address of a database without a single table."""
    name = f"empty_{uuid.uuid4().hex}"
    with psycopg.connect(settings.database_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield sa.make_url(settings.database_url).set(database=name).render_as_string(hide_password=False)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_the_process_lives_and_can_work(client):
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json == {"status": "ok"}


def test_another_migration_is_not_ready(app, client):
    with app.app_context(), own_connection() as elsewhere:
        elsewhere.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    try:
        answer = client.get("/readyz")
    finally:
        with app.app_context(), own_connection() as elsewhere:
            elsewhere.execute(sa.text("UPDATE alembic_version SET version_num = :v"), {"v": latest_migration()})

    assert (answer.status_code, answer.json["code"]) == (503, "not-ready")
    assert int(answer.headers["Retry-After"]) > 0
    assert client.get("/readyz").status_code == 200


def test_a_database_without_tables_is_not_ready(settings, global_app, empty_database):
    with another_shop(settings, database_url=empty_database) as shop:
        answer = shop.test_client().get("/readyz")

    assert (answer.status_code, answer.json["code"]) == (503, "not-ready")


def test_the_openapi_document_is_valid(client):
    document = client.get(f"{API}/openapi.json").json

    validate(document)
    assert document["openapi"].startswith("3.1")
    assert f"{API}/tours" in document["paths"]


def test_what_needs_a_sign_in_is_documented_to(client):
    paths = client.get(f"{API}/openapi.json").json["paths"]

    assert paths[f"{API}/me"]["get"]["security"] == [{"customer": []}]
    assert "401" in paths[f"{API}/me"]["get"]["responses"]
    assert "security" not in paths[f"{API}/tours"]["get"]
    assert "413" in paths[f"{API}/bookings"]["post"]["responses"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_readable_page_is_in_the_language_of_its_reader(client, language):
    page = client.get(f"{API}/docs?lang={language}")

    assert page.status_code == 200
    assert page.mimetype == "text/html"
    assert page.headers["Content-Language"] == language
    assert f'lang="{language}"' in page.text
    assert {"fr": "Réponses", "zh-CN": "响应", "en": "Answers"}[language] in page.text
    assert "<script" not in page.text
    assert f"{API}/bookings" in page.text


def test_the_pages_looks_are_served(client):
    style = client.get(f"{API}/docs.css")

    assert style.mimetype == "text/css"
    assert "style-src 'self'" in client.get(f"{API}/docs").headers["Content-Security-Policy"]


# ---- transactions


def test_a_transaction_is_kept_whole(context):
    with transaction():
        db.session.add(entry("kept"))

    assert subjects() == ["kept"]


def test_a_transaction_that_fails_keeps_nothing(context):
    def interrupted():
        with transaction():
            db.session.add(entry("lost"))
            db.session.flush()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert subjects() == []


def test_transactions_do_not_nest(context):
    with pytest.raises(RuntimeError, match="do not nest"), transaction(), transaction():
        pass
    with transaction():
        db.session.add(entry("after"))

    assert subjects() == ["after"]


def test_a_swallowed_mistake_is_not_committed(context):
    def careless():
        with transaction():
            db.session.add(entry("lost"))
            db.session.flush()
            with pytest.raises(sa.exc.ProgrammingError):
                db.session.execute(sa.text("SELECT none"))

    with pytest.raises(RuntimeError, match="swallowed"):
        careless()
    assert subjects() == []


def test_what_is_left_for_the_end_is_done_last_and_in_its_turn(context):
    told = []
    with transaction():
        at_end(lambda: told.append("first"))
        at_end(lambda: db.session.add(entry("+".join(told))))
        at_end(lambda: told.append("last"))
        told.append("before")

    assert told == ["before", "first", "last"]
    assert subjects() == ["before+first"]


def test_what_fails_at_the_end_keeps_nothing(context):
    def failing():
        with transaction():
            db.session.add(entry("lost"))
            at_end(lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        failing()
    assert subjects() == []


def test_what_was_left_for_the_end_of_a_failed_transaction_is_never_done(context):
    told = []

    def interrupted():
        with transaction():
            at_end(lambda: told.append("lost"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with transaction():
        db.session.add(entry("after"))

    assert (told, subjects()) == ([], ["after"])


def test_a_mistake_swallowed_at_the_end_is_not_committed_either(context):
    def careless():
        with pytest.raises(sa.exc.ProgrammingError):
            db.session.execute(sa.text("SELECT none"))

    def left_for_the_end():
        with transaction():
            db.session.add(entry("lost"))
            at_end(careless)

    with pytest.raises(RuntimeError, match="swallowed"):
        left_for_the_end()
    assert subjects() == []


def test_without_a_transaction_there_is_no_end_of_it(context):
    with transaction():
        pass
    with pytest.raises(RuntimeError, match="no transaction"):
        at_end(lambda: None)


def test_nothing_outside_is_called_inside_a_transaction(context):
    end_reading()
    with pytest.raises(RuntimeError, match="outside"), transaction():
        end_reading()


def entry(subject):
    now = clock.now()
    return Attention(kind="refund-failed", subject=subject, facts={}, times=1, first_at=now, last_at=now)


def subjects():
    db.session.rollback()
    return list(db.session.scalars(sa.select(Attention.subject)))


def test_every_connection_has_the_shops_patience(context):
    told = {
        name: db.session.scalar(sa.text(f"SHOW {name}"))
        for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    }

    assert told == {"lock_timeout": "3s", "statement_timeout": "10s", "idle_in_transaction_session_timeout": "1min"}


def test_behind_a_pooler_nothing_is_prepared(settings):
    pooled = replace(settings, database_direct_url="postgresql://direct")

    assert engine_options(pooled)["connect_args"]["prepare_threshold"] is None
    assert "prepare_threshold" not in engine_options(settings)["connect_args"]


def test_addresses_name_the_driver():
    assert driver_url("postgresql://u@h/d") == "postgresql+psycopg://u@h/d"
    assert driver_url("postgres://u@h/d") == "postgresql+psycopg://u@h/d"
    assert driver_url("postgresql+psycopg://u@h/d") == "postgresql+psycopg://u@h/d"


# ---- ids


def test_ids_sort_by_the_time_they_were_made():
    make = ids._Generator()
    with time_machine.travel(clock.now(), tick=False):  # more than one millisecond's counter can tell apart
        made = [make() for _ in range(10_000)]
    made.append(make())

    assert made == sorted(set(made))
    assert {(found.version, found.variant) for found in made} == {(7, uuid.RFC_4122)}
    assert abs((made[0].int >> 80) / 1000 - clock.now().timestamp()) < 60


# ---- the audit


def test_a_sound_shop_passes_the_audit(app, tourist, catalogue):
    tourist.ordered(catalogue.departure())

    for language, words in (("fr", "Tout est en ordre"), ("zh-CN", "一切正常"), ("en", "All is well")):
        ended = app.test_cli_runner().invoke(args=["audit", "--lang", language])
        assert (ended.exit_code, words in ended.output) == (0, True)


def test_a_broken_rule_is_named_and_fails_the_audit(app, tourist, catalogue):
    departure = catalogue.departure()
    tourist.held(departure)
    catalogue.change(departure, seats_taken=7)

    ended = app.test_cli_runner().invoke(args=["audit", "--lang", "en"])

    assert ended.exit_code == 1
    assert str(departure) in ended.output


def test_the_audit_changes_nothing(context):
    writing = Invariant("writes", None, "UPDATE tours SET slug = 'x' RETURNING slug")

    with pytest.raises(sa.exc.DBAPIError):
        check([writing], now=clock.now())


def test_the_audit_may_ask_the_time(context):
    now = clock.now()
    late = Invariant("late", None, "SELECT CAST(:now AS timestamptz) AS at")

    assert check([late], now=now) == [(late, f"at={now}")]


@pytest.mark.parametrize(
    ("locale", "words"), [("zh_CN.UTF-8", "一切正常"), ("en_GB.UTF-8", "All is"), ("C", "Tout est")]
)
def test_commands_speak_the_language_of_the_terminal(app, monkeypatch, locale, words):
    monkeypatch.setenv("LC_ALL", locale)

    assert words in app.test_cli_runner().invoke(args=["audit"]).output


# ---- the worker


class FlakyJobs:
    """Jobs whose database is away at first; then they are told to stop."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.asked = []

    @asynccontextmanager
    async def open_async(self):
        yield self

    async def run_worker_async(self, **options):
        self.asked.append(options)
        if not self.failures:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(30)
        if failure := self.failures.pop(0):
            raise failure


def test_the_worker_waits_for_a_database_that_is_away_and_ends_only_when_told(app, monkeypatch):
    from shop.core import worker

    quietly = None
    jobs = FlakyJobs(OSError(), psycopg.OperationalError(), quietly)
    monkeypatch.setattr(worker, "PATIENCE", 0)
    monkeypatch.setitem(app.extensions, "jobs", jobs)

    with what_is_logged() as logged:
        ended = app.test_cli_runner().invoke(args=["worker", "--concurrency", "3"])

    assert ended.exit_code == 0
    assert [options["concurrency"] for options in jobs.asked] == [3, 3, 3, 3]
    assert [line["error"] for line in logged.named("worker_lost_database")] == ["OSError", "OperationalError", None]


def test_every_job_runs_inside_the_shop(app):
    from flask import current_app

    from shop.core.jobs import Periodic, build

    seen = []

    def look():
        seen.append(current_app.name)

    async def look_again():
        seen.append(current_app.name)

    jobs = build(app, "postgresql://none", [Periodic("* * * * *", look), Periodic("* * * * *", look_again)])

    jobs.tasks["look"].func(1)
    asyncio.run(jobs.tasks["look_again"].func(1))
    assert seen == ["shop", "shop"]

"""What every test stands on: a real PostgreSQL, the shop served over real HTTP, the simulated WeChat."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from werkzeug.serving import BaseWSGIServer, make_server

from config.default import Settings, read
from shop.app import create_app
from shop.core.db import db
from shop.development.postgres import EmbeddedPostgres
from shop.simulator import SimulatedWeChat
from tests.factories.catalogue import Catalogue
from tests.factories.colleagues import Colleague
from tests.factories.people import Tourist


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--histories", type=int, help="how many random histories to play, however long it takes")
    parser.addoption("--every-statement", action="store_true", help="stop before plain reads too where two meet")
    parser.addoption("--first-seed", type=int, default=0, help="the seed of the first ones")


# Counting lines while these run would take minutes more, and find none that no other test runs.
REPETITIVE = (
    *("bench", "hostile", "races", "resilience", "mutants", "staff/test_every_page.py"),
    *("payments/test_interleavings.py", "payments/test_histories.py", "payments/test_crashes.py"),
    *("payments/test_misbehaviour.py", "payments/test_state_table.py"),
)

# The files that take longest are begun first, so that none is alone at the end; those that wait beside those that work.
LONGEST = (
    *("development/test_make_run.py", "system/test_tour_pages.py", "resilience/test_kills.py"),
    *("system/test_number_pages.py", "system/test_order_pages.py", "resilience/test_worker.py"),
    *("system/test_calendar_pages.py", "payments/test_interleavings.py", "payments/test_cancelled_date.py"),
    *("system/test_door_pages.py", "hostile/test_openapi_fuzz.py", "system/test_account_pages.py"),
    *("resilience/test_database.py", "system/test_staff_guide.py", "system/test_privacy_pages.py"),
    *("resilience/test_backup.py", "system/test_date_pages.py", "system/test_cluster.py"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that repeat themselves, and begin with those that take longest."""
    here = Path(__file__).parent
    places = {item: item.path.relative_to(here).as_posix() for item in items}
    for item, place in places.items():
        if place.startswith(REPETITIVE):
            item.add_marker("repetitive")
    turn = {place: number for number, place in enumerate(LONGEST)}
    items.sort(key=lambda item: turn.get(places[item], len(LONGEST)))


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty PostgreSQL of the tests' own."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), durable=False)
    yield server.start()
    server.stop()


@pytest.fixture(scope="session")
def wechat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedWeChat]:
    """WeChat and WeChat Pay, played on this machine."""
    with SimulatedWeChat(tmp_path_factory.mktemp("wechat"), time_scale=0.005) as simulated:
        simulated.address = simulated.start()
        yield simulated


@pytest.fixture(scope="session")
def served() -> Iterator[BaseWSGIServer]:
    """An address at which the shop is served, so that callbacks reach it; `app` puts the shop behind it."""
    server = make_server("127.0.0.1", 0, lambda environ, start: served_app(environ, start), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


_behind: list[Flask] = []


def served_app(environ, start_response):
    return _behind[0](environ, start_response)


@pytest.fixture(scope="session")
def settings(database_url: str, wechat: SimulatedWeChat, served: BaseWSGIServer) -> Settings:
    """The settings of a French sub-merchant: WeChat Pay in global mode, in euros."""
    environ = {
        "SHOP_ENV": "testing",
        "DATABASE_URL": database_url,
        "SECRET_KEY": "made for this run of the tests only",
        "SHOP_PUBLIC_URL": f"http://127.0.0.1:{served.server_port}",
        "SHOP_RATE_LIMITS": "off",
        **wechat.credentials.settings("global", wechat.address),
    }
    return read(environ)


@pytest.fixture(scope="session")
def global_app(settings: Settings) -> Iterator[Flask]:
    """The shop, made once; its database is migrated."""
    app = create_app(settings)
    with app.app_context():
        upgrade()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(global_app: Flask) -> Iterator[Flask]:
    """The shop, with an empty database, served at its public address."""
    _behind[:] = [global_app]
    yield global_app
    _empty(global_app)


@pytest.fixture
def domestic_app(settings: Settings, global_app: Flask, wechat: SimulatedWeChat) -> Iterator[Flask]:
    """The shop of a merchant in China: WeChat Pay in domestic mode, in yuan."""
    environ = {
        "SHOP_ENV": "testing",
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "SHOP_PUBLIC_URL": settings.public_url,
        **wechat.credentials.settings("domestic", wechat.address),
    }
    app = create_app(replace(read(environ), rate_limits=False))
    _behind[:] = [app]
    yield app
    _empty(app)
    with app.app_context():
        db.engine.dispose()


# One trip, and no DELETE of a table that is empty already. Books and trails refuse deletion otherwise.
EMPTY_EVERYTHING = """
    SET LOCAL session_replication_role = replica;
    DO $$
    DECLARE name text; found boolean;
    BEGIN
        FOR name IN
            SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
                AND (tablename NOT LIKE 'procrastinate%' OR tablename = 'procrastinate_jobs')
        LOOP
            EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', name) INTO found;
            IF found THEN EXECUTE format('DELETE FROM %I', name); END IF;
        END LOOP;
    END $$
"""


def _empty(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        with db.engine.begin() as connection:
            connection.connection.driver_connection.execute(EMPTY_EVERYTHING)


@pytest.fixture
def context(app: Flask) -> Iterator[Flask]:
    """Inside the shop, for tests of services."""
    with app.app_context():
        yield app
        db.session.remove()


@pytest.fixture
def catalogue(app: Flask) -> Catalogue:
    """Makes tours and departures."""
    return Catalogue(app)


@pytest.fixture
def tourist(app: Flask, wechat: SimulatedWeChat) -> Tourist:
    """A signed-in customer with a phone."""
    return Tourist(app, wechat, "mei").sign_in()


@pytest.fixture
def other_tourist(app: Flask, wechat: SimulatedWeChat) -> Tourist:
    """Another one."""
    return Tourist(app, wechat, "lei").sign_in()


@pytest.fixture(autouse=True)
def calm_wechat(request: pytest.FixtureRequest) -> Iterator[None]:
    """The WeChat that tests share behaves again after a test in which it did not."""
    simulated = request.getfixturevalue("wechat") if "wechat" in request.fixturenames else None
    yield
    if simulated is not None and getattr(simulated, "address", None):
        simulated.simulation.courier.forget()
        simulated.simulation.behave()


@pytest.fixture
def here() -> Path:
    """The top of the repository."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture
def colleague(app: Flask) -> Callable[..., Colleague]:
    """Makes one of the staff, signed in: `colleague("cashier")`."""
    return lambda role, **facts: Colleague(app, role, **facts).signed_in()

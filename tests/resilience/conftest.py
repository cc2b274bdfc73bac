"""Databases that can be taken away, and shops that stand on them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from werkzeug.serving import BaseWSGIServer

from config.default import Settings, read
from shop.app import create_app
from shop.core.db import db
from shop.simulator import SimulatedWeChat
from tests import conftest as root
from tests.payments.world import World
from tests.resilience.database import SteadyPostgres
from tests.resilience.money import paid_at_wechat, unaccounted
from tests.resilience.site import Site

CONNECTIONS = 40


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SteadyPostgres]:
    """A server of these tests alone, which they may stop."""
    settings = {"max_connections": str(CONNECTIONS), "synchronous_commit": "on"}  # what was answered survives a kill
    server = SteadyPostgres(tmp_path_factory.mktemp("postgres"), **settings)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def own_app(postgres: SteadyPostgres, settings: Settings) -> Iterator[Flask]:
    """The shop on that server."""
    url = postgres.url()
    assert url
    app = create_app(replace(settings, database_url=url, max_holds=9))
    with app.app_context():
        upgrade()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def world(own_app: Flask, served: BaseWSGIServer, wechat: SimulatedWeChat, time_machine) -> Iterator[World]:
    """The shop on its own server, its customers and the WeChat around it; its books are in order afterwards."""
    root._behind[:] = [own_app]
    before = {order.out_trade_no for order in paid_at_wechat(wechat._folder)}
    world = World(own_app, wechat, "global", time_machine)
    yield world
    try:
        assert world.violations() == []
        assert unaccounted(own_app, wechat._folder, besides=before) == []
    finally:
        root._empty(own_app)


@pytest.fixture
def own_shop_with(own_app: Flask, settings: Settings) -> Iterator[Callable[[SimulatedWeChat], Flask]]:
    """Makes the same shop again, for a WeChat of the test's own."""
    made: list[Flask] = []

    def make(wechat: SimulatedWeChat) -> Flask:
        environ = {
            "SHOP_ENV": "testing",
            "DATABASE_URL": own_app.extensions["settings"].database_url,
            "SECRET_KEY": settings.secret_key,
            "SHOP_PUBLIC_URL": settings.public_url,
            "SHOP_RATE_LIMITS": "off",
            "SHOP_MAX_HOLDS": "100",
            **wechat.credentials.settings("global", wechat.address),
        }
        made.append(create_app(read(environ)))
        root._behind[:] = made[-1:]
        return made[-1]

    yield make
    root._empty(own_app)
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def open_site(tmp_path_factory: pytest.TempPathFactory, here: Path) -> Iterator[Callable[..., Site]]:
    """Makes shops as they run for real; nothing of them is left at the end."""
    with ExitStack() as stack:

        def make(*, durable: bool = False, **settings: str) -> Site:
            folder = tmp_path_factory.mktemp("site")
            postgres = SteadyPostgres(folder / "postgres", durable=durable)
            stack.callback(postgres.stop)
            site = Site(folder, here, postgres, **settings)
            stack.callback(site.stop)
            return site

        yield make

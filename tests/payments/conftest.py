"""The shop in both modes of WeChat Pay, and its books checked after every test."""

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from config.default import Settings, read
from shop.app import create_app
from shop.core.db import db
from shop.simulator import SimulatedWeChat
from tests import conftest as root
from tests.payments.world import World


@pytest.fixture(scope="session")
def merchant_in_china(settings: Settings, global_app: Flask, wechat: SimulatedWeChat) -> Iterator[Flask]:
    """The shop in domestic mode, made once."""
    environ = {
        "SHOP_ENV": "testing",
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "SHOP_PUBLIC_URL": settings.public_url,
        **wechat.credentials.settings("domestic", wechat.address),
    }
    app = create_app(replace(read(environ), rate_limits=False))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def mode() -> str:
    """In which mode WeChat Pay is used; tests of both ask for `both_modes`."""
    return "global"


both_modes = pytest.mark.parametrize("mode", ["global", "domestic"])


@pytest.fixture
def world(mode: str, app: Flask, merchant_in_china: Flask, wechat: SimulatedWeChat, time_machine) -> Iterator[World]:
    """The shop, its customers and the WeChat around it."""
    chosen = app if mode == "global" else merchant_in_china
    root._behind[:] = [chosen]
    gateways = dict(chosen.extensions["payment_gateways"])
    yield World(chosen, wechat, mode, time_machine)
    chosen.extensions["payment_gateways"].clear()
    chosen.extensions["payment_gateways"].update(gateways)


@pytest.fixture(autouse=True)
def books(world: World) -> Iterator[None]:
    """Whatever a test did to the shop, its books are in order afterwards."""
    yield
    if not world.falsified:
        assert world.violations() == []


@pytest.fixture(scope="session")
def closed_port() -> Iterator[int]:
    """A port at which nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]

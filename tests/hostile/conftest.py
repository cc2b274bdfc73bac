"""The shop behind real gunicorn processes, as production serves it, on the database of the tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from config.default import Settings
from shop.simulator import SimulatedWeChat
from tests.core.watching import another_shop
from tests.factories.catalogue import ADULT, Catalogue
from tests.factories.people import Tourist
from tests.hostile.raw import Server
from tests.hostile.shelf import Shelf
from tests.races.conftest import serving

HERE = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def server(
    settings: Settings, global_app: Flask, wechat: SimulatedWeChat, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The server, for all tests of a file; callers may hold as much as they like."""
    log = tmp_path_factory.mktemp("hostile") / "server.log"
    environ = {
        "SHOP_ENV": "testing",
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "SHOP_PUBLIC_URL": settings.public_url,
        "SHOP_RATE_LIMITS": "off",
        "SHOP_MAX_HOLDS": "100000",
        **wechat.credentials.settings("global", wechat.address),
    }
    with serving("wsgi:app", environ, HERE, log) as address:
        yield Server(address, log)


@pytest.fixture
def shelf(app: Flask, settings: Settings, wechat: SimulatedWeChat, catalogue: Catalogue) -> Iterator[Shelf]:
    """Real things of every kind, so that hostile calls get past "there is no such thing"."""
    with another_shop(settings, max_holds=100_000) as shop:
        tourist = Tourist(shop, wechat, "mei").sign_in()
        departure = catalogue.departure(capacity=1_000_000, max_party=100)
        gift = catalogue.departure(capacity=1_000_000, units=[{**ADULT, "price": 0}])
        yield Shelf(app, tourist, departure, gift)

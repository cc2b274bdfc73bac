"""What no statement may exceed: set by the shop, or by the pooler where one stands before the server."""

import pytest
import sqlalchemy as sa

from shop.core.connections import LIMITS, PoolerWithoutLimits, driver_url, set_up_each_connection


@pytest.fixture
def connecting(database_url):
    """Makes engines as the shop does; `options` are what the server gives without being asked."""
    made = []

    def make(*, pooled, options=""):
        engine = sa.create_engine(driver_url(database_url), connect_args={"options": options})
        made.append(engine)
        set_up_each_connection(engine, pooled=pooled)
        return engine

    yield make
    for engine in made:
        engine.dispose()


def limits_of(engine):
    with engine.connect() as connection:
        return {name: connection.scalar(sa.text(f"SELECT current_setting('{name}')")) for name in LIMITS}


def test_each_connection_of_the_shop_has_its_limits(connecting):
    assert limits_of(connecting(pooled=False, options="-c timezone=Asia/Shanghai")) == LIMITS


def test_behind_a_pooler_the_limits_are_the_poolers_and_nothing_is_set(connecting):
    given = " ".join(f"-c {name}={limit}" for name, limit in LIMITS.items())
    engine = connecting(pooled=True, options=given)

    with engine.connect() as connection:
        sources = connection.execute(sa.text("SELECT DISTINCT source FROM pg_settings WHERE name = 'lock_timeout'"))
        assert sources.scalars().all() == ["client"]  # given at the start: a SET would say "session"
    assert limits_of(engine) == LIMITS


@pytest.mark.parametrize("missing", LIMITS)
def test_a_pooler_without_the_limits_is_refused_and_told_what_it_needs(connecting, missing):
    given = " ".join(f"-c {name}={limit}" for name, limit in LIMITS.items() if name != missing)
    away = "-c timezone=Asia/Shanghai" if missing == "timezone" else ""

    with pytest.raises(PoolerWithoutLimits, match=f"connect_query='.*SET {missing} = "):
        connecting(pooled=True, options=f"{given} {away}").connect()

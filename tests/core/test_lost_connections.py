"""Once one connection to the database was lost, none made before it is used again."""

import pytest
import sqlalchemy as sa

from shop.core.db import db
from shop.core.plain import in_one_trip, in_this_transaction

LOSE = "SELECT pg_terminate_backend(pg_backend_pid())"


def serial(connection):
    """Which process of the server is at the other end."""
    return connection.driver_connection.info.backend_pid


@pytest.fixture
def older(app):
    """Connections made before the loss: one lying in the pool, one in somebody's hands."""
    with app.app_context():
        lying, held = db.engine.raw_connection(), db.engine.raw_connection()
        serials = {serial(lying), serial(held)}
        lying.close()
        yield held, serials
        db.session.remove()


def beside():
    in_one_trip(LOSE, {})


def in_the_session():
    in_this_transaction(LOSE, {})


def taken_now():
    taken = [db.engine.raw_connection() for _ in range(10)]  # all that the pool keeps
    serials = {serial(connection) for connection in taken}
    for connection in taken:
        connection.close()
    return serials


@pytest.mark.parametrize("lose", [beside, in_the_session])
def test_a_connection_made_before_one_was_lost_is_not_used_again(older, lose):
    held, serials = older

    db.session.connection()  # its own, in the second case
    with pytest.raises(sa.exc.OperationalError):
        lose()
    held.close()
    db.session.rollback()

    again = taken_now()
    assert not again & serials
    assert taken_now() & again, "those made since are"


def test_late_news_of_a_loss_that_is_known_retires_nothing_that_was_made_since(app):
    with app.app_context():
        db.session.connection()  # it is as old as what is lost now
        with pytest.raises(sa.exc.OperationalError):
            in_one_trip(LOSE, {})
        since = taken_now()

        with pytest.raises(sa.exc.OperationalError):
            in_this_transaction(LOSE, {})
        db.session.rollback()

        assert taken_now() == since
        db.session.remove()

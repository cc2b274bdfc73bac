"""The migrations, walked up and down on a database of their own."""

import uuid

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade

from shop.core.db import db
from shop.core.system import latest_migration
from tests.core.watching import another_shop


@pytest.fixture
def new_shop(settings, global_app):
    """A shop whose database was just made."""
    name = f"migrated_{uuid.uuid4().hex}"
    with psycopg.connect(settings.database_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        address = sa.make_url(settings.database_url).set(database=name).render_as_string(hide_password=False)
        with another_shop(settings, database_url=address) as shop, shop.app_context():
            yield shop
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def what_is_there():
    """Everything that somebody made in the database: tables, sequences, types, functions."""
    with db.engine.connect() as connection:
        return sorted(
            connection.scalars(
                sa.text(
                    """
                    SELECT relkind::text || ' ' || relname FROM pg_class
                        WHERE relnamespace = 'public'::regnamespace AND relkind NOT IN ('i', 't')
                    UNION ALL SELECT 'type ' || typname FROM pg_type
                        WHERE typnamespace = 'public'::regnamespace AND typtype <> 'c' AND typcategory <> 'A'
                    UNION ALL SELECT 'function ' || proname FROM pg_proc
                        WHERE pronamespace = 'public'::regnamespace
                    UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal
                    """
                )
            )
        )


def ours(_thing, name, kind, _reflected, _other):
    return not (kind == "table" and name.startswith("procrastinate_")) and name != "alembic_version"


def differences():
    with db.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True, "include_object": ours}
        return compare_metadata(MigrationContext.configure(connection, opts=options), db.metadata)


def constraints():
    """The checks of every table, which a comparison of models does not see."""
    with db.engine.connect() as connection:
        rows = connection.execute(
            sa.text(
                "SELECT conrelid::regclass::text, conname FROM pg_constraint"
                " WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
            )
        )
        return {(table, name) for table, name in rows if not table.startswith("procrastinate_")}


def test_the_migrations_make_what_the_models_say(new_shop):
    upgrade()

    assert differences() == []
    assert constraints() == {
        (
            table.name,
            f"ck_{table.name}_{constraint.name}".replace(f"ck_{table.name}_ck_{table.name}_", f"ck_{table.name}_"),
        )
        for table in db.metadata.sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, sa.CheckConstraint)
    }
    assert new_shop.test_client().get("/readyz").status_code == 200


def test_the_way_down_leaves_nothing_and_the_way_up_is_open_again(new_shop):
    upgrade()
    made = what_is_there()
    assert "r tours" in made
    assert "r procrastinate_jobs" in made

    downgrade(revision="base")
    db.session.remove()
    assert what_is_there() == ["r alembic_version"]

    upgrade()
    assert what_is_there() == made
    assert differences() == []


def test_each_migration_can_be_walked_alone(new_shop):
    upgrade(revision="0001")
    assert new_shop.test_client().get("/readyz").json["code"] == "not-ready"
    first = what_is_there()
    upgrade(revision="+1")
    downgrade(revision="-1")

    assert what_is_there() == first


def test_the_migrations_are_one_row_of_numbers(here):
    files = sorted(path.name for path in (here / "migrations" / "versions").glob("*.py"))

    assert [name[:4] for name in files] == [f"{number:04}" for number in range(1, len(files) + 1)]
    assert latest_migration() == files[-1][:4]

"""The job queue's tables, as Procrastinate 3.10 makes them."""

import procrastinate
import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    schema = SchemaManager(connector=procrastinate.PsycopgConnector()).get_schema()
    op.get_bind().connection.driver_connection.execute(schema.encode())


def downgrade() -> None:
    drop = """
        DO $$ DECLARE thing record; BEGIN
            FOR thing IN SELECT format('DROP TABLE IF EXISTS %I CASCADE', tablename) AS statement
                FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE 'procrastinate_%'
            LOOP EXECUTE thing.statement; END LOOP;
            FOR thing IN SELECT format('DROP FUNCTION IF EXISTS %s CASCADE', oid::regprocedure) AS statement
                FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'procrastinate_%'
            LOOP EXECUTE thing.statement; END LOOP;
            FOR thing IN SELECT format('DROP TYPE IF EXISTS %I CASCADE', typname) AS statement
                FROM pg_type WHERE typnamespace = current_schema()::regnamespace
                AND typname LIKE 'procrastinate_%' AND typtype IN ('e', 'c')
            LOOP EXECUTE thing.statement; END LOOP;
        END $$
    """
    op.execute(sa.text(drop.replace(":", "\\:")))

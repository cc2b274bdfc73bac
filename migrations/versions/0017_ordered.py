"""Take an idempotency key and find what was answered under it in one round trip."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# A function, because each statement in it sees what was committed before it began: whoever gets the lock sees what the
# one before has kept. In one plain statement the row would be read as it was before the lock was there to be had.
KEY_LOCK = """
CREATE FUNCTION key_lock(
    own_lock bigint, wanted_customer uuid, wanted_route text, wanted_key text, keys_since timestamptz,
    OUT locked boolean, OUT kept_fingerprint text, OUT kept_status integer, OUT kept_body text
) LANGUAGE plpgsql AS $$
BEGIN
    locked := pg_try_advisory_xact_lock(own_lock);
    IF locked THEN
        SELECT fingerprint, status, body INTO kept_fingerprint, kept_status, kept_body FROM idempotency_keys
            WHERE customer_id = wanted_customer AND route = wanted_route AND key = wanted_key
              AND created_at >= keys_since;
    END IF;
END $$
"""


def upgrade() -> None:
    op.execute(KEY_LOCK)


def downgrade() -> None:
    op.execute("DROP FUNCTION key_lock(bigint, uuid, text, text, timestamptz)")

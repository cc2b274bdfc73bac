"""Lock the end of the journal in one round trip, and tell under that lock what an entry must know."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# A function, because each statement in it sees what was committed while the one before waited for the lock.
LOCK = """
CREATE FUNCTION journal_lock(
    moment timestamptz, nothing_before text, office text, orders uuid[],
    OUT number bigint, OUT hash text, OUT at timestamptz,
    OUT receipts integer, OUT credit_notes integer, OUT told json
) LANGUAGE plpgsql AS $$
DECLARE
    head journal_head;
    this_year integer;
BEGIN
    LOOP
        SELECT * INTO head FROM journal_head WHERE id = 1 FOR UPDATE;
        EXIT WHEN FOUND;
        INSERT INTO journal_head VALUES (1, 0, nothing_before, moment) ON CONFLICT DO NOTHING;
    END LOOP;
    number := head.number; hash := head.hash; at := head.at;

    this_year := extract(year FROM greatest(head.at, moment) AT TIME ZONE office);
    SELECT coalesce(max(serial), 0) INTO receipts FROM documents WHERE kind = 'receipt' AND year = this_year;
    SELECT coalesce(max(serial), 0) INTO credit_notes FROM documents WHERE kind = 'credit_note' AND year = this_year;
    SELECT coalesce(json_agg(json_build_array(
            entry.order_id, entry.kind, CASE WHEN entry.kind = 'payment' THEN entry.body END
        ) ORDER BY entry.number), '[]') INTO told
        FROM journal_entries AS entry WHERE entry.order_id = ANY(orders);
END $$
"""


def upgrade() -> None:
    op.execute(LOCK)


def downgrade() -> None:
    op.execute("DROP FUNCTION journal_lock(timestamptz, text, text, uuid[])")

"""Take seats in one round trip, and tell every process when the catalogue has changed."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# Columns of departures that are not seats: a hold must not count as a change of the catalogue.
OF_A_DATE = "tour_id, starts_at, language, capacity, status, offer"
WATCHED = {
    "tours": "INSERT OR UPDATE OR DELETE OR TRUNCATE",
    "units": "INSERT OR UPDATE OR DELETE OR TRUNCATE",
    "departure_prices": "INSERT OR UPDATE OR DELETE OR TRUNCATE",
    "departures": f"INSERT OR DELETE OR TRUNCATE OR UPDATE OF {OF_A_DATE}",
}

# One row a transaction, and no row that two transactions would have to wait for.
NOTE_CHANGE = """
CREATE FUNCTION note_change_of_catalogue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('shop.catalogue_changed', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
        INSERT INTO catalogue_changes (at) VALUES (now());
        PERFORM set_config('shop.catalogue_changed', pg_current_xact_id()::text, true);
    END IF;
    RETURN NULL;
END $$
"""

HOLD = """
CREATE FUNCTION hold_seats(
    wanted_session uuid, wanted_customer uuid,
    wanted_route text, wanted_key text, wanted_fingerprint text, answer text, keys_since timestamptz,
    known_catalogue text, known_offer integer, most_holds integer,
    earliest timestamptz, moment timestamptz, until timestamptz,
    new_booking uuid, wanted_departure uuid, wanted_seats integer, price bigint, price_currency text,
    unit_ids uuid[], quantities integer[], prices integer[], vats text[],
    OUT outcome text, OUT customer uuid, OUT kept_status integer, OUT kept_body text, OUT seats_left integer
) LANGUAGE plpgsql AS $$
DECLARE
    kept idempotency_keys;
    own_lock bigint;
BEGIN
    IF wanted_session IS NULL THEN
        SELECT id INTO customer FROM customers WHERE id = wanted_customer AND erased_at IS NULL;
    ELSE
        SELECT customers.id INTO customer FROM customer_sessions JOIN customers ON customers.id = customer_id
            WHERE customer_sessions.id = wanted_session AND expires_at > moment AND customers.erased_at IS NULL;
    END IF;
    IF customer IS NULL THEN
        outcome := 'signed-out'; RETURN;
    END IF;

    IF wanted_key IS NOT NULL THEN
        own_lock := hashtextextended(concat_ws(' ', customer, wanted_route, wanted_key), 0);
        IF NOT pg_try_advisory_xact_lock(own_lock) THEN
            outcome := 'key-in-use'; RETURN;
        END IF;
        SELECT * INTO kept FROM idempotency_keys
            WHERE customer_id = customer AND route = wanted_route AND key = wanted_key AND created_at >= keys_since;
        IF FOUND THEN
            outcome := CASE WHEN kept.fingerprint = wanted_fingerprint THEN 'replayed' ELSE 'key-reused' END;
            kept_status := kept.status; kept_body := kept.body; RETURN;
        END IF;
    END IF;

    -- Rows of changes become visible in the order of commits, not of their ids: the highest id would miss some.
    IF known_catalogue <> 'any'
        AND known_catalogue <> (SELECT count(*) || '/' || coalesce(sum(id), 0) FROM catalogue_changes) THEN
        outcome := 'catalogue-changed'; RETURN;
    END IF;
    IF wanted_departure IS NULL THEN
        outcome := 'refused'; RETURN;  -- for a reason that its caller knows
    END IF;

    -- One customer's holds are counted one after the other, so that asking twice at once does not pass.
    PERFORM FROM customers WHERE id = customer AND erased_at IS NULL FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        outcome := 'signed-out'; RETURN;
    END IF;
    IF most_holds <= (
        SELECT count(*) FROM bookings
        WHERE customer_id = customer AND status = 'held' AND (order_id IS NOT NULL OR expires_at > moment)
    ) THEN
        outcome := 'too-many-holds'; RETURN;
    END IF;

    -- The one guarded statement that takes seats.
    UPDATE departures SET seats_taken = seats_taken + wanted_seats
        WHERE id = wanted_departure AND offer = known_offer AND status = 'open' AND starts_at >= earliest
          AND seats_taken + seats_blocked + wanted_seats <= capacity;
    IF NOT FOUND THEN
        SELECT capacity - seats_taken - seats_blocked INTO seats_left FROM departures
            WHERE id = wanted_departure AND offer = known_offer AND status = 'open' AND starts_at >= earliest;
        outcome := 'not-taken'; RETURN;
    END IF;
    INSERT INTO bookings (id, customer_id, departure_id, status, seats, amount, currency, created_at, expires_at)
        VALUES (new_booking, customer, wanted_departure, 'held', wanted_seats, price, price_currency, moment, until);
    INSERT INTO booking_lines (booking_id, position, unit_id, quantity, price, vat, currency)
        SELECT new_booking, line.position, line.unit_id, line.quantity, line.price, line.vat, price_currency
        FROM unnest(unit_ids, quantities, prices, vats) WITH ORDINALITY
            AS line (unit_id, quantity, price, vat, position);
    IF wanted_key IS NOT NULL THEN
        INSERT INTO idempotency_keys (customer_id, route, key, fingerprint, status, body, created_at)
            VALUES (customer, wanted_route, wanted_key, wanted_fingerprint, 201, answer, moment)
            ON CONFLICT (customer_id, route, key) DO UPDATE SET fingerprint = excluded.fingerprint,
                status = excluded.status, body = excluded.body, created_at = excluded.created_at;
    END IF;
    outcome := 'held';
END $$
"""


def upgrade() -> None:
    op.create_table(
        "catalogue_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_catalogue_changes"),
    )
    op.execute(NOTE_CHANGE)
    for table, events in WATCHED.items():
        op.execute(
            f"CREATE TRIGGER {table}_are_of_the_catalogue AFTER {events} ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION note_change_of_catalogue()"
        )
    op.execute(HOLD)


def downgrade() -> None:
    op.execute(
        "DROP FUNCTION hold_seats(uuid, uuid, text, text, text, text, timestamptz, text, integer, integer,"
        " timestamptz, timestamptz, timestamptz, uuid, uuid, integer, bigint, text, uuid[], integer[], integer[],"
        " text[])"
    )
    for table in WATCHED:
        op.execute(f"DROP TRIGGER {table}_are_of_the_catalogue ON {table}")
    op.execute("DROP FUNCTION note_change_of_catalogue()")
    op.drop_table("catalogue_changes")

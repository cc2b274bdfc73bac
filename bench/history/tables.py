"""Many tables written at once by COPY, with nothing in the way: indexes and references are made again afterwards."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from types import TracebackType
from typing import Any, cast

import psycopg
from psycopg import sql

COLUMNS: dict[str, str] = {
    "customers": "id app_id openid locale created_at seen_at",
    "customer_sessions": "id customer_id expires_at",
    "consents": "id customer_id purpose given version locale at origin",
    "departures": "id tour_id starts_at language capacity seats_taken seats_blocked status cancelled_by"
    " cancelled_reason series_id guide_id",
    "seat_blocks": "id departure_id seats holder until created_at created_by ended_at",
    "date_changes": "id departure_id kind reason note choose_until done_by done_at was_at",
    "orders": "id number customer_id status amount currency contact terms_version locale created_at expires_at paid_at"
    " ended_at review_since",
    "bookings": "id customer_id departure_id order_id status seats amount currency created_at expires_at ended_at"
    " cancellation",
    "booking_lines": "booking_id position unit_id quantity price currency vat cancelled",
    "order_events": "id order_id at event facts",
    "order_notes": "id order_id staff_id who at text",
    "tickets": "id order_id booking_id unit_id position code status issued_at",
    "payments": "id order_id gateway method number status disposition amount currency reference transaction_id"
    " received_amount received_currency created_at expires_at succeeded_at closed_at checks next_check_at refunded"
    " refund_sent_at received_by statement_day in_books",
    "gateway_events": "id gateway event_id event_type received_at headers body facts outcome",
    "refunds": "id order_id payment_id gateway number status origin asked_by reason note amount currency"
    " gateway_refund_id failure created_at sent_at accepted_at succeeded_at checks next_check_at statement_day",
    "refund_requests": "id order_id status positions amount currency note asked_by_id asked_by created_at expires_at"
    " decided_by_id decided_by decided_at answer",
    "documents": "id kind number year serial order_id corrects_id issued_at locale code amount currency content",
    "journal_entries": "number at kind order_id document_id body previous_hash hash",
    "journal_lines": "entry position account debit credit currency vat",
    "journal_head": "id number hash at",
    "closings": "number period starts_on currency first_entry last_entry totals perpetual closed_at body previous_hash"
    " hash",
    "reconciliations": "gateway day status attempts first_due_at compared_at digest fees",
    "redemptions": "id act_id act outcome ticket_id departure_id staff_id device offline device_at at",
    "staff": "id email name role locale created_at",
    "staff_acts": "id at staff_id who address act subject",
    "attention": "id kind subject facts times first_at last_at resolved_at",
    "idempotency_keys": "customer_id route key fingerprint status body created_at",
    "retention_runs": "id started_at ended_at done kept",
}
# Tables of which a history is the whole: into others it only adds.
WHOLE = ("customers", "orders", "bookings", "payments", "journal_entries", "documents", "closings", "redemptions")
COUNTED = ("consents", "order_events", "redemptions", "staff_acts")  # by an identity
_FLUSH = 4_000  # lines
_AT_ONCE = 2  # as many as the smallest machine has processors


class NotEmpty(Exception):
    """The database has orders already: a history would contradict them."""


class Tables:
    """All tables of a history, open to be written into; kept when the `with` block ends.

    `lines[table]` is where a line for COPY goes; `pass_on` sends what has gathered.
    """

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self.lines: dict[str, list[str]] = {table: [] for table in COLUMNS}
        self.counts: dict[str, int] = dict.fromkeys(COLUMNS, 0)

    def __enter__(self) -> "Tables":
        self._open = ExitStack()
        self._copies: dict[str, psycopg.Copy] = {}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.pass_on(least=1)
        self._open.__exit__(kind, error, trace)

    def pass_on(self, *, least: int = _FLUSH) -> None:
        """Send the lines of every table that has gathered so many."""
        for table, lines in self.lines.items():
            if len(lines) >= least:
                self.counts[table] += len(lines)
                self._copy(table).write("\n".join(lines) + "\n")
                lines.clear()

    def _copy(self, table: str) -> psycopg.Copy:
        if table not in self._copies:
            connection = self._open.enter_context(connect(self._url))
            cursor = self._open.enter_context(connection.cursor())
            columns = sql.SQL(", ").join(map(sql.Identifier, COLUMNS[table].split()))
            command = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), columns)
            self._copies[table] = self._open.enter_context(cursor.copy(command))
        return self._copies[table]


class Unindexed:
    """The tables of a history without indexes and references; `restore` makes them again, and so checks every row."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        tables = list(COLUMNS)
        with connect(database_url) as connection:
            self._references = _constraints(connection, tables, "f")
            self._keys = _constraints(connection, tables, "pux")
            self._indexes = connection.execute(
                "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
                " AND tablename = ANY(%s) AND indexname <> ALL(%s)",
                [tables, [name for _, name, _ in self._keys]],
            ).fetchall()
            for table, name, _ in self._references + self._keys:
                drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
                connection.execute(drop.format(sql.Identifier(table), sql.Identifier(name)))
            for _, name, _ in self._indexes:
                connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))

    def restore(self) -> None:
        """Make indexes and references again, and let the planner know the tables.

        Raises:
            psycopg.errors.IntegrityError: rows contradict one of them.
        """
        keys = _by_table((table, _add(table, name, definition)) for table, name, definition in self._keys)
        for table, _, definition in self._indexes:
            keys.setdefault(table, []).append(sql.SQL("{}").format(_trusted(definition)))
        self._side_by_side(keys)
        with connect(self._url) as connection:
            for table, name, definition in self._references:
                connection.execute(_add(table, name, f"{definition} NOT VALID"))
        self._side_by_side(
            _by_table(
                (
                    table,
                    sql.SQL("ALTER TABLE {} VALIDATE CONSTRAINT {}").format(
                        sql.Identifier(table), sql.Identifier(name)
                    ),
                )
                for table, name, _ in self._references
            )
        )
        self._side_by_side(
            {table: [sql.SQL("VACUUM (ANALYZE, PARALLEL 0) {}").format(sql.Identifier(table))] for table in COLUMNS}
        )

    def _side_by_side(self, work: dict[str, list[sql.Composed]]) -> None:
        """Each table's statements one after the other, tables beside each other, the largest first."""
        with connect(self._url) as connection:
            sizes: dict[str, int] = dict(
                connection.execute("SELECT relname, pg_relation_size(oid) FROM pg_class WHERE relkind = 'r'").fetchall()
            )

        def run(table: str) -> None:
            with connect(self._url, autocommit=True) as connection:
                connection.execute("SET maintenance_work_mem = '512MB'")
                for statement in work[table]:
                    connection.execute(statement)

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(run, sorted(work, key=lambda table: -sizes.get(table, 0))))


def connect(database_url: str, *, autocommit: bool = False) -> psycopg.Connection:
    """A connection on which statements may take their time."""
    connection = psycopg.connect(database_url, autocommit=True)
    connection.execute("SET statement_timeout = 0")
    connection.execute("SET synchronous_commit = off")
    connection.execute("SET timezone = 'UTC'")
    connection.autocommit = autocommit
    return connection


def refuse_unless_empty(connection: psycopg.Connection) -> None:
    """See that nothing was sold yet.

    Raises:
        NotEmpty: something was.
    """
    for table in WHOLE:
        found = connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(table))).fetchone()
        if found:
            raise NotEmpty(f"{table} has rows: a history needs a migrated database in which nothing was sold yet")


def go_on_counting(connection: psycopg.Connection) -> None:
    """Let identities go on behind the last row."""
    for table in COUNTED:
        connection.execute(
            sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), coalesce(max(id), 0) + 1, false) FROM {}").format(
                sql.Literal(table), sql.Identifier(table)
            )
        )


def _constraints(connection: psycopg.Connection, tables: Sequence[str], kinds: str) -> list[tuple[str, str, str]]:
    """Table, name and definition of the constraints of some kinds; references from or to any of the tables."""
    return connection.execute(
        """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE contype = ANY(%s) AND connamespace = 'public'::regnamespace
          AND (conrelid::regclass::text = ANY(%s) OR confrelid <> 0 AND confrelid::regclass::text = ANY(%s))
        ORDER BY contype, conname
        """,
        [list(kinds), list(tables), list(tables)],
    ).fetchall()


def _add(table: str, name: str, definition: str) -> sql.Composed:
    added = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}")
    return added.format(sql.Identifier(table), sql.Identifier(name), _trusted(definition))


def _trusted(definition: str) -> sql.SQL:
    """What PostgreSQL itself has told."""
    return sql.SQL(cast(Any, definition))


def _by_table(statements: Iterable[tuple[str, sql.Composed]]) -> dict[str, list[sql.Composed]]:
    found: dict[str, list[sql.Composed]] = {}
    for table, statement in statements:
        found.setdefault(table, []).append(statement)
    return found

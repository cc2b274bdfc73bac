"""The audit sees what is wrong with the books: rows are falsified as only the database's owner can."""

import hashlib
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.books.invariants import INVARIANTS
from shop.core.db import db
from tests.books.clerk import Clerk
from tests.factories.crowd import violations
from tests.factories.rows import rows

SALE = "(SELECT number FROM journal_entries WHERE kind = 'sale' ORDER BY 1 LIMIT 1)"
FALSIFIED = [
    ("journal-balances", "UPDATE journal_lines SET debit = debit + 1 WHERE debit > 0 AND entry = 1"),
    ("journal-balances", "UPDATE journal_lines SET currency = 'CNY' WHERE position = 1 AND entry = 1"),
    ("journal-balances", "DELETE FROM journal_lines WHERE entry = 1"),
    ("journal-chain", "UPDATE journal_entries SET body = replace(body, '3800', '3801')"),
    ("journal-chain", "UPDATE journal_entries SET body = 'no JSON at all' WHERE number = 2"),
    ("journal-chain", "UPDATE journal_entries SET hash = repeat('1', 64) WHERE number = 1"),
    ("journal-chain", "UPDATE journal_entries SET previous_hash = repeat('1', 64) WHERE number = 1"),
    ("journal-chain", "DELETE FROM journal_entries WHERE number = 2"),
    ("journal-chain", "DELETE FROM journal_entries WHERE number = 1"),
    (
        "journal-chain",
        "UPDATE journal_entries SET number = number + 1 WHERE number = (SELECT max(number) FROM journal_head)",
    ),
    ("journal-end", "DELETE FROM journal_entries WHERE number = (SELECT number FROM journal_head)"),
    ("journal-end", "DELETE FROM journal_entries"),
    ("journal-end", "DELETE FROM journal_head"),
    ("journal-end", "UPDATE journal_head SET hash = repeat('1', 64)"),
    ("journal-end", "UPDATE journal_head SET at = at - interval '10 days'"),
    ("journal-end", "UPDATE journal_entries SET at = at + interval '1 hour' WHERE number = 1"),
    ("journal-lines", "UPDATE journal_lines SET debit = debit + 1, credit = credit WHERE debit > 0"),
    ("journal-lines", "UPDATE journal_lines SET account = 'gateway:cash' WHERE account = 'gateway:wechat_pay'"),
    ("journal-lines", "UPDATE journal_lines SET vat = 'EXEMPT' WHERE vat = 'FR_STD_20'"),
    ("journal-lines", "UPDATE journal_lines SET position = 9 WHERE position = 2"),
    ("journal-lines", "DELETE FROM journal_lines WHERE position = 2"),
    ("journal-lines", "UPDATE journal_entries SET kind = 'refund' WHERE kind = 'payment'"),
    ("journal-lines", "UPDATE journal_entries SET at = at + interval '1 second'"),
    ("journal-lines", "UPDATE journal_entries SET order_id = NULL WHERE kind = 'payment'"),
    ("journal-lines", f"UPDATE journal_entries SET document_id = NULL WHERE number = {SALE}"),
    ("document-numbers", "DELETE FROM documents WHERE number LIKE 'R%-000001'"),
    ("document-numbers", "UPDATE documents SET serial = serial + 10 WHERE number LIKE 'A%'"),
    ("documents-entered", "DELETE FROM documents"),
    ("documents-entered", "UPDATE documents SET content = replace(content, '3800', '3801')"),
    ("documents-entered", "UPDATE documents SET amount = amount - 1 WHERE kind = 'credit_note'"),
    ("documents-entered", f"UPDATE journal_entries SET document_id = NULL WHERE number = {SALE}"),
    (
        "documents-entered",
        "UPDATE documents SET kind = 'receipt', corrects_id = NULL, serial = serial + 9 WHERE number LIKE 'A%'",
    ),
    ("sales-once", "UPDATE orders SET amount = amount + 1"),
    ("sales-once", f"UPDATE journal_lines SET debit = 1 WHERE account = 'customer' AND entry = {SALE}"),
    ("sales-once", f"UPDATE journal_entries SET kind = 'payment' WHERE number = {SALE}"),
    (
        "sales-once",
        "UPDATE journal_entries SET order_id = (SELECT max(CAST(order_id AS text)) FROM journal_entries)::uuid",
    ),
    ("closings-chain", "UPDATE closings SET body = replace(body, '7600', '7601')"),
    ("closings-chain", "DELETE FROM closings WHERE number = 1"),
    ("closings-chain", "UPDATE closings SET hash = repeat('1', 64) WHERE number = 1"),
    ("closings-sums", "UPDATE closings SET totals = jsonb_set(totals, '{sold}', '1')"),
    ("closings-sums", "UPDATE closings SET perpetual = jsonb_set(perpetual, '{credited}', '1')"),
    ("closings-sums", "UPDATE closings SET starts_on = starts_on - 1"),
    ("closings-sums", "UPDATE closings SET last_entry = first_entry"),
    ("closings-sums", "UPDATE journal_lines SET debit = debit + 1 WHERE debit > 0"),
]


@pytest.fixture
def shop(morning, app, new_order):
    """A shop whose books have a little of everything, closed for a day."""
    clerk = Clerk(app)
    orders = [new_order(adults=2) for _ in range(2)]
    for one in orders:
        clerk.sell(one["id"])
    clerk.credit(orders[0]["id"], 1900)
    morning.shift(timedelta(days=1))
    clerk.close()
    clerk.credit(orders[1]["id"], 500)
    assert clerk.violations() == []
    return clerk


def falsify(app, statement):
    """Change rows as one can who may switch triggers off."""
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        return connection.execute(sa.text(statement)).rowcount


def names(found):
    return {told.split(":")[0] for told in found}


@pytest.mark.parametrize(("name", "statement"), FALSIFIED)
def test_a_falsified_row_is_told_by_the_audit(shop, name, statement):
    assert falsify(shop.app, statement) > 0

    found = shop.violations()

    assert name in names(found), found
    assert all("=" in told for told in found)
    assert names(found) <= names(violations(shop.app))


def test_a_forged_entry_with_right_hashes_is_told_by_what_follows_it(shop):
    (entry,) = rows(shop.app, "SELECT * FROM journal_entries WHERE number = 2")
    body = entry["body"].replace("3800", "3700")
    forged = hashlib.sha256((entry["previous_hash"] + body).encode()).hexdigest()
    with shop.app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        statement = sa.text("UPDATE journal_entries SET body = :body, hash = :hash WHERE number = 2")
        connection.execute(statement, {"body": body, "hash": forged})

    told = shop.violations()
    assert "journal-chain: entry=3  own_hash_right=True  follows_the_one_before=False  number_right=True" in told
    assert "journal-lines" in names(told)


def test_every_claim_is_falsified_above():
    assert {invariant.name for invariant in INVARIANTS} == {name for name, _ in FALSIFIED}


def test_empty_books_are_in_order(app):
    assert Clerk(app).violations() == []

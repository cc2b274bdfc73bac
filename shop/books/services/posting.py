"""How entries get into the journal: kept until the end of the transaction, then appended all together.

The head of the journal is one row that everybody locks. Taken last of all locks, it is held shortly, and nobody
who holds it waits for anybody. Numbers are given under that lock, so a transaction that fails leaves no gap.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from shop.books import rules
from shop.books.models import Document
from shop.core.db import at_end, db
from shop.core.plain import in_this_transaction, rows
from shop.core.settings import settings

# Locks the head, and tells what it can tell truly only from then on (migration 0016).
_LOCK = "SELECT * FROM journal_lock(%(now)s, %(nothing)s, %(zone)s, %(orders)s::uuid[])"
_WRITE_DOWN = """
    WITH issued AS (INSERT INTO documents SELECT * FROM json_populate_recordset(NULL::documents, %(documents)s)),
    entered AS (
        INSERT INTO journal_entries SELECT * FROM json_populate_recordset(NULL::journal_entries, %(entries)s)
    ),
    posted AS (INSERT INTO journal_lines SELECT * FROM json_populate_recordset(NULL::journal_lines, %(lines)s))
    UPDATE journal_head SET number = %(number)s, hash = %(hash)s, at = %(at)s WHERE id = 1
"""
_COLUMNS = tuple(column.key for column in sa.inspect(Document).columns)


@dataclass(frozen=True)
class Content:
    """What an entry says once it is its turn."""

    lines: Sequence[rules.Line]
    document: Document | None = None


@dataclass(frozen=True)
class Draft:
    """An entry that waits for the end of its transaction.

    Args:
        facts: what else the journal keeps of it; nothing that names a person, the journal is kept for ever.
        write: its lines and its document, given the end of the journal, at whose moment it is entered.
    """

    kind: str
    now: datetime
    order_id: UUID | None
    facts: Mapping[str, Any]
    write: Callable[["Head"], Content]


Told = tuple[UUID | None, str, str | None]


@dataclass
class Head:
    """The end of the journal, locked until the transaction ends; and what is to be added there.

    Args:
        number, hash: of the last entry.
        at: nothing is entered before this moment any more.
        serials: the last of this moment's year, by kind of document.
        told: of the orders that are written about: order, kind and body of their entries, the oldest first; of what
            is no payment, no body.
    """

    number: int
    hash: str
    at: datetime
    serials: dict[str, int]
    told: list[Told]
    documents: list[dict[str, Any]] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)

    def kinds_of(self, order_id: UUID) -> set[str]:
        """What was entered of an order."""
        return {kind for of, kind, _ in self.told if of == order_id}

    def means_of(self, order_id: UUID) -> list[str]:
        """The gateways that received money for an order, each once, the first first."""
        paid = [body for of, kind, body in self.told if of == order_id and kind == "payment" and body]
        return list(dict.fromkeys(json.loads(body)["facts"]["gateway"] for body in paid))

    def next_serial(self, kind: str) -> int:
        """The next number of this year's documents of a kind: without gaps, because of the lock."""
        self.serials[kind] += 1
        return self.serials[kind]

    def append(self, draft: Draft, content: Content) -> None:
        """Chain an entry to the last one."""
        number, document = self.number + 1, content.document
        lines = [vars(line) for line in content.lines]
        body = rules.canonical(
            {
                "number": number,
                "at": self.at.isoformat(),
                "kind": draft.kind,
                "order": str(draft.order_id) if draft.order_id else None,
                "document": document
                and {"kind": document.kind, "number": document.number, "sha256": rules.digest(document.content)},
                "facts": draft.facts,
                "lines": lines,
            }
        )
        chained = rules.link(self.hash, body)
        if document is not None:
            self.documents.append({name: getattr(document, name) for name in _COLUMNS})
        self.entries.append(
            {
                "number": number,
                "at": self.at,
                "kind": draft.kind,
                "order_id": draft.order_id,
                "document_id": document.id if document else None,
                "body": body,
                "previous_hash": self.hash,
                "hash": chained,
            }
        )
        self.lines += [{"entry": number, "position": position, **line} for position, line in enumerate(lines, start=1)]
        self.told.append((draft.order_id, draft.kind, body))
        self.number, self.hash = number, chained

    def write_down(self) -> None:
        """Put everything that was added where others find it, in one statement."""
        added = {"documents": rows(self.documents), "entries": rows(self.entries), "lines": rows(self.lines)}
        in_this_transaction(_WRITE_DOWN, added | {"number": self.number, "hash": self.hash, "at": self.at}, flush=False)
        self.documents, self.entries, self.lines = [], [], []


def register(draft: Draft) -> None:
    """Have an entry appended at the end of the running transaction.

    Raises:
        RuntimeError: no transaction is open, or a savepoint is, from which an entry could not be taken back.
    """
    session = db.session()
    if session.get_nested_transaction() is not None:
        raise RuntimeError("the books are told outside of savepoints")
    session.connection()  # a session that has not spoken yet has no transaction to be known by
    running = session.get_transaction()
    known, drafts = session.info.get("journal_drafts", (None, []))
    if known is not running:
        drafts = []
        at_end(lambda: _append(drafts))
        session.info["journal_drafts"] = (running, drafts)
    drafts.append(draft)


def lock_head(now: datetime, orders: Iterable[UUID] = ()) -> Head:
    """The end of the journal, locked until the transaction ends; made if this is its first entry.

    Args:
        orders: those that are written about.
    """
    asked = {"now": now, "nothing": rules.NOTHING_BEFORE, "zone": settings().timezone, "orders": list(orders)}
    found = in_this_transaction(_LOCK, asked, flush=False).one()
    serials = {"receipt": found.receipts, "credit_note": found.credit_notes}
    told: list[Told] = [(UUID(order_id), kind, body) for order_id, kind, body in found.told]
    return Head(found.number, found.hash, found.at, serials, told)


def _append(drafts: Sequence[Draft]) -> None:
    """All at one moment; money before documents: a receipt names the means by which it was paid, often in the same
    transaction."""
    db.session().info.pop("journal_drafts")  # what is told from now on is appended by a further round
    now = max(draft.now for draft in drafts)
    head = lock_head(now, {draft.order_id for draft in drafts if draft.order_id})
    head.at = max(head.at, now).astimezone(UTC)
    for draft in sorted(drafts, key=lambda draft: draft.kind in {"sale", "credit"}):
        content = draft.write(head)
        if content.lines:
            head.append(draft, content)
    head.write_down()

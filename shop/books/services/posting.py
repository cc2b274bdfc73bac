"""How entries get into the journal: kept until the end of the transaction, then appended all together.

The head of the journal is one row that everybody locks. Taken last of all locks, it is held shortly, and nobody
who holds it waits for anybody. Numbers are given under that lock, so a transaction that fails leaves no gap.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from shop.books import rules
from shop.books.models import Document, JournalEntry, JournalHead, JournalLine
from shop.core.db import at_end, db


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
        write: its lines and its document, given the moment at which it is entered.
    """

    kind: str
    now: datetime
    order_id: UUID | None
    facts: Mapping[str, Any]
    write: Callable[[datetime], Content]


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


def lock_head(now: datetime) -> JournalHead:
    """The end of the journal, locked until the transaction ends; made if this is its first entry."""
    first = insert(JournalHead).values(id=1, number=0, hash=rules.NOTHING_BEFORE, at=now)
    statement = first.on_conflict_do_update(index_elements=["id"], set_={"id": first.excluded.id})
    head = db.session.scalars(statement.returning(JournalHead), execution_options={"populate_existing": True}).one()
    return head


def _append(drafts: Sequence[Draft]) -> None:
    """Money before documents: a receipt names the means by which it was paid, often in the same transaction."""
    db.session().info.pop("journal_drafts")  # what is told from now on is appended by a further round
    head = lock_head(drafts[0].now)
    for draft in sorted(drafts, key=lambda draft: draft.kind in {"sale", "credit"}):
        head.at = max(head.at, draft.now).astimezone(UTC)
        content = draft.write(head.at)
        if content.lines:
            _append_one(head, draft, content)


def _append_one(head: JournalHead, draft: Draft, content: Content) -> None:
    number, document = head.number + 1, content.document
    if document is not None:
        db.session.add(document)
        db.session.flush()
    body = rules.canonical(
        {
            "number": number,
            "at": head.at.isoformat(),
            "kind": draft.kind,
            "order": str(draft.order_id) if draft.order_id else None,
            "document": document
            and {"kind": document.kind, "number": document.number, "sha256": rules.digest(document.content)},
            "facts": draft.facts,
            "lines": [asdict(line) for line in content.lines],
        }
    )
    chained = rules.link(head.hash, body)
    entry = {
        "number": number,
        "at": head.at,
        "kind": draft.kind,
        "order_id": draft.order_id,
        "document_id": document.id if document else None,
        "body": body,
        "previous_hash": head.hash,
        "hash": chained,
    }
    db.session.execute(sa.insert(JournalEntry), [entry])
    lines = [
        {"entry": number, "position": position, **asdict(line)} for position, line in enumerate(content.lines, start=1)
    ]
    db.session.execute(sa.insert(JournalLine), lines)
    head.number, head.hash = number, chained

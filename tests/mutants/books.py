# ruff: noqa: E501 -- the shop's own lines, quoted with their ends
"""Guards of the books: entries that balance, numbers without gaps, a chain, closings, nothing ever changed."""

from tests.mutants.mutant import Mutant

RULES = "shop/books/rules.py"
JOURNAL = "shop/books/services/journal.py"
POSTING = "shop/books/services/posting.py"
DOCUMENTS = "shop/books/services/documents.py"
CLOSE = "shop/books/services/close.py"
SHEETS = "shop/books/sheets.py"
MIGRATION = "migrations/versions/0005_books.py"
LOCK = "migrations/versions/0016_paid.py"

OF_AMOUNTS = "tests/books/test_rules.py"
OF_ENTRIES = "tests/books/test_journal.py"
OF_PAPERS = "tests/books/test_documents.py"
CLOSING = "tests/books/test_closings.py"
EXPORTS = "tests/books/test_exports.py"

MUTANTS = (
    Mutant(
        RULES,
        "return (2 * gross * rate + 100 + rate) // (2 * (100 + rate))",
        "return gross * rate // (100 + rate)",
        "VAT is rounded to the nearest cent.",
        (OF_AMOUNTS + " -k nearest_cent",),
    ),
    Mutant(
        RULES,
        "tax_in(earlier.gross + amount, vat) - earlier.tax)",
        "tax_in(amount, vat))",
        "Credits in parts bring back the very VAT of the whole.",
        (OF_AMOUNTS + " -k credits_in_parts", OF_ENTRIES + " -k credited_in_parts"),
    ),
    Mutant(
        RULES,
        'lines = [Line("customer", sum(group.gross for group in groups), 0, currency)]',
        'lines = [Line("customer", sum(group.net for group in groups), 0, currency)]',
        "Every entry balances.",
        (OF_AMOUNTS + " -k balances",),
    ),
    Mutant(
        RULES,
        "    if amount < 0:\n        debit, credit, amount = credit, debit, -amount\n",
        "",
        "A fee that is given back is entered the other way.",
        (OF_ENTRIES + " -k fee",),
    ),
    Mutant(
        RULES,
        "        shares[max(weights, key=lambda vat: weights[vat])] += amount - sum(shares.values())\n",
        "        pass\n",
        "A goodwill amount is spread to the cent.",
        (OF_AMOUNTS + " -k goodwill",),
    ),
    Mutant(
        RULES,
        "    return digest(previous + body)\n",
        "    return digest(body)\n",
        "Each entry holds the hash of the one before.",
        (OF_ENTRIES + " -k chained",),
    ),
    Mutant(
        JOURNAL,
        "if not gross or not sold_before:",
        "if not gross:",
        "What was never sold is never credited.",
        (OF_ENTRIES + " -k never_sold",),
    ),
    Mutant(
        JOURNAL,
        "        groups = rules.taxed_back(gross, credited_before(order))\n",
        "        groups = rules.taxed(gross)\n",
        "A credit knows of the credits before it.",
        (OF_ENTRIES + " -k credited_in_parts",),
    ),
    Mutant(
        JOURNAL,
        "        if not groups:\n            return Content([])\n",
        "",
        "What cost nothing is no movement and has no receipt.",
        (OF_ENTRIES + " -k cost_nothing",),
    ),
    Mutant(
        POSTING,
        '    if session.get_nested_transaction() is not None:\n        raise RuntimeError("the books are told outside of savepoints")\n',
        "",
        "Nothing is entered that a savepoint may take back.",
        (OF_ENTRIES + " -k savepoint",),
    ),
    Mutant(
        POSTING,
        "    if known is not running:\n",
        "    if not drafts:\n",
        "What a failed transaction wanted to enter is not entered by the next.",
        (OF_ENTRIES + " -k failed_transaction",),
    ),
    Mutant(
        POSTING,
        '    db.session().info.pop("journal_drafts")  # what is told from now on is appended by a further round\n',
        "",
        "What the end of a transaction adds is entered too.",
        (OF_ENTRIES + " -k end_of_a_transaction",),
    ),
    Mutant(
        LOCK,
        "FROM journal_head WHERE id = 1 FOR UPDATE;",
        "FROM journal_head WHERE id = 1;",
        "Many at once number their entries without gaps.",
        (OF_ENTRIES + " -k many_at_once",),
    ),
    Mutant(
        POSTING,
        'for draft in sorted(drafts, key=lambda draft: draft.kind in {"sale", "credit"}):',
        "for draft in reversed(drafts):",
        "Money is entered before the receipt that names its means.",
        (OF_PAPERS + " -k 'asked_of_it or paid_on_the_phone'", OF_ENTRIES + " -k sold_and_credited"),
    ),
    Mutant(
        POSTING,
        "head.at = max(head.at, now).astimezone(UTC)",
        "head.at = now.astimezone(UTC)",
        "Time never goes back in the journal.",
        (OF_ENTRIES + " -k time_never",),
    ),
    Mutant(
        POSTING,
        "        self.number, self.hash = number, chained\n",
        "        self.number = number\n",
        "The head of the journal holds the hash of its last entry.",
        (OF_ENTRIES + " -k chained",),
    ),
    Mutant(
        LOCK,
        "WHERE kind = 'receipt' AND year = this_year;",
        "WHERE kind = 'receipt';",
        "Each year counts its documents anew.",
        (OF_ENTRIES + " -k each_year",),
    ),
    Mutant(
        LOCK,
        "WHERE kind = 'credit_note' AND year = this_year;",
        "WHERE year = this_year;",
        "Receipts and credit notes are counted each for themselves.",
        (OF_ENTRIES + " -k each_year",),
    ),
    Mutant(
        DOCUMENTS,
        "    year = at.astimezone(zone).year\n",
        "    year = at.year\n",
        "A document is of the year of the Office's clocks.",
        (OF_ENTRIES + " -k each_year", OF_PAPERS),
    ),
    Mutant(
        DOCUMENTS,
        "code=secrets.token_urlsafe(24),",
        "code=number,",
        "The address of a document cannot be guessed.",
        (OF_PAPERS + " -k guessed",),
    ),
    Mutant(
        DOCUMENTS,
        '        "client": paper.client,\n',
        '        "client": "",\n',
        "A receipt says to whom something was sold.",
        (OF_PAPERS + " -k asked_of_it",),
    ),
    Mutant(
        MIGRATION,
        "BEFORE UPDATE OR DELETE ON",
        "BEFORE DELETE ON",
        "Nothing in the books is changed.",
        (OF_ENTRIES + " -k changed",),
    ),
    Mutant(
        MIGRATION,
        "BEFORE UPDATE OR DELETE ON",
        "BEFORE UPDATE ON",
        "Nothing in the books is deleted.",
        (OF_ENTRIES + " -k changed",),
    ),
    Mutant(
        MIGRATION,
        '        op.execute(\n            f"CREATE TRIGGER {table}_are_never_emptied BEFORE TRUNCATE ON {table}"\n'
        '            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_the_books()"\n        )\n',
        "",
        "The books are not emptied.",
        (OF_ENTRIES + " -k changed",),
    ),
    Mutant(
        CLOSE,
        "    if not _due(zone, now):\n        return []\n    head = lock_head(now)\n    due = _due(zone, now)  # again: another worker may have been faster\n",
        "    due = _due(zone, now)\n    if not due:\n        return []\n    head = lock_head(now)\n",
        "Two workers close a day once.",
        (CLOSING + " -k two_workers",),
    ),
    Mutant(
        CLOSE,
        "span.ends_at(zone) + GRACE <= now]",
        "span.ends_at(zone) <= now]",
        "What is on its way at midnight arrives before its day is closed.",
        (CLOSING + " -k hour_after",),
    ),
    Mutant(
        CLOSE,
        "        head.at = max(head.at, *(span.ends_at(zone) for span in due))\n",
        "        pass\n",
        "Nothing is entered in a day that was closed.",
        (CLOSING + " -k old_moment",),
    ),
    Mutant(
        CLOSE,
        "            WHERE number > :last\n",
        "",
        "A closed period is not closed again.",
        (CLOSING + " -k not_closed_again",),
    ),
    Mutant(
        CLOSE,
        '"zone": zone.key, "last": last},',
        '"zone": "UTC", "last": last},',
        "Days are those of the Office.",
        (CLOSING + " -k office",),
    ),
    Mutant(
        CLOSE,
        ".where(Closing.period == span.period, Closing.currency == span.currency)",
        ".where(Closing.period == span.period)",
        "Each currency is summed for itself.",
        (CLOSING + " -k currency",),
    ),
    Mutant(
        CLOSE,
        ".where(Closing.period == span.period, Closing.currency == span.currency)",
        ".where(Closing.currency == span.currency)",
        "Days are not summed with months.",
        (CLOSING + " -k 'year or sums'",),
    ),
    Mutant(
        SHEETS,
        """return f"'{text}" if text.startswith(_FORMULA_STARTS) else text""",
        "return text",
        "No text of a buyer's acts as a formula.",
        (EXPORTS + " -k formula",),
    ),
)

"""What must be true of the books.

A body is read as JSON only where its hash is right: what somebody wrote over it may be no JSON at all, and that the
hash is wrong is told anyway.
"""

from shop.books.rules import NOTHING_BEFORE
from shop.books.totals import SPAN_TOTALS
from shop.core.i18n import Text
from shop.core.invariants import Invariant

HASH = "encode(sha256(convert_to(previous_hash || body, 'UTF8')), 'hex')"


def _chain(table: str, name: str) -> str:
    """The links of a table that do not hold, or whose number leaves a gap."""
    return f"""
        SELECT * FROM (
            SELECT number AS {name}, hash = {HASH} AS own_hash_right,
                   previous_hash = lag(hash, 1, '{NOTHING_BEFORE}') OVER (ORDER BY number) AS follows_the_one_before,
                   number = lag(number, 1, number - number) OVER (ORDER BY number) + 1 AS number_right
            FROM {table}) AS links
        WHERE NOT (own_hash_right AND follows_the_one_before AND number_right)
    """  # noqa: S608 -- put together of constants of the shop


INVARIANTS = (
    Invariant(
        "journal-balances",
        Text(
            fr="Chaque écriture est équilibrée, et a des lignes.",
            zh="每笔分录借贷平衡，且至少有一行。",
            en="Every entry balances, and has lines.",
        ),
        """
        SELECT number AS entry, currency, sum(debit) AS debit, sum(credit) AS credit
        FROM journal_entries LEFT JOIN journal_lines ON entry = number
        GROUP BY number, currency HAVING sum(debit) IS DISTINCT FROM sum(credit) OR count(entry) = 0
        """,
    ),
    Invariant(
        "journal-chain",
        Text(
            fr="Les écritures se suivent sans trou, et chacune porte l’empreinte de la précédente.",
            zh="分录编号连续无缺，且每笔都含有前一笔的哈希值。",
            en="Entries follow one another without gaps, each with the hash of the one before.",
        ),
        _chain("journal_entries", "entry"),
    ),
    Invariant(
        "journal-end",
        Text(
            fr="Le journal finit où il doit, et le temps n’y recule pas.",
            zh="账簿末尾正确，且时间不倒退。",
            en="The journal ends where it should, and time never goes back in it.",
        ),
        """
        SELECT number AS entry, at, NULL::bigint AS head FROM (
            SELECT number, at, lag(at) OVER (ORDER BY number) AS before FROM journal_entries) AS moments
        WHERE at < before
        UNION ALL
        SELECT last.number, last.at, head.number
        FROM (SELECT max(number) AS end FROM (
            SELECT number FROM journal_entries UNION ALL SELECT number FROM journal_head) AS numbers) AS books
        LEFT JOIN journal_entries AS last ON last.number = books.end
        LEFT JOIN journal_head AS head ON true
        WHERE books.end > 0
          AND ((last.number, last.hash) IS DISTINCT FROM (head.number, head.hash) OR last.at > head.at)
        """,
    ),
    Invariant(
        "journal-lines",
        Text(
            fr="Les lignes et les références d’une écriture sont celles de son texte.",
            zh="分录的各行和引用与其正文一致。",
            en="The lines and references of an entry are those of its body.",
        ),
        f"""
        WITH told AS MATERIALIZED (
            SELECT journal_entries.*, CASE WHEN hash = {HASH} THEN CAST(body AS jsonb) END AS json FROM journal_entries
        ), told_lines AS (
            SELECT number, position, line.account, line.debit, line.credit, line.currency, line.vat
            FROM told, jsonb_array_elements(json->'lines') WITH ORDINALITY AS element (json_line, position),
                 jsonb_to_record(json_line) AS line (account text, debit bigint, credit bigint, currency text, vat text)
        )
        SELECT told.number AS entry, NULL::bigint AS position
        FROM told LEFT JOIN documents ON documents.id = document_id
        WHERE json IS NOT NULL AND (
            CAST(json->>'number' AS bigint), CAST(json->>'at' AS timestamptz), json->>'kind', json->>'order',
            json->'document'->>'number'
        ) IS DISTINCT FROM (told.number, told.at, told.kind, CAST(told.order_id AS text), documents.number)
        UNION ALL
        SELECT coalesce(entry, told_lines.number), coalesce(journal_lines.position, told_lines.position)
        FROM journal_lines FULL JOIN told_lines
          ON entry = told_lines.number AND journal_lines.position = told_lines.position
        WHERE (journal_lines.account, journal_lines.debit, journal_lines.credit, journal_lines.currency,
               journal_lines.vat)
              IS DISTINCT FROM (told_lines.account, told_lines.debit, told_lines.credit, told_lines.currency,
                                told_lines.vat)
          AND coalesce(entry, told_lines.number) IN (SELECT number FROM told WHERE json IS NOT NULL)
        """,  # noqa: S608 -- put together of constants of the shop
    ),
    Invariant(
        "document-numbers",
        Text(
            fr="Les numéros des reçus et des avoirs se suivent sans trou.",
            zh="收据和贷项通知单的编号连续无缺。",
            en="The numbers of receipts and of credit notes follow one another without gaps.",
        ),
        """
        SELECT kind, year, count(*) AS documents, min(serial) AS first, max(serial) AS last FROM documents
        GROUP BY kind, year HAVING min(serial) <> 1 OR max(serial) <> count(*)
        """,
    ),
    Invariant(
        "documents-entered",
        Text(
            fr="Chaque reçu et chaque avoir est au journal, tel qu’il a été émis.",
            zh="每份收据和贷项通知单均已入账，且与开具时一致。",
            en="Every receipt and credit note stands in the journal, as it was issued.",
        ),
        f"""
        SELECT documents.number AS document, entry.number AS entry
        FROM documents LEFT JOIN (
            SELECT *, CASE WHEN hash = {HASH} THEN CAST(body AS jsonb) END AS json FROM journal_entries) AS entry
          ON entry.document_id = documents.id
        WHERE entry.number IS NULL
           OR entry.order_id <> documents.order_id
           OR entry.kind <> CASE documents.kind WHEN 'receipt' THEN 'sale' ELSE 'credit' END
           OR entry.json->'document'->>'sha256' <> encode(sha256(convert_to(documents.content, 'UTF8')), 'hex')
           OR documents.amount <> (SELECT sum(debit + credit) FROM journal_lines
                                   WHERE journal_lines.entry = entry.number AND account = 'customer')
        UNION ALL
        SELECT NULL, journal_entries.number
        FROM journal_entries LEFT JOIN documents ON documents.id = document_id
        WHERE journal_entries.kind IN ('sale', 'credit') AND documents.id IS NULL
        """,  # noqa: S608 -- put together of constants of the shop
    ),
    Invariant(
        "sales-once",
        Text(
            fr="Une commande est vendue une fois, pour son prix, et il n’en est pas crédité davantage.",
            zh="每个订单按其价格只入账一次，贷记金额不超过售价。",
            en="An order is sold once, at its price, and no more than that is credited.",
        ),
        """
        SELECT orders.number AS "order", orders.amount, sum(debit) AS sold, sum(credit) AS credited
        FROM journal_entries JOIN journal_lines ON entry = journal_entries.number JOIN orders ON orders.id = order_id
        WHERE kind IN ('sale', 'credit') AND account = 'customer'
        GROUP BY orders.id
        HAVING sum(debit) <> orders.amount OR sum(credit) > sum(debit) OR count(*) FILTER (WHERE kind = 'sale') <> 1
            OR bool_or(journal_lines.currency <> orders.currency)
        """,
    ),
    Invariant(
        "closings-chain",
        Text(
            fr="Les clôtures se suivent sans trou, et chacune porte l’empreinte de la précédente.",
            zh="结账编号连续无缺，且每次都含有前一次的哈希值。",
            en="Closings follow one another without gaps, each with the hash of the one before.",
        ),
        _chain("closings", "closing"),
    ),
    Invariant(
        "closings-sums",
        Text(
            fr="Une clôture vaut la somme de ses écritures, et le cumul celle des clôtures.",
            zh="结账金额等于其分录之和，累计额等于历次结账之和。",
            en="A closing is the sum of its entries, and what it carries forward that of the closings.",
        ),
        f"""
        SELECT number AS closing, period, starts_on, currency FROM (
            SELECT span.*, summed.totals AS sums,
                   CASE WHEN hash = {HASH} THEN CAST(body AS jsonb) END AS json,
                   sum(CAST(span.totals->>'sold' AS bigint)) OVER carried AS sold,
                   sum(CAST(span.totals->>'credited' AS bigint)) OVER carried AS credited,
                   lag(last_entry) OVER carried AS before
            FROM closings AS span, LATERAL ({SPAN_TOTALS}) AS summed
            WINDOW carried AS (PARTITION BY period, currency ORDER BY number)) AS closed
        WHERE totals <> sums OR first_entry <= before
           OR perpetual <> jsonb_build_object('sold', sold, 'credited', credited)
           OR (json IS NOT NULL AND (json->'totals', json->'perpetual', json->>'period', json->>'starts_on',
                                     json->>'currency', json->>'first_entry', json->>'last_entry')
               IS DISTINCT FROM (totals, perpetual, period, CAST(starts_on AS text), currency,
                                 CAST(first_entry AS text), CAST(last_entry AS text)))
        """,  # noqa: S608 -- put together of constants of the shop
    ),
)

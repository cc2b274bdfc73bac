"""The sums of some entries of the journal, as SQL: closings are made with it, and the audit sums again."""

# Stands in a LATERAL behind a row named `span` with first_entry, last_entry and currency. Gives one row, `totals`.
SPAN_TOTALS = """
    WITH lines AS (
        SELECT kind, account, vat, debit, credit
        FROM journal_entries JOIN journal_lines ON entry = number
        WHERE number BETWEEN span.first_entry AND span.last_entry AND journal_lines.currency = span.currency
    )
    SELECT jsonb_build_object(
        'sold', (SELECT coalesce(sum(debit), 0) FROM lines WHERE kind = 'sale' AND account = 'customer'),
        'credited', (SELECT coalesce(sum(credit), 0) FROM lines WHERE kind = 'credit' AND account = 'customer'),
        'by_vat', (
            SELECT coalesce(jsonb_object_agg(vat, jsonb_build_object('net', net, 'tax', tax)), '{}') FROM (
                SELECT vat, coalesce(sum(credit - debit) FILTER (WHERE account LIKE 'revenue:%'), 0) AS net,
                       coalesce(sum(credit - debit) FILTER (WHERE account LIKE 'vat:%'), 0) AS tax
                FROM lines WHERE vat IS NOT NULL GROUP BY vat) AS vats),
        'by_gateway', (
            SELECT coalesce(jsonb_object_agg(gateway, jsonb_build_object('in', came, 'out', went)), '{}') FROM (
                SELECT substr(account, 9) AS gateway, sum(debit) AS came, sum(credit) AS went
                FROM lines WHERE account LIKE 'gateway:%' GROUP BY account) AS gateways)
    ) AS totals
"""

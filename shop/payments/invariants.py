"""What must be true of money."""

from shop.core.i18n import Text
from shop.core.invariants import Invariant

INVARIANTS = (
    Invariant(
        "money-of-orders",
        Text(
            fr="L’argent gardé pour une commande (payé moins rendu) est ce que dit son état ; ce qui ne lui revient "
            "pas est rendu ou dû en entier.",
            zh="订单留存的款项（已付减去已退）与其状态一致；不属于订单的款项全部退回或应退。",
            en="The money kept for an order (paid less refunded) is what its status says; what is not the order’s is "
            "refunded or owed back in full.",
        ),
        """
        WITH money AS (
            SELECT order_id,
                   coalesce(sum(received_amount) FILTER (WHERE disposition = 'applied'), 0) AS applied,
                   coalesce(sum(gone.gone) FILTER (WHERE disposition = 'applied'), 0) AS applied_gone,
                   coalesce(sum(gone.counted) FILTER (WHERE disposition = 'applied'), 0) AS applied_back,
                   coalesce(sum(received_amount) FILTER (WHERE disposition = 'surplus'), 0) AS surplus,
                   coalesce(sum(gone.counted) FILTER (WHERE disposition = 'surplus'), 0) AS surplus_back
            FROM payments LEFT JOIN (
                SELECT payment_id, sum(amount) AS counted,
                       coalesce(sum(amount) FILTER (WHERE status = 'succeeded'), 0) AS gone
                FROM refunds WHERE status <> 'superseded' GROUP BY 1) AS gone ON gone.payment_id = payments.id
            WHERE status = 'succeeded' GROUP BY 1
        )
        SELECT orders.number AS "order", orders.status, orders.amount, applied, applied_gone, surplus, surplus_back
        FROM orders LEFT JOIN money ON money.order_id = orders.id
        WHERE surplus <> surplus_back OR applied - applied_back > orders.amount OR NOT coalesce(CASE orders.status
            WHEN 'paid' THEN coalesce(applied, 0) - coalesce(applied_gone, 0) >= orders.amount
            WHEN 'partially_refunded' THEN applied > applied_gone AND applied - applied_gone < orders.amount
            WHEN 'refunded' THEN applied > 0 AND applied = applied_gone
            WHEN 'cancelled' THEN coalesce(applied_gone, 0) = 0
            ELSE coalesce(applied, 0) = 0 END, false)
        """,
    ),
    Invariant(
        "refunds-within-payments",
        Text(
            fr="Les remboursements d’un paiement ne dépassent jamais ce qui a été encaissé.",
            zh="一笔付款的退款总额不超过实收金额。",
            en="The refunds of a payment never exceed what was received.",
        ),
        """
        SELECT payments.number AS payment, payments.received_amount, payments.refunded, sum(refunds.amount) AS refunds
        FROM payments LEFT JOIN refunds ON refunds.payment_id = payments.id AND refunds.status <> 'superseded'
        GROUP BY payments.id
        HAVING coalesce(sum(refunds.amount), 0) > coalesce(payments.received_amount, 0)
            OR coalesce(sum(refunds.amount), 0) <> payments.refunded
            OR bool_or(refunds.currency <> payments.received_currency)
            OR bool_or(refunds.gateway <> payments.gateway OR refunds.order_id <> payments.order_id)
        """,
    ),
    Invariant(
        "applied-once",
        Text(
            fr="Une commande payée l’est une seule fois, dans la devise demandée.",
            zh="已支付订单只支付一次，且币种相符。",
            en="A paid order is paid once, in the currency asked for.",
        ),
        """
        SELECT orders.number AS "order", orders.status, orders.amount, sum(payments.amount) AS asked,
               sum(payments.received_amount) AS received
        FROM orders LEFT JOIN payments ON payments.order_id = orders.id AND payments.disposition = 'applied'
        WHERE orders.amount > 0
        GROUP BY orders.id
        HAVING CASE WHEN orders.status IN ('paid', 'partially_refunded', 'refunded')
                    THEN coalesce(sum(payments.received_amount), 0) < orders.amount
                    ELSE orders.status <> 'cancelled' AND count(payments.id) > 0 END
            OR bool_or(payments.received_currency <> orders.currency)
            OR count(payments.id) FILTER (WHERE payments.received_amount >= orders.amount) > 1
        """,
    ),
    Invariant(
        "journal-of-money",
        Text(
            fr="Le journal dit de chaque commande et de chaque prestataire ce qui a été encaissé, rendu et contesté.",
            zh="日记账逐单逐支付平台记录收款、退款和争议。",
            en="The journal says of each order and each gateway what was received, refunded and disputed.",
        ),
        """
        SELECT coalesce(booked.order_id, moved.order_id) AS order_id,
               coalesce(booked.account, moved.account) AS account,
               coalesce(booked.currency, moved.currency) AS currency, booked.amount AS booked, moved.amount AS moved
        FROM (SELECT order_id, account, currency, sum(debit - credit) AS amount
              FROM journal_entries JOIN journal_lines ON journal_lines.entry = journal_entries.number
              WHERE account LIKE 'gateway:%' AND order_id IS NOT NULL GROUP BY 1, 2, 3) AS booked
        FULL JOIN (SELECT order_id, 'gateway:' || gateway AS account, currency, sum(amount) AS amount
              FROM (SELECT order_id, gateway, received_currency AS currency, received_amount AS amount
                    FROM payments WHERE status = 'succeeded' AND in_books
                    UNION ALL SELECT refunds.order_id, refunds.gateway, refunds.currency, -refunds.amount
                    FROM refunds JOIN payments ON payments.id = payment_id AND in_books
                    WHERE refunds.status = 'succeeded'
                    UNION ALL SELECT order_id, gateway, currency, -amount
                    FROM disputes WHERE withheld AND status <> 'won') AS each
              GROUP BY 1, 2, 3) AS moved
          ON moved.order_id = booked.order_id AND moved.account = booked.account AND moved.currency = booked.currency
        WHERE coalesce(booked.amount, 0) <> coalesce(moved.amount, 0)
        """,
    ),
    Invariant(
        "refunds-move",
        Text(
            fr="Un remboursement en route est redemandé ou vérifié à temps.",
            zh="进行中的退款会按时重新发起或查询。",
            en="A refund under way is asked for, or about, in time.",
        ),
        """
        SELECT refunds.number AS refund, refunds.next_check_at
        FROM refunds JOIN payments ON payments.id = payment_id
        WHERE refunds.status = 'pending'
          AND refunds.next_check_at < CAST(:now AS timestamptz) - interval '10 minutes'
          AND coalesce(refund_sent_at < CAST(:now AS timestamptz) - interval '10 minutes', true)
        """,
    ),
    Invariant(
        "orders-end",
        Text(
            fr="Aucune commande ne retient de places plus de 60 secondes après son terme, sauf paiement en cours.",
            zh="订单到期 60 秒后不再占用座位，除非付款仍可能成功。",
            en="No order holds seats more than 60 seconds past its time, unless a live payment keeps it.",
        ),
        """
        SELECT number AS "order", expires_at FROM orders
        WHERE status = 'pending' AND expires_at < CAST(:now AS timestamptz) - interval '60 seconds'
          AND NOT EXISTS (SELECT FROM payments WHERE payments.order_id = orders.id AND payments.status = 'pending')
        """,
    ),
    Invariant(
        "reviews-end",
        Text(
            fr="Une commande en examen a reçu de l’argent qui ne correspond pas, et n’y reste pas plus d’un jour.",
            zh="待审核的订单收到了不符的款项，且不超过一天。",
            en="An order in review has received money that does not match, and is not left so for more than a day.",
        ),
        """
        SELECT number AS "order", review_since FROM orders
        WHERE status = 'in_review' AND (
            review_since IS NULL OR review_since < CAST(:now AS timestamptz) - interval '1 day 60 seconds'
               AND NOT EXISTS (SELECT FROM payments WHERE order_id = orders.id AND payments.status = 'pending')
            OR NOT EXISTS (SELECT FROM payments WHERE order_id = orders.id AND disposition = 'review'))
        """,
    ),
    Invariant(
        "events-once",
        Text(
            fr="Chaque avis d’un prestataire est enregistré une fois, et toujours avec une suite.",
            zh="每条网关通知只记录一次，且均有处理结果。",
            en="Every gateway event is recorded once, and always with an outcome.",
        ),
        """
        SELECT gateway, event_id, count(*) AS times, min(outcome) AS outcome FROM gateway_events
        GROUP BY gateway, event_id HAVING count(*) > 1 OR bool_or(outcome = 'received')
        """,
    ),
)

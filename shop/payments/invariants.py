"""What must be true of money."""

from shop.core.i18n import Text
from shop.core.invariants import Invariant

INVARIANTS = (
    Invariant(
        "money-of-orders",
        Text(
            fr="L’argent gardé pour une commande (payé moins rendu ou dû) est ce que dit son état.",
            zh="订单留存的款项（已付减去已退或应退）与其状态一致。",
            en="The money kept for an order (paid less refunded or owed back) is what its status says.",
        ),
        """
        SELECT orders.number AS "order", orders.status, orders.amount, paid.sum AS paid, back.sum AS refunded_or_owed
        FROM orders
        LEFT JOIN (SELECT order_id, sum(received_amount) AS sum FROM payments
                   WHERE status = 'succeeded' AND disposition <> 'review' GROUP BY 1) AS paid
          ON paid.order_id = orders.id
        LEFT JOIN (SELECT order_id, sum(amount) AS sum FROM refunds GROUP BY 1) AS back ON back.order_id = orders.id
        WHERE coalesce(paid.sum, 0) - coalesce(back.sum, 0)
              <> CASE WHEN orders.status = 'paid' THEN orders.amount ELSE 0 END
          AND orders.status NOT IN ('partially_refunded', 'refunded')
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
        SELECT payments.number AS payment, payments.received_amount, sum(refunds.amount) AS refunds
        FROM payments JOIN refunds ON refunds.payment_id = payments.id
        GROUP BY payments.id
        HAVING sum(refunds.amount) > coalesce(payments.received_amount, 0)
            OR bool_or(refunds.currency <> payments.received_currency)
        """,
    ),
    Invariant(
        "applied-once",
        Text(
            fr="Une commande payée l’est par un seul paiement, du montant et de la devise demandés.",
            zh="已支付订单仅由一笔金额和币种相符的付款支付。",
            en="A paid order is paid by exactly one payment, of the amount and currency asked for.",
        ),
        """
        SELECT orders.number AS "order", orders.status, count(payments.id) AS applied
        FROM orders LEFT JOIN payments ON payments.order_id = orders.id AND payments.disposition = 'applied'
          AND payments.received_amount = orders.amount AND payments.received_currency = orders.currency
        GROUP BY orders.id
        HAVING count(payments.id) <> CASE WHEN orders.status = 'paid' AND orders.amount > 0 THEN 1 ELSE 0 END
           AND orders.status NOT IN ('partially_refunded', 'refunded')
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

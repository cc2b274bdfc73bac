"""What must be true of orders and tickets."""

from shop.core.i18n import Text
from shop.core.invariants import Invariant

INVARIANTS = (
    Invariant(
        "confirmed-bookings",
        Text(
            fr="Une réservation confirmée est d’une commande payée, et celles d’une commande payée sont confirmées ou "
            "annulées.",
            zh="已确认的预订属于已支付的订单；已支付订单的预订均已确认或已取消。",
            en="A confirmed booking belongs to a paid order, and those of a paid order are confirmed or cancelled.",
        ),
        """
        SELECT bookings.id AS booking, bookings.status, orders.number AS "order", orders.status AS order_status
        FROM bookings JOIN orders ON orders.id = bookings.order_id
        WHERE CASE WHEN orders.status IN ('paid', 'partially_refunded', 'refunded')
                   THEN bookings.status NOT IN ('confirmed', 'cancelled') ELSE bookings.status = 'confirmed' END
        """,
    ),
    Invariant(
        "valid-tickets",
        Text(
            fr="Un billet valable est d’une réservation confirmée.",
            zh="有效门票属于已确认的预订。",
            en="A valid ticket belongs to a confirmed booking.",
        ),
        """
        SELECT tickets.id AS ticket, bookings.id AS booking, bookings.status
        FROM tickets JOIN bookings ON bookings.id = tickets.booking_id
        WHERE tickets.status = 'valid' AND bookings.status <> 'confirmed'
        """,
    ),
    Invariant(
        "tickets-issued",
        Text(
            fr="Une réservation confirmée a un billet par unité achetée, dont ceux des unités annulées sont nuls.",
            zh="已确认的预订为每个购买的单位出一张门票；已取消单位的门票作废。",
            en="A confirmed booking has one ticket for each unit bought; those of units cancelled are void.",
        ),
        """
        SELECT bookings.id AS booking, bought.count AS bought, coalesce(issued.count, 0) AS issued,
               bought.cancelled, coalesce(issued.void, 0) AS void
        FROM bookings
        JOIN (SELECT booking_id, sum(quantity) AS count, sum(cancelled) AS cancelled FROM booking_lines GROUP BY 1)
          AS bought ON bought.booking_id = bookings.id
        LEFT JOIN (SELECT booking_id, count(*) AS count,
                          count(*) FILTER (WHERE status = 'void' AND blocked_at IS NULL) AS void
                   FROM tickets GROUP BY 1) AS issued
          ON issued.booking_id = bookings.id
        WHERE bookings.status = 'confirmed' AND (bought.count IS DISTINCT FROM coalesce(issued.count, 0)
              OR bought.cancelled IS DISTINCT FROM coalesce(issued.void, 0))
        """,
    ),
    Invariant(
        "choices-stand",
        Text(
            fr="Qui peut encore choisir une autre date a une réservation confirmée à la date annulée ; qui l’a "
            "choisie y est.",
            zh="仍可改期的预订在已取消场次上处于确认状态；已改期的预订在所选场次上。",
            en="Who may still choose another date has a confirmed booking at the cancelled one; who has "
            "chosen is there.",
        ),
        """
        SELECT date_choices.booking_id AS booking, date_choices.state, bookings.status, bookings.departure_id
        FROM date_choices JOIN date_changes ON date_changes.id = change_id JOIN bookings ON bookings.id = booking_id
        WHERE date_changes.kind = 'cancelled' AND date_choices.state = 'open' AND (
                bookings.status <> 'confirmed' OR bookings.departure_id <> date_changes.departure_id)
           OR date_choices.state = 'rebooked' AND moved_to IS NULL
        """,
    ),
    Invariant(
        "told-once",
        Text(
            fr="L’histoire d’une commande dit une seule fois qu’une date est annulée ou déplacée.",
            zh="订单记录中每次取消或调整场次只通知一次。",
            en="The story of an order tells once of a date that was cancelled or moved.",
        ),
        """
        SELECT order_id, event, facts ->> 'change' AS change, count(*) AS times FROM order_events
        WHERE event IN ('departure.called_off', 'departure.moved')
        GROUP BY order_id, event, facts ->> 'change' HAVING count(*) > 1
        """,
    ),
    Invariant(
        "cancelled-dates-end",
        Text(
            fr="Dix minutes après l’annulation d’une date, ou la fin du délai pour en choisir une autre, aucun billet "
            "n’y est plus valable.",
            zh="取消场次十分钟后，或改期期限结束十分钟后，该场次不再有有效门票。",
            en="Ten minutes after a date was cancelled, or the time to choose another is over, no ticket of it is "
            "valid.",
        ),
        """
        SELECT DISTINCT bookings.order_id, date_changes.departure_id
        FROM date_changes JOIN departures ON departures.id = departure_id AND departures.status = 'cancelled'
        JOIN bookings ON bookings.departure_id = departures.id AND bookings.status = 'confirmed'
        JOIN tickets ON tickets.booking_id = bookings.id AND tickets.status = 'valid'
        WHERE kind = 'cancelled' AND done_at < CAST(:now AS timestamptz) - interval '10 minutes'
          AND NOT EXISTS (
              SELECT FROM date_choices WHERE date_choices.booking_id = bookings.id AND state = 'open'
                 AND until > CAST(:now AS timestamptz) - interval '10 minutes')
          AND NOT EXISTS (SELECT FROM payments WHERE payments.order_id = bookings.order_id AND status = 'pending')
        """,
    ),
    Invariant(
        "order-totals",
        Text(
            fr="Une commande vaut la somme de ses réservations, et en a au moins une.",
            zh="订单金额等于其预订之和，且至少包含一个预订。",
            en="An order is worth the sum of its bookings, and has at least one.",
        ),
        """
        SELECT orders.number AS "order", orders.amount, sum(bookings.amount) AS booked
        FROM orders LEFT JOIN bookings ON bookings.order_id = orders.id
        GROUP BY orders.id HAVING orders.amount IS DISTINCT FROM sum(bookings.amount)
        """,
    ),
)

"""What must be true of the door."""

from shop.core.i18n import Text
from shop.core.invariants import Invariant

INVARIANTS = (
    Invariant(
        "admissions-count",
        Text(
            fr="Un billet utilisé l’est par une entrée qui n’a pas été annulée ; un billet valable n’en a pas.",
            zh="已使用的门票必有一次未撤销的检票；有效门票则没有。",
            en="A used ticket was used by an admission that was not undone; a valid ticket has none.",
        ),
        """
        SELECT tickets.id AS ticket, tickets.status, counted.outcome
        FROM tickets
        LEFT JOIN (SELECT DISTINCT ON (ticket_id) ticket_id, outcome FROM redemptions
                   WHERE outcome IN ('admitted', 'undone') ORDER BY ticket_id, id DESC) AS counted
          ON counted.ticket_id = tickets.id
        WHERE (tickets.status = 'redeemed' AND counted.outcome IS DISTINCT FROM 'admitted')
           OR (tickets.status = 'valid' AND counted.outcome = 'admitted')
        """,
    ),
    Invariant(
        "admissions-told",
        Text(
            fr="Toute double entrée, et toute entrée avec un billet qui ne valait pas, a été signalée au bureau.",
            zh="每次重复检票及使用无效门票的入场均已告知后台。",
            en="The staff were told of every double admission, and of every admission with a ticket that was not good.",
        ),
        """
        SELECT redemptions.id AS redemption, redemptions.outcome, orders.number AS "order", tickets.position
        FROM redemptions
        JOIN tickets ON tickets.id = redemptions.ticket_id
        JOIN orders ON orders.id = tickets.order_id
        WHERE redemptions.outcome IN ('double', 'unwarranted') AND NOT EXISTS (
            SELECT 1 FROM attention
            WHERE attention.kind = redemptions.outcome || '-admission'
              AND attention.subject = substr(orders.number, 1, 3) || '-' || substr(orders.number, 4, 3) || '-'
                                      || substr(orders.number, 7) || '/' || tickets.position)
        """,
    ),
)

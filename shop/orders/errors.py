"""Refusals of the orders domain."""

from shop.core.errors import Conflict, Invalid, NotFound
from shop.core.i18n import Text


class OrderNotFound(NotFound):
    """The customer has no order of this id."""

    code = "order-not-found"
    detail = Text(fr="Cette commande n’existe pas.", zh="没有这个订单。", en="There is no such order.")


class TermsNotAccepted(Invalid):
    """The conditions of sale were not accepted."""

    code = "terms-not-accepted"
    detail = Text(
        fr="Acceptez les conditions de vente pour commander.",
        zh="请先接受销售条款再下单。",
        en="Please accept the conditions of sale to order.",
    )


class MixedCurrencies(Invalid):
    """The bookings are not priced in one currency."""

    code = "mixed-currencies"
    detail = Text(
        fr="Ces réservations ne sont pas dans la même monnaie ; commandez-les séparément.",
        zh="这些预订的币种不同，请分别下单。",
        en="These bookings are not in one currency; please order them separately.",
    )


class TooLateToCancel(Conflict):
    """A departure of the order has started."""

    code = "too-late-to-cancel"
    detail = Text(
        fr="La visite a commencé : la commande ne peut plus être annulée.",
        zh="游览已开始，订单无法取消。",
        en="The tour has started: the order can no longer be cancelled.",
    )


class CancelledByOfficeOnly(Conflict):
    """The order was paid, or is in review; only the Office can cancel it."""

    code = "cancelled-by-office-only"
    detail = Text(
        fr="Cette commande ne peut être annulée que par l’office de tourisme ; contactez-le.",
        zh="该订单只能由旅游局取消，请与其联系。",
        en="Only the tourism office can cancel this order; please contact it.",
    )


class TicketNotFound(NotFound):
    """No ticket has this code."""

    code = "ticket-not-found"
    detail = Text(fr="Ce billet n’existe pas.", zh="没有这张门票。", en="There is no such ticket.")


class TicketVoid(Conflict):
    """The ticket was cancelled."""

    code = "ticket-void"
    detail = Text(fr="Ce billet a été annulé.", zh="这张门票已作废。", en="This ticket was cancelled.")

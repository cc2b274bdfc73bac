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
    """The order is in review; only the Office can cancel it."""

    code = "cancelled-by-office-only"
    detail = Text(
        fr="Cette commande ne peut être annulée que par l’office de tourisme ; contactez-le.",
        zh="该订单只能由旅游局取消，请与其联系。",
        en="Only the tourism office can cancel this order; please contact it.",
    )


class NothingToCancel(Conflict):
    """Everything of the order that could be cancelled is cancelled already."""

    code = "nothing-to-cancel"
    detail = Text(
        fr="Il ne reste rien à annuler dans cette commande.",
        zh="该订单已没有可取消的内容。",
        en="Nothing of this order is left to be cancelled.",
    )


class QuoteChanged(Conflict):
    """The offer that was accepted no longer stands: its time is over, or the terms say something else now."""

    code = "quote-changed"
    detail = Text(
        fr="Les conditions de cette annulation ont changé ; demandez une nouvelle offre.",
        zh="取消条件已变化，请重新查询可退金额。",
        en="What this cancellation gives back has changed; please ask for a new offer.",
    )


class TicketRedeemed(Conflict):
    """The ticket was used, and can no longer be cancelled by its customer."""

    code = "ticket-redeemed"
    detail = Text(
        fr="Ce billet a déjà été utilisé ; il ne peut plus être annulé.",
        zh="这张门票已使用，无法取消。",
        en="This ticket was used already; it can no longer be cancelled.",
    )


class TicketNotFound(NotFound):
    """No ticket has this code."""

    code = "ticket-not-found"
    detail = Text(fr="Ce billet n’existe pas.", zh="没有这张门票。", en="There is no such ticket.")


class TicketVoid(Conflict):
    """The ticket was cancelled."""

    code = "ticket-void"
    detail = Text(fr="Ce billet a été annulé.", zh="这张门票已作废。", en="This ticket was cancelled.")


class NoDateToChoose(Conflict):
    """The booking is offered no other date, or the time to choose is over."""

    code = "no-date-to-choose"
    detail = Text(
        fr="Aucune autre date n’est proposée pour cette réservation, ou le délai pour choisir est passé.",
        zh="该预订没有可改的场次，或选择期限已过。",
        en="No other date is offered for this booking, or the time to choose is over.",
    )

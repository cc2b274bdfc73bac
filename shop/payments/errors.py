"""Refusals of the payments domain."""

from shop.core.errors import Conflict, Invalid
from shop.core.i18n import Text


class OrderNotPayable(Conflict):
    """The order is paid already, ended, or set aside; or its time is over."""

    code = "order-not-payable"
    detail = Text(
        fr="Cette commande ne peut pas, ou plus, être payée (état : {order_status}).",
        zh="该订单不可支付或已无法支付（状态：{order_status}）。",
        en="This order cannot be paid, or no longer (status: {order_status}).",
    )


class MethodNotOffered(Invalid):
    """The means of payment is not set up here, or cannot take the order's currency."""

    code = "method-not-offered"
    detail = Text(
        fr="Ce moyen de paiement n’est pas proposé pour cette commande.",
        zh="该订单不支持此付款方式。",
        en="This means of payment is not offered for this order.",
    )


class PaymentInProgress(Conflict):
    """Another attempt to pay this order is being opened at this very moment."""

    code = "payment-in-progress"
    detail = Text(
        fr="Un paiement de cette commande est justement en cours d’ouverture ; réessayez dans un instant.",
        zh="该订单正在发起另一笔付款，请稍后重试。",
        en="Another payment of this order is being opened right now; try again in a moment.",
    )


class RefundTooLarge(Conflict):
    """More would go back than was received and has not gone back yet."""

    code = "refund-too-large"
    detail = Text(
        fr="Il ne reste que {left} à rembourser sur cette commande.",
        zh="该订单最多还可退款 {left}。",
        en="No more than {left} of this order is left to be refunded.",
    )


class TooManyRefunds(Conflict):
    """The payment has been refunded in as many parts as the gateway allows."""

    code = "too-many-refunds"
    detail = Text(
        fr="Ce paiement a déjà été remboursé en {limit} fois, le maximum.",
        zh="该付款已分 {limit} 次退款，达到上限。",
        en="This payment has been refunded in {limit} parts already, which is the most.",
    )


class NotPossibleNow(Conflict):
    """The order is not in a state in which the staff can do this."""

    code = "not-possible-now"
    detail = Text(
        fr="Impossible dans l’état de la commande ({order_status}).",
        zh="订单当前状态（{order_status}）无法执行此操作。",
        en="Not possible in the order’s state ({order_status}).",
    )

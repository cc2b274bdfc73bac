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

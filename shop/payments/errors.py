"""Refusals of the payments domain."""

from shop.core.errors import Conflict, Invalid, NotFound, Unavailable
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


class StatementNotPublished(Conflict):
    """The gateway has no statement of that day yet, or none that can be believed."""

    code = "statement-not-published"
    detail = Text(
        fr="{gateway}, {day} : pas de relevé pour le moment ({reason}). Il est publié vers {due}. Rien n’a été changé.",
        zh="{gateway}，{day}：暂无账单（{reason}）。预计发布时间：{due}。未作任何更改。",
        en="{gateway}, {day}: no statement for the moment ({reason}). It is published about {due}. Nothing was "
        "changed.",
    )


class StatementOutOfReach(Unavailable):
    """The gateway does not answer when it is asked for a statement."""

    code = "statement-out-of-reach"
    detail = Text(
        fr="{gateway} ne répond pas. Rien n’est perdu : réessayez dans quelques minutes, ou laissez faire le travail "
        "de nuit.",
        zh="{gateway} 没有响应。数据不会丢失：请几分钟后重试，或等待夜间任务。",
        en="{gateway} does not answer. Nothing is lost: try again in some minutes, or leave it to the work of the "
        "night.",
    )


class GatewayNotSetUp(Conflict):
    """The gateway is not, or no longer, set up here, so that it cannot be asked."""

    code = "gateway-not-set-up"
    detail = Text(
        fr="{gateway} n’est pas réglé ici, ou ne l’est plus : son relevé ne peut pas être demandé.",
        zh="{gateway} 未在此配置或已停用：无法获取其账单。",
        en="{gateway} is not set up here, or no longer: its statement cannot be asked for.",
    )


class OrderChanged(Conflict):
    """Something happened to the order since it was looked at: what was shown is no longer what would be done."""

    code = "order-changed"
    detail = Text(
        fr="La commande a changé entre-temps ; rien n’a été fait. Regardez-la de nouveau, puis décidez.",
        zh="订单在此期间已发生变化，未执行任何操作。请重新查看后再决定。",
        en="The order has changed meanwhile; nothing was done. Look at it again, then decide.",
    )


class RefundAlreadyRequested(Conflict):
    """A refund of this order waits for a second person already."""

    code = "refund-already-requested"
    detail = Text(
        fr="Un remboursement de cette commande attend déjà la décision d’une seconde personne.",
        zh="该订单已有一笔退款等待另一人批准。",
        en="A refund of this order waits for a second person already.",
    )


class RefundRequestNotFound(NotFound):
    """There is no such request."""

    code = "refund-request-not-found"
    detail = Text(
        fr="Cette demande de remboursement n’existe pas.",
        zh="没有这个退款申请。",
        en="There is no such refund request.",
    )


class RefundRequestDecided(Conflict):
    """The request was decided upon, or its time is over."""

    code = "refund-request-decided"
    detail = Text(
        fr="Cette demande a déjà été tranchée, ou son délai est passé.",
        zh="该申请已处理或已过期。",
        en="This request was decided upon already, or its time is over.",
    )


class AnotherPersonNeeded(Conflict):
    """Whoever asked for a refund does not approve it."""

    code = "another-person-needed"
    detail = Text(
        fr="C’est vous qui l’avez demandé : une autre personne doit décider.",
        zh="该申请由您提出：须由另一人决定。",
        en="You asked for it yourself: another person must decide.",
    )


class RefundNotFound(NotFound):
    """There is no refund of this number."""

    code = "refund-not-found"
    detail = Text(fr="Ce remboursement n’existe pas.", zh="没有这笔退款。", en="There is no such refund.")


class NotEnoughCash(Invalid):
    """Less was handed over than there is to pay."""

    code = "not-enough-cash"
    detail = Text(
        fr="Il y a {due} à payer ; la somme reçue ne suffit pas.",
        zh="应付 {due}；收到的金额不足。",
        en="There is {due} to pay; what was received is not enough.",
    )


class NothingToDecide(NotFound):
    """Nothing of this kind waits for a decision."""

    code = "nothing-to-decide"
    detail = Text(
        fr="Cela n’attend plus de décision.", zh="该事项无需再处理。", en="This waits for no decision any more."
    )

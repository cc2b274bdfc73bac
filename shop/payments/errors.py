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


class DateCancelled(Conflict):
    """The date was cancelled already."""

    code = "date-cancelled"
    detail = Text(fr="Cette date est déjà annulée.", zh="该场次已取消。", en="This date was cancelled already.")


class FiguresChanged(Conflict):
    """What a cancelled date concerns has changed since it was shown; nothing was done."""

    code = "figures-changed"
    detail = Text(
        fr="Les chiffres ont changé depuis que vous les avez lus : rien n’a été fait. Voici les nouveaux ; confirmez "
        "de nouveau.",
        zh="数字在您查看后已变化，尚未执行任何操作。以下为最新数字，请重新确认。",
        en="The figures have changed since you read them: nothing was done. Here are the new ones; confirm again.",
    )


class DateTaken(Conflict):
    """The tour has another departure of this language at this moment."""

    code = "date-taken"
    detail = Text(
        fr="Cette visite a déjà un départ à cette heure, dans cette langue.",
        zh="该游览在此时间已有同语种场次。",
        en="This tour has a departure at this hour, in this language, already.",
    )


class NotToCome(Invalid):
    """The new start is over already."""

    code = "start-not-to-come"
    detail = Text(
        fr="La nouvelle date doit être à venir.",
        zh="新的开始时间必须在将来。",
        en="The new start must be still to come.",
    )


class NothingMoved(Invalid):
    """The new start and language are those of before."""

    code = "nothing-moved"
    detail = Text(
        fr="Rien ne change : choisissez une autre heure ou une autre langue.",
        zh="没有变化：请选择其他时间或语言。",
        en="Nothing changes: choose another hour or another language.",
    )


class PriceHigher(Conflict):
    """The same tickets cost more now, and nobody has waived the difference."""

    code = "price-higher"
    detail = Text(
        fr="Les mêmes billets coûtent aujourd’hui {difference} de plus. Cochez que l’office y renonce, ou "
        "gardez la date.",
        zh="同样的门票现价高出 {difference}。请勾选免收差价，或保留原场次。",
        en="The same tickets cost {difference} more today. Tick that the office waives it, or keep the date.",
    )

"""What the staff are told of money, in three languages."""

from collections.abc import Mapping

from shop.core.i18n import Text

# A difference between the two books, and what to do about it.
DIFFERENCES: Mapping[str, Text] = {
    "payment-missing-there": Text(
        fr="Paiement {number} (commande {order}) : encaissé ici, absent du relevé. Cherchez-le chez le prestataire ; "
        "s’il n’y est pas, n’honorez pas la commande sans vérifier.",
        zh="付款 {number}（订单 {order}）：此处已收款，账单中没有。请在支付平台查询；若不存在，请核实后再履行订单。",
        en="Payment {number} (order {order}): received here, not in the statement. Look for it at the provider; if it "
        "is not there, check before honouring the order.",
    ),
    "payment-unknown": Text(
        fr="Paiement {number} : {there} sur le relevé, à aucune de nos commandes. S’il n’est pas d’une autre boutique "
        "du même compte, rendez-le chez le prestataire.",
        zh="付款 {number}：账单中有 {there}，不属于我们的任何订单。若不是同一账户的其他商店所收，请在支付平台退还。",
        en="Payment {number}: {there} in the statement, for none of our orders. Unless it is another shop’s of the "
        "same account, give it back at the provider.",
    ),
    "payment-not-received": Text(
        fr="Paiement {number} (commande {order}) : {there} sur le relevé, pas encore encaissé ici. Le prestataire "
        "vient d’être interrogé ; voyez ce qu’est devenue la commande.",
        zh="付款 {number}（订单 {order}）：账单中有 {there}，此处尚未入账。已向支付平台查询；请查看订单现状。",
        en="Payment {number} (order {order}): {there} in the statement, not yet received here. The provider has just "
        "been asked; see what became of the order.",
    ),
    "payment-doubled": Text(
        fr="Paiement {number} (commande {order}) : deux fois sur les relevés ({there}). Demandez au prestataire lequel "
        "est vrai ; rendez le second s’il a été débité.",
        zh="付款 {number}（订单 {order}）：账单中出现两次（{there}）。请向支付平台核实；若重复扣款，请退还第二笔。",
        en="Payment {number} (order {order}): listed twice ({there}). Ask the provider which is true; give the second "
        "back if it was charged.",
    ),
    "payment-amount": Text(
        fr="Paiement {number} (commande {order}) : {there} sur le relevé, {here} ici. Comparez avec la page du "
        "prestataire.",
        zh="付款 {number}（订单 {order}）：账单为 {there}，此处为 {here}。请与支付平台页面核对。",
        en="Payment {number} (order {order}): {there} in the statement, {here} here. Compare with the provider’s page.",
    ),
    "refund-missing-there": Text(
        fr="Remboursement {number} (commande {order}) : {here} ici, absent du relevé. Vérifiez chez le prestataire "
        "s’il a eu lieu.",
        zh="退款 {number}（订单 {order}）：此处为 {here}，账单中没有。请在支付平台核实是否已退。",
        en="Refund {number} (order {order}): {here} here, not in the statement. Check at the provider whether it was "
        "made.",
    ),
    "refund-elsewhere": Text(
        fr="Remboursement {number} (commande {order}) : {there}, fait chez le prestataire et non ici. Il vient d’être "
        "enregistré ; décidez du sort des billets.",
        zh="退款 {number}（订单 {order}）：{there}，在支付平台而非此处办理。现已登记；请决定如何处理门票。",
        en="Refund {number} (order {order}): {there}, made at the provider and not here. It has just been recorded; "
        "decide what becomes of the tickets.",
    ),
    "refund-unknown": Text(
        fr="Remboursement {number} : {there} sur le relevé, d’aucun de nos paiements.",
        zh="退款 {number}：账单中有 {there}，不属于我们的任何付款。",
        en="Refund {number}: {there} in the statement, of none of our payments.",
    ),
    "refund-doubled": Text(
        fr="Remboursement {number} (commande {order}) : deux fois sur les relevés ({there}). Demandez au prestataire.",
        zh="退款 {number}（订单 {order}）：账单中出现两次（{there}）。请向支付平台核实。",
        en="Refund {number} (order {order}): listed twice ({there}). Ask the provider.",
    ),
    "refund-amount": Text(
        fr="Remboursement {number} (commande {order}) : {there} sur le relevé, {here} ici. Comparez avec la page du "
        "prestataire.",
        zh="退款 {number}（订单 {order}）：账单为 {there}，此处为 {here}。请与支付平台页面核对。",
        en="Refund {number} (order {order}): {there} in the statement, {here} here. Compare with the provider’s page.",
    ),
    "dispute-unknown": Text(
        fr="Contestation du paiement {number} (commande {order}) : {there} repris par la banque, sans que la boutique "
        "l’ait appris. Voyez chez le prestataire, et annulez les billets s’il le faut.",
        zh="付款 {number}（订单 {order}）的争议：银行收回 {there}，商店未获通知。请在支付平台查看，必要时取消门票。",
        en="Dispute of payment {number} (order {order}): {there} taken back by the bank, of which the shop was not "
        "told. Look at the provider, and cancel the tickets if need be.",
    ),
    "books": Text(
        fr="Dans la boutique elle-même, une règle n’est pas respectée : {number}. Prévenez qui s’occupe du programme.",
        zh="商店内部有一条规则未满足：{number}。请通知程序维护人员。",
        en="Within the shop itself a rule is broken: {number}. Tell whoever looks after the program.",
    ),
}

CLEAN = Text(
    fr="{gateway}, {day} : le relevé et la boutique disent la même chose.",
    zh="{gateway}，{day}：账单与商店记录一致。",
    en="{gateway}, {day}: the statement and the shop say the same.",
)
NOT_READY = Text(
    fr="{gateway}, {day} : pas de relevé pour le moment ({reason}). Il est publié vers {due}.",
    zh="{gateway}，{day}：暂无账单（{reason}）。预计发布时间：{due}。",
    en="{gateway}, {day}: no statement for the moment ({reason}). It is published about {due}.",
)
UNKNOWN_GATEWAY = Text(
    fr="Prestataire inconnu ou non réglé : {gateway}. Réglés ici : {known}.",
    zh="未知或未配置的支付平台：{gateway}。此处已配置：{known}。",
    en="Unknown gateway, or not set up: {gateway}. Set up here: {known}.",
)
NO_SUCH = Text(fr="Il n’y a pas de {what} {number}.", zh="没有{what} {number}。", en="There is no {what} {number}.")
ORDER = Text(fr="commande", zh="订单", en="order")
REFUND = Text(fr="remboursement", zh="退款", en="refund")
DEPARTURE = Text(fr="départ", zh="场次", en="departure")
DONE = Text(fr="Fait.", zh="已完成。", en="Done.")
AMOUNT = Text(
    fr="Écrivez le montant en {currency}, par exemple 38.00.",
    zh="请以 {currency} 填写金额，例如 38.00。",
    en="Write the amount in {currency}, such as 38.00.",
)
CANCELLED = Text(
    fr="Départ annulé : {orders} commande(s) sont annulées et remboursées par le service de fond.",
    zh="场次已取消：{orders} 个订单将由后台取消并退款。",
    en="Departure cancelled: {orders} order(s) are being cancelled and refunded in the background.",
)

# The page where a buyer who paid in a browser comes back to.
RETURNED_TITLE = Text(fr="Merci", zh="谢谢", en="Thank you")
RETURNED = Text(
    fr="Retournez à la boutique : votre commande y montre si le paiement est arrivé. Rien d’autre n’est à faire ici ; "
    "si vous n’avez pas payé, rien n’a été débité.",
    zh="请返回商店：订单页会显示付款是否到账。此处无需其他操作；如未付款，则没有扣款。",
    en="Go back to the shop: your order there shows whether the payment has arrived. Nothing else is to be done here; "
    "if you did not pay, nothing was charged.",
)

# What is done about something that needs a decision.
DECISIONS: dict[str, Text] = {
    "decide": Text(fr="Décider", zh="处理", en="Decide"),
    "look": Text(fr="Voir", zh="查看", en="Look"),
    "retry": Text(fr="Redemander", zh="重新发起", en="Ask again"),
    "hand_out": Text(fr="Rendre l’argent", zh="支付现金", en="Hand out"),
    "see_to": Text(fr="Traiter", zh="处理", en="See to it"),
}

"""The words of the pages about money, in three languages."""

from shop.core.i18n import Text

MONEY: dict[str, Text] = {
    "money": Text(fr="Argent", zh="资金", en="Money"),
    "to_approve": Text(fr="Remboursements à approuver", zh="待批准的退款", en="Refunds to be approved"),
    "failing": Text(fr="Remboursements à régler", zh="需处理的退款", en="Refunds that need a decision"),
    "under_way": Text(fr="Remboursements en route", zh="进行中的退款", en="Refunds under way"),
    "reviews": Text(fr="Argent en examen", zh="待审核款项", en="Money in review"),
    "unmatched": Text(fr="Argent sans commande", zh="无对应订单的款项", en="Money without an order"),
    "disputes": Text(fr="Contestations ouvertes", zh="进行中的争议", en="Open disputes"),
    "other": Text(fr="Autres affaires à traiter", zh="其他待处理事项", en="Other things to see to"),
    "since": Text(fr="depuis {age}", zh="已 {age}", en="for {age}"),
    "refund_number": Text(fr="Remboursement {number}", zh="退款 {number}", en="Refund {number}"),
    "retry": Text(fr="Redemander au prestataire", zh="重新向支付平台发起", en="Ask the provider again"),
    "retry_why": Text(
        fr="Le prestataire est interrogé de nouveau avec le même numéro, ou un nouveau s’il l’a fermé : rien n’est "
        "rendu deux fois.",
        zh="将以相同单号（若已关闭则用新单号）重新发起：不会重复退款。",
        en="The provider is asked again with the same number, or a new one if it has closed it: nothing goes back "
        "twice.",
    ),
    "retried": Text(fr="Le remboursement est redemandé.", zh="已重新发起退款。", en="The refund is asked for again."),
    "hand_out": Text(
        fr="J’ai remis {amount} en espèces", zh="我已支付现金 {amount}", en="I handed out {amount} in cash"
    ),
    "hand_out_why": Text(
        fr="Payé en espèces, rendu en espèces : remettez la somme au client, puis notez-le ici.",
        zh="现金支付的须以现金退还：请先向顾客支付，再在此登记。",
        en="Paid in cash, given back in cash: hand the sum to the customer, then write it down here.",
    ),
    "handed_out": Text(
        fr="C’est noté : la somme est remise.", zh="已登记：现金已支付。", en="Written down: it was handed out."
    ),
    "by_itself": Text(
        fr="Il est redemandé de lui-même ; il n’y a rien à faire tant que le solde chez le prestataire suffit.",
        zh="系统会自动重试；只要支付平台余额充足，无需操作。",
        en="It is asked for again by itself; there is nothing to do as long as the balance at the provider suffices.",
    ),
    "nothing_to_do": Text(fr="Il n’y a rien à faire.", zh="无需操作。", en="There is nothing to do."),
    "gateway": Text(fr="Par", zh="渠道", en="Through"),
    "why": Text(fr="Pourquoi", zh="原因", en="Why"),
    "failure": Text(fr="Ce que dit le prestataire", zh="支付平台的说明", en="What the provider says"),
    "asked_by": Text(fr="Demandé par", zh="发起人", en="Asked for by"),
    "created": Text(fr="Dû depuis le", zh="应退时间", en="Owed since"),
    "sent": Text(fr="Demandé le", zh="最近发起时间", en="Last asked for"),
    "done_at": Text(fr="Fait le", zh="完成时间", en="Done on"),
    "see_to": Text(fr="Affaire à traiter", zh="待处理事项", en="Something to see to"),
    "see_to_why": Text(
        fr="La boutique ne peut rien y faire d’elle-même : réglez-le là où il le faut, puis écrivez ici ce qui a été "
        "fait.",
        zh="商店无法自行处理：请在相应平台处理后，在此写明处理情况。",
        en="The shop can do nothing about it by itself: settle it where it must be, then write here what was done.",
    ),
    "what_was_done": Text(fr="Ce qui a été fait", zh="处理情况", en="What was done"),
    "mark_done": Text(fr="Retirer de la liste", zh="从列表移除", en="Take off the list"),
    "marked_done": Text(fr="C’est retiré de la liste.", zh="已从列表移除。", en="It is off the list."),
    "facts": Text(fr="Ce qui est connu", zh="已知信息", en="What is known"),
    "told_times": Text(fr="signalé {times} fois", zh="已提示 {times} 次", en="told {times} times"),
    "closed": Text(fr="fermé par le prestataire", zh="已被支付平台关闭", en="closed by the provider"),
    "abnormal": Text(
        fr="le compte du client ne le reçoit pas", zh="顾客账户无法入账", en="the customer’s account does not take it"
    ),
    "not-enough": Text(
        fr="le solde chez le prestataire ne suffit pas",
        zh="支付平台余额不足",
        en="the balance at the provider is too low",
    ),
    "no-answer": Text(fr="pas de réponse", zh="没有响应", en="no answer"),
    "hand-out": Text(fr="à remettre en espèces", zh="须以现金支付", en="to be handed out in cash"),
}

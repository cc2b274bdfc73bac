"""The words of the pages about reconciliation, in three languages."""

from shop.core.i18n import Text

RECONCILIATION: dict[str, Text] = {
    "reconciliation": Text(fr="Rapprochement", zh="对账", en="Reconciliation"),
    "why": Text(
        fr="Chaque nuit, les paiements et remboursements d’un jour sont comparés au relevé du prestataire, et ses "
        "commissions "
        "sont passées dans les livres. Les jours sont ceux du prestataire.",
        zh="每晚将一天的付款和退款与支付平台的账单核对，并将其手续费入账。日期以支付平台为准。",
        en="Each night the payments and refunds of a day are compared with the provider’s statement, and its fees are "
        "booked. "
        "Days are those of the provider.",
    ),
    "month": Text(fr="Mois", zh="月份", en="Month"),
    "earlier": Text(fr="Mois d’avant", zh="上个月", en="Month before"),
    "later": Text(fr="Mois d’après", zh="下个月", en="Month after"),
    "no_gateways": Text(
        fr="Aucun prestataire n’est réglé ici.", zh="此处未配置支付平台。", en="No provider is set up here."
    ),
    "clean": Text(fr="concordant", zh="一致", en="clean"),
    "waiting": Text(fr="en attente", zh="等待中", en="waiting"),
    "differences": Text(fr="écarts", zh="有差异", en="differences"),
    "none": Text(fr="sans mouvement connu", zh="无记录", en="nothing known"),
    "future": Text(fr="pas encore", zh="未到", en="not yet"),
    "clean_means": Text(
        fr="Le relevé et la boutique disent la même chose.",
        zh="账单与商店记录一致。",
        en="The statement and the shop say the same.",
    ),
    "waiting_means": Text(
        fr="Le relevé n’a pas encore été lu ; il est redemandé de lui-même.",
        zh="账单尚未读取；系统会自动重试。",
        en="The statement was not read yet; it is asked for again by itself.",
    ),
    "differences_means": Text(
        fr="Le relevé et la boutique ne disent pas la même chose : voyez quoi faire.",
        zh="账单与商店记录不一致：请查看处理建议。",
        en="The statement and the shop do not say the same: see what to do.",
    ),
    "none_means": Text(
        fr="Rien n’a été comparé : aucun argent n’était encore passé par ce prestataire, ou ce jour est trop ancien.",
        zh="未进行核对：当时尚无资金经过该平台，或日期过早。",
        en="Nothing was compared: no money had come through this provider yet, or the day is too long ago.",
    ),
    "future_means": Text(
        fr="Ce jour n’est pas fini, ou son relevé n’est pas encore publié.",
        zh="当天尚未结束，或账单尚未发布。",
        en="This day is not over, or its statement is not published yet.",
    ),
    "key": Text(fr="Légende", zh="图例", en="Key"),
    "fees_of_month": Text(
        fr="Commissions passées dans les livres ce mois : {fees}",
        zh="本月入账手续费：{fees}",
        en="Fees booked this month: {fees}",
    ),
    "fees": Text(fr="Commissions passées dans les livres", zh="已入账手续费", en="Fees booked"),
    "no_fees": Text(fr="aucune", zh="无", en="none"),
    "to_look_at": Text(fr="À regarder", zh="待查看", en="To look at"),
    "count": Text(fr="{count} écart(s)", zh="{count} 处差异", en="{count} difference(s)"),
    "compared": Text(fr="Comparé le", zh="核对时间", en="Compared on"),
    "next_attempt": Text(fr="Prochain essai", zh="下次尝试", en="Next attempt"),
    "attempts": Text(fr="Essais", zh="尝试次数", en="Attempts"),
    "digest": Text(fr="Empreinte du relevé", zh="账单哈希值", en="Digest of the statement"),
    "what_differs": Text(fr="Ce qui diffère, et quoi faire", zh="差异与处理建议", en="What differs, and what to do"),
    "again": Text(fr="Comparer de nouveau", zh="重新核对", en="Compare again"),
    "again_why": Text(
        fr="Le relevé du {day} est redemandé à {gateway} et comparé à la boutique telle qu’elle est maintenant. Ce "
        "qui manquait "
        "ici est enregistré ; les commissions changées sont passées dans les livres.",
        zh="将向 {gateway} 重新获取 {day} 的账单，并与商店当前记录核对。此处缺少的将被登记；手续费的变化将入账。",
        en="The statement of {day} is asked for again at {gateway} and compared with the shop as it is now. What was "
        "missing "
        "here is recorded; fees that changed are booked.",
    ),
    "done_clean": Text(fr="Comparé : tout concorde.", zh="核对完成：一致。", en="Compared: all says the same."),
    "done_differs": Text(
        fr="Comparé : {count} écart(s).", zh="核对完成：{count} 处差异。", en="Compared: {count} difference(s)."
    ),
    "wechat_pay": Text(fr="WeChat Pay", zh="微信支付", en="WeChat Pay"),
    "stripe": Text(fr="Stripe", zh="Stripe 平台", en="Stripe"),
}

"""What customers are asked to agree to, and what keeps them from being forgotten, in three languages."""

from shop.core.i18n import Text

# The texts of rules.CONSENT_VERSION. Each purpose stands alone: none depends on another, and none on an order.
CONSENTS: dict[str, Text] = {
    "reminders": Text(
        fr="L’office peut me rappeler mes visites dans WeChat ou par courriel, la veille et en cas de changement.",
        zh="旅游局可在游览前一天及有变动时，通过微信或邮件提醒我。",
        en="The Office may remind me of my tours in WeChat or by e-mail, the day before and when something changes.",
    ),
    "news": Text(
        fr="L’office peut m’écrire au sujet de nouvelles visites. Je peux m’en retirer à tout moment.",
        zh="旅游局可向我发送新游览的消息。我可以随时退订。",
        en="The Office may write to me about new tours. I can withdraw at any time.",
    ),
    "partners": Text(
        fr="L’office peut transmettre mon nom et mon contact à ses partenaires (musées, guides) pour leurs propres "
        "offres.",
        zh="旅游局可将我的姓名和联系方式提供给合作伙伴（博物馆、导游），用于其自身的推介。",
        en="The Office may pass my name and contact on to its partners (museums, guides) for offers of their own.",
    ),
    "abroad": Text(
        fr="Mes données, enregistrées en France, peuvent être transmises hors de mon pays pour ces usages.",
        zh="我的个人信息存储在法国；我单独同意为上述用途将其传输至我所在国家或地区以外。",
        en="My data, kept in France, may be transferred out of my country for these uses.",
    ),
}

NAMES: dict[str, Text] = {
    "reminders": Text(fr="Rappels", zh="提醒", en="Reminders"),
    "news": Text(fr="Nouveautés", zh="新消息", en="News"),
    "partners": Text(fr="Partage avec des partenaires", zh="与合作伙伴共享", en="Sharing with partners"),
    "abroad": Text(fr="Transmission hors du pays", zh="跨境传输", en="Transfer abroad"),
}

# What stands in the way of forgetting somebody, and what to do about it.
OPEN: dict[str, Text] = {
    "holds": Text(
        fr="Places retenues : {count}, jusqu’à {until} au plus tard. Rendez-les ou attendez ce moment.",
        zh="保留中的座位：{count} 个预订，最迟至 {until}。请释放，或等待到期。",
        en="Seats held: {count}, until {until} at the latest. Release them, or wait until then.",
    ),
    "unpaid": Text(
        fr="Commandes à payer : {orders}. Annulez-les, ou laissez passer leur délai ({until}).",
        zh="待付款订单：{orders}。请取消，或等待到期（{until}）。",
        en="Orders to be paid: {orders}. Cancel them, or let their time run out ({until}).",
    ),
    "review": Text(
        fr="Commandes que l’office examine : {orders}. Sans décision, l’argent est rendu au bout d’un jour ; revenez "
        "ensuite.",
        zh="旅游局正在审核的订单：{orders}。若无决定，一天后退款；请届时再试。",
        en="Orders in review at the Office: {orders}. Without a decision the money goes back after a day; come back "
        "then.",
    ),
    "payments": Text(
        fr="Paiements en cours : {orders}. Attendez qu’ils soient faits ou fermés, quelques minutes au plus.",
        zh="进行中的付款：{orders}。请等待其完成或关闭，最多几分钟。",
        en="Payments under way: {orders}. Wait until they are made or closed, some minutes at most.",
    ),
    "refunds": Text(
        fr="Remboursements en route : {orders}. Attendez que l’argent soit arrivé.",
        zh="退款进行中：{orders}。请等待款项到账。",
        en="Refunds on their way: {orders}. Wait until the money has arrived.",
    ),
    "disputes": Text(
        fr="Paiements contestés auprès de la banque : {orders}. Attendez sa décision.",
        zh="银行争议中的付款：{orders}。请等待其决定。",
        en="Payments disputed at the bank: {orders}. Wait for its decision.",
    ),
    "visits": Text(
        fr="Visites à venir : {orders}, jusqu’à {until}. Annulez-les, ou attendez qu’elles aient eu lieu.",
        zh="即将进行的游览：{orders}，至 {until}。请取消，或等待游览结束。",
        en="Tours to come: {orders}, until {until}. Cancel them, or wait until they have taken place.",
    ),
    "decisions": Text(
        fr="L’office doit encore décider au sujet de : {orders}. Contactez-le.",
        zh="旅游局尚需就以下订单作出决定：{orders}。请与其联系。",
        en="The Office still has to decide about: {orders}. Please contact it.",
    ),
}
AND_SO_ON = Text(fr=" et d’autres", zh=" 等", en=" and others")

# What stands where a name was.
NOBODY = Text(fr="Personne effacée", zh="已注销的顾客", en="Erased person")

"""The words of the pages about dates, in three languages."""

from shop.core.i18n import Text

DATES: dict[str, Text] = {
    "cancel_date": Text(fr="Annuler cette date", zh="取消该场次", en="Cancel this date"),
    "rehearsal": Text(fr="Ce qui va se passer", zh="取消后的影响", en="What will happen"),
    "nothing_yet": Text(
        fr="Rien n’est encore fait. Relisez ces chiffres, puis confirmez en bas de la page.",
        zh="尚未执行任何操作。请核对以下数字，并在页面底部确认。",
        en="Nothing is done yet. Read these figures, then confirm at the foot of the page.",
    ),
    "bookings": Text(fr="Réservations", zh="预订", en="Bookings"),
    "people": Text(fr="Personnes", zh="人数", en="People"),
    "seats": Text(fr="Places", zh="座位", en="Seats"),
    "holds": Text(
        fr="Dont {seats} place(s) seulement retenue(s), sans commande : elles se libèrent d’elles-mêmes.",
        zh="其中 {seats} 个座位仅为暂留、尚未下单：将自动释放。",
        en="Of these, {seats} seat(s) only held, without an order: they free themselves.",
    ),
    "goes_back": Text(fr="À rendre", zh="应退款", en="To be given back"),
    "no_money": Text(fr="Aucun argent à rendre.", zh="无需退款。", en="No money is to be given back."),
    "by_gateway": Text(fr="{amount} par {gateway}", zh="通过{gateway}退 {amount}", en="{amount} by {gateway}"),
    "may_come": Text(
        fr="En cours de paiement : {amount} chez {gateway}. Ce qui arrive encore est rendu de même.",
        zh="正在付款：{gateway} {amount}。之后到账的款项同样退还。",
        en="Being paid right now: {amount} at {gateway}. What still comes goes back as well.",
    ),
    "reach": Text(fr="Qui peut être joint, et comment", zh="联系方式", en="Who can be reached, and how"),
    "reach_counts": Text(
        fr="Par téléphone : {phone}. Par courriel : {email}. Dans WeChat, par leur commande : {all}.",
        zh="可电话联系：{phone}。可邮件联系：{email}。可在微信订单中看到：{all}。",
        en="By phone: {phone}. By e-mail: {email}. In WeChat, by their order: {all}.",
    ),
    "no_mail": Text(
        fr="La boutique n’envoie ni courriel ni SMS : chacun le lit dans sa commande, dans sa langue. "
        "Appelez ceux qui viennent bientôt.",
        zh="商店不发送邮件或短信：买家会在订单中以其语言看到通知。请致电即将到来的游客。",
        en="The shop sends neither e-mail nor text messages: everybody reads it in their order, in their language. "
        "Call those who come soon.",
    ),
    "unreachable": Text(
        fr="Ni téléphone ni courriel : {count}. Ils ne l’apprennent que dans leur commande.",
        zh="没有电话和邮箱：{count} 人。他们只能在订单中得知。",
        en="Neither phone nor e-mail: {count}. They learn of it in their order only.",
    ),
    "nobody": Text(fr="Personne n’est inscrit.", zh="无人报名。", en="Nobody has booked."),
    "more_people": Text(fr="Et {count} de plus.", zh="另有 {count} 人。", en="And {count} more."),
    "name": Text(fr="Nom", zh="姓名", en="Name"),
    "phone": Text(fr="Téléphone", zh="电话", en="Phone"),
    "email": Text(fr="Courriel", zh="邮箱", en="E-mail"),
    "order": Text(fr="Commande", zh="订单", en="Order"),
    "reason": Text(fr="Raison, dite aux acheteurs", zh="原因（告知买家）", en="Reason, told to the buyers"),
    "note": Text(fr="Vos mots à l’appui", zh="补充说明", en="Your own words"),
    "note_help": Text(
        fr="Ajoutés à la raison dans chaque commande, tels quels : écrivez-les dans les langues qu’il faut.",
        zh="将原样附在每个订单的原因之后：请用所需语言书写。",
        en="Added to the reason in each order as they are: write them in the languages needed.",
    ),
    "offer": Text(fr="Ce que les acheteurs peuvent choisir", zh="买家可选择", en="What the buyers may choose"),
    "offer_date": Text(
        fr="Une autre date ou l’argent ; sans réponse, l’argent est rendu de lui-même",
        zh="改期或退款；逾期未答复则自动退款",
        en="Another date or the money; without an answer the money goes back by itself",
    ),
    "offer_money": Text(fr="L’argent, tout de suite", zh="立即退款", en="The money, at once"),
    "days": Text(fr="Jours pour choisir", zh="选择期限（天）", en="Days to choose"),
    "code": Text(fr="Code à six chiffres", zh="六位验证码", en="Six-digit code"),
    "code_help": Text(
        fr="Beaucoup d’argent est rendu : confirmez par le code de votre téléphone. Chaque code ne sert qu’une fois.",
        zh="退款金额较大：请输入手机上的验证码确认。每个验证码只能使用一次。",
        en="Much money goes back: confirm by the code on your phone. Each code is good once.",
    ),
    "confirm_cancel": Text(
        fr="Annuler la date et prévenir tout le monde",
        zh="取消场次并通知所有人",
        en="Cancel the date and tell everybody",
    ),
    "cancelled": Text(
        fr="La date est annulée. Ses commandes sont traitées une à une.",
        zh="场次已取消，订单正在逐一处理。",
        en="The date is cancelled. Its orders are being dealt with one by one.",
    ),
    "see_progress": Text(fr="Suivre l’annulation", zh="查看取消进度", en="Follow the cancelling"),
    "progress": Text(fr="Où en est l’annulation", zh="取消进度", en="How far the cancelling has come"),
    "not_cancelled": Text(fr="Cette date n’est pas annulée.", zh="该场次未取消。", en="This date is not cancelled."),
    "done_by": Text(
        fr="Annulée par {who}, {when} : {reason}.",
        zh="{who} 于 {when} 取消：{reason}。",
        en="Cancelled by {who}, {when}: {reason}.",
    ),
    "choose_until": Text(
        fr="Les acheteurs peuvent choisir une autre date jusqu’au {when}.",
        zh="买家可在 {when} 前改期。",
        en="The buyers may choose another date until {when}.",
    ),
    "over": Text(
        fr="Rien n’attend plus la boutique.",
        zh="系统无待处理事项。",
        en="Nothing waits for the shop any more.",
    ),
    "goes_on": Text(
        fr="La page se met à jour d’elle-même. Vous pouvez la quitter : le travail continue sans elle.",
        zh="本页自动更新。您可以离开：处理会继续进行。",
        en="This page keeps itself up to date. You may leave it: the work goes on without it.",
    ),
    "move_date": Text(fr="Déplacer cette date", zh="调整该场次", en="Move this date"),
    "move_why": Text(
        fr="{bookings} réservation(s), {people} personne(s) : elles l’apprennent dans leur commande, et peuvent "
        "annuler sans frais pendant quelque temps.",
        zh="{bookings} 个预订，共 {people} 人：他们会在订单中得知，并可在一段时间内免费取消。",
        en="{bookings} booking(s), {people} people: they read of it in their order, and may cancel free of charge "
        "for a while.",
    ),
    "new_start": Text(fr="Nouveau début", zh="新的开始时间", en="New start"),
    "new_start_help": Text(
        fr="À l’heure du lieu de la visite.", zh="以游览地当地时间为准。", en="On the clocks of where the tour is."
    ),
    "tour_language": Text(fr="Langue de la visite", zh="讲解语言", en="Language of the tour"),
    "not_a_language": Text(
        fr="Cette visite ne se fait pas dans cette langue.",
        zh="该游览不提供此语言。",
        en="The tour is not given in this language.",
    ),
    "free_days": Text(fr="Jours pour partir sans frais", zh="免费取消期限（天）", en="Days to leave free of charge"),
    "free_days_help": Text(
        fr="Jamais au-delà du nouveau début.", zh="不晚于新的开始时间。", en="Never beyond the new start."
    ),
    "confirm_move": Text(fr="Déplacer et prévenir", zh="调整并通知", en="Move and tell everybody"),
    "moved": Text(
        fr="La date est déplacée ; chaque commande est prévenue.",
        zh="场次已调整，将逐一通知各订单。",
        en="The date is moved; each order is being told.",
    ),
    "change_date": Text(fr="Changer de date", zh="更改场次", en="Change the date"),
    "now_at": Text(fr="Date actuelle", zh="当前场次", en="Date now"),
    "choose_date": Text(fr="Autre date", zh="其他场次", en="Other date"),
    "no_other": Text(
        fr="Aucune autre date de cette visite n’a assez de places.",
        zh="该游览没有余位足够的其他场次。",
        en="No other date of this tour has enough seats.",
    ),
    "left": Text(fr="{seats} place(s) libre(s)", zh="余 {seats} 座", en="{seats} seat(s) free"),
    "no_money_moves": Text(
        fr="Le prix payé reste le même : aucun argent ne bouge. Pour rendre une différence, remboursez-la depuis la "
        "commande.",
        zh="已付价格不变：无资金变动。如需退还差价，请在订单页面退款。",
        en="The price that was paid stays: no money moves. To give a difference back, refund it from the order.",
    ),
    "higher": Text(
        fr="Les mêmes billets coûtent aujourd’hui {difference} de plus.",
        zh="同样的门票现价高出 {difference}。",
        en="The same tickets cost {difference} more today.",
    ),
    "lower": Text(
        fr="Les mêmes billets coûtent aujourd’hui {difference} de moins.",
        zh="同样的门票现价低 {difference}。",
        en="The same tickets cost {difference} less today.",
    ),
    "waive": Text(
        fr="Si la date choisie coûte plus, l’office renonce à la différence",
        zh="如所选场次价格更高，旅游局免收差价",
        en="If the date costs more, the office waives the difference",
    ),
    "new_codes": Text(
        fr="Les billets reçoivent de nouveaux codes ; les anciens ne valent plus.",
        zh="门票将换新二维码，原二维码失效。",
        en="The tickets get new codes; the old ones are void.",
    ),
    "confirm_change": Text(fr="Donner cette date", zh="改为该场次", en="Give this date"),
    "changed": Text(
        fr="La date est changée ; la commande en garde la trace.",
        zh="场次已更改，并已记入订单。",
        en="The date is changed; the order tells of it.",
    ),
}

STATES: dict[str, Text] = {
    "waiting": Text(fr="en attente", zh="等待处理", en="waiting"),
    "asked": Text(fr="choix de l’acheteur", zh="等待买家选择", en="the buyer chooses"),
    "under_way": Text(fr="remboursement en cours", zh="退款中", en="refund under way"),
    "done": Text(fr="fait", zh="已完成", en="done"),
    "failed": Text(fr="à voir", zh="需处理", en="needs attention"),
}

OUTCOMES: dict[str, Text] = {
    "rebooked": Text(fr="a pris une autre date", zh="已改期", en="took another date"),
    "refunded": Text(fr="remboursée", zh="已退款", en="refunded"),
    "ended": Text(fr="terminée, rien à rendre", zh="已结束，无需退款", en="ended, nothing to give back"),
}

FAILURES: dict[str, Text] = {
    "not-enough": Text(
        fr="le compte chez le prestataire n’est pas assez approvisionné ; redemandé de soi-même",
        zh="支付平台账户余额不足；系统会自动重试",
        en="the account at the provider holds too little; asked again by itself",
    ),
    "no-answer": Text(
        fr="le prestataire n’a pas répondu ; redemandé de soi-même",
        zh="支付平台未响应；系统会自动重试",
        en="the provider did not answer; asked again by itself",
    ),
    "hand-out": Text(
        fr="à rendre en espèces au guichet", zh="需在柜台退现金", en="to be handed out in cash at the counter"
    ),
    "closed": Text(
        fr="fermé par le prestataire ; décidez dans la commande",
        zh="支付平台已关闭退款；请在订单中处理",
        en="closed by the provider; decide in the order",
    ),
    "abnormal": Text(
        fr="le compte de l’acheteur ne peut rien recevoir ; décidez dans la commande",
        zh="买家账户无法收款；请在订单中处理",
        en="the buyer’s account cannot receive it; decide in the order",
    ),
}

"""The words of the pages about what is held about people."""

from shop.core.i18n import Text

PRIVACY: dict[str, Text] = {
    "privacy": Text(fr="Vie privée", zh="个人信息", en="Privacy"),
    "why": Text(
        fr="Répondre à une personne qui demande ce que la boutique sait d’elle, ou veut en être effacée. Vérifiez "
        "d’abord que c’est bien elle. Chaque recherche, lecture, copie et effacement est inscrit au registre.",
        zh="答复想了解商店掌握其哪些信息、或要求删除的人。请先核实身份。每次查找、查看、导出和删除都会记入操作记录。",
        en="Answer somebody who asks what the shop knows about them, or wants to be erased. First make sure that it is "
        "them. Each search, reading, copy and erasure is written to the trail.",
    ),
    "find": Text(fr="Trouver une personne", zh="查找某人", en="Find a person"),
    "asked": Text(
        fr="Numéro de commande, téléphone ou adresse électronique",
        zh="订单号、电话或电子邮箱",
        en="Order number, phone or e-mail address",
    ),
    "asked_help": Text(
        fr="En entier : une partie ne suffit pas. Les ventes au guichet se trouvent de la même façon.",
        zh="请完整填写，不支持部分匹配。柜台售票的顾客也可用同样方式查找。",
        en="In full: a part is not enough. People who bought at the counter are found the same way.",
    ),
    "nobody": Text(fr="Personne n’a été trouvé.", zh="未找到任何人。", en="Nobody was found."),
    "found": Text(fr="Personnes trouvées : {count}", zh="找到 {count} 人", en="People found: {count}"),
    "one_row": Text(
        fr="Une personne qui a acheté par plusieurs voies y figure plusieurs fois : répondez pour chacune.",
        zh="通过不同渠道购票的人会出现多次：请逐一处理。",
        en="Somebody who bought in several ways is there several times: answer for each.",
    ),
    "orders_count": Text(fr="Commandes : {count}", zh="订单：{count}", en="Orders: {count}"),
    "last_contact": Text(fr="Dernier contact : {day}", zh="最近联系：{day}", en="Last contact: {day}"),
    "open_person": Text(fr="Ouvrir : {who}", zh="打开：{who}", en="Open: {who}"),
    "without_name": Text(fr="Sans nom connu", zh="姓名未知", en="No name known"),
    "erased_on": Text(fr="Effacée le {day}", zh="已于 {day} 删除", en="Erased on {day}"),
    "person": Text(fr="Ce qui est gardé d’une personne", zh="某人的信息", en="What is held about a person"),
    "known_since": Text(fr="Connue depuis le {day}", zh="首次记录：{day}", en="Known since {day}"),
    "held": Text(fr="Ce qui est gardé", zh="保存的内容", en="What is held"),
    "download": Text(
        fr="Tout télécharger, pour le remettre à la personne",
        zh="下载全部信息，以便交给本人",
        en="Download all of it, to be handed to the person",
    ),
    "download_why": Text(
        fr="Un fichier JSON : le même que celui que la personne obtient elle-même dans WeChat. Il contient aussi son "
        "identifiant WeChat, qui est à elle. Ne le gardez pas.",
        zh="一个 JSON 文件，与本人在微信中获得的相同，其中也包含属于本人的微信标识。请勿自行保存。",
        en="A JSON file, the same that the person gets in WeChat. It also holds their WeChat identifier, which is "
        "theirs. Do not keep it.",
    ),
    "consents": Text(fr="Consentements", zh="同意记录", en="Consents"),
    "given": Text(fr="accordé", zh="已同意", en="given"),
    "not_given": Text(fr="non accordé", zh="未同意", en="not given"),
    "withdrawn": Text(fr="retiré", zh="已撤回", en="withdrawn"),
    "consent_when": Text(
        fr="le {day}, texte {version} lu en {language}",
        zh="{day}，文本版本 {version}，阅读语言：{language}",
        en="on {day}, text {version} read in {language}",
    ),
    "never_asked": Text(
        fr="jamais demandé ou jamais répondu", zh="从未询问或未答复", en="never asked, or never answered"
    ),
    "erasure": Text(fr="Effacement", zh="删除", en="Erasure"),
    "erase": Text(fr="Effacer cette personne…", zh="删除此人……", en="Erase this person…"),
    "erase_title": Text(fr="Effacer une personne", zh="删除某人的信息", en="Erase a person"),
    "erase_what": Text(
        fr="Le nom, le téléphone, l’adresse et l’identifiant WeChat disparaissent, comme les notes à son sujet ; ses "
        "connexions prennent fin. Cela ne peut pas être défait.",
        zh="姓名、电话、邮箱和微信标识以及相关备注将被删除，其登录全部失效。此操作无法撤销。",
        en="Name, phone, address and WeChat identifier go, and so do the notes about them; their sign-ins end. This "
        "cannot be undone.",
    ),
    "erase_kept": Text(
        fr="Restent, sans la personne : commandes, montants, journal. Restent avec le nom imprimé, pendant dix ans, "
        "parce que la loi l’impose : reçus et avoirs (ici : {papers}). Dites-le à la personne.",
        zh="订单、金额和日记账保留，但不再关联个人。收据和退款凭证依法连同姓名保留十年（{papers} 份）。请告知本人。",
        en="What stays, without the person: orders, amounts, the journal. What stays with the printed name for ten "
        "years, because the law demands it: receipts and credit notes (here: {papers}). Tell the person so.",
    ),
    "still_open": Text(
        fr="Pas encore possible : quelque chose est en cours.",
        zh="暂时无法删除：仍有未完成的事项。",
        en="Not possible yet: something is still open.",
    ),
    "identity": Text(
        fr="Comment avez-vous vérifié que c’est bien elle ?",
        zh="您如何核实了其身份？",
        en="How did you make sure that it is them?",
    ),
    "identity_desk": Text(
        fr="Présente à l’accueil, elle connaît la commande",
        zh="本人在柜台，并知晓订单内容",
        en="At the desk, knows the order",
    ),
    "identity_phone": Text(
        fr="Rappelée au numéro de la commande", zh="回拨订单上的电话核实", en="Called back at the order’s number"
    ),
    "identity_mail": Text(
        fr="Elle a répondu depuis l’adresse de la commande",
        zh="从订单上的邮箱回复",
        en="Answered from the order’s e-mail address",
    ),
    "identity_paper": Text(
        fr="Pièce d’identité vue (aucune copie gardée)",
        zh="已查看身份证件（未留复印件）",
        en="Identity paper seen (no copy kept)",
    ),
    "understood": Text(
        fr="La personne l’a demandé et sait que cela ne peut pas être défait",
        zh="本人已提出要求，并知晓无法撤销",
        en="The person has asked for it and knows that it cannot be undone",
    ),
    "erase_now": Text(fr="Effacer définitivement", zh="永久删除", en="Erase for good"),
    "erased": Text(
        fr="La personne est effacée. Reçus et avoirs gardés pour la loi : {papers}.",
        zh="已删除该人的信息。依法保留的收据和退款凭证：{papers} 份。",
        en="The person is erased. Receipts and credit notes kept for the law: {papers}.",
    ),
    "erased_before": Text(
        fr="Cette personne était déjà effacée ; rien n’a changé.",
        zh="此人的信息此前已删除，未作任何更改。",
        en="This person was erased already; nothing changed.",
    ),
    "retention": Text(fr="Durées de conservation", zh="保存期限", en="How long things are kept"),
    "retention_why": Text(
        fr="Ce que la boutique garde, combien de temps et pourquoi. Chaque nuit, ce qui est échu part de lui-même ; ce "
        "qui sert encore attend.",
        zh="商店保存哪些信息、多久以及原因。每晚自动清理到期内容；仍有需要的会保留。",
        en="What the shop keeps, how long and why. Each night what is over goes; what is still needed waits.",
    ),
    "rules": Text(fr="Règles", zh="规则", en="Rules"),
    "how_long": Text(fr="Durée", zh="期限", en="How long"),
    "then": Text(fr="Ensuite", zh="到期后", en="Then"),
    "because": Text(fr="Pourquoi", zh="原因", en="Why"),
    "source": Text(fr="Source", zh="依据", en="Source"),
    "nights": Text(fr="Dernières nuits", zh="最近的夜间清理", en="Last nights"),
    "no_nights": Text(fr="Aucune nuit pour l’instant.", zh="尚无夜间清理。", en="No night yet."),
    "overdue": Text(
        fr="La dernière nuit achevée date de trop longtemps : le programme d’arrière-plan ne travaille peut-être plus. "
        "Prévenez qui s’occupe de la machine.",
        zh="最近一次完成的夜间清理已过去太久：后台程序可能已停止。请通知系统负责人。",
        en="The last finished night was too long ago: the background program may have stopped. Tell whoever looks "
        "after the machine.",
    ),
    "night": Text(fr="Nuit du {day}", zh="{day} 夜间", en="Night of {day}"),
    "unfinished": Text(fr="en cours", zh="进行中", en="under way"),
    "finished": Text(fr="achevée", zh="已完成", en="finished"),
    "more_tomorrow": Text(fr="suite la nuit prochaine", zh="次日夜间继续", en="goes on next night"),
    "nothing_over": Text(fr="Rien n’était échu.", zh="没有到期内容。", en="Nothing was over."),
    "count_done": Text(fr="{what} : {count}", zh="{what}：{count}", en="{what}: {count}"),
    "count_kept": Text(
        fr="{what} : {count} attendent, car ils servent encore",
        zh="{what}：{count} 项因仍有需要而保留",
        en="{what}: {count} wait, because they are still needed",
    ),
    "count_over": Text(
        fr="{what} : {count} ont dépassé la durée ; à décider avec le comptable",
        zh="{what}：{count} 项已超过期限，请与会计决定",
        en="{what}: {count} are past their time; to be decided with the accountant",
    ),
}

SECTIONS: dict[str, Text] = {
    "person": Text(fr="Profil", zh="个人资料", en="Profile"),
    "sign_ins": Text(fr="Connexions", zh="登录", en="Sign-ins"),
    "consents": Text(fr="Consentements", zh="同意记录", en="Consents"),
    "bookings": Text(fr="Réservations", zh="预订", en="Bookings"),
    "orders": Text(fr="Commandes, avec le contact", zh="订单（含联系方式）", en="Orders, with contact"),
    "story": Text(fr="Historique des commandes", zh="订单记录", en="Story of the orders"),
    "payments": Text(fr="Paiements", zh="付款", en="Payments"),
    "refunds": Text(fr="Remboursements", zh="退款", en="Refunds"),
    "disputes": Text(fr="Contestations", zh="争议", en="Disputes"),
    "tickets": Text(fr="Billets", zh="门票", en="Tickets"),
    "documents": Text(fr="Reçus et avoirs", zh="收据和退款凭证", en="Receipts and credit notes"),
    "gateway_messages": Text(
        fr="Avis des prestataires de paiement", zh="支付平台通知", en="Notices of payment providers"
    ),
    "admissions": Text(fr="Entrées", zh="入场记录", en="Admissions"),
    "notes": Text(fr="Notes de l’office", zh="旅游局备注", en="Notes of the Office"),
    "refund_requests": Text(fr="Demandes de remboursement", zh="退款申请", en="Refund requests"),
    "staff_acts": Text(fr="Actes du personnel", zh="员工操作", en="Acts of the staff"),
}

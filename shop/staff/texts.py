"""What the staff are told, and the words of the back office's frame, in three languages."""

from shop.core.i18n import Text

ATTENTION: dict[str, Text] = {
    "amount-mismatch": Text(
        fr="Commande {subject} : le montant ou la devise reçus ne correspondent pas. La commande est en examen ; "
        "sans décision, l’argent sera rendu au bout d’un jour.",
        zh="订单 {subject}：收到的金额或币种不符。订单待审核；若无人处理，一天后将退款。",
        en="Order {subject}: the amount or currency received does not match. The order is in review; left alone, the "
        "money goes back after a day.",
    ),
    "unmatched-payment": Text(
        fr="Paiement {subject} : l’argent est arrivé pour un numéro qui n’est à aucune de nos commandes.",
        zh="付款 {subject}：收到款项，但该单号不属于我们的任何订单。",
        en="Payment {subject}: money came for a number that is none of our orders.",
    ),
    "foreign-merchant": Text(
        fr="Avis {subject} : il concerne un autre commerçant que nous. Rien n’a été modifié.",
        zh="通知 {subject}：涉及其他商户。未作任何更改。",
        en="Notice {subject}: it is about another merchant than us. Nothing was changed.",
    ),
    "changed-payment": Text(
        fr="Paiement {subject} : un second avis donne un autre montant ou un autre numéro que le premier.",
        zh="付款 {subject}：第二次通知的金额或单号与第一次不同。",
        en="Payment {subject}: a second notice gives another amount or number than the first.",
    ),
    "undecryptable-notice": Text(
        fr="Un avis authentique de {subject} n’a pas pu être déchiffré : la clé APIv3 enregistrée ici n’est sans doute "
        "pas la bonne.",
        zh="来自 {subject} 的真实通知无法解密：此处配置的 APIv3 密钥可能不正确。",
        en="A genuine notice of {subject} could not be decrypted: the APIv3 key set up here is probably not the right "
        "one.",
    ),
    "unexpected-notice": Text(
        fr="Avis {subject} : d’un genre que la boutique ne traite pas.",
        zh="通知 {subject}：商店无法处理的类型。",
        en="Notice {subject}: of a kind the shop does not act upon.",
    ),
    "refund-failed": Text(
        fr="Remboursement {subject} : le prestataire ne peut pas le faire. Réglez-le chez lui, ou redemandez-le.",
        zh="退款 {subject}：支付服务无法完成。请在其后台处理，或重新发起。",
        en="Refund {subject}: the provider cannot make it. Settle it in its console, or ask for it again.",
    ),
    "refund-stuck": Text(
        fr="Remboursement {subject} : en route depuis plus d’un jour. Il est redemandé de lui-même ; vérifiez le solde "
        "chez le prestataire.",
        zh="退款 {subject}：已超过一天未完成。系统会自动重试；请检查支付账户余额。",
        en="Refund {subject}: under way for more than a day. It is asked for again by itself; check the balance at the "
        "provider.",
    ),
    "refund-by-hand": Text(
        fr="Remboursement {subject} : à rendre en espèces au guichet.",
        zh="退款 {subject}：需在柜台以现金退还。",
        en="Refund {subject}: to be handed out in cash at the counter.",
    ),
    "changed-refund": Text(
        fr="Remboursement {subject} : le prestataire dit autre chose que ce qui est enregistré ici.",
        zh="退款 {subject}：支付服务的说法与此处记录不符。",
        en="Refund {subject}: the provider says something else than what is recorded here.",
    ),
    "refund-beyond-payment": Text(
        fr="Commande {subject} : un remboursement fait ailleurs dépasse ce qui restait du paiement.",
        zh="订单 {subject}：在别处办理的退款超过了付款余额。",
        en="Order {subject}: a refund made elsewhere is more than was left of the payment.",
    ),
    "unmatched-refund": Text(
        fr="Remboursement {subject} : il ne se rattache à aucun de nos paiements.",
        zh="退款 {subject}：不属于我们的任何付款。",
        en="Refund {subject}: it belongs to none of our payments.",
    ),
    "unmatched-dispute": Text(
        fr="Contestation {subject} : elle ne se rattache à aucun de nos paiements.",
        zh="争议 {subject}：不属于我们的任何付款。",
        en="Dispute {subject}: it belongs to none of our payments.",
    ),
    "changed-dispute": Text(
        fr="Contestation {subject} : le prestataire dit maintenant autre chose que lors de sa clôture.",
        zh="争议 {subject}：支付服务的说法与结案时不同。",
        en="Dispute {subject}: the provider now says something else than when it was closed.",
    ),
    "dispute-opened": Text(
        fr="Commande {subject} : la banque du client conteste le paiement ; les billets sont bloqués. Répondez chez le "
        "prestataire.",
        zh="订单 {subject}：顾客的银行对付款提出争议；门票已冻结。请在支付平台回应。",
        en="Order {subject}: the customer’s bank disputes the payment; the tickets are blocked. Answer at the "
        "provider.",
    ),
    "dispute-lost": Text(
        fr="Commande {subject} : la contestation est perdue, la somme est reprise. Décidez du sort des places.",
        zh="订单 {subject}：争议败诉，款项已被收回。请决定如何处理座位。",
        en="Order {subject}: the dispute is lost and the money taken back. Decide what becomes of the seats.",
    ),
    "reconciliation-difference": Text(
        fr="Rapprochement {subject} : le relevé du prestataire et la boutique ne disent pas la même chose.",
        zh="对账 {subject}：支付平台账单与商店记录不一致。",
        en="Reconciliation {subject}: the provider’s statement and the shop do not say the same.",
    ),
    "statement-missing": Text(
        fr="Rapprochement {subject} : le relevé du prestataire n’est toujours pas disponible ou lisible ; il est "
        "redemandé de lui-même.",
        zh="对账 {subject}：支付平台账单仍不可用或无法读取；系统会自动重试。",
        en="Reconciliation {subject}: the provider’s statement is still not to be had, or not readable; it is asked "
        "for again by itself.",
    ),
    "refunded-elsewhere": Text(
        fr="Commande {subject} : le paiement est arrivé, mais un remboursement a été demandé ailleurs qu’ici. "
        "Décidez du sort des billets.",
        zh="订单 {subject}：付款已到账，但有人在商店之外申请了退款。请决定如何处理门票。",
        en="Order {subject}: the payment came, but a refund of it was asked for elsewhere. Decide what becomes "
        "of the tickets.",
    ),
    "gateway-silent": Text(
        fr="Commande {subject} : le prestataire de paiement ne répond pas ; les places ont été rendues à la vente.",
        zh="订单 {subject}：支付服务没有响应；座位已重新开放销售。",
        en="Order {subject}: the payment provider does not answer; the seats were given back.",
    ),
    "under-minimum": Text(
        fr="Départ {subject} : le minimum de participants n’est pas atteint ; sans changement, il sera annulé de "
        "lui-même à l’échéance.",
        zh="场次 {subject}：未达到最低人数；若无变化，到期后将自动取消。",
        en="Departure {subject}: its minimum of people is not reached; unless that changes, it is cancelled by itself "
        "at the deadline.",
    ),
    "refund-to-approve": Text(
        fr="Commande {subject} : un remboursement attend l’accord d’une seconde personne.",
        zh="订单 {subject}：一笔退款等待另一人批准。",
        en="Order {subject}: a refund waits for a second person to agree.",
    ),
    "double-admission": Text(
        fr="Billet {subject} : deux portes sans réseau ont laissé entrer quelqu’un avec le même billet.",
        zh="门票 {subject}：两处离线检票用同一张门票各放行一人。",
        en="Ticket {subject}: two doors without network each let somebody in with the same ticket.",
    ),
    "unwarranted-admission": Text(
        fr="Billet {subject} : une porte sans réseau a laissé entrer quelqu’un, mais le billet n’était pas valable.",
        zh="门票 {subject}：离线检票时放行，但该门票当时无效。",
        en="Ticket {subject}: a door without network let somebody in although the ticket was not good.",
    ),
}

ROLE_NAMES: dict[str, Text] = {
    "manager": Text(fr="Responsable", zh="负责人", en="Manager"),
    "stock": Text(fr="Visites et places", zh="游览与名额", en="Tours and seats"),
    "cashier": Text(fr="Accueil et caisse", zh="接待与收银", en="Front desk"),
    "guide": Text(fr="Guide", zh="导游", en="Guide"),
}

# What the staff did, as the trail of acts tells it. `{subject}` is who or what it was done to.
ACTS: dict[str, Text] = {
    "staff.signed-in": Text(fr="s’est connecté", zh="已登录", en="signed in"),
    "staff.signed-out": Text(fr="s’est déconnecté", zh="已退出登录", en="signed out"),
    "staff.session-ended": Text(fr="a fermé une de ses sessions", zh="结束了自己的一个会话", en="ended a session"),
    "staff.password-chosen": Text(fr="a choisi un mot de passe", zh="设置了密码", en="chose a password"),
    "staff.second-factor": Text(
        fr="a mis en place son code à six chiffres", zh="设置了六位验证码", en="set up the six-digit code"
    ),
    "staff.language": Text(fr="a changé de langue", zh="更改了语言", en="changed language"),
    "staff.invited": Text(fr="a invité {subject}", zh="邀请了 {subject}", en="invited {subject}"),
    "staff.link": Text(
        fr="a fait un nouveau lien pour {subject}", zh="为 {subject} 生成了新链接", en="made a new link for {subject}"
    ),
    "staff.role": Text(
        fr="a changé le rôle de {subject}", zh="更改了 {subject} 的角色", en="changed the role of {subject}"
    ),
    "staff.closed": Text(
        fr="a fermé le compte de {subject}", zh="关闭了 {subject} 的账户", en="closed {subject}’s account"
    ),
    "staff.reopened": Text(
        fr="a rouvert le compte de {subject}", zh="重新开放了 {subject} 的账户", en="reopened {subject}’s account"
    ),
    "staff.acts-read": Text(fr="a lu le registre des actes", zh="查看了操作记录", en="read the trail of acts"),
    # Numbers
    "numbers.exported": Text(
        fr="a téléchargé les chiffres « {subject} »",
        zh="下载了数据“{subject}”",
        en="downloaded the numbers “{subject}”",
    ),
    "books.exported": Text(
        fr="a téléchargé des livres : {subject}", zh="下载了账簿：{subject}", en="downloaded of the books: {subject}"
    ),
    "books.document-read": Text(
        fr="a lu la pièce {subject}", zh="查看了单据 {subject}", en="read the document {subject}"
    ),
    "books.checked": Text(fr="a vérifié les livres", zh="核查了账簿", en="checked the books"),
    "reconciliation.asked": Text(
        fr="a demandé le rapprochement {subject}", zh="要求对账 {subject}", en="asked for the reconciliation {subject}"
    ),
    "reconciliation.done": Text(
        fr="a refait le rapprochement {subject}",
        zh="重新完成对账 {subject}",
        en="did the reconciliation {subject} again",
    ),
    "tour.created": Text(
        fr="a créé la visite {subject}", zh="创建了游览项目 {subject}", en="created the tour {subject}"
    ),
    "tour.edited": Text(
        fr="a modifié la visite {subject}", zh="修改了游览项目 {subject}", en="changed the tour {subject}"
    ),
    "tour.status": Text(
        fr="a changé l’état de la visite {subject}",
        zh="更改了游览项目 {subject} 的状态",
        en="changed the status of the tour {subject}",
    ),
    "tour.picture": Text(
        fr="a changé l’image de la visite {subject}",
        zh="更改了游览项目 {subject} 的图片",
        en="changed the picture of the tour {subject}",
    ),
    "tour.restored": Text(
        fr="a rétabli une ancienne version de la visite {subject}",
        zh="恢复了游览项目 {subject} 的旧版本",
        en="restored an older version of the tour {subject}",
    ),
    "catalogue.sent": Text(
        fr="a envoyé le fichier de catalogue {subject}",
        zh="上传了目录文件 {subject}",
        en="sent the catalogue file {subject}",
    ),
    "catalogue.imported": Text(
        fr="a importé le fichier de catalogue {subject}",
        zh="导入了目录文件 {subject}",
        en="imported the catalogue file {subject}",
    ),
    "departure.created": Text(
        fr="a créé des départs : {subject}", zh="创建了场次：{subject}", en="made departures: {subject}"
    ),
    "departure.changed": Text(
        fr="a modifié le départ {subject}", zh="修改了场次 {subject}", en="changed the departure {subject}"
    ),
    "departure.sales": Text(
        fr="a ouvert ou fermé les ventes de {subject}",
        zh="开放或停止了 {subject} 的销售",
        en="opened or closed the sales of {subject}",
    ),
    "departure.blocked": Text(
        fr="a bloqué des places du départ {subject}",
        zh="保留了场次 {subject} 的座位",
        en="blocked seats of the departure {subject}",
    ),
    "departure.unblocked": Text(
        fr="a libéré des places bloquées du départ {subject}",
        zh="释放了场次 {subject} 的保留座位",
        en="released blocked seats of the departure {subject}",
    ),
    "tour.minimum": Text(
        fr="a changé le minimum de participants de la visite {subject}",
        zh="更改了游览 {subject} 的最低人数",
        en="changed the minimum of people of the tour {subject}",
    ),
    "guide.languages": Text(
        fr="a changé les langues du guide {subject}",
        zh="更改了导游 {subject} 的语言",
        en="changed the languages of the guide {subject}",
    ),
    "privacy.searched": Text(
        fr="a cherché une personne par {subject}", zh="按 {subject} 查找了某人", en="looked a person up by {subject}"
    ),
    "privacy.read": Text(
        fr="a lu ce qui est gardé de la personne {subject}",
        zh="查看了 {subject} 的个人信息",
        en="read what is held about the person {subject}",
    ),
    "privacy.exported": Text(
        fr="a copié tout ce qui est gardé de la personne {subject}",
        zh="导出了 {subject} 的全部个人信息",
        en="copied all that is held about the person {subject}",
    ),
    "privacy.erased": Text(
        fr="a effacé la personne {subject}", zh="删除了 {subject} 的个人信息", en="erased the person {subject}"
    ),
    "privacy.expired": Text(
        fr="a effacé la personne {subject}, trois ans après le dernier contact",
        zh="在最后一次联系三年后删除了 {subject} 的个人信息",
        en="erased the person {subject}, three years after the last contact",
    ),
    "orders.searched": Text(
        fr="a cherché des commandes ({subject})", zh="搜索了订单（{subject}）", en="searched orders ({subject})"
    ),
    "order.read": Text(fr="a lu la commande {subject}", zh="查看了订单 {subject}", en="read order {subject}"),
    "order.accepted": Text(
        fr="a accepté le paiement de la commande {subject}",
        zh="接受了订单 {subject} 的付款",
        en="accepted the payment of order {subject}",
    ),
    "order.refused": Text(
        fr="a refusé le paiement de la commande {subject}",
        zh="拒绝了订单 {subject} 的付款",
        en="refused the payment of order {subject}",
    ),
    "order.complement": Text(
        fr="a demandé le complément de la commande {subject}",
        zh="要求补足订单 {subject} 的差额",
        en="asked for the rest of order {subject}",
    ),
    "order.refunded": Text(
        fr="a remboursé sur la commande {subject}", zh="对订单 {subject} 退款", en="gave money of order {subject} back"
    ),
    "order.refund-requested": Text(
        fr="a demandé un remboursement de la commande {subject}",
        zh="申请对订单 {subject} 退款",
        en="asked for a refund of order {subject}",
    ),
    "order.refund-approved": Text(
        fr="a approuvé un remboursement de la commande {subject}",
        zh="批准了订单 {subject} 的退款",
        en="approved a refund of order {subject}",
    ),
    "order.refund-declined": Text(
        fr="a refusé un remboursement de la commande {subject}",
        zh="拒绝了订单 {subject} 的退款",
        en="declined a refund of order {subject}",
    ),
    "order.noted": Text(
        fr="a écrit une note sur la commande {subject}",
        zh="为订单 {subject} 添加了备注",
        en="wrote a note on order {subject}",
    ),
    "order.tickets-shown": Text(
        fr="a affiché les billets de la commande {subject} pour les remettre",
        zh="显示了订单 {subject} 的门票以便交付",
        en="showed the tickets of order {subject} to hand them over",
    ),
    "order.cash-taken": Text(
        fr="a encaissé la commande {subject} en espèces",
        zh="以现金收取了订单 {subject}",
        en="took cash for order {subject}",
    ),
    "order.given": Text(fr="a offert la commande {subject}", zh="赠送了订单 {subject}", en="gave order {subject} away"),
    "order.form-again": Text(
        fr="a renvoyé le même formulaire pour {subject} : fait une seule fois",
        zh="对 {subject} 重复提交了同一表单：仅执行一次",
        en="sent the same form for {subject} again: done once",
    ),
    "refund.retried": Text(
        fr="a redemandé le remboursement {subject}",
        zh="重新发起了退款 {subject}",
        en="asked for refund {subject} again",
    ),
    "refund.handed-out": Text(
        fr="a remis en espèces le remboursement {subject}",
        zh="以现金支付了退款 {subject}",
        en="handed out refund {subject} in cash",
    ),
    "money.read": Text(fr="a lu la page de l’argent", zh="查看了资金页面", en="read the page about money"),
    "attention.done": Text(
        fr="a classé une affaire à décider : {subject}",
        zh="处理了一项待办：{subject}",
        en="saw to something that needed a decision: {subject}",
    ),
    "date.rehearsed": Text(
        fr="a lu qui est inscrit à {subject}, pour l’annuler",
        zh="查看了 {subject} 的报名者，准备取消",
        en="read who has booked {subject}, to cancel it",
    ),
    "date.cancelled": Text(fr="a annulé {subject}", zh="取消了 {subject}", en="cancelled {subject}"),
    "date.moved": Text(fr="a déplacé {subject}", zh="调整了 {subject} 的时间", en="moved {subject}"),
    "date.changed": Text(
        fr="a changé la date de la commande {subject}",
        zh="更改了订单 {subject} 的场次",
        en="changed the date of order {subject}",
    ),
    "date.order-read": Text(
        fr="a lu la commande {subject}, pour en changer la date",
        zh="查看了订单 {subject}，准备更改场次",
        en="read order {subject}, to change its date",
    ),
    "door.list-read": Text(
        fr="a ouvert la liste d’entrée de {subject}",
        zh="打开了 {subject} 的检票名单",
        en="opened the door list of {subject}",
    ),
    "door.manifest-read": Text(
        fr="a lu la liste des participants de {subject}",
        zh="查看了 {subject} 的参加者名单",
        en="read the manifest of {subject}",
    ),
    "door.admitted": Text(
        fr="a laissé entrer le billet {subject}", zh="检票放行 {subject}", en="let in ticket {subject}"
    ),
    "door.undone": Text(
        fr="a annulé l’entrée du billet {subject}",
        zh="撤销了门票 {subject} 的检票",
        en="undid the admission of ticket {subject}",
    ),
    "door.refused": Text(
        fr="n’a pas laissé entrer le billet {subject}", zh="拒绝了门票 {subject}", en="did not let in ticket {subject}"
    ),
    "door.unnoticed": Text(
        fr="a laissé entrer sans réseau le billet {subject}, qui n’était plus bon",
        zh="离线时放行了已不可用的门票 {subject}",
        en="let in ticket {subject} without network though it was no longer good",
    ),
    "door.repeated": Text(
        fr="a redit un pointage déjà connu du billet {subject}",
        zh="重复上报了门票 {subject} 的检票",
        en="told an act at the door about ticket {subject} again",
    ),
}

# The words around every page of the back office.
FRAME: dict[str, Text] = {
    "shop": Text(fr="Insolite – bureau", zh="Insolite 后台", en="Insolite – back office"),
    "skip": Text(fr="Aller au contenu", zh="跳到正文", en="Skip to content"),
    "menu": Text(fr="Menu", zh="菜单", en="Menu"),
    "pages": Text(fr="Pages", zh="页面", en="Pages"),
    "my_account": Text(fr="Mon compte", zh="我的账户", en="My account"),
    "sign_out": Text(fr="Se déconnecter", zh="退出登录", en="Sign out"),
    "language": Text(fr="Langue", zh="语言", en="Language"),
    "save": Text(fr="Enregistrer", zh="保存", en="Save"),
    "cancel": Text(fr="Annuler", zh="取消", en="Cancel"),
    "back": Text(fr="Retour", zh="返回", en="Back"),
    "search": Text(fr="Chercher", zh="搜索", en="Search"),
    "more": Text(fr="Suite", zh="更多", en="More"),
    "none": Text(fr="Rien ici pour l’instant.", zh="暂无内容。", en="Nothing here yet."),
    "required": Text(fr="obligatoire", zh="必填", en="required"),
    "optional": Text(fr="facultatif", zh="选填", en="optional"),
    "mistakes": Text(
        fr="Rien n’a été enregistré : corrigez ce qui est marqué.",
        zh="尚未保存：请更正标出的内容。",
        en="Nothing was saved: please correct what is marked.",
    ),
    "not_possible": Text(fr="Impossible", zh="无法执行", en="Not possible"),
    "start": Text(fr="Page d’accueil du bureau", zh="后台首页", en="Start page"),
    "yes": Text(fr="oui", zh="是", en="yes"),
    "no": Text(fr="non", zh="否", en="no"),
    "all": Text(fr="tout", zh="全部", en="all"),
    "when": Text(fr="Quand", zh="时间", en="When"),
    "who": Text(fr="Qui", zh="人员", en="Who"),
    "what": Text(fr="Quoi", zh="内容", en="What"),
    "lang_fr": Text(fr="français", zh="法语", en="French"),
    "lang_zh": Text(fr="chinois", zh="中文", en="Chinese"),
    "lang_en": Text(fr="anglais", zh="英语", en="English"),
}

# What the commands about accounts answer.
COMMANDS: dict[str, Text] = {
    "no_account": Text(
        fr="Aucun compte à l’adresse {email}.", zh="没有邮箱为 {email} 的账户。", en="No account of {email}."
    ),
    "no_code": Text(
        fr="Ce compte n’a pas encore de code à six chiffres.",
        zh="该账户尚未设置六位验证码。",
        en="This account has no six-digit code yet.",
    ),
    "not_a_key": Text(fr="Ce n’est pas une clé.", zh="密钥无效。", en="Not a key."),
    "not_in_production": Text(
        fr="Seulement sur une machine de développement.", zh="仅限开发环境使用。", en="On a development machine only."
    ),
    "not_an_address": Text(
        fr="Ce n’est pas une adresse électronique.", zh="电子邮箱地址无效。", en="Not an e-mail address."
    ),
    "active": Text(fr="actif", zh="使用中", en="active"),
    "invited": Text(fr="invité", zh="已邀请", en="invited"),
    "closed": Text(fr="fermé", zh="已关闭", en="closed"),
}

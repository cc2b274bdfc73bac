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
    # The door
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
    # The door
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

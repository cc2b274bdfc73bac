"""What the staff are told, in three languages. `{subject}` is an order's number, an event's or a payment's."""

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
}

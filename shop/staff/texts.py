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
    "refund-owed": Text(
        fr="Commande {subject} : un remboursement est dû au client.",
        zh="订单 {subject}：需要向顾客退款。",
        en="Order {subject}: a refund is owed to the customer.",
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

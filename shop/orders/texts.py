"""The story of an order, sentence by sentence, in three languages. Also what happens to its money: the story is
one, whoever tells it."""

from shop.core.i18n import Text

STORY: dict[str, Text] = {
    "order.placed": Text(
        fr="Commande passée pour {total} ; conditions de vente {terms} acceptées.",
        zh="已下单，金额 {total}；已接受销售条款 {terms}。",
        en="Order placed for {total}; conditions of sale {terms} accepted.",
    ),
    "order.paid": Text(
        fr="Commande payée. Billets émis : {tickets}.",
        zh="订单已支付。已出票：{tickets} 张。",
        en="Order paid. Tickets issued: {tickets}.",
    ),
    "order.free": Text(
        fr="Commande gratuite, confirmée aussitôt. Billets émis : {tickets}.",
        zh="免费订单，已即时确认。已出票：{tickets} 张。",
        en="Free order, confirmed at once. Tickets issued: {tickets}.",
    ),
    "order.paid_late": Text(
        fr="Le paiement est arrivé après l’expiration, mais les places étaient encore libres : commande payée. "
        "Billets émis : {tickets}.",
        zh="付款在订单过期后到账，但座位仍有空余：订单已支付。已出票：{tickets} 张。",
        en="The payment came after the order expired, but the seats were still free: order paid. "
        "Tickets issued: {tickets}.",
    ),
    "order.in_review": Text(
        fr="Un paiement a été reçu, mais son montant ou sa devise ne correspondent pas ({received} au lieu de "
        "{total}). L’office examine la commande ; sans décision, l’argent est rendu au bout d’un jour.",
        zh="收到付款，但金额或币种不符（收到 {received}，应为 {total}）。旅游局正在审核；若一天内无决定，将退款。",
        en="A payment came, but its amount or currency does not match ({received} instead of {total}). The office "
        "reviews the order; without a decision the money goes back after a day.",
    ),
    "order.expired": Text(
        fr="Le délai de paiement est passé ; les places ont été rendues.",
        zh="付款时限已过，座位已释放。",
        en="The time to pay has run out; the seats were given back.",
    ),
    "order.cancelled": Text(
        fr="Commande annulée à votre demande ; les places ont été rendues.",
        zh="已按您的要求取消订单，座位已释放。",
        en="Order cancelled at your request; the seats were given back.",
    ),
    "order.given_up": Text(
        fr="Le paiement qui ne correspondait pas est rendu ; la commande est annulée.",
        zh="不符的付款将退回，订单已取消。",
        en="The payment that did not match goes back; the order is cancelled.",
    ),
    "payment.opened": Text(
        fr="Paiement de {amount} ouvert auprès de {gateway}.",
        zh="已在 {gateway} 发起 {amount} 的付款。",
        en="Payment of {amount} opened at {gateway}.",
    ),
    "payment.closed": Text(
        fr="Paiement fermé auprès de {gateway} : il ne peut plus être débité.",
        zh="已在 {gateway} 关闭付款，不会再扣款。",
        en="Payment closed at {gateway}: it can no longer be charged.",
    ),
    "payment.succeeded": Text(
        fr="{gateway} a encaissé {received}.",
        zh="{gateway} 已收款 {received}。",
        en="{gateway} received {received}.",
    ),
    "payment.late": Text(
        fr="{gateway} a encaissé {received}, mais les places ne peuvent plus être données : la somme est rendue en "
        "entier.",
        zh="{gateway} 收款 {received}，但座位已无法提供：将全额退款。",
        en="{gateway} received {received}, but the seats can no longer be had: all of it goes back.",
    ),
    "payment.double": Text(
        fr="{gateway} a encaissé {received} une seconde fois : la somme est rendue en entier.",
        zh="{gateway} 重复收款 {received}：将全额退款。",
        en="{gateway} received {received} a second time: all of it goes back.",
    ),
    "payment.mismatched": Text(
        fr="{gateway} a encaissé {received}, ce qui n’est pas le montant demandé : la somme est rendue en entier.",
        zh="{gateway} 收款 {received}，与应付金额不符：将全额退款。",
        en="{gateway} received {received}, which is not what was asked for: all of it goes back.",
    ),
    "refund.owed": Text(
        fr="Remboursement de {amount} à faire.",
        zh="待退款 {amount}。",
        en="Refund of {amount} to be made.",
    ),
}

REFUND_REASONS: dict[str, Text] = {
    "late": Text(
        fr="Paiement arrivé trop tard, places plus libres",
        zh="付款过晚，座位已售出",
        en="Payment came too late, seats no longer free",
    ),
    "double": Text(fr="Payé deux fois", zh="重复付款", en="Paid twice"),
    "mismatched": Text(
        fr="Montant ou devise qui ne correspondent pas",
        zh="金额或币种不符",
        en="Amount or currency that does not match",
    ),
}

GATEWAYS: dict[str, Text] = {
    "wechat_pay": Text(fr="WeChat Pay", zh="微信支付", en="WeChat Pay"),
}

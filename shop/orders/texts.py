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
    "payment.cash": Text(
        fr="{received} reçus en espèces au guichet.",
        zh="柜台收取现金 {received}。",
        en="{received} received in cash at the counter.",
    ),
    "payment.free": Text(
        fr="L’office offre ce qui restait à payer ({received}).",
        zh="旅游局免除剩余应付款项（{received}）。",
        en="The office gives what was left to pay ({received}).",
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
    "order.accepted": Text(
        fr="L’office a accepté ce qui a été reçu : commande payée. Billets émis : {tickets}.",
        zh="旅游局已接受所收款项：订单已支付。已出票：{tickets} 张。",
        en="The office accepted what was received: order paid. Tickets issued: {tickets}.",
    ),
    "order.refused": Text(
        fr="L’office n’a pas accepté le paiement, qui ne correspondait pas : il est rendu, la commande est annulée.",
        zh="旅游局未接受不符的付款：款项将退回，订单已取消。",
        en="The office did not accept the payment, which did not match: it goes back, the order is cancelled.",
    ),
    "order.complement": Text(
        fr="Il manque {due}. Vous pouvez payer ce complément ; sans lui, tout ce qui a été reçu est rendu.",
        zh="还需补付 {due}。您可以补足差额；如未补足，已收款项将全部退回。",
        en="{due} is missing. You can pay the rest; without it, all that was received goes back.",
    ),
    "office.cancelled": Text(
        fr="L’office a annulé {tickets} billet(s) ; {refund} sont rendus.",
        zh="旅游局取消了 {tickets} 张门票；退款 {refund}。",
        en="The office cancelled {tickets} ticket(s); {refund} goes back.",
    ),
    "tickets.cancelled": Text(
        fr="{tickets} billet(s) annulé(s) à votre demande : {refund} sont rendus, {fee} sont gardés selon les "
        "conditions de la visite.",
        zh="已按您的要求取消 {tickets} 张门票：退款 {refund}，按游览条款扣除 {fee}。",
        en="{tickets} ticket(s) cancelled at your request: {refund} goes back, {fee} is kept by the terms of the tour.",
    ),
    "departure.cancelled": Text(
        fr="La visite est annulée par l’office : {tickets} billet(s) annulé(s), {refund} sont rendus. Toutes nos "
        "excuses.",
        zh="旅游局取消了该场次：{tickets} 张门票作废，退款 {refund}。我们深表歉意。",
        en="The office cancelled the tour: {tickets} ticket(s) void, {refund} goes back. We are sorry.",
    ),
    "departure.cancelled_unpaid": Text(
        fr="La visite est annulée par l’office : la commande aussi. Ce qui aurait été reçu est rendu.",
        zh="旅游局取消了该场次：订单随之取消；如已收款，将全部退回。",
        en="The office cancelled the tour, and so the order. Whatever was received goes back.",
    ),
    "departure.called_off": Text(
        fr="L’office a annulé la visite du {date} : {reason}{note}.",
        zh="旅游局取消了 {date} 的场次：{reason}{note}。",
        en="The office cancelled the tour of {date}: {reason}{note}.",
    ),
    "departure.offered": Text(
        fr="Choisissez une autre date de cette visite, ou demandez votre argent, jusqu’au {until}. Sans choix de votre "
        "part, tout ce que vous avez payé pour elle est rendu de lui-même.",
        zh="请在 {until} 前选择该游览的其他场次，或申请退款。如未选择，届时将自动全额退款。",
        en="Choose another date of this tour, or ask for your money, until {until}. If you do neither, all that you "
        "paid for it goes back by itself.",
    ),
    "departure.moved": Text(
        fr="L’office a déplacé la visite du {was} au {date} : {reason}{note}. Si cela ne vous convient pas, vous "
        "pouvez annuler sans frais jusqu’au {until}.",
        zh="旅游局将 {was} 的场次改至 {date}：{reason}{note}。如不便参加，可在 {until} 前免费取消。",
        en="The office moved the tour of {was} to {date}: {reason}{note}. If that does not suit you, you can cancel "
        "free of charge until {until}.",
    ),
    "date.rebooked": Text(
        fr="Vous avez choisi une autre date : {date}. Vos billets ont de nouveaux codes ; les anciens ne valent plus.",
        zh="您已选择其他场次：{date}。门票已换新二维码，原二维码失效。",
        en="You chose another date: {date}. Your tickets have new codes; the old ones are void.",
    ),
    "date.changed": Text(
        fr="L’office a changé la date : {date} au lieu du {was}. Vos billets ont de nouveaux codes ; les anciens ne "
        "valent plus.",
        zh="旅游局已更改场次：由 {was} 改为 {date}。门票已换新二维码，原二维码失效。",
        en="The office changed the date: {date} instead of {was}. Your tickets have new codes; the old ones are void.",
    ),
    "tickets.left": Text(
        fr="{tickets} billet(s) annulé(s) à votre demande, sans frais : {refund} sont rendus.",
        zh="已按您的要求免费取消 {tickets} 张门票：退款 {refund}。",
        en="{tickets} ticket(s) cancelled at your request, free of charge: {refund} goes back.",
    ),
    "refund.owed": Text(
        fr="Remboursement de {amount} à faire.",
        zh="待退款 {amount}。",
        en="Refund of {amount} to be made.",
    ),
    "refund.accepted": Text(
        fr="{gateway} a pris en charge le remboursement de {amount}.",
        zh="{gateway} 已受理 {amount} 的退款。",
        en="{gateway} has taken the refund of {amount} in hand.",
    ),
    "refund.waiting": Text(
        fr="Le remboursement de {amount} attend que notre compte auprès de {gateway} soit réapprovisionné ; il est "
        "redemandé de lui-même, d’ordinaire sous deux jours.",
        zh="{amount} 的退款正等待我们在 {gateway} 的账户余额补足；系统会自动重试，通常在两天内完成。",
        en="The refund of {amount} waits until our account at {gateway} holds enough again; it is asked for again by "
        "itself, as a rule within two days.",
    ),
    "refund.succeeded": Text(
        fr="Remboursement de {amount} fait par {gateway}.",
        zh="{gateway} 已完成 {amount} 的退款。",
        en="{gateway} has refunded {amount}.",
    ),
    "refund.failed": Text(
        fr="{gateway} n’a pas pu faire le remboursement de {amount}. L’office s’en occupe ; la somme reste due.",
        zh="{gateway} 未能完成 {amount} 的退款。旅游局正在处理，该款项仍应退还。",
        en="{gateway} could not make the refund of {amount}. The office is dealing with it; the sum is still owed.",
    ),
    "refund.elsewhere": Text(
        fr="L’office a rendu {amount} directement chez {gateway}.",
        zh="旅游局已直接在 {gateway} 退款 {amount}。",
        en="The office gave {amount} back directly at {gateway}.",
    ),
    "refund.replaced": Text(
        fr="Le remboursement de {amount} prévu est remplacé par celui fait directement chez {gateway}.",
        zh="原定的 {amount} 退款已由直接在 {gateway} 办理的退款取代。",
        en="The refund of {amount} that was due is replaced by the one made directly at {gateway}.",
    ),
    "dispute.opened": Text(
        fr="La banque conteste le paiement de {amount} chez {gateway} ; {tickets} billet(s) bloqué(s) en attendant.",
        zh="银行对 {gateway} 的 {amount} 付款提出争议；{tickets} 张门票暂时冻结。",
        en="The bank disputes the payment of {amount} at {gateway}; {tickets} ticket(s) blocked meanwhile.",
    ),
    "dispute.won": Text(
        fr="La contestation de {amount} chez {gateway} est levée ; {tickets} billet(s) de nouveau valable(s).",
        zh="{gateway} 的 {amount} 争议已撤销；{tickets} 张门票恢复有效。",
        en="The dispute of {amount} at {gateway} is settled in our favour; {tickets} ticket(s) valid again.",
    ),
    "dispute.lost": Text(
        fr="La banque a repris {amount} chez {gateway}.",
        zh="银行已从 {gateway} 收回 {amount}。",
        en="The bank has taken {amount} back at {gateway}.",
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
    "excess": Text(fr="Trop-perçu", zh="多付款项", en="Paid too much"),
    "cancelled": Text(
        fr="Annulation selon les conditions de la visite",
        zh="按游览条款取消",
        en="Cancellation by the terms of the tour",
    ),
    "departure": Text(fr="Visite annulée par l’office", zh="旅游局取消场次", en="Tour cancelled by the office"),
    "moved": Text(fr="Visite déplacée par l’office", zh="旅游局调整场次", en="Tour moved by the office"),
    "office": Text(fr="Annulation par l’office", zh="旅游局取消", en="Cancelled by the office"),
    "goodwill": Text(fr="Geste commercial", zh="旅游局酌情退款", en="Goodwill of the office"),
    "elsewhere": Text(
        fr="Fait par l’office chez le prestataire de paiement",
        zh="旅游局在支付平台直接办理",
        en="Made by the office at the payment provider",
    ),
}

# Why the Office cancels or moves a date, as the buyers are told.
DATE_REASONS: dict[str, Text] = {
    "weather": Text(fr="la météo", zh="天气原因", en="the weather"),
    "guide": Text(fr="le guide est empêché", zh="讲解员无法到场", en="the guide cannot come"),
    "too_few": Text(fr="trop peu d’inscrits", zh="报名人数不足", en="too few people"),
    "other": Text(fr="une raison d’organisation", zh="组织安排原因", en="a matter of organisation"),
}

GATEWAYS: dict[str, Text] = {
    "wechat_pay": Text(fr="WeChat Pay", zh="微信支付", en="WeChat Pay"),
    "stripe": Text(fr="Stripe", zh="Stripe", en="Stripe"),
    "cash": Text(fr="le guichet, en espèces", zh="柜台现金", en="the counter, in cash"),
    "free": Text(fr="l’office, à titre gracieux", zh="旅游局赠票", en="the office, free of charge"),
}

"""The words of the pages about orders, in three languages."""

from shop.core.i18n import Text

ORDERS: dict[str, Text] = {
    "orders": Text(fr="Commandes", zh="订单", en="Orders"),
    "order": Text(fr="Commande {number}", zh="订单 {number}", en="Order {number}"),
    "q": Text(fr="Chercher une commande", zh="搜索订单", en="Search an order"),
    "q_help": Text(
        fr="Numéro de commande, de paiement ou de remboursement ; nom, courriel ou téléphone du client.",
        zh="订单号、付款或退款单号；顾客姓名、邮箱或电话。",
        en="Number of an order, a payment or a refund; the customer’s name, e-mail or telephone.",
    ),
    "q_help_numbers": Text(
        fr="Numéro de commande, de paiement ou de remboursement.",
        zh="订单号、付款或退款单号。",
        en="Number of an order, a payment or a refund.",
    ),
    "status": Text(fr="État", zh="状态", en="Status"),
    "any_status": Text(fr="Tous les états", zh="全部状态", en="Any status"),
    "tour_on": Text(fr="Jour de la visite", zh="游览日期", en="Day of the tour"),
    "ordered_on": Text(fr="Jour de la commande", zh="下单日期", en="Day of the order"),
    "nothing_found": Text(fr="Aucune commande trouvée.", zh="未找到订单。", en="No order found."),
    "not_understood": Text(
        fr="Une partie de la recherche n’a pas été comprise, et n’a pas compté.",
        zh="部分搜索条件无法识别，已忽略。",
        en="A part of the search was not understood, and did not count.",
    ),
    "sell": Text(fr="Vendre au guichet", zh="柜台售票", en="Sell at the counter"),
    # States
    "pending": Text(fr="à payer", zh="待付款", en="to be paid"),
    "in_review": Text(fr="en examen", zh="待审核", en="in review"),
    "paid": Text(fr="payée", zh="已支付", en="paid"),
    "partially_refunded": Text(fr="remboursée en partie", zh="部分退款", en="refunded in part"),
    "refunded": Text(fr="remboursée", zh="已退款", en="refunded"),
    "expired": Text(fr="expirée", zh="已过期", en="expired"),
    "cancelled": Text(fr="annulée", zh="已取消", en="cancelled"),
    "valid": Text(fr="valable", zh="有效", en="valid"),
    "redeemed": Text(fr="utilisé", zh="已使用", en="used"),
    "void": Text(fr="nul", zh="作废", en="void"),
    "blocked": Text(fr="bloqué par une contestation", zh="因争议冻结", en="blocked by a dispute"),
    "succeeded": Text(fr="fait", zh="已完成", en="done"),
    "closed": Text(fr="fermé", zh="已关闭", en="closed"),
    "waiting": Text(fr="en attente", zh="等待中", en="waiting"),
    "needs_attention": Text(fr="à régler", zh="需处理", en="needs a decision"),
    "superseded": Text(fr="remplacé", zh="已被取代", en="replaced"),
    "approved": Text(fr="approuvée", zh="已批准", en="approved"),
    "declined": Text(fr="refusée", zh="已拒绝", en="declined"),
    "open": Text(fr="ouverte", zh="进行中", en="open"),
    "won": Text(fr="gagnée", zh="胜诉", en="won"),
    "lost": Text(fr="perdue", zh="败诉", en="lost"),
    "released": Text(fr="libérée", zh="已释放", en="released"),
    "held": Text(fr="retenue", zh="已保留", en="held"),
    "confirmed": Text(fr="confirmée", zh="已确认", en="confirmed"),
    # The order's page
    "customer": Text(fr="Client", zh="顾客", en="Customer"),
    "name": Text(fr="Nom", zh="姓名", en="Name"),
    "email": Text(fr="Courriel", zh="邮箱", en="E-mail"),
    "phone": Text(fr="Téléphone", zh="电话", en="Telephone"),
    "customer_language": Text(fr="Langue du client", zh="顾客语言", en="Customer’s language"),
    "placed": Text(fr="Passée le", zh="下单时间", en="Placed on"),
    "total": Text(fr="Total", zh="总额", en="Total"),
    "left": Text(fr="Encore remboursable", zh="尚可退款", en="Can still be refunded"),
    "bookings": Text(fr="Visites", zh="游览", en="Tours"),
    "tickets": Text(fr="Billets", zh="门票", en="Tickets"),
    "no_tickets": Text(fr="Pas encore de billets.", zh="尚未出票。", en="No tickets yet."),
    "seats": Text(fr="{seats} place(s)", zh="{seats} 个座位", en="{seats} seat(s)"),
    "payments": Text(fr="Paiements", zh="付款", en="Payments"),
    "refunds": Text(fr="Remboursements", zh="退款", en="Refunds"),
    "requests": Text(fr="Demandes de remboursement", zh="退款申请", en="Refund requests"),
    "disputes": Text(fr="Contestations", zh="争议", en="Disputes"),
    "documents": Text(fr="Reçus et avoirs", zh="收据与贷项通知单", en="Receipts and credit notes"),
    "story": Text(fr="Histoire", zh="经过", en="Story"),
    "note": Text(fr="Note", zh="备注", en="Note"),
    "noted": Text(fr="Note : {text}", zh="备注：{text}", en="Note: {text}"),
    "write_note": Text(fr="Ajouter une note", zh="添加备注", en="Add a note"),
    "note_help": Text(
        fr="Pour l’équipe seulement : le client ne la voit pas.",
        zh="仅供工作人员查看，顾客看不到。",
        en="For the team only: the customer does not see it.",
    ),
    "note_kept": Text(fr="La note est enregistrée.", zh="备注已保存。", en="The note is kept."),
    "asked_by": Text(fr="demandé par {who}", zh="由 {who} 发起", en="asked for by {who}"),
    "received_by": Text(fr="reçu par {who}", zh="由 {who} 收取", en="received by {who}"),
    "by_shop": Text(fr="la boutique", zh="商店", en="the shop"),
    "by_customer": Text(fr="le client", zh="顾客", en="the customer"),
    "by_gateway": Text(fr="le prestataire", zh="支付平台", en="the provider"),
    "attention": Text(fr="À décider", zh="待处理", en="To decide"),
    "seen_to": Text(fr="C’est réglé", zh="已处理", en="It is settled"),
    # Acts
    "refund": Text(fr="Rembourser", zh="退款", en="Refund"),
    "review": Text(fr="Décider du paiement", zh="审核付款", en="Decide on the payment"),
    "take_cash": Text(fr="Encaisser en espèces", zh="收取现金", en="Take cash"),
    "show_tickets": Text(fr="Billets à remettre", zh="交付门票", en="Tickets to hand over"),
    "scope": Text(fr="Que rembourser ?", zh="退款内容", en="What goes back?"),
    "whole": Text(
        fr="Toute la commande : les billets deviennent nuls",
        zh="整个订单：门票作废",
        en="The whole order: its tickets become void",
    ),
    "some_tickets": Text(
        fr="Certains billets, cochés ci-dessous : ils deviennent nuls",
        zh="下方勾选的门票：这些门票作废",
        en="Some tickets, ticked below: they become void",
    ),
    "some_amount": Text(
        fr="Une somme libre : les billets restent valables",
        zh="自定义金额：门票保持有效",
        en="A free amount: the tickets stay valid",
    ),
    "amount": Text(fr="Somme en {currency}", zh="金额（{currency}）", en="Amount in {currency}"),
    "reason": Text(fr="Raison", zh="原因", en="Reason"),
    "reason_help": Text(
        fr="Elle reste dans les livres de l’office ; le client ne la voit pas.",
        zh="仅保存在旅游局记录中，顾客看不到。",
        en="It stays in the Office’s records; the customer does not see it.",
    ),
    "rehearse": Text(fr="Voir ce qui serait fait", zh="预览操作结果", en="See what would be done"),
    "rehearsal": Text(fr="Voici ce qui serait fait", zh="将执行的操作", en="This is what would be done"),
    "goes_back": Text(fr="{amount} sont rendus au client.", zh="向顾客退还 {amount}。", en="{amount} goes back."),
    "nothing_back": Text(
        fr="Rien n’a été payé : aucune somme n’est rendue.",
        zh="未付款：不退还任何金额。",
        en="Nothing was paid: no money goes back.",
    ),
    "by_means": Text(fr="{amount} par {gateway}", zh="{amount}，通过 {gateway}", en="{amount} through {gateway}"),
    "cash_to_hand_out": Text(
        fr="La part en espèces est à remettre en main propre ; notez-le ensuite sur la page du remboursement.",
        zh="现金部分须当面支付；随后请在退款页面登记。",
        en="What was paid in cash is handed out in person; write it down on the refund’s page afterwards.",
    ),
    "tickets_void": Text(
        fr="Billets qui deviennent nuls, leurs places rendues à la vente : {positions}.",
        zh="以下门票作废，座位重新开放销售：{positions}。",
        en="Tickets that become void, their seats on sale again: {positions}.",
    ),
    "tickets_stay": Text(fr="Les billets restent valables.", zh="门票保持有效。", en="The tickets stay valid."),
    "second_person": Text(
        fr="Au-dessus de {limit} par jour et par commande, un autre responsable doit approuver : rien n’est rendu "
        "avant. La demande vaut sept jours.",
        zh="每个订单每日超过 {limit} 须由另一位负责人批准，此前不会退款。申请七天内有效。",
        en="Above {limit} a day for one order another manager must agree: nothing goes back before. The request "
        "stands for seven days.",
    ),
    "given_lately": Text(
        fr="Déjà rendu par l’office depuis un jour : {amount}.",
        zh="一天内旅游局已退：{amount}。",
        en="Given back by the Office within a day already: {amount}.",
    ),
    "refund_now": Text(fr="Rembourser maintenant", zh="立即退款", en="Refund now"),
    "ask_for_it": Text(fr="Demander l’accord", zh="提交申请", en="Ask for agreement"),
    "refund_made": Text(
        fr="C’est fait : le remboursement est en route.",
        zh="已完成：退款正在处理中。",
        en="Done: the refund is on its way.",
    ),
    "refund_asked": Text(
        fr="La demande attend l’accord d’un autre responsable.",
        zh="申请正等待另一位负责人批准。",
        en="The request waits for another manager.",
    ),
    "already_done": Text(
        fr="Ce formulaire avait déjà été envoyé : fait une seule fois.",
        zh="该表单已提交过：仅执行一次。",
        en="This form was sent before: it was done once.",
    ),
    # Reviews
    "came": Text(fr="Reçu : {amount}", zh="已收到：{amount}", en="Received: {amount}"),
    "should_come": Text(fr="Demandé : {amount}", zh="应付：{amount}", en="Asked for: {amount}"),
    "accept": Text(fr="Accepter", zh="接受", en="Accept"),
    "accept_exact": Text(
        fr="La commande est payée ; les billets sont émis.",
        zh="订单视为已支付并出票。",
        en="The order is paid; its tickets are issued.",
    ),
    "accept_excess": Text(
        fr="La commande est payée, les billets sont émis ; {amount} de trop sont rendus.",
        zh="订单视为已支付并出票；多付的 {amount} 将退还。",
        en="The order is paid and its tickets issued; {amount} too much goes back.",
    ),
    "cannot_accept": Text(
        fr="Impossible d’accepter : il manque de l’argent, ou il est d’une autre monnaie.",
        zh="无法接受：金额不足或币种不同。",
        en="Cannot be accepted: money is missing, or of another currency.",
    ),
    "refuse": Text(fr="Refuser", zh="拒绝", en="Refuse"),
    "refuse_means": Text(
        fr="Tout ce qui a été reçu est rendu ; la commande est annulée, les places sont rendues à la vente.",
        zh="退还全部已收款项；取消订单，座位重新开放销售。",
        en="All that was received goes back; the order is cancelled, its seats are on sale again.",
    ),
    "complement": Text(fr="Demander le complément", zh="要求补足", en="Ask for the rest"),
    "complement_means": Text(
        fr="Le client peut payer {amount} jusqu’au {until} ; sans cela, tout lui est rendu.",
        zh="顾客可在 {until} 前补付 {amount}；否则全部退还。",
        en="The customer may pay {amount} until {until}; without that, all goes back.",
    ),
    "decided": Text(fr="C’est décidé.", zh="已处理。", en="It is decided."),
    "not_in_review": Text(
        fr="Cette commande n’est pas en examen : il n’y a rien à décider.",
        zh="该订单不在审核中：无需处理。",
        en="This order is not in review: there is nothing to decide.",
    ),
    # Tickets to hand over
    "hand_over_why": Text(
        fr="La boutique n’envoie pas de courriels : imprimez cette page, faites scanner les codes, ou donnez les "
        "liens au client par vos propres moyens.",
        zh="商店不发送邮件：请打印此页、让顾客扫码，或自行把链接交给顾客。",
        en="The shop sends no e-mails: print this page, let the codes be scanned, or give the customer the links "
        "yourself.",
    ),
    "none_valid": Text(
        fr="Cette commande n’a pas de billet valable.", zh="该订单没有有效门票。", en="This order has no valid ticket."
    ),
    "qr_of": Text(fr="Code du billet {reference}", zh="门票 {reference} 的二维码", en="Code of ticket {reference}"),
    "pdf": Text(fr="Billet à imprimer (PDF)", zh="可打印门票（PDF）", en="Ticket to print (PDF)"),
    "calendar": Text(fr="Pour l’agenda", zh="添加到日历", en="For the calendar"),
    # Requests
    "request": Text(fr="Remboursement à approuver", zh="待批准的退款", en="Refund to be approved"),
    "request_of": Text(
        fr="{who} demande de rendre {amount}.", zh="{who} 申请退款 {amount}。", en="{who} asks to give {amount} back."
    ),
    "until": Text(fr="Valable jusqu’au {until}", zh="有效期至 {until}", en="Stands until {until}"),
    "approve": Text(fr="Approuver et rembourser", zh="批准并退款", en="Approve and refund"),
    "decline": Text(fr="Refuser la demande", zh="拒绝申请", en="Decline"),
    "answer": Text(fr="Pourquoi ce refus", zh="拒绝原因", en="Why it is declined"),
    "approved_now": Text(
        fr="Approuvé : le remboursement est en route.",
        zh="已批准：退款正在处理中。",
        en="Approved: the refund is on its way.",
    ),
    "declined_now": Text(fr="La demande est refusée.", zh="申请已拒绝。", en="The request is declined."),
    "your_own": Text(
        fr="Vous l’avez demandé vous-même : une autre personne doit approuver.",
        zh="该申请由您提出：须由另一人批准。",
        en="You asked for it yourself: another person must approve.",
    ),
    "decided_by": Text(fr="décidé par {who}", zh="由 {who} 处理", en="decided by {who}"),
    "no_longer": Text(
        fr="La commande a changé depuis : ce remboursement ne peut plus être fait tel quel. Refusez-le et demandez-en "
        "un autre.",
        zh="订单此后已变化：该退款无法按原样执行。请拒绝并重新申请。",
        en="The order has changed since: this refund can no longer be made as it is. Decline it and ask for another.",
    ),
    # Cash for an order
    "received": Text(fr="Somme reçue en {currency}", zh="收到的金额（{currency}）", en="Amount received in {currency}"),
    "to_pay": Text(fr="À payer : {amount}", zh="应付：{amount}", en="To pay: {amount}"),
    "cash_taken": Text(
        fr="Encaissé. À rendre : {change}.", zh="已收款。找零：{change}。", en="Taken. Change to give: {change}."
    ),
}

AMOUNT = Text(
    fr="Écrivez une somme en {currency}, par exemple 38,00.",
    zh="请以 {currency} 填写金额，例如 38.00。",
    en="Write an amount in {currency}, such as 38.00.",
)
NO_TICKETS = Text(fr="Cochez au moins un billet.", zh="请至少勾选一张门票。", en="Tick one ticket at least.")
UNCLEAR = Text(
    fr="Des billets sont cochés, mais ce n’est pas ce choix : décochez-les, ou choisissez « certains billets ».",
    zh="已勾选门票，但与所选退款方式不符：请取消勾选，或选择“下方勾选的门票”。",
    en="Tickets are ticked, but that is not what was chosen: untick them, or choose “some tickets”.",
)

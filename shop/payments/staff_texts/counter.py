"""The words of the counter, in three languages."""

from shop.core.i18n import Text

COUNTER: dict[str, Text] = {
    "counter": Text(fr="Guichet", zh="柜台", en="Counter"),
    "choose": Text(fr="Choisir un départ", zh="选择场次", en="Choose a departure"),
    "from_day": Text(fr="À partir du", zh="起始日期", en="From"),
    "show": Text(fr="Afficher", zh="显示", en="Show"),
    "no_departures": Text(
        fr="Aucun départ à vendre dans les sept jours.",
        zh="七天内没有可售场次。",
        en="No departure to sell within seven days.",
    ),
    "seats_left": Text(fr="{seats} place(s) libre(s)", zh="余 {seats} 个座位", en="{seats} seat(s) free"),
    "full": Text(fr="complet", zh="已满", en="full"),
    "sale": Text(fr="Vente au guichet", zh="柜台售票", en="Sale at the counter"),
    "party": Text(fr="Qui vient ?", zh="参加人数", en="Who comes?"),
    "buyer": Text(fr="Au nom de", zh="购票人", en="In whose name"),
    "name": Text(fr="Nom", zh="姓名", en="Name"),
    "email": Text(fr="Courriel", zh="邮箱", en="E-mail"),
    "phone": Text(fr="Téléphone", zh="电话", en="Telephone"),
    "ticket_language": Text(fr="Langue des billets", zh="门票语言", en="Language of the tickets"),
    "to_total": Text(fr="Voir le total", zh="查看总额", en="See the total"),
    "total": Text(fr="Total : {amount}", zh="总额：{amount}", en="Total: {amount}"),
    "means": Text(fr="Paiement", zh="付款方式", en="Payment"),
    "cash": Text(fr="Espèces", zh="现金", en="Cash"),
    "free": Text(
        fr="Offert (responsable, avec raison)", zh="赠送（负责人，需注明原因）", en="Given (manager, with a reason)"
    ),
    "received": Text(fr="Somme reçue en {currency}", zh="收到的金额（{currency}）", en="Amount received in {currency}"),
    "reason": Text(fr="Raison, si c’est offert", zh="赠送原因", en="Reason, if it is given"),
    "sell_now": Text(fr="Encaisser et émettre les billets", zh="收款并出票", en="Take the money and issue the tickets"),
    "terms_told": Text(
        fr="Dites au client que les conditions de vente s’appliquent ; elles sont affichées au guichet.",
        zh="请告知顾客适用销售条款；条款张贴于柜台。",
        en="Tell the customer that the conditions of sale apply; they hang at the counter.",
    ),
    "sold": Text(
        fr="Vendu. À rendre : {change}.", zh="售票完成。找零：{change}。", en="Sold. Change to give: {change}."
    ),
    "sold_free": Text(
        fr="Offert : les billets sont émis.", zh="已赠送：门票已出。", en="Given: the tickets are issued."
    ),
    "change_party": Text(fr="Changer", zh="修改", en="Change"),
}

PRICE_CHANGED = Text(
    fr="Le prix a changé entre-temps : il est maintenant de {amount}.",
    zh="价格已变化：现为 {amount}。",
    en="The price has changed meanwhile: it is now {amount}.",
)
REASON_NEEDED = Text(fr="Dites pourquoi c’est offert.", zh="请注明赠送原因。", en="Say why it is given.")

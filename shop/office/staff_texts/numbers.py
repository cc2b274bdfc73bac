"""The words of the pages with numbers, in three languages."""

from shop.core.i18n import Text

NUMBERS: dict[str, Text] = {
    "numbers": Text(fr="Chiffres", zh="数据", en="Numbers"),
    "from": Text(fr="Du", zh="从", en="From"),
    "to": Text(fr="Au", zh="至", en="To"),
    "show": Text(fr="Afficher", zh="显示", en="Show"),
    "usual": Text(fr="Douze dernières semaines", zh="最近十二周", en="Last twelve weeks"),
    "period": Text(
        fr="Du {first} au {last}, comparé à la période du {first_before} au {last_before}. Jours et heures de l’Office "
        "({zone}).",
        zh="{first} 至 {last}，与 {first_before} 至 {last_before} 对比。按旅游局时区（{zone}）。",
        en="From {first} to {last}, compared with {first_before} to {last_before}. Days and hours of the Office "
        "({zone}).",
    ),
    "counted": Text(fr="Compté à {time}.", zh="统计于 {time}。", en="Counted at {time}."),
    "before": Text(fr="avant", zh="之前", en="before"),
    "this_period": Text(fr="Cette période", zh="本期", en="This period"),
    "period_before": Text(fr="Période d’avant", zh="上期", en="Period before"),
    "change": Text(fr="Évolution", zh="变化", en="Change"),
    "points": Text(fr="{change} points", zh="{change} 个百分点", en="{change} points"),
    "as_table": Text(fr="En tableau", zh="以表格查看", en="As a table"),
    "download": Text(fr="Télécharger", zh="下载", en="Download"),
    "meaning": Text(fr="Ce que disent ces chiffres", zh="数据说明", en="What these numbers say"),
    "nothing": Text(
        fr="Rien à montrer pour cette période.", zh="该期间没有数据。", en="Nothing to show for this period."
    ),
    "currency": Text(fr="Monnaie", zh="货币", en="Currency"),
    "books": Text(fr="Livres", zh="账簿", en="Books"),
    "reconciliation": Text(fr="Rapprochement", zh="对账", en="Reconciliation"),
    # Tables and what they mean
    "overview": Text(fr="L’essentiel", zh="概览", en="Overview"),
    "overview_means": Text(
        fr="Les mêmes chiffres que ci-dessous, toutes visites ensemble. Une monnaie n’est jamais ajoutée à une autre.",
        zh="与下列数据相同，为所有游览的合计。不同货币从不相加。",
        en="The same numbers as below, all tours together. One currency is never added to another.",
    ),
    "weeks": Text(fr="Ventes par semaine", zh="每周销售", en="Sales by week"),
    "weeks_means": Text(
        fr="Semaines du lundi au dimanche, au jour de la vente. Une semaine coupée par la période ne compte que ses "
        "jours "
        "compris.",
        zh="周一至周日为一周，按销售日期。期间边缘的周只计入期间内的日子。",
        en="Weeks from Monday to Sunday, by the day of the sale. A week cut by the period counts only its days inside.",
    ),
    "tours": Text(fr="Ventes par visite", zh="按游览的销售", en="Sales by tour"),
    "tours_means": Text(
        fr="Places vendues : celles des commandes devenues certaines dans la période, gratuites comprises. Annulées "
        "depuis : "
        "celles d’entre elles rendues jusqu’à maintenant.",
        zh="已售名额：期间内确认的订单的名额，包括免费订单。之后取消：其中至今已退回的名额。",
        en="Seats sold: those of orders that became certain in the period, free ones included. Cancelled since: those "
        "of "
        "them given back until now.",
    ),
    "tours_money": Text(
        fr="Recette : ventes moins avoirs, TVA comprise, comme au journal et dans les clôtures. Un avoir compte au "
        "jour où il "
        "est émis ; dans une commande de plusieurs visites, il revient à celles qui ont été annulées, sinon à toutes "
        "selon "
        "leur prix.",
        zh="收入：销售减去贷项，含税，与账簿和结账一致。贷项按开具日期计入；订单含多个游览时，计入被取消的游览，"
        "否则按价格分摊。",
        en="Revenue: sales less credit notes, VAT included, as in the journal and the closings. A credit note counts "
        "on the "
        "day it is issued; in an order of several tours it belongs to those that were cancelled, else to all by price.",
    ),
    "languages": Text(fr="Ventes par langue de visite", zh="按讲解语言的销售", en="Sales by guide language"),
    "languages_means": Text(
        fr="La langue dans laquelle la visite est guidée, et non celle de l’acheteur.",
        zh="指导游讲解的语言，而非购买者的语言。",
        en="The language the tour is guided in, not the buyer’s.",
    ),
    "means": Text(fr="Argent par moyen de paiement", zh="按支付方式的资金", en="Money by means of payment"),
    "means_means": Text(
        fr="Encaissé et rendu, au jour de l’écriture au journal ; y compris ce qui n’était pas dû et repart. Les "
        "commissions "
        "et les litiges sont à part, dans les livres. Ce qui est offert au guichet est compté comme « offert ».",
        zh="按入账日期的收款与退款，包括不应收而退回的款项。手续费和争议另见账簿。柜台赠送计为“赠送”。",
        en="What came and went back, by the day of the entry in the journal; what was not owed and goes back "
        "included. Fees "
        "and disputes stand apart, in the books. What is given at the counter counts as “given”.",
    ),
    "filled_weeks": Text(fr="Remplissage par semaine", zh="每周上座率", en="Occupancy by week"),
    "filled_weeks_means": Text(
        fr="Remplissage : places vendues et non annulées, divisées par la capacité, des départs de la période qui ne "
        "sont pas "
        "annulés. Les places seulement retenues ne comptent pas.",
        zh="上座率：期间内未取消场次中已售且未取消的名额除以容量。仅保留的名额不计。",
        en="Occupancy: seats sold and not cancelled, divided by the capacity, of the period’s departures that are not "
        "called "
        "off. Seats that are only held do not count.",
    ),
    "filled_tours": Text(fr="Remplissage par visite", zh="按游览的上座率", en="Occupancy by tour"),
    "filled_tours_means": Text(
        fr="Les départs qui ont lieu dans la période, quel que soit le jour de la vente.",
        zh="期间内出发的场次，不论销售日期。",
        en="The departures that start in the period, whenever they were sold.",
    ),
    "filled_languages": Text(
        fr="Remplissage par langue de visite", zh="按讲解语言的上座率", en="Occupancy by guide language"
    ),
    "filled_languages_means": Text(
        fr="Comme par visite, selon la langue du départ.",
        zh="同上，按场次的讲解语言。",
        en="As by tour, by the language of the departure.",
    ),
    "filled_hours": Text(
        fr="Remplissage par jour et heure de départ",
        zh="按星期和出发时间的上座率",
        en="Occupancy by day and hour of start",
    ),
    "filled_hours_means": Text(
        fr="En pour cent ; plus c’est foncé, plus c’est plein. Une case vide : aucun départ.",
        zh="单位为百分比；颜色越深越满。空格表示没有场次。",
        en="In percent; the darker, the fuller. An empty cell: no departure.",
    ),
    "lead": Text(
        fr="Délai entre l’achat et le départ", zh="购买与出发之间的天数", en="Time from purchase to departure"
    ),
    "lead_means": Text(
        fr="Jours du calendrier entre le paiement et le départ, des places vendues dans la période, annulées "
        "comprises. La "
        "médiane est celle des réservations : la moitié se fait plus tôt, l’autre plus tard.",
        zh="期间内已售名额（含已取消）从付款到出发的日历天数。中位数按预订计算：一半更早，一半更晚。",
        en="Calendar days from payment to start, of the seats sold in the period, cancelled ones included. The median "
        "is "
        "that of bookings: half are made earlier, half later.",
    ),
    # Columns
    "measure": Text(fr="Mesure", zh="指标", en="Measure"),
    "week": Text(fr="Semaine du", zh="周（始于）", en="Week of"),
    "tour": Text(fr="Visite", zh="游览", en="Tour"),
    "language_guided": Text(fr="Langue", zh="语言", en="Language"),
    "gateway": Text(fr="Moyen", zh="方式", en="Means"),
    "weekday": Text(fr="Jour", zh="星期", en="Day"),
    "hour": Text(fr="Heure", zh="时间", en="Hour"),
    "delay": Text(fr="Délai", zh="天数", en="Time ahead"),
    "orders": Text(fr="Commandes", zh="订单", en="Orders"),
    "seats": Text(fr="Places vendues", zh="已售名额", en="Seats sold"),
    "cancelled": Text(fr="Annulées depuis", zh="之后取消", en="Cancelled since"),
    "cancelled_share": Text(fr="Part annulée", zh="取消比例", en="Share cancelled"),
    "sold": Text(fr="Ventes", zh="销售额", en="Sales"),
    "credited": Text(fr="Avoirs", zh="贷项", en="Credit notes"),
    "revenue": Text(fr="Recette", zh="收入", en="Revenue"),
    "departures": Text(fr="Départs", zh="场次", en="Departures"),
    "called_off": Text(fr="Départs annulés", zh="取消的场次", en="Called off"),
    "capacity": Text(fr="Capacité", zh="容量", en="Capacity"),
    "filled": Text(fr="Places occupées", zh="占用名额", en="Seats filled"),
    "occupancy": Text(fr="Remplissage", zh="上座率", en="Occupancy"),
    "payments": Text(fr="Paiements", zh="付款笔数", en="Payments"),
    "came": Text(fr="Encaissé", zh="收款", en="Received"),
    "refunds": Text(fr="Remboursements", zh="退款笔数", en="Refunds"),
    "went": Text(fr="Rendu", zh="退款", en="Given back"),
    "left": Text(fr="Reste", zh="净额", en="Left"),
    "share": Text(fr="Part", zh="占比", en="Share"),
    "median_lead": Text(fr="Délai médian (jours)", zh="中位天数", en="Median time ahead (days)"),
    # Values
    "no_tour": Text(fr="Sans visite", zh="无对应游览", en="No tour"),
    "same_day": Text(fr="Le jour même", zh="当天", en="Same day"),
    "day_before": Text(fr="La veille", zh="前一天", en="The day before"),
    "days": Text(fr="{least} à {most} jours avant", zh="提前 {least}–{most} 天", en="{least} to {most} days before"),
    "days_from": Text(fr="{least} jours avant ou plus", zh="提前 {least} 天及以上", en="{least} days before or more"),
    "wechat_pay": Text(fr="WeChat Pay", zh="微信支付", en="WeChat Pay"),
    "stripe": Text(fr="Carte (Stripe)", zh="银行卡（Stripe）", en="Card (Stripe)"),
    "cash": Text(fr="Espèces", zh="现金", en="Cash"),
    "free": Text(fr="Offert", zh="赠送", en="Given"),
    # Pictures
    "line_of": Text(fr="{what}, par semaine", zh="每周{what}", en="{what} by week"),
    "line_told": Text(
        fr="Courbe de {count} semaines, du {first} au {last}. Le plus haut : {top}. Les valeurs sont dans le tableau.",
        zh="{count} 周的曲线，{first} 至 {last}。最高：{top}。数值见表格。",
        en="Line of {count} weeks, {first} to {last}. The highest: {top}. The values are in the table.",
    ),
    "bars_told": Text(
        fr="{count} barres. La plus longue : {label}, {top}. Les valeurs sont dans le tableau.",
        zh="{count} 条。最长：{label}，{top}。数值见表格。",
        en="{count} bars. The longest: {label}, {top}. The values are in the table.",
    ),
    "largest": Text(
        fr="Les {count} premières ; toutes sont dans le tableau.",
        zh="仅显示前 {count} 项；全部见表格。",
        en="The first {count}; all are in the table.",
    ),
    "heat_told": Text(
        fr="Sept jours et {count} heures de départ. Les valeurs sont dans le tableau.",
        zh="七天，{count} 个出发时间。数值见表格。",
        en="Seven days and {count} hours of start. The values are in the table.",
    ),
}

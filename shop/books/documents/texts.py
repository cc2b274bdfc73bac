"""The fixed words of receipts and credit notes, in three languages."""

from shop.core.i18n import Text

TITLES: dict[str, Text] = {
    "receipt": Text(fr="Reçu", zh="收据", en="Receipt"),
    "credit_note": Text(fr="Avoir", zh="贷项通知单（退款凭证）", en="Credit note"),
}
NUMBER = Text(fr="Numéro", zh="编号", en="Number")
DATE = Text(fr="Date", zh="日期", en="Date")
ORDER = Text(fr="Commande", zh="订单号", en="Order")
CLIENT = Text(fr="Client", zh="客户", en="Customer")
SELLER = Text(fr="Vendeur", zh="销售方", en="Seller")
CORRECTS = Text(
    fr="Corrige le reçu {number} du {day}.",
    zh="更正 {day} 开具的收据 {number}。",
    en="Corrects receipt {number} of {day}.",
)
REASON = Text(fr="Motif : {reason}", zh="原因：{reason}", en="Reason: {reason}")
MEANS = Text(fr="Payé par {means}.", zh="付款方式：{means}。", en="Paid by {means}.")

ITEM = Text(fr="Désignation", zh="项目", en="Item")
QUANTITY = Text(fr="Qté", zh="数量", en="Qty")
UNIT_PRICE = Text(fr="Prix unitaire TTC", zh="含税单价", en="Unit price incl. VAT")
VAT = Text(fr="TVA", zh="增值税", en="VAT")
AMOUNT = Text(fr="Montant TTC", zh="含税金额", en="Amount incl. VAT")

NET = Text(fr="Total HT", zh="不含税合计", en="Total excl. VAT")
TAX = Text(fr="TVA {rate} % sur {net}", zh="增值税 {rate}%（计税额 {net}）", en="VAT {rate}% on {net}")
GROSS: dict[str, Text] = {
    "receipt": Text(fr="Total TTC", zh="含税合计", en="Total incl. VAT"),
    "credit_note": Text(fr="Total TTC à votre crédit", zh="应退含税合计", en="Total incl. VAT to your credit"),
}

# Under which article of the tax code is the accountant's to say, in the seller's own words if need be.
WITHOUT_VAT: dict[str, Text] = {
    "EXEMPT": Text(
        fr="Opération exonérée de TVA : {gross}.",
        zh="免征增值税：{gross}。",
        en="Exempt from VAT: {gross}.",
    ),
    "OUT_OF_SCOPE": Text(
        fr="Opération hors du champ d’application de la TVA : {gross}.",
        zh="不属于增值税征税范围：{gross}。",
        en="Outside the scope of VAT: {gross}.",
    ),
}
SHORT_WITHOUT_VAT: dict[str, Text] = {
    "EXEMPT": Text(fr="exonéré", zh="免税", en="exempt"),
    "OUT_OF_SCOPE": Text(fr="hors champ", zh="不征税", en="out of scope"),
}

SELLER_FACTS: dict[str, Text] = {
    "siren": Text(fr="SIREN {value}", zh="企业识别号（SIREN）{value}", en="Company number (SIREN) {value}"),
    "vat_number": Text(fr="N° de TVA {value}", zh="增值税号 {value}", en="VAT number {value}"),
    "registration": Text(
        fr="Immatriculation Atout France {value}",
        zh="旅游经营者登记号 {value}",
        en="Registered travel operator {value}",
    ),
    "guarantor": Text(fr="Garant : {value}", zh="担保机构：{value}", en="Guarantor: {value}"),
    "insurer": Text(fr="Assureur : {value}", zh="承保机构：{value}", en="Insurer: {value}"),
    "mediator": Text(
        fr="Médiateur de la consommation : {value}", zh="消费纠纷调解机构：{value}", en="Consumer mediator: {value}"
    ),
}
MEANS_NAMES: dict[str, Text] = {
    "wechat_pay": Text(fr="WeChat Pay", zh="微信支付", en="WeChat Pay"),
    "stripe": Text(
        fr="carte ou portefeuille électronique (Stripe)",
        zh="银行卡或电子钱包（Stripe）",
        en="card or electronic wallet (Stripe)",
    ),
    "cash": Text(fr="espèces", zh="现金", en="cash"),
    "free": Text(fr="gratuité accordée par l’office", zh="旅游局赠送", en="courtesy of the tourism office"),
}
PAGE = Text(fr="Page {page} sur {pages}", zh="第 {page} 页，共 {pages} 页", en="Page {page} of {pages}")
PERCENT = Text(fr="{rate} %", zh="{rate}%", en="{rate}%")
PRINTED_RATES: dict[str, str] = {"FR_STD_20": "20", "FR_RED_10": "10"}
AND = Text(fr=" et ", zh="、", en=" and ")

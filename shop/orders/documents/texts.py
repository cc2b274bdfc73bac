"""The fixed words of a ticket, in three languages."""

from shop.core.i18n import Text

TICKET = Text(fr="Billet", zh="门票", en="Ticket")
REFERENCE = Text(fr="Référence", zh="票号", en="Reference")
HOLDER = Text(fr="Au nom de", zh="持票人", en="In the name of")
UNIT = Text(fr="Tarif", zh="票种", en="Ticket type")
PRICE = Text(fr="Prix", zh="价格", en="Price")
FREE = Text(fr="Gratuit", zh="免费", en="Free")
GUIDE_LANGUAGE = Text(fr="Langue de la visite", zh="讲解语言", en="Language of the tour")
ORDER = Text(fr="Commande", zh="订单号", en="Order")
MEETING_POINT = Text(fr="Point de rendez-vous", zh="集合地点", en="Meeting point")
ACCESSIBILITY = Text(fr="Accessibilité", zh="无障碍信息", en="Accessibility")

WHEN = Text(fr="{day}, de {start} à {end}", zh="{day} {start}–{end}", en="{day}, {start} to {end}")
DAY_AND_HOUR = Text(fr="{day} à {hour}", zh="{day} {hour}", en="{day} at {hour}")
PLACE = Text(
    fr="{meeting_point}, {address}",
    zh="{meeting_point}，{address}",
    en="{meeting_point}, {address}",
)

SHOW_THE_CODE = Text(
    fr="Présentez ce code au point de rendez-vous, 10 minutes avant le début.",
    zh="请于开始前 10 分钟到达集合地点，并出示此二维码。",
    en="Show this code at the meeting point 10 minutes before the start.",
)
SHOW_THE_TICKET = Text(
    fr="Billet {reference}. Présentez-le au point de rendez-vous, 10 minutes avant le début.",
    zh="票号：{reference}。请于开始前 10 分钟到达集合地点，并出示门票。",
    en="Ticket {reference}. Show it at the meeting point 10 minutes before the start.",
)

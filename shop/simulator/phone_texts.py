"""The words of the simulated phone, in French, Chinese and English, and how each writes an amount."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Texts:
    """All the words one language needs."""

    language: str
    own_name: str
    simulated: str
    title: str
    to_pay: str
    pay: str
    cancel: str
    number: str
    customer: str
    nothing: str
    nothing_hint: str
    paid: str
    paid_hint: str
    cancelled: str
    cancelled_hint: str
    closed: str
    closed_hint: str
    expired: str
    expired_hint: str
    unknown: str
    unknown_hint: str
    try_again: str
    back: str


FRENCH = Texts(
    language="fr",
    own_name="Français",
    simulated="Paiement simulé : aucun argent ne circule",
    title="Paiement WeChat simulé",
    to_pay="Paiements en attente",
    pay="Payer",
    cancel="Annuler",
    number="Commande",
    customer="Client",
    nothing="Rien à payer",
    nothing_hint="Passez une commande dans la boutique, puis actualisez cette page.",
    paid="Paiement effectué",
    paid_hint="La boutique est prévenue. Vous pouvez y retourner.",
    cancelled="Paiement annulé",
    cancelled_hint="Rien n’a été débité. La commande peut encore être payée.",
    closed="Commande fermée",
    closed_hint="La boutique a fermé cette commande ; elle ne peut plus être payée.",
    expired="Délai dépassé",
    expired_hint="Le temps pour payer est écoulé. Passez une nouvelle commande dans la boutique.",
    unknown="Paiement introuvable",
    unknown_hint="Ce lien ne correspond à aucun paiement.",
    try_again="Payer quand même",
    back="Tous les paiements en attente",
)
CHINESE = Texts(
    language="zh-CN",
    own_name="简体中文",
    simulated="模拟支付：不会产生真实扣款",
    title="模拟微信支付",
    to_pay="待支付订单",
    pay="立即支付",
    cancel="取消",
    number="商户单号",
    customer="付款人",
    nothing="暂无待支付订单",
    nothing_hint="请先在商店下单，然后刷新本页。",
    paid="支付成功",
    paid_hint="商户已收到通知，您可以返回商店。",
    cancelled="支付已取消",
    cancelled_hint="未扣款，该订单仍可支付。",
    closed="订单已关闭",
    closed_hint="商户已关闭该订单，无法继续支付。",
    expired="订单已过期",
    expired_hint="支付时间已过，请返回商店重新下单。",
    unknown="未找到该支付",
    unknown_hint="此链接没有对应的支付订单。",
    try_again="继续支付",
    back="全部待支付订单",
)
ENGLISH = Texts(
    language="en",
    own_name="English",
    simulated="Simulated payment: no money moves",
    title="Simulated WeChat payment",
    to_pay="Waiting for payment",
    pay="Pay",
    cancel="Cancel",
    number="Order",
    customer="Customer",
    nothing="Nothing to pay",
    nothing_hint="Place an order in the shop, then reload this page.",
    paid="Payment complete",
    paid_hint="The shop has been told. You can go back to it.",
    cancelled="Payment cancelled",
    cancelled_hint="Nothing was charged. The order can still be paid.",
    closed="Order closed",
    closed_hint="The shop has closed this order; it can no longer be paid.",
    expired="Too late",
    expired_hint="The time to pay has run out. Place a new order in the shop.",
    unknown="No such payment",
    unknown_hint="This link does not belong to any payment.",
    try_again="Pay after all",
    back="Everything waiting for payment",
)
LANGUAGES = {texts.language: texts for texts in (FRENCH, CHINESE, ENGLISH)}
SYMBOLS = {"EUR": "€", "CNY": "¥"}


def texts_in(language: str | None) -> Texts | None:
    """The words of a language asked for by name, such as ``zh`` or ``zh-CN``."""
    wanted = (language or "").lower().split("-")[0]
    return next((texts for tag, texts in LANGUAGES.items() if wanted and tag.split("-")[0] == wanted), None)


def amount(minor_units: int, currency: str, language: str) -> str:
    """An amount as people of that language write it."""
    whole, cents = divmod(minor_units, 100)
    symbol = SYMBOLS.get(currency, f"{currency} ")
    if language == "fr":
        return f"{whole:,}".replace(",", "\u202f") + f",{cents:02d}\u00a0{symbol.strip()}"
    return f"{symbol}{whole:,}.{cents:02d}"

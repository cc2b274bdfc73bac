"""What people are told about what is held about them, in three languages."""

from shop.core.i18n import Text

# At the head of what a person gets to read of everything held about them.
ABOUT: dict[str, Text] = {
    "what": Text(
        fr="Tout ce que la boutique garde de vous. Montants en centimes. Les avis de paiement ne figurent ici que par "
        "ce qui en est lisible ; leur texte chiffré n’est qu’une preuve. Le personnel n’est pas nommé.",
        zh="商店保存的关于您的全部信息。金额以分为单位。支付通知仅列出可读部分，其加密正文只作为凭证。旅游局人员姓名不列出。",
        en="Everything the shop holds about you. Amounts are in cents. Of payment notices only what can be read is "
        "here; their encrypted text is merely proof. People of the Office are not named.",
    ),
    "kept": Text(
        fr="{what} : {how_long}. {source}.", zh="{what}：{how_long}。{source}。", en="{what}: {how_long}. {source}."
    ),
    "rights": Text(
        fr="Vous pouvez faire corriger ou effacer ces données, retirer vos consentements, ou vous plaindre à la CNIL "
        "(cnil.fr). Effacée, une personne ne l’est pas des reçus et avoirs : la loi les fait garder dix ans.",
        zh="您可以要求更正或删除这些信息、撤回同意，或向 CNIL（cnil.fr）投诉。收据和退款凭证依法保留十年，不予删除。",
        en="You may have these data corrected or erased, withdraw your consents, or complain to the CNIL (cnil.fr). "
        "Erasure does not reach receipts and credit notes: the law has them kept for ten years.",
    ),
}

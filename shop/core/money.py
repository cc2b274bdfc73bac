"""Amounts of money: integer minor units with their currency, never a float."""

from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_currency, get_currency_precision

from shop.core.i18n import Language

_BABEL_LOCALES: dict[Language, str] = {"fr": "fr_FR", "zh-CN": "zh_Hans_CN", "en": "en_GB"}


@dataclass(frozen=True, order=True)
class Money:
    """An amount in minor units (cents, fen) of a currency."""

    amount: int
    currency: str

    def to(self, language: Language) -> str:
        """The amount as people write it, `19,00 €` or `€19.00`."""
        major = Decimal(self.amount).scaleb(-get_currency_precision(self.currency))
        return format_currency(major, self.currency, locale=_BABEL_LOCALES[language])

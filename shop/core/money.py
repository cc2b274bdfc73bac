"""Amounts of money: integer minor units with their currency, never a float."""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel.numbers import format_currency, get_currency_precision

from shop.core.i18n import Language
from shop.core.locales import LOCALES


@dataclass(frozen=True, order=True)
class Money:
    """An amount in minor units (cents, fen) of a currency."""

    amount: int
    currency: str

    def to(self, language: Language) -> str:
        """The amount as people write it, `19,00 €` or `€19.00`."""
        return _written(self.amount, self.currency, language)


@lru_cache(maxsize=4096)  # a shop has few prices, and a page of the back office hundreds of amounts
def _written(amount: int, currency: str, language: Language) -> str:
    major = Decimal(amount).scaleb(-get_currency_precision(currency))
    return format_currency(major, currency, locale=LOCALES[language])

"""The words of the books, in three languages."""

from shop.core.i18n import Text

GOODWILL = Text(fr="Geste commercial", zh="优惠补偿", en="Goodwill gesture")

"""How the shop's languages write days, amounts and the names of languages: the Unicode CLDR's, through Babel."""

from functools import lru_cache

from babel import Locale

from shop.core.i18n import Language

LOCALES: dict[Language, Locale] = {
    "fr": Locale.parse("fr_FR"),
    "zh-CN": Locale.parse("zh_Hans_CN"),
    "en": Locale.parse("en_GB"),
}


@lru_cache(maxsize=512)
def language_name(code: str, language: Language) -> str:
    """A language by its name in another, `chinois`; by its code where there is no such name."""
    names = LOCALES[language].languages
    return str(names.get(code.replace("-", "_")) or names.get(code.split("-")[0].lower()) or code)

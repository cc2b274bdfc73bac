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
    """A language by its name in another, `chinois`, whatever its script and country; its code if it has no name."""
    return str(LOCALES[language].languages.get(code.replace("-", "_").split("_")[0].lower(), code))

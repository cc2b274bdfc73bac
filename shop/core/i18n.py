"""The shop's three languages, and texts that exist in all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Language = Literal["fr", "zh-CN", "en"]

LANGUAGES: tuple[Language, ...] = get_args(Language)
DEFAULT: Language = "fr"

_BY_PRIMARY_TAG: dict[str, Language] = {"fr": "fr", "zh": "zh-CN", "en": "en"}


@dataclass(frozen=True)
class Text:
    """A sentence in every language of the shop; `{names}` in it are filled with facts.

    The type is what keeps a message from shipping in one language only.
    """

    fr: str
    zh: str
    en: str

    def to(self, language: Language, /, **facts: Any) -> str:
        """This text in one language, its `{names}` replaced by the facts."""
        template = {"fr": self.fr, "zh-CN": self.zh, "en": self.en}[language]
        return template.format_map(facts) if facts else template


def match_language(tag: str | None) -> Language | None:
    """The shop's language for a tag such as `zh-Hans-CN`, `fr_FR` or `en`; None if it is none of the three.

    Every Chinese tag gets Simplified Chinese: it is the only Chinese the shop writes.
    """
    primary = (tag or "").replace("_", "-").split("-")[0].lower()
    return _BY_PRIMARY_TAG.get(primary)


def pick(texts: Mapping[str, str] | None, language: Language) -> str | None:
    """The text of a catalogue entry in one language; what is not translated is given in French."""
    if not texts:
        return None
    return texts.get(language) or texts.get(DEFAULT)

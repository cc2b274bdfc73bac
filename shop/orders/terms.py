"""The conditions of sale a customer accepts: conditions/<language>.txt, three files that say the same.

Change a text and the version changes with it; orders keep the version that was accepted.
"""

import hashlib
from pathlib import Path

from shop.core.i18n import LANGUAGES, Language

_FOLDER = Path(__file__).parent / "conditions"
_TEXTS: dict[Language, str] = {
    language: (_FOLDER / f"{language}.txt").read_text(encoding="utf-8") for language in LANGUAGES
}

VERSION = hashlib.sha256("".join(_TEXTS.values()).encode()).hexdigest()[:12]


def terms_in(language: Language) -> dict[str, str]:
    """The conditions of sale in one language, and their version."""
    return {"version": VERSION, "locale": language, "text": _TEXTS[language]}

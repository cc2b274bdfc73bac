"""Which of the three languages an answer is written in."""

from functools import lru_cache

from flask import current_app, g, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from shop.core.i18n import DEFAULT, Language, match_language


def request_language() -> Language:
    """`?lang=`, else Accept-Language, else the signed-in customer's, else French."""
    chosen = match_language(request.args.get("lang")) if b"lang=" in request.query_string else None
    asked = chosen or _accepted()
    return asked or match_language(_callers()) or DEFAULT


def _callers() -> str | None:
    """The customer's own language, also where nobody has to be signed in; the domain of customers knows it."""
    if "caller_locale" not in g:
        find = current_app.extensions.get("caller_language")
        g.caller_locale = find() if find and "Authorization" in request.headers else None
    locale: str | None = g.caller_locale
    return locale


def _accepted() -> Language | None:
    return _language_accepted(request.environ.get("HTTP_ACCEPT_LANGUAGE", ""))


@lru_cache(maxsize=1024)
def _language_accepted(header: str) -> Language | None:
    for tag, quality in parse_accept_header(header, LanguageAccept):
        language = match_language(tag)
        if language and quality > 0:
            return language
    return None


VARY = "Accept-Language, Authorization"
_TOLD = ("application/json", "application/problem+json", "text/html")


def language_headers(headers: dict[str, str]) -> list[tuple[str, str]]:
    """What tells the caller, and every cache on the way, which language was chosen and from what.

    Args:
        headers: those the answer has already.
    """
    if not headers.get("Content-Type", "").startswith(_TOLD):
        return []
    said = [] if "Vary" in headers else [("Vary", VARY)]
    return said if "Content-Language" in headers else [*said, ("Content-Language", request_language())]

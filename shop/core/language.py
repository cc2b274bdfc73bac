"""Which of the three languages an answer is written in."""

from flask import Response, current_app, g, request

from shop.core.i18n import DEFAULT, Language, match_language


def request_language() -> Language:
    """`?lang=`, else Accept-Language, else the signed-in customer's, else French."""
    asked = match_language(request.args.get("lang")) or _accepted()
    return asked or match_language(_callers()) or DEFAULT


def _callers() -> str | None:
    """The customer's own language, also where nobody has to be signed in; the domain of customers knows it."""
    if "caller_locale" not in g:
        find = current_app.extensions.get("caller_language")
        g.caller_locale = find() if find and "Authorization" in request.headers else None
    locale: str | None = g.caller_locale
    return locale


def _accepted() -> Language | None:
    for tag, quality in request.accept_languages:
        language = match_language(tag)
        if language and quality > 0:
            return language
    return None


def say_language(response: Response) -> Response:
    """Tell the caller, and every cache on the way, which language was chosen and from what."""
    if response.mimetype in {"application/json", "application/problem+json", "text/html"}:
        response.headers.setdefault("Content-Language", request_language())
        response.vary.update(["Accept-Language", "Authorization"])
    return response

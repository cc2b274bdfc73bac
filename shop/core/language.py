"""Which of the three languages an answer is written in."""

from flask import Response, g, request

from shop.core.i18n import DEFAULT, Language, match_language


def request_language() -> Language:
    """`?lang=`, else Accept-Language, else the signed-in customer's, else French."""
    asked = match_language(request.args.get("lang")) or _accepted()
    return asked or match_language(g.get("caller_locale")) or DEFAULT


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

"""What a web process with too much to do answers: ShopBusy, made without Flask from the first bytes of a request."""

import json
import re
from collections.abc import Mapping
from email.utils import formatdate
from http import HTTPStatus
from uuid import uuid4

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from shop.core import metrics
from shop.core.frame import HEADERS
from shop.core.i18n import DEFAULT, LANGUAGES, Language, match_language
from shop.core.problems import ShopBusy, in_a_moment

_ASKED = re.compile(rb"[A-Z]+ [^ ?]*\?(?:[^ ]*&)?lang=([A-Za-z_-]{2,20})")
_ACCEPTED = re.compile(rb"(?im)^accept-language:[ \t]*([^\r\n]{1,200})")


def busy_answer(request: bytes) -> bytes:
    """The whole answer, after which the connection is closed; counted.

    Args:
        request: at least its head.
    """
    metrics.TURNED_AWAY.inc()
    head = request.partition(b"\r\n\r\n")[0]
    language = _language(head)
    content = b"" if head.startswith(b"HEAD ") else _CONTENTS[language]
    headers = {
        **HEADERS,
        "Content-Type": "application/problem+json",
        "Content-Length": str(len(content)),
        "Content-Language": language,
        "Vary": "Accept-Language, Authorization",
        "Cache-Control": "no-store",
        "Retry-After": in_a_moment(ShopBusy.retry_after),
        "X-Request-ID": uuid4().hex,
        "Date": formatdate(usegmt=True),
        "Connection": "close",
    }
    return _head(headers) + content


def _head(headers: Mapping[str, str]) -> bytes:
    status = HTTPStatus.SERVICE_UNAVAILABLE
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def _language(head: bytes) -> Language:
    """As language.py has it, but for the customer's own, which only the database knows."""
    asked = _ASKED.match(head)
    if asked and (language := match_language(asked[1].decode("ascii"))):
        return language
    accepted = _ACCEPTED.search(head)
    for tag, quality in parse_accept_header(accepted[1].decode("latin-1"), LanguageAccept) if accepted else ():
        language = match_language(tag)
        if language and quality > 0:
            return language
    return DEFAULT


def _content(language: Language) -> bytes:
    code = ShopBusy.code
    problem = {
        "type": f"urn:insolite:problem:{code}",
        "title": ShopBusy.title.to(language),
        "status": HTTPStatus.SERVICE_UNAVAILABLE.value,
        "detail": ShopBusy.detail.to(language),
        "code": code,
    }
    return json.dumps(problem, ensure_ascii=False).encode()


_CONTENTS = {language: _content(language) for language in LANGUAGES}

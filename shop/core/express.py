"""The short way to an answer that is kept, past Flask: for what many ask at this moment.

A question is told by plain strings of the request; whoever asks the same again needs no route, no context and no view.
Only answers that are believed without asking the database go this way, and only to callers who are not signed in. The
frame counts, logs and completes them as all others.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from shop.core.caching import Answer, Ready, make_room

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

MOST = 64  # questions; what many ask at this moment are few
LONGEST = 400  # characters that a question has in all


class Express:
    """The questions that one process knows the answers of."""

    def __init__(self) -> None:
        self._known: dict[Any, tuple[Answer, str]] = {}

    def remember(self, environ: WSGIEnvironment, answer: Answer, route: str) -> None:
        """Let this question have this answer, for as long as it is believed. It must be the one of many who ask.

        Args:
            route: the pattern of its address, for the log and the metrics.
        """
        question = _question(environ)
        if question is None or answer.asked < answer.many:
            return
        self._known.pop(question, None)  # those asked last stay longest
        make_room(self._known, MOST)
        self._known[question] = (answer, route)

    def forget(self) -> None:
        """Know nothing any more."""
        self._known.clear()

    def find(self, environ: WSGIEnvironment) -> tuple[Ready, str] | None:
        """What a request may be answered with at once, and its route; None if the shop itself must look at it."""
        found = self._known.get(_question(environ))
        if found is None or not found[0].is_believed(time.monotonic()):
            return None
        answer, route = found
        had = environ.get("HTTP_IF_NONE_MATCH")
        if not had:
            return answer.whole, route
        return (answer.unchanged, route) if had == answer.whole.headers["ETag"] else None


def _question(environ: WSGIEnvironment) -> tuple[str, str, str] | None:
    if environ["REQUEST_METHOD"] != "GET" or "HTTP_AUTHORIZATION" in environ or environ.get("SCRIPT_NAME"):
        return None
    asked = (environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", ""), environ.get("HTTP_ACCEPT_LANGUAGE", ""))
    return asked if sum(map(len, asked)) <= LONGEST else None

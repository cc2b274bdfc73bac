"""Answers that may be kept: by whoever asked (an ETag, and 304 when nothing changed), and by the shop itself.

Each process keeps serialized answers, and gives them again as long as a proof from the database says so.

A view names its proof: a short text that is another whenever its answer would be. As long as few ask, each request has
the proof looked up, one round trip, so that every answer is as the database is at that moment, whichever process
changed it. When many ask for the same, what was proven within the last second is given without asking.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Set
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from flask import Response, current_app, request
from werkzeug.datastructures import Headers

from shop.core.language import VARY, request_language

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

View = TypeVar("View", bound=Callable[..., Response])
Proof = Callable[..., str]
Found = TypeVar("Found")

MOST_ANSWERS = 500  # kept by a process; a page of departures is some 10 kB
MANY = 20  # requests a second for one answer, from which on it is believed for
BELIEVED = 0.9  # seconds; with the time of a request, never older than one second


@dataclass
class Proven:
    """When something was last proven, and how many have asked for it since a second began.

    Args:
        many: so many a second ask the database; those after them believe.
    """

    second: float = 0.0
    asked: int = 0
    proven_at: float = -BELIEVED
    many: int = MANY

    def needs_proof(self, now: float) -> bool:
        """Whether the database must be asked."""
        if now - self.second >= 1:
            self.second, self.asked = now, 0
        self.asked += 1
        return self.asked <= self.many or now - self.proven_at > BELIEVED

    def is_believed(self, now: float) -> bool:
        """Whether one more of many may have it without the database being asked; only then they are counted."""
        if now - self.second >= 1 or self.asked < self.many or now - self.proven_at > BELIEVED:
            return False
        self.asked += 1
        return True


class Ready(Response):
    """A response that is sent as it is, to many at once: its headers are not worked out for each. Nobody changes it."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.get_data(), response.status_code, response.headers)
        self._body = self.get_data()
        self.headers = self.get_wsgi_headers({})

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Send it."""
        start_response(self.status, self.headers.to_wsgi_list())
        return () if environ["REQUEST_METHOD"] == "HEAD" else (self._body,)


@dataclass(kw_only=True)
class Answer(Proven):
    """An answer as it was made.

    Args:
        whole: for who has not got it yet.
        unchanged: for who has.
    """

    proof: str
    whole: Ready
    unchanged: Ready


def make_room(kept: dict[Any, Any], most: int) -> None:
    """Let go of what was kept first, so that one more has room; other threads may do the same at this moment."""
    while len(kept) >= most:
        with suppress(RuntimeError, StopIteration):
            kept.pop(next(iter(kept)), None)


class Looked(Generic[Found]):
    """Things that are looked up each time while few ask, and believed for less than a second while many do."""

    def __init__(self, many: int = MANY) -> None:
        self._many = many
        self._known: dict[Any, tuple[Proven, Found]] = {}

    def get(self, question: Any, look: Callable[[], Found]) -> Found:
        """What was found for a question, by `look` if need be."""
        now = time.monotonic()
        known = self._known.get(question)
        if known and not known[0].needs_proof(now):
            return known[1]
        proven = known[0] if known else Proven(now, 1, many=self._many)
        found = look()
        make_room(self._known, MOST_ANSWERS)
        proven.proven_at = now
        self._known[question] = (proven, found)
        return found


def kept(proof: Proof, seconds: int, *, not_for: Set[str] = frozenset()) -> Callable[[View], View]:
    """Keep a view's answers, by what was asked and in which language.

    Args:
        proof: called as the view is.
        seconds: that caches outside may keep an answer; 0 has them always ask whether theirs still stands.
    """
    control = f"public, max-age={seconds}" if seconds else "no-cache"

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(**values: Any) -> Response:
            if not_for and request.query_string and not not_for.isdisjoint(request.args):
                return _given(_made(view(**values), proof="", control=control))
            answers = current_app.extensions.setdefault("kept_answers", {})
            question = (request.endpoint, *values.values(), request.query_string, request_language())
            known: Answer | None = answers.get(question)
            now = time.monotonic()
            if known is None or known.needs_proof(now):
                proven = proof(**values)
                if known is None or known.proof != proven:
                    made = _made(view(**values), proof=proven, control=control)
                    if known is not None:  # how many ask does not change with what they are told
                        made.second, made.asked = known.second, known.asked
                    make_room(answers, MOST_ANSWERS)
                    known = answers[question] = made
                known.proven_at = now
            # Others who ask this in the same words, and while it is believed, are answered before they come here.
            current_app.extensions["express"].remember(request.environ, known, str(request.url_rule))
            return _given(known)

        return cast(View, wrapper)

    return decorate


def _made(response: Response, *, proof: str, control: str) -> Answer:
    response.add_etag()
    headers = {"ETag": response.headers["ETag"], "Cache-Control": control, "Vary": VARY}
    told = headers | {"Content-Language": request_language()}
    whole = Response(response.get_data(), mimetype="application/json", headers=told)
    return Answer(proof=proof, whole=Ready(whole), unchanged=Ready(Response(status=304, headers=headers)))


def _given(answer: Answer) -> Response:
    whole, sent = answer.whole, request.environ.get("HTTP_IF_NONE_MATCH")
    if not sent:
        return whole
    if sent == whole.headers["ETag"]:
        return answer.unchanged
    return cast(Response, Response(whole.get_data(), headers=Headers(whole.headers)).make_conditional(request))


def cacheable(seconds: int) -> Callable[[View], View]:
    """Let caches keep a view's answer for some seconds (0: always ask again), and compare it afterwards.

    Outermost but for the route: it needs the finished response.
    """
    control = f"public, max-age={seconds}" if seconds else "no-cache"

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(*args: object, **kwargs: object) -> Response:
            response = view(*args, **kwargs)
            response.headers["Cache-Control"] = control
            response.add_etag()
            return cast(Response, response.make_conditional(request))

        return cast(View, wrapper)

    return decorate

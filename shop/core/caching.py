"""Answers that may be kept by whoever asked: an ETag, and 304 when nothing changed."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, cast

from flask import Response, request

View = TypeVar("View", bound=Callable[..., Response])


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

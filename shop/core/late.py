"""What few processes ever use is loaded when it is first used: a web worker keeps all it loads in memory.

Measured (docs/performance.md): what draws PDFs takes 20 MiB, Alembic 10, spreadsheets, calendars and holidays 8.
"""

from collections.abc import Callable
from functools import cached_property
from importlib import import_module
from typing import Any


class Late:
    """A stand-in for an object that is made when something of it is first asked for."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> Any:
        return self._make()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made, name)


def module(name: str) -> Any:
    """A module that is imported when something of it is first asked for."""
    return Late(lambda: import_module(name))


def function(path: str) -> Callable[..., Any]:
    """A function, `shop.orders.documents.pdf:ticket_pdf`, whose module is imported when it is first called."""
    return lambda *args, **kwargs: _attribute(path)(*args, **kwargs)


def _attribute(path: str) -> Any:
    name, _, attribute = path.partition(":")
    return getattr(import_module(name), attribute)

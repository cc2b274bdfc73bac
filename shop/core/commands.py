"""What commands share: the language they speak."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from shop.core.i18n import DEFAULT, LANGUAGES, Language, match_language

Command = TypeVar("Command", bound=Callable[..., Any])


def _terminal_language() -> Language:
    """The terminal's language if it is one of the three, else French."""
    return match_language((os.environ.get("LC_ALL") or os.environ.get("LANG") or "").split(".")[0]) or DEFAULT


def language_option(command: Command) -> Command:
    """Give a command `--lang`; without it, the terminal's language, else French."""
    return click.option("--lang", "language", type=click.Choice(LANGUAGES), default=_terminal_language)(command)

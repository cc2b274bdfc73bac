"""A pytest that has its libraries loaded already: forks for each run asked for on its input. Knows nothing of the shop.

One JSON object a line: `folder` to run in, `arguments` of pytest, `output` to write to, and a `hint`: tests whose names
share words with it come first. Answered by the exit code, or null if no test ended for so long that the run was
given up.
"""

import contextlib
import importlib
import json
import os
import re
import signal
import sys
import time
from pathlib import Path
from typing import Any

STUCK = 45.0  # seconds without any test ending; a shop without a guard may wait for ever
LIBRARIES = (
    *("alembic.command", "babel.dates", "cryptography.x509", "dateutil.rrule", "email_validator", "limits"),
    *("flask_migrate", "flask_smorest", "flask_sqlalchemy", "fpdf", "icalendar", "itsdangerous", "marshmallow"),
    *("phonenumbers", "procrastinate", "prometheus_client", "psycopg", "requests", "segno", "sqlalchemy.orm"),
    *("sqlalchemy.dialects.postgresql.psycopg", "structlog", "werkzeug.serving", "yaml"),
)


class LikeliestFirst:
    """Tests that speak of the same things come first."""

    def __init__(self, hint: str) -> None:
        self._words = _words(hint)

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items.sort(key=lambda item: -len(self._words & _words(item.nodeid)))


def _words(text: str) -> set[str]:
    """The words of a sentence or a name, without their endings."""
    return {word[:5] for word in re.findall("[a-z]{4,}", text.lower())}


def run(folder: str, arguments: list[str], output: str, hint: str) -> int | None:
    """Run pytest in a process of its own."""
    child = os.fork()
    if child == 0:
        _be_pytest(folder, arguments, output, hint)
    size, since = -1, time.monotonic()
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        with contextlib.suppress(FileNotFoundError):
            if (now := Path(output).stat().st_size) != size:
                size, since = now, time.monotonic()
        if time.monotonic() - since > STUCK:
            os.kill(child, signal.SIGKILL)  # what it started ends with it
            os.waitpid(child, 0)
            return None
        time.sleep(0.05)


def _be_pytest(folder: str, arguments: list[str], output: str, hint: str) -> None:
    code = 3
    try:
        os.chdir(folder)
        sys.path[0] = folder
        nothing, told = os.open(os.devnull, os.O_RDWR), os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream, target in enumerate((nothing, told, nothing)):
            os.dup2(target, stream)
        import pytest

        code = int(pytest.main(arguments, plugins=[LikeliestFirst(hint)]))
        sys.stdout.flush()
    finally:
        os._exit(code)


def main() -> None:
    importlib.import_module("pytest")
    for name in LIBRARIES:
        importlib.import_module(name)
    for line in sys.stdin:
        print(json.dumps(run(**json.loads(line))), flush=True)


if __name__ == "__main__":
    main()

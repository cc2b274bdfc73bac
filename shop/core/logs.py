"""One JSON line per event: a constant message, variable facts, the request id. Never a token, key, openid or
decrypted payload."""

import contextlib
import json
import logging
import sys
import traceback
from functools import cache
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError

from shop.core import clock


def configure() -> None:
    """Send everything that is logged, libraries included, to standard error as JSON lines."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: _Lines(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_ToStructlog()], level=logging.WARNING, force=True)


def answered(
    *, method: str, route: str, status: str, milliseconds: float, customer: UUID | None, request_id: str
) -> None:
    """The line of a request, in the order and spelling of all others. Written out, for every request has it: through
    structlog's processors it costs a tenth of a list of tours.

    Args:
        method, status, request_id: of letters, digits, dots, dashes and underscores only.
    """
    who = f'"{customer}"' if customer else "null"
    at = clock.now().replace(tzinfo=None).isoformat()
    structlog.get_config()["logger_factory"]().msg(
        f'{{"method": "{method}", "route": {_quoted(route)}, "status": {status}, "milliseconds": {milliseconds},'
        f' "customer": {who}, "event": "request", "request_id": "{request_id}", "level": "info",'
        f' "timestamp": "{at}Z"}}'
    )


@cache
def _quoted(route: str) -> str:
    return json.dumps(route, ensure_ascii=False)


class _Lines(structlog.PrintLogger):
    """Prints lines; one that cannot be printed, because the disk is full, spoils nothing that was being done."""

    def msg(self, message: str) -> None:
        """Print a line, whole, and past Python's buffer: what could not be written would be tried again at the end of
        the process, and change its exit status."""
        raw = getattr(getattr(self._file, "buffer", None), "raw", None)
        with contextlib.suppress(OSError):
            if raw is None:
                super().msg(message)
            else:
                self._file.flush()
                raw.write(f"{message}\n".encode("utf-8", "backslashreplace"))

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg


class _ToStructlog(logging.Handler):
    """Lines of libraries, in the shop's format."""

    def emit(self, record: logging.LogRecord) -> None:
        facts: dict[str, Any] = {"logger": record.name}
        if record.exc_info and record.exc_info[1]:
            facts["exception"] = told(record.exc_info[1])
        structlog.get_logger().log(record.levelno, record.getMessage(), **facts)


def told(error: BaseException) -> str:
    """An exception for the log. Of the database's only the first line: the details quote rows, and rows hold names."""
    if not isinstance(error, DBAPIError):
        return "".join(traceback.format_exception(error))
    diagnosis = getattr(error.orig, "diag", None)
    reason = diagnosis.message_primary if diagnosis else None
    return "".join(traceback.format_tb(error.__traceback__)) + f"{type(error.orig).__name__}: {reason}"

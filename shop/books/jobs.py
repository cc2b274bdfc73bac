"""What the worker does for the books by itself."""

import structlog

from shop.books.services.close import close_due
from shop.core import clock
from shop.core.db import transaction
from shop.core.jobs import Periodic

log = structlog.get_logger()


def close_periods() -> None:
    """Close the days, months and years that are over.

    Their hashes go to the log: kept elsewhere, they prove later that nobody wrote the books anew.
    """
    with transaction():
        closed = [(one.period, one.starts_on, one.currency, one.hash) for one in close_due(clock.now())]
    for period, starts_on, currency, digest in closed:
        log.info("period_closed", period=period, starts_on=str(starts_on), currency=currency, hash=digest)


PERIODIC = (Periodic("17 * * * *", close_periods),)

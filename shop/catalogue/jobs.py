"""What the worker does for the stock by itself: seats kept aside come back, minimums decide."""

import structlog

from shop.catalogue.services import blocks, minimum
from shop.core import clock
from shop.core.db import transaction
from shop.core.jobs import Periodic

log = structlog.get_logger()


def release_blocked_seats() -> None:
    """Put seats back on sale whose time of being kept aside is over."""
    while True:
        with transaction():
            ended = blocks.release_due(now=clock.now())
        if not ended:
            return
        log.info("blocks_released", count=ended)


def decide_minimums() -> None:
    """Confirm or cancel departures by the number of their people; each in a transaction of its own."""
    with transaction():
        minimum.take_warnings_back(minimum.warnings_over(now=clock.now()), now=clock.now())
    for departure_id in minimum.departures_to_look_at(now=clock.now()):
        with transaction():
            decision = minimum.decide(departure_id, now=clock.now())
        if decision:
            log.info("minimum_decided", departure=str(departure_id), decision=decision)


PERIODIC = (Periodic("* * * * *", release_blocked_seats), Periodic("* * * * *", decide_minimums))

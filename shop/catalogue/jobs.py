"""What the worker does for the stock by itself: seats kept aside come back, minimums decide."""

import structlog

from shop.catalogue.services import blocks, minimum, offers
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


def forget_changes_of_catalogue() -> None:
    """Keep short what is counted with every hold: what changed more than a day ago needs no counting."""
    with transaction():
        offers.forget_changes(now=clock.now())


PERIODIC = (
    Periodic("17 3 * * *", forget_changes_of_catalogue),
    Periodic("* * * * *", release_blocked_seats),
    Periodic("* * * * *", decide_minimums),
)

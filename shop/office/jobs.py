"""What the worker does for the Office by itself: each night what is over of people goes; numbers are counted ahead."""

from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from shop.core import clock
from shop.core.db import transaction
from shop.core.jobs import Periodic
from shop.core.settings import settings
from shop.office.rules import retention as rules
from shop.office.rules.numbers import MANY, compared_with, usual_period
from shop.office.services import kept_numbers, retention
from shop.office.services.numbers import orders_in
from shop.payments.turns import turn

log = structlog.get_logger()


def let_go_of_what_is_over() -> None:
    """Do the night's work if it is time: rule by rule, batch by batch, one person per transaction.

    Asked for each hour, so that a night on which the worker was away is made up for, and one that was broken off is
    gone on with. A rule that fails keeps no other waiting; it comes again the next night.
    """
    with transaction():
        run_id = retention.begin(now=clock.now())
    if run_id is None:
        return
    unfinished = []
    for rule in retention.ROWS:
        with turn("retention", rule=rule.name) as went:
            if not _rows(run_id, rule):
                unfinished.append(rule.name)
        if went.failure:
            unfinished.append(rule.name)
    with turn("retention", rule=rules.PEOPLE.name) as went:
        if not _people(run_id):
            unfinished.append(rules.PEOPLE.name)
    if went.failure:
        unfinished.append(rules.PEOPLE.name)
    with transaction():
        run = retention.finish(run_id, unfinished=unfinished, now=clock.now())
        told = {"done": dict(run.done), "kept": dict(run.kept), "unfinished": list(run.unfinished)}
    log.info("retention_run", **told)


def _rows(run_id: UUID, rule: rules.Retention) -> bool:
    """Let go of the rows that are over by a rule; False if there are more than one night does."""
    while True:
        with transaction():
            count, enough = retention.let_go_of_rows(run_id, rule, now=clock.now())
        if enough or not count:
            return not enough


def _people(run_id: UUID) -> bool:
    """Forget the people who are over, each in a transaction of their own; False if not everybody had their turn."""
    after, forgotten, well = None, 0, True
    while forgotten < rules.MOST_PEOPLE:
        with transaction():
            ids = retention.people_over(after=after, now=clock.now())
        if not ids:
            return well
        for customer_id in ids:
            with turn("retention", rule=rules.PEOPLE.name, person=str(customer_id)) as went, transaction():
                forgotten += retention.let_go_of_person(run_id, customer_id, now=clock.now())
            well = well and not went.failure
        after = ids[-1]
    return False


def count_numbers() -> None:
    """Count the numbers that most people ask for, if there are so many orders that counting takes long."""
    usual = usual_period(clock.now().astimezone(ZoneInfo(settings().timezone)).date())
    for period in (usual, compared_with(usual)):
        with transaction():
            if orders_in(period) >= MANY:
                kept_numbers.count_ahead(period, now=clock.now())


PERIODIC = (Periodic("13 * * * *", let_go_of_what_is_over), Periodic("*/10 * * * *", count_numbers))

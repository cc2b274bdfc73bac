"""What the worker does by itself: the sweep, and keeping house."""

import structlog
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from shop.core import clock
from shop.core.db import end_reading, transaction
from shop.core.idempotency import forget_old_keys
from shop.core.jobs import Periodic, jobs
from shop.customers.services import forget_old_sessions
from shop.gateways.wechat_pay.gateway import WeChatPay
from shop.payments import follow_up, reconcile, refunding, sweep
from shop.payments.methods import gateways
from shop.payments.services.approvals import expire_requests
from shop.payments.services.once import forget as forget_forms

log = structlog.get_logger()


def expire_holds() -> None:
    """Give back the seats of holds whose time is over."""
    sweep.expire_holds()


def expire_orders() -> None:
    """End orders whose time is over and that no payment keeps."""
    sweep.expire_orders()


def check_payments() -> None:
    """Ask the gateways about payments that are due; end those whose time is over."""
    sweep.check_payments()


def give_up_reviews() -> None:
    """Give up orders in review that nobody decided upon for a day."""
    sweep.give_up_reviews()


def follow_up_events() -> None:
    """Ask gateways about events that are only a reason to ask."""
    follow_up.follow_up_events()


def end_cancelled_departures() -> None:
    """Offer another date, or cancel and give back, what was booked at cancelled departures; tell of moved ones."""
    sweep.end_cancelled_departures()
    sweep.tell_of_moved_dates()


def send_refunds() -> None:
    """Send refunds on their way, and ask what became of them."""
    refunding.send_refunds()


def reconcile_days() -> None:
    """Compare finished days with the gateways' statements, once these are published."""
    reconcile.reconcile_due()


def refresh_platform_keys() -> None:
    """Fetch WeChat Pay's certificates: new ones are listed a day before they are used."""
    for gateway in gateways().values():
        if isinstance(gateway, WeChatPay):
            end_reading()
            gateway.keyring.refresh()


def forget() -> None:
    """Delete idempotency keys and sign-ins that are over."""
    with transaction():
        forget_old_keys(now=clock.now())
        forget_old_sessions(now=clock.now())


def expire_refund_requests() -> None:
    """End requests for refunds nobody decided upon, and forget forms that nobody sends again."""
    with transaction():
        expire_requests(now=clock.now())
    with transaction():
        forget_forms(now=clock.now())


async def bring_back_stalled_jobs() -> None:
    """Put jobs back that a dead worker left in the middle: its heartbeat has stopped."""
    manager = jobs().job_manager
    for job in await manager.get_stalled_jobs():
        log.warning("job_stalled", task=job.task_name, job_id=job.id)
        try:
            await manager.retry_job(job)
        except UniqueViolation:  # the same work waits in the queue already
            await manager.finish_job(job, status=Status.FAILED, delete_job=True)


EVERY_FIVE_SECONDS = "* * * * * */5"  # Stripe's events show their effect within ten
EVERY_TEN_SECONDS = "* * * * * */10"
EVERY_MINUTE = "* * * * *"

# Several jobs rather than one, so that one that fails does not keep the others from being done.
PERIODIC = (
    Periodic(EVERY_TEN_SECONDS, expire_holds),
    Periodic(EVERY_TEN_SECONDS, expire_orders),
    Periodic(EVERY_TEN_SECONDS, check_payments),
    Periodic(EVERY_FIVE_SECONDS, follow_up_events),
    Periodic(EVERY_TEN_SECONDS, give_up_reviews),
    Periodic(EVERY_TEN_SECONDS, end_cancelled_departures),
    Periodic(EVERY_TEN_SECONDS, send_refunds),
    Periodic("*/10 * * * *", reconcile_days),
    Periodic("7 * * * *", refresh_platform_keys),
    Periodic("23 * * * *", forget),
    Periodic("*/10 * * * *", expire_refund_requests),
    Periodic(EVERY_MINUTE, bring_back_stalled_jobs),
)

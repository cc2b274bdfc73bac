"""What the worker does by itself: the sweep, and keeping house."""

import structlog
from procrastinate import Blueprint

from shop.core import clock
from shop.core.db import end_reading, transaction
from shop.core.idempotency import forget_old_keys
from shop.core.jobs import jobs
from shop.customers.services import forget_old_sessions
from shop.gateways.wechat_pay.gateway import WeChatPay
from shop.payments import flows
from shop.payments.methods import gateways

log = structlog.get_logger()
blp = Blueprint()


EVERY_TEN_SECONDS = "* * * * * */10"


# Four jobs rather than one, so that one that fails does not keep the others from being done.
@blp.periodic(cron=EVERY_TEN_SECONDS)
@blp.task(queueing_lock="expire_holds")
def expire_holds(timestamp: int) -> None:
    """Give back the seats of holds whose time is over."""
    flows.expire_holds()


@blp.periodic(cron=EVERY_TEN_SECONDS)
@blp.task(queueing_lock="expire_orders")
def expire_orders(timestamp: int) -> None:
    """End orders whose time is over and that no payment keeps."""
    flows.expire_orders()


@blp.periodic(cron=EVERY_TEN_SECONDS)
@blp.task(queueing_lock="check_payments")
def check_payments(timestamp: int) -> None:
    """Ask the gateways about payments that are due; end those whose time is over."""
    flows.check_payments()


@blp.periodic(cron=EVERY_TEN_SECONDS)
@blp.task(queueing_lock="give_up_reviews")
def give_up_reviews(timestamp: int) -> None:
    """Give up orders in review that nobody decided upon for a day."""
    flows.give_up_reviews()


@blp.periodic(cron="7 * * * *")
@blp.task(queueing_lock="platform_keys")
def refresh_platform_keys(timestamp: int) -> None:
    """Fetch WeChat Pay's certificates: new ones are listed a day before they are used. Every hour."""
    for gateway in gateways().values():
        if isinstance(gateway, WeChatPay):
            end_reading()
            gateway.keyring.refresh()


@blp.periodic(cron="23 * * * *")
@blp.task(queueing_lock="forget")
def forget(timestamp: int) -> None:
    """Delete idempotency keys and sign-ins that are over. Every hour."""
    with transaction():
        forget_old_keys(now=clock.now())
        forget_old_sessions(now=clock.now())


@blp.periodic(cron="* * * * *")
@blp.task(queueing_lock="stalled")
async def bring_back_stalled_jobs(timestamp: int) -> None:
    """Put jobs back that a dead worker left in the middle. Every minute."""
    manager = jobs().job_manager
    for job in await manager.get_stalled_jobs(nb_seconds=300):
        log.warning("job_stalled", task=job.task_name, job_id=job.id)
        await manager.retry_job(job)

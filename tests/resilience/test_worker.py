"""The worker's process: what it was doing when it was killed is done by the next; its database may come and go."""

import contextlib
import os
import random
import signal
from types import SimpleNamespace
from uuid import UUID

import pytest
from procrastinate.exceptions import AlreadyEnqueued

from shop.core.db import db
from shop.core.jobs import jobs
from shop.orders.models import Order
from tests.factories.people import Tourist
from tests.factories.rows import change, rows
from tests.factories.waiting import wait_until

pytestmark = pytest.mark.system


class Worked:
    """A shop of which only the worker runs, and WeChat."""

    def __init__(self, site):
        self.site, self.app = site, site.app
        site.start("wechat")
        wait_until(lambda: _alive(site))
        site.control("/notices/pause")
        self.mei = Tourist(self.app, SimpleNamespace(address=site.wechat), "mei").sign_in()

    def paid_without_a_word(self) -> UUID:
        """An order that was paid on the phone, of which only the worker can find out, now."""
        order = self.mei.ordered(self.site.catalogue.departure())
        assert self.mei.pay_on_phone(self.mei.payment(order["id"])) == "requestPayment:ok"
        self.make_due()
        return UUID(order["id"])

    def make_due(self) -> None:
        change(self.app, "UPDATE payments SET next_check_at = now() - interval '1 second' WHERE status = 'pending'")

    def is_paid(self, order_id: UUID) -> bool:
        with self.app.app_context():
            return db.session.get_one(Order, order_id).status == "paid"

    def defer(self, name: str) -> None:
        with self.app.app_context():
            app = jobs()
        with app.open(), contextlib.suppress(AlreadyEnqueued):
            app.tasks[name].defer(timestamp=0)

    def jobs(self, status: str) -> list[tuple[int, str]]:
        statement = "SELECT id, task_name FROM procrastinate_jobs WHERE status::text = :status"
        return [(row["id"], row["task_name"]) for row in rows(self.app, statement, status=status)]


def _alive(site) -> bool:
    try:
        return site.control("/codes", {"user": "mei"})
    except OSError:
        return False


@pytest.fixture
def worked(open_site):
    return Worked(open_site())


def test_a_job_that_a_killed_worker_was_doing_is_done_by_the_next(worked):
    site, order_id = worked.site, worked.paid_without_a_word()
    slow = {"path_prefix": "/v3/global/transactions", "method": "GET", "kind": "timeout-after", "times": 1}
    site.control("/faults", slow)
    worked.defer("check_payments")
    site.start("worker")
    wait_until(lambda: rows(worked.app, "SELECT FROM payments WHERE next_check_at > now()"), seconds=30)
    site.worker.kill()
    wait_until(site.worker.is_dead)
    cut = {job for job in worked.jobs("doing") if job[1] == "check_payments"}
    assert cut

    change(worked.app, "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 minute'")
    worked.make_due()  # half a minute later, when nobody believes in the dead worker's heart or lease any more
    worked.defer("bring_back_stalled_jobs")
    site.start("worker")

    wait_until(lambda: worked.is_paid(order_id), seconds=40)
    wait_until(lambda: not cut & set(worked.jobs("doing")), seconds=40)
    assert "job_stalled" in site.worker.said()
    assert worked.jobs("failed") == []


@pytest.mark.parametrize("away", ["killed", "one process killed", "restarted"])
def test_the_worker_goes_on_when_its_database_comes_back(worked, away):
    site = worked.site
    site.start("worker")
    first = worked.paid_without_a_word()
    wait_until(lambda: worked.is_paid(first), seconds=40)
    pid = site.worker.pid

    if away == "killed":
        site.postgres.kill()
        wait_until(lambda: "worker_lost_database" in site.worker.said(), seconds=150)
        site.postgres.restart()
    elif away == "restarted":
        site.postgres.restart()
    else:
        cut_off = site.postgres.kill_one_process(random.Random(1))
        # Until PostgreSQL has noticed, it answers as before, and cuts off whoever asks next.
        wait_until(lambda: not cut_off & site.postgres.processes())
    wait_until(lambda: _answers(worked))
    second = worked.paid_without_a_word()

    wait_until(lambda: worked.is_paid(second) or site.worker.is_dead(), seconds=150)
    assert not site.worker.is_dead()
    assert site.worker.pid == pid


def test_the_worker_stops_when_told_to_though_its_database_is_away(worked):
    site = worked.site
    site.start("worker")
    first = worked.paid_without_a_word()
    wait_until(lambda: worked.is_paid(first), seconds=40)
    site.postgres.stop()

    os.kill(site.worker.pid, signal.SIGTERM)

    wait_until(site.worker.is_dead, seconds=120)


def _answers(worked) -> bool:
    return worked.mei.get("/me").status_code == 200

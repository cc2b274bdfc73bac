"""The worker's own jobs: they run, and what a dead worker left in the middle comes back."""

import pytest

from shop.app import create_app
from shop.core.db import db
from shop.core.jobs import jobs


@pytest.fixture
def worker(world):
    """The same shop, as a worker's process makes it."""
    app = create_app(world.settings)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def queue(worker):
    """The worker's tasks by their last name, and the worker itself."""
    return Queue(worker)


class Queue:
    def __init__(self, worker):
        self._worker = worker
        with worker.app_context():
            self.app = jobs()

    def tasks(self):
        return {name: task for name, task in self.app.tasks.items() if "builtin" not in name}

    def defer(self, *names):
        with self.app.open():
            for name in names:
                self.tasks()[name].defer(timestamp=1)

    def work(self):
        """Let a worker do all there is, and nothing that the clock would add meanwhile."""
        self.app.periodic_registry.periodic_tasks.clear()
        with self.app.open():
            self.app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False, concurrency=1)

    def done(self):
        with self._worker.app_context():
            rows = db.session.execute(db.text("SELECT task_name, status::text FROM procrastinate_jobs ORDER BY id"))
            return [(name, status) for name, status in rows]


PERIODIC = {
    "expire_holds",
    "expire_orders",
    "check_payments",
    "give_up_reviews",
    "refresh_platform_keys",
    "forget",
    "forget_sign_ins",
    "decide_minimums",
    "release_blocked_seats",
    "expire_refund_requests",
    "follow_up_events",
    "end_cancelled_departures",
    "send_refunds",
    "reconcile_days",
    "close_periods",
    "bring_back_stalled_jobs",
    "let_go_of_what_is_over",
    "count_numbers",
    "forget_changes_of_catalogue",
}


def test_a_payment_is_asked_about_by_a_job(world, queue):
    order, _, number = world.opened()
    world.pay(number)
    world.later(seconds=31)
    queue.defer("check_payments")

    queue.work()

    assert ("check_payments", "succeeded") in queue.done()
    assert world.status(order) == "paid"


def test_what_is_over_is_ended_by_jobs(world, queue):
    departure = world.departure()
    world.mei.held(departure)
    order = world.order()
    reviewed, _, number = world.opened()
    world.arrive(number, total=1)
    world.later(hours=24, seconds=1)
    queue.defer("expire_holds", "expire_orders", "give_up_reviews")

    queue.work()

    assert world.catalogue.seats_taken(departure) == 0
    assert (world.status(order), world.status(reviewed)) == ("expired", "cancelled")


@pytest.mark.parametrize("name", sorted(PERIODIC))
def test_every_periodic_job_runs(queue, name):
    queue.defer(name)

    queue.work()

    assert queue.done()[0] == (name, "succeeded")


def test_every_job_comes_by_itself(queue):
    periodic = {one.task.name for one in queue.app.periodic_registry.periodic_tasks.values()}

    assert periodic == set(queue.tasks()) == PERIODIC


def test_keys_and_sign_ins_that_are_over_are_forgotten(world, queue):
    order = world.order()
    assert world.mei.open_payment(order["id"], Idempotency_Key="a").status_code == 201
    world.later(days=8)
    world.sweep()
    queue.defer("forget")

    queue.work()

    assert world.sql("SELECT * FROM idempotency_keys") == []
    assert world.sql("SELECT * FROM customer_sessions") == []
    assert world.mei.get("/me").status_code == 401


def test_a_job_a_dead_worker_left_in_the_middle_comes_back(world, queue):
    order, _, number = world.opened()
    world.pay(number)
    world.later(seconds=31)
    queue.defer("check_payments")
    world.sql("UPDATE procrastinate_jobs SET status = 'doing'")
    world.sql("UPDATE procrastinate_events SET at = at - interval '10 minutes'")
    world.sql(
        "INSERT INTO procrastinate_events (job_id, type, at)"
        " SELECT id, 'started', now() - interval '10 minutes' FROM procrastinate_jobs"
    )
    queue.defer("bring_back_stalled_jobs")

    queue.work()
    world.sql("UPDATE procrastinate_jobs SET scheduled_at = NULL")  # it says our time, which is ahead of the server's
    queue.work()

    assert queue.done()[:2] == [("check_payments", "succeeded"), ("bring_back_stalled_jobs", "succeeded")]
    assert world.status(order) == "paid"


def test_a_job_a_dead_worker_left_gives_way_to_the_same_job_waiting(world, queue):
    queue.defer("check_payments")
    world.sql("UPDATE procrastinate_jobs SET status = 'doing'")
    queue.defer("bring_back_stalled_jobs", "check_payments")

    queue.work()

    done = queue.done()
    assert done.count(("check_payments", "succeeded")) == 1  # the one that waited; the other is gone
    assert ("bring_back_stalled_jobs", "succeeded") in done
    assert {status for _, status in done} == {"succeeded"}


def test_two_shops_in_one_process_have_jobs_of_their_own(worker):
    other = create_app(worker.extensions["settings"])

    for app in (worker, other):
        with app.app_context():
            names = {name for name in jobs().tasks if "builtin" not in name}
        assert names == PERIODIC
    tasks = [app.extensions["jobs"].tasks["forget"] for app in (worker, other)]
    assert tasks[0] is not tasks[1]
    with other.app_context():
        db.engine.dispose()

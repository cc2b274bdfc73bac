"""The worker's own jobs: they run, and what a dead worker left in the middle comes back."""

import pytest
from procrastinate.tasks import Task

from shop.core.jobs import jobs


@pytest.fixture
def work(world):
    """Defer some jobs by name, then let a worker do all there is."""

    def do(*names):
        with world.app.app_context():
            app = jobs()
        with app.open():
            for name in names:
                app.tasks[f"payments:{name}"].defer(timestamp=1)
        with app.open():
            app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False, concurrency=1)
        statuses = world.sql("SELECT task_name, status FROM procrastinate_jobs ORDER BY id")
        return [(name.removeprefix("payments:"), str(status)) for name, status in statuses]

    return do


def test_asking_runs_as_a_job(world, work):
    order, _, number = world.opened()
    world.pay(number)
    world.later(seconds=31)

    assert ("check_payments", "succeeded") in work("check_payments")

    assert world.status(order) == "paid"


def test_every_periodic_job_runs(world, work):
    names = {task.name.removeprefix("payments:") for task in tasks(world) if task.name.startswith("payments:")}
    assert names >= {"expire_holds", "expire_orders", "check_payments", "give_up_reviews", "bring_back_stalled_jobs"}

    done = work(*sorted(names))

    assert {name for name, status in done if status == "succeeded"} == names
    assert {status for _, status in done} == {"succeeded"}


def test_every_job_comes_by_itself(world):
    with world.app.app_context():
        periodic = {task.task.name for task in jobs().periodic_registry.periodic_tasks.values()}
    assert periodic == {task.name for task in tasks(world) if task.name.startswith("payments:")}


def test_keys_and_sign_ins_that_are_over_are_forgotten(world, work):
    order = world.order()
    assert world.mei.open_payment(order["id"], Idempotency_Key="a").status_code == 201
    world.later(days=8)

    work("forget")

    assert world.sql("SELECT * FROM idempotency_keys") == []
    assert world.mei.get("/me").status_code == 401
    world.sweep()


def test_a_job_a_dead_worker_left_in_the_middle_comes_back(world, work):
    order, _, number = world.opened()
    world.pay(number)
    world.later(seconds=31)
    with world.app.app_context():
        app = jobs()
    with app.open():
        app.tasks["payments:check_payments"].defer(timestamp=1)
    world.sql("UPDATE procrastinate_jobs SET status = 'doing'")
    world.sql(
        "UPDATE procrastinate_events SET at = at - interval '10 minutes'"
        " WHERE job_id IN (SELECT id FROM procrastinate_jobs)"
    )
    world.sql(
        "INSERT INTO procrastinate_events (job_id, type, at)"
        " SELECT id, 'started', now() - interval '10 minutes' FROM procrastinate_jobs"
    )

    done = work("bring_back_stalled_jobs")
    done = work() if ("check_payments", "succeeded") not in done else done

    assert ("bring_back_stalled_jobs", "succeeded") in done
    assert ("check_payments", "succeeded") in done
    assert world.status(order) == "paid"


def tasks(world) -> list[Task]:
    with world.app.app_context():
        return list(jobs().tasks.values())

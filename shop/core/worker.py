"""The worker: background jobs, until told to stop."""

import time

import click
import psycopg
import structlog
from flask.cli import with_appcontext
from procrastinate.exceptions import ConnectorException

from shop.core.jobs import jobs

log = structlog.get_logger()
PATIENCE = 2  # seconds between attempts to reach a database that is away


@click.command("worker")
@click.option("--concurrency", default=5, show_default=True, help="Jobs at once.")
@with_appcontext
def worker(concurrency: int) -> None:
    """Run background jobs. Any number of workers may run, on any number of machines."""
    log.info("worker_started")
    while True:
        try:
            jobs().run_worker(
                concurrency=concurrency,
                fetch_job_polling_interval=5,
                shutdown_graceful_timeout=20,
                delete_jobs="successful",
            )
            return
        except (ConnectorException, psycopg.OperationalError, OSError) as error:
            log.warning("worker_lost_database", error=type(error).__name__)
            time.sleep(PATIENCE)

"""The worker: background jobs, until told to stop."""

import asyncio
import signal
import threading
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
    asked = threading.Event()
    while True:
        error = None
        try:
            asyncio.run(_work_until(asked, concurrency))
        except asyncio.CancelledError:
            return
        except (ConnectorException, psycopg.OperationalError, OSError) as failure:
            error = type(failure).__name__
        if asked.is_set():
            return
        # Procrastinate also ends quietly when it lost its database and has it again by the time it signs off.
        log.warning("worker_lost_database", error=error)
        time.sleep(PATIENCE)


async def _work_until(asked: threading.Event, concurrency: int) -> None:
    """Run jobs until told to stop, or until the database is lost."""
    work = asyncio.ensure_future(_work(concurrency))

    def stop() -> None:
        asked.set()
        work.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    await work


async def _work(concurrency: int) -> None:
    async with jobs().open_async() as app:
        await app.run_worker_async(
            concurrency=concurrency,
            fetch_job_polling_interval=5,
            shutdown_graceful_timeout=20,
            delete_jobs="successful",
            install_signal_handlers=False,
        )

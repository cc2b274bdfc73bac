"""Real server processes, and databases of a test's own."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import requests
from flask import Flask
from psycopg import sql

from config.default import Settings
from shop.core.db import db
from shop.simulator import SimulatedWeChat
from tests.factories.waiting import wait_until

PROCESSES = 3


@contextmanager
def serving(application: str, environ: dict[str, str], here: Path, log: Path) -> Iterator[str]:
    """An application behind several processes, on a free port of this machine.

    Yields:
        Its address.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening, log.open("wb") as output:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", "--workers", str(PROCESSES)),
                *("--bind", f"fd://{listening.fileno()}", application),
            ],
            cwd=here,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **environ},
            pass_fds=[listening.fileno()],
            stdout=output,
            stderr=output,
        )
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            wait_until(lambda: server.poll() is not None or is_ready(address), seconds=60)
            assert server.poll() is None, log.read_text()
            wait_until(lambda: processes(server.pid) == PROCESSES, seconds=30)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=30)


def processes(parent: int) -> int:
    """How many processes serve below the one that was started."""
    return len(Path(f"/proc/{parent}/task/{parent}/children").read_text().split())


def is_ready(address: str) -> bool:
    try:
        return requests.get(f"{address}/readyz", timeout=2).ok
    except requests.RequestException:
        return False


@pytest.fixture
def serve(
    wechat: SimulatedWeChat, settings: Settings, here: Path, tmp_path: Path
) -> Iterator[Callable[[str, str], str]]:
    """Starts an application on a database; gives its address."""

    with ExitStack() as stack:

        def start(application: str, database_url: str) -> str:
            environ = {
                "SHOP_ENV": "testing",
                "DATABASE_URL": database_url,
                "SECRET_KEY": settings.secret_key,
                "SHOP_PUBLIC_URL": settings.public_url,
                "SHOP_RATE_LIMITS": "off",
                **wechat.credentials.settings("global", wechat.address),
            }
            return stack.enter_context(serving(application, environ, here, tmp_path / "server.log"))

        yield start


@pytest.fixture
def another_database(app: Flask, settings: Settings) -> Iterator[str]:
    """A database like the shop's, for one test alone; gives its address."""
    parts = urlsplit(settings.database_url)
    ours, name = parts.path.lstrip("/"), "another"
    with app.app_context():
        db.session.remove()
        db.engine.dispose()  # a template must have no connection
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as connection:
        make = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [ours],
        )
        wait_until(
            lambda: (
                connection.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [ours]).fetchone()
                == (0,)
            )
        )
        connection.execute(make.format(sql.Identifier(name), sql.Identifier(ours)))
        yield urlunsplit(parts._replace(path=f"/{name}"))
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

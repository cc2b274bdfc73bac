"""Background work: Procrastinate, in the same PostgreSQL as the facts."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from flask import Flask, current_app
from procrastinate import App, Blueprint, PsycopgConnector
from structlog.contextvars import bind_contextvars, clear_contextvars

from shop.core.db import db

log = structlog.get_logger()


def build(app: Flask, conninfo: str, *blueprints: tuple[str, Blueprint]) -> App:
    """The jobs of an app, each run inside its context."""
    jobs = App(connector=PsycopgConnector(conninfo=conninfo, kwargs={"application_name": "insolite worker"}))
    for namespace, blueprint in blueprints:
        jobs.add_tasks_from(blueprint, namespace=namespace)
    for task in jobs.tasks.values():
        task.func = _inside(app, task.name, task.func)
    return jobs


def _inside(app: Flask, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
    if name.startswith("builtin:"):
        return work

    @wraps(work)
    def run(*args: Any, **kwargs: Any) -> Any:
        with app.app_context():
            clear_contextvars()
            bind_contextvars(job=name)
            try:
                return work(*args, **kwargs)
            finally:
                db.session.remove()

    return run


def jobs() -> App:
    """The jobs of the running shop."""
    found: App = current_app.extensions["jobs"]
    return found

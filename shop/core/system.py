"""For who operates the shop: does the process live, can it work, what does it count."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, current_app

from shop.core import metrics
from shop.core.caller import for_operator
from shop.core.db import MIGRATIONS, db
from shop.core.errors import Unavailable
from shop.core.i18n import Text
from shop.core.limits import unlimited

blp = Blueprint("system", __name__)


class NotReady(Unavailable):
    """The database's migrations are not those of this code."""

    code = "not-ready"
    detail = Text(
        fr="La base de données n’est pas à jour : lancez « flask db upgrade ».",
        zh="数据库版本不匹配：请运行 flask db upgrade。",
        en="The database is not up to date: run “flask db upgrade”.",
    )


@blp.get("/healthz")
@for_operator
@unlimited
def live() -> dict[str, str]:
    """The process lives."""
    return {"status": "ok"}


@blp.get("/readyz")
@for_operator
@unlimited
def ready() -> dict[str, str]:
    """The database answers, and its migrations are those of this code."""
    known = db.session.scalar(sa.text("SELECT to_regclass('alembic_version')"))
    found = known and db.session.scalar(sa.text("SELECT version_num FROM alembic_version"))
    if found != latest_migration():
        raise NotReady
    return {"status": "ok"}


@blp.get("/metrics")
@for_operator
@unlimited
def count() -> Response:
    """What the shop counts, for Prometheus."""
    collectors: list[Any] = current_app.extensions["live_metrics"]
    return metrics.exposition(*collectors)


@cache
def latest_migration() -> str | None:
    """The newest migration of this code."""
    return max((path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")), default=None)

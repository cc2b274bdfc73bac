"""What waits for the staff, counted at the moment somebody asks."""

from collections.abc import Iterator

import sqlalchemy as sa
import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from shop.core.db import db
from shop.staff.models import Attention

log = structlog.get_logger()


class OpenAttention(Collector):
    """Open entries by kind, and the moment of the oldest. Without a database there is nothing to tell."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Ask the database."""
        entries = GaugeMetricFamily("shop_attention_open", "Things that need a decision", labels=["kind"])
        oldest = GaugeMetricFamily("shop_attention_oldest", "Unix time of the oldest", labels=["kind"])
        statement = (
            sa.select(Attention.kind, sa.func.count(), sa.func.min(Attention.first_at))
            .where(Attention.resolved_at.is_(None))
            .group_by(Attention.kind)
        )
        try:
            for kind, count, first_at in db.session.execute(statement):
                entries.add_metric([kind], count)
                oldest.add_metric([kind], first_at.timestamp())
        except SQLAlchemyError:
            log.warning("attention_not_counted")
            return
        yield entries
        yield oldest

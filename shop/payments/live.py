"""How far the worker is behind, counted at the moment somebody asks."""

from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa
import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from shop.booking.models import Booking
from shop.core import clock
from shop.core.db import db
from shop.orders.models import Order
from shop.payments.models import GatewayEvent, Payment, Reconciliation, Refund

log = structlog.get_logger()
PUNCTUAL = timedelta(seconds=60)
LATE_STATEMENT = timedelta(hours=6)
_OWED = (
    sa.select(Refund.currency, Refund.status, sa.func.sum(Refund.amount))
    .where(Refund.status.in_(("pending", "needs_attention")))
    .group_by(Refund.currency, Refund.status)
)


class Overdue(Collector):
    """What should have been finished a minute ago, and money still owed. Nothing to tell without a database."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Ask the database."""
        late = clock.now() - PUNCTUAL
        questions = {
            "holds": sa.and_(Booking.status == "held", Booking.order_id.is_(None), Booking.expires_at < late),
            "orders": sa.and_(Order.status == "pending", Order.expires_at < late),
            "payments": sa.and_(Payment.status == "pending", Payment.next_check_at < late),
            "refunds": sa.and_(Refund.status == "pending", Refund.next_check_at < late),
            "events": GatewayEvent.next_look_at < late,
            "statements": sa.and_(
                Reconciliation.status == "waiting", Reconciliation.first_due_at < late - LATE_STATEMENT
            ),
        }
        overdue = GaugeMetricFamily("shop_overdue", "What waits for the worker, by kind", labels=["kind"])
        owed = GaugeMetricFamily(
            "shop_refunds_owed", "Refunds not done yet: minor units", labels=["currency", "status"]
        )
        try:
            for kind, condition in questions.items():
                overdue.add_metric([kind], db.session.scalar(sa.select(sa.func.count()).where(condition)) or 0)
            for currency, status, amount in db.session.execute(_OWED):
                owed.add_metric([currency, status], int(amount))
        except SQLAlchemyError:
            log.warning("overdue_not_counted")
            return
        yield overdue
        yield owed

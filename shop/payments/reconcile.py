"""The nightly proof: what the gateways' own books say, beside the shop's.

Write down that it is due, talk, write down what was found. What can be mended by itself is: money that never reached
us is asked about, refunds made in a console are recorded.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial

import sqlalchemy as sa
import structlog
from flask import current_app
from sqlalchemy.dialects.postgresql import insert

from shop.books.services import journal
from shop.core import clock, invariants
from shop.core.db import db, end_reading, transaction
from shop.core.money import Money
from shop.gateways.errors import PaymentProviderDown, StatementNotReady
from shop.gateways.payment import GatewayRefund, PaymentGateway, Statement, StatementLine
from shop.payments.flows import talk
from shop.payments.methods import gateways
from shop.payments.models import Payment, Reconciliation, Refund
from shop.payments.services import matching, refunds
from shop.payments.services.matching import Comparison, Difference
from shop.payments.services.refunded import settle_refund
from shop.payments.services.settle import settle
from shop.payments.turns import turn
from shop.staff.services.attention import settle_attention, tell_staff

log = structlog.get_logger()

LEASE = timedelta(minutes=10)  # how long one worker keeps a day to itself
FIRST_RETRY, LAST_RETRY = timedelta(minutes=30), timedelta(hours=6)
LATE_AFTER = timedelta(hours=6)  # a statement missing for so long is told to the staff
DAYS_BACK = 30  # which a worker that was away catches up with


def reconcile_due() -> None:
    """Compare every finished day whose statement should be published by now, and was not compared yet."""
    for gateway in {gateway.name: gateway for gateway in gateways().values()}.values():
        for day in _days_due(gateway):
            if _claim(gateway, day):
                _reconcile_or_put_off(gateway, day)


def reconcile(gateway: PaymentGateway, day: date) -> Sequence[Difference]:
    """Compare one day now, whether or not it was compared before, and keep what was found.

    Raises:
        StatementNotReady: the gateway has not published it, or not in a form that can be believed.
        PaymentProviderDown: the gateway does not answer.
    """
    statement = talk(lambda: gateway.statement(day))
    compared = matching.compare(gateway.name, statement, zone=gateway.zone)
    if statement.is_absent and compared.differences:
        raise StatementNotReady("absent")  # there is none, but money moved: it will come
    _remember(compared, day)
    _mend(gateway, compared, day)
    found = (*compared.differences, *_broken_rules())
    with transaction():
        _keep(gateway, statement, found, now=clock.now())
    return found


def _remember(compared: Comparison, day: date) -> None:
    """Write down which rows the statement lists, each by itself: the comparison has locked nothing."""
    for table, listed in ((Payment, compared.listed_payments), (Refund, compared.listed_refunds)):
        for row_id in sorted(listed):
            with transaction():
                new = (table.id == row_id, table.statement_day.is_(None))
                db.session.execute(sa.update(table).where(*new).values(statement_day=day))


def _days_due(gateway: PaymentGateway) -> Sequence[date]:
    now = clock.now()
    first = matching.first_day(gateway.name, gateway.zone)
    today = now.astimezone(gateway.zone).date()
    done = set(
        db.session.scalars(
            sa.select(Reconciliation.day).where(
                Reconciliation.gateway == gateway.name,
                sa.or_(Reconciliation.status != "waiting", Reconciliation.next_attempt_at > now),
            )
        )
    )
    end_reading()
    if first is None:
        return []
    days = [today - timedelta(days=back) for back in range(DAYS_BACK, 0, -1)]
    return [day for day in days if day >= first and day not in done and gateway.statement_due(day) <= now]


def _claim(gateway: PaymentGateway, day: date) -> bool:
    """Keep a day from other workers for a while; False if one of them has it."""
    now = clock.now()
    with transaction():
        db.session.execute(
            insert(Reconciliation)
            .values(
                gateway=gateway.name,
                day=day,
                status="waiting",
                first_due_at=gateway.statement_due(day),
                next_attempt_at=now,
            )
            .on_conflict_do_nothing()
        )
        claimed = db.session.execute(
            sa.update(Reconciliation)
            .where(
                Reconciliation.gateway == gateway.name,
                Reconciliation.day == day,
                Reconciliation.status == "waiting",
                Reconciliation.next_attempt_at <= now,
            )
            .values(next_attempt_at=now + LEASE, attempts=Reconciliation.attempts + 1)
            .returning(Reconciliation.day)
        ).all()
    return len(claimed) == 1


def _reconcile_or_put_off(gateway: PaymentGateway, day: date) -> None:
    with turn("reconcile", day=day.isoformat()) as went:
        try:
            found = reconcile(gateway, day)
            log.info("reconciled", gateway=gateway.name, day=day.isoformat(), differences=len(found))
        except (StatementNotReady, PaymentProviderDown) as failure:
            _put_off(gateway, day, getattr(failure, "reason", "no-answer"), clock.now())
    if went.failure:
        _put_off(gateway, day, went.failure, clock.now())


def _put_off(gateway: PaymentGateway, day: date, reason: str, now: datetime) -> None:
    with transaction():
        row = db.session.get_one(Reconciliation, (gateway.name, day), with_for_update=True)
        row.next_attempt_at = now + min(FIRST_RETRY * 2 ** min(row.attempts - 1, 10), LAST_RETRY)
        if now - row.first_due_at >= LATE_AFTER:
            tell_staff("statement-missing", f"{gateway.name} {day}", now=now, reason=reason)


def _mend(gateway: PaymentGateway, compared: Comparison, day: date) -> None:
    """Ask about what has not reached us, and record what was done in the gateway's console."""
    for payment_id in compared.not_received:
        payment = db.session.get_one(Payment, payment_id)
        number, reference = payment.number, payment.reference
        facts = talk(partial(gateway.find, number, reference))
        with transaction():
            settle(gateway.name, facts, now=clock.now())
    for line in compared.elsewhere:
        with transaction():
            settle_refund(gateway.name, _as_refund(line), now=clock.now())
            made = (Refund.gateway == gateway.name, Refund.gateway_refund_id == line.refund_id)
            new = Refund.statement_day.is_(None)
            db.session.execute(sa.update(Refund).where(*made, new).values(statement_day=day))
    for refund_id in compared.under_way:
        wanted = refunds.repayment(db.session.get_one(Refund, refund_id), notify_url="")
        told = talk(partial(gateway.find_refund, wanted))
        with transaction():
            settle_refund(gateway.name, told, now=clock.now())


def _as_refund(line: StatementLine) -> GatewayRefund:
    """What a statement says of a refund, as the gateway itself would tell it."""
    return GatewayRefund(
        number=line.refund_number,
        state="succeeded" if line.succeeded else "processing",
        payment_number=line.number,
        transaction_id=line.transaction_id,
        refund_id=line.refund_id,
        amount=line.amount,
        succeeded_at=line.at if line.succeeded else None,
        facts={"statement": True, "refund": line.amount.amount, "currency": line.amount.currency},
    )


def _broken_rules() -> list[Difference]:
    """Seats, tickets and money within the shop: what `audit` finds is a difference too."""
    rules: Sequence[invariants.Invariant] = current_app.extensions["invariants"]
    end_reading()
    broken = invariants.check(rules, now=clock.now())
    return [Difference("books", f"{invariant.name}: {row}") for invariant, row in broken]


def _keep(gateway: PaymentGateway, statement: Statement, found: Sequence[Difference], *, now: datetime) -> None:
    day = statement.day
    new = {"gateway": gateway.name, "day": day, "first_due_at": gateway.statement_due(day), "attempts": 1}
    db.session.execute(insert(Reconciliation).values(status="waiting", **new).on_conflict_do_nothing())
    row = db.session.get_one(Reconciliation, (gateway.name, day), with_for_update=True)  # one of two at once waits here
    row.status, row.compared_at, row.next_attempt_at = "differences" if found else "clean", now, None
    row.digest, row.differences = statement.digest, matching.as_json(found)
    _book_fees(gateway, row, matching.fees_of(statement), now)
    subject = f"{gateway.name} {day}"
    settle_attention("statement-missing", subject, now=now)
    if found:
        kinds = sorted({one.kind for one in found})
        tell_staff("reconciliation-difference", subject, now=now, differences=len(found), kinds=kinds)
    else:
        settle_attention("reconciliation-difference", subject, now=now)


def _book_fees(gateway: PaymentGateway, row: Reconciliation, fees: dict[str, int], now: datetime) -> None:
    """Book what the gateway kept, once; a statement that says otherwise later is booked by the difference."""
    for currency in fees.keys() | row.fees.keys():
        changed = fees.get(currency, 0) - row.fees.get(currency, 0)
        if changed:
            journal.fee_taken(gateway=gateway.name, money=Money(changed, currency), day=row.day, now=now)
    row.fees = fees

"""Refunds by the Office, and the second person who sees the larger ones. The caller owns the transaction, and has
locked the order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from shop.core.db import db
from shop.core.ids import new_id
from shop.core.money import Money
from shop.orders.models import Order
from shop.orders.rules import WITH_TICKETS
from shop.orders.services.cancel import in_full, valid_tickets, with_companions
from shop.payments import rules
from shop.payments.errors import (
    AnotherPersonNeeded,
    NotPossibleNow,
    OrderChanged,
    RefundAlreadyRequested,
    RefundRequestDecided,
    RefundRequestNotFound,
    RefundTooLarge,
)
from shop.payments.models import Payment, Refund, RefundRequest
from shop.payments.services import office
from shop.payments.services.refunds import WITHOUT_MONEY, refundable
from shop.staff.services.attention import settle_attention, tell_staff

BY_THE_OFFICE = ("goodwill", "office")  # reasons of refunds that count together


@dataclass(frozen=True)
class Colleague:
    """Who asks or decides."""

    id: UUID
    email: str


@dataclass(frozen=True)
class Plan:
    """What a refund would do, told before it is done.

    Args:
        positions: the tickets that become void; None if the tickets stay as they are.
        means: what goes back by each means of payment, in the order in which it is taken.
        lately: minor units the Office gave back of the same order within a day.
    """

    positions: tuple[int, ...] | None
    amount: Money
    means: tuple[tuple[str, Money], ...]
    lately: int
    needs_another_person: bool


def plan(order: Order, *, positions: Sequence[int] | None, amount: int | None, limit: int, now: datetime) -> Plan:
    """What would go back, and whether a second person must agree.

    Args:
        positions: the tickets to be cancelled, whose whole price goes back; empty for all that are valid.
        amount: minor units, of a refund that leaves the tickets as they are; `positions` is then None.
        limit: minor units above which a second person must agree.

    Raises:
        NotPossibleNow: the order was not paid, or nothing is left to be cancelled or given back.
        OrderChanged: one of the tickets is no longer valid.
        RefundTooLarge: more than is left of what was paid.
    """
    left = refundable(order.id)
    if order.status not in WITH_TICKETS | {"cancelled"}:
        raise NotPossibleNow(order_status=order.status)
    if positions is None:
        if not amount or amount <= 0:
            raise NotPossibleNow(order_status=order.status)
        back, gone = amount, None
    else:
        back, gone = _of_tickets(order, positions, left, now)
    if back > left:
        raise RefundTooLarge(left=order.money(left).to("en"))
    lately = given_lately(order.id, now=now)
    needs = back > 0 and back + lately > limit
    return Plan(gone, order.money(back), tuple(_means(order, back)), lately, needs)


def _of_tickets(order: Order, positions: Sequence[int], left: int, now: datetime) -> tuple[int, tuple[int, ...]]:
    valid = valid_tickets(order.id)
    if set(positions) - {ticket.position for ticket in valid}:
        raise OrderChanged
    chosen = with_companions(valid, [one for one in valid if not positions or one.position in positions])
    if not chosen:
        raise NotPossibleNow(order_status=order.status)
    return in_full(chosen, most=left, now=now).refund, tuple(ticket.position for ticket in chosen)


def _means(order: Order, amount: int) -> list[tuple[str, Money]]:
    """As `give_back` will take it: from the latest payment on."""
    applied = (Payment.order_id == order.id, Payment.disposition == "applied", Payment.gateway != WITHOUT_MONEY)
    found = []
    for payment in db.session.scalars(sa.select(Payment).where(*applied).order_by(Payment.id.desc())):
        part = min(amount, (payment.received_amount or 0) - payment.refunded)
        if part > 0:
            found.append((payment.gateway, order.money(part)))
            amount -= part
    return found


def given_lately(order_id: UUID, *, now: datetime) -> int:
    """Minor units the Office gave back of an order within a day, on its own account."""
    counted = (
        Refund.order_id == order_id,
        Refund.reason.in_(BY_THE_OFFICE),
        Refund.status != "superseded",
        Refund.created_at > now - rules.FOUR_EYES_OVER,
    )
    return int(db.session.scalar(sa.select(sa.func.coalesce(sa.func.sum(Refund.amount), 0)).where(*counted)) or 0)


def refund_or_ask(order: Order, planned: Plan, *, by: Colleague, note: str, now: datetime) -> RefundRequest | None:
    """Carry out what was planned; or, above the limit, write down that a second person must decide.

    Returns:
        The request, if there must be one.

    Raises:
        RefundAlreadyRequested: one of this order waits already.
        NotPossibleNow, RefundTooLarge, TooManyRefunds: by the order.
    """
    _end_overdue(order, now)
    if _waiting(order.id) is not None:
        raise RefundAlreadyRequested
    if not planned.needs_another_person:
        _carry_out(order, planned, by=by.email, note=note, now=now)
        return None
    request = RefundRequest(
        id=new_id(),
        order_id=order.id,
        status="waiting",
        positions=None if planned.positions is None else list(planned.positions),
        amount=planned.amount.amount,
        currency=planned.amount.currency,
        note=note,
        asked_by_id=by.id,
        asked_by=by.email,
        created_at=now,
        expires_at=now + rules.REQUEST_TIME,
    )
    db.session.add(request)
    db.session.flush()
    tell_staff("refund-to-approve", order.spoken_number, now=now, amount=planned.amount.amount, currency=order.currency)
    return request


def approve(order: Order, request_id: UUID, *, by: Colleague, limit: int, now: datetime) -> RefundRequest:
    """Carry out a refund that a colleague asked for, if it would still do the same.

    Raises:
        RefundRequestNotFound: the order has none of this id.
        RefundRequestDecided: it was decided upon, or its time is over.
        AnotherPersonNeeded: it is one's own.
        OrderChanged: it would no longer give back what was asked for.
        NotPossibleNow, RefundTooLarge, TooManyRefunds: by the order.
    """
    request = _lock_open(order, request_id, now)
    if request.asked_by_id == by.id:
        raise AnotherPersonNeeded
    amount = request.amount if request.positions is None else None
    again = plan(order, positions=request.positions, amount=amount, limit=limit, now=now)
    if again.amount.amount != request.amount or (request.positions or []) != list(again.positions or []):
        raise OrderChanged
    _carry_out(order, again, by=f"{request.asked_by}, {by.email}", note=request.note, now=now)
    _decide(order, request, "approved", by, now)
    return request


def decline(order: Order, request_id: UUID, *, by: Colleague, answer: str, now: datetime) -> RefundRequest:
    """Let a refund that was asked for not be made. Whoever asked may take it back so.

    Raises:
        RefundRequestNotFound, RefundRequestDecided: by the request.
    """
    request = _lock_open(order, request_id, now)
    request.answer = answer
    _decide(order, request, "declined", by, now)
    return request


def get_request(request_id: UUID) -> RefundRequest:
    """A request.

    Raises:
        RefundRequestNotFound: there is none of this id.
    """
    found = db.session.get(RefundRequest, request_id)
    if found is None:
        raise RefundRequestNotFound
    return found


def requests_of(order_id: UUID) -> Sequence[RefundRequest]:
    """The requests about an order, oldest first, at most a hundred."""
    about = sa.select(RefundRequest).where(RefundRequest.order_id == order_id)
    return db.session.scalars(about.order_by(RefundRequest.id).limit(100)).all()


def expire_requests(*, now: datetime, limit: int = 200) -> int:
    """End requests nobody decided upon in time; how many."""
    due = db.session.scalars(
        sa.select(RefundRequest)
        .where(RefundRequest.status == "waiting", RefundRequest.expires_at <= now)
        .limit(limit)
        .with_for_update(skip_locked=True, of=RefundRequest)
    ).all()
    for request in due:
        _expire(request, now)
    return len(due)


def _carry_out(order: Order, planned: Plan, *, by: str, note: str, now: datetime) -> None:
    if planned.positions is None:
        office.refund_by_goodwill(order, planned.amount, by=by, note=note, now=now)
    else:
        office.cancel(order, planned.positions, by=by, note=note, now=now)


def _waiting(order_id: UUID) -> UUID | None:
    waiting = (RefundRequest.order_id == order_id, RefundRequest.status == "waiting")
    return db.session.scalar(sa.select(RefundRequest.id).where(*waiting))


def _end_overdue(order: Order, now: datetime) -> None:
    overdue = (RefundRequest.order_id == order.id, RefundRequest.status == "waiting", RefundRequest.expires_at <= now)
    for request in db.session.scalars(sa.select(RefundRequest).where(*overdue).with_for_update(of=RefundRequest)):
        _expire(request, now)


def _expire(request: RefundRequest, now: datetime) -> None:
    request.status, request.decided_at = "expired", now
    db.session.flush()
    settle_attention("refund-to-approve", request.order.spoken_number, now=now)


def _lock_open(order: Order, request_id: UUID, now: datetime) -> RefundRequest:
    request = db.session.scalar(
        sa.select(RefundRequest)
        .where(RefundRequest.id == request_id, RefundRequest.order_id == order.id)
        .with_for_update(of=RefundRequest)
        .execution_options(populate_existing=True)
    )
    if request is None:
        raise RefundRequestNotFound
    if request.status != "waiting" or request.expires_at <= now:
        raise RefundRequestDecided
    return request


def _decide(order: Order, request: RefundRequest, status: str, by: Colleague, now: datetime) -> None:
    request.status, request.decided_by_id, request.decided_by, request.decided_at = status, by.id, by.email, now
    db.session.flush()
    settle_attention("refund-to-approve", order.spoken_number, now=now)

"""Telling the story of an order, and reading it. The caller owns the transaction."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from shop.core.db import db
from shop.core.i18n import Language
from shop.core.money import Money
from shop.orders.documents.wording import day_and_hour
from shop.orders.models import OrderEvent
from shop.orders.texts import DATE_REASONS, GATEWAYS, STORY


def tell(order_id: UUID, event: str, *, at: datetime, **facts: Any) -> None:
    """Add one thing that happened; texts.STORY tells it as a sentence.

    Args:
        facts: what fills the sentence; amounts as Money and local times as datetime, told in each reader's language.
    """
    db.session.add(told(order_id, event, at=at, **facts))


def told(order_id: UUID, event: str, *, at: datetime, **facts: Any) -> OrderEvent:
    """What `tell` adds, for who adds it in a statement of their own."""
    if event not in STORY:
        raise KeyError(event)
    kept = {name: _kept(fact) for name, fact in facts.items()}
    return OrderEvent(order_id=order_id, at=at, event=event, facts=kept)


def waiting_to_be_told() -> list[dict[str, Any]]:
    """What was told and not written yet, the first first, as rows; whoever asks for them writes them."""
    session = db.session()
    waiting = [event for event in session.new if isinstance(event, OrderEvent)]
    waiting.sort(key=lambda event: sa.inspect(event).insert_order or 0)
    for event in waiting:
        session.expunge(event)
    return [
        {"order_id": event.order_id, "at": event.at, "event": event.event, "facts": event.facts} for event in waiting
    ]


def _kept(fact: Any) -> Any:
    if isinstance(fact, Money):
        return {"amount": fact.amount, "currency": fact.currency}
    return {"at": fact.isoformat()} if isinstance(fact, datetime) else fact


def sentence(event: OrderEvent, language: Language) -> str:
    """One thing that happened, as a sentence."""
    facts: dict[str, Any] = {}
    for name, fact in event.facts.items():
        if isinstance(fact, dict) and "at" in fact:
            facts[name] = day_and_hour(datetime.fromisoformat(fact["at"]), language)
        elif isinstance(fact, dict):
            facts[name] = Money(**fact).to(language)
        elif name == "gateway":
            facts[name] = GATEWAYS[fact].to(language)
        elif name == "reason":
            facts[name] = DATE_REASONS[fact].to(language)
        else:
            facts[name] = fact
    return STORY[event.event].to(language, **facts)

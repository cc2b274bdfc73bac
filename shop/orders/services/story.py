"""Telling the story of an order, and reading it. The caller owns the transaction."""

from datetime import datetime
from typing import Any
from uuid import UUID

from shop.core.db import db
from shop.core.i18n import Language
from shop.core.money import Money
from shop.orders.models import OrderEvent
from shop.orders.texts import GATEWAYS, STORY


def tell(order_id: UUID, event: str, *, at: datetime, **facts: Any) -> None:
    """Add one thing that happened; texts.STORY tells it as a sentence.

    Args:
        facts: what fills the sentence; amounts as Money, told in each reader's language.
    """
    if event not in STORY:
        raise KeyError(event)
    kept = {
        name: {"amount": fact.amount, "currency": fact.currency} if isinstance(fact, Money) else fact
        for name, fact in facts.items()
    }
    db.session.add(OrderEvent(order_id=order_id, at=at, event=event, facts=kept))


def sentence(event: OrderEvent, language: Language) -> str:
    """One thing that happened, as a sentence."""
    facts: dict[str, Any] = {}
    for name, fact in event.facts.items():
        if isinstance(fact, dict):
            facts[name] = Money(**fact).to(language)
        elif name == "gateway":
            facts[name] = GATEWAYS[fact].to(language)
        else:
            facts[name] = fact
    return STORY[event.event].to(language, **facts)

"""The same ticket in three languages."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from shop.core.money import Money
from shop.orders.documents.facts import TicketFacts

PARIS = ZoneInfo("Europe/Paris")
CODE = "T1A7K2Q9XHM4" * 13 + "Z3RW"  # 160 characters

FRENCH = TicketFacts(
    language="fr",
    code=CODE,
    reference="482-193-0574/2",
    order_number="482-193-0574",
    holder="Zoë L’Hénoret",
    tour="L’Île Saint-Germain insolite",
    unit="Étudiant",
    price=Money(1950, "EUR"),
    starts_at=datetime(2027, 5, 1, 14, 30, tzinfo=PARIS),
    ends_at=datetime(2027, 5, 1, 16, 0, tzinfo=PARIS),
    guide_language="zh",
    meeting_point="Devant l’entrée du parc, côté « boulevard »",
    address="170 quai de Stalingrad, 92130 Issy-les-Moulineaux",
    latitude=48.8215,
    longitude=2.2631,
    accessibility="Parcours de plain-pied ; deux passages pavés.",
    uid="departure-17@shop.example",
    page_url="https://shop.example/tickets/482-193-0574/2",
)
CHINESE = replace(
    FRENCH,
    language="zh-CN",
    holder="王小明",
    tour="圣日耳曼岛秘境之旅：让·杜布菲的“人像塔”",
    unit="成人",
    meeting_point="Parc de l’Île Saint-Germain 公园入口",
    accessibility="全程无台阶，轮椅可通行。",
)
ENGLISH = replace(
    FRENCH,
    language="en",
    holder="Jane O’Neill",
    tour="The hidden side of Île Saint-Germain",
    unit="Student",
    meeting_point="In front of the park’s gate",
    accessibility="Step-free; two cobbled passages.",
)
TICKETS = {"fr": FRENCH, "zh-CN": CHINESE, "en": ENGLISH}


@pytest.fixture(params=TICKETS)
def facts(request):
    """The ticket, in each language."""
    return TICKETS[request.param]

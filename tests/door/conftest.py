"""A departure of today with people who have tickets for it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.factories.catalogue import ADULT, INFANT, Catalogue
from tests.factories.colleagues import Colleague
from tests.factories.people import Tourist


@pytest.fixture
def departure(catalogue: Catalogue) -> UUID:
    """One that costs nothing and starts in three hours."""
    return catalogue.departure(units=[{**ADULT, "price": 0}, INFANT], starts_in=timedelta(hours=3))


@pytest.fixture
def other_departure(catalogue: Catalogue) -> UUID:
    """Another one, of another tour."""
    return catalogue.departure(
        units=[{**ADULT, "price": 0}, INFANT], starts_in=timedelta(hours=5), title={"fr": "La Seine", "en": "The Seine"}
    )


@pytest.fixture
def tickets(tourist: Tourist, departure: UUID) -> list[dict[str, Any]]:
    """Those of two adults and an infant."""
    return tourist.tickets(tourist.ordered(departure, adults=2, infants=1)["id"])


Told = Callable[..., dict[str, Any]]


def act(kind: str = "admit", **facts: Any) -> dict[str, Any]:
    """What a device says it did."""
    return {"id": str(uuid4()), "act": kind, "at": "2026-11-28T10:00:00+00:00", **facts}


def tell(colleague: Colleague, departure: UUID, *acts: dict[str, Any], device: str = "phone-1") -> Any:
    """What the shop answers a device."""
    if colleague.token is None:
        colleague.get("/staff/account")
    return colleague.client.post(
        f"/staff/door/{departure}/merge",
        json={"device": device, "acts": list(acts)},
        headers={"X-CSRFToken": colleague.token},
    )


def outcomes(answer: Any) -> list[tuple[str, str | None]]:
    """What became of each act, and why."""
    assert answer.status_code == 200, answer.text
    return [(one["outcome"], one["reason"]) for one in answer.json["acts"]]

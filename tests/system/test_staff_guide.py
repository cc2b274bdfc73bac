"""The pictures of the guides for new colleagues, made of the shop as it is: `make staff-guide` keeps them."""

import os
import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from PIL import Image

from shop.catalogue.models import Departure, Tour
from shop.core import clock
from shop.core.db import db, transaction
from tests.factories.waiting import wait_until
from tests.system.browser import desk

pytestmark = pytest.mark.system

LANGUAGES = {"fr": "fr", "zh": "zh-CN", "en": "en"}
KEPT = os.environ.get("STAFF_GUIDE")  # a folder: the pictures are kept there
NAMES = ("today", "calendar", "cancel-date", "order", "tour", "numbers", "door")


@pytest.fixture
def town(app, tourist):
    """The demonstration's tours, an order of two that was paid, and a departure today."""
    answer = app.test_cli_runner().invoke(args=["catalogue", "demonstration"])
    assert answer.exit_code == 0, answer.output
    with app.app_context(), transaction():
        departure = db.session.scalars(sa.select(Departure).order_by(Departure.starts_at).limit(1)).one()
        departure.starts_at = clock.now().replace(second=0, microsecond=0) + timedelta(hours=3)
        departure.offer += 1
        departure_id, tour_id = departure.id, departure.tour_id
        db.session.get_one(Tour, tour_id).cutoff_minutes = 0
    order = tourist.ordered(departure_id, adults=2)
    tourist.pay_on_phone(tourist.payment(order["id"]))
    wait_until(lambda: tourist.order(order["id"])["status"] == "paid")
    return {"departure": departure_id, "tour": tour_id, "order": order["number"].replace("-", "")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pictures_of_the_guide_are_of_the_shop_as_it_is(
    app, here, browser, address, colleague, town, tmp_path, language
):
    manager = colleague("manager", locale=LANGUAGES[language])
    folder = Path(KEPT) / language if KEPT else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    paths: dict[str, str] = {
        "today": "/staff/",
        "calendar": "/staff/calendar?view=week",
        "cancel-date": f"/staff/dates/{town['departure']}/cancel",
        "order": f"/staff/orders/{town['order']}",
        "tour": f"/staff/tours/{town['tour']}/edit",
        "numbers": "/staff/numbers",
    }
    with desk(browser, address, manager) as mine:
        for name, path in paths.items():
            mine.open(path)
            assert not mine.look(), name
            keep(mine.page.screenshot(), folder / f"{name}.png")
    with desk(browser, address, manager, width="phone") as mine:
        mine.open(f"/staff/door/{UUID(str(town['departure']))}")
        assert not mine.look(), "door"
        keep(mine.page.screenshot(), folder / "door.png")

    assert sorted(path.stem for path in folder.glob("*.png")) == sorted(NAMES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guide_shows_just_these_pictures_and_they_are_there(here, language):
    guide = (here / "docs" / f"staff-guide.{language}.md").read_text(encoding="utf-8")
    shown = re.findall(r"\]\((staff-guide/[\w/-]+\.png)\)", guide)

    assert sorted(shown) == sorted(f"staff-guide/{language}/{name}.png" for name in NAMES)
    assert all((here / "docs" / path).is_file() for path in shown)


def keep(picture: bytes, path: Path) -> None:
    """A picture of few colours: it is of a page, and stands in the repository."""
    raw = path.with_suffix(".raw")
    raw.write_bytes(picture)
    with Image.open(raw) as page:
        page.convert("P", palette=Image.Palette.ADAPTIVE, colors=64).save(path, optimize=True)
    raw.unlink()

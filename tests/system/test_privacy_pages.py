"""The pages about what is held about people, as a manager uses them."""

import json
from pathlib import Path

import pytest

from shop.core import clock
from shop.office.jobs import let_go_of_what_is_over
from tests.customers.test_me import EMAIL, NAME, agree, paid_at_the_counter
from tests.factories import rows
from tests.system.browser import desk

pytestmark = pytest.mark.system


@pytest.fixture
def over(app, tourist, catalogue):
    """Somebody for whom all is over; and what a night has done."""
    order = paid_at_the_counter(app, tourist, catalogue.departure())
    agree(tourist, reminders=True, abroad=True)
    agree(tourist, abroad=False)
    rows.change(app, "UPDATE departures SET starts_at = now() - interval '1 day'")
    rows.change(
        app,
        "INSERT INTO retention_runs (id, started_at, ended_at, done, kept, unfinished) VALUES"
        " (gen_random_uuid(), now() - interval '1 day', now(), '{\"people\": 12, \"gateway_messages\": 340}',"
        " '{\"people\": 2, \"accounting_papers\": 1}', '{gateway_messages}'),"
        " (gen_random_uuid(), now() - interval '2 days', now() - interval '2 days', '{}', '{}', '{}')",
    )
    return order


@pytest.mark.parametrize("width", ["phone", "desk"])
def test_every_page_is_fit_to_be_read(app, browser, address, colleague, tourist, other_tourist, catalogue, over, width):
    waiting = paid_at_the_counter(app, other_tourist, catalogue.departure())
    for language in ("fr", "zh-CN", "en"):
        manager = colleague("manager", locale=language, email=f"{language}@example.com")
        with desk(browser, address, manager, width=width) as mine:
            mine.open("/staff/privacy")
            if language == "fr":
                mine.page.locator("#asked").fill("abc")
                mine.page.keyboard.press("Enter")
                mine.page.locator("#asked-wrong").wait_for()
                assert not mine.look("privacy-wrong", expected=("422",))
            mine.page.locator("#asked").fill(EMAIL)
            mine.page.keyboard.press("Enter")
            mine.page.get_by_text(NAME).first.wait_for()
            assert not mine.look(f"privacy-found-{language}")
            for name in (
                f"people/{tourist.id}",
                f"people/{tourist.id}/erase",
                f"people/{other_tourist.id}",
                "retention",
            ):
                mine.open(f"/staff/privacy/{name}")
                picture = (
                    f"privacy-{name.split('/')[-1][:9]}-{'open' if other_tourist.id in name else 'over'}-{language}"
                )
                assert not mine.look(picture), name
            if language != "zh-CN":
                continue
            mine.open(f"/staff/privacy/people/{other_tourist.id}/erase")
            mine.page.locator("#identity-paper").check()
            mine.page.locator("#understood").check()
            mine.page.locator("main form button").click()
            mine.page.get_by_text(waiting["number"]).first.wait_for()
            assert not mine.look("privacy-refused", expected=("409",))
            mine.open(f"/staff/privacy/people/{other_tourist.id}")
            assert not mine.look("privacy-waiting")


@pytest.mark.parametrize("width", ["phone", "desk"])
def test_somebody_who_asks_is_answered_and_forgotten(app, browser, address, colleague, tourist, over, width):
    manager = colleague("manager", locale="fr")
    with desk(browser, address, manager, width=width) as mine:
        mine.open("/staff/privacy")
        mine.tab_to("Numéro de commande")
        mine.page.keyboard.type(over["number"])
        mine.page.keyboard.press("Enter")
        mine.page.get_by_role("link", name=f"Ouvrir : {NAME}").click()
        mine.page.get_by_role("heading", name="Ce qui est gardé").wait_for()
        with mine.page.expect_download() as coming:
            mine.page.get_by_role("link", name="Tout télécharger").click()
        held = json.loads(Path(coming.value.path()).read_text(encoding="utf-8"))
        assert held["orders"][0]["contact"]["name"] == NAME
        mine.page.get_by_role("link", name="Effacer cette personne").click()
        mine.page.get_by_label("Pièce d’identité vue").check()
        mine.page.get_by_label("La personne l’a demandé").check()
        mine.page.get_by_role("button", name="Effacer définitivement").click()
        mine.page.get_by_text("La personne est effacée.").wait_for()
        assert not mine.look("privacy-erased")
    assert tourist.get("/me").status_code == 401


def test_a_night_is_seen_the_next_day(app, browser, address, colleague, time_machine):
    time_machine.move_to(clock.now().replace(hour=4), tick=True)
    with app.app_context():
        let_go_of_what_is_over()
    with desk(browser, address, colleague("manager")) as mine:
        mine.open("/staff/privacy/retention")
        mine.page.get_by_text("Nothing was over.").wait_for()

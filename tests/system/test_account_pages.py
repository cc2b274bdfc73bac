"""The pages about accounts, as people use them."""

import pytest

from tests.factories.colleagues import PASSWORD, Colleague
from tests.system.browser import desk

pytestmark = pytest.mark.system


@pytest.mark.parametrize("width", ["phone", "desk"])
@pytest.mark.parametrize("language", ["fr", "zh-CN", "en"])
def test_every_page_about_accounts_is_fit_to_be_read(app, browser, address, colleague, width, language):
    manager = colleague("manager", locale=language)
    colleague("guide", email="une-collegue-au-nom-vraiment-tres-long@office-de-tourisme.example.com")
    with desk(browser, address, manager, width=width) as mine:
        for path in ("", "people", "people/new", f"people/{manager.id}", "account", "account/password", "acts", "none"):
            mine.open(f"/staff/{path}")
            assert not mine.look(f"accounts-{path.replace('/', '-')[:20]}-{language}", expected=("404",)), path
        mine.open("/staff/account/second-factor")
        assert not mine.look(f"accounts-second-factor-{language}")


@pytest.mark.parametrize("width", ["phone", "desk"])
def test_a_colleague_signs_in_by_keyboard(app, browser, address, width):
    someone = Colleague(app, "guide", locale="fr")
    with desk(browser, address, None, width=width) as mine:
        mine.open("/staff/sign-in?lang=fr")
        mine.page.get_by_label("Adresse électronique").fill(someone.email)
        mine.page.get_by_label("Mot de passe").fill("pas le bon du tout")
        mine.page.keyboard.press("Enter")
        mine.page.get_by_text("Adresse, mot de passe ou code incorrect.").wait_for()
        assert not mine.look("sign-in-refused", expected=("401",))
        mine.page.get_by_label("Mot de passe").fill(PASSWORD)
        mine.page.keyboard.press("Enter")
        mine.page.get_by_role("heading", name="Aujourd’hui", exact=True).wait_for()
        assert not mine.look("today-empty")

import pytest

from shop.core.i18n import LANGUAGES, Text
from shop.orders.documents import texts

from .conftest import FRENCH

ALL = {name: value for name, value in vars(texts).items() if isinstance(value, Text)}
NAMES = {"day": "D", "hour": "H", "start": "S", "end": "E", "meeting_point": "M", "address": "A", "reference": "R"}


@pytest.mark.parametrize("name", ALL)
def test_a_text_holds_the_same_facts_in_every_language(name):
    french, *others = [{fact for fact in NAMES if f"{{{fact}}}" in ALL[name].to(language)} for language in LANGUAGES]

    assert all(other == french for other in others)
    for language in LANGUAGES:
        assert "{" not in ALL[name].to(language, **NAMES)


def test_a_reference_is_not_broken_by_its_text():
    assert FRENCH.reference in texts.SHOW_THE_TICKET.to("zh-CN", reference=FRENCH.reference)

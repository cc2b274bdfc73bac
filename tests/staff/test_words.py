"""The words of pages."""

from shop.core.i18n import Text
from shop.staff.pages import Words


def test_a_blank_may_be_called_name():
    words = Words("en", {"guide": Text(fr="{name}", zh="{name}", en="Guide: {name}")})

    assert words("guide", name="Lei") == "Guide: Lei"

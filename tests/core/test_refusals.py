"""Refusals as a kind: what every one of them keeps to."""

import re
from string import Formatter

import pytest

from shop.core.errors import Conflict, Forbidden, Invalid, NotFound, Refusal, TooMany, Unauthenticated, Unavailable
from shop.core.i18n import LANGUAGES, Text
from shop.core.problems import STATUS, status_of
from tests.core.refusals import every_refusal

REFUSALS = every_refusal()
each_refusal = pytest.mark.parametrize("refusal", REFUSALS, ids=[refusal.code for refusal in REFUSALS])


def names_in(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_there_are_refusals_to_look_at():
    assert {"sold-out", "invalid-input", "tour-not-found", "sign-in-required"} <= {found.code for found in REFUSALS}


@each_refusal
def test_its_code_is_kebab_case(refusal):
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", refusal.code)


def test_no_two_refusals_have_one_code():
    codes = [refusal.code for refusal in REFUSALS]

    assert sorted(set(codes)) == codes


@each_refusal
@pytest.mark.parametrize("part", ["title", "detail"])
def test_it_is_told_in_three_languages(refusal, part):
    text = getattr(refusal, part)

    assert isinstance(text, Text)
    assert all(written.strip() for written in (text.fr, text.zh, text.en))
    assert len({text.fr, text.zh, text.en}) == 3
    assert re.search(r"[\u4e00-\u9fff]", text.zh)


@each_refusal
def test_its_facts_are_named_the_same_in_every_language(refusal):
    assert names_in(refusal.detail.fr) == names_in(refusal.detail.zh) == names_in(refusal.detail.en)


@each_refusal
def test_its_facts_do_not_take_the_names_of_a_problems_own_members(refusal):
    """A fact named `status` would be lost behind the HTTP status."""
    assert not names_in(refusal.detail.en) & {"type", "title", "status", "detail", "code", "instance"}


@each_refusal
def test_it_is_of_one_kind_that_has_a_status(refusal):
    kinds = [Invalid, Unauthenticated, Forbidden, NotFound, Conflict, TooMany, Unavailable]

    assert len([kind for kind in kinds if issubclass(refusal, kind)]) == 1
    assert 400 <= status_of(refusal) <= 503
    assert set(kinds) == set(STATUS)


@each_refusal
def test_its_docstring_says_when(refusal):
    assert refusal.__doc__
    assert refusal.__doc__ != Refusal.__doc__


def test_a_refusal_carries_its_facts():
    class Full(Conflict):
        code = "full"
        detail = Text(fr="{left} reste", zh="剩 {left}", en="{left} left")

    refusal = Full(left=2)

    assert [refusal.explain(language) for language in LANGUAGES] == ["2 reste", "剩 2", "2 left"]
    assert str(refusal) == "full"
    assert refusal.facts == {"left": 2}

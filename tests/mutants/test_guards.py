"""The list of mutants keeps step with the shop."""

import shlex

import pytest

from tests.mutants.guards import MUTANTS


@pytest.mark.parametrize("file", sorted({change.file for mutant in MUTANTS for change in mutant.changes}))
def test_every_guard_to_be_removed_stands_once_in_its_file_which_can_be_read_without_it(here, file):
    for change in (change for mutant in MUTANTS for change in mutant.changes if change.file == file):
        assert change.old != change.new
        compile(change.make(here), file, "exec")


def test_every_mutant_says_what_it_guards_and_who_should_notice(here):
    for mutant in MUTANTS:
        assert mutant.guards[0].isupper(), mutant
        assert mutant.guards.endswith("."), mutant
        assert mutant.tests, mutant
        assert all((here / shlex.split(tests)[0]).is_file() for tests in mutant.tests), mutant
        assert mutant.explained is None or mutant.explained.endswith("."), mutant


def test_no_mutant_is_listed_twice():
    changes = [tuple(mutant.changes) for mutant in MUTANTS]

    assert len(set(changes)) == len(changes)

"""What docs/security.md rests on is there."""

import re

PLACES = re.compile(r"`((?:tests/)?[\w/]*test_\w+\.py|tests/\w+)`")


def test_the_tests_it_names_exist(here):
    named = PLACES.findall((here / "docs" / "security.md").read_text())
    known = {path.name for path in (here / "tests").rglob("test_*.py")}

    assert len(named) > 20
    assert [name for name in named if not (here / name).exists() and name not in known] == []


def test_every_library_of_production_is_reviewed(here):
    text = (here / "docs" / "security.md").read_text().lower()
    locked = (here / "requirements" / "production.txt").read_text()
    names = sorted(set(re.findall(r"^([a-z0-9-]+)==", locked, re.MULTILINE)))

    assert len(names) > 30
    assert [name for name in names if not re.search(rf"\b{re.escape(name)}\b", text)] == []

"""One guard removed: what is changed, what it guards, and the tests that should notice."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Change:
    """A piece of a file, which stands there once, and what stands there instead."""

    file: str
    old: str
    new: str

    def make(self, here: Path) -> str:
        """The file as it is with the change.

        Raises:
            ValueError: the old text does not stand there exactly once.
        """
        text = (here / self.file).read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{text.count(self.old)} times in {self.file}: {self.old!r}")
        return text.replace(self.old, self.new)


@dataclass(frozen=True)
class Mutant:
    """The shop without one of its guards.

    Args:
        guards: what the guard is there for, as a sentence.
        tests: arguments of pytest, each a run of its own; the likeliest to notice comes first.
        also: what must be changed with it, where a guard is written down twice.
        explained: why no test can notice; None if one must.
    """

    file: str
    old: str
    new: str
    guards: str
    tests: tuple[str, ...]
    also: tuple[Change, ...] = ()
    explained: str | None = None

    @property
    def changes(self) -> Iterator[Change]:
        """All that is changed."""
        yield Change(self.file, self.old, self.new)
        yield from self.also

    def apply(self, here: Path) -> None:
        """Remove the guard from a copy of the repository."""
        for change in self.changes:
            (here / change.file).write_text(change.make(here), encoding="utf-8")

"""`make mutants`: each guard removed in a copy of the repository, and the tests that should notice run there."""

import argparse
import os
import queue
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tests.mutants.bench import Bench, copy_repository
from tests.mutants.guards import MUTANTS
from tests.mutants.mutant import Mutant

PASSED, FAILED, INTERRUPTED = 0, 1, 2
NOTICED_BY = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)
Given = TypeVar("Given")


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant.

    Args:
        verdict: `killed`, `timed out` (which is noticed too), `survived`, or `explained` if it may survive.
        by: the test that noticed.
    """

    number: int
    mutant: Mutant
    verdict: str
    by: str
    seconds: float

    def __str__(self) -> str:
        line = f"{self.number:4}  {self.verdict:9}  {self.seconds:3.0f} s  {self.mutant.file}: {self.mutant.guards}"
        more = self.by or self.mutant.explained
        return f"{line}\n{'':25}{more}" if more else line


class NotTestable(Exception):
    """The tests cannot tell: they fail without any change, or do not run."""


def judge(number: int, mutant: Mutant, bench: Bench) -> Outcome:
    """Remove one guard, and run its tests until one notices."""
    began = time.monotonic()
    verdict, by = "explained" if mutant.explained else "survived", ""
    bench.put(mutant)
    for tests in mutant.tests:
        code, told = bench.run(tests, mutant.guards)
        if code is None:
            verdict, by = "timed out", tests
            break
        if code in {FAILED, INTERRUPTED}:
            found = NOTICED_BY.search(told)
            verdict, by = "killed", found[1] if found else tests
            break
        if code != PASSED:
            raise NotTestable(f"{number}: pytest {tests} ends with {code}\n{told}")
    return Outcome(number, mutant, verdict, by, time.monotonic() - began)


def see_that_tests_pass(tests: str, bench: Bench) -> None:
    """Run some tests with every guard in its place.

    Raises:
        NotTestable: they fail.
    """
    bench.put(None)
    code, told = bench.run(tests)
    if code != PASSED:
        raise NotTestable(f"pytest {tests} ends with {code} although nothing was changed\n{told}")


def wanted(words: Sequence[str]) -> list[tuple[int, Mutant]]:
    """The mutants of these numbers, or whose file's name holds one of these words; all without any."""
    numbered = list(enumerate(MUTANTS, 1))
    if not words:
        return numbered
    return [
        (number, mutant)
        for number, mutant in numbered
        if str(number) in words or any(not word.isdigit() and word in mutant.file for word in words)
    ]


def main() -> int:
    reading = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    reading.add_argument("which", nargs="*", help="numbers of mutants, or parts of their files' names; all without")
    reading.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1, help="how many at once")
    reading.add_argument("--no-trial", action="store_true", help="do not run the tests once with nothing changed")
    arguments = reading.parse_args()
    chosen = wanted(arguments.which)
    began = time.monotonic()
    outcomes: list[Outcome] = []

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mutants-")))
        folder.chmod(0o755)  # PostgreSQL may have to run as somebody else
        copy_repository(folder / "whole")
        benches: queue.Queue[Bench] = queue.Queue()
        for number in range(arguments.jobs):
            bench = Bench(folder / "whole", folder / str(number))
            stack.callback(bench.close)
            benches.put(bench)
        pool = stack.enter_context(ThreadPoolExecutor(arguments.jobs))

        def at_a_bench(work: Callable[[Bench], Given]) -> Given:
            bench = benches.get()
            try:
                return work(bench)
            finally:
                benches.put(bench)

        def try_one(entry: tuple[int, Mutant]) -> None:
            outcome = at_a_bench(lambda bench: judge(*entry, bench))
            outcomes.append(outcome)
            print(outcome, flush=True)

        try:
            if not arguments.no_trial:
                every = dict.fromkeys(tests for _, mutant in chosen for tests in mutant.tests)
                list(pool.map(lambda tests: at_a_bench(lambda bench: see_that_tests_pass(tests, bench)), every))
            list(pool.map(try_one, chosen))
        except NotTestable as problem:
            pool.shutdown(cancel_futures=True)
            print(problem, file=sys.stderr)
            return 2

    survived, explained = (
        sum(outcome.verdict == verdict for outcome in outcomes) for verdict in ("survived", "explained")
    )
    killed = len(outcomes) - survived - explained
    minutes = (time.monotonic() - began) / 60
    print(
        f"{len(outcomes)} mutants: {killed} killed, {survived} survived, {explained} explained; {minutes:.0f} minutes"
    )
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())

"""Where mutants are tried: a copy of the repository, a PostgreSQL and a pytest that serve one after the other."""

import contextlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from shop.development.postgres import EmbeddedPostgres
from tests.mutants.mutant import Mutant

HERE = Path(__file__).resolve().parents[2]
NOT_COPIED = shutil.ignore_patterns(".*", "instance", "__pycache__", "mutants")
OPTIONS = ["-x", "-q", "-n", "0", "-p", "no:randomly", "-p", "no:logging", "--tb=no", "--no-header"]
MIGRATING = "tests/test_conventions.py -k every_command_has_help"  # a quick test that has the database migrated
WITHOUT_DATABASE = "tests/gateways/"

# The tests make their own PostgreSQL each time; those of mutants share one, and have a new database each.
SHARED = """

@pytest.fixture(scope="session")
def database_url() -> str:
    import os

    return os.environ["MUTANTS_DATABASE_URL"]
"""


def copy_repository(folder: Path) -> None:
    """The repository as it is now, whose tests take the database they are given."""
    shutil.copytree(HERE, folder, ignore=NOT_COPIED)
    with (folder / "tests" / "conftest.py").open("a", encoding="utf-8") as conftest:
        conftest.write(SHARED)
    subprocess.run([sys.executable, "-m", "compileall", "-q", "shop", "config", "tests"], cwd=folder, check=True)


class Bench:
    """One of those that work at the same time."""

    def __init__(self, whole: Path, folder: Path) -> None:
        folder.mkdir()
        self._whole = whole
        self._copy = folder / "shop"
        self._changed: list[str] = []
        shutil.copytree(whole, self._copy)
        self._output = folder / "output"
        self._postgres = EmbeddedPostgres(folder / "postgres", durable=False)
        self._url = self._postgres.start()
        self._base, _, self._name = self._url.rpartition("/")
        self._migrated = False
        self._pytest = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("warm.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"MUTANTS_DATABASE_URL": self._url},
            start_new_session=True,
        )
        self._prepare_template()

    def close(self) -> None:
        """End what was started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._pytest.pid, signal.SIGTERM)  # and whatever it still runs
        self._pytest.communicate()
        self._postgres.stop()

    def put(self, mutant: Mutant | None) -> None:
        """Have a copy without one guard, or without any difference."""
        for file in self._changed:
            shutil.copy2(self._whole / file, self._copy / file)  # its time too, by which Python knows what it compiled
        self._changed = [change.file for change in mutant.changes] if mutant else []
        self._migrated = not (mutant and any(change.file.startswith("migrations/") for change in mutant.changes))
        if mutant:
            mutant.apply(self._copy)

    def run(self, tests: str, hint: str = "") -> tuple[int | None, str]:
        """Run some tests in the copy, on an empty database.

        Args:
            hint: words of the tests that should come first.

        Returns:
            The exit code of pytest, or None if a test did not end; and what was printed.
        """
        if not tests.startswith(WITHOUT_DATABASE):
            self._empty_database()
        asked = {
            "folder": str(self._copy),
            "arguments": OPTIONS + shlex.split(tests),
            "output": str(self._output),
            "hint": hint,
        }
        assert self._pytest.stdin
        assert self._pytest.stdout
        self._pytest.stdin.write(json.dumps(asked) + "\n")
        self._pytest.stdin.flush()
        code = json.loads(self._pytest.stdout.readline())
        return code, self._output.read_text(errors="replace")

    def _prepare_template(self) -> None:
        """Migrate once what every run would have to migrate."""
        self.put(None)
        self._migrated = False
        self.run(MIGRATING)
        self._execute("ALTER DATABASE {0} RENAME TO {1}", f"{self._name}_migrated")

    def _empty_database(self) -> None:
        template = f"{self._name}_migrated" if self._migrated else "template1"
        self._execute("DROP DATABASE IF EXISTS {0} WITH (FORCE)", template)
        self._execute("CREATE DATABASE {0} TEMPLATE {1}", template)

    def _execute(self, statement: str, other: str) -> None:
        with psycopg.connect(f"{self._base}/postgres", autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(self._name), sql.Identifier(other)))

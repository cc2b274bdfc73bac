"""The embedded PostgreSQL: made, found, killed, started again, under whatever account and path."""

import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from shop.development import ports, postgres, privileges
from shop.development.postgres import EmbeddedPostgres, PostgresFailed
from shop.development.processes import LINUX, processes_within, wait_until
from tests.development.conftest import ROOT

PostgresIn = Callable[[Path], EmbeddedPostgres]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root's files are closed to the server's account")
on_linux = pytest.mark.skipif(not LINUX, reason="only Linux ties a child to its parent")
SUPERVISE = """
import sys, time, pathlib
from shop.development.postgres import EmbeddedPostgres
server = EmbeddedPostgres(pathlib.Path(sys.argv[1]), durable=False)
print(server.start(), flush=True)
if sys.argv[2] == "stay":
    time.sleep(600)
server.stop()
"""


def ask(url: str, question: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(question).fetchone()  # type: ignore[call-overload]
    return row[0] if row else None


def supervise(folder: Path, *, stay: bool = False, through: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    command = [*through, sys.executable, "-c", SUPERVISE, str(folder), "stay" if stay else "leave"]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A folder whose data was made once; tests copy it."""
    folder = Path(tempfile.mkdtemp()).resolve()
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder / "made", durable=False)
    server.start()
    server.stop()
    yield folder / "made"
    shutil.rmtree(folder)


@pytest.fixture
def folder(made: Path, open_folder: Path) -> Path:
    """A folder with data, of no running server."""
    copy = Path(shutil.copytree(made, open_folder / "postgres"))
    (copy / "password").chmod(0o600)
    return copy


def test_a_server_is_made_in_a_folder_and_gives_its_url(open_folder: Path, postgres_in: PostgresIn) -> None:
    url = postgres_in(open_folder / "new").start()

    assert url.startswith("postgresql://insolite:")
    assert url.endswith("/insolite")
    assert ask(url, "SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'insolite'") == "UTF8"
    assert ask(url, "SELECT datlocale FROM pg_database WHERE datname = 'insolite'") == "C.UTF-8"
    assert ask(url, "SHOW listen_addresses") == "127.0.0.1"
    assert ask(url, "SHOW fsync") == "off"


def test_a_durable_server_keeps_its_promises(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    try:
        assert ask(server.start(), "SHOW fsync") == "on"
    finally:
        server.stop()


def test_the_password_is_for_its_owner_only(folder: Path, postgres_in: PostgresIn) -> None:
    url = postgres_in(folder).start()

    assert stat.S_IMODE((folder / "password").stat().st_mode) == 0o600
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        ask(url.replace(":" + (folder / "password").read_text(), ":guess"), "SELECT 1")


def test_what_was_written_is_there_after_a_restart(folder: Path, postgres_in: PostgresIn) -> None:
    server = postgres_in(folder)
    with psycopg.connect(server.start()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    server.stop()

    assert ask(server.start(), "SELECT number FROM kept") == 7


def test_a_running_server_is_found_from_elsewhere_until_it_stops(folder: Path, postgres_in: PostgresIn) -> None:
    server = postgres_in(folder)
    url = server.start()

    assert EmbeddedPostgres(folder).url() == url
    server.stop()
    assert EmbeddedPostgres(folder).url() is None
    assert processes_within(folder / "data") == []


def test_stopping_cuts_connections_and_can_be_repeated(folder: Path, postgres_in: PostgresIn) -> None:
    server = postgres_in(folder)
    with psycopg.connect(server.start()) as connection:
        server.stop()
        server.stop()

        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_a_killed_server_starts_again_though_a_child_of_it_still_computes(
    folder: Path, postgres_in: PostgresIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "ORPHAN_SECONDS", 0.3)
    server = postgres_in(folder)
    url = server.start()
    busy = threading.Thread(target=_compute_for_ever, args=(url,))
    busy.start()
    assert wait_until(lambda: _computing(url), 10)
    os.kill(_postmaster(folder), signal.SIGKILL)
    wait_until(lambda: not server.is_running(), 5)
    assert server.url() is None
    server.stop()
    busy.join()

    assert ask(server.start(), "SELECT 1") == 1


@on_linux
def test_a_server_dies_with_its_supervisor_and_another_takes_over(folder: Path, postgres_in: PostgresIn) -> None:
    supervisor = supervise(folder, stay=True)
    assert supervisor.stdout
    assert supervisor.stdout.readline().startswith("postgresql://")
    with pytest.raises(PostgresFailed, match="another process"):
        postgres_in(folder).start()
    supervisor.kill()
    supervisor.communicate()

    assert ask(postgres_in(folder).start(), "SELECT 1") == 1


def test_a_server_that_outlived_its_supervisor_is_stopped_first(folder: Path, postgres_in: PostgresIn) -> None:
    left = postgres_in(folder)
    left.start()
    assert left._lock is not None
    left._lock.close()  # what remains of a supervisor that died where children are not tied to it

    url = postgres_in(folder).start()

    assert wait_until(lambda: not left.is_running(), 5)
    assert ask(url, "SELECT 1") == 1


@pytest.mark.parametrize("owner", ["ours", "the server's"])
def test_a_process_number_given_again_is_not_believed(folder: Path, postgres_in: PostgresIn, owner: str) -> None:
    account = privileges.account_for(folder, postgres._binary("postgres")) if owner == "the server's" else None
    stranger = subprocess.Popen([shutil.which("sleep") or "", "60"], **(account.identity() if account else {}))
    (folder / "data" / "postmaster.pid").write_text(
        f"{stranger.pid}\n{folder}/data\n1700000000\n5432\n\n127.0.0.1\n  1 1\nready\n"
    )
    server = postgres_in(folder)

    assert server.url() is None
    assert ask(server.start(), "SELECT 1") == 1
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_the_server_of_another_folder_is_not_believed(folder: Path, postgres_in: PostgresIn) -> None:
    other = Path(shutil.copytree(folder, folder.parent / "other"))
    other_url = postgres_in(other).start()
    ours = postgres_in(folder)

    pid_file = (other / "data" / "postmaster.pid").read_text()
    (folder / "data" / "postmaster.pid").write_text(pid_file)
    assert ours.url() is None
    (folder / "data" / "postmaster.pid").write_text(pid_file.replace(f"{other}/data", f"{folder}/data"))
    assert ours.url() is None

    assert ask(ours.start(), "SHOW data_directory") == f"{folder}/data"
    assert ask(other_url, "SHOW data_directory") == f"{other}/data"


def test_a_port_given_again_is_not_believed(folder: Path, postgres_in: PostgresIn) -> None:
    other_url = postgres_in(Path(shutil.copytree(folder, folder.parent / "other"))).start()
    ours = postgres_in(folder)
    url = ours.start()
    pid_file = folder / "data" / "postmaster.pid"
    kept = pid_file.read_text()

    for another_port in (str(conninfo_to_dict(other_url)["port"]), str(ports.free_port())):
        pid_file.write_text(kept.replace(str(conninfo_to_dict(url)["port"]), another_port))
        assert ours.url() is None
    pid_file.write_text(kept)
    assert ours.url() == url


def test_a_port_taken_in_the_meantime_is_left_to_its_taker(
    folder: Path, postgres_in: PostgresIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        proposals = iter([other.getsockname()[1], ports.free_port()])
        monkeypatch.setattr(ports, "free_port", lambda: next(proposals))

        assert ask(postgres_in(folder).start(), "SELECT 1") == 1


def test_without_the_wheel_the_refusal_says_what_to_install(
    open_folder: Path, postgres_in: PostgresIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    with pytest.raises(PostgresFailed, match=r"requirements/run\.txt"):
        postgres_in(open_folder / "new").start()


def test_a_long_path_with_spaces_and_accents_is_fine(made: Path, open_folder: Path, postgres_in: PostgresIn) -> None:
    folder = open_folder / "un dossier très long" / ("d" * 120) / "字"
    folder.parent.mkdir(parents=True)
    shutil.copytree(made, folder)

    assert ask(postgres_in(folder).start(), "SHOW data_directory") == f"{folder}/data"


def test_what_a_killed_initdb_left_is_thrown_away(open_folder: Path, postgres_in: PostgresIn) -> None:
    folder = open_folder / "postgres"
    (folder / "making-x1" / "data").mkdir(parents=True)
    (folder / "making-x1" / "data" / "PG_VERSION").write_text("18")

    assert ask(postgres_in(folder).start(), "SELECT 1") == 1
    assert sorted(path.name for path in folder.iterdir()) == ["data", "lock", "password", "postgres.log"]


def test_a_server_that_cannot_start_says_why_and_lets_go(folder: Path, postgres_in: PostgresIn) -> None:
    with (folder / "data" / "postgresql.conf").open("a") as configuration:
        configuration.write("\nno_such_thing = 1\n")
    server = postgres_in(folder)

    with pytest.raises(PostgresFailed, match="no_such_thing"):
        server.start()
    with pytest.raises(PostgresFailed, match="no_such_thing"):
        server.start()


def test_a_failed_initdb_says_why(open_folder: Path, postgres_in: PostgresIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "ROLE", "pg_reserved")

    with pytest.raises(PostgresFailed, match="initdb failed"):
        postgres_in(open_folder / "new").start()
    assert not (open_folder / "new" / "data").exists()


def test_starting_twice_is_refused(folder: Path, postgres_in: PostgresIn) -> None:
    server = postgres_in(folder)
    server.start()

    with pytest.raises(PostgresFailed, match="already started"):
        server.start()


@as_root
def test_under_a_closed_folder_of_roots_the_server_runs_unprivileged_and_nothing_is_opened(
    folder: Path, postgres_in: PostgresIn
) -> None:
    folder.parent.chmod(0o700)

    url = postgres_in(folder).start()

    assert ask(url, "SELECT 1") == 1
    assert os.stat(f"/proc/{_postmaster(folder)}").st_uid != 0
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "data").stat().st_mode) == 0o700


@as_root
@pytest.mark.parametrize("closed", [True, False])
def test_where_root_lacks_the_usual_capability_the_server_still_starts(folder: Path, closed: bool) -> None:
    folder.parent.chmod(0o700 if closed else 0o755)
    supervisor = supervise(folder, through=("setpriv", "--bounding-set=-dac_read_search", "--"))

    said, complaint = supervisor.communicate()

    assert (supervisor.returncode, complaint) == (0, "")
    assert said.startswith("postgresql://")


@as_root
def test_where_nothing_opens_the_way_the_refusal_is_clear(folder: Path) -> None:
    folder.parent.chmod(0o700)
    supervisor = supervise(folder, through=("setpriv", "--bounding-set=-dac_read_search,-dac_override", "--"))

    _, complaint = supervisor.communicate()

    assert supervisor.returncode == 1
    assert "a folder above is closed to it" in complaint


@as_root
def test_without_any_unprivileged_account_the_refusal_is_clear(
    folder: Path, postgres_in: PostgresIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privileges, "ACCOUNTS", ("nobody-at-all",))

    with pytest.raises(PostgresFailed, match="no account named nobody-at-all"):
        postgres_in(folder).start()


@as_root
def test_data_made_under_another_account_is_taken_over(
    folder: Path, postgres_in: PostgresIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privileges, "ACCOUNTS", ("nobody",))
    postgres_in(folder).start()

    assert (folder / "data").owner() == "nobody"


def test_data_of_another_account_is_refused_to_an_ordinary_user(
    folder: Path, postgres_in: PostgresIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "account_for", lambda *_: None)
    ours = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: ours + 1)

    with pytest.raises(PostgresFailed, match="belongs to another account"):
        postgres_in(folder).start()


def _postmaster(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])


def _compute_for_ever(url: str) -> None:
    with contextlib.suppress(psycopg.OperationalError):
        ask(url, "SELECT count(*) FROM generate_series(1, 1e12)")


def _computing(url: str) -> bool:
    return bool(ask(url, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%1e12%' AND pid <> pg_backend_pid()"))

"""What `make run` does, with stand-ins for the shop's programs."""

import http.client
import json
import os
import signal
import socket
import stat
import time
from pathlib import Path

import pytest

from shop.development import greeting, ports, stack
from shop.development.commands import Commands
from shop.development.processes import ProcessMark
from tests.development.conftest import FOREVER, Clone

SHOW_SETTINGS = """
import json, os, time
print(json.dumps(dict(os.environ)), flush=True)
time.sleep(600)
"""
CONNECT = """
import os, psycopg
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    print(connection.execute("SHOW data_directory").fetchone()[0])
"""


def status(address: str) -> int:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=5)
    connection.request("GET", "/readyz")
    try:
        return connection.getresponse().status
    finally:
        connection.close()


def test_everything_comes_up_and_ctrl_c_leaves_nothing(clone: Clone, capfd: pytest.CaptureFixture[str]) -> None:
    seen: list[object] = []

    def look() -> None:
        seen.extend([status(clone.shop()), set(clone.running())])
        seen.extend(ProcessMark.of(pid) for pid in clone.running().values())

    assert clone.run_while(look) == 0

    assert seen[:2] == [200, {"migrations", "wechat", "worker", "web"}]
    assert not any(mark.is_alive() for mark in seen[2:] if isinstance(mark, ProcessMark))
    assert clone.log("migrations") == "migrated\n"
    assert not (clone.instance / "run.json").exists()
    assert not (clone.instance / "children.json").exists()
    said = capfd.readouterr().out
    assert "/api/v1/docs" in said
    assert "/phone" in said
    assert "flask --app wsgi demo" in said
    assert said.endswith(greeting.stopped() + "\n")


def test_the_settings_are_written_for_the_owner_only_and_given_to_every_program(clone: Clone) -> None:
    clone.worker = clone.python(SHOW_SETTINGS)
    clone.environment |= {"SHOP_MAX_HOLDS": "9", "WECHAT_API_BASE": "https://wechat.test", "UNRELATED": "yes"}
    written: dict[str, object] = {}

    def look() -> None:
        path = clone.instance / "run.json"
        written.update(json.loads(path.read_text()), mode=stat.S_IMODE(path.stat().st_mode))
        time.sleep(0.3)

    clone.run_while(look)

    settings = written["settings"]
    assert isinstance(settings, dict)
    assert isinstance(written["addresses"], dict)
    assert written["mode"] == 0o600
    assert written["pid"] == os.getpid()
    assert written["addresses"]["shop"] == settings["SHOP_PUBLIC_URL"]
    assert settings["WECHAT_PAY_API_BASE"] == written["addresses"]["wechat"]
    assert settings["WECHAT_API_BASE"] == "https://wechat.test"
    assert settings["DATABASE_URL"] == "postgresql://given/db"
    assert (settings["SHOP_ENV"], settings["SHOP_MAX_HOLDS"]) == ("development", "9")
    assert (settings["WECHAT_PAY_MODE"], settings["WECHAT_PAY_CURRENCY"]) == ("global", "EUR")
    assert "UNRELATED" not in settings
    given = json.loads(clone.log("worker"))
    assert {name: given[name] for name in settings} == settings
    assert given["UNRELATED"] == "yes"


def test_the_domestic_merchant_is_given_when_asked_for(clone: Clone) -> None:
    clone.environment["WECHAT_PAY_MODE"] = "domestic"
    settings: dict[str, str] = {}

    clone.run_while(lambda: settings.update(json.loads((clone.instance / "run.json").read_text())["settings"]))

    assert settings["WECHAT_PAY_MODE"] == "domestic"
    assert "WECHAT_PAY_SUB_MCH_ID" not in settings


def test_with_both_halves_of_wechat_given_the_simulator_does_not_run(clone: Clone) -> None:
    clone.environment |= {"WECHAT_API_BASE": "https://a.test", "WECHAT_PAY_API_BASE": "https://b.test"}
    names: set[str] = set()

    clone.run_while(lambda: names.update(clone.running()))

    assert names == {"migrations", "worker", "web"}


def test_without_a_database_given_postgresql_runs_in_the_clone(clone: Clone) -> None:
    del clone.environment["DATABASE_URL"]
    clone.preparations = {"migrations": clone.python(CONNECT)}

    assert clone.run_while(lambda: None) == 0

    assert clone.log("migrations") == f"{clone.instance}/postgres/data\n"
    assert not (clone.instance / "postgres" / "data" / "postmaster.pid").exists()


def test_a_killed_postgresql_stops_the_rest(clone: Clone, capfd: pytest.CaptureFixture[str]) -> None:
    del clone.environment["DATABASE_URL"]

    def kill() -> None:
        pid_file = clone.instance / "postgres" / "data" / "postmaster.pid"
        os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)
        time.sleep(1)

    assert clone.run_while(kill) == 1
    assert "postgres : arrêt inattendu" in capfd.readouterr().out


@pytest.mark.parametrize("name", ["web", "worker", "wechat"])
def test_a_killed_program_stops_the_others_and_is_named(
    clone: Clone, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    clone.worker = clone.python("print('last words', flush=True); " + FOREVER)
    left: dict[str, int] = {}

    def kill() -> None:
        left.update(clone.running())
        time.sleep(0.3)
        os.kill(left[name], signal.SIGKILL)
        time.sleep(0.7)

    assert clone.run_while(kill) == 1

    said = capfd.readouterr().out
    assert f"{name} (-9)" in said
    assert ("| last words" in said) == (name == "worker")
    assert not any(ProcessMark.of(pid) for pid in left.values())


def test_a_preparation_that_fails_stops_everything(clone: Clone, capfd: pytest.CaptureFixture[str]) -> None:
    clone.preparations = {"migrations": clone.python("raise SystemExit('no such table')")}

    assert clone.run() == 1

    said = capfd.readouterr().out
    assert "migrations (1)" in said
    assert "| no such table" in said
    assert "web" not in clone.running()


def test_a_web_server_that_never_gets_ready_is_given_up(
    clone: Clone, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "READY_SECONDS", 0.5)
    clone.web_code = "print('thinking', flush=True); " + FOREVER
    clone.environment |= {"WECHAT_API_BASE": "https://a.test", "WECHAT_PAY_API_BASE": "https://b.test"}

    assert clone.run() == 1

    assert "| thinking" in capfd.readouterr().out


def test_ctrl_c_while_starting_stops_what_was_started(clone: Clone) -> None:
    clone.preparations = {
        "migrations": clone.python(f"import os, signal; os.kill({os.getpid()}, signal.SIGINT); {FOREVER}")
    }

    assert clone.run() == 0

    assert not (clone.instance / "children.json").exists()


def test_a_second_ctrl_c_hurries(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "SAME_STOP_SECONDS", 0)
    clone.worker = clone.python("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + FOREVER)
    began: list[float] = []

    def interrupt() -> None:
        time.sleep(0.5)
        began.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.5)

    assert clone.run_while(interrupt) == 0
    assert time.monotonic() - began[0] < 5


def test_under_nohup_a_closing_terminal_is_ignored(clone: Clone) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    seen: list[int] = []

    def hang_up() -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        time.sleep(0.5)
        seen.append(status(clone.shop()))

    assert clone.run_while(hang_up) == 0
    assert seen == [200]


def test_a_second_run_says_where_the_first_is(clone: Clone, capfd: pytest.CaptureFixture[str]) -> None:
    answers: list[object] = []

    def run_again() -> None:
        answers.extend([clone.run(), clone.shop()])

    assert clone.run_while(run_again) == 0

    assert answers[0] == 0
    said = capfd.readouterr().out
    assert f"is already running: {answers[1]} (process {os.getpid()})" in said


def test_a_port_of_another_program_is_refused(clone: Clone, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        assert clone.run(port) == 1

    assert f"port {port} is used by another program" in capfd.readouterr().out
    assert not clone.running()


def test_the_simulator_takes_the_next_port_or_any_that_is_free() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        assert ports.free_port(port) != port
    assert ports.free_port(port) == port
    assert ports.free_port(ports.HIGHEST + 1) <= ports.HIGHEST


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"WECHAT_PAY_MODE": "lunar"}, "global | domestic"),
        ({"DATABASE_DIRECT_URL": "postgresql://d/d"}, "DATABASE_URL"),
    ],
)
def test_settings_that_cannot_be_are_refused(
    clone: Clone, given: dict[str, str], complaint: str, capfd: pytest.CaptureFixture[str]
) -> None:
    del clone.environment["DATABASE_URL"]
    clone.environment |= given

    assert clone.run() == 1
    assert complaint in capfd.readouterr().out


def test_the_port_comes_from_the_environment_or_the_command_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[int] = []
    monkeypatch.setattr(stack.Stack, "run", lambda self: seen.append(self._port) or 0)

    monkeypatch.setenv("PORT", "8123")
    assert stack.main([]) == 0
    assert stack.main(["--port", "0"]) == 0
    monkeypatch.setenv("PORT", "")
    stack.main([])
    assert seen == [8123, 0, 8000]
    with pytest.raises(SystemExit):
        stack.main(["--port", "70000"])


def test_a_terminal_that_is_gone_does_not_stop_the_stopping(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def write(self, _: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stdout", Gone())

    assert clone.run_while(lambda: None) == 0
    assert not (clone.instance / "run.json").exists()


def test_the_shops_programs_run_as_modules_of_the_same_python() -> None:
    commands = Commands.of_the_shop("python")

    lines = [*commands.preparations.values(), commands.worker, commands.web(8000), commands.wechat(8001)]
    assert all(line[:2] == ["python", "-m"] for line in lines)
    assert "127.0.0.1:8000" in commands.web(8000)


def test_the_greeting_is_short() -> None:
    text = greeting.ready({"shop": "http://127.0.0.1:8000", "wechat": "http://127.0.0.1:8001"}, "instance/logs")

    assert len(text.splitlines()) < 25
    assert "/phone" not in greeting.ready({"shop": "http://127.0.0.1:8000"}, "instance/logs")

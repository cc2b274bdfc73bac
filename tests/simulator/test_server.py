"""Running the simulator: from the command line, in a test, after a kill."""

import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shop.simulator import SimulatedWeChat, keys
from shop.simulator.__main__ import main
from shop.simulator.credentials import Credentials
from shop.simulator.store import Store
from tests.simulator.merchant import Merchant


@pytest.fixture
def handlers() -> Iterator[None]:
    """Puts the process's signal handlers back."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def run(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "shop.simulator", "--folder", str(folder), "--port", "0"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().split()[-1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_says_where_it_is_and_stops_when_told(folder: Path, number: signal.Signals) -> None:
    with run(folder) as process:
        base = address(process)
        assert requests.get(f"{base}/control/health", timeout=5).json()["status"] == "ok"

        process.send_signal(number)

        assert process.wait(timeout=10) == 0


def test_orders_survive_a_kill(folder: Path) -> None:
    with run(folder) as process:
        Merchant(Credentials.load_or_make(folder).settings("global", address(process))).prepay()
        process.kill()

    with SimulatedWeChat(folder) as wechat:
        merchant = Merchant(wechat.credentials.settings("global", wechat.start()))
        assert merchant.query().json()["trade_state"] == "NOTPAY"


@pytest.mark.usefixtures("handlers")
def test_the_command_runs_in_this_process_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stop = threading.Event()
    stop.set()

    assert main(["--folder", str(folder), "--port", "0", "--time-scale", "0.5"], stop) == 0
    assert capsys.readouterr().out.startswith("Simulated WeChat ready at http://127.0.0.1:")


@pytest.mark.usefixtures("handlers")
def test_the_command_stops_at_a_signal(folder: Path) -> None:
    timer = threading.Timer(0.3, signal.raise_signal, [signal.SIGTERM])
    timer.start()

    assert main(["--folder", str(folder), "--port", "0"]) == 0
    timer.join()


def test_a_running_simulator_is_not_started_again(wechat: SimulatedWeChat, base: str) -> None:
    with pytest.raises(RuntimeError):
        wechat.start()

    assert requests.get(f"{base}/control/health", timeout=5).status_code == 200


def test_a_port_in_use_is_an_error(folder: Path, merchant: Merchant, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        SimulatedWeChat(folder).start(int(merchant.base.rpartition(":")[2]))

    assert "in use" in capsys.readouterr().err


def test_a_stopped_simulator_hangs_up_on_everyone(wechat: SimulatedWeChat, base: str) -> None:
    port = int(base.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as waiting:
        requests.get(f"{base}/control/health", timeout=5)

        wechat.stop()
        wechat.stop()

        assert waiting.recv(1) == b""
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{base}/control/health", timeout=5)


def test_nobody_else_can_read_what_is_secret(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    with SimulatedWeChat(folder) as wechat:
        wechat.start()
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}

    assert {name for name in modes if name.startswith("apiclient_key")}
    assert set(modes.values()) == {0o600}


@pytest.mark.parametrize("mode", ["domestic", "global"])
def test_a_merchant_is_given_complete_settings(folder: Path, mode: str) -> None:
    credentials = Credentials.load_or_make(folder)
    settings = credentials.settings("global" if mode == "global" else "domestic", "http://127.0.0.1:1")

    expected = {
        "WECHAT_API_BASE", "WECHAT_APP_ID", "WECHAT_APP_SECRET", "WECHAT_PAY_API_BASE", "WECHAT_PAY_MODE",
        "WECHAT_PAY_MCH_ID", "WECHAT_PAY_CERT_SERIAL", "WECHAT_PAY_PRIVATE_KEY", "WECHAT_PAY_API_V3_KEY",
        "WECHAT_PAY_PLATFORM_KEYS",
    }  # fmt: skip
    if mode == "global":
        expected |= {"WECHAT_PAY_SP_APP_ID", "WECHAT_PAY_SUB_MCH_ID", "WECHAT_PAY_MCC", "WECHAT_PAY_CURRENCY"}
    assert set(settings) == expected
    assert all(settings.values())
    assert len(settings["WECHAT_PAY_API_V3_KEY"]) == 32
    certificate = x509.load_pem_x509_certificate((folder / mode / "apiclient_cert.pem").read_bytes())
    assert f"{certificate.serial_number:X}" == settings["WECHAT_PAY_CERT_SERIAL"]
    published = Path(settings["WECHAT_PAY_PLATFORM_KEYS"])
    assert sorted(path.name[:11] == "PUB_KEY_ID_" for path in published.iterdir()) == [False, True]


def test_both_merchants_differ_and_share_the_mini_program(folder: Path) -> None:
    credentials = Credentials.load_or_make(folder)
    both = [credentials.settings(mode, "http://127.0.0.1:1") for mode in credentials.accounts]

    assert both[0]["WECHAT_APP_ID"] == both[1]["WECHAT_APP_ID"]
    assert both[0]["WECHAT_PAY_MCH_ID"] != both[1]["WECHAT_PAY_MCH_ID"]
    assert both[0]["WECHAT_PAY_API_V3_KEY"] != both[1]["WECHAT_PAY_API_V3_KEY"]


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    keys.write_private(tmp_path / "key.pem", pem)

    with pytest.raises(ValueError, match="no RSA key"):
        keys.read_private_key(tmp_path / "key.pem")


def test_half_a_transaction_is_none(tmp_path: Path) -> None:
    store = Store(tmp_path / "simulator.sqlite3")

    def change_and_stumble() -> None:
        with store.transaction() as db:
            db.execute("INSERT INTO users VALUES ('app', 'name', 'openid')")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_and_stumble()

    assert store.rows("SELECT * FROM users") == []
    store.close()

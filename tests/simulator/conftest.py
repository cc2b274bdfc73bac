"""A simulated WeChat of its own for each test, merchants of both modes, and a callback address."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shop.simulator import SimulatedWeChat
from shop.simulator.credentials import Credentials
from shop.simulator.simulation import Simulation
from tests.simulator.mailbox import Mailbox
from tests.simulator.merchant import Merchant


@pytest.fixture(scope="session")
def made_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose keys are made once for all tests."""
    folder = tmp_path_factory.mktemp("simulator")
    Credentials.load_or_make(folder)
    return folder


@pytest.fixture
def folder(made_folder: Path, tmp_path: Path) -> Path:
    """The simulator's folder: keys, no orders."""
    return Path(shutil.copytree(made_folder, tmp_path / "wechat"))


@pytest.fixture
def wechat(folder: Path) -> Iterator[SimulatedWeChat]:
    """A simulated WeChat, not yet started, that retries notices at once."""
    with SimulatedWeChat(folder, time_scale=0.0001) as simulated:
        yield simulated


@pytest.fixture
def base(wechat: SimulatedWeChat) -> str:
    """The address of a running simulated WeChat."""
    return wechat.start()


@pytest.fixture
def domestic(base: str, folder: Path) -> Merchant:
    """A merchant in mainland China."""
    return Merchant(Credentials.load_or_make(folder).settings("domestic", base))


@pytest.fixture
def overseas(base: str, folder: Path) -> Merchant:
    """A European merchant behind an institution."""
    return Merchant(Credentials.load_or_make(folder).settings("global", base))


@pytest.fixture(params=["domestic", "global"])
def merchant(request: pytest.FixtureRequest, base: str, folder: Path) -> Merchant:
    """A merchant of either mode."""
    return Merchant(Credentials.load_or_make(folder).settings(request.param, base))


@pytest.fixture
def paid(merchant: Merchant) -> Merchant:
    """A merchant with one paid order of 38.00."""
    merchant.paid()
    return merchant


@pytest.fixture
def simulation(wechat: SimulatedWeChat, base: str) -> Simulation:
    """The simulation itself, moved without HTTP."""
    return wechat.simulation


@pytest.fixture
def mailbox() -> Iterator[Callable[..., Mailbox]]:
    """Opens callback addresses."""
    opened: list[Mailbox] = []

    def open_mailbox(*statuses: int) -> Mailbox:
        opened.append(Mailbox(*statuses))
        return opened[-1]

    yield open_mailbox
    for box in opened:
        box.close()

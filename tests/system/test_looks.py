"""What people see: pages in a real browser, tickets on paper. Needs Chromium and poppler."""

import io
import subprocess
from pathlib import Path

import pytest
import requests
import zxingcpp
from PIL import Image

from shop.core.i18n import LANGUAGES
from tests.factories.waiting import wait_until

pytestmark = pytest.mark.system

BROWSER = [
    "chromium",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--enable-logging=stderr",
    "--v=0",
]
SIZES = {"phone": "500,900", "desktop": "1280,900"}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_the_api_is_styled_and_complains_of_nothing(app, settings, tmp_path, language, size):
    url = f"{settings.public_url}/api/v1/docs?lang={language}"

    picture, complaints = _screenshot(url, SIZES[size], tmp_path)

    assert complaints == []
    assert len(picture.convert("L").getcolors()) > 20, "an empty page"
    assert f'lang="{language}"' in requests.get(url, timeout=10).text


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_simulated_phone_is_styled_and_complains_of_nothing(tourist, catalogue, tmp_path, language, size):
    order = tourist.ordered(catalogue.departure())
    tourist.payment(order["id"])

    picture, complaints = _screenshot(f"{tourist.wechat}/phone?lang={language}", SIZES[size], tmp_path)

    assert complaints == []
    assert len(picture.convert("L").getcolors()) > 20, "an empty page"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_code_on_a_printed_ticket_can_be_scanned(tourist, catalogue, tmp_path, language):
    tourist.headers["Accept-Language"] = language
    order = tourist.ordered(catalogue.departure(), adults=1)
    tourist.pay_on_phone(tourist.payment(order["id"]))
    wait_until(lambda: tourist.order(order["id"])["status"] == "paid")
    ticket = tourist.tickets(order["id"])[0]

    (tmp_path / "ticket.pdf").write_bytes(requests.get(ticket["pdf"], timeout=20).content)
    subprocess.run(["pdftoppm", "-png", "-r", "110", "ticket.pdf", "ticket"], cwd=tmp_path, check=True)

    page = Image.open(next(tmp_path.glob("ticket*.png")))
    assert zxingcpp.read_barcode(page).text == ticket["code"]


def test_the_qr_code_in_the_browser_can_be_scanned(tourist, catalogue, tmp_path):
    order = tourist.ordered(catalogue.departure(), adults=1)
    tourist.pay_on_phone(tourist.payment(order["id"]))
    wait_until(lambda: tourist.order(order["id"])["status"] == "paid")
    ticket = tourist.tickets(order["id"])[0]

    picture, _ = _screenshot(ticket["qr"], "600,600", tmp_path)

    assert zxingcpp.read_barcode(picture).text == ticket["code"]


def _screenshot(url: str, size: str, folder: Path) -> tuple[Image.Image, list[str]]:
    """How a page looks, and what the browser complains of: refused styles, missing files, errors."""
    file = folder / "page.png"
    options = [f"--user-data-dir={folder / 'profile'}", f"--window-size={size}", f"--screenshot={file}"]
    done = subprocess.run([*BROWSER, *options, url], capture_output=True, text=True, timeout=90, check=True)
    complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return Image.open(io.BytesIO(file.read_bytes())), complaints

"""Fetching and reading statements as a merchant does."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.simulator.merchant import Merchant

DAY = "2027-05-01"
BEIJING_NOON = datetime(2027, 5, 1, 4, tzinfo=UTC)
READY = datetime(2027, 5, 2, 2, tzinfo=UTC)


def code_of(answer: requests.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["code"])


def bill(merchant: Merchant, day: str = DAY, **asked: str) -> requests.Response:
    wanted = "&".join(f"{name}={value}" for name, value in {"bill_date": day, **asked}.items())
    return merchant.call("GET", f"/v3/bill/tradebill?{wanted}")


def fetch(merchant: Merchant, address: str, **options: Any) -> requests.Response:
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}" == merchant.base
    return merchant.call("GET", f"{parts.path}?{parts.query}", headers={"Accept": "*/*"}, **options)


def statement(merchant: Merchant, day: str = DAY, **headers: str | None) -> requests.Response:
    numbers = "&".join(f"{name}={value}" for name, value in merchant.own_numbers().items())
    wanted: dict[str, str | None] = {"Accept-Encoding": "identity", "Accept": "*/*", **headers}
    return merchant.call("GET", f"/v3/global/statements?date={day.replace('-', '')}&{numbers}", headers=wanted)


def read(text: str) -> list[dict[str, str]]:
    """Header and lines as dictionaries; the summary of a trade bill stands under its own names."""
    lines = text.removeprefix("\ufeff").splitlines()
    header, told = lines[0].split(","), []
    for line in lines[1:]:
        if line.startswith("`"):
            told.append(dict(zip(header, line[1:].split(",`"), strict=True)))
        else:
            header = line.split(",")
    return told


def told(merchant: Merchant, day: str = DAY, **asked: str) -> list[dict[str, str]]:
    """What the statement of a day tells."""
    if merchant.mode == "global":
        return read(statement(merchant, day).content.decode())
    return read(fetch(merchant, bill(merchant, day, **asked).json()["download_url"]).content.decode())

"""What the demonstration sets for the shop, and what the environment replaces."""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PREFIXES = ("SHOP_", "WECHAT_", "STRIPE_", "DATABASE_")
NAMES = ("SECRET_KEY", "REDIS_URL")
ADDRESSES = ("WECHAT_API_BASE", "WECHAT_PAY_API_BASE")
MERCHANT = "WECHAT_PAY_"
# Either of these says that the merchant is another one, and a merchant is taken whole or not at all.
ANOTHER_MERCHANT = ("WECHAT_PAY_API_BASE", "WECHAT_PAY_MCH_ID")


def given_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The shop's own settings found in the environment; an empty one is not given."""
    return {name: value for name, value in environment.items() if value and _is_ours(name)}


def demonstration_wechat(offered: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """What remains of the simulated WeChat's settings beside those given."""
    keep_merchant = not any(name in given for name in ANOTHER_MERCHANT)
    return {
        name: value
        for name, value in offered.items()
        if name not in given and (keep_merchant or not name.startswith(MERCHANT))
    }


def needs_simulator(wechat: Mapping[str, str]) -> bool:
    """Whether either half of WeChat is the simulated one."""
    return any(name in wechat for name in ADDRESSES)


def secret_key(path: Path) -> str:
    """The signing key of this clone, made once."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(48))
    return path.read_text().strip()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    unfinished.rename(path)


def read_json(path: Path) -> dict[str, Any]:
    """What a file of ours holds; empty when it is absent or not to be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_ours(name: str) -> bool:
    return name.startswith(PREFIXES) or name in NAMES

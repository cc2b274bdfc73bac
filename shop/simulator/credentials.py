"""What WeChat and WeChat Pay gave the merchant, made once and kept in the simulator's folder."""

import json
import secrets
import string
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from shop.simulator import keys
from shop.simulator.platform_keys import PlatformKeys

Mode = Literal["global", "domestic"]
MODES: tuple[Mode, ...] = ("global", "domestic")
MERCHANT_NAME = "Insolite"
MERCHANT_CATEGORY = "4722"
PRICING_CURRENCY = "EUR"


@dataclass(frozen=True)
class Numbers:
    """What identifies a merchant account; the last two only through an institution."""

    merchant_id: str
    api_v3_key: str
    certificate_serial: str
    sub_merchant_id: str
    service_app_id: str


@dataclass(frozen=True)
class Account:
    """A merchant account: direct (domestic), or an institution with one sub-merchant (global)."""

    mode: Mode
    numbers: Numbers
    app_id: str
    public_key: RSAPublicKey
    platform: PlatformKeys
    private_key_path: Path

    @property
    def merchant(self) -> str:
        """What orders are numbered within: the merchant, or the institution and its sub-merchant."""
        if self.mode == "domestic":
            return self.numbers.merchant_id
        return f"{self.numbers.merchant_id}/{self.numbers.sub_merchant_id}"


@dataclass(frozen=True)
class Credentials:
    """The mini-program and both merchant accounts."""

    app_id: str
    app_secret: str
    accounts: dict[Mode, Account]

    @classmethod
    def load_or_make(cls, folder: Path) -> Self:
        """Read the credentials kept in the folder, making them first where there are none."""
        path = folder / "credentials.json"
        if not path.exists():
            keys.write_private(path, json.dumps(_make(folder), indent=2).encode())
        kept = json.loads(path.read_text())
        accounts = {mode: _account(mode, folder, kept) for mode in MODES}
        return cls(kept["app_id"], kept["app_secret"], accounts)

    def account_of(self, merchant_id: str) -> Account | None:
        """The account whose requests carry this number in their Authorization, if any."""
        return next((one for one in self.accounts.values() if one.numbers.merchant_id == merchant_id), None)

    def settings(self, mode: Mode, base: str) -> dict[str, str]:
        """The shop's settings for this merchant, with both halves of WeChat at the given address."""
        account = self.accounts[mode]
        settings = {
            "WECHAT_API_BASE": base,
            "WECHAT_APP_ID": self.app_id,
            "WECHAT_APP_SECRET": self.app_secret,
            "WECHAT_PAY_API_BASE": base,
            "WECHAT_PAY_MODE": mode,
            "WECHAT_PAY_MCH_ID": account.numbers.merchant_id,
            "WECHAT_PAY_CERT_SERIAL": account.numbers.certificate_serial,
            "WECHAT_PAY_PRIVATE_KEY": str(account.private_key_path.resolve()),
            "WECHAT_PAY_API_V3_KEY": account.numbers.api_v3_key,
            "WECHAT_PAY_PLATFORM_KEYS": str(account.platform.published.resolve()),
        }
        if mode == "global":
            settings |= {
                "WECHAT_PAY_SP_APP_ID": account.numbers.service_app_id,
                "WECHAT_PAY_SUB_MCH_ID": account.numbers.sub_merchant_id,
                "WECHAT_PAY_MCC": MERCHANT_CATEGORY,
                "WECHAT_PAY_CURRENCY": PRICING_CURRENCY,
            }
        return settings


def _account(mode: Mode, folder: Path, kept: dict[str, Any]) -> Account:
    private_key_path = folder / mode / "apiclient_key.pem"
    return Account(
        mode=mode,
        numbers=Numbers(**kept[mode]),
        app_id=kept["app_id"],
        public_key=keys.read_private_key(private_key_path).public_key(),
        platform=PlatformKeys(folder / mode / "platform"),
        private_key_path=private_key_path,
    )


def _make(folder: Path) -> dict[str, Any]:
    made: dict[str, Any] = {"app_id": _app_id(), "app_secret": secrets.token_hex(16)}
    for mode in MODES:
        made[mode] = asdict(_make_account(mode, folder / mode))
    return made


def _make_account(mode: Mode, folder: Path) -> Numbers:
    key = keys.new_key()
    certificate = keys.make_certificate(key, f"Simulated merchant, {mode}")
    keys.write_private(folder / "apiclient_key.pem", keys.private_pem(key))
    keys.write_private(folder / "apiclient_cert.pem", keys.certificate_pem(certificate))
    letters = string.ascii_letters + string.digits
    return Numbers(
        merchant_id=_merchant_id("1900" if mode == "domestic" else "1800"),
        api_v3_key="".join(secrets.choice(letters) for _ in range(32)),
        certificate_serial=keys.serial_of(certificate),
        sub_merchant_id=_merchant_id("1700") if mode == "global" else "",
        service_app_id=_app_id() if mode == "global" else "",
    )


def _app_id() -> str:
    return f"wx{secrets.token_hex(8)}"


def _merchant_id(start: str) -> str:
    return f"{start}{secrets.randbelow(10**6):06d}"

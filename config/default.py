"""Every setting of the shop, read from the environment.

In development, what `make run` chose (instance/run.json) stands behind the environment, so that the command
line in a clone talks to the same database as the shop that runs there.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ROOT = Path(__file__).resolve().parent.parent
RUNNING = ROOT / "instance" / "run.json"

SHORTEST_SECRET = 16
THIS_MACHINE = {"127.0.0.1", "::1", "localhost"}
Environment = Literal["development", "production", "testing"]


class SettingsIncomplete(Exception):
    """The shop cannot start as it is set up; the message names all that is missing or wrong."""


@dataclass(frozen=True)
class WeChatPay:
    """The shop's account at WeChat Pay; complete or absent."""

    api_base: str
    mode: Literal["domestic", "global"]
    mch_id: str  # the merchant; through an institution, the institution
    cert_serial: str  # of the merchant API certificate
    private_key: str = field(repr=False)  # PEM text
    api_v3_key: str = field(repr=False)  # 32 characters
    currency: str = "CNY"  # EUR or CNY in global mode
    mcc: str | None = None  # merchant category code, global mode
    sp_app_id: str | None = None  # the institution's appid
    sub_mch_id: str | None = None  # our number behind an institution
    platform_keys: Path | None = None  # folder of <serial>.pem; None: downloaded


@dataclass(frozen=True)
class Stripe:
    """The shop's account at Stripe; complete or absent."""

    api_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)  # `whsec_…`, of the endpoint /callbacks/stripe
    api_base: str = "https://api.stripe.com"


@dataclass(frozen=True)
class Seller:
    """Who sells, as receipts and conditions of sale must say; the accountant and the Office know."""

    name: str = "Office de tourisme"
    address: str = ""
    siren: str = ""
    vat_number: str = ""
    registration: str = ""  # in the register of travel operators, `IM…`
    guarantor: str = ""  # financial guarantee
    insurer: str = ""  # professional liability
    mediator: str = ""  # of consumer disputes


@dataclass(frozen=True)
class Settings:
    """What the shop was told from outside."""

    env: Environment
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)  # signs tokens and tickets
    public_url: str  # the address the world sees, no slash at the end
    database_direct_url: str | None = field(default=None, repr=False)  # past a transaction pooler, for jobs
    hold_minutes: int = 15  # how long seats are held
    second_factor_limit: int = 50_000  # minor units; cancelling a date that gives back more asks for the code again
    max_holds: int = 3  # unpaid bookings one customer may have at once
    rate_limits: bool = True  # off for load tests
    redis_url: str | None = field(default=None, repr=False)  # shares rate limits between machines
    trusted_proxies: int = 0  # reverse proxies whose X-Forwarded-* headers are believed
    wechat_api_base: str = "https://api.weixin.qq.com"
    wechat_app_id: str = ""  # the mini-program
    wechat_app_secret: str = field(default="", repr=False)
    wechat_pay: WeChatPay | None = None
    stripe: Stripe | None = None
    seller: Seller = Seller()
    timezone: str = "Europe/Paris"  # where the Office's days of business begin and end
    four_eyes_limit: int = 20_000  # minor units: a refund by the Office above it needs a second person
    accounts: Path | None = None  # YAML: the Office's own account numbers, in place of the shop's

    @property
    def jobs_database_url(self) -> str:
        """Where workers and migrations connect."""
        return self.database_direct_url or self.database_url


def read(environ: Mapping[str, str]) -> Settings:
    """The settings found in an environment.

    Raises:
        SettingsIncomplete: something is missing or wrong; all of it is named at once.
    """
    return _Reader(environ).settings()


def with_running_shop(environ: Mapping[str, str], running: Path = RUNNING) -> Mapping[str, str]:
    """The environment, in development with the settings of the shop that runs in this clone behind it."""
    if environ.get("SHOP_ENV", "development") != "development" or not running.exists():
        return environ
    settings = json.loads(running.read_text(encoding="utf-8"))["settings"]
    return {**settings, **{name: value for name, value in environ.items() if value}}


class _Reader:
    """Reads settings one by one and remembers everything that is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.faults: list[str] = []

    def settings(self) -> Settings:
        env = self._one_of("SHOP_ENV", ("development", "production", "testing"), "development")
        production = env == "production"
        settings = Settings(
            env=cast(Environment, env),
            database_url=self._required("DATABASE_URL", "start the shop with `make run`, or name a database"),
            secret_key=self._secret_key(production),
            public_url=self._url("SHOP_PUBLIC_URL", production).rstrip("/"),
            database_direct_url=self._text("DATABASE_DIRECT_URL"),
            hold_minutes=self._count("SHOP_HOLD_MINUTES", 15),
            max_holds=self._count("SHOP_MAX_HOLDS", 3),
            second_factor_limit=self._count("SHOP_SECOND_FACTOR_LIMIT", 50_000, least=0, most=10**9),
            rate_limits=self._one_of("SHOP_RATE_LIMITS", ("on", "off"), "on") == "on",
            redis_url=self._text("REDIS_URL"),
            trusted_proxies=self._count("SHOP_TRUSTED_PROXIES", 0, least=0),
            wechat_api_base=self._base("WECHAT_API_BASE", Settings.wechat_api_base, production),
            wechat_app_id=self._required("WECHAT_APP_ID"),
            wechat_app_secret=self._required("WECHAT_APP_SECRET"),
            wechat_pay=self._wechat_pay(production),
            stripe=self._stripe(production),
            seller=self._seller(production),
            timezone=self._zone("SHOP_TIMEZONE", Settings.timezone),
            four_eyes_limit=self._count("SHOP_FOUR_EYES_LIMIT", Settings.four_eyes_limit, least=0),
            accounts=self._file("SHOP_ACCOUNTS"),
        )
        if self.faults:
            raise SettingsIncomplete("The shop cannot start:\n" + "\n".join(f"  {fault}" for fault in self.faults))
        return settings

    def _wechat_pay(self, production: bool) -> WeChatPay | None:
        given = [name for name in self.environ if name.startswith("WECHAT_PAY_") and self.environ[name]]
        if not given:
            return None
        mode = self._one_of("WECHAT_PAY_MODE", ("domestic", "global"), None)
        host = "apihk.mch.weixin.qq.com" if mode == "global" else "api.mch.weixin.qq.com"
        institution = self._text("WECHAT_PAY_SP_APP_ID"), self._text("WECHAT_PAY_SUB_MCH_ID")
        if any(institution) and not all(institution):
            self.faults.append("WECHAT_PAY_SP_APP_ID and WECHAT_PAY_SUB_MCH_ID: both or neither")
        keys = self._text("WECHAT_PAY_PLATFORM_KEYS")
        if keys and not Path(keys).is_dir():
            self.faults.append("WECHAT_PAY_PLATFORM_KEYS: not a folder")
        return WeChatPay(
            api_base=self._base("WECHAT_PAY_API_BASE", f"https://{host}", production),
            mode=cast(Literal["domestic", "global"], mode),
            mch_id=self._required("WECHAT_PAY_MCH_ID"),
            cert_serial=self._required("WECHAT_PAY_CERT_SERIAL"),
            private_key=self._private_key(),
            api_v3_key=self._api_v3_key(),
            currency=self._one_of("WECHAT_PAY_CURRENCY", ("EUR", "CNY"), None) if mode == "global" else "CNY",
            mcc=self._required("WECHAT_PAY_MCC") if mode == "global" else None,
            sp_app_id=institution[0],
            sub_mch_id=institution[1],
            platform_keys=Path(keys) if keys else None,
        )

    def _stripe(self, production: bool) -> Stripe | None:
        names = ("STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_API_BASE")
        if not any(self._text(name) for name in names):
            return None
        return Stripe(
            api_key=self._required("STRIPE_API_KEY"),
            webhook_secret=self._required("STRIPE_WEBHOOK_SECRET"),
            api_base=self._base("STRIPE_API_BASE", Stripe.api_base, production),
        )

    def _seller(self, production: bool) -> Seller:
        """Who sells; what is not set stays empty, and the documents leave it out."""
        given = {one.name: self._text(f"SHOP_SELLER_{one.name.upper()}") for one in fields(Seller)}
        if not production and not given["name"]:
            given["name"] = f"{Seller.name} (démonstration)"
        return Seller(**{name: value for name, value in given.items() if value})

    def _file(self, name: str) -> Path | None:
        value = self._text(name)
        if value and not Path(value).is_file():
            self.faults.append(f"{name}: not a file")
        return Path(value) if value else None

    def _zone(self, name: str, default: str) -> str:
        value = self._text(name) or default
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.faults.append(f"{name}: not a time zone, such as {default}")
            return default
        return value

    def _private_key(self) -> str:
        value = self._required("WECHAT_PAY_PRIVATE_KEY")
        if not value or "-----BEGIN" in value:
            return value
        try:
            return Path(value).read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            self.faults.append("WECHAT_PAY_PRIVATE_KEY: neither PEM text nor a file that can be read")
            return ""

    def _api_v3_key(self) -> str:
        value = self._required("WECHAT_PAY_API_V3_KEY")
        if value and len(value.encode()) != 32:
            self.faults.append("WECHAT_PAY_API_V3_KEY: must be 32 characters")
        return value

    def _text(self, name: str) -> str | None:
        return self.environ.get(name, "").strip() or None

    def _required(self, name: str, hint: str = "missing") -> str:
        value = self._text(name)
        if value is None:
            self.faults.append(f"{name}: {hint}")
        return value or ""

    def _secret_key(self, production: bool) -> str:
        value = self._required("SECRET_KEY")
        if production and 0 < len(value) < SHORTEST_SECRET:
            self.faults.append(f"SECRET_KEY: must have at least {SHORTEST_SECRET} characters")
        return value

    def _base(self, name: str, default: str, production: bool) -> str:
        """Where somebody else's system is: secrets travel there, so in production in clear only within one machine."""
        value = self._text(name) or default
        if production and not value.startswith("https://") and urlsplit(value).hostname not in THIS_MACHINE:
            self.faults.append(f"{name}: must start with https://")
        return value.rstrip("/")

    def _url(self, name: str, secure: bool) -> str:
        value = self._required(name)
        wanted = ("https://",) if secure else ("https://", "http://")
        if value and not (value.startswith(wanted) and value.partition("://")[2].strip("/")):
            self.faults.append(f"{name}: must start with {' or '.join(wanted)}")
        return value

    def _count(self, name: str, default: int, least: int = 1, most: int = 100_000) -> int:
        text = self._text(name) or str(default)
        if not (text.isascii() and text.isdigit() and len(text) < 16 and least <= int(text) <= most):
            self.faults.append(f"{name}: must be a whole number from {least} on")
            return default
        return int(text)

    def _one_of(self, name: str, choices: tuple[str, ...], default: str | None) -> str:
        value = self._text(name) or default
        if value not in choices:
            self.faults.append(f"{name}: must be one of {', '.join(choices)}")
            return choices[0]
        return value
